using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Syntax;
using NetCompiler.Text;

namespace NetCompiler.Binding;

/// <summary>
/// Operators of the language on tensors: NumPy's broadcasting, promotion of element types, numbers of compile time that adapt to
/// the tensor they meet. Dimensions that cannot be compared are assumed equal, and the assumption is kept as a check on entry.
/// </summary>
internal sealed partial class TensorArithmetic(GraphBuilder graph, Reporter reporter)
{
    readonly Dictionary<Node, ImmutableArray<DimCheck>> _checks = [];
    ImmutableDictionary<string, (long Value, SourceLocation Place)> _settled = ImmutableDictionary<string, (long Value, SourceLocation Place)>.Empty;

    /// <summary>
    /// Set while the types of carried values are sought: a value that is not known is then taken to be like the tensor that it is
    /// joined with.
    /// </summary>
    public bool GuessesTypes { get; set; }

    /// <summary>The symbols that must be numbers, as far as is known.</summary>
    public ImmutableDictionary<string, (long Value, SourceLocation Place)> Settled
    {
        get => _settled;
        set => _settled = value;
    }

    /// <summary>For each node that rests on an assumption about dimensions, the checks that whoever computes it must make.</summary>
    public IReadOnlyDictionary<Node, ImmutableArray<DimCheck>> Checks => _checks;

    /// <summary>Makes a node of what the user wrote; null if the operands break a constraint, which is reported.</summary>
    public Node? Make(Site site, string name, Operator op, params ImmutableArray<Node> inputs)
    {
        graph.Origin = site.Origin;
        if (graph.TryMake(op, inputs, out var node) is { } problem)
        {
            reporter.Report(DiagnosticCatalog.BrokenConstraint, site, inputs, name, problem.Constraint, problem.Cure.Length == 0 ? "" : "; " + problem.Cure);
            return null;
        }
        if (op is IWindowed windowed)
        {
            foreach (var (axis, window, image) in windowed.Extents(inputs))
                AssumeAtMost(node!, window, image, $"'{name}' at {site.Origin.Location.WithoutFolder} needs an image at least as large as its window, but axis {axis} has {{1}} with its padding and the window takes {{0}}");
        }
        if (op is PositionOf position)
            AssumeAtMost(node!, Dim.One, inputs[0].Shape[position.Axis], $"'{name}' at {site.Origin.Location.WithoutFolder} needs at least {{0}} element along axis {position.Axis}, but it has {{1}}");
        return IsRepresentable(site, node!.Shape) ? node : null;
    }

    /// <summary>Has it checked on entry that no extent is negative where the program computes one from symbols.</summary>
    public Node AssumeExtents(Site site, string name, Node node)
    {
        foreach (var dim in node.Shape.Dims)
            AssumeAtMost(site, name, node, Dim.Zero, dim);
        return node;
    }

    /// <summary>A tensor has at most 2³¹ - 1 elements and <see cref="RankLimit"/> axes. What is symbolic is checked when memory is asked for.</summary>
    public bool IsRepresentable(Site site, Shape shape)
    {
        if (shape.Rank > RankLimit)
        {
            reporter.Report(DiagnosticCatalog.TooManyAxes, site, shape.Rank, RankLimit);
            return false;
        }
        if (shape.Dims.FirstOrDefault(IsNeverPositive) is { } empty)
        {
            reporter.Report(DiagnosticCatalog.InvalidDimension, site, empty, "it is never positive");
            return false;
        }
        if (shape.Dims.FirstOrDefault(dim => dim is { IsConstant: true, Value: < 0 }) is { } negative)
        {
            reporter.Report(DiagnosticCatalog.InvalidDimension, site, negative, "a dimension is not negative");
            return false;
        }
        double size = 1;
        foreach (var dim in shape.Dims.Where(dim => dim.IsConstant))
            size *= dim.Value;
        if (size <= int.MaxValue)
            return true;
        reporter.Report(DiagnosticCatalog.TooLarge, site, $"a tensor of {shape}");
        return false;
    }

    /// <summary>Whether a symbolic extent is at most 0 whatever the symbols are; the constant 0 is an extent.</summary>
    public static bool IsNeverPositive(Dim dim) => !dim.IsConstant && (Dim.Zero - dim).IsNonNegative;

    /// <summary>How many axes a tensor may have.</summary>
    public const int RankLimit = 12;

    public static Value Wrap(Node? node) => node is null ? PoisonValue.Instance : new TensorValue(node);

    /// <summary>The value in the type that is computed with.</summary>
    public Node Widened(Node node) => graph.Cast(node, node.Element.Widened());

