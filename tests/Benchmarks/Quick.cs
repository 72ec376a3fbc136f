using System.Diagnostics;
using NetCompiler.Runtime;

namespace NetCompiler.Benchmarks;

/// <summary>A table within a minute: the speed of kernels and their share of the FMA loop measured around each call.</summary>
static class Quick
{
    const int Samples = 25;

    public static void Run(string? only)
    {
        Console.WriteLine($"{"kernel",-36} threads   GFLOP/s best   median  % of FMA peak, median of quiet samples");
        foreach (int threads in new[] { 1, 2 })
        {
            using var pool = new WorkerPool(threads);
            foreach (int size in new[] { 256, 512, 1024 })
                Gemm(pool, size, size, size);
            Gemm(pool, 64, 4096, 1024);
            Gemm(pool, 96, 3025, 363);
            Gemm(pool, 50, 64, 500);
            Gemm(pool, 64, 500, 800);
            Gemm(pool, 64, 500, 800, transposeB: true);
            Gemm(pool, 500, 800, 64, transposeA: true);
            Convolution(pool, "LeNet conv 1", new ConvolutionShape(64, 1, 28, 28, 20, 5, 5));
            Convolution(pool, "LeNet conv 2", new ConvolutionShape(64, 20, 12, 12, 50, 5, 5));
        }

        TrainingSteps("LeNet training step, batch 64", flops: null, benchmark => benchmark.LeNetStep());
        TrainingSteps("LSTM training step, 64 steps, batch 32, 64 to 256 units", TrainingBenchmarks.LstmFlops, benchmark => benchmark.LstmStep());

        void Gemm(WorkerPool pool, int m, int n, int k, bool transposeA = false, bool transposeB = false)
        {
            var a = Random(m * k);
            var b = Random(k * n);
            var c = Random(m * n);
            Report(pool, $"{m} x {n} x {k}{(transposeA ? " A'" : "")}{(transposeB ? " B'" : "")}", 2.0 * m * n * k, () => Runtime.Gemm.Multiply(
                pool, transposeA, transposeB, m, n, k, a.At<float>(), transposeA ? m : k, b.At<float>(), transposeB ? k : n, c.At<float>(), n));
        }

        void Convolution(WorkerPool pool, string name, ConvolutionShape shape)
        {
            var x = Random((int)(shape.Batch * shape.InChannels * shape.InHeight * shape.InWidth));
            var w = Random((int)(shape.OutChannels * shape.InChannels * shape.KernelHeight * shape.KernelWidth));
            var y = Random((int)(shape.Batch * shape.OutChannels * shape.OutHeight * shape.OutWidth));
            double flops = 2.0 * shape.Batch * shape.OutChannels * shape.OutHeight * shape.OutWidth * shape.InChannels * shape.KernelHeight * shape.KernelWidth;
            Report(pool, name + " forward", flops, () => Im2ColConvolution.Forward(pool, shape, x.At<float>(), w.At<float>(), y.At<float>()));
            Report(pool, name + " backward data", flops, () => Im2ColConvolution.BackwardData(pool, shape, y.At<float>(), w.At<float>(), x.At<float>()));
            Report(pool, name + " backward filter", flops, () => Im2ColConvolution.BackwardFilter(pool, shape, x.At<float>(), y.At<float>(), w.At<float>()));
        }

        void TrainingSteps(string name, double? flops, Func<TrainingBenchmarks, float> step)
        {
            if (only is not null && !name.Contains(only, StringComparison.Ordinal))
                return;
            foreach (int threads in new[] { 1, 2 })
            {
                using var benchmark = new TrainingBenchmarks { Threads = threads };
                benchmark.Setup();
                var times = new List<double>();
                for (int i = 0; i < 200; i++)
                {
                    long start = Stopwatch.GetTimestamp();
                    step(benchmark);
                    times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                }
                times.Sort();
                string speed = flops is null ? "" : $", best {flops.Value / times[0] / 1e6:F0} GFLOP/s";
                Console.WriteLine($"{name}, {threads} threads: best {times[0]:F2} ms, median {times[times.Count / 2]:F2} ms{speed}");
            }
        }

        void Report(WorkerPool pool, string name, double flops, Action kernel)
        {
            if (only is not null && !name.Contains(only, StringComparison.Ordinal))
                return;

            // Enough calls for the JIT to have made its best code, which it does in the background.
            long warm = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(warm).TotalMilliseconds < 300)
                kernel();

            int repetitions = (int)Math.Clamp(1e9 * pool.Threads / flops, 1, 10_000);
            var speeds = new List<double>();
            var shares = new List<double>();
            double before = FmaPeak.Measure(pool);
            for (int i = 0; i < Samples; i++)
            {
                long start = Stopwatch.GetTimestamp();
                for (int r = 0; r < repetitions; r++)
                    kernel();
                double speed = flops * repetitions / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9, after = FmaPeak.Measure(pool);
                speeds.Add(speed);

                // When the ceiling moves meanwhile, somebody else was using the machine.
                if (Math.Abs(after / before - 1) < 0.05)
                    shares.Add(speed / ((before + after) / 2));
                before = after;
            }
            speeds.Sort();
            shares.Sort();
            string share = shares.Count == 0 ? "the machine is not quiet" : $"{shares[shares.Count / 2] * 100,8:F0} ({shares.Count} of {Samples} samples)";
            Console.WriteLine($"{name,-36} {pool.Threads,7} {speeds[^1],14:F1} {speeds[Samples / 2],8:F1} {share}");
        }

        static PinnedBuffer Random(int count)
        {
            var buffer = new PinnedBuffer(count * sizeof(float));
            var random = new Random(count);
            foreach (ref float value in buffer.At<float>().AsSpan(count))
                value = random.NextSingle() - 0.5f;
            return buffer;
        }
    }
}
