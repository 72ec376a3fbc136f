using System.Diagnostics;
using System.Numerics.Tensors;
using NetCompiler.Runtime;

namespace NetCompiler.Benchmarks;

/// <summary>The elementary functions of vectors, on values from the first cache: nanoseconds an element, beside those of .NET, and errors.</summary>
static class FunctionBenchmarks
{
    const int Length = 2048;

    // Odd, so that mantissas vary: 40 million floats of both signs.
    const uint Step = 101;

    delegate void Tensor(ReadOnlySpan<float> x, Span<float> y);

    public static void Run()
    {
        Console.WriteLine($"| f(x) | largest error, ulp | ns, {(Simd.Has512 ? "512" : "256")} bits | ns, 256 bits | ns, `MathF` | ns, `TensorPrimitives` |");
        Console.WriteLine("|---|---|---|---|---|---|");
        Row<Exp>("e^x", Math.Exp, MathF.Exp, TensorPrimitives.Exp, -10, 10);
        Row<Expm1>("e^x - 1", ExactExpm1, x => MathF.Exp(x) - 1, TensorPrimitives.ExpM1, -10, 10);
        Row<Log>("log x", Math.Log, MathF.Log, TensorPrimitives.Log, 1e-3f, 10);
        Row<Log1p>("log(1 + x)", ExactLog1p, x => MathF.Log(1 + x), TensorPrimitives.LogP1, 1e-3f, 10);
        Row<Tanh>("tanh x", Math.Tanh, MathF.Tanh, TensorPrimitives.Tanh, -5, 5);
        Row<Sigmoid>("sigmoid x", x => x < 0 ? Math.Exp(x) / (1 + Math.Exp(x)) : 1 / (1 + Math.Exp(-x)), x => 1 / (1 + MathF.Exp(-x)), TensorPrimitives.Sigmoid, -10, 10);
        Row<Softplus>("softplus x", x => Math.Max(x, 0) + ExactLog1p(Math.Exp(-Math.Abs(x))), x => MathF.Log(1 + MathF.Exp(x)), null, -10, 10);
        Row<Erf>("erf x", null, null, null, -3, 3);
        Row<Sin>("sin x", Math.Sin, MathF.Sin, TensorPrimitives.Sin, -10, 10);
        Row<Cos>("cos x", Math.Cos, MathF.Cos, TensorPrimitives.Cos, -10, 10);
    }

    static void Row<TFunction>(string name, Func<double, double>? exact, Func<float, float>? scalar, Tensor? tensor, float low, float high)
        where TFunction : struct, IVectorFunction
    {
        var random = new Random(1);
        var x = new PinnedBuffer(Length * sizeof(float));
        var y = new PinnedBuffer(Length * sizeof(float));
        foreach (ref float value in x.At<float>().AsSpan(Length))
            value = low + (high - low) * random.NextSingle();
        string wide = Simd.Has512 ? Nanoseconds(() => Map<TFunction, F32x16>(x, y)) : Nanoseconds(() => Map<TFunction, F32x8>(x, y));
        string narrow = Nanoseconds(() => Map<TFunction, F32x8>(x, y));
        string library = scalar is null ? "–" : Nanoseconds(() =>
        {
            var from = x.At<float>().AsSpan(Length);
            var to = y.At<float>().AsSpan(Length);
            for (int i = 0; i < from.Length; i++)
                to[i] = scalar(from[i]);
        });
        string primitives = tensor is null ? "–" : Nanoseconds(() => tensor(x.At<float>().AsSpan(Length), y.At<float>().AsSpan(Length)));
        string error = exact is null ? "below 2" : FormattableString.Invariant($"{LargestError<TFunction>(exact):F2}");
        Console.WriteLine($"| {name} | {error} | {wide} | {narrow} | {library} | {primitives} |");
        GC.KeepAlive((x, y));
    }

    static void Map<TFunction, L>(PinnedBuffer x, PinnedBuffer y) where TFunction : struct, IVectorFunction where L : struct, ILanes<L, float>
    {
        var (from, to) = (x.At<float>(), y.At<float>());
        for (nint i = 0; i < Length; i += L.Count)
            L.Store(to, i, TFunction.Of(L.Load(from, i)));
    }

    static string Nanoseconds(Action call)
    {
        double best = double.MaxValue;
        // Long enough for the JIT to have made its best code.
        for (long begin = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begin).TotalMilliseconds < 500;)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < 20; i++)
                call();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds / (20.0 * Length));
        }
        return FormattableString.Invariant($"{best:F2}");
    }

    static double LargestError<TFunction>(Func<double, double> exact) where TFunction : struct, IVectorFunction
    {
        double worst = 0;
        for (ulong bits = 0; bits <= uint.MaxValue; bits += Step)
        {
            float x = BitConverter.UInt32BitsToSingle((uint)bits);
            double expected = exact(x);
            float found = F32x1Of<TFunction>(x);
            // Beyond the range of float the nearest is infinity.
            if (double.IsNaN(expected) || Math.Abs(expected) >= 3.4028235677973366e38)
                continue;
            double ulp = Math.Max(Math.ScaleB(1, Math.ILogB(expected == 0 ? double.Epsilon : expected) - 23), float.Epsilon);
            worst = Math.Max(worst, Math.Abs(found - expected) / ulp);
        }
        return worst;
    }

    static float F32x1Of<TFunction>(float x) where TFunction : struct, IVectorFunction => F32x1.SumLanes(TFunction.Of(F32x1.Splat(x)));

    // Kahan's quotients, in which the errors of the two functions cancel.
    static double ExactExpm1(double x)
    {
        double e = Math.Exp(x);
        return e == 1 ? x : e - 1 == -1 || double.IsPositiveInfinity(e) ? e - 1 : (e - 1) * x / Math.Log(e);
    }

    static double ExactLog1p(double x)
    {
        double sum = 1 + x;
        return sum == 1 ? x : double.IsPositiveInfinity(sum) ? sum : Math.Log(sum) * x / (sum - 1);
    }

    interface IVectorFunction
    {
        static abstract L Of<L>(L x) where L : struct, ILanes<L, float>;
    }

    readonly struct Exp : IVectorFunction { public static L Of<L>(L x) where L : struct, ILanes<L, float> => L.Exp(x); }

    readonly struct Expm1 : IVectorFunction { public static L Of<L>(L x) where L : struct, ILanes<L, float> => L.Expm1(x); }

    readonly struct Log : IVectorFunction { public static L Of<L>(L x) where L : struct, ILanes<L, float> => L.Log(x); }

    readonly struct Log1p : IVectorFunction { public static L Of<L>(L x) where L : struct, ILanes<L, float> => L.Log1p(x); }

    readonly struct Tanh : IVectorFunction { public static L Of<L>(L x) where L : struct, ILanes<L, float> => L.Tanh(x); }

    readonly struct Sigmoid : IVectorFunction { public static L Of<L>(L x) where L : struct, ILanes<L, float> => L.Sigmoid(x); }

    readonly struct Softplus : IVectorFunction { public static L Of<L>(L x) where L : struct, ILanes<L, float> => L.Softplus(x); }

    readonly struct Erf : IVectorFunction { public static L Of<L>(L x) where L : struct, ILanes<L, float> => L.Erf(x); }

    readonly struct Sin : IVectorFunction { public static L Of<L>(L x) where L : struct, ILanes<L, float> => L.Sin(x); }

    readonly struct Cos : IVectorFunction { public static L Of<L>(L x) where L : struct, ILanes<L, float> => L.Cos(x); }
}
