using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace NetCompiler.Runtime.Tests;

/// <summary>The float functions of all widths against double, over all exponents and around the points where the code changes its method.</summary>
public class ElementaryTests(ITestOutputHelper output)
{
    // A pattern step that is odd, so that mantissas vary: a million and a half floats of both signs, or 40 million.
    static readonly uint Step = Environment.GetEnvironmentVariable("NETC_LONG") == "1" ? 101u : 2801u;

    public static TheoryData<string> Functions => [.. Table.Keys];

    static readonly Dictionary<string, Function> Table = new()
    {
        ["Exp"] = new(x => Math.Exp(x), Map<F32x16, Exp<F32x16>>, Map<F32x8, Exp<F32x8>>, Map<F32x1, Exp<F32x1>>),
        ["Expm1"] = new(x => ElementaryF64.Expm1Function.Of(x), Map<F32x16, Expm1<F32x16>>, Map<F32x8, Expm1<F32x8>>, Map<F32x1, Expm1<F32x1>>),
        ["Log"] = new(x => Math.Log(x), Map<F32x16, Log<F32x16>>, Map<F32x8, Log<F32x8>>, Map<F32x1, Log<F32x1>>),
        ["Log1p"] = new(x => ElementaryF64.Log1pFunction.Of(x), Map<F32x16, Log1p<F32x16>>, Map<F32x8, Log1p<F32x8>>, Map<F32x1, Log1p<F32x1>>),
        ["Tanh"] = new(x => Math.Tanh(x), Map<F32x16, Tanh<F32x16>>, Map<F32x8, Tanh<F32x8>>, Map<F32x1, Tanh<F32x1>>),
        ["Sigmoid"] = new(x => ElementaryF64.SigmoidFunction.Of(x), Map<F32x16, Sigmoid<F32x16>>, Map<F32x8, Sigmoid<F32x8>>, Map<F32x1, Sigmoid<F32x1>>),
        ["Softplus"] = new(x => ElementaryF64.SoftplusFunction.Of(x), Map<F32x16, Softplus<F32x16>>, Map<F32x8, Softplus<F32x8>>, Map<F32x1, Softplus<F32x1>>),
        ["Erf"] = new(x => ElementaryF64.ErfFunction.Of(x), Map<F32x16, Erf<F32x16>>, Map<F32x8, Erf<F32x8>>, Map<F32x1, Erf<F32x1>>),
        ["Sin"] = new(x => Math.Sin(x), Map<F32x16, Sin<F32x16>>, Map<F32x8, Sin<F32x8>>, Map<F32x1, Sin<F32x1>>),
        ["Cos"] = new(x => Math.Cos(x), Map<F32x16, Cos<F32x16>>, Map<F32x8, Cos<F32x8>>, Map<F32x1, Cos<F32x1>>),
        ["Reciprocal"] = new(x => 1 / x, Map<F32x16, Reciprocal<F32x16>>, Map<F32x8, Reciprocal<F32x8>>, Map<F32x1, Reciprocal<F32x1>>),
        ["Sqrt"] = new(x => Math.Sqrt(x), Map<F32x16, Sqrt<F32x16>>, Map<F32x8, Sqrt<F32x8>>, Map<F32x1, Sqrt<F32x1>>),
    };

    [Theory]
    [MemberData(nameof(Functions))]
    public void Function_of_float_is_as_near_as_stated_at_every_width(string name)
    {
        // Its numerator, its denominator and the quotient are rounded.
        double stated = name == "Sigmoid" ? 2.5 : 2;
        var function = Table[name];
        var inputs = Inputs();
        var scalar = new float[inputs.Length];
        function.Scalar(inputs, scalar);

        double worst = 0;
        float worstInput = 0;
        for (int i = 0; i < inputs.Length; i++)
        {
            double error = ErrorInUlp(scalar[i], function.Reference(inputs[i]));
            if (!(error <= worst))
                (worst, worstInput) = (error, inputs[i]);
        }
        output.WriteLine($"{name}: {worst:F3} ulp at {worstInput:R}");
        worst.ShouldBeLessThanOrEqualTo(stated, $"{name} at {worstInput:R}");

        foreach (var vector in new[] { Simd.Has512 ? function.Widest : null, Simd.Has256 ? function.Middle : null })
        {
            if (vector is null)
                continue;
            var wide = new float[inputs.Length];
            vector(inputs, wide);
            for (int i = 0; i < inputs.Length; i++)
                if (BitConverter.SingleToInt32Bits(wide[i]) != BitConverter.SingleToInt32Bits(scalar[i]) && !(float.IsNaN(wide[i]) && float.IsNaN(scalar[i])))
                    throw new ShouldAssertException($"{name} of {inputs[i]:R} is {wide[i]:R} in a vector but {scalar[i]:R} alone");
        }
    }

