using System.Runtime.Intrinsics;

namespace NetCompiler.Runtime;

/// <summary>
/// Convolution by minimal filtering (Winograd, 1980; Lavin and Gray, 2015) in blocked layout [N, C/16, H, W, 16]: F(tile × tile, K × K) takes
/// (tile + K - 1)² multiplications for tile² outputs instead of tile² · K². For square 3 × 3 filters (tile 2, 4, 6) and 5 × 5 filters (tile 2, 4),
/// stride 1, dilation 1, one group, any padding and size.
/// </summary>
/// <remarks>
/// Interpolation points: 0, ±1, ∞ for 4 × 4 inputs; 0, ±5/8, ±3/2, ∞ for 6 × 6; 0, ±1/2, ±1, ±2, ∞ for 8 × 8. An infinity or NaN in the input makes
/// every output of its tiles NaN. Lanes beyond the channels of an input may hold anything; those of an output are zeros unless a tile is not finite.
/// Results are the same bits for any number of threads.
/// </remarks>
public static unsafe class WinogradConvolution
{
    /// <summary>Whether the convolution and its gradients can be computed with this tile.</summary>
    public static bool Admits(in ConvolutionShape shape, int tile) =>
        shape.KernelHeight == shape.KernelWidth && (shape.KernelHeight == 3 ? tile is 2 or 4 or 6 : shape.KernelHeight == 5 && tile is 2 or 4)
        && shape.StrideHeight == 1 && shape.StrideWidth == 1 && shape.DilationHeight == 1 && shape.DilationWidth == 1 && shape.Groups == 1;

    /// <summary>
    /// How far an output may be from the exact sum over <paramref name="channels"/>, in units of the largest sum of |x| · |w| over a window of its
    /// image: 4 · 2^-24 · (a/√channels + b · √channels). Four times the largest errors measured against float64: a for random signs, where the
    /// transforms' rounding shows most, b for numbers of one sign, where sums grow. No bound for chosen inputs: an error is relative to
    /// the magnitudes in the whole tile, so a window of small numbers beside large ones has a larger share.
    /// </summary>
    public static double RelativeError(int tile, nint channels, int kernel = 3)
    {
        (double a, double b) = (kernel, tile) switch
        {
            (3, 2) => (5.0, 1.0),
            (3, 4) => (25.0, 1.5),
            (3, 6) => (130.0, 4.0),
            (5, 2) => (11.0, 1.0),
            (5, 4) => (56.0, 1.5),
            _ => throw new ArgumentException($"no Winograd convolution of {kernel} × {kernel} with tiles of {tile} × {tile}"),
        };
        double root = Math.Sqrt(Math.Max(1, (double)channels));
        return 4 * Math.ScaleB(1, -24) * (a / root + b * root);
    }

    /// <summary>
    /// The same for the gradient of the filters, in units of the largest sum of |x| · |dy| of a filter's plane; sums run over
    /// <paramref name="tiles"/>, those of all images.
    /// </summary>
    public static double RelativeFilterError(int tile, nint tiles, int kernel = 3)
    {
        (double a, double b) = (kernel, tile) switch
        {
            (3, 2) => (8.0, 0.7),
            (3, 4) => (17.0, 0.7),
            (3, 6) => (75.0, 0.9),
            (5, 2) => (45.0, 1.2),
            (5, 4) => (92.0, 1.2),
            _ => throw new ArgumentException($"no Winograd convolution of {kernel} × {kernel} with tiles of {tile} × {tile}"),
        };
        double root = Math.Sqrt(Math.Max(1, (double)tiles));
        return 4 * Math.ScaleB(1, -24) * (a / root + b * root);
    }

    /// <summary>The floats of filters packed by <see cref="PackForward"/> or <see cref="PackBackward"/>, the longer of both.</summary>
    public static nint PackedFilterLength(in ConvolutionShape shape, int tile)
    {
        nint extent = tile + shape.KernelHeight - 1;
        return extent * extent * Math.Max(Align(shape.OutChannels) * shape.InChannels, Align(shape.InChannels) * shape.OutChannels);

        static nint Align(nint channels) => (channels + 15) & ~(nint)15;
    }

    /// <summary>Transforms the filters w [O, C, K, K] for <see cref="Forward"/>.</summary>
    public static void PackForward(WorkerPool pool, in ConvolutionShape shape, int tile, Pointer<float> w, Pointer<float> packed) =>
        Pack(pool, shape, tile, w, packed, backward: false);

