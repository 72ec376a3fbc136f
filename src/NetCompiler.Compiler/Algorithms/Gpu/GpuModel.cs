using System;

namespace NetCompiler.Algorithms;

/// <summary>
/// What the cost model knows of a GPU: by default NVIDIA's H100 SXM as its data sheet has it ("NVIDIA H100 Tensor Core GPU", 2023; rates of tensor
/// cores are those without sparsity), whose H200 differs in its memory alone, of 4.8 TB/s. Nothing of it is measured: a record of measurements overrides what it gets wrong.
/// </summary>
/// <param name="FlopsPerSecond">Additions and multiplications of f32.</param>
/// <param name="Tf32FlopsPerSecond">The same by tensor cores, operands rounded to tf32.</param>
/// <param name="HalfFlopsPerSecond">The same for f16 and bf16.</param>
/// <param name="MemoryBytesPerSecond">What it reads from and writes to its memory.</param>
/// <param name="CacheBytesPerSecond">The same for the cache that all multiprocessors share; no data sheet tells it, this is assumed.</param>
/// <param name="CacheBytes">The size of that cache.</param>
/// <param name="Multiprocessors">Among which the groups of threads are shared out, whole.</param>
/// <param name="LaunchSeconds">From one small kernel to the next.</param>
internal sealed record GpuModel(
    double FlopsPerSecond = 67e12, double Tf32FlopsPerSecond = 494e12, double HalfFlopsPerSecond = 989e12,
    double MemoryBytesPerSecond = 3.35e12, double CacheBytesPerSecond = 5.5e12, double CacheBytes = 50e6, int Multiprocessors = 132, double LaunchSeconds = 4e-6)
{
    // Luo et al., "Benchmarking and Dissecting the Nvidia Hopper GPU Architecture via Microbenchmarking", 2024: mma.sync reaches 63 % of
    // the peak, which needs the asynchronous instructions of sm_90a.
    const double SynchronousShare = 0.63;

    public static GpuModel Default { get; } = new();

    /// <summary>The most that kernels without asynchronous instructions reach.</summary>
    public double Peak(OperandPrecision operands) => operands switch
    {
        OperandPrecision.F32 => FlopsPerSecond,
        OperandPrecision.Tf32 => SynchronousShare * Tf32FlopsPerSecond,
        _ => SynchronousShare * HalfFlopsPerSecond,
    };

    /// <summary>The time to move bytes of a tensor that one kernel leaves for the next.</summary>
    public double Move(double bytes) => bytes / (bytes > CacheBytes ? MemoryBytesPerSecond : CacheBytesPerSecond);

    /// <summary>
    /// The time of so many groups of so many operations each at a share of the peak. Each group is one multiprocessor's: the last of them may leave most idle.
    /// </summary>
    public double Groups(double groups, double flopsOfGroup, double peak) => Math.Ceiling(groups / Multiprocessors) * flopsOfGroup / (peak / Multiprocessors);
}
