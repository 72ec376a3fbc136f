using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;

namespace NetCompiler.Binding;

internal static partial class Builtins
{
    static IEnumerable<Builtin> Shaping() =>
    [
        Function("reshape", "x, shape", "The same elements in row-major order under another shape; one extent may be -1 for what remains.", call =>
            call.Tensor("x") is { } x && call.Shape("shape", x.Shape.Size) is { } shape
                ? shape == x.Shape ? new TensorValue(x) : call.Make(new Reshape(shape), x)
                : PoisonValue.Instance),
        Function("transpose", "x, axes?", "The axes in another order: axis i of the result is axis axes[i] of x. Reversed if no order is given.", Transposed),
        Function("expand_dims", "x, axis", "x with a new axis of extent 1 at this place of the result.", call =>
            call.Tensor("x") is { } x && call.Axis("axis", 0, x.Shape.Rank + 1) is { } axis
                ? new TensorValue(call.Graph.Reshape(x, new Shape(x.Shape.Dims.Insert(axis, Dim.One))))
                : PoisonValue.Instance),
        Function("expect_shape", "x, shape, name?", "x, which must be of this shape: where it is not, an error that calls it 'name', and where that cannot be known a check on entry. A number of compile time passes.",
            ExpectedShape),
        Function("squeeze", "x, axis", "x without an axis, which has extent 1.", Squeezed),
        Function("broadcast_to", "x, shape", "x repeated along its axes of extent 1 and along new leading axes.", Broadcasted),
        Function("concat", "tensors, axis?", "The tensors one after the other along an axis, the first if none is given.", Concatenated),
        Function("stack", "tensors, axis?", "Tensors of equal shape along a new axis, the first if none is given.", call =>
            call.TensorList("tensors") is { } parts && call.Axis("axis", 0, parts[0].Shape.Rank + 1) is { } axis
                ? Join(call, [.. parts.Select(part => call.Graph.Reshape(part, new Shape(part.Shape.Dims.Insert(System.Math.Min(axis, part.Shape.Rank), Dim.One))))], axis)
                : PoisonValue.Instance),
        Function("split", "x, parts, axis?", "A list of parts along an axis, the first if none is given: so many equal ones, or of the lengths in a list.", Split),
        Function("slice_axis", "x, axis, start?, stop?, step?",
            "x[start : stop : step] along one axis, for axes that are computed: bounds count from the end when negative, and all of the axis is meant where they are not given.", Sliced),
        Function("one_hot", "labels, classes, type?", "1 at the place of each label along a new last axis, else 0; f32 if no type is given. A label outside 0 .. classes gives zeros only.", OneHot),
        Function("gather", "x, indices, missing?",
            "Rows of x, [R, …], by whole numbers, [K…]: [K…, …]. Where an index is not within 0 .. R, which a negative one never is, all of the row is 'missing': if that is not given, NaN, or 0 (false) of a type without it. Gradients are summed over equal indices.", Gathered),
        Function("scatter_add", "values, indices, rows",
            "The transpose of gather: row r of the result, of so many rows, is the sum of all rows of values, [K…, …], whose index in [K…] is r. What has an index outside 0 .. rows is left out.", Scattered),
        Function("iota", "count, type?", "0, 1, 2, … as a vector; i32 if no type is given.", call =>
            call["count"].AsDim() is { } count && call.ElementType("type", DType.I32) is { } type
                ? call.Make(new Iota(new TensorType(type, new Shape([count])), 0)) is TensorValue { Node: var numbers }
                    ? new TensorValue(call.Tensors.AssumeExtents(call.Site, call.Name, numbers)) : PoisonValue.Instance
                : call.Wrong("count", "a dimension"), takesTensorFirst: false),
        Function("arange", "start, stop?, step?, type?", "The numbers 0, 1, 2, … below 'start', or from 'start' up to, not including, 'stop' in steps of 'step'; i32 if no type is given.", Arange, takesTensorFirst: false),
        Function("eye", "n, columns?, type?", "The matrix [n, n], or [n, columns], with ones on its main diagonal and zeros beside it; f32 if no type is given.", call =>
            call["n"].AsDim() is not { } rows ? call.Wrong("n", "a dimension")
            : (call.Has("columns") ? call["columns"].AsDim() : rows) is not { } columns ? call.Wrong("columns", "a dimension")
            : call.ElementType("type", DType.F32) is { } type && new TensorType(DType.I32, new Shape(rows, columns)) is var index && call.Tensors.IsRepresentable(call.Site, index.Shape)
                ? new TensorValue(call.Graph.Cast(call.Graph.Equal(call.Graph.Make(new Iota(index, 0)), call.Graph.Make(new Iota(index, 1))), type))
                : PoisonValue.Instance, takesTensorFirst: false),
        Function("zeros_like", "x", "Zeros of the type and shape of x.", call =>
            call.Tensor("x") is { } x ? new TensorValue(call.Graph.ConstantLike(0, x)) : PoisonValue.Instance),
        Function("ones_like", "x", "Ones of the type and shape of x.", call =>
            call.Tensor("x") is { } x ? new TensorValue(call.Graph.ConstantLike(1, x)) : PoisonValue.Instance),
        Function("full", "shape, value, type?", "A tensor of one repeated number; f32 if no type is given.", call =>
            call.Shape("shape") is { } shape && call.Number("value", 0) is { } value && call.ElementType("type", DType.F32) is { } type
                ? call.Tensors.Filled(call.Site, value, new TensorType(type, shape))
                : PoisonValue.Instance, takesTensorFirst: false),
    ];

