using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>
/// The elementary functions on float, written once for all widths. The polynomials are minimax fits, rounded to float; every
/// function stays within 2 ulp of the exact value, the sigmoid within 2.5, which the tests sweep. Powers, and sines of arguments beyond
/// <see cref="LargestReducible"/>, go lane by lane through double.
/// </summary>
static class ElementaryF32
{
    // Every function is compiled by itself: the JIT's budget for inlining runs out in a loop that uses two or three of them, and
    // then each little operation would become a call. One call per vector is a fraction of what the function costs.
    const MethodImplOptions OutOfLine = MethodImplOptions.NoInlining | Simd.Optimised;

    const float Log2E = 1.44269502f;

    // ln 2 in two parts; the first has 15 bits, so that n times it is exact.
    const float Ln2High = 0.693145751953125f;
    const float Ln2Low = 1.42860677e-06f;

    // pi/2 in three parts of 24 bits.
    const float HalfPi1 = 1.57079637f;
    const float HalfPi2 = -4.37113883e-08f;
    const float HalfPi3 = -1.71512451e-15f;

    /// <summary>Up to here three parts of pi/2 leave a remainder that is right to the last bit or so.</summary>
    public const float LargestReducible = 65536f;

    const float SmallestNormal = 1.17549435e-38f;
    const int SignBit = int.MinValue;
    const int BitsOfRootHalf = 0x3f3504f3;

