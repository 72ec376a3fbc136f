using System.Collections.Immutable;
using NetCompiler.Graph;

namespace NetCompiler.Rewrites;

/// <summary>
/// The numerically stable form of a program, made before it is differentiated: the derivative of log(softmax(x)) is exact, while
/// that of its parts is 0 / 0 for large x.
/// </summary>
internal static class Stabilise
{
    static readonly RuleSet _rules = StabilityRules.All + SimplifyRules.All;

    /// <summary>The replacement of each root, of the same type and built on the very nodes in <paramref name="keep"/>.</summary>
    /// <param name="graph">Where new nodes are made.</param>
    /// <param name="roots">What is differentiated.</param>
    /// <param name="keep">The nodes that gradients are taken for: they survive, and no rule looks through them.</param>
    public static ImmutableArray<Node> Before(GraphBuilder graph, ImmutableArray<Node> roots, ImmutableArray<Node> keep) =>
        Rewriter.Run(graph, roots, _rules, keep);
}
