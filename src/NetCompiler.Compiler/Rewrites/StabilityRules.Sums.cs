using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using static NetCompiler.Rewrites.Patterns;

namespace NetCompiler.Rewrites;

internal static partial class StabilityRules
{
    /// <summary>
    /// What gradients of normalisations are full of: sums of what has a factor in common, and of deviations from a mean. With these
    /// they need one pass over their data less.
    /// </summary>
    static ImmutableArray<Rule> SumsOverRepetitions()
    {
        Pattern x = Any(), mean = Any(), factor = Any(), repeated = Broadcast(factor), deviation = Subtract(x, Broadcast(mean));
        return
        [
            new("SumOfDeviations", "sum(x - broadcast(mean(x))) = 0", Sum(deviation), to: m => m.Graph.Constant(0, m.Root.Type),
                ends: "one sum fewer", specials: "0 instead of NaN where an element is infinite or NaN",
                when: m => IsMeanOf(m, m[mean], m[x], m[deviation].Inputs[1])),
            new("SumOfDouble", "sum(x + x) = sum(x) * 2", Sum(Add(x, x)), to: m => m.Graph.Multiply(m.Make(m.Root.Operator, m[x]), 2),
                ends: "a product is nearer to the result", specials: "as before", when: m => m.Root.Element.IsFloat()),
            new("SumOfCommonFactor", "sum(x * broadcast(a)) = sum(x) * a", Sum(Multiply(x, repeated)),
                to: m => Take(m, m[x], m[factor], m[repeated]),
                ends: "a product is nearer to the result", specials: "NaN where a is infinite or NaN and the sum is over nothing or 0"),
            new("SumOfCommonDivisor", "sum(x / broadcast(a)) = sum(x) / a", Sum(Divide(x, repeated)),
                to: m => Take(m, m[x], m[factor], m[repeated]),
                ends: "a quotient is nearer to the result", specials: "NaN where a is 0 or NaN and the sum is over nothing or 0"),
        ];
    }

    /// <summary>Whether a value is the sum of x over the axes of the root, divided by their extent, and repeated along just these.</summary>
    static bool IsMeanOf(Match m, Node mean, Node x, Node repeated)
    {
        var sum = (Sum)m.Root.Operator;
        int[] kept = [.. Enumerable.Range(0, x.Shape.Rank).Except(sum.Axes.Items)];
        if (!((Broadcast)repeated.Operator).Axes.Items.SequenceEqual(kept) || !mean.Shape.Dims.SequenceEqual(kept.Select(axis => x.Shape[axis])))
            return false;
        bool isQuotient = m.See<Divide>(mean) is not null;
        if (!isQuotient && m.See<Multiply>(mean) is null || m.See<Sum>(mean.Inputs[0]) is not { } inner || inner != sum || mean.Inputs[0].Inputs[0] != x)
            return false;
        var count = Dim.Product(sum.Axes.Items.Select(axis => x.Shape[axis]));
        var by = mean.Inputs[1];
        while (m.See<Broadcast>(by) is not null)
            by = by.Inputs[0];
        if (m.See<DimensionSize>(by) is { } size)
            return isQuotient && size.Dim == count;
        // A division by a power of two is a product; other reciprocals are rounded.
        return m.See<Constant>(by) is { } constant && count.IsConstant && (isQuotient ? constant.Value == count.Value : constant.Value * count.Value == 1);
    }

    /// <summary>The factor or divisor of each row taken out of its sum; null where it differs within the rows.</summary>
    static Node? Take(Match m, Node x, Node factor, Node repeated)
    {
        var sum = (Sum)m.Root.Operator;
        var axes = ((Broadcast)repeated.Operator).Axes.Items;
        if (axes.Any(sum.Axes.Items.Contains))
            return null;
        int[] kept = [.. Enumerable.Range(0, x.Shape.Rank).Except(sum.Axes.Items)];
        var sums = m.Make(sum, x);
        var rows = m.Graph.Broadcast(factor, sums.Shape, axes.Select(axis => System.Array.IndexOf(kept, axis)));
        return m.Make(m.Root.Inputs[0].Operator, sums, rows);
    }
}
