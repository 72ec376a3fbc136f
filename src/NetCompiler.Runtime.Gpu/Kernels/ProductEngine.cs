using ILGPU;
using ILGPU.Runtime;

namespace NetCompiler.Runtime.Gpu;

/// <summary>A product as it is launched: [Batch, Rows, Terms] x [Batch, Terms, Columns], the sums cut into <paramref name="Parts"/>.</summary>
readonly record struct ProductSizes(GpuDevice Device, int Batch, int Rows, int Columns, int Terms, int Parts = 1)
{
    /// <summary>A multiple of what tiles take at a time, and so of four.</summary>
    public int TermsOfPart => Tiles(Tiles(Terms, Parts), 16) * 16;

    /// <summary>A group for each tile and part.</summary>
    public Index3D Groups(int tileRows, int tileColumns) => ProductGroup.All(Rows, tileRows, Columns, tileColumns, (long)Batch * Parts);

    static int Tiles(int extent, int tile) => (extent + tile - 1) / tile;
}

/// <summary>What computes the sums of a product: it chooses how factors are read, and launches a kernel.</summary>
interface IProductEngine
{
    /// <summary>Rows of a group's tile.</summary>
    int Rows { get; }

    /// <summary>Columns of a group's tile.</summary>
    int Columns { get; }

    /// <summary>Queues the product; <paramref name="end"/> takes the sums.</summary>
    void Launch<TLeft, TRight, TEnd>(in ProductSizes sizes, in TLeft left, in TRight right, in TEnd end)
        where TLeft : struct, IGpuOperand where TRight : struct, IGpuOperand where TEnd : struct, IGpuTileEnd;
}

/// <summary>Multiplications of float32.</summary>
struct TileEngine<TTile> : IProductEngine where TTile : struct, IProductTile
{
    public readonly int Rows => default(TTile).Rows;

    public readonly int Columns => default(TTile).Columns;

    public readonly void Launch<TLeft, TRight, TEnd>(in ProductSizes sizes, in TLeft left, in TRight right, in TEnd end)
        where TLeft : struct, IGpuOperand where TRight : struct, IGpuOperand where TEnd : struct, IGpuTileEnd
    {
        if (left is ContiguousLines contiguous && contiguous.Vectors(sizes.Terms) is { } rowVectors)
            Right(sizes, rowVectors, right, end);
        else if (left is InterleavedLines interleaved && interleaved.Vectors(sizes.Rows) is { } columnVectors)
            Right(sizes, columnVectors, right, end);
        else if (left is SegmentedLines segments)
            Right(sizes, new SegmentSlabs(segments), right, end);
        else
            Right(sizes, new Elements<TLeft>(left), right, end);
    }

    static void Right<TLeft, TRight, TEnd>(in ProductSizes sizes, in TLeft left, in TRight right, in TEnd end)
        where TLeft : struct, ISlabSource where TRight : struct, IGpuOperand where TEnd : struct, IGpuTileEnd
    {
        if (right is ContiguousLines contiguous && contiguous.Vectors(sizes.Terms) is { } columnVectors)
            Launch(sizes, left, columnVectors, end);
        else if (right is InterleavedLines interleaved && interleaved.Vectors(sizes.Columns) is { } rowVectors)
            Launch(sizes, left, rowVectors, end);
        else if (right is Patches patches)
            Launch(sizes, left, new PatchSlabs(patches), end);
        else if (right is GradientPatches gradients)
            Launch(sizes, left, new GradientPatchSlabs(gradients), end);
        else if (right is PatchesOfFilter ofFilter)
            Launch(sizes, left, new PatchOfFilterSlabs(ofFilter), end);
        else
            Launch(sizes, left, new Elements<TRight>(right), end);
    }

