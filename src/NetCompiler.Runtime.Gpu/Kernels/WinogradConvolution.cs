namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// Convolutions of images [N, C, H, W] with filters [O, C, 3, 3] by minimal filtering (Winograd, 1980; Lavin and Gray, "Fast Algorithms for
/// Convolutional Neural Networks", 2016): F(2 x 2, 3 x 3) or F(4 x 4, 3 x 3), with stride 1, no dilation and one group. Tiles and filters are
/// transformed, products of matrices sum over the channels at each position of the tiles, and the sums are transformed to results.
/// </summary>
/// <remarks>
/// Errors are those of the processor's kernels, <see cref="Runtime.WinogradConvolution.RelativeError"/> and
/// <see cref="Runtime.WinogradConvolution.RelativeFilterError"/>. An infinity or NaN in the images makes every result of its tiles NaN. Filters are
/// transformed in every call. What is transformed lies in memory of the device's own, of so many images at a time as
/// <see cref="MostBytes"/> and <see cref="MostFilterBytes"/> let in, but at least of one.
/// </remarks>
public static class WinogradConvolution
{
    /// <summary>
    /// The most bytes of transformed images at a time, forward and for gradients of images: the second-level caches of GPUs for data centres
    /// hold 40 MB and more, so that products find what was transformed there. These are still a thousand tiles of 64 x 64 for the product.
    /// </summary>
    public const long MostBytes = 32L << 20;

    /// <summary>The same for gradients of filters, where the sums over the images of before are read and written again each time.</summary>
    public const long MostFilterBytes = 256L << 20;

    // Sections of the workspace begin at multiples of so many floats.
    const int Alignment = 64;

    /// <summary>y = the convolution of x with w, by tiles of <paramref name="tile"/> (2 or 4) results squared.</summary>
    /// <exception cref="ArgumentException">The convolution has another filter than 3 x 3, a stride, a dilation or groups, or there are no such tiles.</exception>
    public static void Forward(GpuDevice device, in ConvolutionShape shape, int tile, DevicePointer<float> x, DevicePointer<float> w, DevicePointer<float> y) =>
        Forward(device, shape, tile, x, w, y, new StorePlanes(y.View, new ConvolutionSizes(shape).OutPositions));

    /// <summary>
    /// The convolution of x with w; <paramref name="epilogue"/> takes its elements, the planes of all images as rows and the positions in
    /// them as columns, and y alone is not written.
    /// </summary>
    /// <inheritdoc cref="Forward(GpuDevice, in ConvolutionShape, int, DevicePointer{float}, DevicePointer{float}, DevicePointer{float})"/>
    public static void Forward<TEpilogue>(
        GpuDevice device, in ConvolutionShape shape, int tile, DevicePointer<float> x, DevicePointer<float> w, DevicePointer<float> y, TEpilogue epilogue)
        where TEpilogue : struct, IGpuEpilogue
    {
        var sizes = Check(device, shape, tile);
        Convolve(
            device, tile, sizes.Images, x, sizes.InChannels, sizes.InHeight, sizes.InWidth, sizes.PadTop, sizes.PadLeft,
            w, ofResults: false, sizes.OutChannels, sizes.OutHeight, sizes.OutWidth, epilogue);
    }

    /// <summary>dx = the gradient of the images.</summary>
    /// <inheritdoc cref="Forward(GpuDevice, in ConvolutionShape, int, DevicePointer{float}, DevicePointer{float}, DevicePointer{float})"/>
    public static void BackwardData(GpuDevice device, in ConvolutionShape shape, int tile, DevicePointer<float> dy, DevicePointer<float> w, DevicePointer<float> dx) =>
        BackwardData(device, shape, tile, dy, w, dx, new StorePlanes(dx.View, new ConvolutionSizes(shape).InPositions));

