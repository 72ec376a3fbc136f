using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>Images cut into square tiles, as the kernels of one slice of the images take them.</summary>
readonly struct ImageTiles(int images, int channels, int height, int width, int side, int down, int across)
{
    public readonly int Channels = channels, Height = height, Width = width;

    /// <summary>Rows and columns from one tile to the next.</summary>
    public readonly int Side = side;

    public readonly Divisor Down = new(down), Across = new(across);

    /// <summary>The tiles of all images of the slice.</summary>
    public readonly int Count = images * down * across;

    /// <summary>From the tiles of one channel to those of the next, with tiles of zeros at the end: products load four at once.</summary>
    public readonly int Stride = (images * down * across + 3) / 4 * 4;

    /// <summary>Divides by <see cref="Count"/>.</summary>
    public readonly Divisor ByCount = new(images * down * across);

    /// <summary>Divides by <see cref="Stride"/>.</summary>
    public readonly Divisor ByStride = new((images * down * across + 3) / 4 * 4);
}

/// <summary>Transforms the tiles of images: a thread takes one tile of one channel. To = [position in the tile, channel, tile].</summary>
struct TransformTilesKernel<TTransform> : IGpuKernel<TransformTilesKernel<TTransform>> where TTransform : struct, ILineTransform
{
    public ArrayView<float> From, To;
    public ImageTiles Tiles;

    /// <summary>How far the first tile reaches beyond the image.</summary>
    public int Top, Left;

    public static void Run(TransformTilesKernel<TTransform> kernel)
    {
        TTransform transform = default;
        var tiles = kernel.Tiles;
        int element = GpuThread.Element;
        if (element >= tiles.Channels * tiles.Stride)
            return;
        int channel = tiles.ByStride.Quotient(element), number = element - channel * tiles.Stride;
        var place = new PlanePosition(number, tiles.Down, tiles.Across);
        int row = number < tiles.Count ? place.Row * tiles.Side - kernel.Top : tiles.Height, column = place.Column * tiles.Side - kernel.Left;
        long plane = ((long)place.Plane * tiles.Channels + channel) * tiles.Height * tiles.Width;

        WinogradTile tile = default;
        tile.L0 = Line(kernel, plane, row, column);
        tile.L1 = Line(kernel, plane, row + 1, column);
        if (transform.Taken > 2)
        {
            tile.L2 = Line(kernel, plane, row + 2, column);
            tile.L3 = Line(kernel, plane, row + 3, column);
        }
        if (transform.Taken > 4)
        {
            tile.L4 = Line(kernel, plane, row + 4, column);
            tile.L5 = Line(kernel, plane, row + 5, column);
        }
        WinogradTile.Store<TTransform>(tile.Apply<TTransform>(), kernel.To, (long)channel * tiles.Stride + number, (long)tiles.Channels * tiles.Stride);
    }

    static WinogradLine Line(TransformTilesKernel<TTransform> kernel, long plane, int row, int column)
    {
        TTransform transform = default;
        int width = kernel.Tiles.Width;
        // A line outside has no columns.
        int end = row >= 0 && row < kernel.Tiles.Height ? width : 0;
        long start = plane + (long)row * width;
        WinogradLine line = default;
        line.V0 = At(kernel.From, start, column, end);
        line.V1 = At(kernel.From, start, column + 1, end);
        if (transform.Taken > 2)
        {
            line.V2 = At(kernel.From, start, column + 2, end);
            line.V3 = At(kernel.From, start, column + 3, end);
        }
        if (transform.Taken > 4)
        {
            line.V4 = At(kernel.From, start, column + 4, end);
            line.V5 = At(kernel.From, start, column + 5, end);
        }
        return line;
    }

    static float At(ArrayView<float> from, long start, int column, int end) => column >= 0 && column < end ? from[start + column] : 0f;
}

/// <summary>Transforms filters [O, C, 3, 3]: a thread takes one. To = [position in the tile, O, C].</summary>
struct TransformFiltersKernel<TTransform> : IGpuKernel<TransformFiltersKernel<TTransform>> where TTransform : struct, ILineTransform
{
    public ArrayView<float> From, To;
    public int Count;

