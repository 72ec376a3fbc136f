using System.Collections.Immutable;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Algorithms;

/// <summary>When attention is computed by blocks, and when by products with loops between them.</summary>
internal static class AttentionForms
{
    /// <summary>
    /// From about this many queries and keys on, the batch of a training step has more scores than the cache holds: storing them and reading
    /// them again then costs more than computing them again for the gradient, and below, products are so small that blocks only add calls.
    /// </summary>
    public const long LeastQueries = 64, LeastKeys = 64;

    /// <summary>Whether blocks pay, for all functions alike: sizes that are not known yet may be large.</summary>
    public static bool StreamsBlocks(AttentionOperator attention, ImmutableArray<Node> inputs)
    {
        var (q, k) = (inputs[attention.First].Shape, inputs[attention.First + 1].Shape);
        return IsMany(q[q.Rank - 2], LeastQueries) && IsMany(k[k.Rank - 2], LeastKeys);
    }

    static bool IsMany(Dim dim, long least) => !dim.IsConstant || dim.Value >= least;
}
