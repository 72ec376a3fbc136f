using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NetCompiler.Runtime;

/// <summary>Sixteen floats in one register of 512 bits. It needs AVX-512: use it where <see cref="Simd.Has512"/>.</summary>
public readonly unsafe struct F32x16 : IFloat32Lanes<F32x16>
{
    readonly Vector512<float> _lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal F32x16(Vector512<float> lanes) => _lanes = lanes;

    /// <inheritdoc/>
    public static int Count => 16;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Splat(float value) => new(Vector512.Create(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Load(Pointer<float> source, nint index) => new(Vector512.Load((float*)source.Address + index));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 LoadStrided(Pointer<float> source, nint index, nint stride)
    {
        float* p = (float*)source.Address + index;
        return new(Vector512.Create(
            p[0], p[stride], p[2 * stride], p[3 * stride], p[4 * stride], p[5 * stride], p[6 * stride], p[7 * stride],
            p[8 * stride], p[9 * stride], p[10 * stride], p[11 * stride], p[12 * stride], p[13 * stride], p[14 * stride], p[15 * stride]));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Pointer<float> target, nint index, F32x16 value) => value._lanes.Store((float*)target.Address + index);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Iota(nint start)
    {
        var offsets = Vector512.Create(0f, 1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f, 9f, 10f, 11f, 12f, 13f, 14f, 15f);
        // Beyond the integers that float holds exactly, a sum of rounded terms would differ from the rounded sum.
        return Math.Abs(start) < (nint)1 << 23
            ? new(offsets + Vector512.Create((float)start))
            : new(Vector512.Create((float)start, (float)(start + 1), (float)(start + 2), (float)(start + 3), (float)(start + 4), (float)(start + 5), (float)(start + 6), (float)(start + 7), (float)(start + 8), (float)(start + 9), (float)(start + 10), (float)(start + 11), (float)(start + 12), (float)(start + 13), (float)(start + 14), (float)(start + 15)));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 operator +(F32x16 left, F32x16 right) => new(left._lanes + right._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 operator -(F32x16 left, F32x16 right) => new(left._lanes - right._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 operator *(F32x16 left, F32x16 right) => new(left._lanes * right._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 operator /(F32x16 left, F32x16 right) => new(left._lanes / right._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 operator -(F32x16 value) => new(-value._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 MultiplyAdd(F32x16 a, F32x16 b, F32x16 c) => new(Avx512F.FusedMultiplyAdd(a._lanes, b._lanes, c._lanes));

    // The instruction returns b if either is NaN, so only a NaN in a needs care.
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Min(F32x16 a, F32x16 b) => Select(NotEqual(a, a), a, new(Avx512F.Min(a._lanes, b._lanes)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Max(F32x16 a, F32x16 b) => Select(NotEqual(a, a), a, new(Avx512F.Max(a._lanes, b._lanes)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Abs(F32x16 value) => new(Vector512.Abs(value._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Sqrt(F32x16 value) => new(Avx512F.Sqrt(value._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Floor(F32x16 value) => new(Avx512F.RoundScale(value._lanes, 0x09));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Ceiling(F32x16 value) => new(Avx512F.RoundScale(value._lanes, 0x0a));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Round(F32x16 value) => new(Avx512F.RoundScale(value._lanes, 0x08));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Sign(F32x16 value)
    {
        var zero = new F32x16(Vector512<float>.Zero);
        return Select(Greater(value, zero), Splat(1f), Select(Less(value, zero), Splat(-1f), value));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Reciprocal(F32x16 value) => Splat(1f) / value;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Equal(F32x16 a, F32x16 b) => new(Avx512F.CompareEqual(a._lanes, b._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 NotEqual(F32x16 a, F32x16 b) => new(Avx512F.CompareNotEqual(a._lanes, b._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Less(F32x16 a, F32x16 b) => new(Avx512F.CompareLessThan(a._lanes, b._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 LessOrEqual(F32x16 a, F32x16 b) => new(Avx512F.CompareLessThanOrEqual(a._lanes, b._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Greater(F32x16 a, F32x16 b) => new(Avx512F.CompareGreaterThan(a._lanes, b._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 GreaterOrEqual(F32x16 a, F32x16 b) => new(Avx512F.CompareGreaterThanOrEqual(a._lanes, b._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 And(F32x16 a, F32x16 b) => new(a._lanes & b._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Or(F32x16 a, F32x16 b) => new(a._lanes | b._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Not(F32x16 mask) => new(~mask._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Select(F32x16 mask, F32x16 a, F32x16 b) => new(Avx512F.BlendVariable(b._lanes, a._lanes, mask._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float SumLanes(F32x16 value) => F32x8.SumLanes(Lower(value) + Upper(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ProductLanes(F32x16 value) => F32x8.ProductLanes(Lower(value) * Upper(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxLanes(F32x16 value) => F32x8.MaxLanes(F32x8.Max(Lower(value), Upper(value)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MinLanes(F32x16 value) => F32x8.MinLanes(F32x8.Min(Lower(value), Upper(value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F32x8 Lower(F32x16 value) => new(value._lanes.GetLower());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F32x8 Upper(F32x16 value) => new(value._lanes.GetUpper());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Exp(F32x16 x) => ElementaryF32.Exp(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Expm1(F32x16 x) => ElementaryF32.Expm1(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Log(F32x16 x) => ElementaryF32.Log(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Log1p(F32x16 x) => ElementaryF32.Log1p(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Tanh(F32x16 x) => ElementaryF32.Tanh(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Sigmoid(F32x16 x) => ElementaryF32.Sigmoid(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Softplus(F32x16 x) => ElementaryF32.Softplus(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Erf(F32x16 x) => ElementaryF32.Erf(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Sin(F32x16 x) => ElementaryF32.Sin(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Cos(F32x16 x) => ElementaryF32.Cos(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Pow(F32x16 x, F32x16 y) => ElementaryF32.Pow(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F32x16 IFloat32Lanes<F32x16>.SplatBits(int bits) => new(Vector512.Create(bits).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F32x16 IFloat32Lanes<F32x16>.Scale(F32x16 x, F32x16 n) => new(Avx512F.Scale(x._lanes, n._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F32x16 IFloat32Lanes<F32x16>.AddBits(F32x16 a, F32x16 b) => new((a._lanes.AsInt32() + b._lanes.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F32x16 IFloat32Lanes<F32x16>.SubtractBits(F32x16 a, F32x16 b) => new((a._lanes.AsInt32() - b._lanes.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F32x16 IFloat32Lanes<F32x16>.ShiftBitsLeft(F32x16 value, int count) => new((value._lanes.AsInt32() << count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F32x16 IFloat32Lanes<F32x16>.ShiftBitsRight(F32x16 value, int count) => new((value._lanes.AsInt32() >> count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F32x16 IFloat32Lanes<F32x16>.NumberOfBits(F32x16 value) => new(Avx512F.ConvertToVector512Single(value._lanes.AsInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool IFloat32Lanes<F32x16>.Any(F32x16 mask) => mask._lanes.AsInt32() != Vector512<int>.Zero;

    static F32x16 IFloat32Lanes<F32x16>.Map<TFunction>(F32x16 x)
    {
        float* lanes = stackalloc float[Count];
        x._lanes.Store(lanes);
        for (int i = 0; i < Count; i++)
            lanes[i] = (float)TFunction.Of(lanes[i]);
        return new(Vector512.Load(lanes));
    }

    static F32x16 IFloat32Lanes<F32x16>.Map2<TFunction>(F32x16 x, F32x16 y)
    {
        float* lanes = stackalloc float[Count];
        float* others = stackalloc float[Count];
        x._lanes.Store(lanes);
        y._lanes.Store(others);
        for (int i = 0; i < Count; i++)
            lanes[i] = (float)TFunction.Of(lanes[i], others[i]);
        return new(Vector512.Load(lanes));
    }
}
