using System.Diagnostics;
using System.Runtime.CompilerServices;
using NetCompiler.Runtime;

namespace NetCompiler.CommandLine.Execution;

/// <summary>
/// The ceiling: a loop of independent multiply-adds in registers. Shared machines slow down for minutes at a time, so a speed says
/// something only as a share of this loop run beside it.
/// </summary>
static class FmaPeak
{
    const int Accumulators = 12;

    /// <summary>GFLOP/s of all the pool's threads together, over about 10 ms.</summary>
    public static double Measure(WorkerPool pool)
    {
        if (Simd.Has512)
            return Measure<F32x16>(pool);
        return Simd.Has256 ? Measure<F32x8>(pool) : Measure<F32x1>(pool);
    }

    static double Measure<TLanes>(WorkerPool pool) where TLanes : struct, ILanes<TLanes, float>
    {
        const long steps = 100_000;
        int pieces = 40 * pool.Threads;
        long start = Stopwatch.GetTimestamp();
        pool.Run(new Kernel<TLanes>(steps), pieces, 1);
        return 2.0 * Accumulators * TLanes.Count * steps * pieces / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9;
    }

    readonly struct Kernel<TLanes>(long steps) : IRangeKernel where TLanes : struct, ILanes<TLanes, float>
    {
        public void Run(nint begin, nint end)
        {
            for (nint i = begin; i < end; i++)
                GC.KeepAlive(Loop<TLanes>(steps));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static float Loop<TLanes>(long steps) where TLanes : struct, ILanes<TLanes, float>
    {
        TLanes m = TLanes.Splat(0.999f), b = TLanes.Splat(0.001f);
        TLanes a0 = b, a1 = b, a2 = b, a3 = b, a4 = b, a5 = b, a6 = b, a7 = b, a8 = b, a9 = b, a10 = b, a11 = b;
        for (long i = 0; i < steps; i++)
        {
            a0 = TLanes.MultiplyAdd(a0, m, b);
            a1 = TLanes.MultiplyAdd(a1, m, b);
            a2 = TLanes.MultiplyAdd(a2, m, b);
            a3 = TLanes.MultiplyAdd(a3, m, b);
            a4 = TLanes.MultiplyAdd(a4, m, b);
            a5 = TLanes.MultiplyAdd(a5, m, b);
            a6 = TLanes.MultiplyAdd(a6, m, b);
            a7 = TLanes.MultiplyAdd(a7, m, b);
            a8 = TLanes.MultiplyAdd(a8, m, b);
            a9 = TLanes.MultiplyAdd(a9, m, b);
            a10 = TLanes.MultiplyAdd(a10, m, b);
            a11 = TLanes.MultiplyAdd(a11, m, b);
        }
        return TLanes.SumLanes(a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + a10 + a11);
    }
}
