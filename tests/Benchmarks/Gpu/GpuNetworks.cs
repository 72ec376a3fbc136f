using System.Diagnostics;
using ILGPU.Runtime;
using NetCompiler.Comparison;
using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;
using static NetCompiler.Benchmarks.Gpu.GpuTable;
using Device = NetCompiler.Runtime.Device;

namespace NetCompiler.Benchmarks.Gpu;

/// <summary>Emitted code: kernels of loops, and whole steps of training.</summary>
sealed class GpuNetworks(Device device, GpuShapes shapes, GpuTable table, double seconds, bool measuresProcessor)
{
    // A loss is a mean over the batch of what all layers computed: float32 keeps about this.
    const double LossTolerance = 1e-3;

    // Elementary functions and sums of a row, on both sides.
    const double KernelTolerance = 1e-5;

    GpuDevice Gpu => GpuDevice.For(device)!;

    void Wait() => Gpu.Stream.Synchronize();

    public void Kernels()
    {
        Section("Loops, each tensor read or written counted once");
        var (rows, columns, images) = (shapes.Kernels[0], shapes.Kernels[1], shapes.Kernels[2] * shapes.Kernels[3] * shapes.Kernels[4] * shapes.Kernels[4]);
        double matrix = 4.0 * rows * columns, image = 4.0 * images;
        double copy = Copy((long)matrix);
        table.Row("copy", "driver", copy, Giga(2 * matrix, copy), "");
        foreach (var (function, result, bytes) in new (string, string, double)[]
        {
            ("relu_of", "y", 2 * matrix), ("gelu_of", "y", 2 * matrix), ("add", "y", 3 * matrix), ("add_columns", "y", 2 * matrix), ("softmax_of", "y", 2 * matrix),
            ("layer_norm_of", "y", 2 * matrix), ("sum_rows", "r", matrix), ("momentum", "y", 5 * matrix), ("batch_norm_of", "q", 2 * image), ("max_pool_of", "h", 1.25 * image),
        })
        {
            string name = function.EndsWith("_of", StringComparison.Ordinal) ? function[..^3] : function;
            if (!table.Wants(name))
                continue;
            Network here = New(Device.Cpu), there = New(device);
            foreach (var network in new[] { here, there })
            {
                Fill(network, "x", 1);
                Fill(network, "z", 2);
                Fill(network, "y", 3);
                Fill(network, "p", 4);
                network.Invoke(function);
            }
            double error = Difference(here, there, result);
            if (!(error <= KernelTolerance))
            {
                table.Wrong(name, "emitted", error, KernelTolerance);
                continue;
            }
            double time = GpuTiming.Milliseconds(() => there.Invoke(function), Wait, seconds);
            table.Row(name, "emitted", time, Giga(bytes, time), Share(bytes / time / (2 * matrix / copy), "copy"));
        }
    }

    Network New(Device where) => shapes.IsTiny ? new TinyKernels(where) : new LargeKernels(where);

    double Copy(long bytes)
    {
        using DeviceBuffer from = Gpu.NewBuffer(), to = Gpu.NewBuffer();
        from.EnsureCapacity(bytes);
        to.EnsureCapacity(bytes);
        var (source, target) = (from.At<float>().View.SubView(0, bytes / 4), to.At<float>().View.SubView(0, bytes / 4));
        return GpuTiming.Milliseconds(() => source.CopyTo(Gpu.Stream, target), Wait, seconds);
    }

    static void Fill(Network network, string variable, uint seed)
    {
        uint state = seed;
        foreach (ref float value in network.Values<float>(variable))
        {
            state = unchecked(state * 1664525 + 1013904223);
            value = (state >> 8) / (float)(1 << 24) - 0.5f;
        }
    }

