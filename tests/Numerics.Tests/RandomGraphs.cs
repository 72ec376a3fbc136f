using System.Collections.Immutable;
using System.Globalization;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Numerics.Tests;

/// <summary>What random functions may contain.</summary>
internal sealed record RandomGraphOptions
{
    /// <summary>How often the graph grows by an operator or a small idiom.</summary>
    public int Steps { get; init; } = 14;

    /// <summary>At most so many outputs that nothing else uses, and fewer that something does.</summary>
    public int Outputs { get; init; } = 3;

    /// <summary>Only operators whose derivatives exist everywhere, floats of one type, and one scalar output.</summary>
    public bool Differentiable { get; init; }

    /// <summary>Float types that occur. The first is the most frequent.</summary>
    public ImmutableArray<DType> Floats { get; init; } = [DType.F32, DType.F64];
}

/// <summary>
/// A valid function over random operators. Its symbols are <c>N</c> and <c>M</c>. Values stay within a few thousands, and no operator
/// jumps at a value that rounding could move: what is compared, rounded or ordered is computed exactly in every float type.
/// </summary>
internal sealed record RandomGraph(NetworkModel Network, FunctionModel Function, bool Continuous)
{
    /// <summary>All nodes whose value <see cref="Draw"/> gives: the arguments and the variables that are read.</summary>
    public IEnumerable<Node> Leaves => Node.Reachable(Results).Where(node => node.Operator is FunctionArgument or VariableRead);

    /// <summary>The values of outputs and updates, in this order.</summary>
    public ImmutableArray<Node> Results => ResultsOf(Function);

    public static ImmutableArray<Node> ResultsOf(FunctionModel function) =>
        [.. function.Outputs.Select(output => output.Value), .. function.Updates.Select(update => update.Value)];

    /// <summary>
    /// Values for all arguments and variables. Floats are quarters between -2 and 2, which every float type holds; where the graph is
    /// differentiable, anything between. Integers lie between 0 and 3. The training flag is what the function is.
    /// </summary>
    public ImmutableDictionary<Node, ReferenceTensor> Draw(IReadOnlyDictionary<string, long> symbols, int seed)
    {
        var random = new Random(seed);
        var values = ImmutableDictionary.CreateBuilder<Node, ReferenceTensor>();
        var arguments = Function.Arguments.Select(argument => Network.Builder.Make(new FunctionArgument(argument.Name, argument.Type)));
        foreach (var leaf in arguments.Concat(Leaves).Distinct())
        {
            var tensor = new ReferenceTensor([.. leaf.Shape.Dims.Select(dim => checked((int)dim.Evaluate(symbols)))]);
            for (int i = 0; i < tensor.Data.Length; i++)
            {
                tensor.Data[i] = leaf.Element switch
                {
                    DType.Bool => random.Next(2),
                    DType.F32 or DType.F64 => Continuous ? 4 * random.NextDouble() - 2 : random.Next(-8, 9) / 4.0,
                    _ => random.Next(4),
                };
            }
            values.Add(leaf, tensor);
        }
        values.Add(Network.Builder.Make(new TrainingFlag()), new ReferenceTensor([], [Function.Trains ? 1 : 0]));
        return values.ToImmutable();
    }
}

/// <summary>Grows random functions from a seed: the same seed and options give the same function.</summary>
internal static class RandomGraphs
{
    /// <summary>How many graphs a property is checked on: <c>NETC_GRAPHS</c>, or what the whole run has time for.</summary>
    public static int Count(int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable("NETC_GRAPHS"), CultureInfo.InvariantCulture, out int given) ? given : usual;

    public static RandomGraph Create(int seed, RandomGraphOptions? options = null) =>
        new RandomGraphGrower(seed, options ?? new RandomGraphOptions()).Grow();
}