    /// <summary>1, or -1 for filters turned by half a circle, as gradients of images see them.</summary>
    public int Direction;

    public static void Run(TransformFiltersKernel<TTransform> kernel)
    {
        int filter = GpuThread.Element;
        if (filter >= kernel.Count)
            return;
        long first = filter * 9L + (kernel.Direction > 0 ? 0 : 8);
        var tile = WinogradTile.Load<TTransform>(kernel.From, first, kernel.Direction);
        WinogradTile.Store<TTransform>(tile.Apply<TTransform>(), kernel.To, filter, kernel.Count);
    }
}

/// <summary>
/// Makes results of the sums of transformed tiles [position in the tile, channel, tile], and hands them to the epilogue: a thread takes one
/// tile of one channel.
/// </summary>
struct TransformResultsKernel<TTransform, TEpilogue> : IGpuKernel<TransformResultsKernel<TTransform, TEpilogue>>
    where TTransform : struct, ILineTransform where TEpilogue : struct, IGpuEpilogue
{
    public int FirstImage;
    public ImageTiles Tiles;
    public ArrayView<float> From;
    public TEpilogue Epilogue;

    public static void Run(TransformResultsKernel<TTransform, TEpilogue> kernel)
    {
        TTransform transform = default;
        var tiles = kernel.Tiles;
        int element = GpuThread.Element;
        if (element >= tiles.Channels * tiles.Count)
            return;
        int channel = tiles.ByCount.Quotient(element), number = element - channel * tiles.Count;
        var place = new PlanePosition(number, tiles.Down, tiles.Across);
        var sums = WinogradTile.Load<TTransform>(kernel.From, (long)channel * tiles.Stride + number, (long)tiles.Channels * tiles.Stride);
        var results = sums.Apply<TTransform>();

        int plane = (kernel.FirstImage + place.Plane) * tiles.Channels + channel;
        int row = place.Row * transform.Given, column = place.Column * transform.Given;
        Store(kernel, plane, row, column, results.L0);
        Store(kernel, plane, row + 1, column, results.L1);
        if (transform.Given > 2)
        {
            Store(kernel, plane, row + 2, column, results.L2);
            Store(kernel, plane, row + 3, column, results.L3);
        }
    }

    static void Store(TransformResultsKernel<TTransform, TEpilogue> kernel, int plane, int row, int column, WinogradLine line)
    {
        TTransform transform = default;
        var tiles = kernel.Tiles;
        if (row >= tiles.Height)
            return;
        int at = row * tiles.Width + column;
        kernel.Epilogue.Store(plane, at, line.V0);
        if (column + 1 < tiles.Width)
            kernel.Epilogue.Store(plane, at + 1, line.V1);
        if (transform.Given > 2)
        {
            if (column + 2 < tiles.Width)
                kernel.Epilogue.Store(plane, at + 2, line.V2);
            if (column + 3 < tiles.Width)
                kernel.Epilogue.Store(plane, at + 3, line.V3);
        }
    }
}

/// <summary>Makes the gradients of filters [O, C, 3, 3] of the sums of transformed tiles [position in the tile, O, C]: a thread takes one filter.</summary>
struct TransformFilterGradientsKernel<TTransform> : IGpuKernel<TransformFilterGradientsKernel<TTransform>> where TTransform : struct, ILineTransform
{
    public ArrayView<float> From, To;
    public int Count;

    public static void Run(TransformFilterGradientsKernel<TTransform> kernel)
    {
        int filter = GpuThread.Element;
        if (filter >= kernel.Count)
            return;
        var sums = WinogradTile.Load<TTransform>(kernel.From, filter, kernel.Count);
        WinogradTile.Store<TTransform>(sums.Apply<TTransform>(), kernel.To, filter * 9L, 1);
    }
}

/// <summary>Adds a product to the sums before it.</summary>
readonly struct AddToMatrix(ArrayView<float> sums, int columns) : IGpuEpilogue
{
    readonly ArrayView<float> _sums = sums;
    readonly int _columns = columns;

    public void Store(int row, int column, float value) => _sums[(long)row * _columns + column] += value;
}
