using System.Numerics;
using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests;

public class GemmTests
{
    static readonly int[] Sizes = [1, 3, 17, 33, 65, 100];

    static readonly WorkerPool One = new(1), Two = new(2), Three = new(3);

    [Fact]
    public void Product_of_odd_sizes_matches_the_naive_sum_in_float() => AllSizes<float>(Check<F32x16, float>, Check<F32x8, float>, Check<F32x1, float>);

    [Fact]
    public void Product_of_odd_sizes_matches_the_naive_sum_in_double() => AllSizes<double>(Check<F64x8, double>, Check<F64x4, double>, Check<F64x1, double>);

    [Theory]
    [InlineData(300, 70, 1000)]
    [InlineData(29, 1500, 700)]
    [InlineData(700, 33, 650)]
    [InlineData(40, 1024, 1024)] // rows a page apart
    [InlineData(64, 200, 1029)]
    [InlineData(50, 900, 300)]
    [InlineData(460, 40, 530)]
    public void Product_beyond_one_block_matches_the_naive_sum(int m, int n, int k)
    {
        foreach (bool accumulate in new[] { false, true })
        {
            var shape = new Case(m, n, k, TransposeA: false, TransposeB: false, Padding: 3, accumulate);
            if (Simd.Has512)
                Check<F32x16, float>(shape);
            if (Simd.Has256)
                Check<F32x8, float>(shape);
            Check<F64x4, double>(shape with { TransposeA = true, TransposeB = true });
            if (Simd.Has512)
                Check<F32x16, float>(shape with { TransposeA = true, Padding = 0 });
        }
    }

    [Theory]
    [InlineData(0, 5, 7)]
    [InlineData(5, 0, 7)]
    [InlineData(5, 7, 0)]
    [InlineData(1, 7, 0)]
    public void Empty_product_writes_zeros_or_leaves_the_sum(int m, int n, int k)
    {
        using var c = new GuardedBuffer<float>(m * n);
        foreach (bool accumulate in new[] { false, true })
        {
            c.Span.Fill(5);
            Gemm.Multiply(One, false, false, m, n, k, default, Math.Max(1, k), default, Math.Max(1, n), c.Pointer, Math.Max(1, n), accumulate);
            c.Span.ToArray().ShouldAllBe(v => v == (accumulate ? 5f : 0f));
        }
    }

    [Theory]
    [InlineData(200, 300, 400)]
    [InlineData(1, 5000, 300)]
    [InlineData(5000, 1, 300)]
    [InlineData(20, 4000, 100)]
    [InlineData(70, 90, 1600)]
    [InlineData(1, 300, 2000)]
    public void Result_has_the_same_bits_for_any_number_of_threads(int m, int n, int k)
    {
        foreach (bool transpose in new[] { false, true })
        {
            var shape = new Case(m, n, k, transpose, transpose, 0, false);
            var one = Compute(One, shape);
            Compute(Two, shape).ShouldBe(one);
            Compute(Three, shape).ShouldBe(one);
        }
    }

    [Theory]
    [InlineData(2, 3, 5)]
    [InlineData(17, 70, 40)]
    [InlineData(64, 200, 1029)]
    [InlineData(460, 40, 530)]
    [InlineData(1, 100, 300)]
    public void However_its_caller_cuts_it_a_product_matches_the_naive_sum_with_the_same_bits_for_any_number_of_threads(int m, int n, int k)
    {
        foreach (int vectors in new[] { 1, 2, 3, 4 })
            foreach (bool copies in new[] { false, true })
                foreach (int depth in new[] { 0, 64, 256 })
                    for (int bits = 0; bits < 4; bits++)
                    {
                        var blocking = new GemmBlocking(vectors, copies, depth);
                        var shape = new Case(m, n, k, (bits & 1) != 0, (bits & 2) != 0, 3, false);
                        if (Simd.Has512)
                            Check<F32x16, float>(shape, blocking);
                        if (Simd.Has256)
                            Check<F32x8, float>(shape, blocking);
                        Check<F32x1, float>(shape, blocking);
                        var one = Compute(One, shape, blocking);
                        Compute(Two, shape, blocking).ShouldBe(one);
                        Compute(Three, shape, blocking).ShouldBe(one);
                    }
    }

    // The compiler reserves memory for packed matrices without knowing the vectors of the machine that its code will run on.
    [Fact]
    public void Narrower_vectors_need_no_more_memory_for_a_packed_matrix()
    {
        for (int n = 1; n <= 70; n++)
            foreach (int k in new[] { 1, 7, 300 })
            {
                nint most = Gemm.PackedLengthB<F32x16, float>(n, k);
                foreach (nint length in new[]
                {
                    Gemm.PackedLengthB<F32x8, float>(n, k), Gemm.PackedLengthB<F32x1, float>(n, k),
                    Gemm.PackedLengthB<F64x8, double>(n, k), Gemm.PackedLengthB<F64x4, double>(n, k), Gemm.PackedLengthB<F64x1, double>(n, k),
                })
                    length.ShouldBeLessThanOrEqualTo(most);
            }
    }

