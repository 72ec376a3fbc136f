using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Operators;

namespace NetCompiler.Algorithms;

/// <summary>One way to compute a convolution of f32 images [N, C, H, W], or a gradient of it, on a GPU.</summary>
internal abstract record GpuConvolutionAlgorithm : KernelAlgorithm<ConvolutionProblem, GpuModel>
{
    /// <summary>All of them. The first computes every convolution.</summary>
    public static ImmutableArray<GpuConvolutionAlgorithm> All { get; } =
    [
        new ImplicitProduct(),
        .. GpuTile.OfFloats.Reverse().Select(tile => new ImplicitProduct { Rectangle = tile }),
        new ImplicitProduct { Precision = OperandPrecision.Tf32 }, new ImplicitProduct { Precision = OperandPrecision.BF16 }, new ImplicitProduct { Precision = OperandPrecision.F16 },
        new GpuWinograd(2), new GpuWinograd(4),
        new GpuDirect(),
    ];

    /// <exception cref="InvalidOperationException">There is none of that name.</exception>
    public static GpuConvolutionAlgorithm Named(string name) => All.Single(algorithm => algorithm.Name == name);

    /// <summary>The class of the runtime.</summary>
    public abstract string Kernel { get; }

    /// <summary>The tile that its kernels take after the sizes; 0 if they take none.</summary>
    public virtual int Tile => 0;

    /// <summary>The images and the filter, each byte once.</summary>
    protected static double Traffic(ConvolutionProblem problem) => 4.0 * (problem.InSize + problem.OutSize + problem.FilterSize);
}

/// <summary>
/// A product of the filter with the patches of the images, which are never stored (Chetlur et al., "cuDNN: Efficient Primitives for Deep Learning", 2014).
/// </summary>
internal sealed record ImplicitProduct : GpuConvolutionAlgorithm
{
    const string FamilyName = "implicit-gemm";

    // What finding each element of a patch in its image leaves of a product's speed, by the instructions that NVIDIA's assembler makes of the
    // loops: tensor cores need few to multiply, and with halves few slabs.
    double Addressing(ConvolutionPass pass) => (Precision, pass) switch
    {
        (OperandPrecision.F32, _) => 0.8,
        (OperandPrecision.Tf32, ConvolutionPass.BackwardData) => 0.37,
        (OperandPrecision.Tf32, _) => 0.5,
        (_, ConvolutionPass.BackwardData) => 0.21,
        _ => 0.33,
    };

    /// <summary>The rectangle, if it is not left to the runtime.</summary>
    public GpuTile? Rectangle { get; init; }

    /// <summary>What operands are rounded to, for tensor cores.</summary>
    public OperandPrecision Precision { get; init; }

    public override string Name => Rectangle is not null ? $"{FamilyName}-{Rectangle.Suffix}" : Precision == OperandPrecision.F32 ? FamilyName : $"{FamilyName}-{Precision.Name()}";

    public override string Family => Rectangle is null ? Name : FamilyName;

    public override string Description => "a product with patches that are never stored"
        + (Rectangle is not null ? $", a group of threads for each {Rectangle.Rows} x {Rectangle.Columns} results" : "")
        + (Precision == OperandPrecision.F32 ? "" : $", by tensor cores, operands rounded to {Precision.Name()}");

    public override string Kernel => "Im2ColConvolution";

    public override OperandPrecision Operands => Precision;

    /// <summary>The member of the runtime's <c>ProductMethod</c>; null for the one that it takes by itself.</summary>
    public string? Method => Rectangle is not null ? "Tile" + Rectangle.Suffix : Precision == OperandPrecision.F32 ? null : Precision.ToString();

    public override string Conditions => "every convolution";

    public override bool Admits(ConvolutionProblem problem) => true;

    public override long Workspace(ConvolutionProblem problem) => IsThin(problem) ? GpuThin.Workspace(Sizes(problem)) : Tiles(problem.Pass).Max(tile => tile.Workspace(Sizes(problem)));

    public override double Seconds(ConvolutionProblem problem, GpuModel machine) =>
        IsThin(problem) ? GpuThin.Seconds(Sizes(problem), GpuThin.OfPatches, machine) : Tiles(problem.Pass).Min(tile => tile.Seconds(Sizes(problem), Precision, machine));

    // The runtime takes the kernel for it, as long as it chooses among those of f32.
    bool IsThin(ConvolutionProblem problem) => Rectangle is null && Precision == OperandPrecision.F32 && GpuThin.Admits(Sizes(problem));

    IEnumerable<GpuTile> Tiles(ConvolutionPass pass) =>
        (Rectangle is { } one ? [one] : Precision == OperandPrecision.F32 ? GpuTile.OfFloats : [GpuTile.OfTensorCores])
            .Select(tile => tile with { Efficiency = Addressing(pass) * tile.Efficiency });