    static void Launch<TLeft, TRight, TEnd>(in ProductSizes sizes, TLeft left, TRight right, in TEnd end)
        where TLeft : struct, ISlabSource where TRight : struct, ISlabSource where TEnd : struct, IGpuTileEnd =>
        sizes.Device.Launch(
            sizes.Groups(default(TTile).Rows, default(TTile).Columns),
            new Index3D(ProductThreads.Count, 1, 1),
            new ProductKernel<TTile, TLeft, TRight, TEnd>
            {
                Left = left, Right = right, End = end,
                Rows = sizes.Rows, Columns = sizes.Columns, Terms = sizes.Terms, Parts = sizes.Parts, TermsOfPart = sizes.TermsOfPart,
            });
}

/// <summary>Multiplications of small matrices.</summary>
readonly struct TensorEngine<TUnit>(TUnit unit) : IProductEngine where TUnit : struct, IMatrixUnit
{
    public int Rows => TensorLayout.Side;

    public int Columns => TensorLayout.Side;

    public void Launch<TLeft, TRight, TEnd>(in ProductSizes sizes, in TLeft left, in TRight right, in TEnd end)
        where TLeft : struct, IGpuOperand where TRight : struct, IGpuOperand where TEnd : struct, IGpuTileEnd
    {
        if (left is ContiguousLines contiguous && contiguous.Tensor(sizes.Terms) is { } rowVectors)
            Right(sizes, rowVectors, right, end);
        else if (left is InterleavedLines interleaved && interleaved.Tensor(sizes.Rows) is { } columnVectors)
            Right(sizes, columnVectors, right, end);
        else if (left is ContiguousLines lines && lines.Segments(sizes.Terms) is { } single)
            Right(sizes, new TensorQuads<SegmentQuad>(new(single)), right, end);
        else if (left is SegmentedLines segments)
            Right(sizes, new TensorQuads<SegmentQuad>(new(segments)), right, end);
        else
            Right(sizes, new TensorElements<TLeft>(left), right, end);
    }

    void Right<TLeft, TRight, TEnd>(in ProductSizes sizes, in TLeft left, in TRight right, in TEnd end)
        where TLeft : struct, ITensorSource where TRight : struct, IGpuOperand where TEnd : struct, IGpuTileEnd
    {
        if (right is ContiguousLines contiguous && contiguous.Tensor(sizes.Terms) is { } columnVectors)
            Launch(sizes, left, columnVectors, end);
        else if (right is InterleavedLines interleaved && interleaved.Tensor(sizes.Columns) is { } rowVectors)
            Launch(sizes, left, rowVectors, end);
        else if (right is ContiguousLines lines && lines.Segments(sizes.Terms) is { } single)
            Launch(sizes, left, new TensorQuads<SegmentQuad>(new(single)), end);
        else if (right is Patches patches)
            Launch(sizes, left, new TensorPatches<PatchLine>(new(patches)), end);
        else if (right is GradientPatches gradients)
            Launch(sizes, left, new TensorPatches<GradientPatchLine>(new(gradients)), end);
        else if (right is PatchesOfFilter ofFilter)
            Launch(sizes, left, new TensorQuads<PatchOfFilterQuad>(new(ofFilter)), end);
        else
            Launch(sizes, left, new TensorElements<TRight>(right), end);
    }

    void Launch<TLeft, TRight, TEnd>(in ProductSizes sizes, TLeft left, TRight right, in TEnd end)
        where TLeft : struct, ITensorSource where TRight : struct, ITensorSource where TEnd : struct, IGpuTileEnd =>
        sizes.Device.Launch(
            sizes.Groups(TensorLayout.Side, TensorLayout.Side),
            new Index3D(ProductThreads.Count, 1, 1),
            new TensorKernel<TUnit, TLeft, TRight, TEnd>
            {
                Unit = unit, Left = left, Right = right, End = end,
                Rows = sizes.Rows, Columns = sizes.Columns, Terms = sizes.Terms, Parts = sizes.Parts, TermsOfPart = sizes.TermsOfPart,
            });
}
