using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>
/// A convolution of stride 1 seen as a grid of output tiles, for kernels that transform them: y at (i, j) reads x from (i - PadTop, j - PadLeft)
/// on; what lies outside is 0. Pads may be negative: the gradient of a convolution padded by more than its filter reaches.
/// </summary>
readonly record struct TransformedShape(
    nint Batch, nint InChannels, nint InHeight, nint InWidth, nint OutChannels, nint OutHeight, nint OutWidth,
    nint PadTop, nint PadLeft, nint StepHeight, nint StepWidth, PoolingShape Pooling = default)
{
    // Windows of a pooling fill tiles, and beyond its images they hold what there is.
    public nint PooledRows(nint end) => Pooled(end, Pooling.KernelHeight, OutHeight, Pooling.OutHeight);

    public nint PooledColumns(nint end) => Pooled(end, Pooling.KernelWidth, OutWidth, Pooling.OutWidth);

    static nint Pooled(nint end, nint window, nint extent, nint pooled) => end == extent ? pooled : end / window;

    public nint InBlocks => BlockedProblem.Blocks(InChannels);

    public nint OutBlocks => BlockedProblem.Blocks(OutChannels);

    public nint TilesDown => (OutHeight + StepHeight - 1) / StepHeight;

    public nint TilesAcross => (OutWidth + StepWidth - 1) / StepWidth;

    public nint Tiles => Batch * TilesDown * TilesAcross;

    public static TransformedShape OfForward(in ConvolutionShape shape, nint stepHeight, nint stepWidth) => new(
        shape.Batch, shape.InChannels, shape.InHeight, shape.InWidth, shape.OutChannels, shape.OutHeight, shape.OutWidth,
        shape.PadTop, shape.PadLeft, stepHeight, stepWidth);

    // dx[i] = sum over u of dy[i + p - u] w[u] = sum over v of dy[i - (K - 1 - p) + v] w[K - 1 - v].
    public static TransformedShape OfBackward(in ConvolutionShape shape, nint stepHeight, nint stepWidth) => new(
        shape.Batch, shape.OutChannels, shape.OutHeight, shape.OutWidth, shape.InChannels, shape.InHeight, shape.InWidth,
        shape.KernelHeight - 1 - shape.PadTop, shape.KernelWidth - 1 - shape.PadLeft, stepHeight, stepWidth);
}

/// <summary>Where a tile's output lies: the image, its first row and column, and how many of each the image has of it.</summary>
struct TilePlace
{
    public nint Image, Top, Left, Rows, Columns;

    public TilePlace(in TransformedShape shape, nint tile)
    {
        nint across = shape.TilesAcross, row = tile / across, down = shape.TilesDown;
        Image = row / down;
        Top = (row - Image * down) * shape.StepHeight;
        Left = (tile - row * across) * shape.StepWidth;
        Fit(shape);
    }

    /// <summary>Goes on to the next tile, without divisions.</summary>
    public void Advance(in TransformedShape shape)
    {
        Left += shape.StepWidth;
        if (Left >= shape.OutWidth)
        {
            Left = 0;
            Top += shape.StepHeight;
            if (Top >= shape.OutHeight)
            {
                Top = 0;
                Image++;
            }
        }
        Fit(shape);
    }

    void Fit(in TransformedShape shape)
    {
        Rows = Math.Min(shape.StepHeight, shape.OutHeight - Top);
        Columns = Math.Min(shape.StepWidth, shape.OutWidth - Left);
    }
}

static unsafe class TilePixels
{
    /// <summary>Copies the pixels of 16 channels from (<paramref name="top"/>, <paramref name="left"/>) on of an image; zeros outside it.</summary>
    [MethodImpl(Simd.Optimised)]
    public static void Copy<TOperations, TVector>(float* image, nint imageHeight, nint imageWidth, nint top, nint left, float* target, nint height, nint width)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        nint begin = Math.Clamp(-left, 0, width) * 16, end = Math.Clamp(imageWidth - left, begin / 16, width) * 16;
        TVector zero = default;
        for (nint i = 0; i < height; i++, target += width * 16)
        {
            bool inside = (nuint)(top + i) < (nuint)imageHeight;
            nint first = inside ? begin : width * 16, last = inside ? end : width * 16;
            float* row = image + ((top + i) * imageWidth + left) * 16;
            nint j = 0;
            for (; j < first; j += TOperations.Lanes)
                TOperations.Store(target + j, zero);
            for (; j < last; j += TOperations.Lanes)
                TOperations.Store(target + j, TOperations.Load(row + j));
            for (; j < width * 16; j += TOperations.Lanes)
                TOperations.Store(target + j, zero);
        }
    }

    /// <summary>Copies some rows of whole pixels.</summary>
    [MethodImpl(Simd.Optimised)]
    public static void CopyRows<TOperations, TVector>(float* from, nint fromStride, float* to, nint toStride, nint rows, nint columns)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        for (nint i = 0; i < rows; i++, from += fromStride, to += toStride)
            for (nint j = 0; j < columns * 16; j += TOperations.Lanes)
                TOperations.Store(to + j, TOperations.Load(from + j));
    }
}
