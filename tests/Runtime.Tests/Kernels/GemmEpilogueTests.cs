using System.Numerics;
using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests;

public class GemmEpilogueTests
{
    static readonly WorkerPool One = new(1), Two = new(2), Three = new(3);

    // Tiles of every height and width, one and several blocks of the depth, in place and packed, vectors and empty sums.
    public static TheoryData<int, int, int> Shapes => new()
    {
        { 1, 1, 1 }, { 1, 100, 33 }, { 1, 700, 1100 }, { 90, 1, 77 }, { 5, 7, 0 }, { 3, 40, 20 }, { 6, 200, 130 }, { 9, 130, 40 }, { 14, 100, 64 }, { 16, 84, 120 },
        { 64, 1024, 600 }, { 130, 140, 1024 }, { 300, 70, 520 }, { 500, 65, 90 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Epilogue_meets_each_final_element_of_a_product_once(int m, int n, int k)
    {
        foreach (var pool in new[] { One, Two, Three })
            for (int bits = 0; bits < 8; bits++)
            {
                Check<F32x16, float>(pool, m, n, k, bits, Simd.Has512);
                Check<F32x8, float>(pool, m, n, k, bits, Simd.Has256);
                Check<F64x8, double>(pool, m, n, k, bits, Simd.Has512);
                Check<F64x4, double>(pool, m, n, k, bits, Simd.Has256);
                if (m * n * k < 100_000)
                {
                    Check<F32x1, float>(pool, m, n, k, bits, true);
                    Check<F64x1, double>(pool, m, n, k, bits, true);
                }
            }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Consumer_takes_each_final_element_of_a_product_once(int m, int n, int k)
    {
        foreach (var pool in new[] { One, Two, Three })
            for (int bits = 0; bits < 4; bits++)
            {
                CheckConsumer<F32x16, float>(pool, m, n, k, bits, Simd.Has512);
                CheckConsumer<F32x8, float>(pool, m, n, k, bits, Simd.Has256);
                CheckConsumer<F64x8, double>(pool, m, n, k, bits, Simd.Has512);
                CheckConsumer<F64x4, double>(pool, m, n, k, bits, Simd.Has256);
                if (m * n * k < 100_000)
                {
                    CheckConsumer<F32x1, float>(pool, m, n, k, bits, true);
                    CheckConsumer<F64x1, double>(pool, m, n, k, bits, true);
                }
            }
    }

    // What the consumer adds to zeros must be the product, bit by bit: missed, doubled and early calls all show.
    static void CheckConsumer<TLanes, T>(WorkerPool pool, int m, int n, int k, int bits, bool runs)
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!runs)
            return;
        bool transposeA = (bits & 1) != 0, transposeB = (bits & 2) != 0;
        int lda = (transposeA ? m : k) + 1, ldb = (transposeB ? k : n) + 2;
        using var a = new GuardedBuffer<T>(Math.Max(1, (transposeA ? k : m) * lda - 1));
        using var b = new GuardedBuffer<T>(Math.Max(1, (transposeB ? n : k) * ldb - 2));
        using var plain = new GuardedBuffer<T>(m * n);
        using var sums = new GuardedBuffer<T>(m * n);
        Close.Fill(a.Span, 1);
        Close.Fill(b.Span, 2);
        sums.Span.Clear();
        Gemm.Multiply<TLanes, T, NoEpilogue>(One, transposeA, transposeB, m, n, k, a.Pointer, lda, b.Pointer, ldb, plain.Pointer, n, false, default);
        Gemm.Consume<TLanes, T, AddTo<T>>(pool, transposeA, transposeB, m, n, k, a.Pointer, lda, b.Pointer, ldb, new(sums.Pointer, m, n));
        for (int i = 0; i < m * n; i++)
            if (sums.Span[i] != plain.Span[i])
                throw new ShouldAssertException($"{typeof(TLanes).Name} {m} x {n} x {k}, variant {bits}: element ({i / n}, {i % n}) is {sums.Span[i]}, expected {plain.Span[i]}");
    }

    readonly struct AddTo<T>(Pointer<T> sums, nint m, nint n) : ITileConsumer<T> where T : unmanaged, INumberBase<T>
    {
        public void Run(Pointer<T> result, nint row, nint rows, nint column, nint columns)
        {
            for (nint i = row; i < row + rows; i++)
                for (nint j = column; j < column + columns; j++)
                    sums[i * n + j] += result[i * n + j];
        }

        public void Fetch(nint row, nint rows, nint column, nint columns)
        {
            (row >= 0 && row + rows <= m && column >= 0 && column + columns <= n).ShouldBeTrue();
            Gemm.Fetch(sums.Offset(row * n + column), n, rows, columns);
        }
    }

    [Fact]
    public void Epilogue_of_a_batch_sees_its_products_below_each_other()
    {
        const int batch = 5, m = 7, n = 37, k = 21;
        using var a = new GuardedBuffer<float>(batch * m * k);
        using var b = new GuardedBuffer<float>(batch * k * n);
        using var plain = new GuardedBuffer<float>(batch * m * n);
        using var finished = new GuardedBuffer<float>(batch * m * n);
        Close.Fill(a.Span, 1);
        Close.Fill(b.Span, 2);
        Gemm.MultiplyBatched(One, batch, false, false, m, n, k, a.Pointer, k, m * k, b.Pointer, n, k * n, plain.Pointer, n, m * n);
        foreach (var pool in new[] { One, Two, Three })
        {
            finished.Span.Fill(float.NaN);
            Gemm.MultiplyBatched(
                pool, batch, false, false, m, n, k, a.Pointer, k, m * k, b.Pointer, n, k * n, finished.Pointer, n, m * n, new AddPosition<float>(finished.Pointer, n, n));
            for (int i = 0; i < batch * m * n; i++)
                finished.Span[i].ShouldBe(plain.Span[i] + AddPosition<float>.Of(i / n, i % n));
        }
    }

    // A single row and several, parts narrower and wider than a block of columns and than a tile, no depth.
    [Theory]
    [InlineData(1, 4, 300, 70)]
    [InlineData(1, 3, 5, 9)]
    [InlineData(2, 4, 16, 130)]
    [InlineData(7, 3, 37, 600)]
    [InlineData(16, 4, 256, 256)]
    [InlineData(33, 2, 1, 12)]
    [InlineData(5, 2, 8, 0)]
    public void Epilogue_in_parts_meets_each_place_once_when_all_parts_are_final(int m, int parts, int width, int k)
    {
        foreach (var pool in new[] { One, Two, Three })
            for (int bits = 0; bits < 4; bits++)
            {
                CheckParts<F32x16, float>(pool, m, parts, width, k, bits, Simd.Has512);
                CheckParts<F32x8, float>(pool, m, parts, width, k, bits, Simd.Has256);
                CheckParts<F64x8, double>(pool, m, parts, width, k, bits, Simd.Has512);
                CheckParts<F64x4, double>(pool, m, parts, width, k, bits, Simd.Has256);
                CheckParts<F32x1, float>(pool, m, parts, width, k, bits, true);
                CheckParts<F64x1, double>(pool, m, parts, width, k, bits, true);
            }
    }

    // The sums of the parts, whose own elements are left as they are, are those of the product without parts, bit by bit.
    static void CheckParts<TLanes, T>(WorkerPool pool, int m, int parts, int width, int k, int bits, bool runs)
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!runs)
            return;
        bool transposeA = (bits & 1) != 0, transposeB = (bits & 2) != 0;
        int n = parts * width, lda = (transposeA ? m : k) + 1, ldb = (transposeB ? k : n) + 2, ldc = n + 3;
        using var a = new GuardedBuffer<T>(Math.Max(1, (transposeA ? k : m) * lda - 1));
        using var b = new GuardedBuffer<T>(Math.Max(1, (transposeB ? n : k) * ldb - 2));
        using var plain = new GuardedBuffer<T>(m * ldc - 3);
        using var result = new GuardedBuffer<T>(m * ldc - 3);
        using var sums = new GuardedBuffer<T>(m * width);
        Close.Fill(a.Span, 1);
        Close.Fill(b.Span, 2);
        Close.Fill(plain.Span, 3);
        plain.Span.CopyTo(result.Span);
        sums.Span.Clear();
        Gemm.Multiply<TLanes, T, NoEpilogue>(One, transposeA, transposeB, m, n, k, a.Pointer, lda, b.Pointer, ldb, plain.Pointer, ldc, false, default);
        Gemm.MultiplyParts<TLanes, T, SumOfParts<T>>(
            pool, parts, transposeA, transposeB, m, n, k, a.Pointer, lda, b.Pointer, ldb, result.Pointer, ldc, new(result.Pointer, ldc, parts, width, sums.Pointer));
        result.Span.ToArray().ShouldBe(plain.Span.ToArray());
        CheckSums();

