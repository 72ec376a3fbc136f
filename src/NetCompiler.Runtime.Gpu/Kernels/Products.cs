using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>Launches products of whatever operands and ends.</summary>
static class Products
{
    // The multiprocessors of a large GPU (NVIDIA H100). One number for all devices: how sums are cut decides the last bits of results.
    const int Multiprocessors = 132;

    // So many groups keep them busy.
    const int EnoughGroups = 256;

    // A part of a sum below this costs more to store and read again than it gains.
    const int FewestTerms = 512;

    const int MostParts = 64;

    public static void Multiply<TLeft, TRight, TEnd>(GpuDevice device, int batch, int rows, int columns, int terms, in TLeft left, in TRight right, in TEnd end,
        ProductMethod method = ProductMethod.BySize)
        where TLeft : struct, IGpuOperand where TRight : struct, IGpuOperand where TEnd : struct, IGpuProductEnd
    {
        ProductMethods.Require(device, method);
        switch (method == ProductMethod.BySize ? Best(batch, rows, columns, terms) : method)
        {
            case ProductMethod.Thin:
                ThinProducts.Multiply(new ProductSizes(device, batch, rows, columns, terms), left, right, end);
                break;
            case ProductMethod.Tile64x64:
                Multiply(new ProductSizes(device, batch, rows, columns, terms), left, right, end, default(TileEngine<Tile64x64>));
                break;
            case ProductMethod.Tile128x64:
                Multiply(new ProductSizes(device, batch, rows, columns, terms), left, right, end, default(TileEngine<Tile128x64>));
                break;
            case ProductMethod.Tf32:
                Multiply(new ProductSizes(device, batch, rows, columns, terms), left, right, end, new TensorEngine<Tf32Unit>(default));
                break;
            case ProductMethod.BF16:
                Multiply(new ProductSizes(device, batch, rows, columns, terms), left, right, end, new TensorEngine<BF16Unit>(default));
                break;
            case ProductMethod.F16:
                Multiply(new ProductSizes(device, batch, rows, columns, terms), left, right, end, new TensorEngine<F16Unit>(default));
                break;
            case ProductMethod.Cublas:
                Cublas.Of(device).Multiply(new ProductSizes(device, batch, rows, columns, terms), left, right, end);
                break;
            default:
                Multiply(new ProductSizes(device, batch, rows, columns, terms), left, right, end, default(TileEngine<Tile128x128>));
                break;
        }
    }

    /// <summary>Computes by <paramref name="engine"/>, with sums cut into parts where groups are few.</summary>
    internal static void Multiply<TLeft, TRight, TEnd, TEngine>(in ProductSizes sizes, in TLeft left, in TRight right, in TEnd end, in TEngine engine)
        where TLeft : struct, IGpuOperand where TRight : struct, IGpuOperand where TEnd : struct, IGpuProductEnd where TEngine : struct, IProductEngine
    {
        var (device, batch, rows, columns, terms, _) = sizes;
        int parts = PartsOf(batch, rows, columns, terms, engine.Rows, engine.Columns);
        if (parts == 1)
        {
            if (end is StoreMatrix matrix && matrix.Vectors(columns) is { } vectors)
                engine.Launch(sizes, left, right, vectors);
            else
                engine.Launch(sizes, left, right, new EndByElement<TEnd>(end));
            return;
        }
        var sums = device.Workspace<float>((long)batch * parts * rows * columns).View;
        var byPart = new StoreParts(sums, parts, rows, columns);
        if (byPart.Vectors() is { } partVectors)
            engine.Launch(sizes with { Parts = parts }, left, right, partVectors);
        else
            engine.Launch(sizes with { Parts = parts }, left, right, new EndByElement<StoreParts>(byPart));
        AddParts(sizes with { Parts = parts }, sums, end);
    }

    /// <summary>Adds up the sums of parts.</summary>
    internal static void AddParts<TEnd>(in ProductSizes sizes, ArrayView<float> sums, TEnd end) where TEnd : struct, IGpuProductEnd =>
        sizes.Device.LaunchFor(
            (long)sizes.Batch * sizes.Rows * sizes.Columns,
            new AddPartsKernel<TEnd> { Sums = sums, End = end, Batch = sizes.Batch, Rows = sizes.Rows, Columns = sizes.Columns, Parts = sizes.Parts });

    /// <summary>
    /// For few rows or columns, which leave most of any tile empty, the kernel that has none; else the tile with the least work for the
    /// busiest multiprocessor, where an element of a smaller tile costs more: shared memory gives 8 bytes for 8, 5.3 and 4 of its
    /// multiplications, and more than 4 are more than it gives.
    /// </summary>
    internal static ProductMethod Best(int batch, int rows, int columns, int terms)
    {
        if (ThinProducts.Admits(rows, columns))
            return ProductMethod.Thin;
        var best = ProductMethod.Tile128x128;
        double least = double.MaxValue;
        foreach (var (method, cost) in new[] { (ProductMethod.Tile128x128, 1.0), (ProductMethod.Tile128x64, 1.25), (ProductMethod.Tile64x64, 1.6) })
        {
            var (tileRows, tileColumns) = SizeOf(method);
            int parts = PartsOf(batch, rows, columns, terms, tileRows, tileColumns);
            double waves = Math.Ceiling(Groups(batch, rows, columns, tileRows, tileColumns) * parts / (double)Multiprocessors);
            double work = waves * tileRows * tileColumns * (terms / parts) * cost;
            if (work < least)
                (best, least) = (method, work);
        }
        return best;
    }

    /// <summary>Into how many parts of its sums a product is cut, so that enough groups share in it: it depends on its sizes and the tile's alone.</summary>
    internal static int PartsOf(int batch, int rows, int columns, int terms, int tileRows, int tileColumns) =>
        (int)Math.Clamp(Math.Min(EnoughGroups / Math.Max(1, Groups(batch, rows, columns, tileRows, tileColumns)), terms / FewestTerms), 1, MostParts);

    static (int Rows, int Columns) SizeOf(ProductMethod method) => method switch
    {
        ProductMethod.Tile64x64 => (64, 64),
        ProductMethod.Tile128x64 => (128, 64),
        _ => (128, 128),
    };

    static long Groups(int batch, int rows, int columns, int tileRows, int tileColumns) => (long)batch * Tiles(rows, tileRows) * Tiles(columns, tileColumns);

    static int Tiles(int extent, int tile) => (extent + tile - 1) / tile;
}
