using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;
using static NetCompiler.Rewrites.Patterns;

namespace NetCompiler.Rewrites;

internal static partial class SimplifyRules
{
    static ImmutableArray<Rule> Reductions()
    {
        Pattern x = Any(), c = AnyConstant(), inner = Of<Reduction>(x), broadcast = Broadcast(x), transpose = Transpose(x), reshape = Reshape(x), a = Any(), b = Any();
        return
        [
            new("ReductionOverNothing", "sum(x) over no axes = x", Of<Reduction>(x), to: x, ends: "one reduction fewer", when: m => Axes(m.Root).Length == 0),
            new("ReductionOverUnits", "sum(x) = reshape(sum(x)) where axes of extent 1 are reduced", Of<Reduction>(x),
                to: m => m.Graph.Reshape(Reduce(m, m[x], Axes(m.Root).Items.Where(axis => !m[x].Shape[axis].Is(1))), m.Root.Shape),
                ends: "fewer axes are reduced", when: m => Axes(m.Root).Items.Any(axis => m[x].Shape[axis].Is(1))),
            new("ReductionOfReduction", "sum(sum(x)) = sum(x) over the axes of both", Of<Reduction>(inner),
                to: m => Reduce(m, m[x], Axes(m[inner]).Items.Concat(Axes(m.Root).Items.Select(axis => Kept(m[x].Shape, Axes(m[inner]))[axis]))),
                ends: "one reduction fewer", when: m => m.Root.Operator.GetType() == m[inner].Operator.GetType()),
            new("ReductionOfConstant", "sum(c) = c * n, max(c) = c", Of<Reduction>(c),
                to: m => Repeated(m, m.Graph.Constant(m.Value(c), m.Root.Type), Axes(m.Root).Items.Select(axis => m[c].Shape[axis])),
                ends: "one reduction fewer", specials: "an infinity repeated 0 times gives NaN instead of 0 where the extent is symbolic"),
            new("ReductionOfBroadcast", "sum(broadcast(x)) = broadcast(sum(x)) * n", Of<Reduction>(broadcast),
                to: ReduceBroadcast(x, broadcast), ends: "fewer elements are reduced", when: m => !AxisMaps.HasUnits(m[x].Shape),
                specials: "an infinity repeated 0 times gives NaN instead of 0 where the extent is symbolic"),
            new("ReductionOfTranspose", "sum(transpose(x)) = transpose(sum(x))", Of<Reduction>(transpose), to: ReduceTranspose(x, transpose),
                ends: "a transpose is nearer to the result"),
            new("ReductionOfReshape", "sum(reshape(x)) = reshape(sum(x)) where whole axes are reduced", Of<Reduction>(reshape), to: ReduceReshape(x, reshape),
                ends: "a reshape is nearer to the result"),
            new("SumOfProducts", "sum over all batches of a @ b = one product, the batches of a side by side and those of b one below the other", Sum(MatMul(a, b)),
                to: m => OneProduct(m, m[a], m[b]), ends: "one reduction fewer",
                when: m => m[a].Shape.Rank > 2 && Axes(m.Root).Items.SequenceEqual(Enumerable.Range(0, m[a].Shape.Rank - 2))),
            new("SumOfNegation", "sum(-x) = -sum(x)", Sum(Negate(x)), to: m => m.Make(new Negate(), Reduce(m, m[x], Axes(m.Root))),
                ends: "a negation is nearer to the result"),
        ];
    }

    // [B, I, K] @ [B, K, J], summed over B, is [I, B·K] @ [B·K, J].
    static Node OneProduct(Match m, Node a, Node b)
    {
        int rank = a.Shape.Rank;
        var inner = Dim.Product(a.Shape.Dims.RemoveAt(rank - 2));
        EquatableArray<int> swapped = [.. Enumerable.Range(0, rank - 2), rank - 1, rank - 2], outermost = [rank - 2, .. Enumerable.Range(0, rank - 2), rank - 1];
        var left = m.See<Transpose>(a) is { } transpose && transpose.Permutation == swapped
            ? m.Graph.MatrixTranspose(m.Graph.Reshape(a.Inputs[0], new Shape([inner, a.Shape[rank - 2]])))
            : m.Graph.Reshape(m.Graph.Transpose(a, outermost), new Shape([a.Shape[rank - 2], inner]));
        return m.Graph.MatMul(left, m.Graph.Reshape(b, new Shape([inner, b.Shape[rank - 1]])));
    }

