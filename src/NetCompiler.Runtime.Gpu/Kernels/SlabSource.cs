using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// Brings a factor into shared memory, slab by slab: four elements of each slab for each of 256 threads. It is the cursor of one thread,
/// which fetches into registers, so that a slab may be on its way while another is multiplied. In shared memory the lines of a slab lie
/// beside each other, one place of the sum after the other.
/// </summary>
interface ISlabSource
{
    /// <summary>Goes to the thread's elements of the first slab.</summary>
    /// <param name="batch">Which matrix.</param>
    /// <param name="line0">The first line of the tile.</param>
    /// <param name="lines">The lines of the matrix.</param>
    /// <param name="first">The first place of the slab.</param>
    /// <param name="thread">The thread, and 256 more for its second four elements.</param>
    /// <param name="tile">The lines of a tile, a constant and a power of two.</param>
    /// <param name="depth">The places of a slab, a constant and a power of two.</param>
    void Begin(int batch, int line0, int lines, int first, int thread, int tile, int depth);

    /// <summary>The thread's elements of this slab, zeros beyond the matrix and from place <paramref name="end"/> on; then it is at the next slab.</summary>
    Float4 Fetch(int end, int tile, int depth);

    /// <summary>Puts elements fetched before to their places.</summary>
    /// <param name="slab">The slab of shared memory as floats.</param>
    /// <param name="at">The place of the slab's first element in it, a multiple of 4.</param>
    /// <param name="values">What was fetched.</param>
    /// <param name="tile">As above.</param>
    /// <param name="depth">As above.</param>
    void Put(ArrayView<Float4> slab, int at, Float4 values, int tile, int depth);
}

/// <summary>Any factor, element by element.</summary>
struct Elements<TOperand>(TOperand operand) : ISlabSource where TOperand : struct, IGpuOperand
{
    readonly TOperand _operand = operand;
    int _batch, _line, _lines, _place, _lineInTile, _placeInSlab;

    public void Begin(int batch, int line0, int lines, int first, int thread, int tile, int depth)
    {
        int inSlab = thread & (ProductThreads.Count - 1), slot = thread / ProductThreads.Count;
        // Threads of a warp read neighbours in memory.
        _lineInTile = _operand.IsContiguousInSum ? inSlab / depth + slot * (4 * ProductThreads.Count / depth) : inSlab & (tile - 1);
        _placeInSlab = _operand.IsContiguousInSum ? inSlab & (depth - 1) : inSlab / tile + slot * (4 * ProductThreads.Count / tile);
        _batch = batch;
        _line = line0 + _lineInTile;
        _lines = lines;
        _place = first + _placeInSlab;
    }

    public Float4 Fetch(int end, int tile, int depth)
    {
        Float4 values = default;
        int lines = LineStep(depth), places = PlaceStep(tile);
        values.X = At(0, 0, end);
        values.Y = At(lines, places, end);
        values.Z = At(2 * lines, 2 * places, end);
        values.W = At(3 * lines, 3 * places, end);
        _place += depth;
        return values;
    }

    public void Put(ArrayView<Float4> slab, int at, Float4 values, int tile, int depth)
    {
        int pitch = tile + ProductThreads.Padding, step = LineStep(depth) + PlaceStep(tile) * pitch;
        var floats = slab.Cast<float>().SubView(at + _placeInSlab * pitch + _lineInTile);
        floats[0] = values.X;
        floats[step] = values.Y;
        floats[2 * step] = values.Z;
        floats[3 * step] = values.W;
    }

    readonly int LineStep(int depth) => _operand.IsContiguousInSum ? ProductThreads.Count / depth : 0;

    readonly int PlaceStep(int tile) => _operand.IsContiguousInSum ? 0 : ProductThreads.Count / tile;

    readonly float At(int line, int place, int end) =>
        _line + line < _lines && _place + place < end ? _operand.At(_batch, _line + line, _place + place) : 0f;
}

/// <summary>A matrix whose lines are contiguous and can be read in fours: all distances and the number of places are multiples of four.</summary>
struct ContiguousVectors(ArrayView<Float4> values, int stride, int batchStride) : ISlabSource
{
    readonly ArrayView<Float4> _values = values;
    readonly int _stride = stride / 4, _batchStride = batchStride / 4;
    int _at, _place, _isLine, _lineInTile, _placeInSlab;

    public void Begin(int batch, int line0, int lines, int first, int thread, int tile, int depth)
    {
        // Two neighbours read a sector of 32 bytes; the other 30 threads of a warp the next lines, whose stores then meet different banks.
        _lineInTile = thread / 2 & (tile - 1);
        _placeInSlab = (thread & 1) * 4 + thread / (2 * tile) * 8;
        _place = first + _placeInSlab;
        _isLine = line0 + _lineInTile < lines ? 1 : 0;
        _at = batch * _batchStride + (line0 + _lineInTile) * _stride + _place / 4;
    }

    public Float4 Fetch(int end, int tile, int depth)
    {
        // A branch: a load without one would be moved to where its value is needed, behind the multiplications that are to hide it.
        Float4 values = default;
        if (_isLine != 0 & _place < end)
            values = _values[_at];
        _place += depth;
        _at += depth / 4;
        return values;
    }

    public readonly void Put(ArrayView<Float4> slab, int at, Float4 values, int tile, int depth)
    {
        int pitch = tile + ProductThreads.Padding;
        var floats = slab.Cast<float>().SubView(at + _placeInSlab * pitch + _lineInTile);
        floats[0] = values.X;
        floats[pitch] = values.Y;
        floats[2 * pitch] = values.Z;
        floats[3 * pitch] = values.W;
    }
}

/// <summary>A matrix whose neighbouring lines are beside each other and can be read in fours: all distances and the number of lines are multiples of four.</summary>
struct InterleavedVectors(ArrayView<Float4> values, int stride, int batchStride) : ISlabSource
{
    readonly ArrayView<Float4> _values = values;
    readonly int _stride = stride / 4, _batchStride = batchStride / 4;
    int _at, _place, _isLine, _quadInTile, _placeInSlab;

    public void Begin(int batch, int line0, int lines, int first, int thread, int tile, int depth)
    {
        _quadInTile = thread & (tile / 4 - 1);
        _placeInSlab = thread / (tile / 4);
        _place = first + _placeInSlab;
        _isLine = line0 + 4 * _quadInTile < lines ? 1 : 0;
        _at = batch * _batchStride + _place * _stride + line0 / 4 + _quadInTile;
    }

    public Float4 Fetch(int end, int tile, int depth)
    {
        // A branch: a load without one would be moved to where its value is needed, behind the multiplications that are to hide it.
        Float4 values = default;
        if (_isLine != 0 & _place < end)
            values = _values[_at];
        _place += depth;
        _at += depth * _stride;
        return values;
    }

    public readonly void Put(ArrayView<Float4> slab, int at, Float4 values, int tile, int depth) =>
        slab[at / 4 + _placeInSlab * ((tile + ProductThreads.Padding) / 4) + _quadInTile] = values;
}