    static GpuProduct Sizes(ConvolutionProblem problem)
    {
        long window = problem.KernelHeight * problem.KernelWidth, groups = problem.Window.Groups;
        long inPositions = problem.Batch * problem.InHeight * problem.InWidth, outPositions = problem.Batch * problem.OutHeight * problem.OutWidth;
        var (rows, columns, terms) = problem.Pass switch
        {
            ConvolutionPass.Forward => (problem.OutPerGroup, outPositions, problem.InPerGroup * window),
            ConvolutionPass.BackwardData => (problem.InPerGroup, inPositions, problem.OutPerGroup * window),
            _ => (problem.OutPerGroup, problem.InPerGroup * window, outPositions),
        };
        return new(groups, rows, columns, terms, Traffic(problem));
    }
}

/// <summary>
/// Minimal filtering F(m × m, 3 × 3) (Winograd 1980; Lavin and Gray 2015) on planar images: (m + 2)² products of transformed tiles, each a product of matrices.
/// </summary>
/// <param name="Outputs">m, the results of a tile along each axis.</param>
internal sealed record GpuWinograd(int Outputs) : GpuConvolutionAlgorithm
{
    public override string Name => FormattableString.Invariant($"winograd{Outputs}");

    public override string Description => FormattableString.Invariant($"minimal filtering of tiles of {Outputs} x {Outputs} results");

    public override string Kernel => "WinogradConvolution";

    public override int Tile => Outputs;

    public override string Conditions => "filters of 3 x 3, stride 1, no dilation, one group";

    public override bool Admits(ConvolutionProblem problem) =>
        problem.KernelHeight == 3 && problem.KernelWidth == 3 && problem.HasUnitStride && problem.IsDense && problem.Window.Groups == 1;

    /// <summary>So many bytes of transformed images at a time, as in the runtime; for gradients of filters so many.</summary>
    public const long MostBytes = 32 << 20, MostFilterBytes = 256 << 20;

    public override long Workspace(ConvolutionProblem problem) => (long)(FilterBytes(problem) + ImagesAtATime(problem) * ImageBytes(problem));

    public override double Seconds(ConvolutionProblem problem, GpuModel machine)
    {
        double images = ImagesAtATime(problem), turns = Math.Ceiling(problem.Batch / images);
        // Each number is written by one kernel and read by the next. Of gradients of filters, sums are read and written again in each turn.
        double moved = turns * machine.Move(2 * images * ImageBytes(problem)) + machine.Move(4.0 * (problem.InSize + problem.OutSize))
            + (problem.Pass == ConvolutionPass.BackwardFilter ? turns : 1) * machine.Move(2 * FilterBytes(problem));
        double transforms = problem.Pass == ConvolutionPass.BackwardFilter ? 2 * turns + 1 : 1 + 2 * turns;
        return transforms * machine.LaunchSeconds + moved + turns * GpuTile.BestSeconds(Product(problem, (long)Math.Ceiling(images)), machine);
    }

    double Points => (Outputs + 2) * (Outputs + 2);

    double FilterBytes(ConvolutionProblem problem) => 4 * Points * problem.InChannels * problem.OutChannels;

    double ImageBytes(ConvolutionProblem problem) => 4 * Points * Tiles(problem) * (problem.InChannels + problem.OutChannels);

    double ImagesAtATime(ConvolutionProblem problem) =>
        Math.Max(1, Math.Min(problem.Batch, Math.Floor((double)(problem.Pass == ConvolutionPass.BackwardFilter ? MostFilterBytes : MostBytes) / Math.Max(1, ImageBytes(problem)))));

    // What it moves is counted with the transforms.
    GpuProduct Product(ConvolutionProblem problem, long images)
    {
        long points = (long)Points, tiles = images * Tiles(problem);
        return problem.Pass switch
        {
            ConvolutionPass.Forward => new(points, problem.OutChannels, tiles, problem.InChannels, 0),
            ConvolutionPass.BackwardData => new(points, problem.InChannels, tiles, problem.OutChannels, 0),
            _ => new(points, problem.OutChannels, problem.InChannels, tiles, 0),
        };
    }

    // Of one image.
    long Tiles(ConvolutionProblem problem)
    {
        var (height, width) = problem.Pass == ConvolutionPass.BackwardData ? (problem.InHeight, problem.InWidth) : (problem.OutHeight, problem.OutWidth);
        return ((height + Outputs - 1) / Outputs) * ((width + Outputs - 1) / Outputs);
    }

    /// <summary>That of the same transforms on the processor: they are the same sums in another order.</summary>
    public override double Error(ConvolutionProblem problem) => new WinogradConvolution(Outputs).Error(problem);
}
