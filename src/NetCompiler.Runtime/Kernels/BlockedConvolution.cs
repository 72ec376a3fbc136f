using System.Runtime.Intrinsics;

namespace NetCompiler.Runtime;

/// <summary>
/// Two-dimensional convolution of float images in the blocked layout <see cref="ImageLayout.Blocked"/>, without intermediate matrices (Georganas
/// et al., Anatomy of High-Performance Deep Learning Convolutions on SIMD Architectures, 2018): 16 channels fill the lanes, and filters
/// arrive packed. Results are the same bits for any number of threads and any vector width.
/// </summary>
public static class BlockedConvolution
{
    /// <summary>
    /// Whether this class computes <paramref name="shape"/>: all channels in one group, groups of whole blocks of 16 channels, or
    /// each channel by itself. A <see cref="ImageLayout.Planar"/> input has one group and at most 4 channels.
    /// </summary>
    public static bool Admits(in ConvolutionShape shape, ImageLayout input)
    {
        nint inputs = shape.InChannels / shape.Groups, outputs = shape.OutChannels / shape.Groups;

        // Offsets within an image are ints.
        double inSize = (double)(inputs + 15) * shape.PaddedHeight * shape.PaddedWidth;
        double outSize = (double)(outputs + 15) * (shape.OutHeight + shape.KernelHeight) * (shape.OutWidth + shape.KernelWidth);
        if (inSize > int.MaxValue || outSize > int.MaxValue)
            return false;
        if (input == ImageLayout.Planar)
            return shape.Groups == 1 && inputs <= 4;
        return shape.Groups == 1 || IsDepthwise(shape) || (inputs % BlockedProblem.Lanes == 0 && outputs % BlockedProblem.Lanes == 0);
    }

    /// <summary>The floats that <see cref="PackForward"/> or <see cref="PackBackward"/> writes, the larger of both.</summary>
    public static nint PackedFilterLength(in ConvolutionShape shape) => IsDepthwise(shape)
        ? BlockedProblem.Blocks(shape.OutChannels) * BlockedProblem.Lanes * shape.KernelHeight * shape.KernelWidth
        : shape.Groups * Math.Max(BlockedProblem.Forward(shape, ImageLayout.Blocked).FilterLength, BlockedProblem.Transpose(shape).FilterLength);

    /// <summary>Packs the filter <paramref name="w"/> [O, C / groups, KH, KW] for <see cref="Forward"/>, whatever the input's layout.</summary>
    public static void PackForward(WorkerPool pool, in ConvolutionShape shape, Pointer<float> w, Pointer<float> packed)
    {
        Validate(shape, ImageLayout.Blocked);
        if (IsDepthwise(shape))
            ImageLayouts.Block(pool, 1, shape.Groups, shape.KernelHeight * shape.KernelWidth, w, packed);
        else
            new BlockedFilters(BlockedProblem.Forward(shape, ImageLayout.Blocked), w, packed).Run(pool);
    }

    /// <summary>Packs the filter <paramref name="w"/> [O, C / groups, KH, KW] for <see cref="BackwardData"/>.</summary>
    public static void PackBackward(WorkerPool pool, in ConvolutionShape shape, Pointer<float> w, Pointer<float> packed)
    {
        Validate(shape, ImageLayout.Blocked);
        if (IsDepthwise(shape))
            ImageLayouts.Block(pool, 1, shape.Groups, shape.KernelHeight * shape.KernelWidth, w, packed);
        else
        {
            var problem = BlockedProblem.Transpose(shape);
            if (problem.IsFolded)
                BlockedFoldedProduct<TileOfSingle, float, NoEpilogue>.Pack(problem, w, packed);
            else
                new BlockedFilters(problem, w, packed).Run(pool);
        }
    }

    /// <summary>
    /// y = x ∗ w, then <paramref name="epilogue"/>. <paramref name="y"/> is blocked; its lanes beyond the output channels are zeros before the epilogue,
    /// or anything if each channel is convolved by itself.
    /// </summary>
    /// <exception cref="ArgumentException">The sizes are none of a convolution, or not <see cref="Admits">admitted</see>.</exception>
    public static void Forward<TEpilogue>(
        WorkerPool pool, in ConvolutionShape shape, ImageLayout input, Pointer<float> x, Pointer<float> packed, Pointer<float> y, in TEpilogue epilogue, ConvolutionBlocking blocking = default)
        where TEpilogue : struct, ITileEpilogue
    {
        Validate(shape, input);
        Run(pool, BlockedProblem.Forward(shape, input), x, packed, y, default, epilogue, blocking);
    }

    /// <summary>
    /// y = the maxima of windows of x ∗ w, as <see cref="BlockedPooling.MaxGather"/> has them, then <paramref name="epilogue"/> on y. The convolution
    /// is kept for some rows at a time only; rows that windows of two such parts share are computed twice.
    /// </summary>
    /// <exception cref="ArgumentException">The sizes are none of a convolution and a pooling of its planes, not <see cref="Admits">admitted</see>, or the window has gaps.</exception>
    public static void ForwardPooled<TEpilogue>(
        WorkerPool pool, in ConvolutionShape shape, in PoolingShape pooling, ImageLayout input, Pointer<float> x, Pointer<float> packed, Pointer<float> y, in TEpilogue epilogue, ConvolutionBlocking blocking = default)
        where TEpilogue : struct, ITileEpilogue
    {
        Validate(shape, input);
        ValidatePooling(shape, pooling);
        if (IsDepthwise(shape))
            throw new ArgumentException($"no pooling with a convolution of each channel by itself: {shape}");
        Run(pool, BlockedProblem.Forward(shape, input, keepsRows: true), x, packed, y, pooling, epilogue, blocking);
    }

