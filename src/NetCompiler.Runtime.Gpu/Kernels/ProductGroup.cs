using ILGPU;
using ILGPU.Runtime;

namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// The tile of a product, and the part of its sums, that a group of threads computes. Groups that run at the same time have consecutive
/// numbers: they take bands of eight rows of tiles, column by column, and so share most of what they read, whatever the shape. All
/// numbers are in the first dimension of the launch, as the others end at 65535.
/// </summary>
readonly struct ProductGroup
{
    const int Band = 8;

    /// <summary>Which row of tiles.</summary>
    public readonly int Row;

    /// <summary>Which column of tiles.</summary>
    public readonly int Column;

    /// <summary>Which product of the batch.</summary>
    public readonly int Batch;

    /// <summary>Which part of the sums.</summary>
    public readonly int Part;

    internal ProductGroup(int number, int rowTiles, int columnTiles, int parts)
    {
        int product = number / (rowTiles * columnTiles), tile = number % (rowTiles * columnTiles);
        int firstRow = tile / (Band * columnTiles) * Band, rows = IntrinsicMath.Min(Band, rowTiles - firstRow), ofBand = tile - firstRow * columnTiles;
        Row = firstRow + ofBand % rows;
        Column = ofBand / rows;
        Batch = product / parts;
        Part = product % parts;
    }

    /// <summary>What the group that runs computes, of tiles of so many rows and columns.</summary>
    public static ProductGroup Own(int rows, int tileRows, int columns, int tileColumns, int parts) => new(Grid.IdxX, Tiles(rows, tileRows), Tiles(columns, tileColumns), parts);

    /// <summary>The groups of a launch.</summary>
    /// <exception cref="NotSupportedException">There are more than a launch has.</exception>
    public static Index3D All(int rows, int tileRows, int columns, int tileColumns, long products) =>
        new(GpuDevice.Counted(Tiles(rows, tileRows) * (long)Tiles(columns, tileColumns) * products, "tiles"), 1, 1);

    static int Tiles(int extent, int tile) => (extent + tile - 1) / tile;
}