    static Value Arange(BuiltinCall call)
    {
        if (call.ElementType("type", DType.I32) is not { } type || call.Number("step", 1) is not { } step)
            return PoisonValue.Instance;
        if (type == DType.Bool)
            return call.Wrong("type", "a type of numbers");
        if (step == 0 || double.IsNaN(step) || double.IsInfinity(step))
            return call.Wrong("step", "a number other than 0");
        var (first, last) = call.Has("stop") ? (call["start"], call["stop"]) : (new IntegerValue(0), call["start"]);
        Dim count;
        if (first.AsDim() is { } from && last.AsDim() is { } to && step == System.Math.Floor(step) && System.Math.Abs(step) < int.MaxValue)
        {
            long stride = (long)System.Math.Abs(step);
            var distance = step > 0 ? to - from : from - to;
            count = (distance + (stride - 1)).FloorDivide(stride);
        }
        else if (first.AsNumber() is { } low && last.AsNumber() is { } high && System.Math.Ceiling((high - low) / step) is < int.MaxValue and var steps)
        {
            count = (long)steps;
        }
        else
        {
            return call.Wrong(call.Has("stop") ? "stop" : "start", "a number or a dimension");
        }
        var shape = new Shape(count.IsConstant && count.Value < 0 ? Dim.Zero : count);
        if (!call.Tensors.IsRepresentable(call.Site, shape))
            return PoisonValue.Instance;
        var numbers = new TensorValue(call.Tensors.AssumeExtents(call.Site, call.Name, call.Graph.Make(new Iota(new TensorType(type, shape), 0))));
        Value stepped = step == 1 ? numbers : call.Tensors.Binary(call.Site, "*", Syntax.BinaryOperator.Multiply, numbers, call.Has("step") ? call["step"] : new IntegerValue(1));
        var result = first is IntegerValue { Number: 0 } ? stepped : call.Tensors.Binary(call.Site, "+", Syntax.BinaryOperator.Add, stepped, first);
        return result is TensorValue { Node: var node } ? new TensorValue(call.Graph.Cast(node, type)) : result;
    }

    static Value Transposed(BuiltinCall call)
    {
        if (call.Tensor("x") is not { } x)
            return PoisonValue.Instance;
        int rank = x.Shape.Rank;
        if (!call.Has("axes"))
            return new TensorValue(call.Graph.Transpose(x, [.. Enumerable.Range(0, rank).Reverse()]));
        if (NetworkBinder.Items(call["axes"]) is not { Count: < 100 } items)
            return call.Wrong("axes", "a list of axes");
        var axes = new List<int>();
        for (long i = 0; i < items.Count; i++)
        {
            if (items.At(i) is not IntegerValue { Number: var axis } || axis < -rank || axis >= rank)
                return call.Broken($"needs axes from {-rank} to {rank - 1}, but gets {items.At(i).Describe()}", "axes count from 0, from the end from -1");
            axes.Add((int)(axis < 0 ? axis + rank : axis));
        }
        return call.Make(new Transpose([.. axes]), x);
    }

    static Value Squeezed(BuiltinCall call)
    {
        if (call.Tensor("x") is not { } x || call.Axis("axis", 0, x.Shape.Rank) is not { } axis)
            return PoisonValue.Instance;
        return x.Shape[axis].Is(1)
            ? new TensorValue(call.Graph.Reshape(x, x.Shape.Without([axis])))
            : call.Broken($"needs extent 1 along axis {axis}, but {x.Shape} has {x.Shape[axis]}", "take one element with x[…, 0], or a sum over the axis");
    }

