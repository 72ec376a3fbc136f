using NetCompiler.Runtime.Gpu;
using Shouldly;
using Xunit;

namespace NetCompiler.Gpu.Tests;

/// <summary>The elementary functions of kernels, which are plain C#, against double precision.</summary>
public sealed class GpuMathTests
{
    [Theory]
    [InlineData(nameof(GpuMath.Exp), -110, 95, 4)]
    [InlineData(nameof(GpuMath.Expm1), -20, 95, 4)]
    [InlineData(nameof(GpuMath.Log), 1e-42, 1e38, 4)]
    [InlineData(nameof(GpuMath.Log1p), -0.9999, 1e6, 4)]
    [InlineData(nameof(GpuMath.Tanh), -12, 12, 4)]
    [InlineData(nameof(GpuMath.Sigmoid), -95, 95, 4)]
    [InlineData(nameof(GpuMath.Softplus), -95, 95, 4)]
    [InlineData(nameof(GpuMath.Erf), -5, 5, 6)]
    [InlineData(nameof(GpuMath.Sin), -1e5, 1e5, 4)]
    [InlineData(nameof(GpuMath.Cos), -1e5, 1e5, 4)]
    public void Functions_stay_within_their_stated_error(string function, double from, double to, double ulps)
    {
        var run = typeof(GpuMath).GetMethod(function, [typeof(float)])!.CreateDelegate<Func<float, float>>();
        var exact = Exact(function);
        var random = new Random(1);
        double worst = 0;
        for (int i = 0; i < 200_000; i++)
        {
            double share = random.NextDouble();
            // Half of them near 0, on all scales.
            float x = (float)(i % 2 == 0 ? from + (to - from) * share : (random.Next(2) == 0 && from < 0 ? Math.Max(from, -1) : Math.Min(to, 1)) * Math.Pow(10, -8 * share));
            if (x < from)
                continue;
            worst = Math.Max(worst, Ulps(run(x), exact(x)));
        }
        worst.ShouldBeLessThanOrEqualTo(ulps);
    }

    [Fact]
    public void Powers_stay_within_their_stated_error()
    {
        var random = new Random(2);
        double worst = 0;
        for (int i = 0; i < 200_000; i++)
        {
            float x = (float)Math.Pow(10, random.NextDouble() * 8 - 4), y = (float)(random.NextDouble() * 18 - 9);
            worst = Math.Max(worst, Ulps(GpuMath.Pow(x, y), Math.Pow(x, y)));
        }
        worst.ShouldBeLessThanOrEqualTo(16);
    }

    [Theory]
    [InlineData(-2f, 3f, -8f)]
    [InlineData(-2f, 0.5f, float.NaN)]
    [InlineData(0f, -1f, float.PositiveInfinity)]
    [InlineData(-0f, 3f, -0f)]
    [InlineData(1f, float.NaN, 1f)]
    [InlineData(float.PositiveInfinity, -2f, 0f)]
    public void Powers_of_special_numbers_are_those_of_the_language(float x, float y, float expected) => Bits(GpuMath.Pow(x, y)).ShouldBe(Bits(expected));

    [Theory]
    [InlineData(2.5f, 2f)]
    [InlineData(-0.5f, -0f)]
    [InlineData(1.5f, 2f)]
    [InlineData(8388609f, 8388609f)]
    public void Halves_round_to_even(float x, float expected) => Bits(GpuMath.Round(x)).ShouldBe(Bits(expected));

    [Fact]
    public void NaN_stays_and_limits_are_reached()
    {
        foreach (var function in new Func<float, float>[] { GpuMath.Exp, GpuMath.Expm1, GpuMath.Log, GpuMath.Log1p, GpuMath.Tanh, GpuMath.Sigmoid, GpuMath.Softplus, GpuMath.Erf, GpuMath.Sin, GpuMath.Cos, GpuMath.Round })
            float.IsNaN(function(float.NaN)).ShouldBeTrue();
        GpuMath.Exp(float.NegativeInfinity).ShouldBe(0);
        GpuMath.Exp(float.PositiveInfinity).ShouldBe(float.PositiveInfinity);
        GpuMath.Log(0).ShouldBe(float.NegativeInfinity);
        GpuMath.Tanh(float.PositiveInfinity).ShouldBe(1);
        GpuMath.Erf(float.NegativeInfinity).ShouldBe(-1);
        float.IsNaN(GpuMath.Max(1, float.NaN)).ShouldBeTrue();
        Bits(GpuMath.Max(-0f, 0f)).ShouldBe(Bits(0f));
        Bits(GpuMath.Min(0f, -0f)).ShouldBe(Bits(-0f));
    }

    static Func<double, double> Exact(string function) => function switch
    {
        nameof(GpuMath.Exp) => Math.Exp,
        nameof(GpuMath.Expm1) => x => Math.Abs(x) < 1e-5 ? x + x * x / 2 + x * x * x / 6 : Math.Exp(x) - 1,
        nameof(GpuMath.Log) => Math.Log,
        nameof(GpuMath.Log1p) => x => Math.Abs(x) < 1e-5 ? x - x * x / 2 + x * x * x / 3 : Math.Log(1 + x),
        nameof(GpuMath.Tanh) => Math.Tanh,
        nameof(GpuMath.Sigmoid) => x => 1 / (1 + Math.Exp(-x)),
        nameof(GpuMath.Softplus) => x => x > 0 ? x + Log1p(Math.Exp(-x)) : Log1p(Math.Exp(x)),
        nameof(GpuMath.Erf) => Erf,
        nameof(GpuMath.Sin) => Math.Sin,
        _ => Math.Cos,
    };

    static double Log1p(double x) => x < 1e-5 ? x - x * x / 2 + x * x * x / 3 : Math.Log(1 + x);

    // The series of erf, which converges for all x and is exact enough up to 5.
    static double Erf(double x)
    {
        double term = x, sum = x;
        for (int n = 1; n < 200; n++)
        {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }
        return 2 / Math.Sqrt(Math.PI) * sum;
    }

    static double Ulps(float actual, double exact)
    {
        if (actual == (float)exact)
            return 0;
        if (!double.IsFinite(actual) || Math.Abs(exact) > float.MaxValue)
            return double.PositiveInfinity;
        float nearest = Math.Abs((float)exact);
        double ulp = nearest < 1.2e-38f ? Math.Pow(2, -149) : MathF.BitIncrement(nearest) - nearest;
        return Math.Abs(actual - exact) / ulp;
    }

    static int Bits(float x) => float.IsNaN(x) ? -1 : BitConverter.SingleToInt32Bits(x);
}
