using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// Conversions of f16 and bf16 in kernels: to the last bit those of the processor, on every device, by operations on bits. What devices
/// have built in differs in the digits of NaN, and not all have it.
/// </summary>
public static class HalfNumbers
{
    const int Sign = 0x8000;

    // In the bits of a float: infinity, the least number that is normal as f16, the first that is infinite as f16.
    const int Infinity = 0x7F800000;
    const int LeastNormal = 0x38800000;
    const int Overflow = 0x47800000;

    // Exponents of floats are biased by 127, of f16 by 15.
    const int Rebias = (127 - 15) << 23;

    const float LeastFloat16 = 1f / (1 << 24);

    /// <summary>The same number.</summary>
    public static float ToSingle(Float16 value)
    {
        int bits = value.ToBits(), magnitude = bits & 0x7FFF;
        int wide = (magnitude << 13) + (magnitude >= 0x7C00 ? 2 * Rebias : Rebias);
        // Those below the least normal are multiples of the least.
        float number = magnitude < 0x400 ? magnitude * LeastFloat16 : OfBits(wide);
        return (bits & Sign) != 0 ? -number : number;
    }

    /// <summary>The same number.</summary>
    public static float ToSingle(BFloat16 value) => OfBits(value.ToBits() << 16);

    /// <summary>The nearest number of type f16, ties to even; infinite from 65520 on, and NaN stays NaN.</summary>
    public static Float16 ToFloat16(float value)
    {
        int bits = BitsOf(value), magnitude = bits & 0x7FFFFFFF;
        int half;
        if (magnitude > Infinity)
            half = 0x7E00 | magnitude >> 13 & 0x3FF;
        else if (magnitude >= Overflow)
            half = 0x7C00;
        else if (magnitude >= LeastNormal)
            // A carry goes on to the exponent, and to infinity.
            half = magnitude - Rebias + 0xFFF + (magnitude >> 13 & 1) >> 13;
        else
            half = NearestBelow(magnitude);
        return Float16.FromBits((ushort)(half | bits >> 16 & Sign));
    }

    /// <summary>The nearest number of type bf16, ties to even; infinite beyond the largest, and NaN stays NaN.</summary>
    public static BFloat16 ToBFloat16(float value)
    {
        uint bits = Interop.FloatAsInt(value);
        // Rounding up could carry a NaN's fraction over into an infinity or a number.
        return BFloat16.FromBits((bits & 0x7FFFFFFF) > Infinity ? (ushort)(bits >> 16 | 0x40) : (ushort)(bits + 0x7FFF + (bits >> 16 & 1) >> 16));
    }

    /// <inheritdoc cref="ToFloat16(float)"/>
    public static Float16 ToFloat16(double value) => ToFloat16(RoundedToOdd(value));

    /// <inheritdoc cref="ToBFloat16(float)"/>
    public static BFloat16 ToBFloat16(double value) => ToBFloat16(RoundedToOdd(value));

    /// <summary>One of the two neighbours of <paramref name="x"/>, as <see cref="RandomRounding.ToHalf(float, float)"/> chooses it.</summary>
    public static Float16 RoundToFloat16(float x, float u)
    {
        int bits = BitsOf(x), magnitude = bits & 0x7FFFFFFF;
        // Beyond 65504 it is rounded to nearest.
        if (magnitude > 0x477FE000)
            return ToFloat16(x);
        int half;
        if (magnitude >= LeastNormal)
        {
            half = magnitude - Rebias >> 13;
            half += u * 8192f < (magnitude & 0x1FFF) ? 1 : 0;
        }
        else
        {
            // Multiplied by a power of two, and less what is before the point, it loses nothing.
            float scaled = OfBits(magnitude) * (1 << 24);
            half = (int)scaled;
            half += u < scaled - half ? 1 : 0;
        }
        return Float16.FromBits((ushort)(half | bits >> 16 & Sign));
    }

    /// <summary>One of the two neighbours of <paramref name="x"/>, as <see cref="RandomRounding.ToBFloat16(float, float)"/> chooses it.</summary>
    public static BFloat16 RoundToBFloat16(float x, float u)
    {
        uint bits = Interop.FloatAsInt(x);
        if ((bits & 0x7FFFFFFF) > 0x7F7F0000)
            return ToBFloat16(x);
        return BFloat16.FromBits((ushort)((bits >> 16) + (u * 65536f < (bits & 0xFFFF) ? 1u : 0u)));
    }

    /// <inheritdoc cref="RoundToFloat16(float, float)"/>
    public static Float16 RoundToFloat16(double x, double u) => ToFloat16(Round(x, u, 10, -14, 65504));

    /// <inheritdoc cref="RoundToBFloat16(float, float)"/>
    public static BFloat16 RoundToBFloat16(double x, double u) => ToBFloat16(Round(x, u, 7, -126, 255.0 * (1L << 60) * (1L << 60)));

    // Powers of two scale without rounding, and what a double has after its point is a double.
    static double Round(double x, double u, int digits, int leastExponent, double largest)
    {
        double magnitude = IntrinsicMath.Abs(x);
        if (!(magnitude <= largest))
            return x;
        int exponent = (int)(unchecked((long)Interop.FloatAsInt(x)) >> 52 & 2047) - 1023;
        int unit = (exponent > leastExponent ? exponent : leastExponent) - digits;
        double scaled = magnitude * PowerOfTwo(-unit);
        double inner = (long)scaled;
        if (u < scaled - inner)
            inner += 1;
        double rounded = inner * PowerOfTwo(unit);
        return unchecked((long)Interop.FloatAsInt(x)) < 0 ? -rounded : rounded;
    }

    static double PowerOfTwo(int exponent) => Interop.IntAsFloat(unchecked((ulong)((long)(exponent + 1023) << 52)));

    /// <summary>Below the least normal number of f16, which is counted in units of the least.</summary>
    static int NearestBelow(int magnitude)
    {
        float scaled = OfBits(magnitude) * (1 << 24);
        int whole = (int)scaled;
        float rest = scaled - whole;
        return whole + (rest > 0.5f || rest == 0.5f && (whole & 1) != 0 ? 1 : 0);
    }

    /// <summary>A float that rounds to fewer digits as the double does: where it is not equal, its last digit is 1, which says on which side of a tie it lies.</summary>
    static float RoundedToOdd(double value)
    {
        float near = (float)value;
        // Not so for NaN.
        bool isExact = !(near < value || near > value);
        if (isExact || float.IsInfinity(near))
            return near;
        int bits = BitsOf(near);
        bool isOutside = value < 0 ? near < value : near > value;
        return OfBits((isOutside ? bits - 1 : bits) | 1);
    }

    static int BitsOf(float x) => unchecked((int)Interop.FloatAsInt(x));

    static float OfBits(int bits) => Interop.IntAsFloat(unchecked((uint)bits));
}
