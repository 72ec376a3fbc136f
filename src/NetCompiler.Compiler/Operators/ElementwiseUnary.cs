using System;
using System.Collections.Immutable;
using NetCompiler.Graph;

namespace NetCompiler.Operators;

/// <summary>A function of one operand.</summary>
internal abstract record Unary : Elementwise
{
    protected sealed override int Arity => 1;

    protected virtual ElementKind Admits => ElementKind.Float;

    public abstract double Apply(double x);

    /// <summary>The gradient that reaches x when <paramref name="seed"/> reaches y; null if none does.</summary>
    protected abstract Node? Flow(Node x, Node y, Node seed, GraphBuilder graph);

    public sealed override double Apply(ReadOnlySpan<double> operands) => Apply(operands[0]);

    protected override (DType, ShapeProblem?) InferElement(ImmutableArray<TensorType> inputs) =>
        (inputs[0].Element, Constraints.Elements(Admits, inputs[0]));

    public sealed override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) =>
        node.Inputs[0].Element.IsFloat() ? Gradient.Of(Flow(node.Inputs[0], node, seed, graph)) : Gradient.Zero(node);
}

/// <summary>A function whose derivative is 0 wherever it has one: nothing flows back.</summary>
internal abstract record PiecewiseConstant : Unary
{
    protected sealed override Node? Flow(Node x, Node y, Node seed, GraphBuilder graph) => null;
}

/// <summary>y = -x.</summary>
internal sealed record Negate : Unary
{
    public override string Name => "negate";

    protected override ElementKind Admits => ElementKind.Number;

    public override double Apply(double x) => -x;

    protected override Node Flow(Node x, Node y, Node seed, GraphBuilder graph) => graph.Negate(seed);
}

/// <summary>y = |x|. The gradient at 0 is 0.</summary>
internal sealed record Abs : Unary
{
    public override string Name => "abs";

    protected override ElementKind Admits => ElementKind.Number;

    public override double Apply(double x) => Math.Abs(x);

    protected override Node Flow(Node x, Node y, Node seed, GraphBuilder graph) => graph.Multiply(seed, graph.Sign(x));
}

/// <summary>y = -1, 0 or 1 as x is negative, zero or positive; NaN stays NaN.</summary>
internal sealed record Sign : PiecewiseConstant
{
    public override string Name => "sign";

    protected override ElementKind Admits => ElementKind.Number;

    public override double Apply(double x) => x > 0 ? 1 : x < 0 ? -1 : x;
}

/// <summary>y = e^x.</summary>
internal sealed record Exp : Unary
{
    public override string Name => "exp";

    public override double Apply(double x) => Math.Exp(x);

    protected override Node Flow(Node x, Node y, Node seed, GraphBuilder graph) => graph.Multiply(seed, y);
}

/// <summary>y = e^x - 1 without cancellation near 0.</summary>
internal sealed record Expm1 : Unary
{
    public override string Name => "expm1";

    public override double Apply(double x) => SpecialFunctions.Expm1(x);

    // Not y + 1, which is 0 where e^x is small.
    protected override Node Flow(Node x, Node y, Node seed, GraphBuilder graph) => graph.Multiply(seed, graph.Exp(x));
}

/// <summary>y = ln x.</summary>
internal sealed record Log : Unary
{
    public override string Name => "log";

    public override double Apply(double x) => Math.Log(x);

    protected override Node Flow(Node x, Node y, Node seed, GraphBuilder graph) => graph.Divide(seed, x);
}

/// <summary>y = ln(1 + x) without cancellation near 0.</summary>
internal sealed record Log1p : Unary
{
    public override string Name => "log1p";

    public override double Apply(double x) => SpecialFunctions.Log1p(x);

    protected override Node Flow(Node x, Node y, Node seed, GraphBuilder graph) => graph.Divide(seed, graph.Add(x, 1));
}

/// <summary>y = √x. The gradient at 0 is infinite.</summary>
internal sealed record Sqrt : Unary
{
    public override string Name => "sqrt";

    public override double Apply(double x) => Math.Sqrt(x);

    protected override Node Flow(Node x, Node y, Node seed, GraphBuilder graph) => graph.Divide(graph.Multiply(seed, 0.5), y);
}

/// <summary>y = tanh x.</summary>
internal sealed record Tanh : Unary
{
    public override string Name => "tanh";

    public override double Apply(double x) => Math.Tanh(x);

    protected override Node Flow(Node x, Node y, Node seed, GraphBuilder graph) =>
        graph.Multiply(seed, graph.Subtract(1, graph.Multiply(y, y)));
}

/// <summary>y = 1 / (1 + e^-x).</summary>
internal sealed record Sigmoid : Unary
{
    public override string Name => "sigmoid";

    public override double Apply(double x) => SpecialFunctions.Sigmoid(x);

    protected override Node Flow(Node x, Node y, Node seed, GraphBuilder graph) =>
        graph.Multiply(seed, graph.Multiply(y, graph.Subtract(1, y)));
}

