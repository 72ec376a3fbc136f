using System;
using System.Collections.Immutable;
using System.Linq;

namespace NetCompiler.Algorithms;

/// <summary>One way to compute a product of f32 matrices on a GPU, by a method of the runtime's <c>Gemm</c>.</summary>
internal abstract record GpuProductAlgorithm : KernelAlgorithm<ProductProblem, GpuModel>
{
    /// <summary>The name of <see cref="CublasProduct"/>.</summary>
    public const string CublasName = "cublas";

    /// <summary>All of them. The first computes every product.</summary>
    public static ImmutableArray<GpuProductAlgorithm> All { get; } =
    [
        new SizedGpuProduct(),
        new ThinGpuProduct(),
        .. GpuTile.OfFloats.Reverse().Select(tile => new TiledGpuProduct(tile)),
        new CublasProduct(),
        new TensorCoreProduct(OperandPrecision.Tf32), new TensorCoreProduct(OperandPrecision.BF16), new TensorCoreProduct(OperandPrecision.F16),
    ];

    /// <exception cref="InvalidOperationException">There is none of that name.</exception>
    public static GpuProductAlgorithm Named(string name) => All.Single(algorithm => algorithm.Name == name);

    /// <summary>The member of the runtime's <c>ProductMethod</c>; null for the one that it takes by itself.</summary>
    public abstract string? Method { get; }

    public override string Conditions => "every product";

    public override bool Admits(ProductProblem problem) => true;

    protected static GpuProduct Sizes(ProductProblem problem) => GpuProduct.Of(problem.Batch, problem.Rows, problem.Columns, problem.Depth);
}

/// <summary>The runtime decides by the sizes of the call, among what computes in f32.</summary>
internal sealed record SizedGpuProduct : GpuProductAlgorithm
{
    public override string Name => SizedProduct.SizedName;

    public override string Description => "tiles by the sizes of the call";

    public override string? Method => null;

    public override long Workspace(ProductProblem problem) =>
        GpuThin.Admits(Sizes(problem)) ? GpuThin.Workspace(Sizes(problem)) : GpuTile.OfFloats.Max(tile => tile.Workspace(Sizes(problem)));

    public override double Seconds(ProductProblem problem, GpuModel machine) => GpuTile.BestSeconds(Sizes(problem), machine);
}

/// <summary>The kernel for few rows or columns, which the runtime takes for all such products by itself.</summary>
internal sealed record ThinGpuProduct : GpuProductAlgorithm
{
    public override string Name => "thin";

    public override string Family => SizedProduct.SizedName;

    public override string Description => "few rows or columns: the other operand is read once";

    public override string Conditions => FormattableString.Invariant($"products of at most {GpuThin.Most} rows or {GpuThin.Most} columns, whatever the batch");

    public override string? Method => "Thin";

    // Not what is typical, but what holds at each call.
    public override bool Admits(ProductProblem problem) => problem.Sizes[0] is { IsConstant: true, Value: <= GpuThin.Most } || problem.Sizes[1] is { IsConstant: true, Value: <= GpuThin.Most };

    public override long Workspace(ProductProblem problem) => GpuThin.Workspace(Sizes(problem));

    public override double Seconds(ProductProblem problem, GpuModel machine) => GpuThin.Seconds(Sizes(problem), GpuThin.OfStored, machine);
}

/// <summary>One rectangle for all sizes.</summary>
internal sealed record TiledGpuProduct(GpuTile Rectangle) : GpuProductAlgorithm
{
    public override string Name => "tile-" + Rectangle.Suffix;

    public override string Family => SizedProduct.SizedName;

    public override string Description => $"a group of threads for each {Rectangle.Rows} x {Rectangle.Columns} results";

    public override string? Method => "Tile" + Rectangle.Suffix;

    public override long Workspace(ProductProblem problem) => Rectangle.Workspace(Sizes(problem));

    public override double Seconds(ProductProblem problem, GpuModel machine) => Rectangle.Seconds(Sizes(problem), OperandPrecision.F32, machine);
}

/// <summary>NVIDIA's library where it is installed. Nothing is predicted of it: it is taken only where it was measured.</summary>
internal sealed record CublasProduct : GpuProductAlgorithm
{
    public override string Name => CublasName;

    public override string Family => SizedProduct.SizedName;

    public override string Description => "NVIDIA's cuBLAS";

    public override string Conditions => "every product, where cuBLAS is installed";

    public override string? Method => "Cublas";

    public override long Workspace(ProductProblem problem) => 0;

    public override double Seconds(ProductProblem problem, GpuModel machine) => GpuTile.BestSeconds(Sizes(problem), machine);
}

/// <summary>Tensor cores: operands rounded, sums in f32.</summary>
internal sealed record TensorCoreProduct(OperandPrecision Precision) : GpuProductAlgorithm
{
    public override string Name => Precision.Name();

    public override string Description => $"tensor cores, operands rounded to {Precision.Name()}";

    public override OperandPrecision Operands => Precision;

    public override string? Method => Precision.ToString();

    public override long Workspace(ProductProblem problem) => GpuTile.OfTensorCores.Workspace(Sizes(problem));

    public override double Seconds(ProductProblem problem, GpuModel machine) => GpuTile.OfTensorCores.Seconds(Sizes(problem), Precision, machine);
}
