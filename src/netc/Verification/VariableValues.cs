using NetCompiler.Runtime;

namespace NetCompiler.CommandLine.Verification;

/// <summary>The values of a network's variables as the reference has them.</summary>
internal static class VariableValues
{
    // The reference computes in float64, which holds whole numbers to 2^53.
    const long SeedMask = (1L << 48) - 1;

    public static double[] Of(Variable variable) => variable switch
    {
        Variable<float> values => TensorMemory.Numbers(values.Span.ToArray()),
        Variable<double> values => values.Span.ToArray(),
        Variable<Half> values => TensorMemory.Numbers(values.Span.ToArray()),
        Variable<BFloat16> values => TensorMemory.Numbers(values.Span.ToArray()),
        Variable<int> values => TensorMemory.Numbers(values.Span.ToArray()),
        Variable<long> values => TensorMemory.Numbers(values.Span.ToArray()),
        Variable<byte> values => TensorMemory.Numbers(values.Span.ToArray()),
        Variable<bool> values => TensorMemory.Numbers(values.Span.ToArray()),
        _ => throw new InvalidOperationException($"no values of {variable}"),
    };

    /// <summary>Gives all variables first values that the reference can hold.</summary>
    public static void Initialize(Network network, ulong seed)
    {
        network.Initialize(seed);
        foreach (var variable in network.Variables.OfType<Variable<long>>())
        {
            foreach (ref long value in variable.Span)
                value &= SeedMask;
        }
    }
}
