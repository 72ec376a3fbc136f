using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NetCompiler.Runtime;

/// <summary>Four doubles in one register of 256 bits. It needs AVX2 and FMA: use it where <see cref="Simd.Has256"/>.</summary>
public readonly unsafe struct F64x4 : IFloat64Lanes<F64x4>
{
    readonly Vector256<double> _lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal F64x4(Vector256<double> lanes) => _lanes = lanes;

    /// <inheritdoc/>
    public static int Count => 4;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Splat(double value) => new(Vector256.Create(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Load(Pointer<double> source, nint index) => new(Vector256.Load((double*)source.Address + index));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 LoadStrided(Pointer<double> source, nint index, nint stride)
    {
        double* p = (double*)source.Address + index;
        return new(Vector256.Create(
            p[0], p[stride], p[2 * stride], p[3 * stride]));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Pointer<double> target, nint index, F64x4 value) => value._lanes.Store((double*)target.Address + index);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Iota(nint start)
    {
        var offsets = Vector256.Create(0d, 1d, 2d, 3d);
        // Beyond the integers that double holds exactly, a sum of rounded terms would differ from the rounded sum.
        return Math.Abs(start) < (nint)1 << 52
            ? new(offsets + Vector256.Create((double)start))
            : new(Vector256.Create((double)start, (double)(start + 1), (double)(start + 2), (double)(start + 3)));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 operator +(F64x4 left, F64x4 right) => new(left._lanes + right._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 operator -(F64x4 left, F64x4 right) => new(left._lanes - right._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 operator *(F64x4 left, F64x4 right) => new(left._lanes * right._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 operator /(F64x4 left, F64x4 right) => new(left._lanes / right._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 operator -(F64x4 value) => new(-value._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 MultiplyAdd(F64x4 a, F64x4 b, F64x4 c) => new(Fma.MultiplyAdd(a._lanes, b._lanes, c._lanes));

    // The instruction returns b if either is NaN, so only a NaN in a needs care.
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Min(F64x4 a, F64x4 b) => Select(NotEqual(a, a), a, new(Avx.Min(a._lanes, b._lanes)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Max(F64x4 a, F64x4 b) => Select(NotEqual(a, a), a, new(Avx.Max(a._lanes, b._lanes)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Abs(F64x4 value) => new(Vector256.Abs(value._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Sqrt(F64x4 value) => new(Avx.Sqrt(value._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Floor(F64x4 value) => new(Avx.Floor(value._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Ceiling(F64x4 value) => new(Avx.Ceiling(value._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Round(F64x4 value) => new(Avx.RoundToNearestInteger(value._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Sign(F64x4 value)
    {
        var zero = new F64x4(Vector256<double>.Zero);
        return Select(Greater(value, zero), Splat(1d), Select(Less(value, zero), Splat(-1d), value));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Reciprocal(F64x4 value) => Splat(1d) / value;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Equal(F64x4 a, F64x4 b) => new(Avx.CompareEqual(a._lanes, b._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 NotEqual(F64x4 a, F64x4 b) => new(Avx.CompareNotEqual(a._lanes, b._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Less(F64x4 a, F64x4 b) => new(Avx.CompareLessThan(a._lanes, b._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 LessOrEqual(F64x4 a, F64x4 b) => new(Avx.CompareLessThanOrEqual(a._lanes, b._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Greater(F64x4 a, F64x4 b) => new(Avx.CompareGreaterThan(a._lanes, b._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 GreaterOrEqual(F64x4 a, F64x4 b) => new(Avx.CompareGreaterThanOrEqual(a._lanes, b._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 And(F64x4 a, F64x4 b) => new(a._lanes & b._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Or(F64x4 a, F64x4 b) => new(a._lanes | b._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Not(F64x4 mask) => new(~mask._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Select(F64x4 mask, F64x4 a, F64x4 b) => new(Avx.BlendVariable(b._lanes, a._lanes, mask._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SumLanes(F64x4 value)
    {
        value = value + new F64x4(Avx.Permute2x128(value._lanes, value._lanes, 1));
        value = value + new F64x4(Avx.Permute(value._lanes, 0b0101));
        return value._lanes.ToScalar();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double ProductLanes(F64x4 value)
    {
        value = value * new F64x4(Avx.Permute2x128(value._lanes, value._lanes, 1));
        value = value * new F64x4(Avx.Permute(value._lanes, 0b0101));
        return value._lanes.ToScalar();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double MaxLanes(F64x4 value)
    {
        value = Max(value, new(Avx.Permute2x128(value._lanes, value._lanes, 1)));
        value = Max(value, new(Avx.Permute(value._lanes, 0b0101)));
        return value._lanes.ToScalar();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double MinLanes(F64x4 value)
    {
        value = Min(value, new(Avx.Permute2x128(value._lanes, value._lanes, 1)));
        value = Min(value, new(Avx.Permute(value._lanes, 0b0101)));
        return value._lanes.ToScalar();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Exp(F64x4 x) => ElementaryF64.Exp(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Expm1(F64x4 x) => ElementaryF64.Expm1(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Log(F64x4 x) => ElementaryF64.Log(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Log1p(F64x4 x) => ElementaryF64.Log1p(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Tanh(F64x4 x) => ElementaryF64.Tanh(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Sigmoid(F64x4 x) => ElementaryF64.Sigmoid(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Softplus(F64x4 x) => ElementaryF64.Softplus(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Erf(F64x4 x) => ElementaryF64.Erf(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Sin(F64x4 x) => ElementaryF64.Sin(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Cos(F64x4 x) => ElementaryF64.Cos(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64x4 Pow(F64x4 x, F64x4 y) => ElementaryF64.Pow(x, y);

    static F64x4 IFloat64Lanes<F64x4>.Map<TFunction>(F64x4 x)
    {
        double* lanes = stackalloc double[Count];
        x._lanes.Store(lanes);
        for (int i = 0; i < Count; i++)
            lanes[i] = TFunction.Of(lanes[i]);
        return new(Vector256.Load(lanes));
    }

    static F64x4 IFloat64Lanes<F64x4>.Map2<TFunction>(F64x4 x, F64x4 y)
    {
        double* lanes = stackalloc double[Count];
        double* others = stackalloc double[Count];
        x._lanes.Store(lanes);
        y._lanes.Store(others);
        for (int i = 0; i < Count; i++)
            lanes[i] = TFunction.Of(lanes[i], others[i]);
        return new(Vector256.Load(lanes));
    }
}
