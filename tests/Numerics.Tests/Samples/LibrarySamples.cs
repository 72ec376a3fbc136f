using System.Collections.Immutable;
using NetCompiler.Binding;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Rewrites;
using NetCompiler.Text;

namespace NetCompiler.Numerics.Tests.Samples;

/// <summary>
/// One row for each layer of the standard library, compiled from text. Inputs are x, y, … in the order of the operands; the
/// parameters and states of the layer are operands after them. The function trains.
/// </summary>
internal static partial class LibrarySamples
{
    static readonly Operand _images = Operand.F64(2, 2, 4, 5);
    static readonly Operand _rows = Operand.F64(3, 4);
    static readonly Operand _labels = Operand.I32(3).Holding(0, 3, 1);
    static readonly Operand _signs = Operand.F64(6).Holding(1, -1, 1, -1, -1, 1);

    public static ImmutableArray<Sample> All { get; } =
    [
        .. Arrays(),
        Of("relu", "relu(x)", _rows),
        Of("leaky_relu", "leaky_relu(x, slope: 0.2)", _rows),
        Of("elu", "elu(x, alpha: 1.5)", _rows),
        Of("selu", "selu(x)", _rows),
        Of("gelu", "gelu(x)", _rows),
        Of("silu", "silu(x)", _rows),
        Of("mish", "mish(x)", _rows),
        Of("softsign", "softsign(x)", _rows),
        Of("relu6", "relu6(x)", _rows.Between(-3, 9)),
        Of("hard_sigmoid", "hard_sigmoid(x)", _rows.Between(-5, 5)),
        Of("softmax", "softmax(x)", _rows),
        Of("softmax", "softmax(x, axis: 0)", _rows),
        Of("log_softmax", "log_softmax(x)", _rows),
        Of("log_softmax", "log_softmax(x, axis: 1)", Operand.F64(2, 3, 2)),
        Of("logsumexp", "logsumexp(x)", _rows),
        Of("dense", "dense(x, 3)", _rows),
        Of("dense", "dense(x, 2, bias: false)", Operand.F64(2, 3, 4)),
        Of("flatten", "flatten(x)", _images),
        Of("sequential", "sequential(x, [dense(3), tanh, dense(2)])", _rows),
        Of("residual", "residual(x, [dense(3), tanh, dense(4)])", _rows),
        Of("layer_norm", "layer_norm(x)", _rows),
        Of("batch_norm", "batch_norm(x)", _rows),
        Of("batch_norm", "batch_norm(x, affine: false)", Operand.F64(2, 3, 4)),
        Of("batch_norm", "batch_norm(x, epsilon: 0.1)", _images),
        Of("cross_entropy", "cross_entropy(x, y)", _rows, _labels),
        Of("cross_entropies", "cross_entropies(x, y)", _rows, _labels),
        Of("binary_cross_entropy", "binary_cross_entropy(x, y)", Operand.F64(6), Operand.F64(6).Between(0, 1)),
        Of("mse", "mse(x, y)", _rows, _rows),
        Of("mae", "mae(x, y)", _rows, _rows),
        Of("huber", "huber(x, y, delta: 0.7)", _rows, _rows),
        Of("hinge", "hinge(x, y)", Operand.F64(6), _signs),
        Of("squared_hinge", "squared_hinge(x, y)", Operand.F64(6), _signs),
        Of("accuracy", "accuracy(x, y)", _rows, _labels).WithoutGradient(),
        Of("binary_accuracy", "binary_accuracy(x, y)", Operand.F64(6), Operand.F64(6).Between(0, 1)).WithoutGradient(),
        Of("l1", "l1(x)", _rows),
        Of("l2", "l2(x)", _rows),
        Of("penalized", "penalized(x, y, decay: 0.5, l1: 0.25)", _rows, _rows) with { FlowsTo = [0, 1] },
    ];

    /// <summary>The layers that have a row.</summary>
    public static ImmutableHashSet<string> Sampled { get; } = [.. All.Select(sample => sample.Name.Split(':')[0])];

    /// <summary>The layers that the library declares.</summary>
    public static IEnumerable<string> Declared => Prelude.Module.OwnLayers.Select(layer => layer.Name);

    static Sample Of(string layer, string expression, params Operand[] inputs)
    {
        // States that are variances are positive; no sample minds that for the others.
        var declared = Compile(expression, inputs).Variables;
        var variables = declared
            .Select(variable => variable.Kind == VariableKind.Statistic ? new Operand(variable.Type).Between(0.5, 2) : new Operand(variable.Type));
        var sample = new Sample($"{layer}: {expression}", [.. inputs, .. variables], () =>
        {
            var network = Compile(expression, inputs);
            var graph = network.Builder;
            var leaves = network.Functions[0].Arguments.Select(argument => graph.Make(new FunctionArgument(argument.Name, argument.Type)))
                .Concat(network.Variables.Select(variable => graph.Make(new VariableRead(variable))));
            var training = graph.Make(new TrainingFlag());
            var known = new Dictionary<Node, Node> { [training] = graph.Constant(1, training.Type) };
            return new SampleGraph(graph, Rewriter.Substitute(graph, [network.Functions[0].Outputs[0].Value], known)[0], [.. leaves]);
        });
        ImmutableArray<int> states = [.. declared.Select((variable, i) => (variable, i)).Where(pair => pair.variable.Kind == VariableKind.Statistic).Select(pair => inputs.Length + pair.i)];
        return sample with { FlowsTo = sample.FlowsTo.RemoveRange(states), NotCompared = states };
    }

    static NetworkModel Compile(string expression, Operand[] inputs)
    {
        string[] names = [.. inputs.Select((_, i) => ((char)('x' + i)).ToString())];
        string text = $$"""
            network Sample {
                {{string.Concat(inputs.Select((input, i) => $"input {names[i]} : {input.Type};\n    "))}}
                function value({{string.Join(", ", names)}}) -> {{expression}};
            }
            """;
        var compilation = Compilation.Create(new SourceText("sample.net", text), _ => null, new CompilerOptions());
        return compilation.HasErrors
            ? throw new InvalidOperationException(string.Join("\n", compilation.Diagnostics))
            : compilation.Networks.Single();
    }
}
