using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;

namespace NetCompiler.Binding;

internal static partial class Builtins
{
    static IEnumerable<Builtin> Paddings() =>
    [
        Function("pad", "x, widths, value?, mode?, between?",
            "x between [before, after] more elements along each axis, with this value, or 0. Mode \"constant\" if none is given; with \"reflect\" they are those of x seen in a mirror on its first and last element, with \"replicate\" its first and last element, with \"circular\" those at its other end. 'between' puts so many more between two elements of x, one number for each axis.", Padded),
    ];

    static Value Padded(BuiltinCall call)
    {
        if (call.Tensor("x") is not { } x || call.Number("value", 0) is not { } value)
            return PoisonValue.Instance;
        int rank = x.Shape.Rank;
        if (call["widths"] is not ListValue widths || widths.Elements.Length != rank
            || widths.Elements.Any(width => width is not ListValue { Elements: [IntegerValue { Number: >= 0 and <= int.MaxValue }, IntegerValue { Number: >= 0 and <= int.MaxValue }] }))
            return call.Wrong("widths", $"a list of [before, after] for each of the {rank} axes");
        ImmutableArray<(Dim Before, Dim After)> pairs = [.. widths.Elements.Select(width => ((ListValue)width).Elements).Select(pair => (pair[0].AsDim()!, pair[1].AsDim()!))];
        var between = new int[rank];
        if (call.Has("between"))
        {
            if (call["between"] is not ListValue given || given.Elements.Length != rank || given.Elements.Any(gap => gap is not IntegerValue { Number: >= 0 and <= 1_000_000 }))
                return call.Wrong("between", $"a list of {rank} whole numbers of at least 0, one for each axis");
            between = [.. given.Elements.Select(gap => (int)((IntegerValue)gap).Number)];
        }
        switch (call.Has("mode") ? call["mode"] : new StringValue("constant"))
        {
            case StringValue { Text: "constant" }:
                return PaddedWithConstant(call, x, value, pairs, between);
            case StringValue { Text: "reflect" or "replicate" or "circular" } mode when !call.Has("value") && !call.Has("between"):
                return PaddedWithItself(call, x, mode.Text, pairs);
            case StringValue { Text: "reflect" or "replicate" or "circular" } mode:
                return call.Broken($"takes neither 'value' nor 'between' in mode \"{mode.Text}\"", "leave them out, or pad with a constant");
            default:
                return call.Wrong("mode", "one of \"constant\", \"reflect\", \"replicate\" and \"circular\"");
        }
    }

    static Value PaddedWithConstant(BuiltinCall call, Node x, double value, ImmutableArray<(Dim Before, Dim After)> pairs, int[] between)
    {
        EquatableArray<Dim> starts = [.. pairs.Select(pair => pair.Before)];
        EquatableArray<int> steps = [.. between.Select(gap => gap + 1)];
        var target = new Shape(x.Shape.Dims.Select((dim, axis) =>
            pairs[axis].Before + (between[axis] == 0 || dim.Is(0) ? dim : (dim - 1) * (between[axis] + 1) + 1) + pairs[axis].After));
        if (!call.Tensors.IsRepresentable(call.Site, target))
            return PoisonValue.Instance;
        if (x.Element == DType.Bool)
            return call.Fail(DiagnosticCatalog.NotSupported, "'pad' of bools (convert them to numbers)");
        var padded = call.Graph.Unslice(x, target, starts, steps);
        for (int axis = 0; axis < between.Length; axis++)
        {
            if (between[axis] > 0)
                call.Tensors.AssumeAtMost(call.Site, call.Name, padded, Dim.One, x.Shape[axis]);
        }
        if (value == 0)
            return new TensorValue(padded);
        var inside = call.Graph.Unslice(call.Graph.ConstantLike(1, x), target, starts, steps);
        return call.Tensors.Where(call.Site, call.Name,
            new TensorValue(call.Graph.NotEqual(inside, call.Graph.ConstantLike(0, inside))), new TensorValue(padded), new FloatValue(value));
    }

    static Value PaddedWithItself(BuiltinCall call, Node x, string mode, ImmutableArray<(Dim Before, Dim After)> pairs)
    {
        for (int axis = 0; axis < pairs.Length; axis++)
        {
            var (before, after) = pairs[axis];
            var extent = x.Shape[axis];
            // A mirror shows each element but the one that it stands on.
            var most = mode switch
            {
                "reflect" => extent - 1,
                "circular" => extent,
                _ => null,
            };
            var needed = before.Value > after.Value ? before : after;
            if (needed.Is(0))
                continue;
            if (most is not null && (needed - most).IsPositive || extent.Is(0))
                return call.Broken($"cannot pad axis {axis} of {x.Shape} by {needed} in mode \"{mode}\": it has {most ?? extent} elements to take", "pad less, or with a constant");
            var parts = new List<Node> { x };
            if (!before.Is(0))
                parts.Insert(0, Edge(call, x, mode, axis, before, atStart: true));
            if (!after.Is(0))
                parts.Add(Edge(call, x, mode, axis, after, atStart: false));
            var joined = call.Graph.Concat(parts, axis);
            if (!call.Tensors.IsRepresentable(call.Site, joined.Shape))
                return PoisonValue.Instance;
            call.Tensors.AssumeAtMost(call.Site, call.Name, joined, most is null ? Dim.One : needed, most ?? extent);
            x = joined;
        }
        return new TensorValue(x);
    }

    /// <summary>What mode puts before the start or behind the end of an axis.</summary>
    static Node Edge(BuiltinCall call, Node x, string mode, int axis, Dim width, bool atStart)
    {
        var extent = x.Shape[axis];
        var graph = call.Graph;
        switch (mode)
        {
            case "circular":
                return graph.Slice(x, axis, atStart ? extent - width : Dim.Zero, width);
            case "replicate":
                var edge = graph.Slice(x, axis, atStart ? Dim.Zero : extent - 1, Dim.One);
                return graph.Broadcast(edge, x.Shape.With(axis, width), Enumerable.Range(0, x.Shape.Rank));
            default:
                return graph.Slice(
                    x,
                    [.. Enumerable.Repeat(Dim.Zero, x.Shape.Rank).Select((zero, i) => i != axis ? zero : atStart ? width : extent - 2)],
                    [.. x.Shape.With(axis, width).Dims],
                    [.. Enumerable.Repeat(1, x.Shape.Rank).Select((one, i) => i == axis ? -1 : one)]);
        }
    }
}
