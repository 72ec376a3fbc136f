using System.Collections.Immutable;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;
using static NetCompiler.Numerics.Tests.Samples.Operand;

namespace NetCompiler.Numerics.Tests.Samples;

/// <summary>What attention is made of, and its gradients, which take what the forward direction has kept.</summary>
internal static class AttentionSamples
{
    static readonly Dim N = Dim.Symbol("N");

    static readonly EquatableArray<AttentionMask> Masks =
        [new(AttentionMaskKind.Causal, -3), new(AttentionMaskKind.Add, 0, [0, 1, 2]), new(AttentionMaskKind.Fill, -3, [0, 2])];

    static readonly Operand[] Plain = [F32(N, 3, 2), F32(N, 4, 2), F32(N, 4, 3)];

    static readonly Operand[] Masked = [.. Plain, F32(N, 3, 1), Bool(N, 4)];

    public static IEnumerable<Sample> All =>
    [
        Sample.Of(new Attention(0.7, []), Plain).With("N", 2),
        Sample.Of(new Attention(0.7, Masks), Masked).With("N", 2),
        Sample.Of("attention statistics", Masked, (graph, x) => graph.Make(new AttentionStatistics(0.7, Masks), [graph.Make(new Attention(0.7, Masks), x), .. x])).With("N", 2)
            with { FlowsTo = [0, 1, 3], NotCompared = [2], Order = 1 },
        Gradient(0),
        Gradient(1),
        Gradient(2),
    ];

    // That of the values does not depend on them.
    static Sample Gradient(int input) => Sample.Of($"gradient of attention for operand {input}", [.. Masked, F32(N, 3, 3)], (graph, x) =>
    {
        var attention = graph.Make(new Attention(0.7, Masks), x.RemoveAt(x.Length - 1));
        return attention.Operator.Differentiate(attention, x[^1], graph).Inputs[input]!;
    }).With("N", 2) with { Order = 1, FlowsTo = input == 2 ? [0, 1, 3, 5] : [0, 1, 2, 3, 5] };
}
