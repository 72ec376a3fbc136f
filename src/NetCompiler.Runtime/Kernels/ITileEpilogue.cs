namespace NetCompiler.Runtime;

/// <summary>
/// What is done to the elements of a product or convolution as soon as they are final and still in the cache: a bias, an activation, a
/// residual. A struct, so that the kernels that take it as a type argument call it directly.
/// </summary>
/// <remarks>
/// The result is seen as a row-major matrix. Of a product it is C, the matrices of a batch below each other; of a convolution in
/// blocked layout [N, C/16, H, W, 16] it has a row for each position and 16 columns. Each element is in exactly one rectangle; rectangles
/// are finished in any order, by several threads.
/// </remarks>
public interface ITileEpilogue
{
    /// <summary>Whether there is nothing to do; a constant of the type.</summary>
    static virtual bool IsNone => false;

    /// <summary>Finishes the rectangle that starts at (<paramref name="row"/>, <paramref name="column"/>).</summary>
    void Run(nint row, nint rows, nint column, nint columns);

    /// <summary>Whether nobody else sees the result, which then lies in memory of the kernel, some rows at a time; a constant of the type.</summary>
    internal static virtual bool OwnsResult => false;

    /// <summary>Finishes a rectangle of a result of its own, whose first element, or where that would be, is at <paramref name="result"/>.</summary>
    internal void Take(nint result, nint row, nint rows, nint column, nint columns) => throw new InvalidOperationException();

    /// <summary>Asks for what is read at a rectangle of a result of its own, while that is computed.</summary>
    internal void Fetch(nint row, nint rows, nint column, nint columns) => throw new InvalidOperationException();
}

/// <summary>
/// What alone sees the elements of a product, such as the update of the weight whose gradient it is: they are never stored all together.
/// A struct, as an <see cref="ITileEpilogue"/>.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
public interface ITileConsumer<T> where T : unmanaged
{
    /// <summary>Takes a rectangle, whose element (r, c) is at <paramref name="result"/>[r · n + c], where n is the number of columns of the product.</summary>
    void Run(Pointer<T> result, nint row, nint rows, nint column, nint columns);

    /// <summary>Asks for what it reads at a rectangle that is being computed, so that it need not wait for it.</summary>
    void Fetch(nint row, nint rows, nint column, nint columns);
}

/// <summary>The epilogue of a result that is left as it is.</summary>
public readonly struct NoEpilogue : ITileEpilogue
{
    /// <inheritdoc/>
    public static bool IsNone => true;

    /// <inheritdoc/>
    public void Run(nint row, nint rows, nint column, nint columns)
    {
    }
}