    /// <summary>Throws unless <paramref name="pooling"/> is one, without gaps, of the blocked result of a convolution.</summary>
    internal static void ValidatePooling(in ConvolutionShape shape, in PoolingShape pooling)
    {
        pooling.Validate();
        nint planes = shape.Batch * shape.Groups * BlockedProblem.Blocks(shape.OutChannels / shape.Groups);
        if (pooling.Planes != planes || pooling.InHeight != shape.OutHeight || pooling.InWidth != shape.OutWidth || pooling.DilationHeight != 1 || pooling.DilationWidth != 1)
            throw new ArgumentException($"{pooling} does not pool the result of {shape} in windows without gaps");
    }

    /// <summary>The gradient of the input, dx, from that of the output, dy, both blocked; then <paramref name="epilogue"/> on dx.</summary>
    /// <exception cref="ArgumentException">The sizes are none of a convolution, or not <see cref="Admits">admitted</see>.</exception>
    public static void BackwardData<TEpilogue>(
        WorkerPool pool, in ConvolutionShape shape, Pointer<float> dy, Pointer<float> packed, Pointer<float> dx, in TEpilogue epilogue, ConvolutionBlocking blocking = default)
        where TEpilogue : struct, ITileEpilogue
    {
        Validate(shape, ImageLayout.Blocked);
        Run(pool, BlockedProblem.Transpose(shape), dy, packed, dx, default, epilogue, blocking);
    }

    /// <summary>
    /// The gradient of the filter, dw [O, C / groups, KH, KW], from the input x and the gradient dy of the output, which is blocked; summed over the
    /// batch, zeros for an empty one.
    /// </summary>
    /// <exception cref="ArgumentException">The sizes are none of a convolution, or not <see cref="Admits">admitted</see>.</exception>
    public static void BackwardFilter(WorkerPool pool, in ConvolutionShape shape, ImageLayout input, Pointer<float> x, Pointer<float> dy, Pointer<float> dw, ConvolutionBlocking blocking = default)
    {
        Validate(shape, input);
        var problem = BlockedProblem.Forward(shape, input);
        if (Simd.Has512)
            BackwardFilter<TileOfSingle512, Vector512<float>>(pool, problem, x, dy, dw, blocking);
        else if (Simd.Has256)
            BackwardFilter<TileOfSingle256, Vector256<float>>(pool, problem, x, dy, dw, blocking);
        else
            BackwardFilter<TileOfSingle, float>(pool, problem, x, dy, dw, blocking);
    }

    /// <summary>Whether each channel has one filter of its own.</summary>
    internal static bool IsDepthwise(in ConvolutionShape shape) => shape.Groups > 1 && shape.Groups == shape.InChannels && shape.Groups == shape.OutChannels;

    static void Run<TEpilogue>(
        WorkerPool pool, in BlockedProblem problem, Pointer<float> x, Pointer<float> packed, Pointer<float> y, in PoolingShape pooling, in TEpilogue epilogue, ConvolutionBlocking blocking)
        where TEpilogue : struct, ITileEpilogue
    {
        if (Simd.Has512)
            Run<TileOfSingle512, Vector512<float>, TEpilogue>(pool, problem, x, packed, y, pooling, epilogue, blocking);
        else if (Simd.Has256)
            Run<TileOfSingle256, Vector256<float>, TEpilogue>(pool, problem, x, packed, y, pooling, epilogue, blocking);
        else
            Run<TileOfSingle, float, TEpilogue>(pool, problem, x, packed, y, pooling, epilogue, blocking);
    }

    internal static void Run<TOperations, TVector, TEpilogue>(
        WorkerPool pool, in BlockedProblem problem, Pointer<float> x, Pointer<float> packed, Pointer<float> y, in PoolingShape pooling, in TEpilogue epilogue, ConvolutionBlocking blocking = default)
        where TOperations : struct, ITileOperations<TVector, float>
        where TVector : struct
        where TEpilogue : struct, ITileEpilogue
    {
        if (problem.IsDepthwise)
            BlockedDepthwise<TOperations, TVector, TEpilogue>.Run(pool, problem, x, packed, y, epilogue);
        else if (problem.IsFolded)
            BlockedFoldedProduct<TOperations, TVector, TEpilogue>.Run(pool, problem, x, packed, y, epilogue);
        else
            BlockedProduct<TOperations, TVector, TEpilogue>.Run(pool, problem, x, packed, y, pooling, epilogue, blocking);
    }

    internal static void BackwardFilter<TOperations, TVector>(WorkerPool pool, in BlockedProblem problem, Pointer<float> x, Pointer<float> dy, Pointer<float> dw, ConvolutionBlocking blocking = default)
        where TOperations : struct, ITileOperations<TVector, float>
        where TVector : struct
    {
        if (problem.IsDepthwise)
            BlockedDepthwiseGradient<TOperations, TVector>.Run(pool, problem, x, dy, dw);
        else
            BlockedFilterGradient<TOperations, TVector>.Run(pool, problem, x, dy, dw, blocking);
    }

    static void Validate(in ConvolutionShape shape, ImageLayout input)
    {
        shape.Validate();
        if (!Admits(shape, input))
            throw new ArgumentException($"no convolution in blocked layout has these sizes, with {input} input: {shape}");
    }
}
