using System.Collections.Immutable;
using NetCompiler.Graph;
using NetCompiler.Operators;
using static NetCompiler.Numerics.Tests.Samples.Operand;

namespace NetCompiler.Numerics.Tests.Samples;

/// <summary>Recurrences. The last result is sampled, or the sum of several.</summary>
internal static class ScanSamples
{
    static readonly Dim T = Dim.Symbol("T");

    public static IEnumerable<Sample> All =>
    [
        Steps("the last of a sum with decay", false, [F64(T, 3)], [F64(3)], [F64()], (g, x, c, r) =>
            ([g.Add(g.Multiply(c[0], g.Broadcast(r[0], new(3), [])), x[0])], [])),
        Steps("all states, first to last", false, [F64(T, 2, 3)], [F64(2, 3)], [F64(3, 3)], (g, x, c, r) =>
        {
            var next = g.Tanh(g.Add(x[0], g.MatMul(c[0], r[0])));
            return ([next], [next]);
        }),
        Steps("all states, last to first", true, [F64(T, 2), F64(T, 2)], [F64(2)], [], (g, x, c, _) =>
            ([g.Sigmoid(g.Multiply(x[0], c[0]))], [g.Add(c[0], g.Multiply(x[1], x[0]))])),
        Steps("two carried values that meet", false, [F64(T, 2)], [F64(2), F64(2)], [], (g, x, c, _) =>
            ([g.Tanh(g.Multiply(c[1], x[0])), g.Add(c[0], g.Sin(c[1]))], [g.Multiply(c[0], c[1])])),
        Steps("nothing carried", false, [F64(T, 2, 3)], [], [F64(3, 2)], (g, x, _, r) => ([], [g.Exp(g.MatMul(x[0], r[0]))])),
        Steps("a scan in a scan", false, [F64(T, 3)], [F64(3)], [F64(2, 3)], (g, x, c, r) =>
        {
            var inner = new ScanBuilder(g, 2, true);
            var (element, before) = (inner.Sequence(r[0]), inner.Carry(c[0]));
            inner.Next(before, g.Tanh(g.Add(g.Multiply(before, element), x[0])));
            int product = inner.Yield(g.Multiply(before, x[0]));
            return ([inner.Last(0)], [g.Sum(inner.Yielded(product), [0])]);
        }),
    ];

    static Sample Steps(
        string name, bool reverse, Operand[] sequences, Operand[] carried, Operand[] still,
        Func<GraphBuilder, ImmutableArray<Node>, ImmutableArray<Node>, ImmutableArray<Node>, (Node[] Next, Node[] Yields)> body)
    {
        Operand[] operands = [.. sequences, .. carried, .. still];
        return Sample.Of(name, operands, (graph, leaves) =>
        {
            var scan = new ScanBuilder(graph, T, reverse);
            ImmutableArray<Node> elements = [.. leaves.Take(sequences.Length).Select(scan.Sequence)];
            ImmutableArray<Node> before = [.. leaves.Skip(sequences.Length).Take(carried.Length).Select(scan.Carry)];
            var (next, yields) = body(graph, elements, before, leaves.RemoveRange(0, sequences.Length + carried.Length));
            for (int i = 0; i < next.Length; i++)
                scan.Next(before[i], next[i]);
            int[] places = [.. yields.Select(scan.Yield)];
            Node[] results = [.. before.Select((_, i) => scan.Last(i)), .. places.Select(scan.Yielded)];
            return results.Length == 1 ? results[0]
                : results.Select(result => graph.Sum(result, Enumerable.Range(0, result.Shape.Rank))).Aggregate(graph.Add);
        }).With("T", 3);
    }
}