    [MethodImpl(OutOfLine)]
    public static L Exp<L>(L x) where L : struct, IFloat32Lanes<L> => ExpInline(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static L ExpInline<L>(L x) where L : struct, IFloat32Lanes<L>
    {
        var reduced = Expm1Reduced(x, out var n);
        return L.Scale(reduced + L.Splat(1f), n);
    }

    // The tail is what rounding cut off: exp(x) is the sum of both, to about 2^-27.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static L Exp<L>(L x, out L tail) where L : struct, IFloat32Lanes<L>
    {
        var reduced = Expm1Reduced(x, out var n);
        var sum = reduced + L.Splat(1f);
        tail = L.Scale(reduced - (sum - L.Splat(1f)), n);
        return L.Scale(sum, n);
    }

    // exp(x) = 2^n (1 + result), with |result| at most about 0.42. Saturates where exp(x) is 0 or infinite.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static L Expm1Reduced<L>(L x, out L n) where L : struct, IFloat32Lanes<L>
    {
        x = L.Select(L.Less(x, L.Splat(-104f)), L.Splat(-104f), x);
        x = L.Select(L.Greater(x, L.Splat(89f)), L.Splat(89f), x);
        n = L.Round(x * L.Splat(Log2E));
        var exact = L.MultiplyAdd(n, L.Splat(-Ln2High), x);
        var r = L.MultiplyAdd(n, L.Splat(-Ln2Low), exact);
        var rest = L.MultiplyAdd(n, L.Splat(-Ln2Low), exact - r);

        // (e^r - 1 - r) / r^2
        var p = L.Splat(0.000199140966f);
        p = L.MultiplyAdd(p, r, L.Splat(0.0013941013f));
        p = L.MultiplyAdd(p, r, L.Splat(0.00833327323f));
        p = L.MultiplyAdd(p, r, L.Splat(0.041666355f));
        p = L.MultiplyAdd(p, r, L.Splat(0.166666672f));
        p = L.MultiplyAdd(p, r, L.Splat(0.5f));
        return L.MultiplyAdd(r * r, p, rest) + r;
    }

    [MethodImpl(OutOfLine)]
    public static L Expm1<L>(L x) where L : struct, IFloat32Lanes<L>
    {
        var p = Expm1Reduced(x, out var n);

        // 2^n p + (2^n - 1) cancels nothing; beyond 2^30 the -1 is lost anyway, and 2^128 would overflow too early.
        var large = L.Greater(n, L.Splat(30f));
        var power = L.Scale(L.Splat(1f), L.Select(large, L.Splat(0f), n));
        var result = L.Select(large, L.Scale(p + L.Splat(1f), n), L.MultiplyAdd(power, p, power - L.Splat(1f)));
        return WithSignOf(x, result);
    }

    [MethodImpl(OutOfLine)]
    public static L Log<L>(L x) where L : struct, IFloat32Lanes<L>
    {
        var denormal = L.Less(x, L.Splat(SmallestNormal));
        var normal = L.Select(denormal, x * L.Splat(8388608f), x);
        var result = LogOfNormal(normal, L.Select(denormal, L.Splat(-23f), L.Splat(0f)), L.Splat(0f));
        return LogOutsideRange(x, result);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Log1p<L>(L x) where L : struct, IFloat32Lanes<L> => Log1p(x, L.Splat(0f));

    // log(1 + x + tail), for a tail below the last bit of x
    [MethodImpl(OutOfLine)]
    static L Log1p<L>(L x, L tail) where L : struct, IFloat32Lanes<L>
    {
        // Knuth's exact sum: 1 + x = sum + rest
        var one = L.Splat(1f);
        var sum = one + x;
        var part = sum - one;
        var rest = one - (sum - part) + (x - part);
        var result = LogOfNormal(sum, L.Splat(0f), (rest + tail) / sum);
        return L.Select(L.Equal(x, L.Splat(0f)), x, LogOutsideRange(sum, result));
    }

    // log(x) + exponent ln 2 + correction, for positive normal x and a tiny correction
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static L LogOfNormal<L>(L x, L exponent, L correction) where L : struct, IFloat32Lanes<L>
    {
        // x = 2^e (1 + f), sqrt(1/2) <= 1 + f < sqrt(2)
        var e = L.ShiftBitsRight(L.SubtractBits(x, L.SplatBits(BitsOfRootHalf)), 23);
        var f = L.SubtractBits(x, L.ShiftBitsLeft(e, 23)) - L.Splat(1f);
        exponent += L.NumberOfBits(e);

        // (log(1 + f) - f + f^2/2) / f^3
        var p = L.Splat(0.0691614673f);
        p = L.MultiplyAdd(p, f, L.Splat(-0.117888995f));
        p = L.MultiplyAdd(p, f, L.Splat(0.118720964f));
        p = L.MultiplyAdd(p, f, L.Splat(-0.123844631f));
        p = L.MultiplyAdd(p, f, L.Splat(0.142188072f));
        p = L.MultiplyAdd(p, f, L.Splat(-0.16669248f));
        p = L.MultiplyAdd(p, f, L.Splat(0.200022176f));
        p = L.MultiplyAdd(p, f, L.Splat(-0.249999866f));
        p = L.MultiplyAdd(p, f, L.Splat(0.333333105f));

        var square = f * f;
        var low = L.MultiplyAdd(exponent, L.Splat(Ln2Low), correction);
        low = L.MultiplyAdd(f * square, p, low);
        low = L.MultiplyAdd(square, L.Splat(-0.5f), low);
        return L.MultiplyAdd(exponent, L.Splat(Ln2High), f + low);
    }

    // NaN and infinity stay; 0 gives -infinity, negative numbers NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static L LogOutsideRange<L>(L x, L result) where L : struct, IFloat32Lanes<L>
    {
        result = L.Select(L.Less(x, L.Splat(float.PositiveInfinity)), result, x);
        var notPositive = L.Select(L.Equal(x, L.Splat(0f)), L.Splat(float.NegativeInfinity), L.Splat(float.NaN));
        return L.Select(L.Greater(x, L.Splat(0f)), result, notPositive);
    }

    [MethodImpl(OutOfLine)]
    public static L Tanh<L>(L x) where L : struct, IFloat32Lanes<L>
    {
        var a = L.Abs(x);
        var u = a * a;

        // (tanh(a) - a) / a^3; the quotient of exponentials would cancel here
        var p = L.Splat(0.00214240258f);
        p = L.MultiplyAdd(p, u, L.Splat(-0.00817678496f));
        p = L.MultiplyAdd(p, u, L.Splat(0.0217004567f));
        p = L.MultiplyAdd(p, u, L.Splat(-0.0539467186f));
        p = L.MultiplyAdd(p, u, L.Splat(0.133332059f));
        p = L.MultiplyAdd(p, u, L.Splat(-0.333333313f));
        var small = L.MultiplyAdd(a * u, p, a);

        var large = L.Splat(1f) - L.Splat(2f) / (ExpInline(a + a) + L.Splat(1f));
        return WithSignOf(x, L.Select(L.Less(a, L.Splat(0.625f)), small, large));
    }

    [MethodImpl(OutOfLine)]
    public static L Sigmoid<L>(L x) where L : struct, IFloat32Lanes<L>
    {
        // From exp(-|x|): it does not overflow, and for negative x the result inherits its relative accuracy.
        var e = ExpInline(-L.Abs(x));
        return L.Select(L.Less(x, L.Splat(0f)), e, L.Splat(1f)) / (e + L.Splat(1f));
    }

    [MethodImpl(OutOfLine)]
    public static L Softplus<L>(L x) where L : struct, IFloat32Lanes<L>
    {
        var e = Exp(-L.Abs(x), out var tail);
        return L.Max(x, L.Splat(0f)) + Log1p(e, tail);
    }

    [MethodImpl(OutOfLine)]
    public static L Erf<L>(L x) where L : struct, IFloat32Lanes<L>
    {
        var a = L.Abs(x);
        var u = a * a;

        // erf(a) / a - 1
        var q = L.Splat(8.29656274e-05f);
        q = L.MultiplyAdd(q, u, L.Splat(-0.000812579354f));
        q = L.MultiplyAdd(q, u, L.Splat(0.00519959861f));
        q = L.MultiplyAdd(q, u, L.Splat(-0.0268588513f));
        q = L.MultiplyAdd(q, u, L.Splat(0.11283686f));
        q = L.MultiplyAdd(q, u, L.Splat(-0.376126319f));
        q = L.MultiplyAdd(q, u, L.Splat(0.128379166f));
        var small = L.MultiplyAdd(q, a, a);

        // log(1 - erf(a)); from 4 on, erf rounds to 1
        var b = L.Select(L.Greater(a, L.Splat(4f)), L.Splat(4f), a);
        var p = L.Splat(-2.13631083e-05f);
        p = L.MultiplyAdd(p, b, L.Splat(0.000437555718f));
        p = L.MultiplyAdd(p, b, L.Splat(-0.00418602442f));
        p = L.MultiplyAdd(p, b, L.Splat(0.0251587667f));
        p = L.MultiplyAdd(p, b, L.Splat(-0.108340852f));
        p = L.MultiplyAdd(p, b, L.Splat(-0.633291721f));
        p = L.MultiplyAdd(p, b, L.Splat(-1.12954223f));
        p = L.MultiplyAdd(p, b, L.Splat(0.000180355099f));
        var large = L.Splat(1f) - ExpInline(p);

        return WithSignOf(x, L.Select(L.Less(a, L.Splat(0.9375f)), small, large));
    }

    [MethodImpl(OutOfLine)]
    public static L Sin<L>(L x) where L : struct, IFloat32Lanes<L>
    {
        var result = SinOfQuadrants(x, 0);
        result = L.Select(L.Equal(x, L.Splat(0f)), x, result);
        var beyond = L.Not(L.LessOrEqual(L.Abs(x), L.Splat(LargestReducible)));
        return L.Any(beyond) ? L.Select(beyond, L.Map<ElementaryF64.SinFunction>(x), result) : result;
    }

    [MethodImpl(OutOfLine)]
    public static L Cos<L>(L x) where L : struct, IFloat32Lanes<L>
    {
        var result = SinOfQuadrants(x, 1);
        var beyond = L.Not(L.LessOrEqual(L.Abs(x), L.Splat(LargestReducible)));
        return L.Any(beyond) ? L.Select(beyond, L.Map<ElementaryF64.CosFunction>(x), result) : result;
    }

    // sin(x + quadrants pi/2)
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static L SinOfQuadrants<L>(L x, int quadrants) where L : struct, IFloat32Lanes<L>
    {
        // Adding 1.5 * 2^23 leaves the rounded number of quarter turns in the low bits.
        var shift = L.Splat(12582912f);
        var shifted = L.MultiplyAdd(x, L.Splat(0.636619747f), shift);
        var n = shifted - shift;
        var r = L.MultiplyAdd(n, L.Splat(-HalfPi1), x);
        r = L.MultiplyAdd(n, L.Splat(-HalfPi2), r);
        r = L.MultiplyAdd(n, L.Splat(-HalfPi3), r);
        var u = r * r;

        // (sin(r) - r) / r^3
        var s = L.Splat(2.71825843e-06f);
        s = L.MultiplyAdd(s, u, L.Splat(-0.000198393289f));
        s = L.MultiplyAdd(s, u, L.Splat(0.00833332911f));
        s = L.MultiplyAdd(s, u, L.Splat(-0.166666672f));
        var sin = L.MultiplyAdd(s, r * u, r);

        // (cos(r) - 1 + r^2/2) / r^4
        var c = L.Splat(-2.72098902e-07f);
        c = L.MultiplyAdd(c, u, L.Splat(2.47995158e-05f));
        c = L.MultiplyAdd(c, u, L.Splat(-0.00138888834f));
        c = L.MultiplyAdd(c, u, L.Splat(0.0416666679f));
        var cos = L.MultiplyAdd(c, u * u, L.MultiplyAdd(u, L.Splat(-0.5f), L.Splat(1f)));

        var quadrant = L.AddBits(shifted, L.SplatBits(quadrants));
        var odd = L.ShiftBitsRight(L.ShiftBitsLeft(quadrant, 31), 31);
        var sign = L.And(L.ShiftBitsLeft(quadrant, 30), L.SplatBits(SignBit));
        return L.AddBits(L.Select(odd, cos, sin), sign);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Pow<L>(L x, L y) where L : struct, IFloat32Lanes<L> => L.Map2<ElementaryF64.PowFunction>(x, y);

    // For magnitudes, and for results whose sign is that of x or lost in a zero.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static L WithSignOf<L>(L x, L result) where L : struct, IFloat32Lanes<L> => L.Or(result, L.And(x, L.SplatBits(SignBit)));
}