    [Fact]
    public void Batched_products_are_the_single_products()
    {
        const int batch = 7, m = 5, n = 19, k = 23;
        using var a = new GuardedBuffer<float>(batch * m * k);
        using var b = new GuardedBuffer<float>(n * k);
        using var single = new GuardedBuffer<float>(batch * m * n);
        using var batched = new GuardedBuffer<float>(batch * m * n);
        Close.Fill(a.Span, 1);
        Close.Fill(b.Span, 2);
        for (int i = 0; i < batch; i++)
            Gemm.Multiply(One, false, true, m, n, k, a.Pointer.Offset(i * m * k), k, b.Pointer, k, single.Pointer.Offset(i * m * n), n);
        foreach (var pool in new[] { One, Two, Three })
        {
            batched.Span.Fill(float.NaN);
            Gemm.MultiplyBatched(pool, batch, false, true, m, n, k, a.Pointer, k, m * k, b.Pointer, k, 0, batched.Pointer, n, m * n);
            batched.Span.ToArray().ShouldBe(single.Span.ToArray());
        }
    }

    [Fact]
    public void Multiplying_again_allocates_nothing()
    {
        using var data = new Operands<float>(new Case(100, 120, 140, false, false, 0, false));
        void Multiply() => Gemm.Multiply(Two, false, false, 100, 120, 140, data.A.Pointer, 140, data.B.Pointer, 120, data.C.Pointer, 120);
        for (int i = 0; i < 50; i++)
            Multiply();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++)
            Multiply();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    static float[] Compute(WorkerPool pool, Case shape, GemmBlocking blocking = default)
    {
        using var data = new Operands<float>(shape);
        Gemm.Multiply(
            pool, shape.TransposeA, shape.TransposeB, shape.M, shape.N, shape.K,
            data.A.Pointer, shape.StrideA, data.B.Pointer, shape.StrideB, data.C.Pointer, shape.StrideC, new NoEpilogue(), blocking);
        return data.C.Span.ToArray();
    }

    static void AllSizes<T>(Action<Case> widest, Action<Case> middle, Action<Case> scalar)
    {
        foreach (int m in Sizes)
            foreach (int n in Sizes)
                foreach (int k in Sizes)
                    for (int bits = 0; bits < 4; bits++)
                    {
                        var shape = new Case(m, n, k, (bits & 1) != 0, (bits & 2) != 0, (m + n) % 3, (m + n + k) % 2 == 0);
                        if (Simd.Has512)
                            widest(shape);
                        if (Simd.Has256)
                            middle(shape);
                        scalar(shape);
                    }
    }

    static void Check<TLanes, T>(Case shape) where TLanes : struct, ILanes<TLanes, T> where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Check<TLanes, T>(shape, default);

    static void Check<TLanes, T>(Case shape, GemmBlocking blocking) where TLanes : struct, ILanes<TLanes, T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var data = new Operands<T>(shape);
        var before = data.C.Span.ToArray();
        Gemm.Multiply<TLanes, T, NoEpilogue>(
            One, shape.TransposeA, shape.TransposeB, shape.M, shape.N, shape.K,
            data.A.Pointer, shape.StrideA, data.B.Pointer, shape.StrideB, data.C.Pointer, shape.StrideC, shape.Accumulate, default, blocking);

        var expected = new double[data.C.Count];
        var magnitudes = new double[data.C.Count];
        var a = data.A.Span;
        var b = data.B.Span;
        for (int i = 0; i < shape.M; i++)
            for (int j = 0; j < shape.StrideC && i * shape.StrideC + j < expected.Length; j++)
            {
                int index = i * shape.StrideC + j;
                double sum = shape.Accumulate || j >= shape.N ? double.CreateChecked(before[index]) : 0, magnitude = Math.Abs(sum);
                for (int p = 0; p < shape.K && j < shape.N; p++)
                {
                    double term = double.CreateChecked(a[shape.TransposeA ? p * shape.StrideA + i : i * shape.StrideA + p])
                        * double.CreateChecked(b[shape.TransposeB ? j * shape.StrideB + p : p * shape.StrideB + j]);
                    sum += term;
                    magnitude += Math.Abs(term);
                }
                expected[index] = sum;
                magnitudes[index] = magnitude;
            }
        Close.ShouldBe<T>(data.C.Span, expected, magnitudes, shape.K, $"{typeof(TLanes).Name} {shape}");
    }

    public record Case(int M, int N, int K, bool TransposeA, bool TransposeB, int Padding, bool Accumulate)
    {
        public int StrideA => (TransposeA ? M : K) + Padding;

        public int StrideB => (TransposeB ? K : N) + Padding;

        public int StrideC => N + Padding;
    }

    // Each operand ends with its last element, the padding of its last row left out.
    sealed class Operands<T> : IDisposable where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public Operands(Case shape)
        {
            A = new GuardedBuffer<T>((shape.TransposeA ? shape.K : shape.M) * shape.StrideA - shape.Padding);
            B = new GuardedBuffer<T>((shape.TransposeB ? shape.N : shape.K) * shape.StrideB - shape.Padding);
            C = new GuardedBuffer<T>(shape.M * shape.StrideC - shape.Padding);
            Close.Fill(A.Span, shape.M);
            Close.Fill(B.Span, shape.N);
            Close.Fill(C.Span, shape.K);
        }

        public GuardedBuffer<T> A { get; }

        public GuardedBuffer<T> B { get; }

        public GuardedBuffer<T> C { get; }

        public void Dispose()
        {
            A.Dispose();
            B.Dispose();
            C.Dispose();
        }
    }
}
