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
            new FiltersOfInput(w.View, sizes),
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
            new ImageLines(dy.View, sizes.OutChannels, sizes.OutPositions, sizes.OutOfGroup),
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

/// <summary>What the windows see: a line for each position of each result image, along it the elements of a filter.</summary>
readonly struct Patches(ArrayView<float> x, ConvolutionSizes sizes) : IGpuOperand
{
    readonly ArrayView<float> _x = x;
    readonly ConvolutionSizes _sizes = sizes;

    public bool IsContiguousInSum => false;

    public float At(int batch, int line, int place)
    {
        var result = new PlanePosition(line, _sizes.OutHeight, _sizes.OutWidth);
        var window = new PlanePosition(place, _sizes.KernelHeight, _sizes.KernelWidth);
        int y = result.Row * _sizes.StrideHeight - _sizes.PadTop + window.Row * _sizes.DilationHeight;
        int x = result.Column * _sizes.StrideWidth - _sizes.PadLeft + window.Column * _sizes.DilationWidth;
        if (y < 0 || y >= _sizes.InHeight || x < 0 || x >= _sizes.InWidth)
            return 0f;
        long plane = (long)result.Plane * _sizes.InChannels + batch * _sizes.InOfGroup + window.Plane;
        return _x[(plane * _sizes.InHeight + y) * _sizes.InWidth + x];
    }
}

/// <summary>The patches with lines for the elements of a filter.</summary>
readonly struct PatchesOfFilter(Patches patches) : IGpuOperand
{
    readonly Patches _patches = patches;

    public bool IsContiguousInSum => true;

    public float At(int batch, int line, int place) => _patches.At(batch, place, line);
}

/// <summary>Images as a matrix: a line for each channel of a group, along it the positions of all images.</summary>
readonly struct ImageLines(ArrayView<float> values, int channels, int positions, int channelsOfGroup) : IGpuOperand
{
    readonly ArrayView<float> _values = values;
    readonly int _channels = channels, _positions = positions, _channelsOfGroup = channelsOfGroup;

    public bool IsContiguousInSum => true;

    public float At(int batch, int line, int place)
    {
        int image = place / _positions;
        return _values[((long)image * _channels + batch * _channelsOfGroup + line) * _positions + (place - image * _positions)];
    }
}

/// <summary>The filters by input channel: along a line the output channels, and in each the places of the window.</summary>
readonly struct FiltersOfInput(ArrayView<float> w, ConvolutionSizes sizes) : IGpuOperand
{
    readonly ArrayView<float> _w = w;
    readonly ConvolutionSizes _sizes = sizes;

    public bool IsContiguousInSum => true;

    public float At(int batch, int line, int place)
    {
        int filter = place / _sizes.WindowSize;
        return _w[((long)(batch * _sizes.OutOfGroup + filter) * _sizes.InOfGroup + line) * _sizes.WindowSize + (place - filter * _sizes.WindowSize)];
    }
}

/// <summary>The results' gradients that reach each position of an input image: along a line the output channels and places of the window.</summary>
readonly struct GradientPatches(ArrayView<float> dy, ConvolutionSizes sizes) : IGpuOperand
{
    readonly ArrayView<float> _dy = dy;
    readonly ConvolutionSizes _sizes = sizes;

    public bool IsContiguousInSum => false;

    public float At(int batch, int line, int place)
    {
        var position = new PlanePosition(line, _sizes.InHeight, _sizes.InWidth);
        var window = new PlanePosition(place, _sizes.KernelHeight, _sizes.KernelWidth);
        int down = position.Row + _sizes.PadTop - window.Row * _sizes.DilationHeight;
        int right = position.Column + _sizes.PadLeft - window.Column * _sizes.DilationWidth;
        if (down < 0 || right < 0)
            return 0f;
        int row = down / _sizes.StrideHeight, column = right / _sizes.StrideWidth;
        if (row * _sizes.StrideHeight != down || column * _sizes.StrideWidth != right || row >= _sizes.OutHeight || column >= _sizes.OutWidth)
            return 0f;
        long plane = (long)position.Plane * _sizes.OutChannels + batch * _sizes.OutOfGroup + window.Plane;
        return _dy[(plane * _sizes.OutHeight + row) * _sizes.OutWidth + column];
    }
}

/// <summary>Ends a product whose rows are the channels of a group and whose columns are the positions of all images.</summary>
struct EndImage<TEpilogue>(TEpilogue epilogue, int channels, int positions, int channelsOfGroup) : IGpuProductEnd where TEpilogue : struct, IGpuEpilogue
{
    TEpilogue _epilogue = epilogue;
    readonly int _channels = channels, _positions = positions, _channelsOfGroup = channelsOfGroup;

    public void Store(int part, int batch, int row, int column, float value)
    {
        int image = column / _positions;
        _epilogue.Store(image * _channels + batch * _channelsOfGroup + row, column - image * _positions, value);
    }
}

/// <summary>Stores planes one after the other.</summary>
readonly struct StorePlanes(ArrayView<float> result, int positions) : IGpuEpilogue
{
    readonly ArrayView<float> _result = result;
    readonly int _positions = positions;

    public void Store(int row, int column, float value) => _result[(long)row * _positions + column] = value;
}
