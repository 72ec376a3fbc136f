namespace NetCompiler.Algorithms;

/// <summary>When the right operand of a product is packed beforehand, once for many products, which takes as much memory again.</summary>
internal static class ProductPacking
{
    // The limits of rows and bytes are where the two met in products [M, 256..2048] · [256..2048, 128..2048] on a core with AVX-512 and 2 MiB of
    // cache: packed operands gained a third at [16,784]*[784,512] and nothing at [16,64..128]*[64..128,64] or at [2048,256]*[256,1024].

    // A product of more rows spends less than a thirtieth of its time on packing.
    const long MostRows = 1024;

    // Fewer rows read an operand where it lies about as fast.
    const long LeastRows = 4;

    // Fewer columns are one narrow panel, which is read as fast where it lies; and so is a matrix that stays in the nearest cache.
    const long LeastColumns = 16, LeastBytes = 64 << 10;

    // So often a packed operand must be used, if it is packed again at each call.
    const long LeastUses = 4;

    // A larger matrix comes from memory at each use, which takes longer than the arithmetic of few rows.
    const long MostBytes = 16 << 20;

    // So little is held twice for the case that an open number of rows turns out to be large.
    const long MostBytesOfOpenRows = 4 << 20;

    /// <summary>Whether it pays for a product.</summary>
    /// <param name="problem">The product.</param>
    /// <param name="uses">How many products of a call share the operand; null if all calls do, until a variable changes.</param>
    public static bool Pays(ProductProblem problem, long? uses)
    {
        long bytes = 4 * problem.Columns * problem.Depth;
        if (problem.Rows > MostRows || problem.Columns < LeastColumns || bytes < LeastBytes || uses < LeastUses)
            return false;
        return problem.Rows >= LeastRows ? bytes <= MostBytes : !problem.Sizes[0].IsConstant && bytes <= MostBytesOfOpenRows;
    }
}
