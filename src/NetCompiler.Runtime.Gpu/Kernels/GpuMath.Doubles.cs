using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <content>
/// The functions on double: the path for checking, not for speed. Results stay within 8 ulp of the exact values; a power within
/// 2^-52 (4 + |y log x|) of its size.
/// </content>
public static partial class GpuMath
{
    // ln 2 in two parts; the first has 32 bits, so that n times it is exact.
    const double DoubleLn2High = 6.93147180369123816490e-01;
    const double DoubleLn2Low = 1.90821492927058770002e-10;

    const double SmallestNormalDouble = 2.2250738585072014e-308;
    const long DoubleBitsOfRootHalf = 0x3FE6A09E667F3BCD;
    const int DoubleMantissaBits = 52;

    /// <inheritdoc cref="Exp(float)"/>
    public static double Exp(double x)
    {
        double reduced = Expm1Reduced(x, out int n);
        return double.IsNaN(x) ? x : Scale(reduced + 1, n);
    }

    /// <inheritdoc cref="Expm1(float)"/>
    public static double Expm1(double x)
    {
        double p = Expm1Reduced(x, out int n);
        if (double.IsNaN(x) || x == 0)
            return x;
        if (n > 60)
            return Scale(p + 1, n);
        double power = Scale(1.0, n);
        return power * p + (power - 1);
    }

    /// <inheritdoc cref="Log(float)"/>
    public static double Log(double x)
    {
        if (!(x > 0))
            return x == 0 ? double.NegativeInfinity : double.NaN;
        if (!(x < double.PositiveInfinity))
            return x;
        bool denormal = x < SmallestNormalDouble;
        return LogOfNormal(denormal ? x * 18014398509481984.0 : x, denormal ? -54.0 : 0.0, 0.0);
    }

    /// <inheritdoc cref="Log1p(float)"/>
    public static double Log1p(double x)
    {
        double sum = 1 + x;
        if (!(sum > 0))
            return sum == 0 ? double.NegativeInfinity : double.NaN;
        if (!(sum < double.PositiveInfinity) || x == 0)
            return x;
        double part = sum - 1;
        double rest = 1 - (sum - part) + (x - part);
        return LogOfNormal(sum, 0.0, rest / sum);
    }

    /// <inheritdoc cref="Tanh(float)"/>
    public static double Tanh(double x)
    {
        double a = IntrinsicMath.Abs(x);
        double e = Expm1(a + a);
        // From 22 on it rounds to 1, where the quotient would be one of infinities.
        double result = a > 22 ? 1 : e / (e + 2);
        return double.IsNaN(x) || x == 0 ? x : x < 0 ? -result : result;
    }

    /// <inheritdoc cref="Sigmoid(float)"/>
    public static double Sigmoid(double x)
    {
        double e = Exp(-IntrinsicMath.Abs(x));
        return (x < 0 ? e : 1.0) / (e + 1);
    }

    /// <inheritdoc cref="Softplus(float)"/>
    public static double Softplus(double x) => double.IsNaN(x) ? x : (x > 0 ? x : 0.0) + Log1p(Exp(-IntrinsicMath.Abs(x)));

    /// <inheritdoc cref="Erf(float)"/>
    /// <remarks>Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.6 and 7.1.14.</remarks>
    public static double Erf(double x)
    {
        const double rootOfPi = 1.77245385090551602730;
        double a = IntrinsicMath.Abs(x);
        if (double.IsNaN(x) || a == 0)
            return x;
        double result = 1;
        if (a < 2.5)
        {
            // All terms are positive, so that nothing cancels; the last is below 1e-17 of the sum.
            double term = a, sum = a;
            for (int n = 1; n < 60; n++)
            {
                term *= 2 * a * a / (2 * n + 1);
                sum += term;
            }
            result = 2 / rootOfPi * Exp(-a * a) * sum;
        }
        else if (a < 6)
        {
            double fraction = a;
            for (int n = 60; n > 0; n--)
                fraction = a + n / 2.0 / fraction;
            result = 1 - Exp(-a * a) / (rootOfPi * fraction);
        }
        return x < 0 ? -result : result;
    }

