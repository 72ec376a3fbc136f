using NetCompiler.Operators;

namespace NetCompiler.CommandLine.Verification;

/// <summary>Exact values, and how far results in the declared precision may be from each of them.</summary>
/// <param name="Value">The values in float64.</param>
/// <param name="Error">The allowed distance at each place; 0 where only the value itself will do.</param>
internal sealed record BoundedTensor(ReferenceTensor Value, ReferenceTensor Error)
{
    /// <summary>Values that are given and not computed.</summary>
    public static BoundedTensor Given(ReferenceTensor value) => new(value, new ReferenceTensor(value.Dims));

    /// <summary>Whether any error is allowed at all.</summary>
    public bool IsExact => Array.TrueForAll(Error.Data, error => error == 0);
}