    /// <summary>Transforms the filters w [O, C, K, K], turned round, for <see cref="BackwardData"/>.</summary>
    public static void PackBackward(WorkerPool pool, in ConvolutionShape shape, int tile, Pointer<float> w, Pointer<float> packed) =>
        Pack(pool, shape, tile, w, packed, backward: true);

    /// <summary>y = x ∗ w, finished by <paramref name="epilogue"/>; x and y blocked.</summary>
    public static void Forward<TEpilogue>(
        WorkerPool pool, in ConvolutionShape shape, int tile, Pointer<float> x, Pointer<float> packed, Pointer<float> y, in TEpilogue epilogue, ConvolutionBlocking blocking = default)
        where TEpilogue : struct, ITileEpilogue
    {
        Validate(shape, tile);
        Run(pool, TransformedShape.OfForward(shape, tile, tile), (int)shape.KernelHeight, x, packed, y, epilogue, blocking);
    }

    /// <summary>
    /// y = the maxima of windows of x ∗ w, as <see cref="BlockedPooling.MaxGather"/> has them, then <paramref name="epilogue"/> on y. Each tile is
    /// pooled as it is made.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// The sizes are none of a convolution and a pooling of its planes, or the windows do not fill the tiles: they must follow each other without padding, and
    /// their height and width divide <paramref name="tile"/>.
    /// </exception>
    public static void ForwardPooled<TEpilogue>(
        WorkerPool pool, in ConvolutionShape shape, int tile, in PoolingShape pooling, Pointer<float> x, Pointer<float> packed, Pointer<float> y, in TEpilogue epilogue, ConvolutionBlocking blocking = default)
        where TEpilogue : struct, ITileEpilogue
    {
        Validate(shape, tile);
        BlockedConvolution.ValidatePooling(shape, pooling);
        if (pooling.KernelHeight != pooling.StrideHeight || pooling.KernelWidth != pooling.StrideWidth || tile % pooling.KernelHeight != 0 || tile % pooling.KernelWidth != 0
            || pooling.PadTop + pooling.PadLeft + pooling.PadBottom + pooling.PadRight > 0)
            throw new ArgumentException($"the windows of {pooling} do not fill tiles of {tile} × {tile}");
        Run(pool, TransformedShape.OfForward(shape, tile, tile) with { Pooling = pooling }, (int)shape.KernelHeight, x, packed, y, epilogue, blocking);
    }

    /// <summary>The gradient of the input, dx, from that of the output, dy, finished by <paramref name="epilogue"/>; both blocked.</summary>
    public static void BackwardData<TEpilogue>(
        WorkerPool pool, in ConvolutionShape shape, int tile, Pointer<float> dy, Pointer<float> packed, Pointer<float> dx, in TEpilogue epilogue, ConvolutionBlocking blocking = default)
        where TEpilogue : struct, ITileEpilogue
    {
        Validate(shape, tile);
        Run(pool, TransformedShape.OfBackward(shape, tile, tile), (int)shape.KernelHeight, dy, packed, dx, epilogue, blocking);
    }

    /// <summary>The gradient of the filters, dw [O, C, K, K], from blocked x and dy, summed over the batch; zeros for an empty one.</summary>
    public static void BackwardFilter(WorkerPool pool, in ConvolutionShape shape, int tile, Pointer<float> x, Pointer<float> dy, Pointer<float> dw, ConvolutionBlocking blocking = default)
    {
        if (Simd.Has512)
            BackwardFilter<TileOfSingle512, Vector512<float>>(pool, shape, tile, x, dy, dw, blocking);
        else if (Simd.Has256)
            BackwardFilter<TileOfSingle256, Vector256<float>>(pool, shape, tile, x, dy, dw, blocking);
        else
            BackwardFilter<TileOfSingle, float>(pool, shape, tile, x, dy, dw, blocking);
    }

    static void Validate(in ConvolutionShape shape, int tile)
    {
        shape.Validate();
        if (!Admits(shape, tile))
            throw new ArgumentException($"no Winograd convolution with tiles of {tile} × {tile} for {shape}");
    }

    static void Pack(WorkerPool pool, in ConvolutionShape shape, int tile, Pointer<float> w, Pointer<float> packed, bool backward)
    {
        Validate(shape, tile);
        if (Simd.Has512)
            Pack<TileOfSingle512, Vector512<float>>(pool, shape, tile, w, packed, backward);
        else if (Simd.Has256)
            Pack<TileOfSingle256, Vector256<float>>(pool, shape, tile, w, packed, backward);
        else
            Pack<TileOfSingle, float>(pool, shape, tile, w, packed, backward);
    }