    public Value Unary(Site site, UnaryOperator op, Node operand) => Computed(site, op, Widened(operand));

    Value Computed(Site site, UnaryOperator op, Node operand) => op switch
    {
        UnaryOperator.Plus => new TensorValue(operand),
        UnaryOperator.Not => Wrap(Make(site, "not", new Not(), operand)),
        _ when operand.Element == DType.Bool => Wrap(Make(site, "-", new Negate(), operand)),
        _ => Negate(site, operand),
    };

    /// <summary>The axes in reverse order.</summary>
    public Value Transpose(Site site, Node operand)
    {
        graph.Origin = site.Origin;
        return new TensorValue(operand.Shape.Rank < 2 ? operand : graph.Transpose(operand, [.. Enumerable.Range(0, operand.Shape.Rank).Reverse()]));
    }

    TensorValue Negate(Site site, Node operand)
    {
        graph.Origin = site.Origin;
        return new TensorValue(graph.Negate(operand));
    }

    /// <summary>An operator between two values of which at least one is a tensor or a symbolic dimension.</summary>
    public Value Binary(Site site, string symbol, BinaryOperator op, Value left, Value right)
    {
        if (op == BinaryOperator.MatrixProduct)
            return MatrixProduct(site, left, right);
        if (Pair(site, symbol, left, right, op is BinaryOperator.Divide or BinaryOperator.Power) is not ({ } x, { } y))
            return PoisonValue.Instance;
        graph.Origin = site.Origin;
        return op switch
        {
            BinaryOperator.Add when x.Element != DType.Bool => new TensorValue(graph.Add(x, y)),
            BinaryOperator.Subtract when x.Element != DType.Bool => new TensorValue(graph.Subtract(x, y)),
            BinaryOperator.Multiply when x.Element != DType.Bool => new TensorValue(graph.Multiply(x, y)),
            BinaryOperator.Divide => new TensorValue(graph.Divide(x, y)),
            BinaryOperator.Power => new TensorValue(graph.Power(x, y)),
            BinaryOperator.Remainder => Remainder(site, x, y),
            _ => Wrap(Make(site, symbol, Operator(op), Swaps(op) ? [y, x] : [x, y])),
        };
    }

    static bool Swaps(BinaryOperator op) => op is BinaryOperator.Greater or BinaryOperator.GreaterOrEqual;

    static Operator Operator(BinaryOperator op) => op switch
    {
        BinaryOperator.Add => new Add(),
        BinaryOperator.Subtract => new Subtract(),
        BinaryOperator.Multiply => new Multiply(),
        BinaryOperator.Equal => new Equal(),
        BinaryOperator.NotEqual => new NotEqual(),
        BinaryOperator.Less or BinaryOperator.Greater => new Less(),
        BinaryOperator.LessOrEqual or BinaryOperator.GreaterOrEqual => new LessOrEqual(),
        BinaryOperator.And => new And(),
        BinaryOperator.Or => new Or(),
        _ => throw new ArgumentOutOfRangeException(nameof(op), op, null),
    };

    // a - floor(a / b) * b: the sign of the divisor, as for numbers of compile time; of integers a itself where b is 0.
    Value Remainder(Site site, Node a, Node b)
    {
        if (a.Element == DType.Bool)
        {
            reporter.Report(DiagnosticCatalog.OperandKinds, site, "%", $"a tensor {a.Type}", $"a tensor {b.Type}");
            return PoisonValue.Instance;
        }
        return new TensorValue(graph.Subtract(a, graph.Multiply(Quotient(a, b), b)));
    }

    /// <summary>The quotient rounded down, of tensors of one element type or of two that meet. Of integers it stays one: a divisor of 0 gives the bound of the type, and 0 / 0 gives 0.</summary>
    public Value FloorDivide(Site site, Value left, Value right)
    {
        if (Pair(site, "floor_divide", left, right, needsFloat: false) is not ({ } a, { } b))
            return PoisonValue.Instance;
        if (a.Element == DType.Bool)
        {
            reporter.Report(DiagnosticCatalog.OperandKinds, site, "floor_divide", $"a tensor {a.Type}", $"a tensor {b.Type}");
            return PoisonValue.Instance;
        }
        graph.Origin = site.Origin;
        return new TensorValue(Quotient(a, b));
    }

