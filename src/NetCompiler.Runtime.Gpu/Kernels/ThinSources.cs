using ILGPU;

namespace NetCompiler.Runtime.Gpu;

// Loads are without branches, at the last place again instead of beyond it: then all of a block are on their way at once. Addresses are
// carried from step to step: what is not, ILGPU computes anew in each.

/// <summary>Reads a line of a factor, four places at a time: the cursor of one thread.</summary>
interface ILineSource
{
    /// <summary>Goes to a place of a line, a multiple of 4.</summary>
    void Begin(int batch, int line, int place);

    /// <summary>The elements from <paramref name="place"/> on, where it is, before <paramref name="end"/>; zeros from there on. Then it goes on by <paramref name="step"/> places.</summary>
    Float4 Next(int place, int end, int step);
}

/// <summary>Reads four lines of a factor, four places at a time: the cursor of one thread.</summary>
interface IQuadSource
{
    /// <summary>Whether a row of a block is a line, rather than a place of the four lines; a constant. Neighbours in a row are neighbours in memory.</summary>
    bool IsByLine { get; }

    /// <summary>Goes to a place of the lines from <paramref name="line"/> on, both multiples of 4. Of lines from <paramref name="lines"/> on, anything is read.</summary>
    void Begin(int batch, int line, int lines, int place);

    /// <inheritdoc cref="ILineSource.Next"/>
    Block4x4 Next(int place, int end, int step);
}

/// <summary>A line of a matrix whose lines are contiguous, of so many places that four can be read at once up to the end.</summary>
struct VectorLine(ArrayView<Float4> values, long stride, long batchStride) : ILineSource
{
    readonly ArrayView<Float4> _values = values;
    readonly long _stride = stride / 4, _batchStride = batchStride / 4;
    long _at;

    public void Begin(int batch, int line, int place) => _at = batch * _batchStride + line * _stride + (place >> 2);

    public Float4 Next(int place, int end, int step)
    {
        var values = _values[_at];
        _at += step >> 2;
        return values;
    }
}

/// <summary>A line of any factor, element by element.</summary>
struct ElementLine<TOperand>(TOperand operand) : ILineSource where TOperand : struct, IGpuOperand
{
    readonly TOperand _operand = operand;
    int _batch, _line;

    public void Begin(int batch, int line, int place) => (_batch, _line) = (batch, line);

    public readonly Float4 Next(int place, int end, int step)
    {
        int last = end - 1;
        float x = _operand.At(_batch, _line, place), y = _operand.At(_batch, _line, IntrinsicMath.Min(place + 1, last));
        float z = _operand.At(_batch, _line, IntrinsicMath.Min(place + 2, last)), w = _operand.At(_batch, _line, IntrinsicMath.Min(place + 3, last));
        return new Float4 { X = x, Y = place < last ? y : 0f, Z = place + 1 < last ? z : 0f, W = place + 2 < last ? w : 0f };
    }
}

/// <summary>Four lines whose places lie side by side.</summary>
struct FourLines<TLine>(TLine line) : IQuadSource where TLine : struct, ILineSource
{
    TLine _line0 = line, _line1 = line, _line2 = line, _line3 = line;

    public readonly bool IsByLine => true;

    public void Begin(int batch, int line, int lines, int place)
    {
        _line0.Begin(batch, IntrinsicMath.Min(line, lines - 1), place);
        _line1.Begin(batch, IntrinsicMath.Min(line + 1, lines - 1), place);
        _line2.Begin(batch, IntrinsicMath.Min(line + 2, lines - 1), place);
        _line3.Begin(batch, IntrinsicMath.Min(line + 3, lines - 1), place);
    }

    public Block4x4 Next(int place, int end, int step) =>
        new() { Row0 = _line0.Next(place, end, step), Row1 = _line1.Next(place, end, step), Row2 = _line2.Next(place, end, step), Row3 = _line3.Next(place, end, step) };
}

/// <summary>Four lines that lie beside each other and can be read in fours: all distances and the number of lines are multiples of four.</summary>
struct VectorQuads(ArrayView<Float4> values, long stride, long batchStride) : IQuadSource
{
    readonly ArrayView<Float4> _values = values;
    readonly long _stride = stride / 4, _batchStride = batchStride / 4;
    long _at;

    public readonly bool IsByLine => false;

    public void Begin(int batch, int line, int lines, int place) => _at = batch * _batchStride + place * _stride + (line >> 2);

    public Block4x4 Next(int place, int end, int step)
    {
        int last = end - 1;
        bool hasSecond = place < last, hasThird = place + 1 < last, hasFourth = place + 2 < last;
        long second = hasSecond ? _at + _stride : _at, third = hasThird ? second + _stride : second, fourth = hasFourth ? third + _stride : third;
        var block = new Block4x4
        {
            Row0 = _values[_at],
            Row1 = Quads.Where(hasSecond, _values[second]), Row2 = Quads.Where(hasThird, _values[third]), Row3 = Quads.Where(hasFourth, _values[fourth]),
        };
        _at += step * _stride;
        return block;
    }
}

