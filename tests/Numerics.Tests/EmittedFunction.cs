using System.Globalization;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Runtime;

namespace NetCompiler.Numerics.Tests;

/// <summary>Calls a compiled function with the values of a reference evaluation and compares the results.</summary>
internal static class EmittedFunction
{
    /// <summary>
    /// The first result of <paramref name="network"/> that is further from the float64 reference than <paramref name="roundings"/>
    /// roundings of the largest value of its tensor (at least 1); null if there is none.
    /// </summary>
    /// <param name="network">The compiled network; its variables take the values that are supplied for them.</param>
    /// <param name="function">The function, whose outputs say what is expected.</param>
    /// <param name="supplied">The values of arguments and variables.</param>
    /// <param name="symbols">The value of each symbolic dimension.</param>
    /// <param name="roundings">The error that the length of the computation explains, in units of half an ulp.</param>
    public static string? Difference(
        Network network, FunctionModel function, IReadOnlyDictionary<Node, ReferenceTensor> supplied, IReadOnlyDictionary<string, long> symbols, double roundings)
    {
        var outputs = function.Outputs.Select(output => (output.Name, output.Value)).ToList();
        var updates = function.Updates.Select(update => (update.Variable.Name, update.Value)).ToList();
        var expected = ReferenceEvaluator.Evaluate([.. outputs.Concat(updates).Select(result => result.Value)], symbols, supplied);

        foreach (var (leaf, value) in supplied)
        {
            if (leaf.Operator is VariableRead read)
                Fill(network[read.Variable.Name], value);
        }
        var byName = supplied.Where(pair => pair.Key.Operator is FunctionArgument)
            .ToDictionary(pair => ((FunctionArgument)pair.Key.Operator).Argument, pair => pair);
        var signature = network.Functions.Single(candidate => candidate.Name == function.Name);
        object[] arguments = [.. signature.Inputs.Select(input =>
            byName.TryGetValue(input.Name, out var given) ? Box(given.Value, given.Key.Type) : (int)symbols[input.Name])];
        var actual = network.Invoke(function.Name, arguments);

        // Wherever a computation passes through f32 it is as coarse as f32.
        var nodes = Node.Reachable(outputs.Concat(updates).Select(result => result.Value));
        double unit = nodes.Any(node => node.Element == DType.F32) ? Math.Pow(2, -24) : Math.Pow(2, -53);
        for (int i = 0; i < outputs.Count; i++)
        {
            if (Difference(Unbox(actual[i]), expected[i].Data, outputs[i].Value.Element.IsFloat() ? roundings * unit : 0) is { } difference)
                return $"{outputs[i].Name}{difference}";
        }
        for (int i = 0; i < updates.Count; i++)
        {
            if (Difference(Read(network[updates[i].Name]), expected[outputs.Count + i].Data, roundings * unit) is { } difference)
                return $"{updates[i].Name}{difference}";
        }
        return null;
    }

    /// <summary>
    /// Random values for the arguments and variables that a function reads: floats from -0.5 to 0.5, whole numbers below
    /// <paramref name="wholeNumbers"/>.
    /// </summary>
    public static Dictionary<Node, ReferenceTensor> Draw(FunctionModel function, IReadOnlyDictionary<string, long> symbols, int seed, int wholeNumbers)
    {
        var random = new Random(seed);
        double Next(DType element) => element.IsFloat() ? random.NextDouble() - 0.5 : random.Next(wholeNumbers);
        var drawn = new Dictionary<Node, ReferenceTensor>();
        foreach (var leaf in Node.Reachable([.. function.Outputs.Select(output => output.Value), .. function.Updates.Select(update => update.Value)]))
        {
            if (leaf.Operator is not (FunctionArgument or VariableRead))
                continue;
            int[] dims = [.. leaf.Shape.Dims.Select(dim => (int)dim.Evaluate(symbols))];
            int count = dims.Aggregate(1, (product, dim) => product * dim);
            drawn.Add(leaf, Round(new ReferenceTensor([.. dims], [.. Enumerable.Range(0, count).Select(_ => Next(leaf.Element))]), leaf.Element));
        }
        return drawn;
    }

    /// <summary>The values as the element type holds them.</summary>
    public static ReferenceTensor Round(ReferenceTensor tensor, DType element) =>
        element == DType.F32 ? new ReferenceTensor(tensor.Dims, [.. tensor.Data.Select(value => (double)(float)value)]) : tensor;

    static string? Difference(double[] actual, double[] expected, double tolerance)
    {
        if (actual.Length != expected.Length)
            return $" has {actual.Length} values instead of {expected.Length}";
        double scale = expected.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
        for (int i = 0; i < actual.Length; i++)
        {
            bool same = actual[i].Equals(expected[i]) || Math.Abs(actual[i] - expected[i]) <= tolerance * Math.Max(1, scale);
            if (!same)
                return $"[{i}] is {actual[i]:R} instead of {expected[i]:R}";
        }
        return null;
    }

    /// <summary>Gives a variable these values.</summary>
    public static void Fill(Runtime.Variable variable, ReferenceTensor value)
    {
        switch (variable)
        {
            case Variable<float> single:
                for (int i = 0; i < value.Data.Length; i++)
                    single.Span[i] = (float)value.Data[i];
                break;
            case Variable<double> exact:
                value.Data.CopyTo(exact.Span);
                break;
            default:
                throw new NotSupportedException($"no test sets a variable of type {variable.ElementType}");
        }
    }

    /// <summary>The values of a variable.</summary>
    public static double[] Read(Runtime.Variable variable) => variable switch
    {
        Variable<float> single => [.. single.Span.ToArray().Select(x => (double)x)],
        Variable<double> exact => exact.Span.ToArray(),
        _ => throw new NotSupportedException($"no test reads a variable of type {variable.ElementType}"),
    };

    /// <summary>A tensor as callers of generated code pass it.</summary>
    public static object Box(ReferenceTensor tensor, TensorType type)
    {
        object array = type.Element switch
        {
            DType.F32 => tensor.Data.Select(value => (float)value).ToArray(),
            DType.F64 => tensor.Data.ToArray(),
            DType.I32 => tensor.Data.Select(value => (int)value).ToArray(),
            DType.I64 => tensor.Data.Select(value => (long)value).ToArray(),
            DType.U8 => tensor.Data.Select(value => (byte)value).ToArray(),
            DType.F16 => tensor.Data.Select(value => (Half)value).ToArray(),
            DType.BF16 => tensor.Data.Select(value => (BFloat16)value).ToArray(),
            _ => tensor.Data.Select(value => value != 0).ToArray(),
        };
        return type.Shape.IsScalar ? ((Array)array).GetValue(0)! : array;
    }

    /// <summary>A result of generated code as numbers.</summary>
    public static double[] Unbox(object value) => value switch
    {
        TensorView<float> view => [.. view.ToArray().Select(x => (double)x)],
        TensorView<double> view => view.ToArray(),
        TensorView<int> view => [.. view.ToArray().Select(x => (double)x)],
        TensorView<long> view => [.. view.ToArray().Select(x => (double)x)],
        TensorView<Half> view => [.. view.ToArray().Select(x => (double)x)],
        TensorView<BFloat16> view => [.. view.ToArray().Select(x => (double)(float)x)],
        TensorView<byte> view => [.. view.ToArray().Select(x => (double)x)],
        TensorView<bool> view => [.. view.ToArray().Select(x => x ? 1.0 : 0.0)],
        bool scalar => [scalar ? 1 : 0],
        _ => [Convert.ToDouble(value, CultureInfo.InvariantCulture)],
    };
}
