using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NetCompiler.Runtime;

/// <summary>Eight doubles in one register of 512 bits. It needs AVX-512: use it where <see cref="Simd.Has512"/>.</summary>
public readonly unsafe struct F64x8 : IFloat64Lanes<F64x8>
{
    readonly Vector512<double> _lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal F64x8(Vector512<double> lanes) => _lanes = lanes;

    /// <inheritdoc/>
    public static int Count => 8;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Splat(double value) => new(Vector512.Create(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Load(Pointer<double> source, nint index) => new(Vector512.Load((double*)source.Address + index));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 LoadStrided(Pointer<double> source, nint index, nint stride)
    {
        double* p = (double*)source.Address + index;
        return new(Vector512.Create(
            p[0], p[stride], p[2 * stride], p[3 * stride], p[4 * stride], p[5 * stride], p[6 * stride], p[7 * stride]));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Pointer<double> target, nint index, F64x8 value) => value._lanes.Store((double*)target.Address + index);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Iota(nint start)
    {
        var offsets = Vector512.Create(0d, 1d, 2d, 3d, 4d, 5d, 6d, 7d);
        // Beyond the integers that double holds exactly, a sum of rounded terms would differ from the rounded sum.
        return Math.Abs(start) < (nint)1 << 52
            ? new(offsets + Vector512.Create((double)start))
            : new(Vector512.Create((double)start, (double)(start + 1), (double)(start + 2), (double)(start + 3), (double)(start + 4), (double)(start + 5), (double)(start + 6), (double)(start + 7)));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 operator +(F64x8 left, F64x8 right) => new(left._lanes + right._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 operator -(F64x8 left, F64x8 right) => new(left._lanes - right._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 operator *(F64x8 left, F64x8 right) => new(left._lanes * right._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 operator /(F64x8 left, F64x8 right) => new(left._lanes / right._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 operator -(F64x8 value) => new(-value._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 MultiplyAdd(F64x8 a, F64x8 b, F64x8 c) => new(Avx512F.FusedMultiplyAdd(a._lanes, b._lanes, c._lanes));

    // The instruction returns b if either is NaN, so only a NaN in a needs care.
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Min(F64x8 a, F64x8 b) => Select(NotEqual(a, a), a, new(Avx512F.Min(a._lanes, b._lanes)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Max(F64x8 a, F64x8 b) => Select(NotEqual(a, a), a, new(Avx512F.Max(a._lanes, b._lanes)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Abs(F64x8 value) => new(Vector512.Abs(value._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Sqrt(F64x8 value) => new(Avx512F.Sqrt(value._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Floor(F64x8 value) => new(Avx512F.RoundScale(value._lanes, 0x09));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Ceiling(F64x8 value) => new(Avx512F.RoundScale(value._lanes, 0x0a));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Round(F64x8 value) => new(Avx512F.RoundScale(value._lanes, 0x08));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Sign(F64x8 value)
    {
        var zero = new F64x8(Vector512<double>.Zero);
        return Select(Greater(value, zero), Splat(1d), Select(Less(value, zero), Splat(-1d), value));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Reciprocal(F64x8 value) => Splat(1d) / value;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Equal(F64x8 a, F64x8 b) => new(Avx512F.CompareEqual(a._lanes, b._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 NotEqual(F64x8 a, F64x8 b) => new(Avx512F.CompareNotEqual(a._lanes, b._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Less(F64x8 a, F64x8 b) => new(Avx512F.CompareLessThan(a._lanes, b._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 LessOrEqual(F64x8 a, F64x8 b) => new(Avx512F.CompareLessThanOrEqual(a._lanes, b._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Greater(F64x8 a, F64x8 b) => new(Avx512F.CompareGreaterThan(a._lanes, b._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 GreaterOrEqual(F64x8 a, F64x8 b) => new(Avx512F.CompareGreaterThanOrEqual(a._lanes, b._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 And(F64x8 a, F64x8 b) => new(a._lanes & b._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Or(F64x8 a, F64x8 b) => new(a._lanes | b._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Not(F64x8 mask) => new(~mask._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Select(F64x8 mask, F64x8 a, F64x8 b) => new(Avx512F.BlendVariable(b._lanes, a._lanes, mask._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SumLanes(F64x8 value) => F64x4.SumLanes(Lower(value) + Upper(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double ProductLanes(F64x8 value) => F64x4.ProductLanes(Lower(value) * Upper(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double MaxLanes(F64x8 value) => F64x4.MaxLanes(F64x4.Max(Lower(value), Upper(value)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double MinLanes(F64x8 value) => F64x4.MinLanes(F64x4.Min(Lower(value), Upper(value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F64x4 Lower(F64x8 value) => new(value._lanes.GetLower());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F64x4 Upper(F64x8 value) => new(value._lanes.GetUpper());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Exp(F64x8 x) => ElementaryF64.Exp(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Expm1(F64x8 x) => ElementaryF64.Expm1(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Log(F64x8 x) => ElementaryF64.Log(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Log1p(F64x8 x) => ElementaryF64.Log1p(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Tanh(F64x8 x) => ElementaryF64.Tanh(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Sigmoid(F64x8 x) => ElementaryF64.Sigmoid(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Softplus(F64x8 x) => ElementaryF64.Softplus(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Erf(F64x8 x) => ElementaryF64.Erf(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Sin(F64x8 x) => ElementaryF64.Sin(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Cos(F64x8 x) => ElementaryF64.Cos(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x8 Pow(F64x8 x, F64x8 y) => ElementaryF64.Pow(x, y);

    static F64x8 IFloat64Lanes<F64x8>.Map<TFunction>(F64x8 x)
    {
        double* lanes = stackalloc double[Count];
        x._lanes.Store(lanes);
        for (int i = 0; i < Count; i++)
            lanes[i] = TFunction.Of(lanes[i]);
        return new(Vector512.Load(lanes));
    }

    static F64x8 IFloat64Lanes<F64x8>.Map2<TFunction>(F64x8 x, F64x8 y)
    {
        double* lanes = stackalloc double[Count];
        double* others = stackalloc double[Count];
        x._lanes.Store(lanes);
        y._lanes.Store(others);
        for (int i = 0; i < Count; i++)
            lanes[i] = TFunction.Of(lanes[i], others[i]);
        return new(Vector512.Load(lanes));
    }
}