    static Value ExpectedShape(BuiltinCall call)
    {
        if (call["x"] is not TensorValue && call["x"].IsScalar)
            return call["x"];
        if (call.Tensor("x") is not { } x || call.Shape("shape") is not { } shape)
            return PoisonValue.Instance;
        if (call.Has("name") && call["name"] is not StringValue)
            return call.Wrong("name", "a string");
        if (Shape.Compare(x.Shape, shape) != DimRelation.Unequal)
            return new TensorValue(call.Tensors.Assume(call.Site, call.Name, x, shape));
        call.Binder.Reporter.Report(
            DiagnosticCatalog.UnexpectedShape, call.Site, [x], call["name"] is StringValue name ? $"'{name.Text}'" : "this", shape.Rank == 0 ? "one element" : $"the shape {shape}", call["x"].Describe());
        return PoisonValue.Instance;
    }

    static Value Broadcasted(BuiltinCall call)
    {
        if (call.Tensor("x") is not { } x || call.Shape("shape") is not { } shape)
            return PoisonValue.Instance;
        int missing = shape.Rank - x.Shape.Rank;
        for (int axis = 0; axis < x.Shape.Rank; axis++)
        {
            if (missing < 0 || !x.Shape[axis].Is(1) && Dim.Compare(x.Shape[axis], shape[missing + axis]) == DimRelation.Unequal)
                return call.Broken($"cannot repeat {x.Shape} to {shape}", "only axes of extent 1 and new leading axes are repeated");
        }
        return new TensorValue(call.Tensors.AssumeExtents(call.Site, call.Name, call.Tensors.BroadcastTo(call.Site, call.Name, x, shape)));
    }

    static Value Concatenated(BuiltinCall call) =>
        call.TensorList("tensors") is { } parts && call.Axis("axis", 0, parts[0].Shape.Rank) is { } axis ? Join(call, parts, axis) : PoisonValue.Instance;

    static Value Join(BuiltinCall call, ImmutableArray<Node> parts, int axis)
    {
        var element = parts.Select(part => part.Element).Aggregate(DTypes.Promote);
        var first = parts[0].Shape;
        var fitting = new List<Node>();
        foreach (var part in parts)
        {
            var cast = call.Graph.Cast(part, element);
            // What cannot be compared is assumed to be as in the first tensor; what differs the operator refuses.
            bool same = cast.Shape.Rank == first.Rank && Enumerable.Range(0, first.Rank)
                .All(i => i == axis || Dim.Compare(cast.Shape[i], first[i]) != DimRelation.Unequal);
            fitting.Add(same ? call.Tensors.Assume(call.Site, call.Name, cast, first.With(axis, cast.Shape[axis])) : cast);
        }
        return fitting.Count == 1 ? new TensorValue(fitting[0]) : call.Make(new Concat(axis), [.. fitting]);
    }

    static Value Split(BuiltinCall call)
    {
        if (call.Tensor("x") is not { } x || call.Axis("axis", 0, x.Shape.Rank) is not { } axis)
            return PoisonValue.Instance;
        var extent = x.Shape[axis];
        var lengths = new List<Dim>();
        if (call["parts"] is ListValue given)
        {
            foreach (var element in given.Elements)
            {
                if (element.AsDim() is not { } length || length.IsConstant && length.Value < 0)
                    return call.Fail(DiagnosticCatalog.WrongKind, "a length in 'parts' of 'split'", "a whole number of at least 0", element.Describe());
                lengths.Add(length);
            }
            var total = lengths.Aggregate(Dim.Zero, (sum, length) => sum + length);
            if (Dim.Compare(total, extent) != DimRelation.Equal)
                return call.Broken($"needs lengths that sum to the extent {extent} of axis {axis}, but gets {total} in all", "give every part its length");
        }
        else
        {
            if (call.Integer("parts", 1, 1, 10_000) is not { } parts)
                return PoisonValue.Instance;
            if (extent.DivideExactly(parts) is not { } length)
                return call.Broken($"cannot divide the extent {extent} of axis {axis} into {parts} equal parts", "give a list of lengths, or choose another number of parts");
            lengths.AddRange(Enumerable.Repeat(length, parts));
        }
        var results = ImmutableArray.CreateBuilder<Value>();
        var start = Dim.Zero;
        foreach (var length in lengths)
        {
            results.Add(new TensorValue(call.Graph.Slice(x, axis, start, length)));
            start += length;
        }
        return new ListValue(results.ToImmutable());
    }

