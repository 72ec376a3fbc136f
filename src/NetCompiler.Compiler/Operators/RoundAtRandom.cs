using System;
using System.Collections.Immutable;
using NetCompiler.Graph;

namespace NetCompiler.Operators;

/// <summary>
/// y = x in a half type, rounded by chance (Forsythe 1950; Gupta et al., "Deep learning with limited numerical precision", 2015):
/// with a and b the neighbours of x in the type, a nearer to 0, y = b where u &lt; (x - a) / (b - a), else a. For u uniform in [0, 1)
/// the mean of y is x, as far as the digits of u can tell probabilities apart: 24 of them for f32. What the type has stays, as do infinities and NaN.
/// Beyond its largest finite number y is the nearest, as of a cast.
/// </summary>
/// <param name="To">f16 or bf16.</param>
internal sealed record RoundAtRandom(DType To) : Binary
{
    public override string Name => "round_at_random";

    protected override string Attributes => To.Name();

    protected override (DType, ShapeProblem?) InferElement(ImmutableArray<TensorType> inputs) =>
        (To, Constraints.Elements(ElementKind.Float, inputs) ?? Constraints.SameElements(inputs));

    public override double Apply(double x, double u)
    {
        var (digits, least) = To == DType.F16 ? (10, -14) : (7, -126);
        double largest = To == DType.F16 ? 65504 : (2 - Math.Pow(2, -7)) * Math.Pow(2, 127);
        if (!(Math.Abs(x) <= largest))
            return new Cast(To).Apply(x);
        int exponent = (int)((BitConverter.DoubleToInt64Bits(x) >> 52) & 2047) - 1023;
        double unit = Math.Pow(2, Math.Max(exponent, least) - digits);
        double inner = Math.Floor(Math.Abs(x) / unit), rest = Math.Abs(x) / unit - inner;
        double y = (u < rest ? inner + 1 : inner) * unit;
        return x < 0 || x == 0 && 1 / x < 0 ? -y : y;
    }

    /// <summary>The mean of y is x, so the gradient passes as through a cast, and none reaches u.</summary>
    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) =>
        Gradient.Of(graph.Cast(seed, node.Inputs[0].Element), null);
}
