using System.Diagnostics;
using NetCompiler.Runtime;

namespace NetCompiler.Benchmarks;

/// <summary>Products of the sizes that networks have, plain and with packed weights, each as a share of the FMA loop run around it.</summary>
static class GemmTable
{
    const double SampleSeconds = 0.01;
    const int Samples = 15;

    static readonly (int M, int N, int K)[] Shapes =
    [
        (256, 256, 256), (512, 512, 512), (1024, 1024, 1024), (2048, 2048, 2048), (64, 4096, 4096), (128, 4096, 4096), (256, 4096, 4096),
        (96, 3025, 363), (256, 729, 2400), (384, 169, 2304), (64, 3136, 576), (512, 49, 4608), (128, 784, 1152), (256, 196, 2304), (64, 512, 784),
        (1, 1024, 256), (16, 1024, 256), (1, 84, 120), (16, 84, 120), (16, 120, 400), (1, 4096, 4096),
    ];

    public static void Run(string? only)
    {
        Console.WriteLine("product              threads    plain: us   GFLOP/s   % of FMA    packed: us   GFLOP/s   % of FMA   (medians)");
        foreach (var (m, n, k) in Shapes)
            foreach (int threads in new[] { 1, 2 })
            {
                string name = $"{m}x{n}x{k}";
                if (only is not null && name != only)
                    continue;
                using var pool = new WorkerPool(threads);
                var a = Random(m * k);
                var b = Random(k * n);
                var c = Random(m * n);
                var packed = new PinnedBuffer(Gemm.PackedLengthB(n, k) * sizeof(float));
                Gemm.PackB(pool, false, n, k, b.At<float>(), n, packed.At<float>());
                double flops = 2.0 * m * n * k;
                string plain = Measure(pool, flops, () => Gemm.Multiply(pool, false, false, m, n, k, a.At<float>(), k, b.At<float>(), n, c.At<float>(), n));
                string kept = Measure(pool, flops, () => Gemm.MultiplyPacked(pool, false, m, n, k, a.At<float>(), k, packed.At<float>(), c.At<float>(), n));
                Console.WriteLine($"{name,-20} {threads,7} {plain}    {kept}");
            }
    }

    /// <summary>From which size on a level of Strassen's algorithm pays.</summary>
    public static void Strassen()
    {
        Console.WriteLine("size   threads    plain: us   GFLOP/s   % of FMA   Strassen: us   GFLOP/s   % of FMA   (medians; counted as plain)");
        foreach (int size in new[] { 2048, 3072, 4096 })
            foreach (int threads in new[] { 1, 2 })
            {
                using var pool = new WorkerPool(threads);
                var a = Random(size * size);
                var b = Random(size * size);
                var c = Random(size * size);
                double flops = 2.0 * size * size * size;
                string plain = Measure(pool, flops, () => Gemm.Multiply(pool, false, false, size, size, size, a.At<float>(), size, b.At<float>(), size, c.At<float>(), size), 3);
                string fast = Measure(pool, flops, () => Gemm.MultiplyStrassen(pool, size, size, size, a.At<float>(), size, b.At<float>(), size, c.At<float>(), size), 3);
                Console.WriteLine($"{size,-6} {threads,7} {plain}    {fast}");
            }
    }

    static string Measure(WorkerPool pool, double flops, Action product, int samples = Samples)
    {
        // Enough calls for the JIT to have made its best code, which it does in the background.
        long warm = Stopwatch.GetTimestamp();
        do
            product();
        while (Stopwatch.GetElapsedTime(warm).TotalMilliseconds < 150);

        int repetitions = (int)Math.Clamp(SampleSeconds * 100e9 * pool.Threads / flops, 1, 20_000);
        var times = new List<double>();
        var shares = new List<double>();
        double before = FmaPeak.Measure(pool);
        for (int i = 0; i < samples; i++)
        {
            product();
            long start = Stopwatch.GetTimestamp();
            for (int r = 0; r < repetitions; r++)
                product();
            double time = Stopwatch.GetElapsedTime(start).TotalSeconds / repetitions, after = FmaPeak.Measure(pool);
            times.Add(time);
            if (Math.Abs(after / before - 1) < 0.05)
                shares.Add(flops / time / 1e9 / ((before + after) / 2));
            before = after;
        }
        times.Sort();
        shares.Sort();
        double median = times[times.Count / 2];
        string share = shares.Count == 0 ? "restless" : $"{shares[shares.Count / 2] * 100:F0}";
        return $"{median * 1e6,12:F2} {flops / median / 1e9,9:F1} {share,10}";
    }

    static PinnedBuffer Random(int count)
    {
        var buffer = new PinnedBuffer((long)count * sizeof(float));
        var random = new Random(count);
        foreach (ref float value in buffer.At<float>().AsSpan(count))
            value = random.NextSingle() - 0.5f;
        return buffer;
    }
}
