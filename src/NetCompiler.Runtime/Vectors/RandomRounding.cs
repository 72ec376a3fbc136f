namespace NetCompiler.Runtime;

/// <summary>
/// Rounds numbers to one of their two neighbours in a half type: the one further from 0 where u, evenly spread in [0, 1), is less
/// than the distance from the other, measured in the distance of both. Infinities, NaN and what lies beyond the largest finite number
/// of the type become the nearest.
/// </summary>
public static class RandomRounding
{
    const double LargestBFloat16 = 255.0 * (1L << 60) * (1L << 60);

    /// <summary>A neighbour of x of type bf16.</summary>
    public static BFloat16 ToBFloat16(float x, float u)
    {
        uint bits = BitConverter.SingleToUInt32Bits(x);
        // Above the bits of the largest finite number, 0x7F7F0000, a carry would make a number infinite by chance.
        if ((bits & 0x7FFFFFFF) > 0x7F7F0000)
            return (BFloat16)x;
        uint rest = bits & 0xFFFF;
        return BFloat16.FromBits((ushort)((bits >> 16) + (u * 65536 < rest ? 1u : 0u)));
    }

    /// <inheritdoc cref="ToBFloat16(float, float)"/>
    public static BFloat16 ToBFloat16(double x, double u) => (BFloat16)Round(x, u, 7, -126, LargestBFloat16);

    /// <summary>A neighbour of x of type f16.</summary>
    public static Half ToHalf(float x, float u) => (Half)Round(x, u, 10, -14, 65504);

    /// <inheritdoc cref="ToHalf(float, float)"/>
    public static Half ToHalf(double x, double u) => (Half)Round(x, u, 10, -14, 65504);

    // Powers of two scale without rounding, and what a double has after its point is a double.
    static double Round(double x, double u, int digits, int leastExponent, double largest)
    {
        if (!(Math.Abs(x) <= largest))
            return x;
        int exponent = (int)(BitConverter.DoubleToInt64Bits(x) >> 52 & 2047) - 1023;
        int unit = Math.Max(exponent, leastExponent) - digits;
        double scaled = x * PowerOfTwo(-unit), inner = Math.Truncate(scaled);
        if (u < Math.Abs(scaled - inner))
            inner += Math.CopySign(1, x);
        return inner * PowerOfTwo(unit);
    }

    static double PowerOfTwo(int exponent) => BitConverter.Int64BitsToDouble((long)(exponent + 1023) << 52);
}
