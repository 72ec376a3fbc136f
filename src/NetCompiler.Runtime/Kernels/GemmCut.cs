namespace NetCompiler.Runtime;

/// <summary>A range cut into parts no longer than some length.</summary>
readonly struct GemmCut
{
    readonly nint _total, _size, _longer;

    GemmCut(nint total, nint count, nint size, nint longer)
    {
        _total = total;
        Count = count;
        _size = size;
        _longer = longer;
    }

    public nint Count { get; }

    public nint Largest => Size(0);

    /// <summary>Parts of nearly equal length: a lone short one would waste the registers of a full tile.</summary>
    public static GemmCut Evenly(nint total, nint maximum)
    {
        nint count = (total + maximum - 1) / maximum, size = total / count;
        return new(total, count, size, total - size * count);
    }

    /// <summary>Parts of <paramref name="size"/> and a rest.</summary>
    public static GemmCut Every(nint total, nint size) => new(total, (total + size - 1) / size, size, 0);

    public nint Start(nint part) => _size * part + Math.Min(part, _longer);

    public nint Size(nint part) => Math.Min(_size + (part < _longer ? 1 : 0), _total - Start(part));
}
