using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Compiler.Tests.Rewrites;

/// <summary>The float64 reference on drawn inputs.</summary>
static class Evaluation
{
    /// <summary>The values of two nodes for N = <paramref name="n"/> and the same inputs; integers come from 0, 1, 2 and bools from both.</summary>
    public static (ReferenceTensor First, ReferenceTensor Second) Of(Node first, Node second, int n, Func<Random, double> next, int seed)
    {
        var random = new Random(seed);
        var symbols = new Dictionary<string, long> { ["N"] = n };
        var supplied = new Dictionary<Node, ReferenceTensor>();
        foreach (var node in Node.Reachable([first, second]).Where(node => node.Operator is Supplied))
        {
            var tensor = new ReferenceTensor([.. node.Shape.Dims.Select(dim => (int)dim.Evaluate(symbols))]);
            for (int i = 0; i < tensor.Data.Length; i++)
                tensor.Data[i] = node.Element.IsFloat() ? next(random) : random.Next(node.Element == DType.Bool ? 2 : 3);
            supplied.Add(node, tensor);
        }
        var values = ReferenceEvaluator.Evaluate([first, second], symbols, supplied);
        return (values[0], values[1]);
    }

    /// <summary>The value of a node whose only input is one number repeated.</summary>
    public static double At(Node node, double x) => Of(node, node, 3, _ => x, 0).First.Data[0];
}
