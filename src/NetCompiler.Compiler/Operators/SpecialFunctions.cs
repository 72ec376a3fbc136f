using System;

namespace NetCompiler.Operators;

/// <summary>Scalar functions of the reference that .NET Standard lacks, good to a few ulps of float64.</summary>
internal static class SpecialFunctions
{
    /// <summary>e^x - 1. The rounding of e^x cancels in (u - 1) / ln u (Kahan).</summary>
    public static double Expm1(double x)
    {
        double u = Math.Exp(x);
        if (u == 1)
            return x;
        if (u - 1 == -1 || double.IsInfinity(u))
            return u - 1;
        return (u - 1) * x / Math.Log(u);
    }

    /// <summary>ln(1 + x). The rounding of 1 + x cancels in ln u / (u - 1) (Kahan).</summary>
    public static double Log1p(double x)
    {
        double u = 1 + x;
        if (u == 1)
            return x;
        return double.IsPositiveInfinity(u) ? u : Math.Log(u) * x / (u - 1);
    }

    public static double Sigmoid(double x)
    {
        double e = Math.Exp(-Math.Abs(x));
        return x >= 0 ? 1 / (1 + e) : e / (1 + e);
    }

    public static double Softplus(double x) => Math.Max(x, 0) + Log1p(Math.Exp(-Math.Abs(x)));

    /// <summary>
    /// Below 3 the series 2/√π · e^(-x²) · Σ 2ⁿ x^(2n+1) / (2n+1)!!, whose terms are all of one sign (Abramowitz and Stegun 7.1.6);
    /// above, the continued fraction of erfc (7.1.14), evaluated from its tail.
    /// </summary>
    public static double Erf(double x)
    {
        double magnitude = Math.Abs(x);
        if (double.IsNaN(x))
            return x;
        if (magnitude > 6)
            return Math.Sign(x); // erfc(6) = 2e-17, under half an ulp of 1
        double scale = Math.Exp(-x * x) / Math.Sqrt(Math.PI);
        if (magnitude < 3)
        {
            double term = x, sum = x;
            for (int n = 1; Math.Abs(term) > 1e-17 * Math.Abs(sum); n++)
            {
                term *= 2 * x * x / (2 * n + 1);
                sum += term;
            }
            return 2 * scale * sum;
        }
        double fraction = magnitude;
        for (int n = 60; n >= 1; n--)
            fraction = magnitude + n / 2.0 / fraction;
        return Math.Sign(x) * (1 - scale / fraction);
    }
}
