using NetCompiler.Compiler.Tests.Binding;
using NetCompiler.Graph;
using NetCompiler.Operators;
using Shouldly;

namespace NetCompiler.Compiler.Tests.StandardLibrary;

/// <summary>Evaluates expressions of the language with the float64 reference.</summary>
internal static class LibraryValues
{
    /// <summary>
    /// The shape and the elements of <paramref name="expression"/> over inputs that are called x, y, z. Variables hold 0, 1, 2, …;
    /// symbolic dimensions are <paramref name="symbols"/>.
    /// </summary>
    public static (int[] Dims, double[] Data) Evaluate(
        string expression, (string Type, double[] Data)[] inputs, Dictionary<string, long>? symbols = null)
    {
        string[] names = [.. inputs.Select((_, i) => ((char)('x' + i)).ToString())];
        var network = Bind.Network($$"""
            network Test {
                {{string.Concat(inputs.Select((input, i) => $"input {names[i]} : {input.Type};\n"))}}
                function f({{string.Join(", ", names)}}) -> {{expression}};
            }
            """);
        symbols ??= [];
        var value = network.Functions[0].Outputs[0].Value;
        int[] Dims(Node node) => [.. node.Shape.Dims.Select(dim => (int)dim.Evaluate(symbols))];
        var supplied = new Dictionary<Node, ReferenceTensor>();
        foreach (var node in Node.Reachable([value]))
        {
            int size = Dims(node).Aggregate(1, (product, dim) => product * dim);
            double[]? given = node.Operator switch
            {
                FunctionArgument argument => inputs[Array.IndexOf(names, argument.Argument)].Data,
                VariableRead => [.. Enumerable.Range(0, size).Select(i => (double)i)],
                _ => null,
            };
            if (given is not null)
                supplied[node] = new ReferenceTensor([.. Dims(node)], given);
        }
        var result = ReferenceEvaluator.Evaluate([value], symbols, supplied)[0];
        return ([.. result.Dims], result.Data);
    }

    /// <summary>Compares exactly, NaN with NaN.</summary>
    public static void ShouldBe(this (int[] Dims, double[] Data) actual, int[] dims, params double[] expected)
    {
        actual.Dims.ShouldBe(dims);
        actual.Data.ShouldBe(expected);
    }

    /// <summary>Compares within a few roundings of float64.</summary>
    public static void ShouldBeNearly(this (int[] Dims, double[] Data) actual, int[] dims, params double[] expected)
    {
        actual.Dims.ShouldBe(dims);
        actual.Data.Length.ShouldBe(expected.Length);
        double scale = expected.Where(double.IsFinite).Select(Math.Abs).Append(1).Max();
        for (int i = 0; i < expected.Length; i++)
        {
            (actual.Data[i].Equals(expected[i]) || Math.Abs(actual.Data[i] - expected[i]) <= 64 * Math.Pow(2, -52) * scale)
                .ShouldBeTrue($"element {i} is {actual.Data[i]:R}, not {expected[i]:R}");
        }
    }
}
