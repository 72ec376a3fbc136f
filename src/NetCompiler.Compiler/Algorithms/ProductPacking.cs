using System.Linq;
using NetCompiler.Graph;

namespace NetCompiler.Algorithms;

/// <summary>When the right operand of a product is packed beforehand, once for many products, which takes as much memory again.</summary>
internal static class ProductPacking
{
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
    /// <param name="product">A product a @ b.</param>
    /// <param name="trains">Whether it stands in a function that trains.</param>
    /// <param name="uses">How many products of a call share b; null if all calls do, until a variable changes.</param>
    public static bool Pays(Node product, bool trains, Dim? uses)
    {
        if (product.Shape.Rank != 2 || product.Element is not (DType.F32 or DType.F64) || !product.Shape[1].IsConstant || !product.Inputs[1].Shape[0].IsConstant)
            return false;
        long Typical(Dim size) => size.Evaluate(size.Symbols.Distinct().ToDictionary(symbol => symbol, _ => ConvolutionProblem.TypicalBatch(trains)));

        long rows = Typical(product.Shape[0]), columns = product.Shape[1].Value, bytes = columns * product.Inputs[1].Shape[0].Value * product.Element.Bytes();
        if (rows > MostRows || columns < LeastColumns || bytes < LeastBytes || uses is not null && Typical(uses) < LeastUses)
            return false;
        return rows >= LeastRows ? bytes <= MostBytes : !product.Shape[0].IsConstant && bytes <= MostBytesOfOpenRows;
    }
}
