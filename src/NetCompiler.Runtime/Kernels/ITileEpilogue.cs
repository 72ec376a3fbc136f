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
