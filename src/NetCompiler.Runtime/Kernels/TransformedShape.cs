namespace NetCompiler.Runtime;

/// <summary>
/// A convolution of stride 1 seen as a grid of output tiles, for kernels that transform them: y at (i, j) reads x from (i - PadTop, j - PadLeft)
/// on; what lies outside is 0. Pads may be negative: the gradient of a convolution padded by more than its filter reaches.
/// </summary>
readonly record struct TransformedShape(
    nint Batch, nint InChannels, nint InHeight, nint InWidth, nint OutChannels, nint OutHeight, nint OutWidth,
    nint PadTop, nint PadLeft, nint StepHeight, nint StepWidth)
{
    public nint InBlocks => (InChannels + 15) / 16;

    public nint OutBlocks => (OutChannels + 15) / 16;

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
readonly struct TilePlace
{
    public readonly nint Image, Top, Left, Rows, Columns;

    public TilePlace(in TransformedShape shape, nint tile)
    {
        nint across = shape.TilesAcross, row = tile / across;
        Image = row / shape.TilesDown;
        Top = (row - Image * shape.TilesDown) * shape.StepHeight;
        Left = (tile - row * across) * shape.StepWidth;
        Rows = Math.Min(shape.StepHeight, shape.OutHeight - Top);
        Columns = Math.Min(shape.StepWidth, shape.OutWidth - Left);
    }
}

static unsafe class TilePixels
{
    /// <summary>Copies the pixels of 16 channels from (<paramref name="top"/>, <paramref name="left"/>) on of an image; zeros outside it.</summary>
    public static void Copy(float* image, nint imageHeight, nint imageWidth, nint top, nint left, float* target, nint height, nint width)
    {
        nint begin = Math.Clamp(-left, 0, width), end = Math.Clamp(imageWidth - left, begin, width);
        for (nint i = 0; i < height; i++, target += width * 16)
        {
            if ((nuint)(top + i) >= (nuint)imageHeight)
            {
                new Span<float>(target, (int)width * 16).Clear();
                continue;
            }
            new Span<float>(target, (int)begin * 16).Clear();
            new Span<float>(image + ((top + i) * imageWidth + left + begin) * 16, (int)(end - begin) * 16).CopyTo(new Span<float>(target + begin * 16, (int)(end - begin) * 16));
            new Span<float>(target + end * 16, (int)(width - end) * 16).Clear();
        }
    }
}
