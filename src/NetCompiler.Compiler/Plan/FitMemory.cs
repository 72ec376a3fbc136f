using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;

namespace NetCompiler.Plan;

/// <summary>
/// Plans a function within a limit of memory. Where it takes more, values that the gradients need are computed again instead of kept:
/// first those that cost no more than reading and writing, the largest first, such as activations and normalised values; then whole
/// segments between values that are kept (Chen, Xu, Zhang and Guestrin, Training Deep Nets with Sublinear Memory Cost, 2016). No result
/// changes by a bit: what is computed again is computed from the same values by the same loops.
/// </summary>
internal static class FitMemory
{
    // How many segments to try: few keep little and compute much at once, many keep much.
    static readonly int[] _segments = [2, 3, 4, 6, 8, 12, 16, 24, 32];

    /// <summary>The plan that computes least again of those found within the limit; if there is none the one that takes least.</summary>
    public static FunctionPlan Run(FunctionModel function, MemoryLimit limit, Func<FunctionModel, FunctionPlan> plan)
    {
        var best = new Attempt(plan(function), 0, limit);
        var recomputation = new Recomputation(function, limit.Sizes);
        if (best.Fits || recomputation.Candidates.IsEmpty)
            return best.Plan;

        var cheap = recomputation.Cheap();
        var tried = Try(cheap, []);
        if (tried.Fits)
            return Fewest(cheap.Length, count => Try(cheap.Take(count), []), tried).Plan;
        foreach (int count in _segments)
        {
            var segments = recomputation.Segments(count);
            tried = Try(segments.SelectMany(segment => segment.Recomputed), segments.Select(segment => segment.Kept));
            if (tried.Fits)
                return Fewest(segments.Length, first => Try(
                    segments.Take(first).SelectMany(segment => segment.Recomputed), segments.Take(first).Select(segment => segment.Kept)), tried).Plan;
        }
        return best.Plan;

        Attempt Try(IEnumerable<Node> recomputed, IEnumerable<ImmutableArray<Node>> kept)
        {
            var rebuilt = recomputation.Rebuild([.. recomputed], [.. kept.SelectMany(nodes => nodes)], out int values);
            var attempt = new Attempt(plan(rebuilt), values, limit);
            if (attempt.Bytes < best.Bytes)
                best = attempt;
            return attempt;
        }
    }

    /// <summary>The attempt with the smallest number below <paramref name="all"/> that fits, supposing that more of it takes less memory.</summary>
    static Attempt Fewest(int all, Func<int, Attempt> attempt, Attempt known)
    {
        var (low, high) = (0, all);
        while (high - low > Math.Max(1, all / 32))
        {
            int middle = (low + high) / 2;
            var tried = attempt(middle);
            if (tried.Fits)
                (high, known) = (middle, tried);
            else
                low = middle;
        }
        return known;
    }

    sealed class Attempt(FunctionPlan plan, int values, MemoryLimit limit)
    {
        public FunctionPlan Plan { get; } = plan with { Recomputed = values };

        public long Bytes { get; } = PlanMemory.Of(plan, limit.Sizes).Total;

        public bool Fits => Bytes <= limit.Bytes;
    }
}