    static Value Sliced(BuiltinCall call)
    {
        if (call.Tensor("x") is not { } x || call.Axis("axis", 0, x.Shape.Rank) is not { } axis || call.Integer("step", 1) is not { } step)
            return PoisonValue.Instance;
        if (step == 0)
            return call.Wrong("step", "a whole number other than 0");
        var extent = x.Shape[axis];
        Dim? Bound(string parameter, Dim missing)
        {
            if (!call.Has(parameter))
                return missing;
            if (call[parameter].AsDim() is not { } bound)
            {
                call.Wrong(parameter, "a whole number");
                return null;
            }
            return (Dim.Zero - bound).IsPositive ? extent + bound : bound;
        }
        if (Bound("start", step > 0 ? Dim.Zero : extent - 1) is not { } start || Bound("stop", step > 0 ? extent : Dim.Of(-1)) is not { } stop)
            return PoisonValue.Instance;
        int stride = System.Math.Abs(step);
        var distance = step > 0 ? stop - start : start - stop;
        var slice = new Slice(
            [.. Enumerable.Repeat(Dim.Zero, x.Shape.Rank).Select((zero, i) => i == axis ? start : zero)],
            [.. x.Shape.With(axis, stride == 1 ? distance : (distance + (stride - 1)).FloorDivide(stride)).Dims],
            [.. Enumerable.Repeat(1, x.Shape.Rank).Select((one, i) => i == axis ? step : one)]);
        if (call.Tensors.Make(call.Site, call.Name, slice, x) is not { } sliced)
            return PoisonValue.Instance;
        var (low, high) = step > 0 ? (start, stop) : (stop + 1, start + 1);
        foreach (var (least, most) in new[] { (Dim.Zero, low), (low, high), (high, extent) })
            call.Tensors.AssumeAtMost(call.Site, call.Name, sliced, least, most);
        return new TensorValue(sliced);
    }

    static Value OneHot(BuiltinCall call)
    {
        if (call.Tensor("labels") is not { } labels || call.ElementType("type", DType.F32) is not { } type)
            return PoisonValue.Instance;
        if (call["classes"].AsDim() is not { } classes)
            return call.Wrong("classes", "a dimension");
        if (!labels.Element.IsInteger())
            return call.Broken($"needs labels that are integers, but gets {labels.Type}", "declare them as i32");
        var shape = new Shape(labels.Shape.Dims.Add(classes));
        if (!call.Tensors.IsRepresentable(call.Site, shape))
            return PoisonValue.Instance;
        var graph = call.Graph;
        var spread = graph.Broadcast(labels, shape, Enumerable.Range(0, labels.Shape.Rank));
        var index = graph.Make(new Iota(new TensorType(labels.Element, shape), labels.Shape.Rank));
        return new TensorValue(graph.Cast(graph.Equal(spread, index), type));
    }

    static Value Gathered(BuiltinCall call)
    {
        if (call.Tensor("x") is not { } x || call.Tensor("indices") is not { } indices || call.Number("missing", x.Element.IsFloat() ? double.NaN : 0) is not { } missing)
            return PoisonValue.Instance;
        return TensorArithmetic.Fits(missing, x.Element)
            ? call.Make(new Gather(missing), x, indices)
            : call.Wrong("missing", $"a number that {x.Element.Name()} holds");
    }

    static Value Scattered(BuiltinCall call)
    {
        if (call.Tensor("values") is not { } values || call.Tensor("indices") is not { } indices)
            return PoisonValue.Instance;
        if (call["rows"].AsDim() is not { } rows)
            return call.Wrong("rows", "a dimension");
        int rank = indices.Shape.Rank;
        var target = new Shape(values.Shape.Dims.Skip(rank).Prepend(rows));
        if (!call.Tensors.IsRepresentable(call.Site, target))
            return PoisonValue.Instance;
        // What cannot be compared is assumed to be as in the indices; what differs the operator refuses.
        var leading = new Shape(indices.Shape.Dims.Concat(values.Shape.Dims.Skip(rank)));
        if (Shape.Compare(values.Shape, leading) == DimRelation.Unknown)
            values = call.Tensors.Assume(call.Site, call.Name, values, leading);
        return call.Make(new ScatterAdd(target), indices, values);
    }
}
