namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// A number of type f16 in the memory of a device, where <see cref="Half"/> cannot be: kernels cannot compile its conversions. It is for
/// storage; <see cref="HalfNumbers"/> converts it.
/// </summary>
public readonly struct Float16 : IEquatable<Float16>
{
    readonly ushort _bits;

    Float16(ushort bits) => _bits = bits;

    /// <summary>The number with these bits.</summary>
    public static Float16 FromBits(ushort bits) => new(bits);

    /// <summary>The bits: sign, 5 of the exponent, 10 of the fraction.</summary>
    public ushort ToBits() => _bits;

    /// <summary>The same number.</summary>
    public static explicit operator Float16(Half value) => new(BitConverter.HalfToUInt16Bits(value));

    /// <summary>The same number.</summary>
    public static explicit operator Half(Float16 value) => BitConverter.UInt16BitsToHalf(value._bits);

    /// <summary>Whether the numbers are equal; NaN equals nothing.</summary>
    public static bool operator ==(Float16 left, Float16 right) => (Half)left == (Half)right;

    /// <summary>Whether the numbers differ; NaN differs from everything.</summary>
    public static bool operator !=(Float16 left, Float16 right) => (Half)left != (Half)right;

    /// <summary>Equal numbers, or both NaN.</summary>
    public bool Equals(Float16 other) => ((Half)this).Equals((Half)other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Float16 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => ((Half)this).GetHashCode();

    /// <summary>The number in the invariant culture.</summary>
    public override string ToString() => ((Half)this).ToString(System.Globalization.CultureInfo.InvariantCulture);
}
