using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NetCompiler.Runtime;

/// <summary>Max pooling of float in disjoint windows of 2 by 2, four windows at a time: planes are often too narrow for more.</summary>
static unsafe class PoolingTwoByTwo
{
    public static bool IsSupported => Sse41.IsSupported;

    // Where each of the four corners is the first largest of its window; exactly one is, for every window.
    readonly ref struct Winners
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Winners(float* upper, float* lower)
        {
            var (a, b) = Split(upper);
            var (c, d) = Split(lower);
            var second = Wins(b, a);
            var best = Sse41.BlendVariable(a, b, second);
            var third = Wins(c, best);
            best = Sse41.BlendVariable(best, c, third);
            D = Wins(d, best);
            C = Sse.AndNot(D, third);
            B = Sse.AndNot(Sse.Or(D, third), second);
            A = ~(B | C | D);
        }

        public Vector128<float> A { get; }

        public Vector128<float> B { get; }

        public Vector128<float> C { get; }

        public Vector128<float> D { get; }

        // As in Pooling.Wins: not (candidate <= best), unless best is NaN.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector128<float> Wins(Vector128<float> candidate, Vector128<float> best) =>
            Sse.And(Sse.CompareNotLessThanOrEqual(candidate, best), Sse.CompareOrdered(best, best));
    }

    // Even and odd ones of eight elements.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector128<float> Even, Vector128<float> Odd) Split(float* source)
    {
        var low = Sse.LoadVector128(source);
        var high = Sse.LoadVector128(source + 4);
        return (Sse.Shuffle(low, high, 0b10_00_10_00), Sse.Shuffle(low, high, 0b11_01_11_01));
    }

    // The index, from the upper row's start, of the first largest element of the window at column j.
    static nint Largest(float* upper, nint width, nint j)
    {
        nint best = 2 * j;
        if (Pooling.Wins(upper[2 * j + 1], upper[best]))
            best = 2 * j + 1;
        if (Pooling.Wins(upper[width + 2 * j], upper[best]))
            best = width + 2 * j;
        if (Pooling.Wins(upper[width + 2 * j + 1], upper[best]))
            best = width + 2 * j + 1;
        return best;
    }

    public readonly struct MaxGatherKernel(PoolingShape shape, Pointer<float> x, Pointer<float> v, Pointer<float> y) : IRangeKernel
    {
        [MethodImpl(Simd.Optimised)]
        public void Run(nint begin, nint end)
        {
            nint width = shape.InWidth, outHeight = shape.OutHeight, outWidth = shape.OutWidth;
            for (nint plane = begin; plane < end; plane++)
                for (nint i = 0; i < outHeight; i++)
                {
                    nint start = (plane * shape.InHeight + 2 * i) * width, j = 0;
                    float* row = (float*)x.Address + start, values = (float*)v.Address + start;
                    float* target = (float*)y.Address + (plane * outHeight + i) * outWidth;
                    for (; j + 4 <= outWidth; j += 4)
                    {
                        var winners = new Winners(row + 2 * j, row + width + 2 * j);
                        var (a, b) = Split(values + 2 * j);
                        var (c, d) = Split(values + width + 2 * j);
                        ((a & winners.A) | (b & winners.B) | (c & winners.C) | (d & winners.D)).Store(target + j);
                    }
                    for (; j < outWidth; j++)
                        target[j] = values[Largest(row, width, j)];
                }
        }
    }

    public readonly struct MaxScatterKernel(PoolingShape shape, Pointer<float> x, Pointer<float> dy, Pointer<float> dx) : IRangeKernel
    {
        [MethodImpl(Simd.Optimised)]
        public void Run(nint begin, nint end)
        {
            nint width = shape.InWidth, outHeight = shape.OutHeight, outWidth = shape.OutWidth;
            for (nint plane = begin; plane < end; plane++)
            {
                for (nint i = 0; i < outHeight; i++)
                {
                    nint start = (plane * shape.InHeight + 2 * i) * width, j = 0;
                    float* row = (float*)x.Address + start, target = (float*)dx.Address + start;
                    float* gradient = (float*)dy.Address + (plane * outHeight + i) * outWidth;
                    for (; j + 4 <= outWidth; j += 4)
                    {
                        var winners = new Winners(row + 2 * j, row + width + 2 * j);
                        var g = Sse.LoadVector128(gradient + j);
                        StoreInterleaved(g & winners.A, g & winners.B, target + 2 * j);
                        StoreInterleaved(g & winners.C, g & winners.D, target + width + 2 * j);
                    }

                    // What the vectors did not cover, a last column without a window included.
                    new Span<float>(target + 2 * j, (int)(width - 2 * j)).Clear();
                    new Span<float>(target + width + 2 * j, (int)(width - 2 * j)).Clear();
                    for (; j < outWidth; j++)
                        target[Largest(row, width, j)] = gradient[j];
                }
                if (shape.InHeight > 2 * outHeight)
                    new Span<float>((float*)dx.Address + (plane * shape.InHeight + 2 * outHeight) * width, (int)((shape.InHeight - 2 * outHeight) * width)).Clear();
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void StoreInterleaved(Vector128<float> even, Vector128<float> odd, float* target)
        {
            Sse.UnpackLow(even, odd).Store(target);
            Sse.UnpackHigh(even, odd).Store(target + 4);
        }
    }
}
