using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;

namespace NetCompiler.Algorithms;

/// <summary>The rectangle of a product that a group of threads computes, and what it makes of the peak.</summary>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Columns.</param>
/// <param name="Efficiency">The share of the peak where there is work for all: a smaller rectangle reads its operands more often.</param>
internal sealed record GpuTile(int Rows, int Columns, double Efficiency)
{
    /// <summary>Those of f32, related as the runtime's choice among them has it.</summary>
    public static ImmutableArray<GpuTile> OfFloats { get; } = [new(128, 128, 0.8), new(128, 64, 0.64), new(64, 64, 0.5)];

    /// <summary>That of tensor cores, whose operands are converted on their way.</summary>
    public static GpuTile OfTensorCores { get; } = new(128, 128, 0.6);

    // As in the runtime, whose tests hold the parts against these.
    const long EnoughGroups = 256, FewestTerms = 512, MostParts = 64;

    /// <summary>What the names of algorithms end with.</summary>
    public string Suffix => string.Format(CultureInfo.InvariantCulture, "{0}x{1}", Rows, Columns);

    /// <summary>The time of a batch of products.</summary>
    public double Seconds(GpuProduct product, OperandPrecision operands, GpuModel gpu)
    {
        double tiles = Tiles(product), parts = Parts(product), terms = Math.Ceiling(product.Terms / parts);
        double compute = gpu.Groups(tiles * parts, 2.0 * Rows * Columns * terms, Efficiency * gpu.Peak(operands));
        double read = 4 * tiles * product.Terms * (Rows + Columns) / gpu.CacheBytesPerSecond;
        double sums = parts == 1 ? 0 : gpu.LaunchSeconds + gpu.Move(8 * parts * product.Results);
        return gpu.LaunchSeconds + Math.Max(Math.Max(compute, read), product.Bytes / gpu.MemoryBytesPerSecond) + sums;
    }

    /// <summary>Bytes of the parts of sums that are added up afterwards.</summary>
    public long Workspace(GpuProduct product) => Parts(product) > 1 ? 4 * (long)Parts(product) * product.Results : 0;

    double Tiles(GpuProduct product) => product.Batch * Math.Ceiling(product.Rows / (double)Rows) * Math.Ceiling(product.Columns / (double)Columns);

    double Parts(GpuProduct product) => Math.Max(1, Math.Floor(Math.Min(Math.Min(EnoughGroups / Math.Max(1, Tiles(product)), product.Terms / (double)FewestTerms), MostParts)));

    /// <summary>The time as the runtime chooses by sizes, in f32.</summary>
    public static double BestSeconds(GpuProduct product, GpuModel gpu) =>
        GpuThin.Admits(product) ? GpuThin.Seconds(product, GpuThin.OfStored, gpu) : OfFloats.Min(tile => tile.Seconds(product, OperandPrecision.F32, gpu));
}

/// <summary>A batch of products of matrices as a GPU sees it, whatever its operands are.</summary>
/// <param name="Batch">How many.</param>
/// <param name="Rows">Rows of each result.</param>
/// <param name="Columns">Columns of each result.</param>
/// <param name="Terms">Terms of each sum.</param>
/// <param name="Bytes">What is read and written at least, each byte once.</param>
internal readonly record struct GpuProduct(long Batch, long Rows, long Columns, long Terms, double Bytes)
{
    /// <summary>Elements of all results.</summary>
    public long Results => Batch * Rows * Columns;

    /// <summary>A product of stored matrices.</summary>
    public static GpuProduct Of(long batch, long rows, long columns, long terms) =>
        new(batch, rows, columns, terms, 4.0 * batch * (rows * (double)terms + terms * (double)columns + rows * (double)columns));
}
