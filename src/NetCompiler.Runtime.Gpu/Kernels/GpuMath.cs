using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// The elementary functions on float as kernels compute them: with multiplications and additions alone, which a device may join with one
/// rounding. What devices have built in is too rough (<c>tanh.approx</c>) or differs from one to the other. The polynomials are those of
/// the CPU's functions; results stay within 4 ulp of the exact values, those of <see cref="Erf(float)"/> within 6 and of <see cref="Pow(float, float)"/> within 16.
/// </summary>
public static partial class GpuMath
{
    const float Log2E = 1.44269502f;

    // ln 2 in two parts; the first has 15 bits, so that n times it is exact.
    const float Ln2High = 0.693145751953125f;
    const float Ln2Low = 1.42860677e-06f;

    const float SmallestNormal = 1.17549435e-38f;
    const int BitsOfRootHalf = 0x3f3504f3;
    const int MantissaBits = 23;
    const int ExponentBias = 127;

    /// <summary>e^x.</summary>
    public static float Exp(float x)
    {
        float reduced = Expm1Reduced(x, out int n);
        return float.IsNaN(x) ? x : Scale(reduced + 1f, n);
    }

    /// <summary>e^x - 1, accurate near 0.</summary>
    public static float Expm1(float x)
    {
        float p = Expm1Reduced(x, out int n);
        if (float.IsNaN(x) || x == 0f)
            return x;
        // 2^n p + (2^n - 1) cancels nothing; beyond 2^30 the -1 is lost anyway, and 2^128 would overflow too early.
        if (n > 30)
            return Scale(p + 1f, n);
        float power = Scale(1f, n);
        return power * p + (power - 1f);
    }

    /// <summary>The natural logarithm.</summary>
    public static float Log(float x)
    {
        if (!(x > 0f))
            return x == 0f ? float.NegativeInfinity : float.NaN;
        if (!(x < float.PositiveInfinity))
            return x;
        bool denormal = x < SmallestNormal;
        return LogOfNormal(denormal ? x * 8388608f : x, denormal ? -23f : 0f, 0f);
    }

    /// <summary>log(1 + x), accurate near 0.</summary>
    public static float Log1p(float x)
    {
        // Where 1 + x rounds, its logarithm is that of the sum and what rounding cut off in proportion to it.
        float sum = 1f + x;
        if (!(sum > 0f))
            return sum == 0f ? float.NegativeInfinity : float.NaN;
        if (!(sum < float.PositiveInfinity) || x == 0f)
            return x;
        float part = sum - 1f;
        float rest = 1f - (sum - part) + (x - part);
        return LogOfNormal(sum, 0f, rest / sum);
    }

    /// <summary>The hyperbolic tangent.</summary>
    public static float Tanh(float x)
    {
        float a = IntrinsicMath.Abs(x);
        float result;
        if (a < 0.625f)
        {
            // (tanh(a) - a) / a^3; the quotient of exponentials would cancel here
            float u = a * a;
            float p = 0.00214240258f;
            p = p * u - 0.00817678496f;
            p = p * u + 0.0217004567f;
            p = p * u - 0.0539467186f;
            p = p * u + 0.133332059f;
            p = p * u - 0.333333313f;
            result = a * u * p + a;
        }
        else
        {
            result = 1f - 2f / (Exp(a + a) + 1f);
        }
        return x < 0f ? -result : x == 0f ? x : result;
    }

    /// <summary>1 / (1 + e^-x).</summary>
    public static float Sigmoid(float x)
    {
        // From exp(-|x|): it does not overflow, and for negative x the result inherits its relative accuracy.
        float e = Exp(-IntrinsicMath.Abs(x));
        return (x < 0f ? e : 1f) / (e + 1f);
    }

    /// <summary>log(1 + e^x) without overflow.</summary>
    public static float Softplus(float x) => float.IsNaN(x) ? x : (x > 0f ? x : 0f) + Log1p(Exp(-IntrinsicMath.Abs(x)));

    /// <summary>The error function.</summary>
    public static float Erf(float x)
    {
        float a = IntrinsicMath.Abs(x);
        float result;
        if (a < 0.9375f)
        {
            // erf(a) / a - 1
            float u = a * a;
            float q = 8.29656274e-05f;
            q = q * u - 0.000812579354f;
            q = q * u + 0.00519959861f;
            q = q * u - 0.0268588513f;
            q = q * u + 0.11283686f;
            q = q * u - 0.376126319f;
            q = q * u + 0.128379166f;
            result = q * a + a;
        }
        else
        {
            // log(1 - erf(a)); from 4 on, erf rounds to 1
            float b = a > 4f ? 4f : a;
            float p = -2.13631083e-05f;
            p = p * b + 0.000437555718f;
            p = p * b - 0.00418602442f;
            p = p * b + 0.0251587667f;
            p = p * b - 0.108340852f;
            p = p * b - 0.633291721f;
            p = p * b - 1.12954223f;
            p = p * b + 0.000180355099f;
            result = 1f - Exp(p);
        }
        return float.IsNaN(x) || x == 0f ? x : x < 0f ? -result : result;
    }

