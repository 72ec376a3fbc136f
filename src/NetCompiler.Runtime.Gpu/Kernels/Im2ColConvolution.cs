using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// Two-dimensional convolutions of images [N, C, H, W] with filters [O, C / groups, KH, KW], as products of matrices of which the one with
/// the patches of images is read in place and never stored (implicit GEMM: Chetlur et al., "cuDNN: Efficient Primitives for Deep
/// Learning", 2014); the groups are its batch.
/// </summary>
public static partial class Im2ColConvolution
{
    /// <summary>y = the convolution of x with w.</summary>
    public static void Forward(
        GpuDevice device, in ConvolutionShape shape, DevicePointer<float> x, DevicePointer<float> w, DevicePointer<float> y, ProductMethod method = ProductMethod.BySize) =>
        Forward(device, shape, x, w, y, new StorePlanes(y.View, new ConvolutionSizes(shape).OutPositions), method);

    /// <summary>
    /// The convolution of x with w; <paramref name="epilogue"/> takes its elements, the planes of all images as rows and the positions in
    /// them as columns, and y alone is not written.
    /// </summary>
    public static void Forward<TEpilogue>(
        GpuDevice device, in ConvolutionShape shape, DevicePointer<float> x, DevicePointer<float> w, DevicePointer<float> y, TEpilogue epilogue,
        ProductMethod method = ProductMethod.BySize) where TEpilogue : struct, IGpuEpilogue
    {
        ArgumentNullException.ThrowIfNull(device);
        var sizes = new ConvolutionSizes(shape);
        Products.Multiply(
            device, sizes.Groups, sizes.OutOfGroup, sizes.Images * sizes.OutPositions, sizes.FilterSize,
            new ContiguousLines(w.View, sizes.FilterSize, (long)sizes.OutOfGroup * sizes.FilterSize),
            new Patches(x.View, sizes),
            new EndImage<TEpilogue>(epilogue, sizes.OutChannels, sizes.OutPositions, sizes.OutOfGroup),
            method);
    }

    /// <summary>dx = the gradient of the images.</summary>
    public static void BackwardData(
        GpuDevice device, in ConvolutionShape shape, DevicePointer<float> dy, DevicePointer<float> w, DevicePointer<float> dx, ProductMethod method = ProductMethod.BySize) =>
        BackwardData(device, shape, dy, w, dx, new StorePlanes(dx.View, new ConvolutionSizes(shape).InPositions), method);

    /// <summary>
    /// The gradient of the images; <paramref name="epilogue"/> takes its elements, as that of
    /// <see cref="Forward{TEpilogue}(GpuDevice, in ConvolutionShape, DevicePointer{float}, DevicePointer{float}, DevicePointer{float}, TEpilogue, ProductMethod)"/>.
    /// </summary>
    public static void BackwardData<TEpilogue>(
        GpuDevice device, in ConvolutionShape shape, DevicePointer<float> dy, DevicePointer<float> w, DevicePointer<float> dx, TEpilogue epilogue,
        ProductMethod method = ProductMethod.BySize) where TEpilogue : struct, IGpuEpilogue
    {
        ArgumentNullException.ThrowIfNull(device);
        var sizes = new ConvolutionSizes(shape);
        Products.Multiply(
            device, sizes.Groups, sizes.InOfGroup, sizes.Images * sizes.InPositions, sizes.OutOfGroup * sizes.WindowSize,
            new SegmentedLines(w.View, sizes.WindowSize, sizes.FilterSize, sizes.OutOfGroup * sizes.FilterSize),
            new GradientPatches(dy.View, sizes),
            new EndImage<TEpilogue>(epilogue, sizes.InChannels, sizes.InPositions, sizes.InOfGroup),
            method);
    }

    /// <summary>dw = the gradient of the filters.</summary>
    public static void BackwardFilter(GpuDevice device, in ConvolutionShape shape, DevicePointer<float> x, DevicePointer<float> dy, DevicePointer<float> dw, ProductMethod method = ProductMethod.BySize)
    {
        ArgumentNullException.ThrowIfNull(device);
        var sizes = new ConvolutionSizes(shape);
        Products.Multiply(
            device, sizes.Groups, sizes.OutOfGroup, sizes.FilterSize, sizes.Images * sizes.OutPositions,
            new SegmentedLines(dy.View, sizes.OutPositions, sizes.OutChannels * sizes.OutPositions, sizes.OutOfGroup * sizes.OutPositions),
            new PatchesOfFilter(new Patches(x.View, sizes)),
            new StoreMatrix(dw.View, sizes.FilterSize, (long)sizes.OutOfGroup * sizes.FilterSize),
            method);
    }
}

/// <summary>The sizes of a convolution as kernels take them.</summary>
readonly struct ConvolutionSizes
{
    public ConvolutionSizes(in ConvolutionShape shape)
    {
        checked
        {
            (Images, InChannels, OutChannels, Groups) = ((int)shape.Batch, (int)shape.InChannels, (int)shape.OutChannels, (int)shape.Groups);
            (InHeight, InWidth, OutHeight, OutWidth) = ((int)shape.InHeight, (int)shape.InWidth, (int)shape.OutHeight, (int)shape.OutWidth);
            (KernelHeight, KernelWidth) = ((int)shape.KernelHeight, (int)shape.KernelWidth);
            (StrideHeight, StrideWidth, PadTop, PadLeft) = ((int)shape.StrideHeight, (int)shape.StrideWidth, (int)shape.PadTop, (int)shape.PadLeft);
            (DilationHeight, DilationWidth) = ((int)shape.DilationHeight, (int)shape.DilationWidth);
        }
    }

    public readonly int Images, InChannels, OutChannels, Groups;
    public readonly int InHeight, InWidth, OutHeight, OutWidth;
    public readonly int KernelHeight, KernelWidth;
    public readonly int StrideHeight, StrideWidth, PadTop, PadLeft, DilationHeight, DilationWidth;

    public int InOfGroup => InChannels / Groups;

    public int OutOfGroup => OutChannels / Groups;

    public int WindowSize => KernelHeight * KernelWidth;

    public int FilterSize => InOfGroup * WindowSize;

    public int InPositions => InHeight * InWidth;

    public int OutPositions => OutHeight * OutWidth;
}

/// <summary>Ends a product whose rows are the channels of a group and whose columns are the positions of all images.</summary>
struct EndImage<TEpilogue>(TEpilogue epilogue, int channels, int positions, int channelsOfGroup) : IGpuProductEnd where TEpilogue : struct, IGpuEpilogue
{
    TEpilogue _epilogue = epilogue;
    readonly int _channels = channels, _channelsOfGroup = channelsOfGroup;
    readonly Divisor _positions = new(positions);

    public void Store(int part, int batch, int row, int column, float value)
    {
        int image = _positions.Quotient(column);
        _epilogue.Store(image * _channels + batch * _channelsOfGroup + row, column - image * _positions.Value, value);
    }
}

/// <summary>Stores planes one after the other.</summary>
readonly struct StorePlanes(ArrayView<float> result, int positions) : IGpuEpilogue
{
    readonly ArrayView<float> _result = result;
    readonly int _positions = positions;

    public void Store(int row, int column, float value) => _result[(long)row * _positions + column] = value;
}
