using System;

namespace NetCompiler.Algorithms;

/// <summary>
/// What the cost model knows of a machine. Choices depend on ratios of these figures alone; they are those of one core of a server
/// with AVX-512, and a record of measurements overrides what they get wrong.
/// </summary>
/// <param name="MultiplyAddsPerSecond">Multiply-adds of f32 in registers.</param>
/// <param name="MemoryBytesPerSecond">What a core reads from or writes to memory.</param>
/// <param name="CacheBytesPerSecond">The same for its own cache.</param>
/// <param name="CacheBytes">The size of that cache.</param>
/// <param name="CallSeconds">What a call costs that does nothing: waking workers, waiting for them.</param>
internal sealed record MachineModel(
    double MultiplyAddsPerSecond = 75e9, double MemoryBytesPerSecond = 10e9, double CacheBytesPerSecond = 80e9, double CacheBytes = 1e6,
    double CallSeconds = 2e-6)
{
    public static MachineModel Default { get; } = new();

    /// <summary>The time to move bytes of a tensor that is as large as all of them.</summary>
    public double Move(double bytes) => bytes / (bytes > CacheBytes ? MemoryBytesPerSecond : CacheBytesPerSecond);

    /// <summary>The time to multiply and add at a share of the peak.</summary>
    public double Compute(double multiplyAdds, double efficiency) => multiplyAdds / (MultiplyAddsPerSecond * efficiency);

    /// <summary>A call whose arithmetic and whose traffic overlap.</summary>
    public double Call(double compute, double move) => CallSeconds + Math.Max(compute, move);
}
