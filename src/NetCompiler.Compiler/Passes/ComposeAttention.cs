using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Algorithms;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Rewrites;

namespace NetCompiler.Passes;

/// <summary>
/// Replaces attention by the graph that it stands for where its kernel does not pay (<see cref="AttentionForms"/>), and where its weights are
/// computed for others anyway.
/// </summary>
internal static class ComposeAttention
{
    /// <param name="graph">The builder of all nodes.</param>
    /// <param name="roots">The function's values.</param>
    /// <param name="rules">What simplifies the graphs that attention stands for; nothing that finds attention again.</param>
    public static ImmutableArray<Node> Run(GraphBuilder graph, ImmutableArray<Node> roots, RuleSet rules)
    {
        while (Shared(graph, roots, rules) is { } shared)
            roots = Compose(graph, roots, rules, (attention, inputs) => attention.HasSameWeights(inputs, (Attention)shared.Operator, shared.Inputs));
        roots = Compose(graph, roots, rules, (attention, inputs) => !AttentionForms.StreamsBlocks(attention, inputs));
        return Join(graph, roots, rules);
    }

    /// <summary>Composes all attention, for targets without kernels of their own for it.</summary>
    public static ImmutableArray<Node> All(GraphBuilder graph, ImmutableArray<Node> roots, RuleSet rules) => Compose(graph, roots, rules, (_, _) => true);

    /// <summary>Results whose heads are joined by everyone who reads them are written so from the start.</summary>
    static ImmutableArray<Node> Join(GraphBuilder graph, ImmutableArray<Node> roots, RuleSet rules)
    {
        var nodes = Node.Reachable(roots);
        var joined = new HashSet<Node>(nodes.Where(node => node.Operator is AttentionOperator { Joined: false } and not AttentionStatistics && node.Shape.Rank == 4
            && nodes.Any(user => Joins(user, node))
            && !roots.Contains(node) && nodes.All(user => !user.Inputs.Contains(node) || user.Operator is AttentionOperator || Joins(user, node))));
        if (joined.Count == 0)
            return roots;
        var origin = graph.Origin;
        // What stands for a node: a further result reads the kernel itself, all others what it was before.
        var kernels = new Dictionary<Node, Node>();
        var values = new Dictionary<Node, Node>();
        foreach (var node in nodes)
        {
            graph.Origin = node.Origin;
            ImmutableArray<Node> inputs = [.. node.Inputs.Select((input, i) => i == 0 && node.Operator is IFurtherResult ? kernels[input] : values[input])];
            var op = joined.Contains(node) ? (AttentionOperator)node.Operator with { Joined = true } : node.Operator;
            kernels[node] = op == node.Operator && inputs.SequenceEqual(node.Inputs) ? node : graph.Make(op, inputs, node.Replica);
            values[node] = joined.Contains(node) ? graph.Transpose(kernels[node], AttentionOperator.Join) : kernels[node];
        }
        graph.Origin = origin;
        return Rewriter.Run(graph, [.. roots.Select(root => values[root])], rules);
    }

    static bool Joins(Node user, Node attention) =>
        user.Operator is Transpose transpose && transpose.Permutation.Equals(AttentionOperator.Join) && user.Inputs[0] == attention;

    /// <summary>The first attention whose weights are computed for others too.</summary>
    static Node? Shared(GraphBuilder graph, ImmutableArray<Node> roots, RuleSet rules)
    {
        var nodes = new HashSet<Node>(Node.Reachable(roots));
        return nodes.OrderBy(node => node.Id).FirstOrDefault(node => node.Operator is Attention attention
            && nodes.Contains(Rewriter.Run(graph, [attention.Weights(node.Inputs, graph).Weights], rules)[0]));
    }

    static ImmutableArray<Node> Compose(
        GraphBuilder graph, ImmutableArray<Node> roots, RuleSet rules, Func<AttentionOperator, ImmutableArray<Node>, bool> which)
    {
        var compose = new Rule("ComposeAttention", "attention(q, k, v) = softmax(q kᵀ · scale) v", Patterns.AnyOf<AttentionOperator>(),
            to: match => match.Root.Operator is AttentionOperator attention && which(attention, match.Root.Inputs) ? attention.Compose(match.Root.Inputs, match.Graph) : null,
            ends: "one attention fewer");
        return Node.Reachable(roots).Any(node => compose.Apply(new Match(graph, node, _ => false)) is not null)
            ? Rewriter.Run(graph, roots, new RuleSet(compose.Name, compose) + rules) : roots;
    }
}
