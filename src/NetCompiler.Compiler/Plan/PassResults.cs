using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Algorithms;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Plan;

/// <summary>
/// Stores no product that the loops it ends with alone read, such as the gradient of a weight that they update: they take rectangle after
/// rectangle from the cache. A sum of many terms is added up in memory, in blocks, and stays a tensor of the plan.
/// </summary>
internal static class PassResults
{
    /// <param name="steps">The steps of a function, or of the body of a scan.</param>
    /// <param name="kept">What is read after them.</param>
    public static List<Step> Run(List<Step> steps, ISet<Buffer> kept)
    {
        var read = new HashSet<Buffer>(steps.SelectMany(step => step.Reads).OfType<Buffer>());
        return [.. steps.Select(step => step is CallStep call && Pass(call, buffer => read.Contains(buffer) || kept.Contains(buffer)) is { } passing ? passing : step)];
    }

    static CallStep? Pass(CallStep call, System.Func<Buffer, bool> isRead)
    {
        if (call is not { Epilogue: { Parts: 1 } epilogue, Node.Operator: MatMul product } || call.Result.Kind != BufferKind.Temporary
            || epilogue.Result < epilogue.Kernel.Stores.Length || isRead(call.Result) || product.Algorithm == StrassenProduct.StrassenName
            || epilogue.Kernel.Axes.Length != 2 || !IsMatrix(call.Node.Shape) || !SumsAtOnce(product, call.Node))
            return null;
        call.Result.Pass();
        return call with { Epilogue = epilogue with { Kernel = epilogue.Kernel with { Passing = epilogue.Input } } };
    }

    static bool IsMatrix(Shape shape) => Dim.Product(shape.Dims.Take(shape.Rank - 2)).Is(1) && !shape[shape.Rank - 1].Is(1) && !shape[shape.Rank - 2].Is(1);

    static bool SumsAtOnce(MatMul product, Node node)
    {
        var depth = node.Inputs[0].Shape[node.Inputs[0].Shape.Rank - 1];
        long terms = depth.Evaluate(depth.Symbols.Distinct().ToDictionary(symbol => symbol, _ => ConvolutionProblem.TypicalBatch(trains: true)));
        return ProductWorkspace.IsOneBlock(terms, product.Algorithm.Length > 0 ? ProductAlgorithm.Named(product.Algorithm) as BlockedProduct : null, node.Element.Bytes());
    }
}
