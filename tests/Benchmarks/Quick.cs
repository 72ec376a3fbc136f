using System.Diagnostics;
using NetCompiler.Runtime;

namespace NetCompiler.Benchmarks;

/// <summary>A table within a minute: the speed of kernels and their share of the FMA loop measured around each call.</summary>
static class Quick
{
    public static void Run(string? only)
    {
        Console.WriteLine($"{"kernel",-36} threads   GFLOP/s best   median   % of FMA peak: best   median");
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

        void Report(WorkerPool pool, string name, double flops, Action kernel)
        {
            if (only is not null && !name.Contains(only, StringComparison.Ordinal))
                return;
            kernel();
            int repetitions = (int)Math.Clamp(5e9 * pool.Threads / flops / 20, 1, 10_000);
            var speeds = new double[20];
            var shares = new double[20];
            for (int i = 0; i < speeds.Length; i++)
            {
                double before = FmaPeak.Measure();
                long start = Stopwatch.GetTimestamp();
                for (int r = 0; r < repetitions; r++)
                    kernel();
                speeds[i] = flops * repetitions / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9;
                shares[i] = speeds[i] / pool.Threads / ((before + FmaPeak.Measure()) / 2);
            }
            Array.Sort(speeds);
            Array.Sort(shares);
            Console.WriteLine($"{name,-36} {pool.Threads,7} {speeds[^1],14:F1} {speeds[10],8:F1} {shares[^1] * 100,21:F0} {shares[10] * 100,8:F0}");
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
