using System.Diagnostics;
using NetCompiler.Runtime;

namespace NetCompiler.CommandLine.Execution;

/// <summary>How long calls took, and what the machine could do meanwhile.</summary>
/// <param name="Milliseconds">Of each call, ascending.</param>
/// <param name="Peak">GFLOP/s of a loop of multiply-adds on the same threads, measured between the calls; 0 if it is not known.</param>
internal sealed record Timing(IReadOnlyList<double> Milliseconds, double Peak)
{
    // Parts of the run, between which the peak is measured: shared machines slow down for a while.
    const int Parts = 4;

    public double Best => Milliseconds[0];

    public double Median => Milliseconds[Milliseconds.Count / 2];

    /// <summary>Measures calls for about so many seconds; before it, <see cref="WarmUp"/> lets the JIT make its best code.</summary>
    /// <param name="pool">The threads, to measure the peak of; null for a device whose peak is not known.</param>
    /// <param name="call">What to measure.</param>
    /// <param name="seconds">For how long.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static Timing Measure(WorkerPool? pool, Action call, double seconds, CancellationToken cancellation)
    {
        var times = new List<double>();
        var peaks = new List<double> { Peak() };
        for (int part = 0; part < Parts; part++)
        {
            long since = Stopwatch.GetTimestamp();
            do
            {
                cancellation.ThrowIfCancellationRequested();
                long start = Stopwatch.GetTimestamp();
                call();
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
            while (Stopwatch.GetElapsedTime(since).TotalSeconds < seconds / Parts);
            peaks.Add(Peak());
        }
        times.Sort();
        peaks.Sort();
        return new Timing(times, peaks[peaks.Count / 2]);

        double Peak() => pool is null ? 0 : FmaPeak.Measure(pool);
    }

    /// <summary>Calls until calls do not get faster any more: the JIT makes its best code in the background, later on a busy machine.</summary>
    public static void WarmUp(Action call, CancellationToken cancellation)
    {
        // For so long no call may be this much faster than the best before, and in all it takes no longer than that.
        const double quietSeconds = 0.4, gain = 0.95, limit = 10;
        long since = Stopwatch.GetTimestamp(), improved = since;
        double best = double.PositiveInfinity;
        for (int i = 0; i < 3 || Stopwatch.GetElapsedTime(improved).TotalSeconds < quietSeconds && Stopwatch.GetElapsedTime(since).TotalSeconds < limit; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            call();
            double time = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (time >= gain * best)
                continue;
            best = time;
            improved = Stopwatch.GetTimestamp();
        }
    }
}
