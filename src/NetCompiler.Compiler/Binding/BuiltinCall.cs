using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;

namespace NetCompiler.Binding;

/// <summary>A call of a built-in function: its arguments by name, and the means to compute and to complain.</summary>
internal sealed class BuiltinCall(NetworkBinder binder, Builtin builtin, Site site, IReadOnlyDictionary<string, Value> arguments)
{
    public string Name => builtin.Name;

    public Site Site { get; } = site;

    public NetworkBinder Binder { get; } = binder;

    public TensorArithmetic Tensors => Binder.Tensors;

    /// <summary>The graph, set to this call as the origin of new nodes.</summary>
    public GraphBuilder Graph
    {
        get
        {
            Binder.Graph.Origin = Site.Origin;
            return Binder.Graph;
        }
    }

    public bool Has(string parameter) => arguments.ContainsKey(parameter);

    public Value this[string parameter] => arguments.TryGetValue(parameter, out var value) ? value : PoisonValue.Instance;

    public PoisonValue Fail(DiagnosticDescriptor descriptor, params object[] details)
    {
        Binder.Reporter.Report(descriptor, Site, details);
        return PoisonValue.Instance;
    }

    public PoisonValue Wrong(string parameter, string expected) =>
        Fail(DiagnosticCatalog.WrongKind, $"'{parameter}' of '{Name}'", expected, this[parameter].Describe());

    public PoisonValue Broken(string constraint, string cure) =>
        Fail(DiagnosticCatalog.BrokenConstraint, Name, constraint, cure.Length == 0 ? "" : "; " + cure);

    public Value Make(Operator op, params ImmutableArray<Node> inputs) => TensorArithmetic.Wrap(Tensors.Make(Site, Name, op, inputs));

    /// <summary>The argument as a tensor, numbers as f32 scalars; null if it is none, which is reported.</summary>
    public Node? Tensor(string parameter)
    {
        switch (this[parameter])
        {
            case TensorValue tensor:
                return Tensors.Widened(tensor.Node);
            case LayerValue layer:
                Fail(DiagnosticCatalog.LayerNotApplied, layer.Target.Name, layer.Target.Name + "(x)");
                return null;
            case { IsScalar: true } scalar:
                return Tensors.Scalar(Site, scalar, null);
            case PoisonValue:
                return null;
            default:
                Wrong(parameter, "a tensor");
                return null;
        }
    }

    /// <summary>Like <see cref="Tensor"/>, integers and bools converted to f32.</summary>
    public Node? FloatTensor(string parameter) =>
        Tensor(parameter) is not { } node ? null : node.Element.IsFloat() ? node : Graph.Cast(node, DType.F32);

    /// <summary>The tensors of a list, or one tensor.</summary>
    public ImmutableArray<Node>? TensorOrList(string parameter) =>
        this[parameter] is ListValue or TupleValue ? TensorList(parameter) : Tensor(parameter) is { } one ? [one] : null;

    /// <summary>Results as the argument has its tensors: a list of them for a list, else the only one.</summary>
    public Value Like(string parameter, ImmutableArray<Node> results) =>
        this[parameter] is ListValue or TupleValue ? new ListValue([.. results.Select(result => new TensorValue(result))]) : new TensorValue(results[0]);

    /// <summary>The tensors of a list; null if one is none, which is reported.</summary>
    public ImmutableArray<Node>? TensorList(string parameter)
    {
        if (NetworkBinder.Items(this[parameter]) is not { Count: > 0 and < 100_000 } items)
        {
            Wrong(parameter, "a list of tensors");
            return null;
        }
        var nodes = ImmutableArray.CreateBuilder<Node>();
        for (long i = 0; i < items.Count; i++)
        {
            if (items.At(i) is not TensorValue tensor)
            {
                Fail(DiagnosticCatalog.WrongKind, $"element {i} of '{parameter}'", "a tensor", items.At(i).Describe());
                return null;
            }
            nodes.Add(tensor.Node);
        }
        return nodes.ToImmutable();
    }

    /// <summary>A whole number between bounds; null if the argument is none, which is reported.</summary>
    public int? Integer(string parameter, int missing, int low = int.MinValue, int high = int.MaxValue)
    {
        if (!Has(parameter))
            return missing;
        if (this[parameter] is IntegerValue { Number: var number } && number >= low && number <= high)
            return (int)number;
        Wrong(parameter, low == int.MinValue ? "a whole number" : $"a whole number of at least {low}");
        return null;
    }

    public double? Number(string parameter, double missing)
    {
        if (!Has(parameter))
            return missing;
        if (this[parameter].AsNumber() is { } number)
            return number;
        Wrong(parameter, "a number");
        return null;
    }

    public bool? Boolean(string parameter, bool missing)
    {
        if (!Has(parameter))
            return missing;
        if (this[parameter] is BooleanValue value)
            return value.Truth;
        Wrong(parameter, "true or false");
        return null;
    }

    public DType? ElementType(string parameter, DType missing)
    {
        if (!Has(parameter))
            return missing;
        if (this[parameter] is ElementTypeValue value)
            return value.Type;
        Wrong(parameter, "an element type such as f32");
        return null;
    }

    /// <summary>An axis of a tensor, counted from the end when negative.</summary>
    public int? Axis(string parameter, int missing, int rank)
    {
        if (Integer(parameter, missing) is not { } axis)
            return null;
        if (axis >= -rank && axis < rank)
            return axis < 0 ? axis + rank : axis;
        Broken(rank == 0 ? "needs a tensor with axes, but gets a scalar" : $"needs an axis from {-rank} to {rank - 1}, but gets {axis}", "axes count from 0, from the end from -1");
        return null;
    }

