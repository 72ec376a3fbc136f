using System.Runtime.Intrinsics;
using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests;

public unsafe class BlockedTileTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(5)]
    public void Tiles_of_every_size_sum_their_runs_with_the_same_bits_at_every_vector_width(int stride)
    {
        for (int pixels = 1; pixels <= 14; pixels++)
        {
            float[] wide = new float[14 * 32], halves = new float[14 * 32], scalars = new float[14 * 32];
            if (Simd.Has512)
                Check<TileOfSingle512, Vector512<float>>(stride, pixels, wide);
            if (Simd.Has256 && pixels <= 6)
                Check<TileOfSingle256, Vector256<float>>(stride, pixels, halves);
            if (pixels <= 6)
                Check<TileOfSingle, float>(stride, pixels, scalars);
            if (pixels <= 6 && Simd.Has512)
                wide.ShouldBe(scalars);
            if (pixels <= 6 && Simd.Has256)
                halves.ShouldBe(scalars);
        }
    }

    // All 32 output channels, at as many vectors at a time as there are.
    static void Check<TOperations, TVector>(int stride, int pixels, float[] result)
        where TOperations : struct, ITileOperations<TVector, float>
        where TVector : struct
    {
        const int rowOfSecondBase = 900;

        // The step of the runs is read by kernels of any stride alone.
        int step = stride == 5 ? 2 : 1;
        BlockedRun* runs = stackalloc BlockedRun[] { new(3, 16), new(0, 1), new(40, 7) };
        using var x = new GuardedBuffer<float>(rowOfSecondBase + 40 + 7 * 2 + 6 * stride);
        using var w = new GuardedBuffer<float>(24 * 32);
        using var y = new GuardedBuffer<float>(14 * 32);
        Close.Fill(x.Span, 1);
        Close.Fill(w.Span, 2);
        for (int vectors = 1; vectors <= 2; vectors++)
        {
            // A slab of one block for single vectors of 16.
            int weightStride = TOperations.Lanes == 16 ? vectors * 16 : 32;
            Close.Fill(y.Span, 3);
            var expected = y.Span.ToArray().Select(value => (double)value).ToArray();
            var magnitudes = expected.Select(Math.Abs).ToArray();
            for (int p = 0; p < pixels; p++)
                for (int c = 0; c < 32; c++)
                    for (int r = 0, k = 0; r < 3; r++)
                        for (int i = 0; i < runs[r].Count; i++, k++)
                        {
                            double term = (double)x.Pointer[(p < 7 ? 0 : rowOfSecondBase) + p % 7 * stride + runs[r].X + step * i] * w.Pointer[Weight(k, c)];
                            expected[p * 32 + c] += term;
                            magnitudes[p * 32 + c] += Math.Abs(term);
                        }

            int width = vectors * TOperations.Lanes;
            for (int c = 0; c < 32; c += width)
            {
                var call = new BlockedTileCall
                {
                    Runs = runs, XStep = step, XStride = stride, X0 = (float*)x.Pointer.Address, X1 = (float*)x.Pointer.Address + rowOfSecondBase,
                    WeightStride = weightStride, Weights = (float*)w.Pointer.Address + Weight(0, c), Y0 = (float*)y.Pointer.Address + c, Y1 = (float*)y.Pointer.Address + 7 * 32 + c,
                    YStride = 32, YVector = TOperations.Lanes, Accumulate = true,
                };

                // The sum is cut after the first run.
                call.RunCount = 1;
                BlockedTiles<TOperations, TVector>.Of(stride, pixels, vectors, step)(&call);
                call.Runs = runs + 1;
                call.RunCount = 2;
                call.Weights += 16 * weightStride;
                BlockedTiles<TOperations, TVector>.Of(stride, pixels, vectors, step)(&call);
            }
            Close.ShouldBe<float>(y.Span, expected, magnitudes, 25, $"{pixels} pixels, {vectors} vectors, stride {stride}");
            if (vectors == 2)
                y.Span.CopyTo(result);

            int Weight(int k, int c) => c / weightStride * 24 * weightStride + k * weightStride + c % weightStride;
        }
    }
}