    [Fact]
    public void Error_function_of_double_matches_known_values()
    {
        // Abramowitz and Stegun, table 7.1; and from 50-digit arithmetic.
        ElementaryF64.ErfFunction.Of(0.5).ShouldBe(0.5204998778130465, 4e-16);
        ElementaryF64.ErfFunction.Of(1).ShouldBe(0.8427007929497149, 4e-16);
        ElementaryF64.ErfFunction.Of(-2).ShouldBe(-0.9953222650189527, 4e-16);
        ElementaryF64.ErfFunction.Of(2.4999999).ShouldBe(0.9995930477647266, 4e-16);
        ElementaryF64.ErfFunction.Of(2.5).ShouldBe(0.9995930479825550, 4e-16);
        ElementaryF64.ErfFunction.Of(3).ShouldBe(0.9999779095030014, 4e-16);
        ElementaryF64.ErfFunction.Of(7).ShouldBe(1);
        ElementaryF64.ErfFunction.Of(1e-300).ShouldBe(1.1283791670955126e-300, 1e-315);
    }

    [Fact]
    public void Functions_of_double_keep_relative_accuracy_near_zero()
    {
        foreach (double x in new[] { 1e-4, -1e-5, 1e-9, -1e-12, 1e-200 })
        {
            double square = x * x;
            ElementaryF64.Expm1Function.Of(x).ShouldBe(x + square / 2 + square * x / 6 + square * square / 24, Math.Abs(x) * 1e-15);
            ElementaryF64.Log1pFunction.Of(x).ShouldBe(x - square / 2 + square * x / 3 - square * square / 4 + square * square * x / 5, Math.Abs(x) * 1e-15);
        }
        BitConverter.DoubleToInt64Bits(ElementaryF64.Expm1Function.Of(-0.0)).ShouldBe(long.MinValue);
        ElementaryF64.Expm1Function.Of(1000).ShouldBe(double.PositiveInfinity);
        ElementaryF64.Expm1Function.Of(-1000).ShouldBe(-1);
    }

    [Fact]
    public void Powers_have_the_special_cases_of_the_library()
    {
        float[] values = [0, -0f, 1, -1, 2, -2, 0.5f, 3, -3, 1e30f, -1e30f, 1e-30f, float.PositiveInfinity, float.NegativeInfinity, float.NaN];
        foreach (float x in values)
            foreach (float y in values)
            {
                float expected = (float)Math.Pow(x, y);
                F32x1.SumLanes(F32x1.Pow(F32x1.Splat(x), F32x1.Splat(y))).ShouldBe(expected);
                if (Simd.Has512)
                    F32x16.MaxLanes(F32x16.Pow(F32x16.Splat(x), F32x16.Splat(y))).ShouldBe(expected);
            }
    }

    // The distance in units of the last place that the exact value has as a float; denormals have a fixed spacing.
    static double ErrorInUlp(float actual, double exact)
    {
        if (double.IsNaN(exact) || float.IsNaN(actual))
            return double.IsNaN(exact) && float.IsNaN(actual) ? 0 : double.PositiveInfinity;
        if (exact == 0)
            return actual == 0 && float.IsNegative(actual) == double.IsNegative(exact) ? 0 : double.PositiveInfinity;
        int exponent = Math.Clamp(double.IsInfinity(exact) ? 127 : Math.ILogB(exact), -126, 127);
        double spacing = Math.ScaleB(1, exponent - 23);

        // Infinity is the next float after the largest.
        const double afterLargest = 3.4028236692093846e38;
        return Math.Abs(Math.Clamp(actual, -afterLargest, afterLargest) - Math.Clamp(exact, -afterLargest, afterLargest)) / spacing;
    }