    /// <summary>One axis or a list of them, ascending; all axes if none is given.</summary>
    public ImmutableArray<int>? Axes(string parameter, Shape shape)
    {
        if (!Has(parameter))
            return [.. Enumerable.Range(0, shape.Rank)];
        if (NetworkBinder.Items(this[parameter]) is not { } items)
            return Axis(parameter, 0, shape.Rank) is { } one ? [one] : null;
        var axes = new SortedSet<int>();
        for (long i = 0; i < items.Count; i++)
        {
            if (items.At(i) is not IntegerValue { Number: var axis } || axis < -shape.Rank || axis >= shape.Rank
                || !axes.Add((int)(axis < 0 ? axis + shape.Rank : axis)))
            {
                Broken($"needs each axis once and below {shape.Rank}, but gets {items.At(i).Describe()} of {shape}", "axes count from 0, from the end from -1");
                return null;
            }
        }
        return [.. axes];
    }

    /// <summary>A shape: a list of dimensions, of which one may be -1 where <paramref name="size"/> tells what remains; or one dimension.</summary>
    public Shape? Shape(string parameter, Dim? size = null)
    {
        var value = this[parameter];
        if (value.AsDim() is not null)
            value = new ListValue([value]);
        if (NetworkBinder.Items(value) is not { Count: < 100 } items)
        {
            Wrong(parameter, "a list of dimensions");
            return null;
        }
        var dims = new List<Dim>();
        int open = -1;
        for (int i = 0; i < items.Count; i++)
        {
            var dim = items.At(i).AsDim();
            if (dim is not null && dim.Is(-1) && size is not null && open < 0)
                (open, dim) = (i, Dim.One);
            if (dim is null || dim.IsConstant && dim.Value is < 0 or > int.MaxValue || TensorArithmetic.IsNeverPositive(dim))
            {
                Fail(DiagnosticCatalog.InvalidDimension, items.At(i).Describe(), size is null ? "a dimension is a whole number" : "a dimension is a whole number; one may be -1 for what remains");
                return null;
            }
            dims.Add(dim);
        }
        if (open >= 0)
        {
            var product = Dim.Product(dims);
            if (product.Is(0) || size!.DivideExactly(product) is not { } rest)
            {
                Broken($"cannot divide {size} elements by {product}", "let the extents multiply to the number of elements");
                return null;
            }
            dims[open] = rest;
        }
        return new Shape(dims);
    }

    /// <summary>A pair for height and width, from one number or a list of two.</summary>
    public (int Height, int Width)? Extents(string parameter, (int, int) missing, int low)
    {
        if (!Has(parameter))
            return missing;
        switch (this[parameter])
        {
            case IntegerValue { Number: var both } when both >= low && both <= 1_000_000:
                return ((int)both, (int)both);
            case ListValue { Elements: [IntegerValue { Number: var height }, IntegerValue { Number: var width }] }
                when height >= low && width >= low && height <= 1_000_000 && width <= 1_000_000:
                return ((int)height, (int)width);
            default:
                Wrong(parameter, $"a whole number of at least {low} or a list of two, [height, width]");
                return null;
        }
    }

    /// <summary>Padding at top, left, bottom and right, from one number, [height, width] or all four.</summary>
    public (int Top, int Left, int Bottom, int Right)? Padding(string parameter)
    {
        if (this[parameter] is ListValue { Elements: { Length: 4 } elements }
            && elements.All(element => element is IntegerValue { Number: >= 0 and <= 1_000_000 }))
        {
            var at = elements.Select(element => (int)((IntegerValue)element).Number).ToArray();
            return (at[0], at[1], at[2], at[3]);
        }
        if (!Has(parameter) || this[parameter] is IntegerValue { Number: >= 0 } or ListValue { Elements.Length: 2 })
            return Extents(parameter, (0, 0), 0) is var (height, width) ? (height, width, height, width) : null;
        Wrong(parameter, "a whole number of at least 0, [height, width] or [top, left, bottom, right]");
        return null;
    }

    /// <summary>
    /// Padding as above, or "same": as much as windows need to give ⌈extent / stride⌉ results, as TensorFlow defines it. What a window
    /// covers is <paramref name="reach"/>.
    /// </summary>
    public (int Top, int Left, int Bottom, int Right)? Padding(string parameter, Shape image, (Dim Height, Dim Width) reach, (int Height, int Width) stride)
    {
        if (this[parameter] is not StringValue { Text: "same" })
            return Padding(parameter);
        if (image.Rank != 4)
            return (0, 0, 0, 0); // The operator refuses the image.
        return Same(image, 2, reach.Height, stride.Height) is var (top, bottom) && Same(image, 3, reach.Width, stride.Width) is var (left, right)
            ? (top, left, bottom, right)
            : null;
    }

    (int Before, int After)? Same(Shape image, int axis, Dim reach, int stride)
    {
        // With stride 1 the extent cancels: ((n - 1)·1 + reach - n) = reach - 1.
        var extent = stride == 1 ? Dim.One : image[axis];
        if (!extent.IsConstant || !reach.IsConstant)
        {
            Broken(
                $"needs to know how far to pad for \"same\" with a stride of {stride}, but axis {axis} of {image} has {image[axis]}",
                "write the padding as numbers");
            return null;
        }
        long missing = Math.Max(0, ((extent.Value + stride - 1) / stride - 1) * stride + reach.Value - extent.Value);
        return ((int)(missing / 2), (int)(missing - missing / 2));
    }
}
