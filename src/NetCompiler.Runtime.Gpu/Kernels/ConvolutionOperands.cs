using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>What the windows see: a line for each position of each result image, along it the elements of a filter.</summary>
readonly struct Patches(ArrayView<float> x, ConvolutionSizes sizes) : IGpuOperand, IPatches
{
    // Beyond every image, whatever a window adds to it.
    const int Nowhere = int.MinValue / 2;

    readonly ArrayView<float> _x = x;
    readonly ConvolutionSizes _sizes = sizes;
    readonly Divisor _outHeight = new(sizes.OutHeight), _outWidth = new(sizes.OutWidth);
    readonly Divisor _kernelHeight = new(sizes.KernelHeight), _kernelWidth = new(sizes.KernelWidth);
    readonly int _plane = sizes.InPositions;
    readonly int _image = sizes.InChannels * sizes.InPositions, _group = sizes.InOfGroup * sizes.InPositions;
    // From behind a row of the window to the next one, and from behind the last row to the next channel.
    readonly int _nextRow = sizes.DilationHeight * sizes.InWidth - sizes.KernelWidth * sizes.DilationWidth;
    readonly int _nextChannel = sizes.InPositions - sizes.KernelHeight * sizes.DilationHeight * sizes.InWidth;

    public bool IsContiguousInSum => false;

    public float At(int batch, int line, int place) => At(CornerOf(batch, line, true), WindowOf(place));

    public float At(PatchCorner corner, PlanePosition window)
    {
        int y = corner.Y + window.Row * _sizes.DilationHeight, x = corner.X + window.Column * _sizes.DilationWidth;
        return IsInside(y, x) ? _x[corner.At + ChannelAt(window) + y * _sizes.InWidth + x] : 0f;
    }

    public PatchCorner CornerOf(int batch, int line, bool isThere)
    {
        var corner = CornerOf(line, isThere);
        corner.At += GroupAt(batch);
        return corner;
    }

    /// <summary>Where the window of a result begins; nowhere if there is no such result.</summary>
    public PatchCorner CornerOf(int line, bool isThere)
    {
        var result = new PlanePosition(line, _outHeight, _outWidth);
        int y = result.Row * _sizes.StrideHeight - _sizes.PadTop, x = result.Column * _sizes.StrideWidth - _sizes.PadLeft;
        return new PatchCorner { Y = isThere ? y : Nowhere, X = x, At = result.Plane * _image };
    }

    public PlanePosition WindowOf(int place) => new(place, _kernelHeight, _kernelWidth);

    public int GroupAt(int batch) => batch * _group;

    public int ChannelAt(PlanePosition window) => window.Plane * _plane;

    /// <summary>
    /// Four elements of a filter that follow one another, of which the first <paramref name="count"/> exist, from
    /// <paramref name="row"/> and <paramref name="column"/> of the window on in the plane at <paramref name="at"/>.
    /// </summary>
    public Float4 Four(PatchCorner corner, int row, int column, int at, int count)
    {
        // Branches: loads without them would be moved to where their values are needed, behind the multiplications that are to hide them.
        var element = new PatchElement { Row = row, Column = column, Y = corner.Y + row * _sizes.DilationHeight, X = corner.X + column * _sizes.DilationWidth };
        element.At = at + (element.Y * _sizes.InWidth + element.X);
        Float4 values = default;
        if (count > 0 & IsInside(element.Y, element.X))
            values.X = _x[element.At];
        element = Next(element, corner);
        if (count > 1 & IsInside(element.Y, element.X))
            values.Y = _x[element.At];
        element = Next(element, corner);
        if (count > 2 & IsInside(element.Y, element.X))
            values.Z = _x[element.At];
        element = Next(element, corner);
        if (count > 3 & IsInside(element.Y, element.X))
            values.W = _x[element.At];
        return values;
    }

    PatchElement Next(PatchElement element, PatchCorner corner)
    {
        element.Column++;
        element.X += _sizes.DilationWidth;
        element.At += _sizes.DilationWidth;
        if (element.Column == _sizes.KernelWidth)
        {
            element.Column = 0;
            element.X = corner.X;
            element.Row++;
            element.Y += _sizes.DilationHeight;
            element.At += _nextRow;
            if (element.Row == _sizes.KernelHeight)
            {
                element.Row = 0;
                element.Y = corner.Y;
                element.At += _nextChannel;
            }
        }
        return element;
    }

    // One comparison for both ends: negative numbers are large unsigned ones.
    bool IsInside(int y, int x) => (uint)y < (uint)_sizes.InHeight & (uint)x < (uint)_sizes.InWidth;
}

/// <summary>Patches of images, or of gradients.</summary>
interface IPatches
{
    /// <summary>Where the window of a line begins; nowhere if there is no such line.</summary>
    PatchCorner CornerOf(int batch, int line, bool isThere);

    /// <summary>Where in windows a place is.</summary>
    PlanePosition WindowOf(int place);

    /// <summary>What is seen there.</summary>
    float At(PatchCorner corner, PlanePosition window);
}

/// <summary>Where a window begins: its first row and column, which may lie in the padding, and where its image is in memory.</summary>
struct PatchCorner
{
    public int Y, X, At;
}

/// <summary>An element that a window sees: its row and column in the window and in the image, and where it is in memory.</summary>
struct PatchElement
{
    public int Row, Column, Y, X, At;
}

