using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>
/// The one-dimensional transforms of the minimal filtering algorithms F(m, r) with m + r - 1 = <see cref="Extent"/>, by Toom and Cook's
/// interpolation at <see cref="Points"/> and infinity. Those of the input depend on the points alone, so they serve every r.
/// </summary>
/// <remarks>
/// Points come in pairs ±a: one transform gives even + a · odd and even - a · odd, which halves the arithmetic. Rows are scaled to need
/// no division; the filter's transform takes the factors up.
/// </remarks>
unsafe interface IWinogradScheme
{
    static abstract int Extent { get; }

    /// <summary>The finite points, in the order of the transformed numbers; infinity is the last number.</summary>
    static abstract double[] Points { get; }

    /// <summary>t[i · tStride] = the coefficients of the interpolation's dual, of d[i · dStride].</summary>
    static abstract void Input<TOperations, TVector>(float* d, nint dStride, float* t, nint tStride)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct;

    /// <summary>y[i · yStride] = sum over j of point[j]^i · m[j · mStride] for i &lt; <paramref name="steps"/>; the last adds infinity's m.</summary>
    static abstract void Output<TOperations, TVector>(float* m, nint mStride, float* y, nint yStride, int steps)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct;
}

/// <summary>F(2, 3): points 0, ±1, ∞.</summary>
readonly unsafe struct WinogradExtent4 : IWinogradScheme
{
    public static int Extent => 4;

    public static double[] Points => [0, 1, -1];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input<TOperations, TVector>(float* d, nint dStride, float* t, nint tStride)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        TVector minus = TOperations.Splat(-1f);
        TVector d0 = TOperations.Load(d), d1 = TOperations.Load(d + dStride), d2 = TOperations.Load(d + 2 * dStride), d3 = TOperations.Load(d + 3 * dStride);
        TOperations.Store(t, TOperations.MultiplyAdd(minus, d0, d2));
        TOperations.Store(t + tStride, TOperations.Add(d2, d1));
        TOperations.Store(t + 2 * tStride, TOperations.MultiplyAdd(minus, d1, d2));
        TOperations.Store(t + 3 * tStride, TOperations.MultiplyAdd(minus, d1, d3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output<TOperations, TVector>(float* m, nint mStride, float* y, nint yStride, int steps)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        TVector m0 = TOperations.Load(m), m1 = TOperations.Load(m + mStride), m2 = TOperations.Load(m + 2 * mStride), m3 = TOperations.Load(m + 3 * mStride);
        TVector sum = TOperations.Add(m1, m2), difference = TOperations.MultiplyAdd(TOperations.Splat(-1f), m2, m1);
        TOperations.Store(y, TOperations.Add(m0, sum));
        TOperations.Store(y + yStride, steps == 2 ? TOperations.Add(difference, m3) : difference);
        if (steps == 3)
            TOperations.Store(y + 2 * yStride, TOperations.Add(sum, m3));
    }
}

/// <summary>F(4, 3) and F(2, 5): points 0, ±5/8, ±3/2, ∞, whose error is the smallest of pairs of short fractions.</summary>
readonly unsafe struct WinogradExtent6 : IWinogradScheme
{
    const float A = 0.625f, B = 1.5f, A2 = A * A, B2 = B * B;

    public static int Extent => 6;

    public static double[] Points => [0, A, -A, B, -B];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input<TOperations, TVector>(float* d, nint dStride, float* t, nint tStride)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        TVector product = TOperations.Splat(A2 * B2), sum = TOperations.Splat(-(A2 + B2));
        TVector a2 = TOperations.Splat(-A2), b2 = TOperations.Splat(-B2);
        TVector d0 = TOperations.Load(d), d1 = TOperations.Load(d + dStride), d2 = TOperations.Load(d + 2 * dStride);
        TVector d3 = TOperations.Load(d + 3 * dStride), d4 = TOperations.Load(d + 4 * dStride), d5 = TOperations.Load(d + 5 * dStride);
        TOperations.Store(t, TOperations.MultiplyAdd(product, d0, TOperations.MultiplyAdd(sum, d2, d4)));
        TVector even = TOperations.MultiplyAdd(b2, d2, d4), odd = TOperations.MultiplyAdd(b2, d1, d3);
        TOperations.Store(t + tStride, TOperations.MultiplyAdd(TOperations.Splat(A), odd, even));
        TOperations.Store(t + 2 * tStride, TOperations.MultiplyAdd(TOperations.Splat(-A), odd, even));
        even = TOperations.MultiplyAdd(a2, d2, d4);
        odd = TOperations.MultiplyAdd(a2, d1, d3);
        TOperations.Store(t + 3 * tStride, TOperations.MultiplyAdd(TOperations.Splat(B), odd, even));
        TOperations.Store(t + 4 * tStride, TOperations.MultiplyAdd(TOperations.Splat(-B), odd, even));
        TOperations.Store(t + 5 * tStride, TOperations.MultiplyAdd(product, d1, TOperations.MultiplyAdd(sum, d3, d5)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output<TOperations, TVector>(float* m, nint mStride, float* y, nint yStride, int steps)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        TVector minus = TOperations.Splat(-1f);
        TVector m1 = TOperations.Load(m + mStride), m2 = TOperations.Load(m + 2 * mStride), m3 = TOperations.Load(m + 3 * mStride), m4 = TOperations.Load(m + 4 * mStride);
        TVector m5 = TOperations.Load(m + 5 * mStride);
        TVector evenA = TOperations.Add(m1, m2), oddA = TOperations.MultiplyAdd(minus, m2, m1);
        TVector evenB = TOperations.Add(m3, m4), oddB = TOperations.MultiplyAdd(minus, m4, m3);
        TOperations.Store(y, TOperations.Add(TOperations.Load(m), TOperations.Add(evenA, evenB)));
        Term<TOperations, TVector>(y + yStride, A, oddA, B, oddB, m5, steps == 2);
        if (steps > 2)
            Term<TOperations, TVector>(y + 2 * yStride, A2, evenA, B2, evenB, m5, steps == 3);
        if (steps > 3)
            Term<TOperations, TVector>(y + 3 * yStride, A * A2, oddA, B * B2, oddB, m5, steps == 4);
        if (steps > 4)
            Term<TOperations, TVector>(y + 4 * yStride, A2 * A2, evenA, B2 * B2, evenB, m5, steps == 5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Term<TOperations, TVector>(float* y, float powerA, TVector a, float powerB, TVector b, TVector infinity, bool last)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        // The factors of each point are exact, so only sums round.
        TVector sum = TOperations.MultiplyAdd(TOperations.Splat(powerA), a, last ? infinity : default);
        TOperations.Store(y, TOperations.MultiplyAdd(TOperations.Splat(powerB), b, sum));
    }
}

/// <summary>F(6, 3) and F(4, 5): points 0, ±1/2, ±1, ±2, ∞.</summary>
readonly unsafe struct WinogradExtent8 : IWinogradScheme
{
    public static int Extent => 8;

    public static double[] Points => [0, 0.5, -0.5, 1, -1, 2, -2];

    // The polynomial whose roots are the finite points: x (x² - 1/4) (x² - 1) (x² - 4) = x^7 - 21/4 x^5 + 21/4 x^3 - x.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input<TOperations, TVector>(float* d, nint dStride, float* t, nint tStride)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        TVector minus = TOperations.Splat(-1f), middle = TOperations.Splat(5.25f);
        TVector d0 = TOperations.Load(d), d1 = TOperations.Load(d + dStride), d2 = TOperations.Load(d + 2 * dStride), d3 = TOperations.Load(d + 3 * dStride);
        TVector d4 = TOperations.Load(d + 4 * dStride), d5 = TOperations.Load(d + 5 * dStride), d6 = TOperations.Load(d + 6 * dStride), d7 = TOperations.Load(d + 7 * dStride);
        TOperations.Store(t, TOperations.MultiplyAdd(middle, TOperations.MultiplyAdd(minus, d4, d2), TOperations.MultiplyAdd(minus, d0, d6)));
        Pair<TOperations, TVector>(t + tStride, tStride, 0.5f, -5f, 4f, d1, d2, d3, d4, d5, d6);
        Pair<TOperations, TVector>(t + 3 * tStride, tStride, 1f, -4.25f, 1f, d1, d2, d3, d4, d5, d6);
        Pair<TOperations, TVector>(t + 5 * tStride, tStride, 2f, -1.25f, 0.25f, d1, d2, d3, d4, d5, d6);
        TOperations.Store(t + 7 * tStride, TOperations.MultiplyAdd(middle, TOperations.MultiplyAdd(minus, d5, d3), TOperations.MultiplyAdd(minus, d1, d7)));
    }

    // The rows of ±point: (x ± point) · x · (x^4 + second x² + first).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Pair<TOperations, TVector>(float* t, nint tStride, float point, float second, float first, TVector d1, TVector d2, TVector d3, TVector d4, TVector d5, TVector d6)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        TVector c2 = TOperations.Splat(second), c1 = TOperations.Splat(first);
        TVector even = TOperations.MultiplyAdd(c1, d2, TOperations.MultiplyAdd(c2, d4, d6));
        TVector odd = TOperations.MultiplyAdd(c1, d1, TOperations.MultiplyAdd(c2, d3, d5));
        TOperations.Store(t, TOperations.MultiplyAdd(TOperations.Splat(point), odd, even));
        TOperations.Store(t + tStride, TOperations.MultiplyAdd(TOperations.Splat(-point), odd, even));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output<TOperations, TVector>(float* m, nint mStride, float* y, nint yStride, int steps)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        TVector minus = TOperations.Splat(-1f);
        TVector m1 = TOperations.Load(m + mStride), m2 = TOperations.Load(m + 2 * mStride), m3 = TOperations.Load(m + 3 * mStride), m4 = TOperations.Load(m + 4 * mStride);
        TVector m5 = TOperations.Load(m + 5 * mStride), m6 = TOperations.Load(m + 6 * mStride), m7 = TOperations.Load(m + 7 * mStride);
        TVector evenA = TOperations.Add(m1, m2), oddA = TOperations.MultiplyAdd(minus, m2, m1);
        TVector evenB = TOperations.Add(m3, m4), oddB = TOperations.MultiplyAdd(minus, m4, m3);
        TVector evenC = TOperations.Add(m5, m6), oddC = TOperations.MultiplyAdd(minus, m6, m5);
        TOperations.Store(y, TOperations.Add(TOperations.Add(TOperations.Load(m), evenA), TOperations.Add(evenB, evenC)));
        Term<TOperations, TVector>(y + yStride, 0.5f, oddA, oddB, 2f, oddC, m7, steps == 2);
        if (steps > 2)
            Term<TOperations, TVector>(y + 2 * yStride, 0.25f, evenA, evenB, 4f, evenC, m7, steps == 3);
        if (steps > 3)
            Term<TOperations, TVector>(y + 3 * yStride, 0.125f, oddA, oddB, 8f, oddC, m7, steps == 4);
        if (steps > 4)
            Term<TOperations, TVector>(y + 4 * yStride, 0.0625f, evenA, evenB, 16f, evenC, m7, steps == 5);
        if (steps > 5)
            Term<TOperations, TVector>(y + 5 * yStride, 0.03125f, oddA, oddB, 32f, oddC, m7, steps == 6);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Term<TOperations, TVector>(float* y, float powerA, TVector a, TVector b, float powerC, TVector c, TVector infinity, bool last)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        TVector sum = TOperations.MultiplyAdd(TOperations.Splat(powerA), a, TOperations.MultiplyAdd(TOperations.Splat(powerC), c, b));
        TOperations.Store(y, last ? TOperations.Add(sum, infinity) : sum);
    }
}
