using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Passes;

/// <summary>
/// Computes after the loop, for all steps at once, what steps yield and the next steps do not need: the product of the states of a
/// recurrent layer with the weights of the next layer, and what flows back to the weights, which is a product of all states with all
/// gradients. The scan yields what these are computed from.
/// </summary>
internal static class SinkFromScans
{
    public static ScanReplacement? Run(GraphBuilder graph, Node scan, ScanUses uses)
    {
        var builder = ScanBuilder.Open(graph, scan);
        int carries = builder.Carries.Count;
        var steps = builder.StepNodes();
        var whole = new Vectorise(graph, builder.Length, steps);
        var sequences = builder.Sequences.ToDictionary(sequence => sequence.Element, sequence => sequence.Source);
        var moved = Moved(builder, steps, whole, sequences);

        // Yields that move or are no values of a step at all go; what moved values are computed from comes.
        var stays = Enumerable.Range(0, builder.Yields.Count).Where(yield => steps.Contains(builder.Yields[yield]) && !moved.Contains(builder.Yields[yield])).ToList();
        var rest = builder.Keep(Enumerable.Range(0, carries), stays);
        foreach (var node in moved.Where(sequences.ContainsKey))
            whole.Add(node, sequences[node]);
        foreach (var node in moved.SelectMany(node => node.Inputs).Where(input => steps.Contains(input) && !moved.Contains(input)).Distinct().OrderBy(node => node.Id).ToList())
            rest.Yield(node);
        if (stays.Count == builder.Yields.Count)
            return null;
        foreach (var node in rest.Yields.ToList())
            whole.Add(node, rest.Yielded(rest.Yield(node)));
        return new(uses.Read.ToDictionary(result => result, result => result < carries ? rest.Last(result) : whole.Of(builder.Yields[result - carries])),
            ScanReplacement.NoUsers);
    }

    /// <summary>
    /// What is computed after the loop: products that only yields need and what is computed from them, and whatever can be had from
    /// values that are there anyway.
    /// </summary>
    static HashSet<Node> Moved(ScanBuilder builder, HashSet<Node> steps, Vectorise whole, IReadOnlyDictionary<Node, Node> sequences)
    {
        var carried = new HashSet<Node>(Node.Reachable(builder.Roots.Take(builder.Carries.Count)).Where(steps.Contains));
        var users = steps.SelectMany(node => node.Inputs.Select(input => (Input: input, User: node))).ToLookup(use => use.Input, use => use.User);
        var movable = new HashSet<Node>();
        foreach (var node in steps.OrderByDescending(node => node.Id))
        {
            if (!carried.Contains(node) && node.Inputs.Length > 0 && whole.Supports(node) && users[node].All(movable.Contains))
                movable.Add(node);
        }
        var moved = new HashSet<Node>();
        foreach (var node in movable.OrderBy(node => node.Id))
        {
            if (node.Operator is MatMul || node.Inputs.Any(moved.Contains))
                moved.Add(node);
        }
        var available = new HashSet<Node>(moved.SelectMany(node => node.Inputs).Concat(builder.Yields).Concat(sequences.Keys));
        foreach (var node in movable.OrderBy(node => node.Id))
        {
            if (node.Inputs.All(input => !steps.Contains(input) || available.Contains(input) || moved.Contains(input)))
                moved.Add(node);
        }
        // An element that is yielded is the sequence itself.
        moved.UnionWith(builder.Yields.Where(sequences.ContainsKey));
        moved.UnionWith(moved.SelectMany(node => node.Inputs).Where(sequences.ContainsKey).ToList());
        return moved;
    }
}
