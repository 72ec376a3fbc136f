using ILGPU;
using ILGPU.Runtime;

namespace NetCompiler.Runtime.Gpu;

/// <summary>Launches products of whatever operands and ends.</summary>
static class Products
{
    // So many groups keep a GPU of a hundred multiprocessors busy.
    const int EnoughGroups = 256;

    // A part of a sum below this costs more to store and read again than it gains.
    const int FewestTerms = 512;

    const int MostParts = 64;

    /// <summary>Into how many parts of its sums a product is cut, so that enough groups share in it: it depends on its sizes alone.</summary>
    internal static int PartsOf(int batch, int rows, int columns, int terms)
    {
        long tiles = (long)batch * Tiles(rows) * Tiles(columns);
        return (int)Math.Clamp(Math.Min(EnoughGroups / Math.Max(1, tiles), terms / FewestTerms), 1, MostParts);
    }

    public static void Multiply<TLeft, TRight, TEnd>(GpuDevice device, int batch, int rows, int columns, int terms, in TLeft left, in TRight right, in TEnd end,
        ProductMethod method = ProductMethod.BySize)
        where TLeft : struct, IGpuOperand where TRight : struct, IGpuOperand where TEnd : struct, IGpuProductEnd
    {
        ProductMethods.Require(device, method);
        int parts = PartsOf(batch, rows, columns, terms);
        if (parts == 1)
        {
            Launch(device, batch, rows, columns, terms, 1, left, right, end);
            return;
        }
        var sums = device.Workspace<float>((long)batch * parts * rows * columns).View;
        Launch(device, batch, rows, columns, terms, parts, left, right, new StoreParts(sums, parts, rows, columns));
        device.LaunchFor((long)batch * rows * columns, new AddPartsKernel<TEnd> { Sums = sums, End = end, Batch = batch, Rows = rows, Columns = columns, Parts = parts });
    }

    static void Launch<TLeft, TRight, TEnd>(GpuDevice device, int batch, int rows, int columns, int terms, int parts, in TLeft left, in TRight right, in TEnd end)
        where TLeft : struct, IGpuOperand where TRight : struct, IGpuOperand where TEnd : struct, IGpuProductEnd =>
        device.Launch(
            new Index3D(Tiles(columns), Tiles(rows), batch * parts),
            new Index3D(ProductTile.Threads, 1, 1),
            new ProductKernel<TLeft, TRight, TEnd>
            {
                Left = left, Right = right, End = end,
                Rows = rows, Columns = columns, Terms = terms,
                Parts = parts,
                TermsOfPart = (terms + parts - 1) / parts,
            });

    static int Tiles(int extent) => (extent + ProductTile.Side - 1) / ProductTile.Side;
}
