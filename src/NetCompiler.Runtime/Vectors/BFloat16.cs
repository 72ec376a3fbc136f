using System.Globalization;
using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>
/// A number of 16 bits with the exponent of a float and 8 binary digits, the upper half of a float's bits: the element type bf16.
/// It is for storage; convert it to <see cref="float"/>, which is exact, to compute.
/// </summary>
public readonly struct BFloat16 : IEquatable<BFloat16>
{
    readonly ushort _bits;

    BFloat16(ushort bits) => _bits = bits;

    /// <summary>The number with these bits.</summary>
    public static BFloat16 FromBits(ushort bits) => new(bits);

    /// <summary>The bits: sign, 8 of the exponent, 7 of the fraction.</summary>
    public ushort ToBits() => _bits;

    /// <summary>The same number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator float(BFloat16 value) => BitConverter.UInt32BitsToSingle((uint)value._bits << 16);

    /// <summary>The same number.</summary>
    public static explicit operator double(BFloat16 value) => (float)value;

    /// <summary>The nearest number, ties to the even one; infinite beyond the largest, and NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator BFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        // Rounding up could carry a NaN's fraction over into an infinity or a number.
        return new(float.IsNaN(value) ? (ushort)(bits >> 16 | 0x40) : (ushort)(bits + 0x7FFF + (bits >> 16 & 1) >> 16));
    }

    /// <summary>The nearest number, rounded once; ties to the even one.</summary>
    public static explicit operator BFloat16(double value)
    {
        float near = (float)value;
        if (near == value || double.IsNaN(value) || double.IsInfinity(value))
            return (BFloat16)near;
        // Rounded to odd, the float still knows on which side of a tie the double lies.
        uint bits = BitConverter.SingleToUInt32Bits(near);
        if (Math.Abs((double)near) > Math.Abs(value))
            bits--;
        return (BFloat16)BitConverter.UInt32BitsToSingle(bits | 1);
    }

    /// <summary>Whether the numbers are equal; NaN equals nothing.</summary>
    public static bool operator ==(BFloat16 left, BFloat16 right) => (float)left == (float)right;

    /// <summary>Whether the numbers differ; NaN differs from everything.</summary>
    public static bool operator !=(BFloat16 left, BFloat16 right) => (float)left != (float)right;

    /// <summary>Whether the left number is less.</summary>
    public static bool operator <(BFloat16 left, BFloat16 right) => (float)left < (float)right;

    /// <summary>Whether the left number is greater.</summary>
    public static bool operator >(BFloat16 left, BFloat16 right) => (float)left > (float)right;

    /// <summary>Whether the left number is not greater.</summary>
    public static bool operator <=(BFloat16 left, BFloat16 right) => (float)left <= (float)right;

    /// <summary>Whether the left number is not less.</summary>
    public static bool operator >=(BFloat16 left, BFloat16 right) => (float)left >= (float)right;

    /// <summary>Equal numbers, or both NaN.</summary>
    public bool Equals(BFloat16 other) => ((float)this).Equals((float)other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BFloat16 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => ((float)this).GetHashCode();

    /// <summary>The number in the invariant culture.</summary>
    public override string ToString() => ((float)this).ToString(CultureInfo.InvariantCulture);
}
