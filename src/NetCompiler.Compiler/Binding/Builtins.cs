using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;

namespace NetCompiler.Binding;

/// <summary>
/// The functions that are not written in <c>.net</c>: the primitives, questions about shapes, gradients and initializers. One
/// table; each part of this class adds the entries of one family.
/// </summary>
internal static partial class Builtins
{
    static readonly Dictionary<string, Builtin> _table = Table();

    /// <summary>All functions, by name.</summary>
    public static IReadOnlyCollection<Builtin> All => _table.Values;

    public static IEnumerable<string> Names => _table.Keys;

    public static Builtin? Find(string name) => _table.TryGetValue(name, out var builtin) ? builtin : null;

    /// <summary>A number that has a name.</summary>
    public static Value? Constant(string name) => name switch
    {
        "pi" => new FloatValue(Math.PI),
        "infinity" => new FloatValue(double.PositiveInfinity),
        _ => null,
    };

    static Dictionary<string, Builtin> Table() =>
        new[] { Elementwise(), Reductions(), Shaping(), Paddings(), Images(), Sums(), Queries(), Gradients(), Initializers(), Random() }
            .SelectMany(family => family)
            .ToDictionary(builtin => builtin.Name, StringComparer.Ordinal);

    /// <summary>Parameters written as in a signature: <c>"x, axis?, keep?"</c>, a question mark for what may be left out.</summary>
    static ImmutableArray<Formal> Formals(string signature) =>
    [
        .. signature.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries)
            .Select(name => new Formal(name.TrimEnd('?'), !name.EndsWith("?", StringComparison.Ordinal))),
    ];

    static Builtin Function(string name, string signature, string documentation, Func<BuiltinCall, Value> apply, bool takesTensorFirst = true) =>
        new(name, Formals(signature), documentation, apply, takesTensorFirst);

    static IEnumerable<Builtin> Elementwise()
    {
        Builtin Unary(string name, string documentation, Operator op, Func<double, double> onNumbers, bool integers = false) =>
            Function(name, "x", documentation, call =>
            {
                if (call["x"].AsNumber() is { } number)
                    return Number(call["x"], onNumbers(number), integers);
                return (integers ? call.Tensor("x") : call.FloatTensor("x")) is { } x ? call.Make(op, x) : PoisonValue.Instance;
            });
        Builtin Rounding(string name, string documentation, Operator op, Func<double, double> onNumbers) =>
            Function(name, "x", documentation, call => call["x"].AsNumber() is { } number
                ? Math.Abs(onNumbers(number)) < 1L << 53 ? new IntegerValue((long)onNumbers(number)) : new FloatValue(onNumbers(number))
                : call.FloatTensor("x") is { } x ? call.Make(op, x) : PoisonValue.Instance);
        Builtin Extreme(string name, string documentation, Operator op, Func<double, double, double> onNumbers) =>
            Function(name, "a, b", documentation, call =>
                call["a"].AsNumber() is { } a && call["b"].AsNumber() is { } b
                    ? onNumbers(a, b) == a ? call["a"] : call["b"]
                    : call.Tensors.Elementwise(call.Site, name, op, call["a"], call["b"]), takesTensorFirst: false);
        return
        [
            Unary("exp", "e to the power x.", new Exp(), Math.Exp),
            Unary("expm1", "exp(x) - 1, precise near 0.", new Expm1(), SpecialFunctions.Expm1),
            Unary("log", "The natural logarithm.", new Log(), Math.Log),
            Unary("log1p", "log(1 + x), precise near 0.", new Log1p(), SpecialFunctions.Log1p),
            Unary("sqrt", "The square root.", new Sqrt(), Math.Sqrt),
            Unary("tanh", "The hyperbolic tangent.", new Tanh(), Math.Tanh),
            Unary("sigmoid", "1 / (1 + exp(-x)).", new Sigmoid(), SpecialFunctions.Sigmoid),
            Unary("softplus", "log(1 + exp(x)), finite for every finite x.", new Softplus(), SpecialFunctions.Softplus),
            Unary("sin", "The sine.", new Sin(), Math.Sin),
            Unary("cos", "The cosine.", new Cos(), Math.Cos),
            Unary("erf", "The error function.", new Erf(), SpecialFunctions.Erf),
            Unary("abs", "The absolute value.", new Abs(), Math.Abs, integers: true),
            Unary("sign", "-1, 0 or 1; its gradient is 0.", new Sign(), x => Math.Sign(x), integers: true),
            Rounding("floor", "The greatest whole number that is not above x; a whole number for a number of compile time.", new Floor(), Math.Floor),
            Rounding("ceil", "The least whole number that is not below x; a whole number for a number of compile time.", new Ceiling(), Math.Ceiling),
            Rounding("round", "The nearest whole number, halves to even; a whole number for a number of compile time.", new Round(), x => Math.Round(x)),
            Extreme("maximum", "The larger of a and b, element by element; NaN if either is. A constant operand takes no part in the gradient: it is 0 where they are equal.", new Maximum(), Math.Max),
            Extreme("minimum", "The smaller of a and b, element by element; NaN if either is. A constant operand takes no part in the gradient: it is 0 where they are equal.", new Minimum(), Math.Min),
            Function("where", "condition, a, b", "a where the condition holds, else b, element by element.",
                call => call.Tensors.Where(call.Site, "where", call["condition"], call["a"], call["b"]), takesTensorFirst: false),
            Function("cast", "x, type", "x in another element type. To an integer: rounded towards zero, out of range to the nearest bound, NaN to 0.",
                call => call.ElementType("type", DType.F32) is { } type ? call.Tensors.Cast(call.Site, call["x"], type) : PoisonValue.Instance),
            Function("stop_gradient", "x", "x, through which no gradient flows.",
                call => call.Tensor("x") is { } x ? call.Make(new StopGradient(), x) : PoisonValue.Instance),
        ];
    }

    static Value Number(Value operand, double result, bool integers) =>
        integers && operand is IntegerValue ? new IntegerValue((long)result) : new FloatValue(result);

    static IEnumerable<Builtin> Reductions()
    {
        Builtin Reduction(string name, string documentation, Func<EquatableArray<int>, Operator> op, Func<BuiltinCall, Node, Node>? prepare = null) =>
            Function(name, "x, axis?, keep?", documentation, call =>
            {
                if (call.Tensor("x") is not { } x || call.Axes("axis", x.Shape) is not { } axes || call.Boolean("keep", false) is not { } keep)
                    return PoisonValue.Instance;
                x = prepare is null ? x : prepare(call, x);
                return axes.IsEmpty ? new TensorValue(x) : Kept(call, call.Make(op(axes), x), x.Shape, axes, keep);
            });
        Builtin Position(string name, string documentation, Func<int, Operator> op) =>
            Function(name, "x, axis?, keep?", documentation, call =>
                call.Tensor("x") is { } x && call.Axis("axis", -1, x.Shape.Rank) is { } axis && call.Boolean("keep", false) is { } keep
                    ? Kept(call, call.Make(op(axis), x), x.Shape, [axis], keep)
                    : PoisonValue.Instance);
        Builtin OfBools(string name, string documentation, Func<EquatableArray<int>, Operator> op) =>
            Reduction(name, documentation, op, (call, x) => x.Element == DType.Bool ? x : call.Graph.Cast(x, DType.Bool));
        return
        [
            Reduction("sum", "The sum over all axes, or over one axis or a list of them; 'keep' keeps them with extent 1. Bools count 0 and 1.",
                axes => new Sum(axes), (call, x) => x.Element == DType.Bool ? call.Graph.Cast(x, DType.I32) : x),
            Reduction("product", "The product over axes, as for sum.", axes => new Product(axes)),
            Reduction("max", "The largest element over axes, as for sum. Elements that tie share the gradient.", axes => new Max(axes)),
            Reduction("min", "The smallest element over axes, as for sum. Elements that tie share the gradient.", axes => new Min(axes)),
            OfBools("any", "Whether any element over axes is true (not 0).", axes => new Max(axes)),
            OfBools("all", "Whether all elements over axes are true (not 0).", axes => new Min(axes)),
            Function("mean", "x, axis?, keep?", "The mean over axes, as for sum; of integers and bools in f32.", Mean),
            Function("argsort", "x, axis?, descending?",
                "The positions along an axis, the last if none is given, at which the elements are in order, i32: equal elements in theirs, NaN last.", call =>
                call.Tensor("x") is { } x && call.Axis("axis", -1, x.Shape.Rank) is { } axis && call.Boolean("descending", false) is { } descending
                    ? call.Make(new ArgSort(axis, descending), x)
                    : PoisonValue.Instance),
            Function("cumsum", "x, axis?, reverse?",
                "The sums of all elements up to each along an axis, the last if none is given, or from each on if reverse: true. Bools count 0 and 1.", call =>
                call.Tensor("x") is { } x && call.Axis("axis", -1, x.Shape.Rank) is { } axis && call.Boolean("reverse", false) is { } reverse
                    ? call.Make(new CumulativeSum(axis, reverse), x.Element == DType.Bool ? call.Graph.Cast(x, DType.I32) : x)
                    : PoisonValue.Instance),
            Position("argmax", "The position of the largest element along an axis, the last if none is given; i32. The first of equal ones.", axis => new ArgMax(axis)),
            Position("argmin", "The position of the smallest element along an axis, the last if none is given; i32. The first of equal ones.", axis => new ArgMin(axis)),
        ];
    }

    static Value Kept(BuiltinCall call, Value reduced, Shape shape, ImmutableArray<int> axes, bool keep)
    {
        if (!keep || reduced is not TensorValue { Node: var node })
            return reduced;
        return new TensorValue(call.Graph.Reshape(node, new Shape(shape.Dims.Select((dim, axis) => axes.Contains(axis) ? Dim.One : dim))));
    }

    static Value Mean(BuiltinCall call)
    {
        if (call.FloatTensor("x") is not { } x || call.Axes("axis", x.Shape) is not { } axes || call.Boolean("keep", false) is not { } keep)
            return PoisonValue.Instance;
        if (axes.IsEmpty)
            return new TensorValue(x);
        var graph = call.Graph;
        var sum = graph.Sum(x, axes);
        var count = Dim.Product(axes.Select(axis => x.Shape[axis]));
        var divisor = count.IsConstant
            ? graph.Constant(count.Value, sum.Type)
            : graph.BroadcastTo(graph.Make(new DimensionSize(count, x.Element)), sum.Shape);
        return Kept(call, new TensorValue(graph.Divide(sum, divisor)), x.Shape, axes, keep);
    }
}