    Node Quotient(Node a, Node b)
    {
        if (a.Element.IsFloat())
            return graph.Floor(graph.Divide(a, b));
        // Quotients of 32-bit integers are apart by more than float64 rounds.
        Node Near(Node x) => graph.Cast(graph.Floor(graph.Divide(graph.Cast(x, DType.F64), graph.Cast(b, DType.F64))), a.Element);
        var quotient = Near(a);
        if (a.Element != DType.I64)
            return quotient;
        // What float64 has rounded away is found by dividing what is left once more, and at most one unit remains.
        Node Left() => graph.Subtract(a, graph.Multiply(quotient, b));
        quotient = graph.Add(quotient, Near(Left()));
        var zero = graph.ConstantLike(0, a);
        var one = graph.ConstantLike(1, a);
        var rest = Left();
        var below = graph.And(graph.NotEqual(rest, zero), graph.NotEqual(graph.Less(rest, zero), graph.Less(b, zero)));
        var above = graph.And(graph.LessOrEqual(graph.Abs(b), graph.Abs(rest)), graph.Not(below));
        var corrected = graph.Select(below, graph.Subtract(quotient, one), graph.Select(above, graph.Add(quotient, one), quotient));
        return graph.Select(graph.Equal(b, zero), Near(a), corrected);
    }

    /// <summary>An element-wise operator of two operands that has no symbol: <c>maximum</c>, <c>minimum</c>.</summary>
    public Value Elementwise(Site site, string name, Operator op, Value left, Value right) =>
        Pair(site, name, left, right, needsFloat: false) is ({ } a, { } b) ? Wrap(Make(site, name, op, a, b)) : PoisonValue.Instance;

    /// <summary>The elements of <paramref name="whenTrue"/> where the condition holds, else those of <paramref name="whenFalse"/>.</summary>
    public Value Where(Site site, string name, Value condition, Value whenTrue, Value whenFalse)
    {
        if (condition is PoisonValue || Pair(site, name, whenTrue, whenFalse, needsFloat: false) is not ({ } a, { } b))
            return PoisonValue.Instance;
        if (Scalar(site, condition, null) is not { } test)
            return PoisonValue.Instance;
        if (BroadcastShapes(site, name, [test.Shape, a.Shape], [test, a]) is not { } shape)
            return PoisonValue.Instance;
        var (c, x, y) = (BroadcastTo(site, name, test, shape), BroadcastTo(site, name, a, shape), BroadcastTo(site, name, b, shape));
        return Wrap(Make(site, name, new Select(), c, x, y));
    }

    /// <summary>Two operands in one element type and shape; a part is null where there is none, which is reported.</summary>
    public (Node? A, Node? B) Pair(Site site, string symbol, Value left, Value right, bool needsFloat)
    {
        if (left is PoisonValue || right is PoisonValue)
        {
            var known = GuessesTypes ? left as TensorValue ?? right as TensorValue : null;
            return (known?.Node, known?.Node);
        }
        var like = (left as TensorValue)?.Node.Element ?? (right as TensorValue)?.Node.Element;
        if (Scalar(site, left, like) is not { } a || Scalar(site, right, like) is not { } b)
            return default;
        var element = DTypes.Promote(a.Element, b.Element);
        if (needsFloat && element is not DType.Bool && !element.IsFloat())
            element = DType.F32;
        if (needsFloat && element == DType.Bool)
        {
            reporter.Report(DiagnosticCatalog.BrokenConstraint, site, symbol, "needs numbers, but gets bool", "; convert it to a number, or choose between two values with where");
            return default;
        }
        graph.Origin = site.Origin;
        (a, b) = (graph.Cast(a, element), graph.Cast(b, element));
        if (BroadcastShapes(site, symbol, [a.Shape, b.Shape], [a, b]) is not { } shape)
            return default;
        if (symbol is "+" or "-" or "*" or "/" && element.IsFloat() && shape.Rank >= 2)
            WarnOfOuter(site, symbol, a, b, shape);
        return (BroadcastTo(site, symbol, a, shape), BroadcastTo(site, symbol, b, shape));
    }

    /// <summary>
    /// [N, 1] against [N] is every element with every other, which is seldom meant where a layer has made the column. Who adds the
    /// axis on purpose, with expand_dims or keep, means it.
    /// </summary>
    void WarnOfOuter(Site site, string symbol, Node a, Node b, Shape shape)
    {
        var (column, row) = a.Shape.Rank > b.Shape.Rank ? (a, b) : (b, a);
        int last = column.Shape.Rank - 1;
        if (row.Shape.Rank == last && last >= 1 && column.Shape[last].Is(1) && !row.Shape[last - 1].Is(1) && column.Shape[last - 1] == row.Shape[last - 1]
            && column.Operator is not (Reshape or Operators.Broadcast or Constant))
            reporter.Report(DiagnosticCatalog.OuterBroadcast, site, symbol, a.Shape, b.Shape, shape, last);
    }

