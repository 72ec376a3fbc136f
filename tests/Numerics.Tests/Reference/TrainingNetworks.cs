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
        ["resnet"] = """
            input image : TYPE[N, 2, 6, 6];
            input label : i32[N];
            c0 = image |> conv2d(4, kernel: 3, pad: 1, bias: false);
            n0 = batch_norm(c0);
            x  = relu(n0);
            c1 = x |> conv2d(4, kernel: 3, pad: 1, bias: false);
            n1 = batch_norm(c1);
            c2 = relu(n1) |> conv2d(4, kernel: 3, pad: 1, bias: false);
            n2 = batch_norm(c2);
            x  = relu(x + n2);
            c3 = x |> conv2d(6, kernel: 3, stride: 2, pad: 1, bias: false);
            n3 = batch_norm(c3);
            c4 = relu(n3) |> conv2d(6, kernel: 3, pad: 1, bias: false);
            n4 = batch_norm(c4);
            c5 = x |> conv2d(6, kernel: 1, stride: 2, bias: false);
            n5 = batch_norm(c5);
            logits = relu(n5 + n4) |> global_avg_pool |> dense(3);
            loss = cross_entropy(logits, label);
            """,
        ["lstm"] = """
            input x      : TYPE[T, N, 4];
            input target : TYPE[N, 2];
            param w : TYPE[4, 20] = zeros;
            param u : TYPE[5, 20] = zeros;
            param b : TYPE[20] = zeros;
            last, _ = scan s in x from h = 0, c = 0 {
                z = s @ w + h @ u + b;
                c = sigmoid(z[:, 5:10]) * c + sigmoid(z[:, :5]) * tanh(z[:, 10:15]);
                h = sigmoid(z[:, 15:]) * tanh(c);
            };
            y = last |> dense(2);
            loss = mse(y, target);
            """,
        ["transformer"] = """
            input text : i32[N, 5];
            input next : i32[N, 5];
            param places : TYPE[5, 6] = zeros;
            e = embedding(text, 7, 6, type: TYPE);
            x = e + places;
            n1 = layer_norm(x);
            q = n1 |> dense(6);
            k = n1 |> dense(6, bias: false);
            v = n1 |> dense(6);
            scores = heads(q) @ transpose(heads(k), [0, 1, 3, 2]) / 3 ** 0.5;
            seen = expand_dims(iota(5), 1) >= iota(5);
            mixed = softmax(where(seen, scores, -1e9)) @ heads(v);
            o = reshape(transpose(mixed, [0, 2, 1, 3]), [N, 5, 6]) |> dense(6);
            x = x + o;
            n2 = layer_norm(x);
            f1 = n2 |> dense(12);
            f2 = gelu(f1) |> dense(6);
            n3 = layer_norm(x + f2);
            logits = n3 |> dense(7);
            loss = cross_entropy(logits, next);
            """,
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    public const string Layers = "layer heads(x : float[N, 5, 6]) { return transpose(reshape(x, [N, 5, 2, 3]), [0, 2, 1, 3]); }";
}
