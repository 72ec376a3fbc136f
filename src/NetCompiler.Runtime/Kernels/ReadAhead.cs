namespace NetCompiler.Runtime;

/// <summary>
/// What the kernels of the blocked layout bring to the cache while they multiply: equal pieces of memory, a fixed step apart, taken in order. The hardware
/// looks ahead within a page only, and the pieces of one band of an image are planes apart.
/// </summary>
unsafe struct ReadAhead
{
    /// <summary>The floats of a cache line.</summary>
    public const int Line = 16;

    readonly nint _length, _step;
    float* _next;
    nint _left, _pieces;

    public ReadAhead(float* first, nint length, nint step, nint pieces)
    {
        _next = first;
        (_length, _step, _left) = (length, step, length);
        _pieces = length > 0 ? Math.Max(0, pieces) : 0;
        Total = length * _pieces;
    }

    /// <summary>The floats of all pieces.</summary>
    public nint Total { get; }

    /// <summary>The next so many floats, fewer where the piece ends; null when all are taken.</summary>
    public float* Take(nint floats)
    {
        if (_pieces == 0)
            return null;
        float* taken = _next;
        _next += floats;
        _left -= floats;
        if (_left <= 0)
        {
            _next += _left - _length + _step;
            _left = _length;
            _pieces--;
        }
        return taken;
    }
}
