using System.Diagnostics;

namespace NetCompiler.Benchmarks.Gpu;

/// <summary>Times work that is queued.</summary>
static class GpuTiming
{
    // Waiting for the device costs some microseconds: so many milliseconds of work are queued before.
    const double SampleMilliseconds = 10;
    const int LeastSamples = 5;

    /// <summary>The median of the time of a call in milliseconds, calls queued together.</summary>
    /// <param name="call">Queues work.</param>
    /// <param name="wait">Waits for it.</param>
    /// <param name="seconds">For about how long.</param>
    public static double Milliseconds(Action call, Action wait, double seconds)
    {
        double Time(int calls)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < calls; i++)
                call();
            wait();
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds / calls;
        }

        // The first call compiles.
        Time(1);
        int together = (int)Math.Clamp(SampleMilliseconds / Time(2), 1, 1000);
        Time(together);
        var samples = new List<double>();
        long since = Stopwatch.GetTimestamp();
        while (samples.Count < LeastSamples || Stopwatch.GetElapsedTime(since).TotalSeconds < seconds)
        {
            samples.Add(Time(together));
            // The emulator.
            if (samples[0] > 1000 * seconds)
                break;
        }
        samples.Sort();
        return samples[samples.Count / 2];
    }
}