/// <summary>The patches with lines for the elements of a filter.</summary>
readonly struct PatchesOfFilter(Patches patches) : IGpuOperand
{
    public readonly Patches Patches = patches;

    public bool IsContiguousInSum => true;

    public float At(int batch, int line, int place) => Patches.At(batch, place, line);
}

/// <summary>The results' gradients that reach each position of an input image: along a line the output channels and places of the window.</summary>
readonly struct GradientPatches(ArrayView<float> dy, ConvolutionSizes sizes) : IGpuOperand, IPatches
{
    // Before every image, whatever a window takes off.
    const int Nowhere = int.MinValue / 2;

    readonly ArrayView<float> _dy = dy;
    readonly ConvolutionSizes _sizes = sizes;
    readonly Divisor _inHeight = new(sizes.InHeight), _inWidth = new(sizes.InWidth);
    readonly Divisor _kernelHeight = new(sizes.KernelHeight), _kernelWidth = new(sizes.KernelWidth);
    readonly Divisor _strideHeight = new(sizes.StrideHeight), _strideWidth = new(sizes.StrideWidth);
    readonly int _height = sizes.OutHeight * sizes.StrideHeight, _width = sizes.OutWidth * sizes.StrideWidth, _plane = sizes.OutPositions;
    readonly int _image = sizes.OutChannels * sizes.OutPositions, _group = sizes.OutOfGroup * sizes.OutPositions;

    public bool IsContiguousInSum => false;

    public float At(int batch, int line, int place) => At(CornerOf(batch, line, true), WindowOf(place));

    public float At(PatchCorner corner, PlanePosition window) =>
        At(corner.At + window.Plane * _plane, corner.Y - window.Row * _sizes.DilationHeight, corner.X - window.Column * _sizes.DilationWidth, true);

    public PlanePosition WindowOf(int place) => new(place, _kernelHeight, _kernelWidth);

    /// <summary>The position that the window's first place reaches, in steps of one instead of the stride; nowhere if there is no such line.</summary>
    public PatchCorner CornerOf(int batch, int line, bool isThere)
    {
        var position = new PlanePosition(line, _inHeight, _inWidth);
        return new PatchCorner { Y = isThere ? position.Row + _sizes.PadTop : Nowhere, X = position.Column + _sizes.PadLeft, At = position.Plane * _image + batch * _group };
    }

    /// <summary>Four elements of a line from <paramref name="place"/> on, of which the first <paramref name="count"/> exist.</summary>
    public Float4 Four(PatchCorner corner, int place, int count)
    {
        var window = WindowOf(place);
        var element = new PatchElement
        {
            Row = window.Row, Column = window.Column,
            Y = corner.Y - window.Row * _sizes.DilationHeight, X = corner.X - window.Column * _sizes.DilationWidth,
            At = corner.At + window.Plane * _plane,
        };
        Float4 values = default;
        values.X = At(element.At, element.Y, element.X, count > 0);
        element = Next(element, corner);
        values.Y = At(element.At, element.Y, element.X, count > 1);
        element = Next(element, corner);
        values.Z = At(element.At, element.Y, element.X, count > 2);
        element = Next(element, corner);
        values.W = At(element.At, element.Y, element.X, count > 3);
        return values;
    }

    PatchElement Next(PatchElement element, PatchCorner corner)
    {
        element.Column++;
        element.X -= _sizes.DilationWidth;
        if (element.Column == _sizes.KernelWidth)
        {
            element.Column = 0;
            element.X = corner.X;
            element.Row++;
            element.Y -= _sizes.DilationHeight;
            if (element.Row == _sizes.KernelHeight)
            {
                element.Row = 0;
                element.Y = corner.Y;
                element.At += _plane;
            }
        }
        return element;
    }

    // Quotients of negative numbers are wrong, and not used.
    float At(int plane, int down, int right, bool isThere)
    {
        int row = _strideHeight.Quotient(down), column = _strideWidth.Quotient(right);
        float value = 0f;
        if (isThere & (uint)down < (uint)_height & (uint)right < (uint)_width & row * _sizes.StrideHeight == down & column * _sizes.StrideWidth == right)
            value = _dy[plane + (row * _sizes.OutWidth + column)];
        return value;
    }
}

/// <summary>
/// Matrices whose lines are cut into segments: in memory a segment of each line, [lines, length], then the next one of each. Images are such
/// a matrix, with a line for each channel; and filters, with a line for each input channel.
/// </summary>
readonly struct SegmentedLines(ArrayView<float> values, int length, int segmentStride, int batchStride) : IGpuOperand
{
    readonly ArrayView<float> _values = values;
    readonly Divisor _length = new(length);
    readonly int _segmentStride = segmentStride, _batchStride = batchStride;

    public bool IsContiguousInSum => true;

    public float At(int batch, int line, int place) => _values[LineAt(batch, line) + PlaceAt(place)];

    public int LineAt(int batch, int line) => batch * _batchStride + line * _length.Value;

    public int PlaceAt(int place)
    {
        int segment = _length.Quotient(place);
        return segment * _segmentStride + (place - segment * _length.Value);
    }

    /// <summary>The elements of four lines, of which the first <paramref name="count"/> exist.</summary>
    public Float4 Four(int at, int count)
    {
        Float4 values = default;
        if (count > 0)
            values.X = _values[at];
        if (count > 1)
            values.Y = _values[at + _length.Value];
        if (count > 2)
            values.Z = _values[at + 2 * _length.Value];
        if (count > 3)
            values.W = _values[at + 3 * _length.Value];
        return values;
    }
}
