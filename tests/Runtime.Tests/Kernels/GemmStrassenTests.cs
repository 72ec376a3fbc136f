using System.Numerics;
using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests;

public class GemmStrassenTests
{
    [Theory]
    [InlineData(64, 64, 64, 40, 1)]
    [InlineData(67, 71, 75, 40, 1)]
    [InlineData(130, 133, 129, 32, 3)]
    [InlineData(96, 200, 65, 40, 1)]
    [InlineData(30, 200, 200, 32, 0)]
    public void Fast_product_is_within_its_bound_and_the_same_for_any_number_of_threads(int m, int n, int k, int size, int levels)
    {
        Check<F32x16, float>(m, n, k, size, levels, Simd.Has512);
        Check<F32x8, float>(m, n, k, size, levels, Simd.Has256);
        Check<F32x1, float>(m, n, k, size, levels, true);
        Check<F64x8, double>(m, n, k, size, levels, Simd.Has512);
        Check<F64x4, double>(m, n, k, size, levels, Simd.Has256);
    }

    static void Check<TLanes, T>(int m, int n, int k, int size, int levels, bool runs)
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!runs)
            return;
        int lda = k + 1, ldb = n + 2, ldc = n + 3;
        using var a = new GuardedBuffer<T>(m * lda - 1);
        using var b = new GuardedBuffer<T>(k * ldb - 2);
        using var c = new GuardedBuffer<T>(m * ldc - 3);
        Close.Fill(a.Span, 1);
        Close.Fill(b.Span, 2);
        T[]? first = null;
        foreach (int threads in new[] { 1, 2, 3 })
        {
            using var pool = new WorkerPool(threads);
            c.Span.Fill(T.CreateChecked(7));
            Gemm.MultiplyStrassen<TLanes, T>(pool, size, m, n, k, new(a.Pointer, lda), new(b.Pointer, ldb), new(c.Pointer, ldc));
            first ??= c.Span.ToArray();
            c.Span.ToArray().ShouldBe(first);
        }

        // Operands are at most 1.
        double unit = double.CreateChecked(T.BitIncrement(T.One) - T.One) / 2, h = Math.Ceiling(k / Math.Pow(2, levels));
        double bound = Math.Pow(18, levels) * (h * h + 6 * h) * unit, largest = 0;
        for (int i = 0; i < m; i++)
            for (int j = 0; j < ldc && i * ldc + j < c.Count; j++)
            {
                double sum = j < n ? 0 : 7;
                for (int p = 0; p < k && j < n; p++)
                    sum += double.CreateChecked(a.Span[i * lda + p]) * double.CreateChecked(b.Span[p * ldb + j]);
                largest = Math.Max(largest, Math.Abs(sum));
                Math.Abs(double.CreateChecked(first![i * ldc + j]) - sum).ShouldBeLessThanOrEqualTo(bound);
            }
        largest.ShouldBeGreaterThan(20 * bound);
    }
}
