using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using NetCompiler.Runtime;

namespace NetCompiler.Benchmarks;

/// <summary>Square products of float matrices.</summary>
[Config(typeof(Config))]
public class GemmBenchmarks : IDisposable
{
    readonly PinnedBuffer _a = new(), _b = new(), _c = new();
    WorkerPool _pool = new(1);

    /// <summary>The rows and columns of all three matrices.</summary>
    [Params(256, 512, 1024)]
    public int Size { get; set; }

    /// <summary>The threads of the pool.</summary>
    [Params(1, 2)]
    public int Threads { get; set; }

    /// <summary>Fills the operands: with zeros, denormals or the like the speed would not be typical.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _pool = new WorkerPool(Threads);
        var random = new Random(1);
        foreach (var buffer in new[] { _a, _b, _c })
        {
            buffer.EnsureCapacity((long)Size * Size * sizeof(float));
            foreach (ref float value in buffer.At<float>().AsSpan(Size * Size))
                value = random.NextSingle() - 0.5f;
        }
    }

    /// <summary>Stops the pool's threads.</summary>
    [GlobalCleanup]
    public void Dispose() => _pool.Dispose();

    /// <summary>C = A · B.</summary>
    [Benchmark]
    public void Sgemm() => Gemm.Multiply(_pool, false, false, Size, Size, Size, _a.At<float>(), Size, _b.At<float>(), Size, _c.At<float>(), Size);

    sealed class Config : ManualConfig
    {
        public Config()
        {
            // In this process: the project that would be generated for another one does not restore from every registry.
            AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance));
            AddColumn(new GflopsColumn());
        }
    }

    sealed class GflopsColumn : IColumn
    {
        public string Id => nameof(GflopsColumn);

        public string ColumnName => "GFLOP/s";

        public bool AlwaysShow => true;

        public ColumnCategory Category => ColumnCategory.Custom;

        public int PriorityInCategory => 0;

        public bool IsNumeric => true;

        public UnitType UnitType => UnitType.Dimensionless;

        public string Legend => "2 Size^3 / mean time";

        public bool IsAvailable(Summary summary) => true;

        public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, SummaryStyle.Default);

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style)
        {
            double size = (int)benchmarkCase.Parameters[nameof(Size)];
            return summary[benchmarkCase]?.ResultStatistics is { } statistics ? $"{2 * size * size * size / statistics.Mean:F1}" : "?";
        }
    }
}
