using System.Numerics;

namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// Divides numbers from 0 to 2^31 - 1 by one that is known before a launch: GPUs have no instruction for that, and some twenty take its place, for constants too.
/// The quotient is the upper half of a product with the reciprocal (Granlund and Montgomery, "Division by Invariant Integers using
/// Multiplication", 1994, theorem 4.2 for 31 bits).
/// </summary>
public readonly struct Divisor
{
    readonly uint _multiplier;
    readonly int _shift;

    /// <summary>Divides by <paramref name="value"/>; by 1 if that is 0.</summary>
    public Divisor(int value)
    {
        // Nothing is divided by the size of what is empty.
        Value = Math.Max(1, value);
        _shift = 32 - BitOperations.LeadingZeroCount((uint)Value - 1);
        _multiplier = (uint)(((1UL << (31 + _shift)) + (uint)Value - 1) / (uint)Value);
    }

    /// <summary>What is divided by.</summary>
    public int Value { get; }

    /// <summary>How often <see cref="Value"/> is in <paramref name="number"/>, which is not negative.</summary>
    public int Quotient(int number) => unchecked((int)((uint)(((ulong)((uint)number << 1) * _multiplier) >> 32) >> _shift));
}
