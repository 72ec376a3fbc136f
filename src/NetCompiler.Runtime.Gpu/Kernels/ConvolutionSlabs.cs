using ILGPU;

namespace NetCompiler.Runtime.Gpu;

// A thread has four neighbours of that side along which threads of a warp are not neighbours: what they share is taken apart once a slab.

/// <summary>Patches: a thread has one line, and four places after one another of each slab.</summary>
struct PatchSlabs(Patches patches) : ISlabSource
{
    readonly Patches _patches = patches;
    PatchCorner _corner;
    int _place, _lineInTile, _placeInSlab;

    public void Begin(int batch, int line0, int lines, int first, int thread, int tile, int depth)
    {
        _lineInTile = thread & (tile - 1);
        _placeInSlab = thread / tile * 4;
        _place = first + _placeInSlab;
        _corner = _patches.CornerOf(line0 + _lineInTile, line0 + _lineInTile < lines);
        _corner.At += _patches.GroupAt(batch);
    }

    public Float4 Fetch(int end, int tile, int depth)
    {
        var window = _patches.WindowOf(_place);
        var values = _patches.Four(_corner, window.Row, window.Column, _corner.At + _patches.ChannelAt(window), end - _place);
        _place += depth;
        return values;
    }

    public readonly void Put(ArrayView<Float4> slab, int at, Float4 values, int tile, int depth) =>
        SlabPlaces.PutPlaces(slab, at, values, tile, _lineInTile, _placeInSlab);
}

/// <summary>Patches of gradients: as <see cref="PatchSlabs"/>.</summary>
struct GradientPatchSlabs(GradientPatches patches) : ISlabSource
{
    readonly GradientPatches _patches = patches;
    PatchCorner _corner;
    int _place, _lineInTile, _placeInSlab;

    public void Begin(int batch, int line0, int lines, int first, int thread, int tile, int depth)
    {
        _lineInTile = thread & (tile - 1);
        _placeInSlab = thread / tile * 4;
        _place = first + _placeInSlab;
        _corner = _patches.CornerOf(batch, line0 + _lineInTile, line0 + _lineInTile < lines);
    }

    public Float4 Fetch(int end, int tile, int depth)
    {
        var values = _patches.Four(_corner, _place, end - _place);
        _place += depth;
        return values;
    }

    public readonly void Put(ArrayView<Float4> slab, int at, Float4 values, int tile, int depth) =>
        SlabPlaces.PutPlaces(slab, at, values, tile, _lineInTile, _placeInSlab);
}

/// <summary>Patches with lines for the elements of a filter: a thread has four lines beside one another, and one place of each slab.</summary>
struct PatchOfFilterSlabs(PatchesOfFilter patches) : ISlabSource
{
    readonly Patches _patches = patches.Patches;
    int _at, _row, _column, _lines, _place, _quadInTile, _placeInSlab;

    public void Begin(int batch, int line0, int lines, int first, int thread, int tile, int depth)
    {
        _quadInTile = thread / depth;
        _placeInSlab = thread & (depth - 1);
        _place = first + _placeInSlab;
        int line = line0 + 4 * _quadInTile;
        _lines = lines - line;
        var window = _patches.WindowOf(line);
        _row = window.Row;
        _column = window.Column;
        _at = _patches.GroupAt(batch) + _patches.ChannelAt(window);
    }

    public Float4 Fetch(int end, int tile, int depth)
    {
        var corner = _patches.CornerOf(_place, _place < end);
        var values = _patches.Four(corner, _row, _column, corner.At + _at, _lines);
        _place += depth;
        return values;
    }

    public readonly void Put(ArrayView<Float4> slab, int at, Float4 values, int tile, int depth) =>
        SlabPlaces.PutLines(slab, at, values, tile, _quadInTile, _placeInSlab);
}

/// <summary>Lines in segments: as <see cref="PatchOfFilterSlabs"/>.</summary>
struct SegmentSlabs(SegmentedLines values) : ISlabSource
{
    readonly SegmentedLines _values = values;
    int _at, _lines, _place, _quadInTile, _placeInSlab;

    public void Begin(int batch, int line0, int lines, int first, int thread, int tile, int depth)
    {
        _quadInTile = thread / depth;
        _placeInSlab = thread & (depth - 1);
        _place = first + _placeInSlab;
        _lines = lines - (line0 + 4 * _quadInTile);
        _at = _values.LineAt(batch, line0 + 4 * _quadInTile);
    }

    public Float4 Fetch(int end, int tile, int depth)
    {
        var values = _values.Four(_at + _values.PlaceAt(_place), _place < end ? _lines : 0);
        _place += depth;
        return values;
    }

    public readonly void Put(ArrayView<Float4> slab, int at, Float4 values, int tile, int depth) =>
        SlabPlaces.PutLines(slab, at, values, tile, _quadInTile, _placeInSlab);
}

/// <summary>Stores of four elements into a slab; those of a warp meet different banks.</summary>
static class SlabPlaces
{
    /// <summary>Four places of a line.</summary>
    public static void PutPlaces(ArrayView<Float4> slab, int at, Float4 values, int tile, int line, int place)
    {
        int pitch = tile + ProductThreads.Padding;
        var floats = slab.Cast<float>().SubView(at + place * pitch + line);
        floats[0] = values.X;
        floats[pitch] = values.Y;
        floats[2 * pitch] = values.Z;
        floats[3 * pitch] = values.W;
    }

    /// <summary>A place of four lines.</summary>
    public static void PutLines(ArrayView<Float4> slab, int at, Float4 values, int tile, int quad, int place) =>
        slab[at / 4 + place * ((tile + ProductThreads.Padding) / 4) + quad] = values;
}
