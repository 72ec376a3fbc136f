using System;

namespace NetCompiler.Algorithms;

/// <summary>
/// The kernel for products of few rows or columns: it reads the factor that has many lines once, each thread four lines of it, and as
/// many threads share a line as it takes to keep the memory busy.
/// </summary>
internal static class GpuThin
{
    /// <summary>The most rows or columns. This and the others are of Kernels/ThinProducts.cs of the runtime for GPUs.</summary>
    public const long Most = 8;

    const long EnoughThreads = 1 << 16, FewestTerms = 16, MostParts = 64, FewestSlots = 64;

    // Of what the multiprocessors issue, half are loads, addresses and loops.
    const double Efficiency = 0.5;

    /// <summary>Instructions for an element of the long factor besides its products: of a stored one, and of patches, whose places are found.</summary>
    public const double OfStored = 1, OfPatches = 12;

    /// <summary>Whether it computes a product.</summary>
    public static bool Admits(GpuProduct product) => Math.Min(product.Rows, product.Columns) <= Most;

    /// <summary>The time of a batch of products.</summary>
    /// <param name="product">The product.</param>
    /// <param name="instructions">Those for an element of the long factor.</param>
    /// <param name="gpu">The GPU.</param>
    public static double Seconds(GpuProduct product, double instructions, GpuModel gpu)
    {
        double elements = product.Batch * (double)Math.Max(product.Rows, product.Columns) * product.Terms;
        // A multiplication with an addition is one instruction.
        double compute = (Math.Min(product.Rows, product.Columns) + instructions) * elements / (Efficiency * gpu.FlopsPerSecond / 2);
        double busy = Math.Min(1, Math.Max(1, elements / 16) / EnoughThreads);
        double sums = Parts(product) == 1 ? 0 : gpu.LaunchSeconds + gpu.Move(8.0 * Parts(product) * product.Results);
        return gpu.LaunchSeconds + Math.Max(compute, product.Bytes / gpu.MemoryBytesPerSecond) / busy + sums;
    }

    /// <summary>Bytes of the parts of sums, and of the short factor where its elements do not follow one another as those of the long one.</summary>
    public static long Workspace(GpuProduct product) =>
        4 * ((Parts(product) > 1 ? Parts(product) * product.Results : 0) + product.Batch * Math.Min(product.Rows, product.Columns) * ((product.Terms + 3) / 4 * 4));

    // The most: how many threads share a line depends on how it lies in memory.
    static long Parts(GpuProduct product)
    {
        long threads = Math.Max(1, product.Batch * ((Math.Max(product.Rows, product.Columns) + 3) / 4)) * FewestSlots;
        return Math.Max(1, Math.Min(Math.Min(EnoughThreads / threads, product.Terms / (FewestTerms * FewestSlots)), MostParts));
    }
}
