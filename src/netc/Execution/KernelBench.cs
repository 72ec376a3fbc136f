using System.Diagnostics;
using NetCompiler.Algorithms;
using NetCompiler.Runtime;

namespace NetCompiler.CommandLine.Execution;

/// <summary>Times the algorithms of a kernel through the runtime's entry points, on random numbers.</summary>
internal abstract class KernelBench
{
    // After so many rounds, of short calls more, an algorithm that takes so many times as long as the best is not run again.
    const int FairRounds = 2, FairShortRounds = 20;
    const double Hopeless = 3;

    // The variants of an algorithm that takes so many times as long as the best would have to gain more than any does.
    const double Promising = 1.3;

    // The best of more rounds is not better.
    const int EnoughRounds = 400;

    const double MostCalls = 1000;

    /// <summary>Calls are timed together for so long at least: handing work to other threads takes now one microsecond, now twenty.</summary>
    protected virtual double SampleMilliseconds => 0.05;

    // A call that takes so long does not depend on what is in the cache before it.
    const double LongMilliseconds = 2;

    /// <summary>The bench of a problem.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="problem">The sizes; their batch is what is measured.</param>
    public static KernelBench Of(WorkerPool pool, KernelProblem problem) => problem switch
    {
        ConvolutionProblem convolution => new ConvolutionBench(pool, convolution),
        ProductProblem product => new ProductBench(pool, product),
        _ => throw new InvalidOperationException($"no way to time {problem}"),
    };

    /// <summary>
    /// The best time in milliseconds of each algorithm, and of the variants of those that are not much slower than the fastest; these are measured beside
    /// each other, after the rest, in half of the time.
    /// </summary>
    public SortedDictionary<string, double> Measure(IReadOnlyList<KernelCandidate> candidates, double seconds, CancellationToken cancellation)
    {
        double part = candidates.Any(candidate => candidate.IsVariant) ? seconds / 2 : seconds;
        var times = Measure([.. candidates.Where(candidate => !candidate.IsVariant).Select(candidate => candidate.Name)], part, cancellation);
        double most = Promising * times.Values.Min();
        var families = candidates.Where(candidate => candidate.IsVariant && times[candidate.Family] <= most).Select(candidate => candidate.Family).ToHashSet(StringComparer.Ordinal);
        if (families.Count > 0)
        {
            foreach (var (name, time) in Measure([.. candidates.Where(candidate => families.Contains(candidate.Family)).Select(candidate => candidate.Name)], part, cancellation))
                times[name] = time;
        }
        return times;
    }

    /// <summary>The best time of each algorithm in milliseconds: one call of each after the other, again and again, for about so many seconds.</summary>
    public SortedDictionary<string, double> Measure(IReadOnlyList<string> algorithms, double seconds, CancellationToken cancellation)
    {
        var runs = algorithms.Select(name => (Name: name, Call: Call(name))).ToList();
        var best = new SortedDictionary<string, double>(StringComparer.Ordinal);
        // The first call of a kernel compiles it.
        foreach (var (name, call) in runs)
        {
            cancellation.ThrowIfCancellationRequested();
            call();
            Synchronize();
            best[name] = double.PositiveInfinity;
        }
        long since = Stopwatch.GetTimestamp();
        for (int round = 0; round < FairRounds || round < EnoughRounds && Stopwatch.GetElapsedTime(since).TotalSeconds < seconds; round++)
        {
            foreach (var (name, call) in runs)
            {
                cancellation.ThrowIfCancellationRequested();
                double least = best.Values.Min();
                if (round >= (least < LongMilliseconds ? FairShortRounds : FairRounds) && best[name] > Hopeless * least)
                    continue;
                // What ran before left its own operands in the cache.
                if (best[name] < LongMilliseconds)
                    call();
                Synchronize();
                int calls = (int)Math.Clamp(SampleMilliseconds / best[name], 1, MostCalls);
                long start = Stopwatch.GetTimestamp();
                for (int i = 0; i < calls; i++)
                    call();
                Synchronize();
                best[name] = Math.Min(best[name], Stopwatch.GetElapsedTime(start).TotalMilliseconds / calls);
            }
        }
        return best;
    }

    /// <summary>
    /// What an algorithm costs besides its own time where the plan has <paramref name="planned"/>, in milliseconds: images lie there as that one reads and
    /// writes them, and loops around it work on them so.
    /// </summary>
    public virtual double Conversions(string planned, string name) => 0;

    /// <summary>Waits for calls that only queue their work.</summary>
    protected virtual void Synchronize()
    {
    }

    /// <summary>A call as the emitted code makes it.</summary>
    protected abstract Action Call(string name);

    protected static PinnedBuffer RandomNumbers(long count)
    {
        var buffer = new PinnedBuffer(4 * count);
        var random = new SmallRandom(1);
        foreach (ref float value in buffer.At<float>().AsSpan(checked((int)count)))
            value = (float)(random.Next() - 0.5);
        return buffer;
    }
}