        using var packed = new GuardedBuffer<T>((int)Gemm.PackedLengthB<TLanes, T>(n, k));
        Gemm.PackB<TLanes, T>(One, transposeB, n, k, b.Pointer, ldb, packed.Pointer);
        Gemm.MultiplyPacked<TLanes, T, NoEpilogue>(One, transposeA, m, n, k, a.Pointer, lda, packed.Pointer, plain.Pointer, ldc, false, default);
        Close.Fill(result.Span, 3);
        sums.Span.Clear();
        Gemm.MultiplyPackedParts<TLanes, T, SumOfParts<T>>(
            pool, parts, transposeA, m, n, k, a.Pointer, lda, packed.Pointer, result.Pointer, ldc, new(result.Pointer, ldc, parts, width, sums.Pointer));
        result.Span.ToArray().ShouldBe(plain.Span.ToArray());
        CheckSums();

        void CheckSums()
        {
            for (int i = 0; i < m; i++)
                for (int j = 0; j < width; j++)
                {
                    var expected = T.Zero;
                    for (int part = 0; part < parts; part++)
                        expected += plain.Span[i * ldc + part * width + j];
                    sums.Span[i * width + j].ShouldBe(expected, $"{typeof(TLanes).Name}, variant {bits}, ({i}, {j})");
                }
        }
    }

    readonly struct SumOfParts<T>(Pointer<T> c, nint stride, int parts, nint width, Pointer<T> sums) : ITileEpilogue where T : unmanaged, INumberBase<T>
    {
        public void Run(nint row, nint rows, nint column, nint columns)
        {
            (column + columns <= width).ShouldBeTrue();
            for (nint i = row; i < row + rows; i++)
                for (nint j = column; j < column + columns; j++)
                {
                    var sum = T.Zero;
                    for (int part = 0; part < parts; part++)
                        sum += c[i * stride + part * width + j];
                    sums[i * width + j] += sum;
                }
        }
    }

    // C with the epilogue must be C without it plus a number that tells its place: missed, doubled and early calls all show.
    static void Check<TLanes, T>(WorkerPool pool, int m, int n, int k, int bits, bool runs)
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!runs)
            return;
        bool transposeA = (bits & 1) != 0, transposeB = (bits & 2) != 0, accumulate = (bits & 4) != 0;
        int lda = (transposeA ? m : k) + 1, ldb = (transposeB ? k : n) + 2, ldc = n + 3;
        using var a = new GuardedBuffer<T>(Math.Max(1, (transposeA ? k : m) * lda - 1));
        using var b = new GuardedBuffer<T>(Math.Max(1, (transposeB ? n : k) * ldb - 2));
        using var plain = new GuardedBuffer<T>(m * ldc - 3);
        using var finished = new GuardedBuffer<T>(m * ldc - 3);
        Close.Fill(a.Span, 1);
        Close.Fill(b.Span, 2);
        Close.Fill(plain.Span, 3);
        plain.Span.CopyTo(finished.Span);
        Gemm.Multiply<TLanes, T, NoEpilogue>(
            One, transposeA, transposeB, m, n, k, a.Pointer, lda, b.Pointer, ldb, plain.Pointer, ldc, accumulate, default);
        Gemm.Multiply<TLanes, T, AddPosition<T>>(
            pool, transposeA, transposeB, m, n, k, a.Pointer, lda, b.Pointer, ldb, finished.Pointer, ldc, accumulate, new(finished.Pointer, ldc, n));
        Compare($"{typeof(TLanes).Name} {m} x {n} x {k}, variant {bits}", dotProducts: false);

        // The same with B packed, whose results are the same bits.
        Close.Fill(finished.Span, 3);
        using var packed = new GuardedBuffer<T>(Gemm.PackedLengthB<TLanes, T>(n, k));
        Gemm.PackB<TLanes, T>(pool, transposeB, n, k, b.Pointer, ldb, packed.Pointer);
        Gemm.MultiplyPacked<TLanes, T, AddPosition<T>>(
            pool, transposeA, m, n, k, a.Pointer, lda, packed.Pointer, finished.Pointer, ldc, accumulate, new(finished.Pointer, ldc, n));
        Compare($"{typeof(TLanes).Name} {m} x {n} x {k}, variant {bits}, packed", dotProducts: (m == 1 && transposeB) || (m > 1 && n == 1));

        void Compare(string what, bool dotProducts)
        {
            var unit = T.BitIncrement(T.One) - T.One;
            for (int i = 0; i < m; i++)
                for (int j = 0; j < ldc && i * ldc + j < plain.Count; j++)
                {
                    var before = plain.Span[i * ldc + j];
                    var expected = j < n ? before + AddPosition<T>.Of(i, j) : before;
                    var actual = finished.Span[i * ldc + j];
                    var tolerance = dotProducts ? unit * T.CreateChecked(2 * (k + 2) * (k + 2)) + unit * T.Abs(expected) : T.Zero;
                    if (!(T.Abs(actual - expected) <= tolerance))
                        throw new ShouldAssertException($"{what}: element ({i}, {j}) is {actual}, expected {expected}");
                }
        }
    }

    readonly struct AddPosition<T>(Pointer<T> c, nint stride, nint n) : ITileEpilogue where T : unmanaged, INumberBase<T>
    {
        public static T Of(nint row, nint column) => T.CreateChecked(2 + row % 16 + 32 * (column % 64));

        public void Run(nint row, nint rows, nint column, nint columns)
        {
            (column + columns <= n).ShouldBeTrue();
            for (nint i = row; i < row + rows; i++)
                for (nint j = column; j < column + columns; j++)
                    c[i * stride + j] += Of(i, j);
        }
    }
}