    static void Run<TEpilogue>(WorkerPool pool, in TransformedShape shape, int taps, Pointer<float> x, Pointer<float> packed, Pointer<float> y, in TEpilogue epilogue, ConvolutionBlocking blocking = default)
        where TEpilogue : struct, ITileEpilogue
    {
        if (Simd.Has512)
            Run<TileOfSingle512, Vector512<float>, TEpilogue>(pool, shape, taps, x, packed, y, epilogue, blocking);
        else if (Simd.Has256)
            Run<TileOfSingle256, Vector256<float>, TEpilogue>(pool, shape, taps, x, packed, y, epilogue, blocking);
        else
            Run<TileOfSingle, float, TEpilogue>(pool, shape, taps, x, packed, y, epilogue, blocking);
    }

    internal static void Pack<TOperations, TVector>(WorkerPool pool, in ConvolutionShape shape, int tile, Pointer<float> w, Pointer<float> packed, bool backward)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        nint taps = shape.KernelHeight;
        switch (tile + taps - 1)
        {
            case 4:
                PackWith(new WinogradTransform<WinogradExtent4>((int)taps), shape);
                break;
            case 6:
                PackWith(new WinogradTransform<WinogradExtent6>((int)taps), shape);
                break;
            default:
                PackWith(new WinogradTransform<WinogradExtent8>((int)taps), shape);
                break;
        }

        void PackWith<TTransform>(in TTransform transform, in ConvolutionShape shape) where TTransform : struct, ITileTransform
        {
            nint outStride = shape.InChannels * taps * taps, inStride = taps * taps;
            if (backward)
                TransformedConvolution<TTransform, TOperations, TVector>.Pack(
                    pool, transform, shape.OutChannels, shape.InChannels, taps * taps, (float*)w.Address, inStride, outStride, flip: true, (float*)packed.Address);
            else
                TransformedConvolution<TTransform, TOperations, TVector>.Pack(
                    pool, transform, shape.InChannels, shape.OutChannels, taps * taps, (float*)w.Address, outStride, inStride, flip: false, (float*)packed.Address);
        }
    }

    internal static void Run<TOperations, TVector, TEpilogue>(
        WorkerPool pool, in TransformedShape shape, int taps, Pointer<float> x, Pointer<float> packed, Pointer<float> y, in TEpilogue epilogue, ConvolutionBlocking blocking = default)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct where TEpilogue : struct, ITileEpilogue
    {
        float* input = (float*)x.Address, filters = (float*)packed.Address, output = (float*)y.Address;
        switch (shape.StepHeight + taps - 1)
        {
            case 4:
                TransformedConvolution<WinogradTransform<WinogradExtent4>, TOperations, TVector>.Run(pool, new(taps), shape, input, filters, output, epilogue, blocking);
                break;
            case 6:
                TransformedConvolution<WinogradTransform<WinogradExtent6>, TOperations, TVector>.Run(pool, new(taps), shape, input, filters, output, epilogue, blocking);
                break;
            default:
                TransformedConvolution<WinogradTransform<WinogradExtent8>, TOperations, TVector>.Run(pool, new(taps), shape, input, filters, output, epilogue, blocking);
                break;
        }
    }

    // F(K × K, tile × tile): a tile of dy is the filter.
    internal static void BackwardFilter<TOperations, TVector>(WorkerPool pool, in ConvolutionShape shape, int tile, Pointer<float> x, Pointer<float> dy, Pointer<float> dw, ConvolutionBlocking blocking = default)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        Validate(shape, tile);
        var tiled = TransformedShape.OfForward(shape, tile, tile);
        float* input = (float*)x.Address, gradient = (float*)dy.Address, result = (float*)dw.Address;
        switch (tile + shape.KernelHeight - 1)
        {
            case 4:
                TransformedFilterGradient<WinogradTransform<WinogradExtent4>, TOperations, TVector>.Run(pool, new(tile), tiled, input, gradient, result, blocking);
                break;
            case 6:
                TransformedFilterGradient<WinogradTransform<WinogradExtent6>, TOperations, TVector>.Run(pool, new(tile), tiled, input, gradient, result, blocking);
                break;
            default:
                TransformedFilterGradient<WinogradTransform<WinogradExtent8>, TOperations, TVector>.Run(pool, new(tile), tiled, input, gradient, result, blocking);
                break;
        }
    }
}