    /// <summary>The sine of an angle in radians, up to 2^31 quarter turns.</summary>
    public static float Sin(float x) => x == 0f ? x : SinOfQuadrants(x, 0);

    /// <summary>The cosine of an angle in radians, up to 2^31 quarter turns.</summary>
    public static float Cos(float x) => SinOfQuadrants(x, 1);

    /// <summary>x to the power y: NaN for a negative base, unless y is a whole number.</summary>
    public static float Pow(float x, float y)
    {
        if (y == 0f || x == 1f)
            return 1f;
        if (float.IsNaN(x) || float.IsNaN(y))
            return float.NaN;
        float a = IntrinsicMath.Abs(x);
        bool whole = Round(y) == y;
        // Floats from 2^24 on are even.
        bool odd = whole && IntrinsicMath.Abs(y) < 16777216f && ((int)y & 1) != 0;
        float result;
        if (a == 0f || a == float.PositiveInfinity)
            result = a == 0f == y > 0f ? 0f : float.PositiveInfinity;
        else if (y is float.PositiveInfinity or float.NegativeInfinity)
            result = a == 1f ? 1f : a > 1f == y > 0f ? float.PositiveInfinity : 0f;
        else if (x < 0f && !whole)
            return float.NaN;
        else
            result = ExpOfDouble(y * LogOfDouble(a));
        return x < 0f && odd || x == 0f && odd && 1f / x < 0f ? -result : result;
    }

    /// <summary>The nearest whole number, halves to even.</summary>
    public static float Round(float x)
    {
        // From 2^23 on floats are whole; below, adding that rounds in the last place.
        if (!(IntrinsicMath.Abs(x) < 8388608f))
            return x;
        float below = MathF.Floor(x);
        float rest = x - below;
        bool isOdd = ((int)below & 1) != 0;
        float result = rest > 0.5f || rest == 0.5f && isOdd ? below + 1f : below;
        return result == 0f ? x * 0f : result;
    }

    /// <summary>-1, 0 or 1; NaN for NaN.</summary>
    public static float Sign(float x) => x > 0f ? 1f : x < 0f ? -1f : x;

    /// <summary>The larger one, NaN if one is NaN.</summary>
    public static float Max(float x, float y) => float.IsNaN(x) ? x : float.IsNaN(y) ? y : MathF.Max(x, y);

    /// <summary>The smaller one, NaN if one is NaN.</summary>
    public static float Min(float x, float y) => float.IsNaN(x) ? x : float.IsNaN(y) ? y : MathF.Min(x, y);

    /// <summary>Truncates; the nearest integer there is where the number is too large, 0 for NaN.</summary>
    public static int ToInt32(float x) => x >= 2147483648f ? int.MaxValue : x <= -2147483648f ? int.MinValue : float.IsNaN(x) ? 0 : (int)x;

    /// <inheritdoc cref="ToInt32(float)"/>
    public static long ToInt64(float x) =>
        x >= 9223372036854775808f ? long.MaxValue : x <= -9223372036854775808f ? long.MinValue : float.IsNaN(x) ? 0 : (long)x;

    /// <inheritdoc cref="ToInt32(float)"/>
    public static byte ToByte(float x) => x >= 255f ? (byte)255 : x > 0f ? (byte)(int)x : (byte)0;

    // exp(x) = 2^n (1 + result), with |result| at most about 0.42. Saturates where exp(x) is 0 or infinite.
    static float Expm1Reduced(float x, out int n)
    {
        float bounded = x > -104f ? (x < 89f ? x : 89f) : -104f;
        float turns = MathF.Floor(bounded * Log2E + 0.5f);
        float exact = bounded - turns * Ln2High;
        float r = exact - turns * Ln2Low;
        float rest = exact - r - turns * Ln2Low;

        // (e^r - 1 - r) / r^2
        float p = 0.000199140966f;
        p = p * r + 0.0013941013f;
        p = p * r + 0.00833327323f;
        p = p * r + 0.041666355f;
        p = p * r + 0.166666672f;
        p = p * r + 0.5f;
        n = (int)turns;
        return r * r * p + rest + r;
    }

