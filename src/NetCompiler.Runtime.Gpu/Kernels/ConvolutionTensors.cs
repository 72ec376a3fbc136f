using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>What a thread reads of one line of patches: four places after one another, whose place in the window is found once.</summary>
interface IPatchLine
{
    /// <summary>Goes to a line, or to none.</summary>
    void Begin(int batch, int line, bool isThere);

    /// <summary>The elements from <paramref name="place"/> on, of which the first <paramref name="count"/> exist; zeros for the others.</summary>
    Float4 Four(int place, int count);
}

/// <summary>A line of <see cref="Patches"/>.</summary>
struct PatchLine(Patches patches) : IPatchLine
{
    readonly Patches _patches = patches;
    PatchCorner _corner;

    public void Begin(int batch, int line, bool isThere) => _corner = _patches.CornerOf(batch, line, isThere);

    public readonly Float4 Four(int place, int count)
    {
        var window = _patches.WindowOf(place);
        return _patches.Four(_corner, window.Row, window.Column, _corner.At + _patches.ChannelAt(window), count);
    }
}

/// <summary>A line of <see cref="GradientPatches"/>.</summary>
struct GradientPatchLine(GradientPatches patches) : IPatchLine
{
    readonly GradientPatches _patches = patches;
    PatchCorner _corner;

    public void Begin(int batch, int line, bool isThere) => _corner = _patches.CornerOf(batch, line, isThere);

    public readonly Float4 Four(int place, int count) => _patches.Four(_corner, place, count);
}

/// <summary>Patches whose neighbouring lines are read by neighbouring threads: a thread has one line, and eight words after one another of each slab.</summary>
struct TensorPatches<TLine>(TLine line) : ITensorSource where TLine : struct, IPatchLine
{
    TLine _source = line;
    int _place, _end, _first, _second;
    Float4 _even0, _odd0, _even1, _odd1;

    public readonly bool IsByLine => true;

    public void Begin(int batch, int line0, int lines, int first, int end, int thread, int placesOfWord)
    {
        int line = thread & (TensorLayout.Side - 1), word = thread / TensorLayout.Side * 8;
        _source.Begin(batch, line0 + line, line0 + line < lines);
        _place = first + word * placesOfWord;
        _end = end;
        _first = TensorLayout.ByLine(line, word);
        _second = TensorLayout.ByLine(line, word + 4);
    }

    public void Request<TUnit>(ref TUnit unit, ArrayView<int> shared, int slab) where TUnit : struct, IMatrixUnit
    {
        int count = _end - _place;
        _even0 = _source.Four(_place, count);
        _even1 = _source.Four(_place + 4, count - 4);
        if (unit.PlacesOfWord == 2)
        {
            var third = _source.Four(_place + 8, count - 8);
            var fourth = _source.Four(_place + 12, count - 12);
            _odd0 = new Float4 { X = _even0.Y, Y = _even0.W, Z = _even1.Y, W = _even1.W };
            _even0 = new Float4 { X = _even0.X, Y = _even0.Z, Z = _even1.X, W = _even1.Z };
            _odd1 = new Float4 { X = third.Y, Y = third.W, Z = fourth.Y, W = fourth.W };
            _even1 = new Float4 { X = third.X, Y = third.Z, Z = fourth.X, W = fourth.Z };
        }
        _place += unit.PlacesOfWord * TensorLayout.Words;
    }

    public readonly void Deliver<TUnit>(ref TUnit unit, ArrayView<int> shared, int slab) where TUnit : struct, IMatrixUnit
    {
        unit.Put4(shared, slab + _first, _even0, _odd0);
        unit.Put4(shared, slab + _second, _even1, _odd1);
    }
}

/// <summary>What a thread reads of four lines beside one another: an element of each at a place.</summary>
interface ILineQuad
{
    /// <summary>Goes to the lines from <paramref name="line"/> on, a multiple of 4, of <paramref name="lines"/>.</summary>
    void Begin(int batch, int line, int lines);

    /// <summary>The elements at a place; zeros for lines that are not there.</summary>
    Float4 At(int place);
}

/// <summary>Four lines of <see cref="PatchesOfFilter"/>.</summary>
struct PatchOfFilterQuad(PatchesOfFilter patches) : ILineQuad
{
    readonly Patches _patches = patches.Patches;
    int _at, _row, _column, _lines;

    public void Begin(int batch, int line, int lines)
    {
        var window = _patches.WindowOf(line);
        _lines = lines - line;
        _row = window.Row;
        _column = window.Column;
        _at = _patches.GroupAt(batch) + _patches.ChannelAt(window);
    }

    public readonly Float4 At(int place)
    {
        var corner = _patches.CornerOf(place, true);
        return _patches.Four(corner, _row, _column, corner.At + _at, _lines);
    }
}

/// <summary>Four lines in segments.</summary>
struct SegmentQuad(SegmentedLines values) : ILineQuad
{
    readonly SegmentedLines _values = values;
    int _at, _lines;

    public void Begin(int batch, int line, int lines)
    {
        _lines = lines - line;
        _at = _values.LineAt(batch, line);
    }

    public readonly Float4 At(int place) => _values.Four(_at + _values.PlaceAt(place), _lines);
}

/// <summary>Lines whose neighbouring places are read by neighbouring threads: a thread has a word of each slab, of twice four lines that are 64 apart.</summary>
struct TensorQuads<TQuad>(TQuad quad) : ITensorSource where TQuad : struct, ILineQuad
{
    TQuad _upper = quad, _lower = quad;
    int _place, _end, _target;
    Float4 _upper0, _upper1, _lower0, _lower1;

    public readonly bool IsByLine => false;

    public void Begin(int batch, int line0, int lines, int first, int end, int thread, int placesOfWord)
    {
        int word = thread & (TensorLayout.Words - 1), line = thread / TensorLayout.Words * 4;
        _upper.Begin(batch, line0 + line, lines);
        _lower.Begin(batch, line0 + line + 64, lines);
        _place = first + word * placesOfWord;
        _end = end;
        _target = TensorLayout.ByWord(line, word);
    }

    public void Request<TUnit>(ref TUnit unit, ArrayView<int> shared, int slab) where TUnit : struct, IMatrixUnit
    {
        _upper0 = default;
        _lower0 = default;
        if (_place < _end)
        {
            _upper0 = _upper.At(_place);
            _lower0 = _lower.At(_place);
        }
        if (unit.PlacesOfWord == 2)
        {
            _upper1 = default;
            _lower1 = default;
            if (_place + 1 < _end)
            {
                _upper1 = _upper.At(_place + 1);
                _lower1 = _lower.At(_place + 1);
            }
        }
        _place += unit.PlacesOfWord * TensorLayout.Words;
    }

    public readonly void Deliver<TUnit>(ref TUnit unit, ArrayView<int> shared, int slab) where TUnit : struct, IMatrixUnit
    {
        unit.Put4(shared, slab + _target, _upper0, _upper1);
        unit.Put4(shared, slab + _target + 64, _lower0, _lower1);
    }
}
