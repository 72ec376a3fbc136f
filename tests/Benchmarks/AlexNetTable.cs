using System.Diagnostics;
using System.Globalization;
using NetCompiler.Comparison;
using NetCompiler.Runtime;

namespace NetCompiler.Benchmarks;

/// <summary>Twenty iterations of AlexNet's training, beside its times on the machines of 2015.</summary>
static class AlexNetTable
{
    public const int Iterations = 20;

    const int Features = 3 * 227 * 227, Classes = 1000;

    /// <summary>A row: whose time it is, and what it was in 2015.</summary>
    public static string Row(int batch, string where, double seconds, bool onGpu) => string.Create(CultureInfo.InvariantCulture,
        $"alexnet {batch,-32} | {where,-22} | {seconds,9:0.000} s | 2015: {(onGpu ? $"{In2015(batch).Gpu} on a Tesla K40" : $"{In2015(batch).Processor} on two 10-core processors")}");

    static (string Gpu, string Processor) In2015(int batch) => batch switch
    {
        64 => ("7.5 s", "64 s"),
        128 => ("14.5 s", "124 s"),
        256 => ("28.5 s", "257 s"),
        _ => ("no time", "no time"),
    };

    /// <summary>On the processor, at the three batches or one of them.</summary>
    public static void Run(string? only)
    {
        Console.WriteLine($"AlexNet, {Iterations} iterations of training");
        foreach (int batch in new[] { 64, 128, 256 })
        {
            if (only is not null && only != batch.ToString(CultureInfo.InvariantCulture))
                continue;
            var random = new Random(1);
            float[] image = [.. Enumerable.Range(0, batch * Features).Select(_ => random.NextSingle() - 0.5f)];
            int[] label = [.. Enumerable.Range(0, batch).Select(_ => random.Next(Classes))];
            var network = new AlexNet(1);
            network.Train(image, label);
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < Iterations; i++)
                network.Train(image, label);
            Console.WriteLine(Row(batch, $"{WorkerPool.Shared.Threads} threads", Stopwatch.GetElapsedTime(start).TotalSeconds, onGpu: false));
        }
    }
}