    /// <summary>
    /// The value as a node. A number takes the element type <paramref name="like"/> where it can: a fraction makes f32 of
    /// integers, and a whole number i32 of bools. Null if the value is no tensor, which is reported.
    /// </summary>
    public Node? Scalar(Site site, Value value, DType? like)
    {
        graph.Origin = site.Origin;
        like = like?.Widened();
        switch (value)
        {
            case TensorValue tensor:
                return Widened(tensor.Node);
            case BooleanValue truth:
                return graph.Constant(truth.Truth ? 1 : 0, TensorType.Scalar(DType.Bool));
            case DimensionValue dimension:
                return graph.Make(new DimensionSize(dimension.Dim, like is null or DType.Bool or DType.U8 ? DType.F32 : like.Value));
            case IntegerValue integer:
            {
                var element = like is null ? DType.F32 : like == DType.Bool ? DType.I32 : like.Value;
                if (Fits(integer.Number, element))
                    return graph.Constant(integer.Number, TensorType.Scalar(element));
                reporter.Report(DiagnosticCatalog.NumberDoesNotFit, site, integer.Number.ToString(CultureInfo.InvariantCulture), RangeOf(element));
                return null;
            }
            case FloatValue number:
            {
                var element = like == DType.F64 ? DType.F64 : DType.F32;
                if (element == DType.F64 || double.IsInfinity(number.Number) || !(Math.Abs(number.Number) > float.MaxValue))
                    return graph.Constant(number.Number, TensorType.Scalar(element));
                reporter.Report(DiagnosticCatalog.NumberDoesNotFit, site, number.Number.ToString("R", CultureInfo.InvariantCulture), element.Name());
                return null;
            }
            case PoisonValue:
                return null;
            case LayerValue layer:
                reporter.Report(DiagnosticCatalog.LayerNotApplied, site, layer.Target.Name, layer.Target.Name + "(x)");
                return null;
            default:
                reporter.Report(DiagnosticCatalog.WrongKind, site, "an operand", "a tensor", value.Describe());
                return null;
        }
    }

    /// <summary>The value in another element type; a number becomes a scalar of it.</summary>
    public Value Cast(Site site, Value value, DType element)
    {
        if (Scalar(site, value, value is IntegerValue or FloatValue ? element : null) is not { } node)
            return PoisonValue.Instance;
        graph.Origin = site.Origin;
        return new TensorValue(graph.Cast(node, element));
    }

    /// <summary>A tensor of one repeated number.</summary>
    public Value Filled(Site site, double value, TensorType type)
    {
        if (!IsRepresentable(site, type.Shape))
            return PoisonValue.Instance;
        if (!Fits(value, type.Element))
        {
            reporter.Report(DiagnosticCatalog.NumberDoesNotFit, site, value.ToString("R", CultureInfo.InvariantCulture), RangeOf(type.Element));
            return PoisonValue.Instance;
        }
        graph.Origin = site.Origin;
        return new TensorValue(AssumeExtents(site, "a shape", graph.Constant(new Cast(type.Element).Apply(value), type)));
    }

    /// <summary>
    /// Whether a number is a value of the element type; every number is one of a float. The graph keeps constants in float64,
    /// which tells whole numbers below 2⁵³ apart: at 2⁵³ a number may have been another before it was rounded.
    /// </summary>
    public static bool Fits(double number, DType element) => element.IsFloat() || number == Math.Floor(number) && element switch
    {
        DType.U8 => number is >= byte.MinValue and <= byte.MaxValue,
        DType.I32 => number is >= int.MinValue and <= int.MaxValue,
        DType.I64 => Math.Abs(number) < 1L << 53,
        _ => number is 0 or 1,
    };

    /// <summary>An element type, with the range of its constants where that is narrower than the type.</summary>
    public static string RangeOf(DType element) =>
        element == DType.I64 ? "i64, whose constants are whole numbers from -9007199254740991 to 9007199254740991" : element.Name();

    /// <summary>The shape that all broadcast to; null if two do not fit, which is reported.</summary>
    public Shape? BroadcastShapes(Site site, string name, ImmutableArray<Shape> shapes, ImmutableArray<Node> operands)
    {
        var result = shapes[0];
        foreach (var shape in shapes.Skip(1))
        {
            var (longer, shorter) = result.Rank >= shape.Rank ? (result, shape) : (shape, result);
            var dims = longer.Dims;
            for (int axis = 0; axis < shorter.Rank; axis++)
            {
                int target = longer.Rank - shorter.Rank + axis;
                var (a, b) = (dims[target], shorter[axis]);
                if (b.Is(1) || a == b)
                    continue;
                if (a.Is(1))
                    dims = dims.SetItem(target, b);
                else if (Dim.Compare(a, b) == DimRelation.Unequal)
                {
                    reporter.Report(DiagnosticCatalog.ShapesDoNotBroadcast, site, operands, name, result, shape, a, b, FromTheRight(longer.Rank - target));
                    return null;
                }
                else if (b.IsConstant)
                    dims = dims.SetItem(target, b);
            }
            result = new Shape(dims);
        }
        // An outer product may be larger than each of its factors can be.
        return shapes.Contains(result) || IsRepresentable(site, result) ? result : null;
    }