    /// <summary>The gradient of the images; <paramref name="epilogue"/> takes its elements.</summary>
    /// <inheritdoc cref="Forward{TEpilogue}"/>
    public static void BackwardData<TEpilogue>(
        GpuDevice device, in ConvolutionShape shape, int tile, DevicePointer<float> dy, DevicePointer<float> w, DevicePointer<float> dx, TEpilogue epilogue)
        where TEpilogue : struct, IGpuEpilogue
    {
        var sizes = Check(device, shape, tile);
        // It is the convolution of dy, padded by what the padding of x leaves of the filter, with the filters turned.
        Convolve(
            device, tile, sizes.Images, dy, sizes.OutChannels, sizes.OutHeight, sizes.OutWidth, 2 - sizes.PadTop, 2 - sizes.PadLeft,
            w, ofResults: true, sizes.InChannels, sizes.InHeight, sizes.InWidth, epilogue);
    }

    /// <summary>dw = the gradient of the filters.</summary>
    /// <inheritdoc cref="Forward(GpuDevice, in ConvolutionShape, int, DevicePointer{float}, DevicePointer{float}, DevicePointer{float})"/>
    public static void BackwardFilter(GpuDevice device, in ConvolutionShape shape, int tile, DevicePointer<float> x, DevicePointer<float> dy, DevicePointer<float> dw)
    {
        var sizes = Check(device, shape, tile);
        if (sizes.Images == 0)
            Placement.Clear(device, dw, (nint)sizes.OutChannels * sizes.FilterSize);
        else if (tile == 2)
            SumFilters<InputOf4, ResultFilterOf4, FilterGradientOf4>(device, sizes, x, dy, dw);
        else
            SumFilters<InputOf6, ResultFilterOf6, FilterGradientOf6>(device, sizes, x, dy, dw);
    }