    static EquatableArray<int> Axes(Node reduction) => ((Reduction)reduction.Operator).Axes;

    /// <summary>The reduction of the match's root over other axes of another operand.</summary>
    static Node Reduce(Match m, Node x, IEnumerable<int> axes)
    {
        EquatableArray<int> sorted = [.. axes.OrderBy(axis => axis)];
        return sorted.Length == 0 ? x : m.Make((Reduction)m.Root.Operator with { Axes = sorted }, x);
    }

    static int[] Kept(Shape shape, EquatableArray<int> axes) => [.. Enumerable.Range(0, shape.Rank).Except(axes)];

    /// <summary>
    /// What the root's reduction makes of <paramref name="x"/> repeated along axes of these extents; null where that is no simpler,
    /// or where an extent might be 0 and the reduction of nothing is not 0.
    /// </summary>
    static Node? Repeated(Match m, Node x, IEnumerable<Dim> extents)
    {
        var count = Dim.Product(extents);
        return m.Root.Operator switch
        {
            _ when count.Is(1) => x,
            ExtremeOf when extents.All(extent => extent.IsPositive) => x,
            // Values of u8 hold no extent, so their sums stay sums.
            Operators.Sum when x.Element == DType.U8 => null,
            Operators.Sum when count.IsConstant => m.Graph.Multiply(x, Wrap(count.Value, x.Element)),
            Operators.Sum => m.Graph.Multiply(x, m.Graph.Broadcast(m.Make(new DimensionSize(count, x.Element)), x.Shape, [])),
            _ => null,
        };
    }

    static System.Func<Match, Node?> ReduceBroadcast(Pattern x, Pattern broadcast) => m =>
    {
        var (target, axes) = (Spread(m[broadcast]).Target, Spread(m[broadcast]).Axes);
        var reduced = Axes(m.Root);
        var own = Enumerable.Range(0, axes.Length).Where(axis => reduced.Items.Contains(axes[axis]));
        var repeated = reduced.Items.Where(axis => !axes.Items.Contains(axis)).Select(axis => target[axis]);
        if (Repeated(m, Reduce(m, m[x], own), repeated) is not { } result)
            return null;
        int[] kept = Kept(target, reduced);
        return m.Graph.Broadcast(result, m.Root.Shape,
            axes.Items.Where(axis => !reduced.Items.Contains(axis)).Select(axis => System.Array.IndexOf(kept, axis)));
    };

    static System.Func<Match, Node?> ReduceTranspose(Pattern x, Pattern transpose) => m =>
    {
        var permutation = Permutation(m[transpose]);
        EquatableArray<int> reduced = [.. Axes(m.Root).Items.Select(axis => permutation[axis])];
        int[] kept = Kept(m[x].Shape, reduced);
        return m.Graph.Transpose(Reduce(m, m[x], reduced),
            [.. permutation.Items.Where(axis => !reduced.Items.Contains(axis)).Select(axis => System.Array.IndexOf(kept, axis))]);
    };

    static System.Func<Match, Node?> ReduceReshape(Pattern x, Pattern reshape) => m =>
    {
        if (AxisMaps.Groups(m[x].Shape, m[reshape].Shape) is not { } groups)
            return null;
        var reduced = Axes(m.Root);
        List<int> own = [];
        foreach (var group in groups)
        {
            int count = group.ToAxes.Count(reduced.Items.Contains);
            if (count > 0 && count < group.ToCount)
                return null;
            if (count > 0)
                own.AddRange(group.FromAxes);
        }
        return m.Graph.Reshape(Reduce(m, m[x], own), m.Root.Shape);
    };
}
