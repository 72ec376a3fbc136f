using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Syntax;
using NetCompiler.Text;

namespace NetCompiler.Binding;

internal sealed partial class NetworkBinder
{
    /// <summary>
    /// <c>x[0, 1:3, ...]</c> as in NumPy: a position removes its axis, a slice keeps it, negative numbers count from the end, a
    /// negative step walks backwards. Unlike NumPy a bound outside the tensor is an error and not cut off.
    /// </summary>
    Value EvaluateSlice(Frame frame, IndexExpression expression, Node x)
    {
        var site = new Site(frame, expression.Span);
        var shape = x.Shape;
        int written = expression.Items.Count(item => item is not IndexEllipsis);
        if (written > shape.Rank)
            return Fail(DiagnosticCatalog.TooManyIndices, frame, expression.Span, written, x.Type);
        if (expression.Items.Length - written > 1)
            return Fail(DiagnosticCatalog.SecondEllipsis, frame, expression.Items.Last(item => item is IndexEllipsis).Span);

        var starts = Enumerable.Repeat(Dim.Zero, shape.Rank).ToArray();
        var lengths = shape.Dims.ToArray();
        var steps = Enumerable.Repeat(1, shape.Rank).ToArray();
        var removed = new List<int>();
        var bounds = new List<(Dim Low, Dim High)>();
        int axis = 0;
        bool valid = true;
        (Node Indices, int Axis)? chosen = null;
        foreach (var item in expression.Items)
        {
            switch (item)
            {
                case IndexEllipsis:
                    axis += shape.Rank - written;
                    continue;
                case IndexPosition position:
                    var index = Evaluate(frame, position.Value);
                    if (index is TensorValue { Node: var indices })
                    {
                        valid &= Choose(frame, position, indices, chosen is not null);
                        chosen = (indices, axis - removed.Count);
                        break;
                    }
                    valid &= Position(frame, position, index, shape, axis, starts, bounds);
                    lengths[axis] = Dim.One;
                    removed.Add(axis);
                    break;
                case IndexSlice slice:
                    valid &= Slice(frame, slice, shape, axis, starts, lengths, steps, bounds);
                    break;
            }
            axis++;
        }
        if (!valid)
            return PoisonValue.Instance;
        var whole = lengths.SequenceEqual(shape.Dims) && starts.All(start => start.Is(0)) && steps.All(step => step == 1);
        var sliced = whole ? x : _tensors.Make(site, "[]", new Slice([.. starts], [.. lengths], [.. steps]), x);
        if (sliced is null)
            return PoisonValue.Instance;
        foreach (var (low, high) in bounds)
            _tensors.AssumeAtMost(site, "[]", sliced, low, high);
        _graph.Origin = site.Origin;
        var rest = _graph.Reshape(sliced, sliced.Shape.Without(removed));
        if (chosen is not var (by, along))
            return new TensorValue(rest);
        var arguments = new Dictionary<string, Value> { ["x"] = new TensorValue(rest), ["i"] = new TensorValue(by), ["axis"] = new IntegerValue(along) };
        return Apply(frame, site, Prelude.Module.Layer("take")!, arguments, "");
    }

    /// <summary>Whether a tensor can stand in an index; what is wrong with it is reported.</summary>
    bool Choose(Frame frame, IndexPosition position, Node indices, bool isSecond)
    {
        string? reason = isSecond ? "an index has one tensor"
            : indices.Element == DType.Bool ? "how many elements a condition chooses is known only when the network runs; use where(condition, x, 0)"
            : !indices.Element.IsInteger() ? "indices are whole numbers; convert them: i32(…)"
            : null;
        if (reason is not null)
            Report(DiagnosticCatalog.TensorIndex, frame, position.Span, $"a tensor {indices.Type}", reason);
        return reason is null;
    }

    bool Position(Frame frame, IndexPosition position, Value value, Shape shape, int axis, Dim[] starts, List<(Dim Low, Dim High)> bounds)
    {
        if (value.AsDim() is not { } index)
        {
            if (value is not PoisonValue)
                Report(DiagnosticCatalog.WrongKind, frame, position.Span, "an index", "a whole number", value.Describe());
            return false;
        }
        if (IsNegative(index))
            index = shape[axis] + index;
        if (IsNegative(index) || (index - shape[axis] + 1).IsPositive)
        {
            Report(DiagnosticCatalog.IndexOutOfRange, frame, position.Span, Text(frame, position.Span), $"axis {axis} of {shape}");
            return false;
        }
        starts[axis] = index;
        bounds.AddRange([(Dim.Zero, index), (index + 1, shape[axis])]);
        return true;
    }

    bool Slice(
        Frame frame, IndexSlice slice, Shape shape, int axis, Dim[] starts, Dim[] lengths, int[] steps, List<(Dim Low, Dim High)> bounds)
    {
        long step = 1;
        if (slice.Step is not null)
        {
            if (EvaluateInteger(frame, slice.Step, "the step of a slice") is not { } given)
                return false;
            if (given is 0 or > int.MaxValue or < int.MinValue)
            {
                Report(DiagnosticCatalog.InvalidStep, frame, slice.Step.Span, given);
                return false;
            }
            step = given;
        }
        var extent = shape[axis];
        if (Bound(frame, slice.Start, extent, step > 0 ? Dim.Zero : extent - 1) is not { } start
            || Bound(frame, slice.Stop, extent, step > 0 ? extent : Dim.Of(-1)) is not { } stop)
            return false;
        var distance = step > 0 ? stop - start : start - stop;
        bool outside = IsNegative(start) || (start - extent).IsPositive || (stop - extent).IsPositive || step > 0 && IsNegative(stop);
        if (outside || IsNegative(distance))
        {
            Report(DiagnosticCatalog.IndexOutOfRange, frame, slice.Span, Text(frame, slice.Span), $"axis {axis} of {shape}");
            return false;
        }
        bounds.AddRange(step > 0
            ? [(Dim.Zero, start), (start, stop), (stop, extent)]
            : [(Dim.Of(-1), stop), (stop, start), (start + 1, extent)]);
        long stride = System.Math.Abs(step);
        starts[axis] = start;
        lengths[axis] = stride == 1 ? distance : (distance + (stride - 1)).FloorDivide(stride);
        steps[axis] = (int)step;
        return true;
    }

    /// <summary>A bound of a slice, counted from the start of the axis; null if it is no whole number, which is reported.</summary>
    Dim? Bound(Frame frame, Expression? expression, Dim extent, Dim missing)
    {
        if (expression is null)
            return missing;
        var value = Evaluate(frame, expression);
        if (value.AsDim() is { } bound)
            return IsNegative(bound) ? extent + bound : bound;
        if (value is not PoisonValue)
            Report(DiagnosticCatalog.WrongKind, frame, expression.Focus, "the bound of a slice", "a whole number", value.Describe());
        return null;
    }

    /// <summary>Negative whatever the symbols are.</summary>
    static bool IsNegative(Dim dim) => (Dim.Zero - dim).IsPositive;
}