/// <summary>y = ln(1 + e^x) without overflow.</summary>
internal sealed record Softplus : Unary
{
    public override string Name => "softplus";

    public override double Apply(double x) => SpecialFunctions.Softplus(x);

    protected override Node Flow(Node x, Node y, Node seed, GraphBuilder graph) => graph.Multiply(seed, graph.Sigmoid(x));
}

/// <summary>y = sin x.</summary>
internal sealed record Sin : Unary
{
    public override string Name => "sin";

    public override double Apply(double x) => Math.Sin(x);

    protected override Node Flow(Node x, Node y, Node seed, GraphBuilder graph) => graph.Multiply(seed, graph.Cos(x));
}

/// <summary>y = cos x.</summary>
internal sealed record Cos : Unary
{
    public override string Name => "cos";

    public override double Apply(double x) => Math.Cos(x);

    protected override Node Flow(Node x, Node y, Node seed, GraphBuilder graph) => graph.Negate(graph.Multiply(seed, graph.Sin(x)));
}

/// <summary>y = 2/√π · ∫₀ˣ e^(-t²) dt.</summary>
internal sealed record Erf : Unary
{
    public override string Name => "erf";

    public override double Apply(double x) => SpecialFunctions.Erf(x);

    protected override Node Flow(Node x, Node y, Node seed, GraphBuilder graph) =>
        graph.Multiply(seed, graph.Multiply(graph.Exp(graph.Negate(graph.Multiply(x, x))), 2 / Math.Sqrt(Math.PI)));
}

/// <summary>y = the largest integer not above x.</summary>
internal sealed record Floor : PiecewiseConstant
{
    public override string Name => "floor";

    public override double Apply(double x) => Math.Floor(x);
}

/// <summary>y = the smallest integer not below x.</summary>
internal sealed record Ceiling : PiecewiseConstant
{
    public override string Name => "ceiling";

    public override double Apply(double x) => Math.Ceiling(x);
}

/// <summary>y = the integer nearest to x, the even one of two equally near.</summary>
internal sealed record Round : PiecewiseConstant
{
    public override string Name => "round";

    public override double Apply(double x) => Math.Round(x, MidpointRounding.ToEven);
}

/// <summary>y = not x.</summary>
internal sealed record Not : PiecewiseConstant
{
    public override string Name => "not";

    protected override ElementKind Admits => ElementKind.Bool;

    public override double Apply(double x) => x != 0 ? 0 : 1;
}

/// <summary>
/// y = x in another element type. To an integer: rounded towards zero, values outside the range become the nearest bound,
/// NaN becomes 0. To bool: x ≠ 0. Gradients pass from float to float only.
/// </summary>
internal sealed record Cast(DType To) : Unary
{
    public override string Name => "cast";

    protected override string Attributes => To.Name();

    protected override ElementKind Admits => ElementKind.Any;

    protected override (DType, ShapeProblem?) InferElement(ImmutableArray<TensorType> inputs) => (To, null);

    public override double Apply(double x) => To switch
    {
        DType.Bool => x != 0 ? 1 : 0,
        DType.I32 => Saturate(x, int.MinValue, int.MaxValue),
        DType.I64 => Saturate(x, long.MinValue, long.MaxValue),
        DType.U8 => Saturate(x, byte.MinValue, byte.MaxValue),
        DType.F16 => Rounded(x, 10, -14, 16),
        DType.BF16 => Rounded(x, 7, -126, 128),
        _ => x,
    };

    /// <summary>To the nearest number with so many binary digits after the first, ties to even; fewer below the least exponent.</summary>
    static double Rounded(double x, int digits, int least, int overflow)
    {
        if (x == 0 || double.IsNaN(x) || double.IsInfinity(x))
            return x;
        int exponent = (int)((BitConverter.DoubleToInt64Bits(x) >> 52) & 2047) - 1023;
        double unit = Math.Pow(2, Math.Max(exponent, least) - digits);
        double y = Math.Round(x / unit, MidpointRounding.ToEven) * unit;
        return Math.Abs(y) < Math.Pow(2, overflow) ? y : x > 0 ? double.PositiveInfinity : double.NegativeInfinity;
    }

    static double Saturate(double x, double low, double high) =>
        double.IsNaN(x) ? 0 : Math.Min(Math.Max(Math.Truncate(x), low), high);

    protected override Node? Flow(Node x, Node y, Node seed, GraphBuilder graph) => To.IsFloat() ? graph.Cast(seed, x.Element) : null;

    public override Work Cost(Node node) => new(Dim.Zero, Dim.Zero);
}

/// <summary>y = x, and no gradient flows back.</summary>
internal sealed record StopGradient : PiecewiseConstant
{
    public override string Name => "stop_gradient";

    protected override ElementKind Admits => ElementKind.Any;

    public override double Apply(double x) => x;

    public override Work Cost(Node node) => new(Dim.Zero, Dim.Zero);
}
