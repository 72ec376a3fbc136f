using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>
/// Fourier transforms of 8, 16, 32 or 64 complex numbers, for 16 channels at once: Stockham's self-sorting algorithm with steps of
/// radix 4 and a last one of radix 2 where needed (Van Loan, Computational Frameworks for the FFT, 1.7).
/// </summary>
static unsafe class Fft
{
    /// <summary>The floats of working memory of a transform of <paramref name="size"/>.</summary>
    public static nint ScratchLength(int size) => 2 * size * 32;

    /// <summary>cos and -sin of 2π k / size, k &lt; size.</summary>
    public static float[] Roots(int size)
    {
        var roots = new float[2 * size];
        for (int k = 0; k < size; k++)
            (roots[2 * k], roots[2 * k + 1]) = ((float)Math.Cos(2 * Math.PI * k / size), (float)-Math.Sin(2 * Math.PI * k / size));
        return roots;
    }

    /// <summary>
    /// to[k] = sum over j of from[j] · e^(-2πi jk / size), of numbers in two parts that lie a stride of floats apart. With the parts of both
    /// exchanged it is the inverse, without its factor 1 / size. Lanes 0 to those of a vector only; from and to do not overlap.
    /// </summary>
    [MethodImpl(Simd.Optimised)]
    public static void Run<TOperations, TVector>(
        int size, float* roots, float* fromRe, float* fromIm, nint fromStride, float* toRe, float* toIm, nint toStride, float* scratch)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        float* other = scratch + size * 32;
        for (int length = size, done = 1; length > 1;)
        {
            bool last = length <= 4;
            float* re = last ? toRe : scratch, im = last ? toIm : scratch + 16;
            nint stride = last ? toStride : 32;
            if (length >= 4)
            {
                for (int p = 0; p < length / 4; p++)
                    Radix4<TOperations, TVector>(
                        roots, p * done, done, fromRe + p * done * fromStride, fromIm + p * done * fromStride, fromStride, size / 4,
                        re + 4 * p * done * stride, im + 4 * p * done * stride, stride);
                length /= 4;
                done *= 4;
            }
            else
            {
                Radix2<TOperations, TVector>(done, fromRe, fromIm, fromStride, re, im, stride);
                length = 1;
            }
            fromRe = re;
            fromIm = im;
            fromStride = stride;
            // The next step must not write where it reads.
            float* used = scratch;
            scratch = other;
            other = used;
        }
    }

    // The butterflies of one root's power; inputs lie a quarter of all numbers apart.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Radix4<TOperations, TVector>(
        float* roots, int power, int count, float* fromRe, float* fromIm, nint fromStride, int quarter, float* toRe, float* toIm, nint toStride)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        nint distance = quarter * fromStride, step = count * toStride;
        TVector minus = TOperations.Splat(-1f);
        TVector cos1 = TOperations.Splat(roots[2 * power]), sin1 = TOperations.Splat(roots[2 * power + 1]), less1 = TOperations.Splat(-roots[2 * power + 1]);
        TVector cos2 = TOperations.Splat(roots[4 * power]), sin2 = TOperations.Splat(roots[4 * power + 1]), less2 = TOperations.Splat(-roots[4 * power + 1]);
        TVector cos3 = TOperations.Splat(roots[6 * power]), sin3 = TOperations.Splat(roots[6 * power + 1]), less3 = TOperations.Splat(-roots[6 * power + 1]);
        for (int q = 0; q < count; q++, fromRe += fromStride, fromIm += fromStride, toRe += toStride, toIm += toStride)
        {
            TVector ar = TOperations.Load(fromRe), ai = TOperations.Load(fromIm), br = TOperations.Load(fromRe + distance), bi = TOperations.Load(fromIm + distance);
            TVector cr = TOperations.Load(fromRe + 2 * distance), ci = TOperations.Load(fromIm + 2 * distance);
            TVector dr = TOperations.Load(fromRe + 3 * distance), di = TOperations.Load(fromIm + 3 * distance);
            TVector sumRe = TOperations.Add(ar, cr), sumIm = TOperations.Add(ai, ci);
            TVector differenceRe = TOperations.MultiplyAdd(minus, cr, ar), differenceIm = TOperations.MultiplyAdd(minus, ci, ai);
            TVector otherRe = TOperations.Add(br, dr), otherIm = TOperations.Add(bi, di);
            TVector turnedRe = TOperations.MultiplyAdd(minus, di, bi), turnedIm = TOperations.MultiplyAdd(minus, br, dr); // -i (b - d)

            TOperations.Store(toRe, TOperations.Add(sumRe, otherRe));
            TOperations.Store(toIm, TOperations.Add(sumIm, otherIm));
            Turn<TOperations, TVector>(TOperations.Add(differenceRe, turnedRe), TOperations.Add(differenceIm, turnedIm), power == 0, cos1, sin1, less1, toRe + step, toIm + step);
            Turn<TOperations, TVector>(
                TOperations.MultiplyAdd(minus, otherRe, sumRe), TOperations.MultiplyAdd(minus, otherIm, sumIm), power == 0, cos2, sin2, less2, toRe + 2 * step, toIm + 2 * step);
            Turn<TOperations, TVector>(
                TOperations.MultiplyAdd(minus, turnedRe, differenceRe), TOperations.MultiplyAdd(minus, turnedIm, differenceIm), power == 0,
                cos3, sin3, less3, toRe + 3 * step, toIm + 3 * step);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Turn<TOperations, TVector>(TVector re, TVector im, bool byOne, TVector cos, TVector sin, TVector lessSin, float* toRe, float* toIm)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        TVector zero = default;
        TOperations.Store(toRe, byOne ? re : TOperations.MultiplyAdd(re, cos, TOperations.MultiplyAdd(im, lessSin, zero)));
        TOperations.Store(toIm, byOne ? im : TOperations.MultiplyAdd(re, sin, TOperations.MultiplyAdd(im, cos, zero)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Radix2<TOperations, TVector>(int count, float* fromRe, float* fromIm, nint fromStride, float* toRe, float* toIm, nint toStride)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        nint distance = count * fromStride, step = count * toStride;
        TVector minus = TOperations.Splat(-1f);
        for (int q = 0; q < count; q++, fromRe += fromStride, fromIm += fromStride, toRe += toStride, toIm += toStride)
        {
            TVector ar = TOperations.Load(fromRe), ai = TOperations.Load(fromIm), br = TOperations.Load(fromRe + distance), bi = TOperations.Load(fromIm + distance);
            TOperations.Store(toRe, TOperations.Add(ar, br));
            TOperations.Store(toIm, TOperations.Add(ai, bi));
            TOperations.Store(toRe + step, TOperations.MultiplyAdd(minus, br, ar));
            TOperations.Store(toIm + step, TOperations.MultiplyAdd(minus, bi, ai));
        }
    }
}
