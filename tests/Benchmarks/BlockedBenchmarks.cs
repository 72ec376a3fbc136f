using System.Diagnostics;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Runtime;

namespace NetCompiler.Benchmarks;

/// <summary>
/// A table of direct convolutions in blocked layout: GFLOP/s of forward, the gradient of the input and that of the filter, and their share of
/// the FMA loop beside them. Best of many short calls, loop and kernel in turn: on a shared machine the best of both are the undisturbed ones.
/// </summary>
static class BlockedBenchmarks
{
    const double SecondsPerKernel = 0.12;

    static readonly (string Name, ConvolutionShape Shape, ImageLayout Input)[] Layers =
    [
        ("64 ch 56, 3x3", Square(64, 56, 64, 3, 1, 1), ImageLayout.Blocked),
        ("128 ch 28, 3x3", Square(128, 28, 128, 3, 1, 1), ImageLayout.Blocked),
        ("256 ch 14, 3x3", Square(256, 14, 256, 3, 1, 1), ImageLayout.Blocked),
        ("512 ch 7, 3x3", Square(512, 7, 512, 3, 1, 1), ImageLayout.Blocked),
        ("128 ch 56, 3x3 s2", Square(128, 56, 128, 3, 2, 1), ImageLayout.Blocked),
        ("AlexNet conv1", Square(3, 227, 96, 11, 4, 0), ImageLayout.Planar),
        ("AlexNet conv2", Square(96, 27, 256, 5, 1, 2), ImageLayout.Blocked),
        ("ResNet conv1", Square(3, 224, 64, 7, 2, 3), ImageLayout.Planar),
        ("VGG conv1", Square(3, 224, 64, 3, 1, 1), ImageLayout.Planar),
        ("64-256 56, 1x1", Square(64, 56, 256, 1, 1, 0), ImageLayout.Blocked),
        ("256-64 56, 1x1", Square(256, 56, 64, 1, 1, 0), ImageLayout.Blocked),
        ("1024-256 14, 1x1", Square(1024, 14, 256, 1, 1, 0), ImageLayout.Blocked),
        ("2048-512 7, 1x1", Square(2048, 7, 512, 1, 1, 0), ImageLayout.Blocked),
        ("256-512 56, 1x1 s2", Square(256, 56, 512, 1, 2, 0), ImageLayout.Blocked),
        ("480-192 14, 1x1", Square(480, 14, 192, 1, 1, 0), ImageLayout.Blocked),
        ("16-32 28, 5x5", Square(16, 28, 32, 5, 1, 2), ImageLayout.Blocked),
        ("32-128 14, 5x5", Square(32, 14, 128, 5, 1, 2), ImageLayout.Blocked),
        ("512 ch 14, depthwise", Square(512, 14, 512, 3, 1, 1) with { Groups = 512 }, ImageLayout.Blocked),
    ];

    static ConvolutionShape Square(int channels, int size, int outputs, int kernel, int stride, int pad) =>
        new(1, channels, size, size, outputs, kernel, kernel, stride, stride, pad, pad, pad, pad);

    public static void Run(string? only)
    {
        Console.WriteLine($"{"",-24} threads   GFLOP/s (share of the FMA loop): forward    input's gradient    filter's gradient");
        foreach (int threads in new[] { 1, 2 })
        {
            using var pool = new WorkerPool(threads);
            foreach (var (name, layer, input) in Layers)
                foreach (int batch in new[] { 1, 8 })
                    if (only is null || $"{name} b{batch}".Contains(only, StringComparison.Ordinal))
                        Console.WriteLine($"{name + " b" + batch,-24} {threads,7}   {Row(pool, layer with { Batch = batch }, input)}");
        }
    }

    static string Row(WorkerPool pool, ConvolutionShape shape, ImageLayout input)
    {
        var x = Random(input == ImageLayout.Planar
            ? shape.Batch * shape.InChannels * shape.InHeight * shape.InWidth
            : ImageLayouts.BlockedLength(shape.Batch, shape.InChannels, shape.InHeight * shape.InWidth));
        var y = Random(ImageLayouts.BlockedLength(shape.Batch, shape.OutChannels, shape.OutHeight * shape.OutWidth));
        var w = Random(shape.OutChannels * shape.InChannels / shape.Groups * shape.KernelHeight * shape.KernelWidth);
        var packed = Random(BlockedConvolution.PackedFilterLength(shape));
        double flops = 2.0 * shape.Batch * shape.OutChannels * shape.OutHeight * shape.OutWidth * shape.InChannels / shape.Groups * shape.KernelHeight * shape.KernelWidth;
        BlockedConvolution.PackForward(pool, shape, w.At<float>(), packed.At<float>());
        string forward = Speed(() => BlockedConvolution.Forward(pool, shape, input, x.At<float>(), packed.At<float>(), y.At<float>(), new NoEpilogue())), data = "-";
        if (input == ImageLayout.Blocked)
        {
            BlockedConvolution.PackBackward(pool, shape, w.At<float>(), packed.At<float>());
            data = Speed(() => BlockedConvolution.BackwardData(pool, shape, y.At<float>(), packed.At<float>(), x.At<float>(), new NoEpilogue()));
        }
        string filter = Speed(() => BlockedConvolution.BackwardFilter(pool, shape, input, x.At<float>(), y.At<float>(), w.At<float>()));
        return $"{forward,16} {data,16} {filter,16}";

        string Speed(Action kernel)
        {
            kernel();
            int repetitions = (int)Math.Clamp(2e7 * pool.Threads / flops, 1, 1000);
            double best = 0, peak = 0;
            long begin = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(begin).TotalSeconds < SecondsPerKernel)
            {
                peak = Math.Max(peak, FmaPeak.Measure(pool));
                long start = Stopwatch.GetTimestamp();
                for (int r = 0; r < repetitions; r++)
                    kernel();
                best = Math.Max(best, flops * repetitions / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9);
            }
            return $"{best:F0} ({best / peak * 100:F0} %)";
        }
    }

    static PinnedBuffer Random(nint count)
    {
        var buffer = new PinnedBuffer(count * sizeof(float));
        var random = new Random(1);
        foreach (ref float value in buffer.At<float>().AsSpan((int)count))
            value = random.NextSingle() - 0.5f;
        return buffer;
    }
}
