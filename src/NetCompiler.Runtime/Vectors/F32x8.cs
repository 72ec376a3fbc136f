using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NetCompiler.Runtime;

/// <summary>Eight floats in one register of 256 bits. It needs AVX2 and FMA: use it where <see cref="Simd.Has256"/>.</summary>
public readonly unsafe struct F32x8 : IFloat32Lanes<F32x8>
{
    readonly Vector256<float> _lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal F32x8(Vector256<float> lanes) => _lanes = lanes;

    /// <inheritdoc/>
    public static int Count => 8;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Splat(float value) => new(Vector256.Create(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Load(Pointer<float> source, nint index) => new(Vector256.Load((float*)source.Address + index));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 LoadStrided(Pointer<float> source, nint index, nint stride)
    {
        float* p = (float*)source.Address + index;
        return new(Vector256.Create(
            p[0], p[stride], p[2 * stride], p[3 * stride], p[4 * stride], p[5 * stride], p[6 * stride], p[7 * stride]));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Pointer<float> target, nint index, F32x8 value) => value._lanes.Store((float*)target.Address + index);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Iota(nint start)
    {
        var offsets = Vector256.Create(0f, 1f, 2f, 3f, 4f, 5f, 6f, 7f);
        // Beyond the integers that float holds exactly, a sum of rounded terms would differ from the rounded sum.
        return Math.Abs(start) < (nint)1 << 23
            ? new(offsets + Vector256.Create((float)start))
            : new(Vector256.Create((float)start, (float)(start + 1), (float)(start + 2), (float)(start + 3), (float)(start + 4), (float)(start + 5), (float)(start + 6), (float)(start + 7)));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 operator +(F32x8 left, F32x8 right) => new(left._lanes + right._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 operator -(F32x8 left, F32x8 right) => new(left._lanes - right._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 operator *(F32x8 left, F32x8 right) => new(left._lanes * right._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 operator /(F32x8 left, F32x8 right) => new(left._lanes / right._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 operator -(F32x8 value) => new(-value._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 MultiplyAdd(F32x8 a, F32x8 b, F32x8 c) => new(Fma.MultiplyAdd(a._lanes, b._lanes, c._lanes));

    // The instruction returns b if either is NaN, so only a NaN in a needs care.
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Min(F32x8 a, F32x8 b) => Select(NotEqual(a, a), a, new(Avx.Min(a._lanes, b._lanes)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Max(F32x8 a, F32x8 b) => Select(NotEqual(a, a), a, new(Avx.Max(a._lanes, b._lanes)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Abs(F32x8 value) => new(Vector256.Abs(value._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Sqrt(F32x8 value) => new(Avx.Sqrt(value._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Floor(F32x8 value) => new(Avx.Floor(value._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Ceiling(F32x8 value) => new(Avx.Ceiling(value._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Round(F32x8 value) => new(Avx.RoundToNearestInteger(value._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Sign(F32x8 value)
    {
        var zero = new F32x8(Vector256<float>.Zero);
        return Select(Greater(value, zero), Splat(1f), Select(Less(value, zero), Splat(-1f), value));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Reciprocal(F32x8 value) => Splat(1f) / value;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Equal(F32x8 a, F32x8 b) => new(Avx.CompareEqual(a._lanes, b._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 NotEqual(F32x8 a, F32x8 b) => new(Avx.CompareNotEqual(a._lanes, b._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Less(F32x8 a, F32x8 b) => new(Avx.CompareLessThan(a._lanes, b._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 LessOrEqual(F32x8 a, F32x8 b) => new(Avx.CompareLessThanOrEqual(a._lanes, b._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Greater(F32x8 a, F32x8 b) => new(Avx.CompareGreaterThan(a._lanes, b._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 GreaterOrEqual(F32x8 a, F32x8 b) => new(Avx.CompareGreaterThanOrEqual(a._lanes, b._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 And(F32x8 a, F32x8 b) => new(a._lanes & b._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Or(F32x8 a, F32x8 b) => new(a._lanes | b._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Not(F32x8 mask) => new(~mask._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Select(F32x8 mask, F32x8 a, F32x8 b) => new(Avx.BlendVariable(b._lanes, a._lanes, mask._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float SumLanes(F32x8 value)
    {
        value = value + new F32x8(Avx.Permute2x128(value._lanes, value._lanes, 1));
        value = value + new F32x8(Avx.Permute(value._lanes, 0b01_00_11_10));
        value = value + new F32x8(Avx.Permute(value._lanes, 0b10_11_00_01));
        return value._lanes.ToScalar();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ProductLanes(F32x8 value)
    {
        value = value * new F32x8(Avx.Permute2x128(value._lanes, value._lanes, 1));
        value = value * new F32x8(Avx.Permute(value._lanes, 0b01_00_11_10));
        value = value * new F32x8(Avx.Permute(value._lanes, 0b10_11_00_01));
        return value._lanes.ToScalar();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxLanes(F32x8 value)
    {
        value = Max(value, new(Avx.Permute2x128(value._lanes, value._lanes, 1)));
        value = Max(value, new(Avx.Permute(value._lanes, 0b01_00_11_10)));
        value = Max(value, new(Avx.Permute(value._lanes, 0b10_11_00_01)));
        return value._lanes.ToScalar();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MinLanes(F32x8 value)
    {
        value = Min(value, new(Avx.Permute2x128(value._lanes, value._lanes, 1)));
        value = Min(value, new(Avx.Permute(value._lanes, 0b01_00_11_10)));
        value = Min(value, new(Avx.Permute(value._lanes, 0b10_11_00_01)));
        return value._lanes.ToScalar();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Exp(F32x8 x) => ElementaryF32.Exp(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Expm1(F32x8 x) => ElementaryF32.Expm1(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Log(F32x8 x) => ElementaryF32.Log(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Log1p(F32x8 x) => ElementaryF32.Log1p(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Tanh(F32x8 x) => ElementaryF32.Tanh(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Sigmoid(F32x8 x) => ElementaryF32.Sigmoid(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Softplus(F32x8 x) => ElementaryF32.Softplus(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Erf(F32x8 x) => ElementaryF32.Erf(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Sin(F32x8 x) => ElementaryF32.Sin(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Cos(F32x8 x) => ElementaryF32.Cos(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Pow(F32x8 x, F32x8 y) => ElementaryF32.Pow(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F32x8 IFloat32Lanes<F32x8>.SplatBits(int bits) => new(Vector256.Create(bits).AsSingle());

    // In two steps, because 2^n alone may overflow or vanish. The first is exact, so the result is rounded once.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F32x8 IFloat32Lanes<F32x8>.Scale(F32x8 x, F32x8 n)
    {
        var bits = Avx2.ConvertToVector256Int32(n._lanes);
        var half = Avx2.ShiftRightArithmetic(bits, 1);
        return x * PowerOfTwo(half) * PowerOfTwo(bits - half);

        static F32x8 PowerOfTwo(Vector256<int> exponent) => new(Avx2.ShiftLeftLogical(exponent + Vector256.Create(127), 23).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F32x8 IFloat32Lanes<F32x8>.AddBits(F32x8 a, F32x8 b) => new((a._lanes.AsInt32() + b._lanes.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F32x8 IFloat32Lanes<F32x8>.SubtractBits(F32x8 a, F32x8 b) => new((a._lanes.AsInt32() - b._lanes.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F32x8 IFloat32Lanes<F32x8>.ShiftBitsLeft(F32x8 value, int count) => new((value._lanes.AsInt32() << count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F32x8 IFloat32Lanes<F32x8>.ShiftBitsRight(F32x8 value, int count) => new((value._lanes.AsInt32() >> count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F32x8 IFloat32Lanes<F32x8>.NumberOfBits(F32x8 value) => new(Avx.ConvertToVector256Single(value._lanes.AsInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool IFloat32Lanes<F32x8>.Any(F32x8 mask) => Avx.MoveMask(mask._lanes) != 0;

    static F32x8 IFloat32Lanes<F32x8>.Map<TFunction>(F32x8 x)
    {
        float* lanes = stackalloc float[Count];
        x._lanes.Store(lanes);
        for (int i = 0; i < Count; i++)
            lanes[i] = (float)TFunction.Of(lanes[i]);
        return new(Vector256.Load(lanes));
    }

    static F32x8 IFloat32Lanes<F32x8>.Map2<TFunction>(F32x8 x, F32x8 y)
    {
        float* lanes = stackalloc float[Count];
        float* others = stackalloc float[Count];
        x._lanes.Store(lanes);
        y._lanes.Store(others);
        for (int i = 0; i < Count; i++)
            lanes[i] = (float)TFunction.Of(lanes[i], others[i]);
        return new(Vector256.Load(lanes));
    }
}
