using System.Diagnostics;
using System.Globalization;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Runtime;

namespace NetCompiler.Comparison;

/// <summary>Our side, in a process of its own as the peers': start-up and memory are part of what is compared.</summary>
static class Measure
{
    public static void Run(string[] arguments)
    {
        switch (arguments)
        {
            case ["predict" or "train", var name, var batch, var threads, var seconds]:
                Network(arguments[0], name, Whole(batch), Whole(threads), Real(seconds));
                break;
            case ["save", var name]:
                using (var pool = new WorkerPool(2))
                    Create(name, pool).Save(Weights(name), VariableKind.Parameter, VariableKind.Statistic);
                break;
            case ["products", var threads, var seconds, .. var only]:
                Products(Whole(threads), Real(seconds), only.FirstOrDefault() ?? "");
                break;
            case ["convolutions", var threads, var seconds, .. var only]:
                Convolutions(Whole(threads), Real(seconds), only.FirstOrDefault() ?? "");
                break;
            default:
                throw new ArgumentException($"cannot measure '{string.Join(' ', arguments)}': see the top of Program.cs");
        }
    }

    static void Network(string mode, string name, int batch, int threads, double seconds)
    {
        using var pool = new WorkerPool(threads);
        var network = Create(name, pool);
        // As an application that predicts: with parameters from a file.
        if (mode == "predict" && File.Exists(Weights(name)))
            network.Load(Weights(name), LoadMode.Parameters);
        var signature = network.Functions.Single(function => function.Name == mode);
        object[] inputs = [.. signature.Inputs.Select(input => Input(input, batch))];
        void Call() => network.Invoke(mode, inputs);

        Call();
        long first = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var timing = Timed(pool, Call, seconds);
        Console.WriteLine(Text($"best={timing.Best:F4} median={timing.Median:F4} first={first} peak={PeakMegabytes():F0}"));
    }

    static string Weights(string name) => Path.Combine(Path.GetTempPath(), $"netcompiler-comparison-{name}.safetensors");

    static Runtime.Network Create(string name, WorkerPool pool) => name switch
    {
        "Mlp" => new Mlp(1, pool),
        "LeNet" => new LeNet(1, pool),
        "AlexNet" => new AlexNet(1, pool),
        "Vgg16" => new Vgg16(1, pool),
        "ResNet18" => new ResNet18(1, pool),
        "ResNet50" => new ResNet50(1, pool),
        "GoogLeNet" => new GoogLeNet(1, pool),
        "Lstm" => new Lstm(1, pool),
        "TransformerBlock" => new TransformerBlock(1, pool),
        _ => throw new ArgumentException($"there is no network '{name}'"),
    };

    // Labels are 0, which every network has a class for.
    static object Input(TensorSignature input, int batch)
    {
        int length = input.Dimensions.Aggregate(1, (product, dimension) => product * (dimension ?? batch));
        if (input.ElementType != "f32")
            return new int[length];
        var random = new Random(1);
        return Enumerable.Range(0, length).Select(_ => random.NextSingle() - 0.5f).ToArray();
    }

    static void Products(int threads, double seconds, string only)
    {
        using var pool = new WorkerPool(threads);
        foreach (var shape in Shapes.Products.Where(shape => shape.ToString().Contains(only, StringComparison.Ordinal)))
        {
            Buffers.Clear();
            var (a, b, c) = (Filled(shape.M * shape.K), Filled(shape.K * shape.N), Filled(shape.M * shape.N));
            Report(pool, shape.ToString(), seconds, () => Gemm.Multiply(
                pool, false, false, shape.M, shape.N, shape.K, a.At<float>(), shape.K, b.At<float>(), shape.N, c.At<float>(), shape.N));
            var packed = Filled((long)Gemm.PackedLengthB(shape.N, shape.K)).At<float>();
            Gemm.PackB(pool, false, shape.N, shape.K, b.At<float>(), shape.N, packed);
            Report(pool, $"{shape} packed", seconds, () => Gemm.MultiplyPacked(
                pool, false, shape.M, shape.N, shape.K, a.At<float>(), shape.K, packed, c.At<float>(), shape.N));
        }
    }

    static void Convolutions(int threads, double seconds, string only)
    {
        using var pool = new WorkerPool(threads);
        foreach (var convolution in Shapes.Convolutions)
        {
            foreach (string direction in ConvolutionCase.Directions.Where(direction => convolution.Key(direction).Contains(only, StringComparison.Ordinal)))
            {
                Buffers.Clear();
                var shape = new ConvolutionShape(
                    convolution.Batch, convolution.Channels, convolution.Size, convolution.Size, convolution.Outputs, convolution.Kernel, convolution.Kernel,
                    convolution.Stride, convolution.Stride, convolution.Pad, convolution.Pad, convolution.Pad, convolution.Pad);
                foreach (var (algorithm, call) in ConvolutionCandidates.Of(pool, shape, direction))
                    Report(pool, $"{convolution.Key(direction)} algorithm={algorithm}", seconds, call);
            }
        }
    }

    static void Report(WorkerPool pool, string name, double seconds, Action call)
    {
        var timing = Timed(pool, call, seconds);
        Console.WriteLine(Text($"{name} best={timing.Best:F4} median={timing.Median:F4} fma={timing.Peak:F0}"));
    }

    // The JIT makes its best code in the background; until then calls do not count.
    static Timing Timed(WorkerPool pool, Action call, double seconds)
    {
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalSeconds < Math.Min(0.3, seconds);)
            call();
        return Timing.Measure(pool, call, seconds, CancellationToken.None);
    }

    // Kept to the end: a pointer does not keep its memory alive.
    static readonly List<PinnedBuffer> Buffers = [];

    internal static PinnedBuffer Filled(long count)
    {
        var buffer = new PinnedBuffer(count * sizeof(float));
        var random = new Random(1);
        foreach (ref float value in buffer.At<float>().AsSpan(checked((int)count)))
            value = random.NextSingle() - 0.5f;
        Buffers.Add(buffer);
        return buffer;
    }

    static double PeakMegabytes()
    {
        using var self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64 / 1048576.0;
    }

    static int Whole(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    static double Real(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    static string Text(FormattableString text) => FormattableString.Invariant(text);
}
