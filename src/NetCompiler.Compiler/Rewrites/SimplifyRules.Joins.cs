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
    static ImmutableArray<Rule> Slices()
    {
        Pattern x = Any(), c = AnyConstant(), slice = Slice(x), unslice = Unslice(x), broadcast = Broadcast(x), transpose = Transpose(x);
        Pattern iota = AnyOf<Iota>(), concat = AnyOf<Concat>();
        return
        [
            new("SliceOfAll", "slice(x) = x where it takes all", Slice(x), to: x, ends: "one slice fewer", when: m => m.Root.Shape == m[x].Shape && IsUnmoved(Range(m.Root))),
            new("SliceOfConstant", "slice(c) = c", Slice(c), to: m => m.Graph.Constant(m.Value(c), m.Root.Type), ends: "one slice fewer"),
            new("SliceOfIota", "slice(iota) = iota from 0 on", Slice(iota), to: m => m.Make(new Iota(m.Root.Type, Axis(m[iota]))), ends: "one slice fewer",
                when: m => Range(m.Root).Starts[Axis(m[iota])].Is(0) && Range(m.Root).Steps[Axis(m[iota])] == 1),
            new("SliceOfSlice", "slice(slice(x)) = slice(x)", Slice(slice),
                to: m =>
                {
                    var (outer, inner) = (Range(m.Root), Range(m[slice]));
                    // Of x[:K][:8] with 4 elements in x neither part is wrong for certain, but the whole is: a check on entry refuses it.
                    var whole = new Slice(Composed(inner.Starts, inner.Steps, outer.Starts), outer.Lengths, Product(inner.Steps, outer.Steps));
                    return m.Graph.TryMake(whole, [m[x]], out var node) is null ? node : null;
                },
                ends: "one slice fewer"),
            new("SliceOfUnslice", "slice(unslice(x)) = x at the same place", Slice(unslice), to: x, ends: "two nodes fewer",
                when: m => m.Root.Shape == m[x].Shape && Range(m.Root).Starts == Place(m[unslice]).Starts && Range(m.Root).Steps == Place(m[unslice]).Steps),
            new("SliceOfBroadcast", "slice(broadcast(x)) = broadcast(slice(x))", Slice(broadcast),
                to: m =>
                {
                    var (range, axes) = (Range(m.Root), Spread(m[broadcast]).Axes);
                    var part = m.Graph.Slice(m[x], Pick(range.Starts, axes), Pick(range.Lengths, axes), Pick(range.Steps, axes));
                    return m.Graph.Broadcast(part, m.Root.Shape, axes);
                },
                ends: "a broadcast is nearer to the result", when: m => !AxisMaps.HasUnits(m[x].Shape)),
            new("SliceOfTranspose", "slice(transpose(x)) = transpose(slice(x))", Slice(transpose),
                to: m =>
                {
                    var (range, permutation) = (Range(m.Root), Permutation(m[transpose]));
                    var inverse = AxisMaps.Inverse(permutation);
                    return m.Graph.Transpose(
                        m.Graph.Slice(m[x], Pick(range.Starts, inverse), Pick(range.Lengths, inverse), Pick(range.Steps, inverse)), permutation);
                },
                ends: "a transpose is nearer to the result"),
            new("SliceOfConcat", "slice(concat(x, y)) = slice(x) where it takes from x alone", Slice(concat), to: SliceOfPart(concat), ends: "one concat fewer below a slice"),
            new("UnsliceToItself", "unslice(x) = x where it fills all", Unslice(x), to: x, ends: "one unslice fewer",
                when: m => m.Root.Shape == m[x].Shape && IsUnmoved(Place(m.Root))),
            new("UnsliceOfZero", "unslice(0) = 0", Unslice(0), to: 0, ends: "one unslice fewer"),
            new("UnsliceOfUnslice", "unslice(unslice(x)) = unslice(x)", Unslice(unslice),
                to: m =>
                {
                    var (outer, inner) = (Place(m.Root), Place(m[unslice]));
                    return m.Graph.Unslice(m[x], m.Root.Shape, Composed(outer.Starts, outer.Steps, inner.Starts), Product(inner.Steps, outer.Steps));
                },
                ends: "one unslice fewer"),
            new("SumOfAdjacentUnslices", "unslice(x) + unslice(y) = unslice(concat(x, y)) where y follows x", Add(AnyOf<Unslice>(), AnyOf<Unslice>()),
                to: JoinUnslices, ends: "one addition fewer"),
        ];
    }

    static ImmutableArray<Rule> Concats()
    {
        Pattern concat = AnyOf<Concat>();
        return
        [
            new("ConcatOfOne", "concat(x) = x", concat, to: m => m.Root.Inputs.Length == 1 ? m.Root.Inputs[0] : null, ends: "one concat fewer"),
            new("ConcatWithEmpty", "concat(x, nothing) = concat(x)", concat,
                to: m => Rejoined(m, m.Root.Inputs.Where(part => !part.Shape[JoinAxis(m.Root)].Is(0))), ends: "a shorter concat"),
            new("ConcatOfConcat", "concat(concat(x, y), z) = concat(x, y, z)", concat,
                to: m => Rejoined(m, m.Root.Inputs.SelectMany(part => m.See<Concat>(part)?.Axis == JoinAxis(m.Root) ? part.Inputs : [part])), ends: "one concat fewer"),
            new("ConcatOfEqualConstants", "concat(c, c) = c", concat,
                to: m => m.See<Constant>(m.Root.Inputs[0]) is { } first
                    && m.Root.Inputs.All(part => m.See<Constant>(part) is { } constant && constant.Value.Equals(first.Value))
                    ? m.Graph.Constant(first.Value, m.Root.Type) : null,
                ends: "one concat fewer"),
            new("ConcatOfAdjacentSlices", "concat(x[a..b], x[b..c]) = x[a..c]", concat, to: JoinSlices, ends: "one slice fewer"),
        ];
    }

    readonly record struct Positions(EquatableArray<Dim> Starts, EquatableArray<Dim> Lengths, EquatableArray<int> Steps);

    static Positions Range(Node slice) => slice.Operator is Slice range ? new(range.Starts, range.Lengths, range.Steps) : default;

    static Positions Place(Node unslice) => unslice.Operator is Unslice place ? new(place.Starts, [.. unslice.Inputs[0].Shape.Dims], place.Steps) : default;

    static bool IsUnmoved(Positions positions) => positions.Starts.Items.All(start => start.Is(0)) && positions.Steps.Items.All(step => step == 1);

    /// <summary>start + step · further, for each axis.</summary>
    static EquatableArray<Dim> Composed(EquatableArray<Dim> starts, EquatableArray<int> steps, EquatableArray<Dim> further) =>
        [.. starts.Items.Select((start, axis) => start + further[axis] * steps[axis])];

    static EquatableArray<int> Product(EquatableArray<int> a, EquatableArray<int> b) => [.. a.Items.Select((step, axis) => step * b[axis])];

    static EquatableArray<T> Pick<T>(EquatableArray<T> items, EquatableArray<int> axes) => [.. axes.Items.Select(axis => items[axis])];

    static System.Func<Match, Node?> SliceOfPart(Pattern concat) => m =>
    {
        int axis = ((Concat)m[concat].Operator).Axis;
        var range = Range(m.Root);
        var (lowest, highest) = (range.Starts[axis], range.Starts[axis] + (range.Lengths[axis] - 1) * range.Steps[axis]);
        if (range.Steps[axis] < 0)
            (lowest, highest) = (highest, lowest);
        var offset = Dim.Zero;
        foreach (var part in m[concat].Inputs)
        {
            var end = offset + part.Shape[axis];
            if ((lowest - offset).IsNonNegative && (end - highest).IsPositive)
            {
                EquatableArray<Dim> starts = range.Starts.Items.SetItem(axis, range.Starts[axis] - offset);
                return m.Graph.Slice(part, starts, range.Lengths, range.Steps);
            }
            offset = end;
        }
        return null;
    };

    static int JoinAxis(Node concat) => ((Concat)concat.Operator).Axis;

    /// <summary>The root over other parts; null if they are the same, or none is left.</summary>
    static Node? Rejoined(Match m, IEnumerable<Node> parts)
    {
        ImmutableArray<Node> inputs = [.. parts];
        return inputs.IsEmpty || inputs.SequenceEqual(m.Root.Inputs) ? null : m.Graph.Concat(inputs, JoinAxis(m.Root));
    }

    static Node? JoinSlices(Match m)
    {
        int axis = JoinAxis(m.Root);
        for (int i = 0; i + 1 < m.Root.Inputs.Length; i++)
        {
            var (left, right) = (m.Root.Inputs[i], m.Root.Inputs[i + 1]);
            if (m.See<Slice>(left) is null || m.See<Slice>(right) is null || left.Inputs[0] != right.Inputs[0])
                continue;
            var (a, b) = (Range(left), Range(right));
            if (a.Steps != b.Steps || !IsNext(a, b, axis) || !SameElsewhere(a, b, axis))
                continue;
            var joined = m.Graph.Slice(left.Inputs[0], a.Starts, [.. a.Lengths.Items.SetItem(axis, a.Lengths[axis] + b.Lengths[axis])], a.Steps);
            return Rejoined(m, [.. m.Root.Inputs.Take(i), joined, .. m.Root.Inputs.Skip(i + 2)]);
        }
        return null;
    }

    static Node? JoinUnslices(Match m)
    {
        var (left, right) = (m.Root.Inputs[0], m.Root.Inputs[1]);
        return JoinUnslices(m, left, right) ?? JoinUnslices(m, right, left);
    }

    static Node? JoinUnslices(Match m, Node left, Node right)
    {
        var (a, b) = (Place(left), Place(right));
        if (a.Steps != b.Steps)
            return null;
        for (int axis = 0; axis < m.Root.Shape.Rank; axis++)
        {
            if (!a.Lengths[axis].Is(0) && IsNext(a, b, axis) && SameElsewhere(a, b, axis))
                return m.Graph.Unslice(m.Graph.Concat([left.Inputs[0], right.Inputs[0]], axis), m.Root.Shape, a.Starts, a.Steps);
        }
        return null;
    }

    static bool IsNext(Positions a, Positions b, int axis) => a.Starts[axis] + a.Lengths[axis] * a.Steps[axis] == b.Starts[axis];

    static bool SameElsewhere(Positions a, Positions b, int axis) => Enumerable.Range(0, a.Starts.Length)
        .All(other => other == axis || a.Starts[other] == b.Starts[other] && a.Lengths[other] == b.Lengths[other]);
}
