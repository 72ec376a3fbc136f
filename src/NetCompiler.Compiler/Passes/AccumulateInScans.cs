using System.Collections.Generic;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Passes;

/// <summary>
/// Adds up in the loop what is yielded only to be added up over time afterwards: memory for one step instead of memory for all.
/// </summary>
internal static class AccumulateInScans
{
    public static ScanReplacement? Run(GraphBuilder graph, Node scan, ScanUses uses)
    {
        int carries = ((Scan)scan.Operator).Carries;
        var summed = uses.Read.Where(result => result >= carries && uses.Users(result) is { IsEmpty: false } users
            && users.All(user => user.Operator is Sum { Axes: var axes } && axes.Items.Contains(0))).ToList();
        if (summed.Count == 0)
            return null;
        var builder = ScanBuilder.Open(graph, scan);
        var sums = new Dictionary<int, int>();
        foreach (int result in summed)
        {
            var value = builder.Yields[result - carries];
            var before = builder.Carry(graph.ConstantLike(0, value));
            builder.Next(before, graph.Add(before, value));
            sums[result] = builder.Carries.Count - 1;
        }
        var stays = Enumerable.Range(0, builder.Yields.Count).Where(yield => !sums.ContainsKey(carries + yield)).ToList();
        var kept = builder.Keep(Enumerable.Range(0, builder.Carries.Count), stays);
        var users = new Dictionary<Node, Node>();
        foreach (int result in summed)
        {
            foreach (var user in uses.Users(result))
                users[user] = graph.Sum(kept.Last(sums[result]), ((Sum)user.Operator).Axes.Items.Where(axis => axis > 0).Select(axis => axis - 1));
        }
        return new(
            uses.Read.Where(result => !sums.ContainsKey(result))
                .ToDictionary(result => result, result => result < carries ? kept.Last(result) : kept.Yielded(stays.IndexOf(result - carries))),
            users);
    }
}