    // x 2^n for n from -151 to 129, in two steps: 2^n itself may be no normal number.
    static float Scale(float x, int n)
    {
        int half = n >> 1;
        return x * PowerOfTwo(half) * PowerOfTwo(n - half);
    }

    static float PowerOfTwo(int n) => Interop.IntAsFloat(unchecked((uint)((n + ExponentBias) << MantissaBits)));

    static int BitsOf(float x) => unchecked((int)Interop.FloatAsInt(x));

    // log(x) + exponent ln 2 + correction, for positive normal x and a tiny correction
    static float LogOfNormal(float x, float exponent, float correction)
    {
        // x = 2^e (1 + f), sqrt(1/2) <= 1 + f < sqrt(2)
        int e = (BitsOf(x) - BitsOfRootHalf) >> MantissaBits;
        float f = Interop.IntAsFloat(unchecked((uint)(BitsOf(x) - (e << MantissaBits)))) - 1f;
        float whole = exponent + e;

        // (log(1 + f) - f + f^2/2) / f^3
        float p = 0.0691614673f;
        p = p * f - 0.117888995f;
        p = p * f + 0.118720964f;
        p = p * f - 0.123844631f;
        p = p * f + 0.142188072f;
        p = p * f - 0.16669248f;
        p = p * f + 0.200022176f;
        p = p * f - 0.249999866f;
        p = p * f + 0.333333105f;

        float square = f * f;
        float low = whole * Ln2Low + correction;
        low = f * square * p + low;
        low = square * -0.5f + low;
        return whole * Ln2High + (f + low);
    }

    // sin(x + quadrants pi/2). The remainder is taken in double: it cancels.
    static float SinOfQuadrants(float x, int quadrants)
    {
        const double halfPiHigh = 1.57079632673412561417, halfPiLow = 6.07710050650619224932e-11;
        if (!(IntrinsicMath.Abs(x) < float.PositiveInfinity))
            return float.NaN;
        double n = Math.Floor(x * 0.63661977236758134308 + 0.5);
        float r = (float)(x - n * halfPiHigh - n * halfPiLow);
        float u = r * r;

        // (sin(r) - r) / r^3
        float s = 2.71825843e-06f;
        s = s * u - 0.000198393289f;
        s = s * u + 0.00833332911f;
        s = s * u - 0.166666672f;
        float sin = s * (r * u) + r;

        // (cos(r) - 1 + r^2/2) / r^4
        float c = -2.72098902e-07f;
        c = c * u + 2.47995158e-05f;
        c = c * u - 0.00138888834f;
        c = c * u + 0.0416666679f;
        float cos = c * (u * u) + (u * -0.5f + 1f);

        long quadrant = (long)n + quadrants;
        float result = (quadrant & 1) != 0 ? cos : sin;
        return (quadrant & 2) != 0 ? -result : result;
    }

    // The logarithm of a positive number to about 2^-45: a power multiplies its error.
    static double LogOfDouble(float x)
    {
        bool denormal = x < SmallestNormal;
        float normal = denormal ? x * 8388608f : x;
        int e = (BitsOf(normal) - BitsOfRootHalf) >> MantissaBits;
        double m = Interop.IntAsFloat(unchecked((uint)(BitsOf(normal) - (e << MantissaBits))));
        // log(m) = 2 atanh(s), |s| <= 0.172
        double s = (m - 1) / (m + 1);
        double u = s * s;
        double sum = 1.0 / 15;
        sum = sum * u + 1.0 / 13;
        sum = sum * u + 1.0 / 11;
        sum = sum * u + 1.0 / 9;
        sum = sum * u + 1.0 / 7;
        sum = sum * u + 1.0 / 5;
        sum = sum * u + 1.0 / 3;
        return (denormal ? e - 23 : e) * 0.69314718055994530942 + 2 * (s + s * u * sum);
    }

    static float ExpOfDouble(double x)
    {
        if (x > 89)
            return float.PositiveInfinity;
        if (x < -104)
            return 0f;
        double n = Math.Floor(x * 1.44269504088896340736 + 0.5);
        double r = x - n * 0.69314718055994530942;
        double sum = 1.0 / 362880;
        sum = sum * r + 1.0 / 40320;
        sum = sum * r + 1.0 / 5040;
        sum = sum * r + 1.0 / 720;
        sum = sum * r + 1.0 / 120;
        sum = sum * r + 1.0 / 24;
        sum = sum * r + 1.0 / 6;
        sum = sum * r + 0.5;
        return Scale((float)(sum * r * r + r + 1), (int)n);
    }
}