    static float[] Inputs()
    {
        var inputs = new List<float> { 0f, -0f, 1f, -1f, float.Epsilon, -float.Epsilon, float.MaxValue, float.MinValue, float.PositiveInfinity, float.NegativeInfinity, float.NaN };
        for (ulong bits = 0; bits <= 0x7f800000; bits += Step)
        {
            inputs.Add(BitConverter.UInt32BitsToSingle((uint)bits));
            inputs.Add(-BitConverter.UInt32BitsToSingle((uint)bits));
        }

        // Densely where most functions have their shape, and around their thresholds.
        for (int i = -40_000; i <= 40_000; i++)
            inputs.Add(i * 0.0027f);
        foreach (float point in new[] { 0.625f, 0.9375f, 4f, 0.34657359f, 1f, MathF.Sqrt(0.5f), MathF.Sqrt(2), 88.72283f, 87.33654f, 103.97208f, ElementaryF32.LargestReducible, 16.6f })
            for (int i = -200; i <= 200; i++)
            {
                float x = BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(point) + i);
                inputs.Add(x);
                inputs.Add(-x);
            }

        // Multiples of pi/2, where the remainder is smallest.
        for (int n = 1; n < 41_000; n += n < 2000 ? 1 : 7)
            for (int i = -1; i <= 1; i++)
                inputs.Add(BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits((float)(n * Math.PI / 2)) + i));
        while (inputs.Count % 16 != 0)
            inputs.Add(0.1f);
        return [.. inputs];
    }

    static unsafe void Map<TLanes, TFunction>(float[] x, float[] y) where TLanes : struct, ILanes<TLanes, float> where TFunction : IFunction<TLanes>
    {
        fixed (float* from = x, to = y)
            for (int i = 0; i < x.Length; i += TLanes.Count)
                TLanes.Store(new Pointer<float>((nint)to), i, TFunction.Of(TLanes.Load(new Pointer<float>((nint)from), i)));
    }

    sealed record Function(Func<double, double> Reference, Action<float[], float[]> Widest, Action<float[], float[]> Middle, Action<float[], float[]> Scalar);

    interface IFunction<L> where L : struct, ILanes<L, float>
    {
        static abstract L Of(L x);
    }

    readonly struct Exp<L> : IFunction<L> where L : struct, ILanes<L, float> { public static L Of(L x) => L.Exp(x); }

    readonly struct Expm1<L> : IFunction<L> where L : struct, ILanes<L, float> { public static L Of(L x) => L.Expm1(x); }

    readonly struct Log<L> : IFunction<L> where L : struct, ILanes<L, float> { public static L Of(L x) => L.Log(x); }

    readonly struct Log1p<L> : IFunction<L> where L : struct, ILanes<L, float> { public static L Of(L x) => L.Log1p(x); }

    readonly struct Tanh<L> : IFunction<L> where L : struct, ILanes<L, float> { public static L Of(L x) => L.Tanh(x); }

    readonly struct Sigmoid<L> : IFunction<L> where L : struct, ILanes<L, float> { public static L Of(L x) => L.Sigmoid(x); }

    readonly struct Softplus<L> : IFunction<L> where L : struct, ILanes<L, float> { public static L Of(L x) => L.Softplus(x); }

    readonly struct Erf<L> : IFunction<L> where L : struct, ILanes<L, float> { public static L Of(L x) => L.Erf(x); }

    readonly struct Sin<L> : IFunction<L> where L : struct, ILanes<L, float> { public static L Of(L x) => L.Sin(x); }

    readonly struct Cos<L> : IFunction<L> where L : struct, ILanes<L, float> { public static L Of(L x) => L.Cos(x); }

    readonly struct Reciprocal<L> : IFunction<L> where L : struct, ILanes<L, float> { public static L Of(L x) => L.Reciprocal(x); }

    readonly struct Sqrt<L> : IFunction<L> where L : struct, ILanes<L, float> { public static L Of(L x) => L.Sqrt(x); }
}
