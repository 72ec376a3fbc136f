using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>One float: the tails of loops, and all of them on machines without the vector instructions.</summary>
public readonly struct F32x1 : IFloat32Lanes<F32x1>
{
    readonly float _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    F32x1(float value) => _value = value;

    /// <inheritdoc/>
    public static int Count => 1;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Splat(float value) => new(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Load(Pointer<float> source, nint index) => new(source[index]);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 LoadStrided(Pointer<float> source, nint index, nint stride) => new(source[index]);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Pointer<float> target, nint index, F32x1 value) => target[index] = value._value;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Iota(nint start) => new(start);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 operator +(F32x1 left, F32x1 right) => new(left._value + right._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 operator -(F32x1 left, F32x1 right) => new(left._value - right._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 operator *(F32x1 left, F32x1 right) => new(left._value * right._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 operator /(F32x1 left, F32x1 right) => new(left._value / right._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 operator -(F32x1 value) => new(-value._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 MultiplyAdd(F32x1 a, F32x1 b, F32x1 c) => new(MathF.FusedMultiplyAdd(a._value, b._value, c._value));

    // Written like the vector instruction, which returns b for two zeros and if either is NaN.
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Min(F32x1 a, F32x1 b) => float.IsNaN(a._value) || a._value < b._value ? a : b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Max(F32x1 a, F32x1 b) => float.IsNaN(a._value) || a._value > b._value ? a : b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Abs(F32x1 value) => new(MathF.Abs(value._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Sqrt(F32x1 value) => new(MathF.Sqrt(value._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Floor(F32x1 value) => new(MathF.Floor(value._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Ceiling(F32x1 value) => new(MathF.Ceiling(value._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Round(F32x1 value) => new(MathF.Round(value._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Sign(F32x1 value) => value._value > 0 ? new(1f) : value._value < 0 ? new(-1f) : value;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Reciprocal(F32x1 value) => new(1f / value._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Equal(F32x1 a, F32x1 b) => Mask(a._value == b._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 NotEqual(F32x1 a, F32x1 b) => Mask(a._value != b._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Less(F32x1 a, F32x1 b) => Mask(a._value < b._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 LessOrEqual(F32x1 a, F32x1 b) => Mask(a._value <= b._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Greater(F32x1 a, F32x1 b) => Mask(a._value > b._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 GreaterOrEqual(F32x1 a, F32x1 b) => Mask(a._value >= b._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 And(F32x1 a, F32x1 b) => OfBits(Bits(a) & Bits(b));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Or(F32x1 a, F32x1 b) => OfBits(Bits(a) | Bits(b));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Not(F32x1 mask) => OfBits(~Bits(mask));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Select(F32x1 mask, F32x1 a, F32x1 b) => Bits(mask) < 0 ? a : b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float SumLanes(F32x1 value) => value._value;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ProductLanes(F32x1 value) => value._value;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxLanes(F32x1 value) => value._value;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MinLanes(F32x1 value) => value._value;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Exp(F32x1 x) => ElementaryF32.Exp(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Expm1(F32x1 x) => ElementaryF32.Expm1(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Log(F32x1 x) => ElementaryF32.Log(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Log1p(F32x1 x) => ElementaryF32.Log1p(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Tanh(F32x1 x) => ElementaryF32.Tanh(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Sigmoid(F32x1 x) => ElementaryF32.Sigmoid(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Softplus(F32x1 x) => ElementaryF32.Softplus(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Erf(F32x1 x) => ElementaryF32.Erf(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Sin(F32x1 x) => ElementaryF32.Sin(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Cos(F32x1 x) => ElementaryF32.Cos(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x1 Pow(F32x1 x, F32x1 y) => ElementaryF32.Pow(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F32x1 IFloat32Lanes<F32x1>.SplatBits(int bits) => OfBits(bits);

    // In two steps, because 2^n alone may overflow or vanish. The first is exact, so the result is rounded once.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F32x1 IFloat32Lanes<F32x1>.Scale(F32x1 x, F32x1 n)
    {
        int exponent = (int)n._value, half = exponent >> 1;
        return x * OfBits(half + 127 << 23) * OfBits(exponent - half + 127 << 23);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F32x1 IFloat32Lanes<F32x1>.AddBits(F32x1 a, F32x1 b) => OfBits(Bits(a) + Bits(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F32x1 IFloat32Lanes<F32x1>.SubtractBits(F32x1 a, F32x1 b) => OfBits(Bits(a) - Bits(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F32x1 IFloat32Lanes<F32x1>.ShiftBitsLeft(F32x1 value, int count) => OfBits(Bits(value) << count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F32x1 IFloat32Lanes<F32x1>.ShiftBitsRight(F32x1 value, int count) => OfBits(Bits(value) >> count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F32x1 IFloat32Lanes<F32x1>.NumberOfBits(F32x1 value) => new(Bits(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool IFloat32Lanes<F32x1>.Any(F32x1 mask) => Bits(mask) < 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F32x1 IFloat32Lanes<F32x1>.Map<TFunction>(F32x1 x) => new((float)TFunction.Of(x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F32x1 IFloat32Lanes<F32x1>.Map2<TFunction>(F32x1 x, F32x1 y) => new((float)TFunction.Of(x._value, y._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F32x1 Mask(bool condition) => OfBits(condition ? -1 : 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int Bits(F32x1 value) => BitConverter.SingleToInt32Bits(value._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F32x1 OfBits(int bits) => new(BitConverter.Int32BitsToSingle(bits));
}
