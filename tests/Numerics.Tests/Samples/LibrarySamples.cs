using System.Collections.Immutable;
using System.Text.RegularExpressions;
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
    static Operand Images => Operand.F64(2, 2, 4, 5);
    static Operand Rows => Operand.F64(3, 4);

    public static ImmutableArray<Sample> All { get; } =
    [
        .. Arrays(),
        .. Activations(), .. Losses(), .. Metrics(), .. Normalisations(), .. Attentions(), .. Recurrences(), .. Draws(),
        Of("dense", "dense(x, 3)", Rows),
        Of("dense", "dense(x, 2, bias: false)", Operand.F64(2, 3, 4)),
        Of("flatten", "flatten(x)", Images),
        Of("sequential", "sequential(x, [dense(3), tanh, dense(2)])", Rows),
        Of("residual", "residual(x, [dense(3), tanh, dense(4)])", Rows),
        Of("batch_norm", "batch_norm(x)", Rows).Equal(v => [.. v[0].Select((_, i) => Standard([.. Count(3).Select(row => v[0][row * 4 + i % 4])])[i / 4] * v[3][i % 4] + v[4][i % 4])]),
        Of("batch_norm", "batch_norm(x, affine: false)", Operand.F64(2, 3, 4)),
        Of("batch_norm", "batch_norm(x, epsilon: 0.1)", Images),
    ];

    /// <summary>The layers that have a row.</summary>
    public static ImmutableHashSet<string> Sampled { get; } = [.. All.Select(sample => sample.Name.Split(':')[0])];

    /// <summary>The layers that the library declares.</summary>
    public static IEnumerable<string> Declared => Prelude.Module.OwnLayers.Select(layer => layer.Name);

    /// <param name="layer">What the row is a sample of.</param>
    /// <param name="expression">Its application to x, y, …</param>
    /// <param name="operands">The inputs, and after them, if wished, the variables of the layer, which else are drawn.</param>
    static Sample Of(string layer, string expression, params Operand[] operands)
    {
        int inputs = Enumerable.Range(0, operands.Length).First(i => i == operands.Length - 1 || !Regex.IsMatch(expression, $@"\b{Name(i + 1)}\b")) + 1;
        // States that are variances are positive; no sample minds that for the others.
        var declared = Network(expression, operands[..inputs]).Variables;
        var variables = declared.Skip(operands.Length - inputs)
            .Select(variable => variable.Kind == VariableKind.Statistic ? new Operand(variable.Type).Between(0.5, 2) : new Operand(variable.Type));
        var sample = new Sample($"{layer}: {expression}", [.. operands, .. variables], () => Compile(expression, operands[..inputs]));
        ImmutableArray<int> states = [.. declared.Select((variable, i) => (variable, i)).Where(pair => pair.variable.Kind == VariableKind.Statistic).Select(pair => inputs + pair.i)];
        return sample with { FlowsTo = sample.FlowsTo.RemoveRange(states), NotCompared = states };
    }

    static string Name(int operand) => "xyzuvwabcd"[operand].ToString();

    /// <summary>The value of an expression of inputs x, y, …; its leaves are the inputs and then the variables.</summary>
    public static SampleGraph Compile(string expression, params Operand[] inputs)
    {
        var network = Network(expression, inputs);
        var graph = network.Builder;
        var leaves = network.Functions[0].Arguments.Select(argument => graph.Make(new FunctionArgument(argument.Name, argument.Type)))
            .Concat(network.Variables.Select(variable => graph.Make(new VariableRead(variable))));
        var training = graph.Make(new TrainingFlag());
        var known = new Dictionary<Node, Node> { [training] = graph.Constant(1, training.Type) };
        return new SampleGraph(graph, Rewriter.Substitute(graph, [network.Functions[0].Outputs[0].Value], known)[0], [.. leaves]);
    }

    static NetworkModel Network(string expression, Operand[] inputs)
    {
        string[] names = [.. inputs.Select((_, i) => Name(i))];
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
