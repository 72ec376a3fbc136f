using System.Collections.Immutable;
using NetCompiler.Compiler.Tests.Binding;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Passes;
using Shouldly;

namespace NetCompiler.Compiler.Tests.Scans;

/// <summary>Evaluates functions by the reference: what has one name has the same values in every network.</summary>
static class Recurrent
{
    /// <summary>All results and updates of the function f, for N = 2 and so many steps.</summary>
    public static double[][] Values(string text, int steps, bool optimised = false, string? after = null)
    {
        var network = Bind.Network(text);
        var function = network.Functions[0];
        if (optimised)
        {
            function = Pipeline.Run(network, function, after);
            Verify.Problems(network, function).ShouldBeEmpty();
        }
        ImmutableArray<Node> roots = [.. function.Outputs.Select(output => output.Value), .. function.Updates.Select(update => update.Value)];
        var symbols = new Dictionary<string, long> { ["N"] = 2, ["T"] = steps };
        var supplied = new Dictionary<Node, ReferenceTensor>();
        foreach (var node in Node.Reachable(roots).Where(node => node.Operator is Supplied))
            supplied.Add(node, Drawn(node, symbols));
        return [.. ReferenceEvaluator.Evaluate(roots, symbols, supplied).Select(value => value.Data)];
    }

    static ReferenceTensor Drawn(Node node, Dictionary<string, long> symbols)
    {
        string name = node.Operator is VariableRead read ? read.Variable.Name : ((FunctionArgument)node.Operator).Argument;
        var random = new Random(name.Aggregate(17, (hash, c) => unchecked(hash * 31 + c)));
        var tensor = new ReferenceTensor([.. node.Shape.Dims.Select(dim => (int)dim.Evaluate(symbols))]);
        for (int i = 0; i < tensor.Data.Length; i++)
            tensor.Data[i] = node.Element.IsFloat() ? random.NextDouble() * 2 - 1 : random.Next(2);
        return tensor;
    }

    /// <summary>Two programs that compute the same: differences are rounding, of which few terms are added.</summary>
    public static void ShouldAgree(double[][] actual, double[][] expected)
    {
        actual.Length.ShouldBe(expected.Length);
        expected.ShouldContain(values => values.Any(value => value != 0));
        for (int i = 0; i < expected.Length; i++)
        {
            actual[i].Length.ShouldBe(expected[i].Length);
            for (int k = 0; k < expected[i].Length; k++)
                actual[i][k].ShouldBe(expected[i][k], 1e-11 * (1 + Math.Abs(expected[i][k])), $"result {i}, element {k}");
        }
    }
}
