using System;

namespace NetCompiler.Algorithms;

/// <summary>
/// What a product copies of its operands on one thread, in bytes: the rule of the runtime's <c>GemmProduct</c>, for vectors of 512 bits. Tests hold
/// it against what the runtime asks for.
/// </summary>
internal readonly record struct ProductWorkspace(long LeftBytes, long RightBytes)
{
    const long DepthBlockBytes = 2048, BlockBytesLeft = 512 << 10, BlockBytesRight = 1 << 20, SmallBytesRight = 512 << 10, LargeBytesRight = 32 << 20;
    const long CopyingRows = 400, Slack = 16, VectorBytes = 64, MostVectors = 4;

    public long Bytes => LeftBytes + RightBytes;

    /// <summary>A product, or the part of one that a thread computes, whose right operand is not packed.</summary>
    /// <param name="rows">Rows of the part.</param>
    /// <param name="columns">Columns of the part.</param>
    /// <param name="depth">The depth.</param>
    /// <param name="transposesLeft">Whether the left operand lies in memory as its transpose.</param>
    /// <param name="transposesRight">Whether the right operand does.</param>
    /// <param name="blocking">How it is cut; null as the sizes suggest.</param>
    /// <param name="element">The bytes of an element.</param>
    /// <param name="allRows">Rows of the whole product.</param>
    /// <param name="allColumns">Its columns.</param>
    public static ProductWorkspace Of(
        long rows, long columns, long depth, bool transposesLeft, bool transposesRight, BlockedProduct? blocking, long element = 4, long allRows = 0, long allColumns = 0)
    {
        if (rows <= 1 || columns <= 1 || depth <= 0)
            return default;
        long lanes = VectorBytes / element, vectors = (columns + lanes - 1) / lanes, block = DepthOfBlocks(depth, blocking, element);
        long tile = Math.Min(vectors, blocking?.Vectors ?? MostVectorsFor(rows));
        var (panels, largest) = Panels(rows, tile);
        bool leftInPlace = ReadsLeftInPlace(transposesLeft, transposesLeft ? Math.Max(rows, allRows) : depth, largest, vectors, element);
        bool wholeLeft = !leftInPlace && rows * block * element <= BlockBytesLeft;
        long stride = Math.Max(columns, allColumns);
        bool collides = stride * element % 4096 == 0;
        bool copies = !transposesRight && (leftInPlace || wholeLeft) && blocking is null && panels > 2 && rows <= CopyingRows && !collides
            && columns * depth * element is > SmallBytesRight and <= LargeBytesRight;
        bool inPlace = copies || !transposesRight
            && (blocking is null ? panels <= 2 || !collides && columns * Math.Min(block, depth) * element <= BlockBytesRight : !blocking.CopiesRight);
        long widest = Math.Max(1, BlockBytesRight / element / block / lanes / MostVectors) * MostVectors;
        long blocks = (vectors + widest - 1) / widest, width = copies ? tile : (vectors + blocks - 1) / blocks;
        return new(
            leftInPlace ? 0 : ((wholeLeft ? rows : largest) * block + Slack) * element,
            inPlace && !copies ? 0 : (width * lanes * block + Slack) * element);
    }

    /// <summary>The rows of a result that is nowhere stored which are there at a time.</summary>
    /// <inheritdoc cref="Of"/>
    public static long PassingRows(long rows, long columns, long depth, BlockedProduct? blocking, long element = 4)
    {
        long lanes = VectorBytes / element, vectors = (columns + lanes - 1) / lanes;
        return !IsOneBlock(depth, blocking, element) ? rows
            : Panels(rows, Math.Min(vectors, blocking?.Vectors ?? MostVectorsFor(rows))).Largest;
    }

    /// <summary>Whether sums of so many terms are complete before they are written, instead of being added up in the result.</summary>
    /// <inheritdoc cref="Of"/>
    public static bool IsOneBlock(long depth, BlockedProduct? blocking, long element) => depth <= DepthOfBlocks(depth, blocking, element);

    static long MostVectorsFor(long rows) => rows switch { <= 6 => 4, <= 9 => 3, <= 14 => 2, < 448 => 3, _ => 2 };

    /// <summary>A product whose right operand is packed.</summary>
    /// <inheritdoc cref="Of"/>
    public static ProductWorkspace OfPacked(long rows, long columns, long depth, bool transposesLeft, long element = 4, long allRows = 0)
    {
        if (rows <= 0 || columns <= 0 || depth <= 0)
            return default;
        long lanes = VectorBytes / element, block = DepthOfBlocks(depth, null, element);
        long most = Math.Max(1, BlockBytesLeft / 2 / element / Math.Min(depth, block));
        long stride = transposesLeft ? Math.Max(rows, allRows) : depth;
        if (rows > most && columns * depth * element > BlockBytesRight)
            rows = (rows + ((rows + most - 1) / most) - 1) / ((rows + most - 1) / most);
        var (_, largest) = Panels(rows, MostVectors);
        if (ReadsLeftInPlace(transposesLeft, stride, largest, (columns + lanes - 1) / lanes, element))
            return default;
        return new(((rows * block * element <= BlockBytesLeft ? rows : largest) * block + Slack) * element, 0);
    }

    static bool ReadsLeftInPlace(bool transposed, long stride, long largestPanel, long vectors, long element) =>
        transposed ? vectors <= 8 : vectors <= 64 && (largestPanel <= 6 || stride * element % 4096 != 0);

    static (long Count, long Largest) Panels(long rows, long vectors)
    {
        long most = vectors switch { 1 or 2 => 14, 3 => 9, _ => 6 }, count = (rows + most - 1) / most;
        return (count, (rows + count - 1) / count);
    }

    static long DepthOfBlocks(long depth, BlockedProduct? blocking, long element)
    {
        long largest = blocking is { MostDepth: > 0 } ? blocking.MostDepth : DepthBlockBytes / element;
        long blocks = (depth + largest - 1) / largest;
        return ((depth + blocks - 1) / blocks + 15) / 16 * 16;
    }
}