    /// <summary>The largest difference, relative to the largest element.</summary>
    static double Difference(Network here, Network there, string variable)
    {
        double largest = 0, difference = 0;
        var expected = here.Values<float>(variable);
        var actual = there.Values<float>(variable);
        for (int i = 0; i < expected.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs(expected[i]));
            double apart = Math.Abs((double)expected[i] - actual[i]);
            difference = double.IsNaN(apart) ? double.PositiveInfinity : Math.Max(difference, apart);
        }
        return largest == 0 ? double.PositiveInfinity : difference / largest;
    }

    public void Training()
    {
        Section("Steps of training, each with a batch brought from the host");
        foreach (var (name, batch) in shapes.Networks)
        {
            string what = Text($"{name} b{batch}");
            if (!table.Wants($"train {what}") || !IsRight(name))
                continue;
            var step = new TrainingStep(name, device, batch);
            double time = GpuTiming.Milliseconds(step.Begin, step.Wait, seconds);
            table.Row($"train {what}", "emitted", time, Text($"{1000 * batch / time:0} samples/s"));
        }
    }

    // Networks have their memory, here and there, as long as they are reachable.
    static void CollectMemory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }

    bool IsRight(string name)
    {
        // Few samples: the processor is to be waited for.
        int batch = shapes.IsTiny ? 1 : 2;
        CollectMemory();
        TrainingStep here = new(name, Device.Cpu, batch), there = new(name, device, batch);
        // The second loss depends on all gradients and on the optimizer.
        here.Loss();
        there.Loss();
        double expected = here.Loss(), error = Math.Abs(there.Loss() - expected) / Math.Abs(expected);
        if (error <= LossTolerance)
            return true;
        table.Wrong($"train {name}", "emitted", error, LossTolerance);
        return false;
    }

    /// <summary>Beside the times of 2015.</summary>
    public void AlexNet()
    {
        var batches = shapes.AlexNetBatches.Where(batch => table.Wants(Text($"alexnet {batch}"))).ToList();
        if (batches.Count == 0)
            return;
        Section(Text($"AlexNet, {AlexNetTable.Iterations} iterations of training"));
        foreach (int batch in batches)
        {
            Row(batch, device, Gpu.Name);
            if (measuresProcessor)
                Row(batch, Device.Cpu, Text($"{WorkerPool.Shared.Threads} threads"));
        }
    }

    static void Row(int batch, Device where, string name)
    {
        CollectMemory();
        var step = new TrainingStep("AlexNet", where, batch);
        step.Begin();
        step.Wait();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < AlexNetTable.Iterations; i++)
            step.Begin();
        step.Wait();
        Console.WriteLine(AlexNetTable.Row(batch, name, Stopwatch.GetElapsedTime(start).TotalSeconds, where.Kind != DeviceKind.Cpu));
    }
}

/// <summary>A network and a batch to train it with.</summary>
sealed class TrainingStep
{
    readonly Func<Pending<float>> _begin;
    Pending<float> _last;

    public TrainingStep(string name, Device device, int batch)
    {
        (int features, int classes) = name switch
        {
            "Mlp" or "LeNet" => (28 * 28, 10),
            "AlexNet" => (3 * 227 * 227, 1000),
            "Lstm" => (128 * 256, 10),
            "TransformerBlock" => (128 * 512, 10),
            _ => (3 * 224 * 224, 1000),
        };
        var random = new Random(1);
        var x = new float[batch * features];
        foreach (ref float value in x.AsSpan())
            value = random.NextSingle() - 0.5f;
        int[] label = [.. Enumerable.Range(0, batch).Select(_ => random.Next(classes))];
        _begin = name switch
        {
            "Mlp" => Of(new Mlp(device, 1), network => network.BeginTrain(x, label)),
            "LeNet" => Of(new LeNet(device, 1), network => network.BeginTrain(x, label)),
            "AlexNet" => Of(new AlexNet(device, 1), network => network.BeginTrain(x, label)),
            "Vgg16" => Of(new Vgg16(device, 1), network => network.BeginTrain(x, label)),
            "ResNet18" => Of(new ResNet18(device, 1), network => network.BeginTrain(x, label)),
            "ResNet50" => Of(new ResNet50(device, 1), network => network.BeginTrain(x, label)),
            "Lstm" => Of(new Comparison.Lstm(device, 1), network => network.BeginTrain(x, label)),
            "TransformerBlock" => Of(new TransformerBlock(device, 1), network => network.BeginTrain(x, label)),
            _ => throw new ArgumentException($"there is no network '{name}' here", nameof(name)),
        };
    }

    static Func<Pending<float>> Of<T>(T network, Func<T, Pending<float>> begin) => () => begin(network);

    public void Begin() => _last = _begin();

    public void Wait() => _ = _last.Value;

    public float Loss() => _begin().Value;
}