    static ConvolutionSizes Check(GpuDevice device, in ConvolutionShape shape, int tile)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (tile is not (2 or 4))
            throw new ArgumentException($"minimal filtering on GPUs has tiles of 2 x 2 and 4 x 4 results, none of {tile} x {tile}", nameof(tile));
        if (!Runtime.WinogradConvolution.Admits(shape, tile) || shape.KernelHeight != 3)
            throw new ArgumentException($"minimal filtering on GPUs is for filters of 3 x 3 with stride 1, no dilation and one group: {shape}", nameof(shape));
        return new ConvolutionSizes(shape);
    }

    static void Convolve<TEpilogue>(
        GpuDevice device, int tile, int images, DevicePointer<float> x, int channels, int height, int width, int top, int left,
        DevicePointer<float> w, bool ofResults, int resultChannels, int resultHeight, int resultWidth, TEpilogue epilogue) where TEpilogue : struct, IGpuEpilogue
    {
        if (tile == 2)
            With<InputOf4, FilterOf4, OutputOf4>();
        else
            With<InputOf6, FilterOf6, OutputOf6>();

        void With<TInput, TFilter, TOutput>() where TInput : struct, ILineTransform where TFilter : struct, ILineTransform where TOutput : struct, ILineTransform
        {
            int positions = default(TFilter).Given * default(TFilter).Given;
            int down = (resultHeight + tile - 1) / tile, across = (resultWidth + tile - 1) / tile;
            if (images * (long)resultChannels * down * across == 0)
                return;
            int most = ImagesAtATime(images, MostBytes, (long)positions * (channels + resultChannels) * down * across);
            var all = Cut(most, channels, height, width);
            long inputLength = Align((long)positions * channels * all.Stride), sumsLength = Align((long)positions * resultChannels * all.Stride);
            var transformed = device.TransformWorkspace<float>(inputLength + sumsLength + (long)positions * channels * resultChannels);
            var (sums, filters) = (transformed.Offset(inputLength), transformed.Offset(inputLength + sumsLength));

            device.LaunchFor((long)channels * resultChannels, new TransformFiltersKernel<TFilter>
            {
                From = w.View, To = filters.View, Count = channels * resultChannels, Direction = ofResults ? -1 : 1,
            });
            for (int first = 0; first < images; first += most)
            {
                int some = Math.Min(most, images - first);
                var tiles = Cut(some, channels, height, width);
                device.LaunchFor((long)channels * tiles.Stride, new TransformTilesKernel<TInput>
                {
                    From = x.Offset((long)first * channels * height * width).View, To = transformed.View, Tiles = tiles, Top = top, Left = left,
                });
                // Filters of results lie by the channels that are summed over.
                Gemm.MultiplyBatched(
                    device, positions, ofResults, false, resultChannels, tiles.Stride, channels,
                    filters, ofResults ? resultChannels : channels, (nint)channels * resultChannels,
                    transformed, tiles.Stride, (nint)channels * tiles.Stride,
                    sums, tiles.Stride, (nint)resultChannels * tiles.Stride);
                device.LaunchFor((long)resultChannels * tiles.Count, new TransformResultsKernel<TOutput, TEpilogue>
                {
                    From = sums.View, Epilogue = epilogue, Tiles = Cut(some, resultChannels, resultHeight, resultWidth), FirstImage = first,
                });
            }

            ImageTiles Cut(int some, int channels, int height, int width) => new(some, channels, height, width, tile, down, across);
        }
    }

    static void SumFilters<TInput, TResult, TOutput>(GpuDevice device, ConvolutionSizes sizes, DevicePointer<float> x, DevicePointer<float> dy, DevicePointer<float> dw)
        where TInput : struct, ILineTransform where TResult : struct, ILineTransform where TOutput : struct, ILineTransform
    {
        int tile = default(TResult).Taken, positions = default(TInput).Given * default(TInput).Given;
        int down = (sizes.OutHeight + tile - 1) / tile, across = (sizes.OutWidth + tile - 1) / tile;
        int most = ImagesAtATime(sizes.Images, MostFilterBytes, (long)positions * (sizes.InChannels + sizes.OutChannels) * down * across);
        long stride = Cut(most, 1, 1, 1).Stride;
        long inputLength = Align(positions * sizes.InChannels * stride), resultLength = Align(positions * sizes.OutChannels * stride);
        int filters = sizes.OutChannels * sizes.InChannels;
        var inputs = device.TransformWorkspace<float>(inputLength + resultLength + (long)positions * filters);
        var (results, sums) = (inputs.Offset(inputLength), inputs.Offset(inputLength + resultLength));

        for (int first = 0; first < sizes.Images; first += most)
        {
            int some = Math.Min(most, sizes.Images - first);
            var tiles = Cut(some, sizes.InChannels, sizes.InHeight, sizes.InWidth);
            device.LaunchFor((long)sizes.InChannels * tiles.Stride, new TransformTilesKernel<TInput>
            {
                From = x.Offset((long)first * sizes.InChannels * sizes.InPositions).View, To = inputs.View, Tiles = tiles, Top = sizes.PadTop, Left = sizes.PadLeft,
            });
            device.LaunchFor((long)sizes.OutChannels * tiles.Stride, new TransformTilesKernel<TResult>
            {
                From = dy.Offset((long)first * sizes.OutChannels * sizes.OutPositions).View, To = results.View,
                Tiles = Cut(some, sizes.OutChannels, sizes.OutHeight, sizes.OutWidth),
            });
            if (first == 0)
                Gemm.MultiplyBatched(
                    device, positions, false, true, sizes.OutChannels, sizes.InChannels, tiles.Stride,
                    results, tiles.Stride, (nint)sizes.OutChannels * tiles.Stride, inputs, tiles.Stride, (nint)sizes.InChannels * tiles.Stride,
                    sums, sizes.InChannels, filters);
            else
                Gemm.MultiplyBatched(
                    device, positions, false, true, sizes.OutChannels, sizes.InChannels, tiles.Stride,
                    results, tiles.Stride, (nint)sizes.OutChannels * tiles.Stride, inputs, tiles.Stride, (nint)sizes.InChannels * tiles.Stride,
                    sums, sizes.InChannels, filters, new AddToMatrix(sums.View, sizes.InChannels));
        }
        device.LaunchFor(filters, new TransformFilterGradientsKernel<TOutput> { From = sums.View, To = dw.View, Count = filters });

        ImageTiles Cut(int some, int channels, int height, int width) => new(some, channels, height, width, tile, down, across);
    }

    /// <summary>How many images are transformed at a time, of which each takes so many floats.</summary>
    internal static int ImagesAtATime(int images, long mostBytes, long floatsOfImage) =>
        (int)Math.Clamp(mostBytes / (sizeof(float) * Math.Max(1, floatsOfImage)), 1, Math.Max(1, images));

    static long Align(long floats) => (floats + Alignment - 1) / Alignment * Alignment;
}
