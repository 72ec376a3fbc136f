using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Rewrites;

/// <summary>
/// The numerically stable form of a program, made before it is differentiated: the derivative of log(softmax(x)) is exact, while
/// that of its parts is 0 / 0 for large x.
/// </summary>
internal static class Stabilise
{
    static readonly RuleSet _rules = AttentionRules.All + StabilityRules.All + SimplifyRules.All;

    /// <summary>
    /// The replacement of each root, of the same type. Those that depend on a node in <paramref name="keep"/> are built on its
    /// replacement, which is the node itself where it is a leaf, else a barrier before it.
    /// </summary>
    /// <param name="graph">Where new nodes are made.</param>
    /// <param name="roots">What is differentiated.</param>
    /// <param name="keep">The nodes that gradients are taken for: no rule looks through them.</param>
    public static ImmutableArray<Node> Before(GraphBuilder graph, ImmutableArray<Node> roots, ImmutableArray<Node> keep)
    {
        var existing = new HashSet<Node>(Node.Reachable([.. roots, .. keep]));
        var given = new Dictionary<Node, Node>();
        foreach (var node in keep.Distinct().OrderBy(node => node.Id))
            given.Add(node, node.Operator is Leaf ? node : Barrier(graph, node, given, existing));
        return Stable(graph, roots, given);
    }

    // In two steps: a rule may well make a node anew that is kept, and that one is not what gradients are taken for.
    static ImmutableArray<Node> Stable(GraphBuilder graph, ImmutableArray<Node> roots, Dictionary<Node, Node> given) =>
        Rewriter.Run(graph, Rewriter.Substitute(graph, roots, given), _rules, given.Values.ToDictionary(node => node));

    /// <summary>
    /// A node of the same value that no rule makes anew. Without it a rule that turns exp(broadcast(x)) into broadcast(exp(x)) would
    /// make what did not depend on a kept exp(x) depend on it.
    /// </summary>
    static Node Barrier(GraphBuilder graph, Node node, Dictionary<Node, Node> given, HashSet<Node> existing)
    {
        var origin = graph.Origin;
        graph.Origin = node.Origin;
        var barrier = Held(Stable(graph, [node], given));
        // Two nodes may have one stable form and yet be two for whoever differentiates.
        if (!existing.Add(barrier))
            barrier = Held(Rewriter.Substitute(graph, [node], given));
        graph.Origin = origin;
        return barrier;

        Node Held(ImmutableArray<Node> value) => graph.Make(new Reshape(node.Shape), value[0]);
    }
}
