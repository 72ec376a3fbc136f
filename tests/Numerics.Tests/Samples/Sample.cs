using System.Collections.Immutable;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Numerics.Tests.Samples;

/// <summary>A graph whose value is to be checked: the value and the leaves that the operands of the sample are given to.</summary>
internal sealed record SampleGraph(GraphBuilder Builder, Node Value, ImmutableArray<Node> Leaves);

/// <summary>
/// One row of the table of gradients: a value computed from operands. Rows for single operators are made by <see cref="Of"/>; a library
/// layer gives a row whose <paramref name="Build"/> compiles it.
/// </summary>
/// <param name="Name">What the row shows.</param>
/// <param name="Operands">Type and values for each leaf.</param>
/// <param name="Build">Makes the graph anew.</param>
internal sealed record Sample(string Name, ImmutableArray<Operand> Operands, Func<SampleGraph> Build)
{
    /// <summary>The operands that a gradient flows to; all floats unless said otherwise.</summary>
    public ImmutableArray<int> FlowsTo { get; init; } =
        [.. Enumerable.Range(0, Operands.Length).Where(i => Operands[i].Type.Element.IsFloat())];

    /// <summary>Float operands that neither get a gradient in the comparison nor leave the value constant.</summary>
    public ImmutableArray<int> NotCompared { get; init; } = [];

    /// <summary>The value by a formula of its own, in float64 and row-major like the operands; null where another test has it.</summary>
    public Func<double[][], double[]>? Formula { get; init; }

    /// <summary>The row with a formula of what its value must be.</summary>
    public Sample Equal(Func<double[][], double[]> formula) => this with { Formula = formula };

    /// <summary>Up to which order derivatives are compared.</summary>
    public int Order { get; init; } = 2;

    public ImmutableDictionary<string, long> Symbols { get; init; } = ImmutableDictionary<string, long>.Empty;

    public static Sample Of(Operator op, params Operand[] operands) =>
        Of($"{op} of {string.Join(", ", operands.Select(operand => operand.Type))}", operands, (graph, leaves) => graph.Make(op, leaves));

    public static Sample Of(string name, Operand[] operands, Func<GraphBuilder, ImmutableArray<Node>, Node> value) =>
        new(name, [.. operands], () =>
        {
            var graph = new GraphBuilder();
            ImmutableArray<Node> leaves = [.. operands.Select((operand, i) => graph.Make(new FunctionArgument($"x{i}", operand.Type)))];
            return new SampleGraph(graph, value(graph, leaves), leaves);
        });

    /// <summary>Piecewise constant: no operand gets a gradient.</summary>
    public Sample WithoutGradient() => this with { FlowsTo = [] };

    public Sample With(string symbol, long value) => this with { Symbols = Symbols.Add(symbol, value) };

    public override string ToString() => Name;
}
