using System.Diagnostics;
using NetCompiler.Runtime;

namespace NetCompiler.Benchmarks;

/// <summary>
/// Tables of transformed convolutions: effective GFLOP/s, counted as direct convolution, and their share of the FMA loop measured around
/// each; more than 100 % is what the transform saves.
/// </summary>
static class TransformedBenchmarks
{
    const int Samples = 7;

    static readonly (string Name, ConvolutionShape Shape)[] Layers =
    [
        ("64 ch 56 b1", Same(1, 64, 56)), ("64 ch 56 b8", Same(8, 64, 56)), ("128 ch 28 b1", Same(1, 128, 28)), ("128 ch 28 b8", Same(8, 128, 28)),
        ("256 ch 14 b1", Same(1, 256, 14)), ("256 ch 14 b8", Same(8, 256, 14)), ("512 ch 7 b1", Same(1, 512, 7)), ("512 ch 7 b8", Same(8, 512, 7)),
        ("VGG 64 ch 224 b1", Same(1, 64, 224)), ("VGG 128 ch 112 b1", Same(1, 128, 112)), ("VGG 512 ch 28 b1", Same(1, 512, 28)),
        ("AlexNet conv2 b1", new(1, 64, 27, 27, 192, 5, 5, PadTop: 2, PadLeft: 2, PadBottom: 2, PadRight: 2)),
        ("GoogLeNet 5x5 b8", new(8, 32, 14, 14, 96, 5, 5, PadTop: 2, PadLeft: 2, PadBottom: 2, PadRight: 2)),
    ];

    static ConvolutionShape Same(int batch, int channels, int size) => new(batch, channels, size, size, channels, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1);

    public static void Winograd(string? only)
    {
        Console.WriteLine("effective GFLOP/s (share of the FMA loop)");
        foreach (int threads in new[] { 1, 2 })
        {
            using var pool = new WorkerPool(threads);
            foreach (var (name, shape) in Layers)
            {
                if (only is not null && !name.Contains(only, StringComparison.Ordinal))
                    continue;
                Console.Write($"{name,-20} {threads} threads   direct {Direct(pool, shape)}");
                foreach (int tile in new[] { 2, 4, 6 })
                    if (WinogradConvolution.Admits(shape, tile))
                        Console.Write($"   F({tile}) {Winograd(pool, shape, tile)}");
                Console.WriteLine();
                Console.Write($"{"  filter's gradient",-20} {threads} threads   direct {FilterGradient(pool, shape, 0)}");
                foreach (int tile in new[] { 2, 4, 6 })
                    if (WinogradConvolution.Admits(shape, tile))
                        Console.Write($"   F({tile}) {FilterGradient(pool, shape, tile)}");
                Console.WriteLine();
            }
        }
    }

    /// <summary>Filters of growing size, directly and by Fourier transforms.</summary>
    public static void Fft(string? only)
    {
        Console.WriteLine("effective GFLOP/s (share of the FMA loop)");
        foreach (int threads in new[] { 1, 2 })
        {
            using var pool = new WorkerPool(threads);
            foreach (var (channels, size) in new[] { (16, 64), (64, 28), (64, 56) })
                foreach (int kernel in new[] { 3, 5, 7, 9, 11, 15, 31 })
                {
                    int pad = kernel / 2;
                    var shape = new ConvolutionShape(1, channels, size, size, channels, kernel, kernel, PadTop: pad, PadLeft: pad, PadBottom: pad, PadRight: pad);
                    string name = $"{kernel}x{kernel} {channels} ch {size}";
                    if (only is null || name.Contains(only, StringComparison.Ordinal))
                        Console.WriteLine($"{name,-20} {threads} threads   direct {Direct(pool, shape)}   fft {Fft(pool, shape)}");
                }
        }
    }

    static string Fft(WorkerPool pool, ConvolutionShape shape)
    {
        var (x, w, y) = Tensors(shape);
        var packed = new PinnedBuffer(FftConvolution.PackedFilterLength(shape) * sizeof(float));
        FftConvolution.PackForward(pool, shape, w.At<float>(), packed.At<float>());
        return Measure(pool, shape, () => FftConvolution.Forward(pool, shape, x.At<float>(), packed.At<float>(), y.At<float>(), new NoEpilogue()));
    }

    static string Direct(WorkerPool pool, ConvolutionShape shape)
    {
        var (x, w, y) = Tensors(shape);
        var packed = new PinnedBuffer(BlockedConvolution.PackedFilterLength(shape) * sizeof(float));
        BlockedConvolution.PackForward(pool, shape, w.At<float>(), packed.At<float>());
        return Measure(pool, shape, () => BlockedConvolution.Forward(pool, shape, ImageLayout.Blocked, x.At<float>(), packed.At<float>(), y.At<float>(), new NoEpilogue()));
    }

    static string Winograd(WorkerPool pool, ConvolutionShape shape, int tile)
    {
        var (x, w, y) = Tensors(shape);
        var packed = new PinnedBuffer(WinogradConvolution.PackedFilterLength(shape, tile) * sizeof(float));
        WinogradConvolution.PackForward(pool, shape, tile, w.At<float>(), packed.At<float>());
        return Measure(pool, shape, () => WinogradConvolution.Forward(pool, shape, tile, x.At<float>(), packed.At<float>(), y.At<float>(), new NoEpilogue()));
    }

    // Directly where the tile is 0.
    static string FilterGradient(WorkerPool pool, ConvolutionShape shape, int tile)
    {
        var (x, w, y) = Tensors(shape);
        return tile == 0
            ? Measure(pool, shape, () => BlockedConvolution.BackwardFilter(pool, shape, ImageLayout.Blocked, x.At<float>(), y.At<float>(), w.At<float>()))
            : Measure(pool, shape, () => WinogradConvolution.BackwardFilter(pool, shape, tile, x.At<float>(), y.At<float>(), w.At<float>()));
    }

    static (PinnedBuffer X, PinnedBuffer W, PinnedBuffer Y) Tensors(in ConvolutionShape shape)
    {
        nint blocks = (shape.InChannels + 15) / 16, outBlocks = (shape.OutChannels + 15) / 16;
        return (Random(shape.Batch * blocks * 16 * shape.InHeight * shape.InWidth),
            Random(shape.InChannels * shape.OutChannels * shape.KernelHeight * shape.KernelWidth),
            Random(shape.Batch * outBlocks * 16 * shape.OutHeight * shape.OutWidth));
    }

    static string Measure(WorkerPool pool, in ConvolutionShape shape, Action run)
    {
        double flops = 2.0 * shape.Batch * shape.OutChannels * shape.OutHeight * shape.OutWidth * shape.InChannels * shape.KernelHeight * shape.KernelWidth;
        for (int i = 0; i < 3; i++)
            run();
        double best = 0, peak = 0;
        for (int i = 0; i < Samples; i++)
        {
            int repetitions = (int)Math.Clamp(2e9 * pool.Threads / flops, 1, 10_000);
            long start = Stopwatch.GetTimestamp();
            for (int r = 0; r < repetitions; r++)
                run();
            best = Math.Max(best, flops * repetitions / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9);
            peak = Math.Max(peak, FmaPeak.Measure(pool));
        }
        return $"{best,5:F0} ({best / peak,4:P0})";
    }

    static PinnedBuffer Random(nint count)
    {
        var buffer = new PinnedBuffer(count * sizeof(float));
        var random = new Random((int)count);
        foreach (ref float value in buffer.At<float>().AsSpan((int)count))
            value = random.NextSingle() - 0.5f;
        return buffer;
    }
}
