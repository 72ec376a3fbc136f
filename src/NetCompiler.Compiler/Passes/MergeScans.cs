using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Passes;

/// <summary>
/// Makes one scan of two that carry the same values and differ only in what they yield: differentiation leaves the forward scan of the
/// program beside one that also yields what the way back needs.
/// </summary>
internal static class MergeScans
{
    public static ImmutableArray<Node> Run(GraphBuilder graph, ImmutableArray<Node> roots)
    {
        if (!Node.Reachable(roots).Any(node => node.Operator is Scan))
            return roots;
        var origin = graph.Origin;
        roots = ScanRewriter.Bodies(graph, roots, body => Run(graph, body));
        while (Find(graph, Node.Reachable(roots)) is { } results)
            roots = graph.Substitute(roots, results);
        graph.Origin = origin;
        return roots;
    }

    /// <summary>The results of two scans in terms of the one made of them; null if no two can be merged.</summary>
    static Dictionary<Node, Node>? Find(GraphBuilder graph, ImmutableArray<Node> nodes)
    {
        var scans = nodes.Where(node => node.Operator is Scan { Carries: > 0 }).ToList();
        for (int later = 1; later < scans.Count; later++)
        {
            for (int earlier = 0; earlier < later; earlier++)
            {
                if (Merge(graph, scans[earlier], scans[later], nodes) is { } results)
                    return results;
            }
        }
        return null;
    }

    static Dictionary<Node, Node>? Merge(GraphBuilder graph, Node first, Node second, ImmutableArray<Node> nodes)
    {
        var (a, b) = ((Scan)first.Operator, (Scan)second.Operator);
        if (a.Length != b.Length || a.Reverse != b.Reverse || a.Carries != b.Carries || !Initial(first, a).SequenceEqual(Initial(second, b)))
            return null;
        graph.Origin = first.Origin;
        var merged = ScanBuilder.Open(graph, first);
        var next = merged.Roots.Take(a.Carries).ToList();
        var other = merged.BodyOf(second);
        // The one may be computed from results of the other.
        if (!next.SequenceEqual(other.Take(b.Carries)) || Node.Reachable(first.Inputs).Contains(second) || Node.Reachable(second.Inputs).Contains(first))
            return null;
        var places = new Dictionary<Node, List<int>>
        {
            [first] = [.. merged.Yields.ToList().Select(merged.Yield)],
            [second] = [.. other.Skip(b.Carries).Select(merged.Yield)],
        };
        var results = new Dictionary<Node, Node>();
        foreach (var result in nodes.Where(node => node.Operator is ScanResult && places.ContainsKey(node.Inputs[0])))
        {
            int index = ((ScanResult)result.Operator).Index;
            graph.Origin = result.Origin;
            results[result] = index < a.Carries ? merged.Last(index) : merged.Yielded(places[result.Inputs[0]][index - a.Carries]);
        }
        return results;
    }

    static IEnumerable<Node> Initial(Node scan, Scan op) => scan.Inputs.Skip(op.Sequences).Take(op.Carries);
}
