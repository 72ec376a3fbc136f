using System.Runtime.Intrinsics;

namespace NetCompiler.Runtime;

/// <summary>
/// Convolution through Fourier transforms of overlapping tiles (Mathieu, Henaff and LeCun, 2013; Vasilache et al., 2014) in blocked layout
/// [N, C/16, H, W, 16]: for filters of up to 64 × 64, stride 1, dilation 1, one group, any padding and size. The size of the tiles, 8, 16, 32 or 64,
/// follows from the shape, the batch apart.
/// </summary>
/// <remarks>
/// An infinity or NaN in the input makes every output of its tiles NaN. Lanes beyond the channels of an input may hold anything; those of
/// an output are zeros unless a tile is not finite. Results are the same bits for any number of threads.
/// </remarks>
public static unsafe class FftConvolution
{
    /// <summary>Whether the convolution and its gradients can be computed this way.</summary>
    public static bool Admits(in ConvolutionShape shape) =>
        shape.KernelHeight <= 64 && shape.KernelWidth <= 64
        && shape.StrideHeight == 1 && shape.StrideWidth == 1 && shape.DilationHeight == 1 && shape.DilationWidth == 1 && shape.Groups == 1;

    /// <summary>
    /// How far an output may be from the exact sum over <paramref name="channels"/>, in units of the largest sum of |x| · |w| over a window of its
    /// image: 4 · 2^-24 · (6 + √channels), four times the largest errors measured against float64. No bound for chosen inputs: an error is
    /// relative to the magnitudes in the whole tile, so a window of small numbers beside large ones has a larger share.
    /// </summary>
    public static double RelativeError(nint channels) => 4 * Math.ScaleB(1, -24) * (6 + Math.Sqrt(channels));

    /// <summary>The same for the gradient of the filters, which is summed over the tiles of all images.</summary>
    public static double RelativeFilterError(in ConvolutionShape shape)
    {
        int size = TileSize(shape, backward: false);
        return RelativeError(TransformedShape.OfForward(shape, size - shape.KernelHeight + 1, size - shape.KernelWidth + 1).Tiles);
    }

    /// <summary>The floats of filters packed by <see cref="PackForward"/> or <see cref="PackBackward"/>, the longer of both.</summary>
    public static nint PackedFilterLength(in ConvolutionShape shape)
    {
        return Math.Max(
            FftTransform.SlotsOf(TileSize(shape, backward: false)) * Align(shape.OutChannels) * shape.InChannels,
            FftTransform.SlotsOf(TileSize(shape, backward: true)) * Align(shape.InChannels) * shape.OutChannels);

        static nint Align(nint channels) => (channels + 15) & ~(nint)15;
    }

    /// <summary>Transforms the filters w [O, C, KH, KW] for <see cref="Forward"/>.</summary>
    public static void PackForward(WorkerPool pool, in ConvolutionShape shape, Pointer<float> w, Pointer<float> packed) => Pack(pool, shape, w, packed, backward: false);

    /// <summary>Transforms the filters w [O, C, KH, KW], turned round, for <see cref="BackwardData"/>.</summary>
    public static void PackBackward(WorkerPool pool, in ConvolutionShape shape, Pointer<float> w, Pointer<float> packed) => Pack(pool, shape, w, packed, backward: true);

    /// <summary>y = x ∗ w, finished by <paramref name="epilogue"/>; x and y blocked.</summary>
    public static void Forward<TEpilogue>(WorkerPool pool, in ConvolutionShape shape, Pointer<float> x, Pointer<float> packed, Pointer<float> y, in TEpilogue epilogue)
        where TEpilogue : struct, ITileEpilogue => Run(pool, shape, x, packed, y, backward: false, epilogue);

    /// <summary>The gradient of the input, dx, from that of the output, dy, finished by <paramref name="epilogue"/>; both blocked.</summary>
    public static void BackwardData<TEpilogue>(WorkerPool pool, in ConvolutionShape shape, Pointer<float> dy, Pointer<float> packed, Pointer<float> dx, in TEpilogue epilogue)
        where TEpilogue : struct, ITileEpilogue => Run(pool, shape, dy, packed, dx, backward: true, epilogue);

    /// <summary>The gradient of the filters, dw [O, C, KH, KW], from blocked x and dy, summed over the batch; zeros for an empty one.</summary>
    public static void BackwardFilter(WorkerPool pool, in ConvolutionShape shape, Pointer<float> x, Pointer<float> dy, Pointer<float> dw)
    {
        if (Simd.Has512)
            BackwardFilter<TileOfSingle512, Vector512<float>>(pool, shape, x, dy, dw);
        else if (Simd.Has256)
            BackwardFilter<TileOfSingle256, Vector256<float>>(pool, shape, x, dy, dw);
        else
            BackwardFilter<TileOfSingle, float>(pool, shape, x, dy, dw);
    }

