using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Examples.Digits;
using NetCompiler.Runtime;

namespace NetCompiler.Benchmarks;

/// <summary>One step of training: forward, backward and update.</summary>
[Config(typeof(Config))]
public class TrainingBenchmarks : IDisposable
{
    const int Batch = 64;

    const int Steps = 64, Sequences = 32;

    readonly float[] _images = new float[Batch * 28 * 28];
    readonly int[] _labels = new int[Batch];
    WorkerPool _pool = new(1);
    LeNet _network = new();
    readonly float[] _xs = new float[Steps * Sequences * 64];
    readonly float[] _ys = new float[Steps * Sequences * 256];
    Lstm _lstm = new();

    /// <summary>The threads of the pool.</summary>
    [Params(1, 2)]
    public int Threads { get; set; }

    /// <summary>Draws images and labels: what they are makes no difference to the time.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _pool = new WorkerPool(Threads);
        _network = new LeNet(seed: 1, _pool);
        _lstm = new Lstm(seed: 1, _pool);
        var random = new Random(1);
        foreach (ref float value in _xs.AsSpan())
            value = random.NextSingle() - 0.5f;
        foreach (ref float value in _ys.AsSpan())
            value = random.NextSingle() - 0.5f;
        foreach (ref float pixel in _images.AsSpan())
            pixel = random.NextSingle();
        foreach (ref int label in _labels.AsSpan())
            label = random.Next(10);
    }

    /// <summary>Stops the pool's threads.</summary>
    [GlobalCleanup]
    public void Dispose() => _pool.Dispose();

    /// <summary>LeNet on 64 images, stochastic gradient descent with momentum and decay.</summary>
    [Benchmark]
    public float LeNetStep() => _network.Train(_images, _labels, rate: 0.01f).Loss;

    /// <summary>The multiply-adds of <see cref="LstmStep"/> are thrice those of the cell: forwards, to the inputs and to the weights.</summary>
    public const double LstmFlops = 3.0 * 2 * Steps * Sequences * (64 + 256) * 4 * 256;

    /// <summary>Long short-term memory of 256 units on 32 sequences of 64 steps of 64 numbers.</summary>
    [Benchmark]
    public float LstmStep() => _lstm.Train(_xs, _ys, Steps, Sequences);

    sealed class Config : ManualConfig
    {
        public Config()
        {
            // In this process: the project that would be generated for another one does not restore from every registry.
            AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance));
        }
    }
}
