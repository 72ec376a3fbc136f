using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;
using Shouldly;
using Xunit;

namespace NetCompiler.Gpu.Tests;

/// <summary>The elementary functions on double, which are plain C#, against those of the processor.</summary>
public sealed class GpuMathDoubleTests
{
    [Theory]
    [InlineData(nameof(GpuMath.Exp), -745, 709, 8)]
    [InlineData(nameof(GpuMath.Expm1), -40, 700, 8)]
    [InlineData(nameof(GpuMath.Log), 1e-310, 1e300, 8)]
    [InlineData(nameof(GpuMath.Log1p), -0.9999, 1e6, 8)]
    [InlineData(nameof(GpuMath.Tanh), -25, 25, 8)]
    [InlineData(nameof(GpuMath.Sigmoid), -700, 700, 8)]
    [InlineData(nameof(GpuMath.Softplus), -700, 700, 8)]
    [InlineData(nameof(GpuMath.Erf), -7, 7, 8)]
    [InlineData(nameof(GpuMath.Sin), -1e6, 1e6, 8)]
    [InlineData(nameof(GpuMath.Cos), -1e6, 1e6, 8)]
    public void Functions_of_doubles_stay_within_their_stated_error(string function, double from, double to, double ulps)
    {
        var run = typeof(GpuMath).GetMethod(function, [typeof(double)])!.CreateDelegate<Func<double, double>>();
        var exact = typeof(ScalarMath).GetMethod(function, [typeof(double)])!.CreateDelegate<Func<double, double>>();
        var random = new Random(1);
        double worst = 0, at = 0;
        for (int i = 0; i < 100_000; i++)
        {
            double share = random.NextDouble();
            double x = i % 2 == 0 ? from + (to - from) * share : (random.Next(2) == 0 && from < 0 ? Math.Max(from, -1) : Math.Min(to, 1)) * Math.Pow(10, -12 * share);
            double error = Ulps(run(x), exact(x));
            if (error > worst)
                (worst, at) = (error, x);
        }
        // Those of the processor have an error of their own of some ulp.
        worst.ShouldBeLessThanOrEqualTo(ulps + 4, $"at {at:R}");
    }

    [Fact]
    public void Powers_of_doubles_stay_within_their_stated_error()
    {
        var random = new Random(2);
        for (int i = 0; i < 100_000; i++)
        {
            double x = Math.Pow(10, random.NextDouble() * 20 - 10), y = random.NextDouble() * 40 - 20;
            double expected = Math.Pow(x, y);
            GpuMath.Pow(x, y).ShouldBe(expected, Math.Pow(2, -52) * (4 + Math.Abs(y * Math.Log(x))) * expected);
        }
        GpuMath.Pow(-2.0, 3.0).ShouldBe(-8, 1e-14);
        double.IsNaN(GpuMath.Pow(-2.0, 0.5)).ShouldBeTrue();
        GpuMath.Pow(0.0, -1.0).ShouldBe(double.PositiveInfinity);
        GpuMath.Pow(1.0, double.NaN).ShouldBe(1);
        GpuMath.Pow(double.PositiveInfinity, -2.0).ShouldBe(0);
    }

    [Fact]
    public void Whole_numbers_and_limits_of_doubles_are_those_of_the_processor()
    {
        foreach (double x in new[] { 2.5, -0.5, 1.5, 0.49999999999999994, 4503599627370497.0, -7.5, 1e300, double.NegativeInfinity })
            BitConverter.DoubleToInt64Bits(GpuMath.Round(x)).ShouldBe(BitConverter.DoubleToInt64Bits(Math.Round(x)));
        foreach (double x in new[] { 2147483646.5, 2147483648.0, -2147483649.5, 1e30, -1e30, double.NaN, -3.7, 300 })
        {
            GpuMath.ToInt32(x).ShouldBe(int.CreateSaturating(x));
            GpuMath.ToInt64(x).ShouldBe(long.CreateSaturating(x));
            GpuMath.ToByte(x).ShouldBe(byte.CreateSaturating(x));
        }
        foreach (var function in new Func<double, double>[] { GpuMath.Exp, GpuMath.Expm1, GpuMath.Log, GpuMath.Log1p, GpuMath.Tanh, GpuMath.Sigmoid, GpuMath.Softplus, GpuMath.Erf, GpuMath.Sin, GpuMath.Cos, GpuMath.Round })
            double.IsNaN(function(double.NaN)).ShouldBeTrue();
        GpuMath.Exp(double.NegativeInfinity).ShouldBe(0);
        GpuMath.Exp(double.PositiveInfinity).ShouldBe(double.PositiveInfinity);
        GpuMath.Expm1(double.PositiveInfinity).ShouldBe(double.PositiveInfinity);
        GpuMath.Log(0.0).ShouldBe(double.NegativeInfinity);
        GpuMath.Tanh(double.NegativeInfinity).ShouldBe(-1);
        double.IsNaN(GpuMath.Max(1.0, double.NaN)).ShouldBeTrue();
    }

    static double Ulps(double actual, double expected)
    {
        if (actual == expected)
            return 0;
        if (!double.IsFinite(actual) || !double.IsFinite(expected))
            return double.PositiveInfinity;
        double size = Math.Max(Math.Abs(expected), 2.2250738585072014e-308);
        return Math.Abs(actual - expected) / (Math.BitIncrement(size) - size);
    }
}