/// <summary>Four lines of any factor that lie beside each other.</summary>
struct ElementQuads<TOperand>(TOperand operand) : IQuadSource where TOperand : struct, IGpuOperand
{
    readonly TOperand _operand = operand;
    int _batch, _line0, _line1, _line2, _line3;

    public readonly bool IsByLine => false;

    public void Begin(int batch, int line, int lines, int place)
    {
        _batch = batch;
        _line0 = IntrinsicMath.Min(line, lines - 1);
        _line1 = IntrinsicMath.Min(line + 1, lines - 1);
        _line2 = IntrinsicMath.Min(line + 2, lines - 1);
        _line3 = IntrinsicMath.Min(line + 3, lines - 1);
    }

    public readonly Block4x4 Next(int place, int end, int step)
    {
        int last = end - 1;
        return new()
        {
            Row0 = Place(place),
            Row1 = Quads.Where(place < last, Place(IntrinsicMath.Min(place + 1, last))),
            Row2 = Quads.Where(place + 1 < last, Place(IntrinsicMath.Min(place + 2, last))),
            Row3 = Quads.Where(place + 2 < last, Place(IntrinsicMath.Min(place + 3, last))),
        };
    }

    readonly Float4 Place(int place) => new()
    {
        X = _operand.At(_batch, _line0, place), Y = _operand.At(_batch, _line1, place), Z = _operand.At(_batch, _line2, place), W = _operand.At(_batch, _line3, place),
    };
}

/// <summary>Patches, or those of gradients: the windows of four lines are found once, and each place in them once for the four.</summary>
struct FourPatches<TPatches>(TPatches patches) : IQuadSource where TPatches : struct, IPatches
{
    readonly TPatches _patches = patches;
    PatchCorner _corner0, _corner1, _corner2, _corner3;

    public readonly bool IsByLine => false;

    public void Begin(int batch, int line, int lines, int place)
    {
        _corner0 = _patches.CornerOf(batch, line, line < lines);
        _corner1 = _patches.CornerOf(batch, line + 1, line + 1 < lines);
        _corner2 = _patches.CornerOf(batch, line + 2, line + 2 < lines);
        _corner3 = _patches.CornerOf(batch, line + 3, line + 3 < lines);
    }

    public readonly Block4x4 Next(int place, int end, int step)
    {
        int last = end - 1;
        return new()
        {
            Row0 = Place(place),
            Row1 = Quads.Where(place < last, Place(IntrinsicMath.Min(place + 1, last))),
            Row2 = Quads.Where(place + 1 < last, Place(IntrinsicMath.Min(place + 2, last))),
            Row3 = Quads.Where(place + 2 < last, Place(IntrinsicMath.Min(place + 3, last))),
        };
    }

    readonly Float4 Place(int place)
    {
        var window = _patches.WindowOf(place);
        return new() { X = _patches.At(_corner0, window), Y = _patches.At(_corner1, window), Z = _patches.At(_corner2, window), W = _patches.At(_corner3, window) };
    }
}

/// <summary>Patches with lines for the elements of a filter: the reverse of <see cref="FourPatches{TPatches}"/>.</summary>
struct FourPlacesOfPatches(PatchesOfFilter patches) : IQuadSource
{
    readonly Patches _patches = patches.Patches;
    int _batch;
    PlanePosition _window0, _window1, _window2, _window3;

    public readonly bool IsByLine => true;

    public void Begin(int batch, int line, int lines, int place)
    {
        _batch = batch;
        _window0 = _patches.WindowOf(IntrinsicMath.Min(line, lines - 1));
        _window1 = _patches.WindowOf(IntrinsicMath.Min(line + 1, lines - 1));
        _window2 = _patches.WindowOf(IntrinsicMath.Min(line + 2, lines - 1));
        _window3 = _patches.WindowOf(IntrinsicMath.Min(line + 3, lines - 1));
    }

    public readonly Block4x4 Next(int place, int end, int step)
    {
        var corner0 = _patches.CornerOf(_batch, place, true);
        var corner1 = _patches.CornerOf(_batch, place + 1, place + 1 < end);
        var corner2 = _patches.CornerOf(_batch, place + 2, place + 2 < end);
        var corner3 = _patches.CornerOf(_batch, place + 3, place + 3 < end);
        return new()
        {
            Row0 = Line(_window0, corner0, corner1, corner2, corner3),
            Row1 = Line(_window1, corner0, corner1, corner2, corner3),
            Row2 = Line(_window2, corner0, corner1, corner2, corner3),
            Row3 = Line(_window3, corner0, corner1, corner2, corner3),
        };
    }

    readonly Float4 Line(PlanePosition window, PatchCorner corner0, PatchCorner corner1, PatchCorner corner2, PatchCorner corner3) =>
        new() { X = _patches.At(corner0, window), Y = _patches.At(corner1, window), Z = _patches.At(corner2, window), W = _patches.At(corner3, window) };
}

static class Quads
{
    /// <summary>The values, or zeros.</summary>
    public static Float4 Where(bool isThere, Float4 values) =>
        new() { X = isThere ? values.X : 0f, Y = isThere ? values.Y : 0f, Z = isThere ? values.Z : 0f, W = isThere ? values.W : 0f };
}