    /// <summary>The size whose products, transforms and filters of one image take the least time, by counts weighed with measured speeds.</summary>
    internal static int TileSize(in ConvolutionShape shape, bool backward)
    {
        int best = 0;
        double least = double.PositiveInfinity;
        for (int size = 8; size <= 64; size *= 2)
        {
            if (size < shape.KernelHeight || size < shape.KernelWidth)
                continue;
            nint stepHeight = size - shape.KernelHeight + 1, stepWidth = size - shape.KernelWidth + 1;
            var tiled = backward ? TransformedShape.OfBackward(shape, stepHeight, stepWidth) : TransformedShape.OfForward(shape, stepHeight, stepWidth);
            // In cycles: two multiply-adds of 16 lanes each; about two for each number of a tile and each halving; 16 bytes of filters.
            double products = (double)FftTransform.SlotsOf(size) * tiled.InChannels * tiled.OutBlocks;
            double transforms = 2.0 * size * size * Math.Log2(size) * (tiled.InBlocks + tiled.OutBlocks);
            double time = tiled.TilesDown * tiled.TilesAcross * (products / 2 + transforms) + products * 4;
            if (time < least)
                (best, least) = (size, time);
        }
        return best;
    }

    static void Validate(in ConvolutionShape shape)
    {
        shape.Validate();
        if (!Admits(shape))
            throw new ArgumentException($"no convolution by Fourier transforms for {shape}");
    }

    static void Pack(WorkerPool pool, in ConvolutionShape shape, Pointer<float> w, Pointer<float> packed, bool backward)
    {
        if (Simd.Has512)
            Pack<TileOfSingle512, Vector512<float>>(pool, shape, w, packed, backward);
        else if (Simd.Has256)
            Pack<TileOfSingle256, Vector256<float>>(pool, shape, w, packed, backward);
        else
            Pack<TileOfSingle, float>(pool, shape, w, packed, backward);
    }

    internal static void Pack<TOperations, TVector>(WorkerPool pool, in ConvolutionShape shape, Pointer<float> w, Pointer<float> packed, bool backward)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        Validate(shape);
        var transform = new FftTransform(TileSize(shape, backward), shape.KernelHeight, shape.KernelWidth);
        nint taps = shape.KernelHeight * shape.KernelWidth, outStride = shape.InChannels * taps;
        if (backward)
            TransformedConvolution<FftTransform, TOperations, TVector>.Pack(
                pool, transform, shape.OutChannels, shape.InChannels, taps, (float*)w.Address, taps, outStride, flip: true, (float*)packed.Address);
        else
            TransformedConvolution<FftTransform, TOperations, TVector>.Pack(
                pool, transform, shape.InChannels, shape.OutChannels, taps, (float*)w.Address, outStride, taps, flip: false, (float*)packed.Address);
    }

    static void Run<TEpilogue>(WorkerPool pool, in ConvolutionShape shape, Pointer<float> x, Pointer<float> packed, Pointer<float> y, bool backward, in TEpilogue epilogue)
        where TEpilogue : struct, ITileEpilogue
    {
        if (Simd.Has512)
            Run<TileOfSingle512, Vector512<float>, TEpilogue>(pool, shape, x, packed, y, backward, epilogue);
        else if (Simd.Has256)
            Run<TileOfSingle256, Vector256<float>, TEpilogue>(pool, shape, x, packed, y, backward, epilogue);
        else
            Run<TileOfSingle, float, TEpilogue>(pool, shape, x, packed, y, backward, epilogue);
    }

    internal static void Run<TOperations, TVector, TEpilogue>(
        WorkerPool pool, in ConvolutionShape shape, Pointer<float> x, Pointer<float> packed, Pointer<float> y, bool backward, in TEpilogue epilogue)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct where TEpilogue : struct, ITileEpilogue
    {
        Validate(shape);
        var transform = new FftTransform(TileSize(shape, backward), shape.KernelHeight, shape.KernelWidth);
        var tiled = backward
            ? TransformedShape.OfBackward(shape, transform.StepHeight, transform.StepWidth)
            : TransformedShape.OfForward(shape, transform.StepHeight, transform.StepWidth);
        TransformedConvolution<FftTransform, TOperations, TVector>.Run(
            pool, transform, tiled, (float*)x.Address, (float*)packed.Address, (float*)y.Address, epilogue, default);
    }

    // A tile of dy is the filter, the filter's gradient the result.
    internal static void BackwardFilter<TOperations, TVector>(WorkerPool pool, in ConvolutionShape shape, Pointer<float> x, Pointer<float> dy, Pointer<float> dw)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        Validate(shape);
        int size = TileSize(shape, backward: false);
        nint stepHeight = size - shape.KernelHeight + 1, stepWidth = size - shape.KernelWidth + 1;
        TransformedFilterGradient<FftTransform, TOperations, TVector>.Run(
            pool, new(size, stepHeight, stepWidth), TransformedShape.OfForward(shape, stepHeight, stepWidth), (float*)x.Address, (float*)dy.Address, (float*)dw.Address, default);
    }
}
