namespace NetCompiler.Runtime;

/// <summary>
/// One factor of a product, as the blocked algorithm sees it: elements (index, p), where the index is a row of A or a column of B and p is
/// the position along the depth.
/// </summary>
unsafe interface IGemmOperand<T> where T : unmanaged
{
    /// <summary>The positions along the depth that are best packed before going on to the next panel.</summary>
    nint StepsPackedAtOnce { get; }

    /// <summary>
    /// panel[q · padded + i] = element (start + i, p + q) for i &lt; count and q &lt; depth; anything finite or 0 for count ≤ i &lt; padded.
    /// Up to <see cref="GemmPacking.Slack"/> elements behind the panel may be overwritten.
    /// </summary>
    void Pack(nint start, int count, int padded, nint p, nint depth, T* panel);

    /// <summary>Where the elements are if they lie in memory in rows; else null.</summary>
    /// <param name="stride">Elements from one row to the next.</param>
    /// <param name="alongDepth">Whether rows run along the depth: element (index, p) at index · stride + p, else at p · stride + index.</param>
    T* InPlace(out nint stride, out bool alongDepth);
}

/// <summary>A matrix in memory: element (index, p) lies at index · stride + p if memory runs along the depth, else at p · stride + index.</summary>
readonly unsafe struct MatrixOperand<T>(Pointer<T> data, nint stride, bool alongDepth) : IGemmOperand<T> where T : unmanaged
{
    // Stored rows are read a few at a time: memory likes to be read from end to end of a row, but each write to a panel should be
    // a few lines long.
    const int RowsAtOnce = 8;

    public nint StepsPackedAtOnce => alongDepth ? nint.MaxValue : RowsAtOnce;

    public void Pack(nint start, int count, int padded, nint p, nint depth, T* panel)
    {
        if (alongDepth)
            GemmPacking.Transpose((T*)data.Address + start * stride + p, stride, count, padded, depth, panel);
        else
            GemmPacking.Copy((T*)data.Address + p * stride + start, stride, count, padded, depth, panel);
    }

    public T* InPlace(out nint step, out bool isAlongDepth)
    {
        (step, isAlongDepth) = (stride, alongDepth);
        return (T*)data.Address;
    }
}
