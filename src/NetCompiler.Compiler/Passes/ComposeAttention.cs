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
            roots = Compose(graph, roots, rules, (attention, inputs) => attention.Scores(inputs).SequenceEqual(((Attention)shared.Operator).Scores(shared.Inputs)));
        return Compose(graph, roots, rules, (attention, inputs) => !AttentionForms.StreamsBlocks(attention, inputs));
    }

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
