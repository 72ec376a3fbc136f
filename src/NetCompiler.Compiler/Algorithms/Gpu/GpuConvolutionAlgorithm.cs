using System;
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
    ];

    /// <exception cref="InvalidOperationException">There is none of that name.</exception>
    public static GpuConvolutionAlgorithm Named(string name) => All.Single(algorithm => algorithm.Name == name);

    /// <summary>The images and the filter, each byte once.</summary>
    protected static double Traffic(ConvolutionProblem problem) => 4.0 * (problem.InSize + problem.OutSize + problem.FilterSize);
}

/// <summary>
/// A product of the filter with the patches of the images, which are never stored (Chetlur et al., "cuDNN: Efficient Primitives for Deep Learning", 2014).
/// </summary>
internal sealed record ImplicitProduct : GpuConvolutionAlgorithm
{
    const string FamilyName = "implicit-gemm";

    // Each element of a patch needs its place in the image, which takes whole numbers to find.
    const double Addressing = 0.7;

    /// <summary>The rectangle, if it is not left to the runtime.</summary>
    public GpuTile? Rectangle { get; init; }

    /// <summary>What operands are rounded to, for tensor cores.</summary>
    public OperandPrecision Precision { get; init; }

    public override string Name => Rectangle is not null ? $"{FamilyName}-{Rectangle.Suffix}" : Precision == OperandPrecision.F32 ? FamilyName : $"{FamilyName}-{Precision.Name()}";

    public override string Family => Rectangle is null ? Name : FamilyName;

    public override string Description => "a product with patches that are never stored"
        + (Rectangle is not null ? $", a group of threads for each {Rectangle.Rows} x {Rectangle.Columns} results" : "")
        + (Precision == OperandPrecision.F32 ? "" : $", by tensor cores, operands rounded to {Precision.Name()}");

    public override OperandPrecision Operands => Precision;

    /// <summary>The member of the runtime's <c>ProductMethod</c>; null for the one that it takes by itself.</summary>
    public string? Method => Rectangle is not null ? "Tile" + Rectangle.Suffix : Precision == OperandPrecision.F32 ? null : Precision.ToString();

    public override string Conditions => "every convolution";

    public override bool Admits(ConvolutionProblem problem) => true;

    public override long Workspace(ConvolutionProblem problem) => Tiles.Max(tile => tile.Workspace(Sizes(problem)));

    public override double Seconds(ConvolutionProblem problem, GpuModel machine) => Tiles.Min(tile => tile.Seconds(Sizes(problem), Precision, machine));

    ImmutableArray<GpuTile> Tiles =>
        [.. (Rectangle is { } one ? [one] : Precision == OperandPrecision.F32 ? GpuTile.OfFloats : [GpuTile.OfTensorCores]).Select(tile => tile with { Efficiency = Addressing * tile.Efficiency })];

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
