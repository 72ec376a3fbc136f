using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Text;

namespace NetCompiler.Rewrites;

/// <summary>
/// Adjacent axes that a reshape turns into adjacent axes of as many elements. An axis of extent 1 may be a group of its own, with
/// nothing on the other side.
/// </summary>
internal readonly record struct AxisGroup(int From, int FromCount, int To, int ToCount)
{
    public IEnumerable<int> FromAxes => Enumerable.Range(From, FromCount);

    public IEnumerable<int> ToAxes => Enumerable.Range(To, ToCount);
}

/// <summary>A broadcast: input axis i becomes axis Axes[i] of the target.</summary>
internal readonly record struct AxisSpread(Shape Target, EquatableArray<int> Axes);

/// <summary>Where axes go when operators that move elements change places.</summary>
internal static class AxisMaps
{
    /// <summary>The finest groups of axes between two shapes of equal size; null if an extent of 0 hides how they correspond.</summary>
    public static ImmutableArray<AxisGroup>? Groups(Shape from, Shape to)
    {
        if (from.Dims.Concat(to.Dims).Any(dim => dim.Is(0)))
            return null;
        var groups = ImmutableArray.CreateBuilder<AxisGroup>();
        int i = 0, j = 0;
        while (i < from.Rank || j < to.Rank)
        {
            if (i < from.Rank && from[i].Is(1))
            {
                groups.Add(new(i++, 1, j, 0));
                continue;
            }
            if (j < to.Rank && to[j].Is(1))
            {
                groups.Add(new(i, 0, j++, 1));
                continue;
            }
            int firstFrom = i, firstTo = j;
            Dim left = Dim.One, right = Dim.One;
            do
            {
                // The side that divides the other has too few axes yet. Where neither does, both go on.
                bool leftBehind = right.DivideExactly(left) is not null, rightBehind = left.DivideExactly(right) is not null;
                bool takeLeft = (leftBehind || !rightBehind) && i < from.Rank, takeRight = (rightBehind || !leftBehind) && j < to.Rank;
                if (!takeLeft && !takeRight)
                    return null;
                if (takeLeft)
                    left *= from[i++];
                if (takeRight)
                    right *= to[j++];
            }
            while (left != right);
            groups.Add(new(firstFrom, i - firstFrom, firstTo, j - firstTo));
        }
        return groups.ToImmutable();
    }

    /// <summary>
    /// reshape(broadcast(x)) = broadcast(reshape(x)): the broadcast to <paramref name="to"/> and the shape of its operand, or null
    /// where repeated axes are merged with others. No axis of <paramref name="operand"/> has extent 1, nor will one of the result.
    /// </summary>
    public static (Shape Operand, AxisSpread Spread)? Reshape(Shape operand, AxisSpread spread, Shape to)
    {
        if (Groups(spread.Target, to) is not { } groups)
            return null;
        List<Dim> dims = [];
        List<int> axes = [];
        foreach (var group in groups)
        {
            int carried = group.FromAxes.Count(spread.Axes.Items.Contains);
            if (carried == 0)
                continue;
            if (carried != group.FromAxes.Count(axis => !spread.Target[axis].Is(1)))
                return null;
            foreach (int axis in group.ToAxes.Where(axis => !to[axis].Is(1)))
            {
                dims.Add(to[axis]);
                axes.Add(axis);
            }
        }
        return (new Shape(dims), new AxisSpread(to, [.. axes]));
    }

    /// <summary>transpose(broadcast(x)) = broadcast(transpose(x)): the permutation of x, and the broadcast of the outcome.</summary>
    public static (EquatableArray<int> Permutation, AxisSpread Spread) Transpose(AxisSpread spread, EquatableArray<int> permutation)
    {
        var inverse = Inverse(permutation);
        EquatableArray<int> order = [.. Enumerable.Range(0, spread.Axes.Length).OrderBy(axis => inverse[spread.Axes[axis]])];
        return (order, new AxisSpread(
            Permuted(spread.Target, permutation), [.. order.Items.Select(axis => inverse[spread.Axes[axis]])]));
    }

    public static Shape Permuted(Shape shape, EquatableArray<int> permutation) => new(permutation.Items.Select(axis => shape[axis]));

    public static EquatableArray<int> Inverse(EquatableArray<int> permutation) =>
        [.. Enumerable.Range(0, permutation.Length).OrderBy(axis => permutation[axis])];

    /// <summary>The permutation that does <paramref name="first"/> and then <paramref name="second"/>.</summary>
    public static EquatableArray<int> Composed(EquatableArray<int> first, EquatableArray<int> second) =>
        [.. second.Items.Select(axis => first[axis])];

    public static bool IsIdentity(EquatableArray<int> permutation) => permutation.Items.SequenceEqual(Enumerable.Range(0, permutation.Length));

    /// <summary>The shape without its axes of extent 1.</summary>
    public static Shape Squeezed(Shape shape) => new(shape.Dims.Where(dim => !dim.Is(1)));

    public static bool HasUnits(Shape shape) => shape.Dims.Any(dim => dim.Is(1));
}