    static string FromTheRight(int position) => position switch
    {
        1 => "their last axes",
        _ => $"their axes {-position}",
    };

    /// <summary>Repeats a tensor to a shape that it broadcasts to.</summary>
    public Node BroadcastTo(Site site, string name, Node value, Shape target)
    {
        graph.Origin = site.Origin;
        int offset = target.Rank - value.Shape.Rank;
        var fitting = new Shape(value.Shape.Dims.Select((dim, axis) => dim.Is(1) ? dim : target[offset + axis]));
        return graph.BroadcastTo(Assume(site, name, value, fitting), target);
    }

    /// <summary>
    /// The value under a shape that could not be proven to be its own: a slice as long as the tensor, so that the graph is well
    /// typed, and a check on entry that it is.
    /// </summary>
    public Node Assume(Site site, string name, Node value, Shape shape)
    {
        if (value.Shape == shape)
            return value;
        graph.Origin = site.Origin;
        var node = graph.Slice(
            value, [.. Enumerable.Repeat(Dim.Zero, shape.Rank)], [.. shape.Dims], [.. Enumerable.Repeat(1, shape.Rank)]);
        for (int axis = 0; axis < shape.Rank; axis++)
        {
            Settle(site, value.Shape[axis], shape[axis]);
            if (value.Shape[axis] != shape[axis])
                AddCheck(node, new DimCheck(value.Shape[axis], shape[axis], $"'{name}' at {site.Origin.Location.WithoutFolder} needs {Relation(value.Shape[axis], "equal to", shape[axis])}"));
        }
        return node;
    }

    /// <summary>A symbol that must be two numbers can be neither: that needs no run to be found.</summary>
    void Settle(Site site, Dim a, Dim b)
    {
        var (symbol, number) = a.SymbolName is not null ? (a.SymbolName, b) : (b.SymbolName, a);
        if (symbol is null || !number.IsConstant)
            return;
        if (!_settled.TryGetValue(symbol, out var before))
            _settled = _settled.Add(symbol, (number.Value, site.Origin.Location));
        else if (before.Value != number.Value)
            reporter.Report(DiagnosticCatalog.ContradictoryDimension, site, symbol, number.Value, before.Value, before.Place);
    }

    /// <summary>Makes whoever computes <paramref name="node"/> check what <paramref name="source"/>, from which it was derived, rests on.</summary>
    public void Inherit(Node node, Node source)
    {
        if (_checks.Count == 0)
            return;
        foreach (var check in Node.Reachable([source]).Where(_checks.ContainsKey).SelectMany(reached => _checks[reached]).ToList())
            AddCheck(node, check);
    }

    /// <summary>Has it checked on entry that one dimension does not exceed another, unless that is sure.</summary>
    public void AssumeAtMost(Site site, string name, Node node, Dim low, Dim high) => AssumeAtMost(
        node, low, high, $"'{name}' at {site.Origin.Location.WithoutFolder} needs {(low.IsConstant ? Relation(low, "at least", high) : Relation(low, "at most", high))}");

    void AssumeAtMost(Node node, Dim low, Dim high, string message)
    {
        if (!(high - low).IsNonNegative)
            AddCheck(node, new DimCheck(low, high, message, AtMost: true));
    }

    /// <summary>What is asked of two dimensions, with places for the values that they turn out to have; a number has its value already.</summary>
    static string Relation(Dim a, string relation, Dim b) =>
        a.IsConstant ? $"{b} to be {relation} {a}, but it is {{1}}"
        : b.IsConstant ? $"{a} to be {relation} {b}, but it is {{0}}"
        : $"{a} to be {relation} {b}, but these are {{0}} and {{1}}";

    void AddCheck(Node node, DimCheck check)
    {
        var known = _checks.TryGetValue(node, out var checks) ? checks : [];
        if (!known.Any(other => other.Left == check.Left && other.Right == check.Right && other.AtMost == check.AtMost))
            _checks[node] = known.Add(check);
    }
}
