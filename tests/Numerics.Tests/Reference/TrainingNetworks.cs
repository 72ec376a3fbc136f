using System.Collections.Immutable;

namespace NetCompiler.Numerics.Tests.Reference;

/// <summary>The networks of <c>tests/reference/training.py</c> in <c>.net</c>, each up to its loss, and its optimizers.</summary>
internal static class TrainingNetworks
{
    public static ImmutableArray<(string Name, string Optimizer)> Optimizers { get; } =
    [
        ("sgd", "sgd(0.1)"),
        ("momentum", "sgd(0.02, momentum: 0.9)"),
        ("nesterov", "sgd(0.02, momentum: 0.9, nesterov: true, decay: 0.01)"),
        ("adagrad", "adagrad(0.02)"),
        ("rmsprop", "rmsprop(0.005)"),
        ("rmsprop_centred", "rmsprop(0.002, centred: true, momentum: 0.5, decay: 0.01, epsilon: 1e-4)"),
        ("adadelta", "adadelta()"),
        ("adam", "adam(0.01)"),
        ("adam_amsgrad", "adam(0.01, amsgrad: true, decay: 0.01)"),
        ("adamw", "adamw(0.01, decay: 0.1)"),
        ("lars", "lars(0.5, decay: 0.01, trust: 0.02, epsilon: 0)"),
        ("lamb", "lamb(0.02, decay: 0.01)"),
        ("lion", "lion(0.003, decay: 0.1)"),
    ];

    public static ImmutableSortedDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["lenet"] = """
            input image : TYPE[N, 1, 12, 12];
            input label : i32[N];
            c1     = image |> conv2d(3, kernel: 3) |> max_pool2d(2);
            c2     = c1 |> conv2d(4, kernel: 2) |> max_pool2d(2);
            h      = c2 |> flatten |> dense(8) |> relu;
            logits = h |> dense(3);
            loss   = cross_entropy(logits, label);
            """,
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    public const string Layers = "layer heads(x : float[N, 5, 6]) { return transpose(reshape(x, [N, 5, 2, 3]), [0, 2, 1, 3]); }";
}
