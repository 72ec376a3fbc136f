using ILGPU;
using ILGPU.Runtime;

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
        if (method == ProductMethod.BySize)
            method = BestTile(batch, rows, columns, terms);
        var (tileRows, tileColumns) = SizeOf(method);
        int parts = PartsOf(batch, rows, columns, terms, tileRows, tileColumns);
        if (parts == 1)
        {
            var product = new Product(device, method, batch, rows, columns, terms, 1);
            if (end is StoreMatrix matrix && matrix.Vectors(columns) is { } vectors)
                product.Multiply(left, right, vectors);
            else
                product.Multiply(left, right, new EndByElement<TEnd>(end));
            return;
        }
        var sums = device.Workspace<float>((long)batch * parts * rows * columns).View;
        var byPart = new StoreParts(sums, parts, rows, columns);
        var cut = new Product(device, method, batch, rows, columns, terms, parts);
        if (byPart.Vectors() is { } partVectors)
            cut.Multiply(left, right, partVectors);
        else
            cut.Multiply(left, right, new EndByElement<StoreParts>(byPart));
        device.LaunchFor((long)batch * rows * columns, new AddPartsKernel<TEnd> { Sums = sums, End = end, Batch = batch, Rows = rows, Columns = columns, Parts = parts });
    }

    /// <summary>
    /// The tile with the least work for the busiest multiprocessor, where an element of a smaller tile costs more: shared memory gives
    /// 8 bytes for 8, 5.3 and 4 of its multiplications, and more than 4 are more than it gives.
    /// </summary>
    internal static ProductMethod BestTile(int batch, int rows, int columns, int terms)
    {
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

    // One product with all that is decided on it.
    readonly record struct Product(GpuDevice Device, ProductMethod Method, int Batch, int Rows, int Columns, int Terms, int Parts)
    {
        // A multiple of what tiles take at a time, and so of four.
        int TermsOfPart => Tiles(Tiles(Terms, Parts), 16) * 16;

        public void Multiply<TLeft, TRight, TEnd>(in TLeft left, in TRight right, in TEnd end)
            where TLeft : struct, IGpuOperand where TRight : struct, IGpuOperand where TEnd : struct, IGpuTileEnd
        {
            if (left is ContiguousLines contiguous && contiguous.Vectors(Terms) is { } rowVectors)
                Right(rowVectors, right, end);
            else if (left is InterleavedLines interleaved && interleaved.Vectors(Rows) is { } columnVectors)
                Right(columnVectors, right, end);
            else
                Right(new Elements<TLeft>(left), right, end);
        }

        void Right<TLeft, TRight, TEnd>(in TLeft left, in TRight right, in TEnd end)
            where TLeft : struct, ISlabSource where TRight : struct, IGpuOperand where TEnd : struct, IGpuTileEnd
        {
            if (right is ContiguousLines contiguous && contiguous.Vectors(Terms) is { } columnVectors)
                Tiled(left, columnVectors, end);
            else if (right is InterleavedLines interleaved && interleaved.Vectors(Columns) is { } rowVectors)
                Tiled(left, rowVectors, end);
            else
                Tiled(left, new Elements<TRight>(right), end);
        }

        void Tiled<TLeft, TRight, TEnd>(in TLeft left, in TRight right, in TEnd end)
            where TLeft : struct, ISlabSource where TRight : struct, ISlabSource where TEnd : struct, IGpuTileEnd
        {
            switch (Method)
            {
                case ProductMethod.Tile64x64: Launch<Tile64x64, TLeft, TRight, TEnd>(left, right, end); break;
                case ProductMethod.Tile128x64: Launch<Tile128x64, TLeft, TRight, TEnd>(left, right, end); break;
                default: Launch<Tile128x128, TLeft, TRight, TEnd>(left, right, end); break;
            }
        }

        void Launch<TTile, TLeft, TRight, TEnd>(in TLeft left, in TRight right, in TEnd end)
            where TTile : struct, IProductTile where TLeft : struct, ISlabSource where TRight : struct, ISlabSource where TEnd : struct, IGpuTileEnd =>
            Device.Launch(
                new Index3D(Tiles(Columns, default(TTile).Columns), Tiles(Rows, default(TTile).Rows), Batch * Parts),
                new Index3D(ProductThreads.Count, 1, 1),
                new ProductKernel<TTile, TLeft, TRight, TEnd>
                {
                    Left = left, Right = right, End = end,
                    Rows = Rows, Columns = Columns, Terms = Terms, Parts = Parts, TermsOfPart = TermsOfPart,
                });
    }
}