    /// <inheritdoc cref="Sin(float)"/>
    public static double Sin(double x) => x == 0 ? x : SinOfQuadrants(x, 0);

    /// <inheritdoc cref="Cos(float)"/>
    public static double Cos(double x) => SinOfQuadrants(x, 1);

    /// <inheritdoc cref="Pow(float, float)"/>
    public static double Pow(double x, double y)
    {
        if (y == 0 || x == 1)
            return 1;
        if (double.IsNaN(x) || double.IsNaN(y))
            return double.NaN;
        double a = IntrinsicMath.Abs(x);
        bool whole = Round(y) == y;
        // Doubles from 2^53 on are even.
        bool odd = whole && IntrinsicMath.Abs(y) < 9007199254740992.0 && ((long)y & 1) != 0;
        double result;
        if (a == 0 || a == double.PositiveInfinity)
            result = a == 0 == y > 0 ? 0.0 : double.PositiveInfinity;
        else if (y is double.PositiveInfinity or double.NegativeInfinity)
            result = a == 1 ? 1.0 : a > 1 == y > 0 ? double.PositiveInfinity : 0.0;
        else if (x < 0 && !whole)
            return double.NaN;
        else
            result = Exp(y * Log(a));
        return x < 0 && odd || x == 0 && odd && 1 / x < 0 ? -result : result;
    }

    /// <inheritdoc cref="Round(float)"/>
    public static double Round(double x)
    {
        // From 2^52 on doubles are whole.
        if (!(IntrinsicMath.Abs(x) < 4503599627370496.0))
            return x;
        double below = Math.Floor(x);
        double rest = x - below;
        bool isOdd = ((long)below & 1) != 0;
        double result = rest > 0.5 || rest == 0.5 && isOdd ? below + 1 : below;
        return result == 0 ? x * 0.0 : result;
    }

    /// <inheritdoc cref="Sign(float)"/>
    public static double Sign(double x) => x > 0 ? 1.0 : x < 0 ? -1.0 : x;

    /// <inheritdoc cref="Max(float, float)"/>
    public static double Max(double x, double y) => double.IsNaN(x) ? x : double.IsNaN(y) ? y : Math.Max(x, y);

    /// <inheritdoc cref="Min(float, float)"/>
    public static double Min(double x, double y) => double.IsNaN(x) ? x : double.IsNaN(y) ? y : Math.Min(x, y);

    /// <inheritdoc cref="ToInt32(float)"/>
    public static int ToInt32(double x) => x >= 2147483647.0 ? int.MaxValue : x <= -2147483648.0 ? int.MinValue : double.IsNaN(x) ? 0 : (int)x;

    /// <inheritdoc cref="ToInt32(float)"/>
    public static long ToInt64(double x) =>
        x >= 9223372036854775808.0 ? long.MaxValue : x <= -9223372036854775808.0 ? long.MinValue : double.IsNaN(x) ? 0 : (long)x;

    /// <inheritdoc cref="ToInt32(float)"/>
    public static byte ToByte(double x) => x >= 255 ? (byte)255 : x > 0 ? (byte)(int)x : (byte)0;

    // exp(x) = 2^n (1 + result), with |result| at most about 0.42. Saturates where exp(x) is 0 or infinite.
    static double Expm1Reduced(double x, out int n)
    {
        double bounded = x > -746 ? (x < 710 ? x : 710.0) : -746.0;
        double turns = Math.Floor(bounded * 1.44269504088896340736 + 0.5);
        double exact = bounded - turns * DoubleLn2High;
        double r = exact - turns * DoubleLn2Low;
        double rest = exact - r - turns * DoubleLn2Low;

        // (e^r - 1 - r) / r^2; the first term left out is below 2^-60 for |r| <= ln(2) / 2
        double p = 1.0 / 1307674368000;
        p = p * r + 1.0 / 87178291200;
        p = p * r + 1.0 / 6227020800;
        p = p * r + 1.0 / 479001600;
        p = p * r + 1.0 / 39916800;
        p = p * r + 1.0 / 3628800;
        p = p * r + 1.0 / 362880;
        p = p * r + 1.0 / 40320;
        p = p * r + 1.0 / 5040;
        p = p * r + 1.0 / 720;
        p = p * r + 1.0 / 120;
        p = p * r + 1.0 / 24;
        p = p * r + 1.0 / 6;
        p = p * r + 0.5;
        n = (int)turns;
        return r * r * p + rest + r;
    }

