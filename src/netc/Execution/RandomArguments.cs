using NetCompiler.Graph;
using NetCompiler.Reports;
using NetCompiler.Runtime;

namespace NetCompiler.CommandLine.Execution;

/// <summary>
/// Values to call a function with when nobody gives any: floats between 0 and 1, whole numbers within what they choose from, a small
/// number for a scalar, which mostly is a learning rate. Equal seeds give equal values on every machine.
/// </summary>
internal static class RandomArguments
{
    const double Scalar = 0.01;

    /// <summary>The arguments in the order of the compiled function's signature.</summary>
    /// <param name="signature">The compiled function.</param>
    /// <param name="inputs">What the compiler knows about its arguments.</param>
    /// <param name="symbols">The value of each symbolic dimension; one that no argument determines is an argument itself.</param>
    /// <param name="seed">Determines the values.</param>
    public static object[] Draw(FunctionSignature signature, IReadOnlyList<InputReport> inputs, IReadOnlyDictionary<string, long> symbols, int seed)
    {
        var random = new SmallRandom((uint)seed);
        return [.. signature.Inputs.Select(input =>
            inputs.FirstOrDefault(candidate => candidate.Name == input.Name) is { } known ? Draw(known, random) : (int)symbols[input.Name])];
    }

    static object Draw(InputReport input, SmallRandom random)
    {
        int length = checked((int)input.Dimensions.Aggregate(1L, (size, extent) => checked(size * extent)));
        bool isScalar = input.Dimensions.Length == 0;
        long bound = input.Bound ?? (input.Element == DType.U8 ? 256 : 2);
        double Number() => isScalar ? Scalar : random.Next();
        long Whole() => isScalar && input.Bound is null ? 1 : (long)(random.Next() * bound);
        Array values = input.Element switch
        {
            DType.F32 => Fill(length, () => (float)Number()),
            DType.F64 => Fill(length, () => Number()),
            DType.F16 => Fill(length, () => (Half)Number()),
            DType.BF16 => Fill(length, () => (BFloat16)(float)Number()),
            DType.I32 => Fill(length, () => (int)Whole()),
            DType.I64 => Fill(length, Whole),
            DType.U8 => Fill(length, () => (byte)Math.Min(Whole(), byte.MaxValue)),
            _ => Fill(length, () => random.Next() < 0.5),
        };
        return isScalar ? values.GetValue(0)! : values;
    }

    static T[] Fill<T>(int length, Func<T> next)
    {
        var values = new T[length];
        for (int i = 0; i < length; i++)
            values[i] = next();
        return values;
    }
}

/// <summary>A linear congruential generator (Numerical Recipes), short enough to stand in a generated test and give the same numbers there.</summary>
internal sealed class SmallRandom(uint seed)
{
    uint _state = seed;

    /// <summary>The next number in 0 .. 1, a multiple of 2^-16.</summary>
    public double Next()
    {
        _state = unchecked(_state * 1664525 + 1013904223);
        return (_state >> 16) / 65536.0;
    }
}
