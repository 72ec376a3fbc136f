using System.Collections.Generic;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Passes;

/// <summary>Takes from scans what nobody reads: yields, carried values and inputs; and carried values that never change.</summary>
internal static class TrimScans
{
    public static ScanReplacement? Run(GraphBuilder graph, Node scan, ScanUses uses)
    {
        var builder = ScanBuilder.Open(graph, scan);
        int count = builder.Carries.Count;
        while (Unchanging(builder) is { Count: > 0 } known)
            builder.Replace(known);

        var read = new HashSet<int>(uses.Read);
        bool Changes(int carry) => builder.NextOf(builder.Carries[carry].Before) != builder.Carries[carry].Initial;
        var carries = new SortedSet<int>(read.Where(result => result < count && Changes(result)));
        var yields = read.Where(result => result >= count).Select(result => result - count).OrderBy(yield => yield).ToList();
        // What is carried is needed if a step reads it for what is needed.
        for (int before = -1; before != carries.Count;)
        {
            before = carries.Count;
            var needed = new HashSet<Node>(Node.Reachable(builder.Keep(carries, yields).Roots));
            carries.UnionWith(Enumerable.Range(0, count).Where(carry => needed.Contains(builder.Carries[carry].Before)));
        }
        var kept = builder.Keep(carries, yields);
        var results = new Dictionary<int, Node>();
        var places = carries.ToList();
        foreach (int result in read)
        {
            results[result] =
                result >= count ? kept.Yielded(yields.IndexOf(result - count))
                : Changes(result) ? kept.Last(places.IndexOf(result))
                : builder.Carries[result].Initial;
        }
        return new(results, ScanReplacement.NoUsers);
    }

    /// <summary>Carried values that are in every step what they are in the first, with that value.</summary>
    static Dictionary<Node, Node> Unchanging(ScanBuilder builder)
    {
        var read = builder.StepNodes();
        var known = new Dictionary<Node, Node>();
        foreach (var (initial, before) in builder.Carries)
        {
            var next = builder.NextOf(before);
            if ((next == before || next == initial) && read.Contains(before))
                known[before] = initial;
        }
        return known;
    }
}