    // x 2^n for n from -1077 to 1025, in two steps: 2^n itself may be no normal number.
    static double Scale(double x, int n)
    {
        int half = n >> 1;
        return x * DoublePowerOfTwo(half) * DoublePowerOfTwo(n - half);
    }

    static double DoublePowerOfTwo(int n) => DoubleOfBits((long)(n + 1023) << DoubleMantissaBits);

    static long BitsOf(double x) => unchecked((long)Interop.FloatAsInt(x));

    static double DoubleOfBits(long bits) => Interop.IntAsFloat(unchecked((ulong)bits));

    // log(x) + exponent ln 2 + correction, for positive normal x and a tiny correction
    static double LogOfNormal(double x, double exponent, double correction)
    {
        // x = 2^e (1 + f), sqrt(1/2) <= 1 + f < sqrt(2)
        long e = (BitsOf(x) - DoubleBitsOfRootHalf) >> DoubleMantissaBits;
        double f = DoubleOfBits(BitsOf(x) - (e << DoubleMantissaBits)) - 1;
        double whole = exponent + e;

        // log(1 + f) = 2 atanh(s) = f - f^2/2 + s (f^2/2 + series), |s| <= 0.172; the first term left out is below 2^-60
        double s = f / (2 + f), u = s * s;
        double series = 2.0 / 23;
        series = series * u + 2.0 / 21;
        series = series * u + 2.0 / 19;
        series = series * u + 2.0 / 17;
        series = series * u + 2.0 / 15;
        series = series * u + 2.0 / 13;
        series = series * u + 2.0 / 11;
        series = series * u + 2.0 / 9;
        series = series * u + 2.0 / 7;
        series = series * u + 2.0 / 5;
        series = series * u + 2.0 / 3;
        double half = 0.5 * f * f;
        return whole * DoubleLn2High - (half - (s * (half + series * u) + (whole * DoubleLn2Low + correction)) - f);
    }

    // sin(x + quadrants pi/2). Up to 2^20 quarter turns what is taken away is exact but for the last part.
    static double SinOfQuadrants(double x, int quadrants)
    {
        const double first = 1.57079632673412561417e+00, second = 6.07710050630396597660e-11, third = 2.02226624879595063154e-21;
        if (!(IntrinsicMath.Abs(x) < double.PositiveInfinity))
            return double.NaN;
        double n = Math.Floor(x * 0.63661977236758134308 + 0.5);
        double near = x - n * first, part = near - n * second;
        double r = part - (n * third - (near - part - n * second));
        double u = r * r;

        // (sin(r) - r) / r^3
        double sin = 1.0 / 355687428096000;
        sin = sin * u - 1.0 / 1307674368000;
        sin = sin * u + 1.0 / 6227020800;
        sin = sin * u - 1.0 / 39916800;
        sin = sin * u + 1.0 / 362880;
        sin = sin * u - 1.0 / 5040;
        sin = sin * u + 1.0 / 120;
        sin = sin * u - 1.0 / 6;
        sin = sin * (r * u) + r;

        // (cos(r) - 1 + r^2/2) / r^4
        double cos = 1.0 / 20922789888000;
        cos = cos * u - 1.0 / 87178291200;
        cos = cos * u + 1.0 / 479001600;
        cos = cos * u - 1.0 / 3628800;
        cos = cos * u + 1.0 / 40320;
        cos = cos * u - 1.0 / 720;
        cos = cos * u + 1.0 / 24;
        cos = cos * (u * u) + (u * -0.5 + 1);

        long quadrant = (long)n + quadrants;
        double result = (quadrant & 1) != 0 ? cos : sin;
        return (quadrant & 2) != 0 ? -result : result;
    }
}
