using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace NetCompiler.Runtime;

public static partial class Gemm
{
    /// <summary>
    /// op(A) · op(B), of which <paramref name="consumer"/> takes rectangle after rectangle; none is kept. The elements are the same bits as those of
    /// <see cref="Multiply(WorkerPool, bool, bool, nint, nint, nint, Pointer{float}, nint, Pointer{float}, nint, Pointer{float}, nint, bool)"/>. Sums of more terms
    /// than a block of the depth need memory for the whole result.
    /// </summary>
    /// <param name="pool">The threads to use.</param>
    /// <param name="transposeA">Whether A is stored transposed.</param>
    /// <param name="transposeB">Whether B is stored transposed.</param>
    /// <param name="m">Rows of the product.</param>
    /// <param name="n">Columns of the product.</param>
    /// <param name="k">The depth: the length of each sum.</param>
    /// <param name="a">The first operand.</param>
    /// <param name="lda">Elements from one stored row of A to the next.</param>
    /// <param name="b">The second operand.</param>
    /// <param name="ldb">Elements from one stored row of B to the next.</param>
    /// <param name="consumer">What takes the product; it writes neither operand.</param>
    /// <param name="blocking">How to cut it; by default as the sizes suggest.</param>
    public static void Consume<TConsumer>(
        WorkerPool pool, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<float> a, nint lda, Pointer<float> b, nint ldb, in TConsumer consumer, GemmBlocking blocking = default)
        where TConsumer : struct, ITileConsumer<float>
    {
        if (Simd.Has512)
            Consume<F32x16, float, TConsumer>(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, consumer, blocking);
        else if (Simd.Has256)
            Consume<F32x8, float, TConsumer>(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, consumer, blocking);
        else
            Consume<F32x1, float, TConsumer>(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, consumer, blocking);
    }

    /// <inheritdoc cref="Consume{TConsumer}(WorkerPool, bool, bool, nint, nint, nint, Pointer{float}, nint, Pointer{float}, nint, in TConsumer, GemmBlocking)"/>
    public static void Consume<TConsumer>(
        WorkerPool pool, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<double> a, nint lda, Pointer<double> b, nint ldb, in TConsumer consumer)
        where TConsumer : struct, ITileConsumer<double>
    {
        if (Simd.Has512)
            Consume<F64x8, double, TConsumer>(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, consumer);
        else if (Simd.Has256)
            Consume<F64x4, double, TConsumer>(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, consumer);
        else
            Consume<F64x1, double, TConsumer>(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, consumer);
    }

    // The width as a type argument, so that tests reach those which this machine would not choose.
    internal static void Consume<TLanes, T, TConsumer>(
        WorkerPool pool, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<T> a, nint lda, Pointer<T> b, nint ldb, in TConsumer consumer, GemmBlocking blocking = default)
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged
        where TConsumer : struct, ITileConsumer<T>
    {
        if (m <= 0 || n <= 0)
            return;
        if (m == 1 || n == 1 || k <= 0)
        {
            // One row or column, or zeros.
            var whole = Scratch.Get<T>(ScratchUse.ProductRows, m * n);
            Multiply<TLanes, T, WholeResult<T, TConsumer>>(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, whole, n, false, new(whole, consumer));
            return;
        }
        Multiply<TLanes, T, MatrixOperand<T>, MatrixOperand<T>, RowsOfResult<T, TConsumer>>(
            pool,
            new()
            {
                M = m, N = n, K = k, A = new(a, lda, !transposeA), B = new(b, ldb, transposeB), C = default, StrideC = n, Accumulate = false, Blocking = blocking,
            },
            new(consumer));
    }

    readonly struct WholeResult<T, TConsumer>(Pointer<T> result, TConsumer consumer) : ITileEpilogue
        where T : unmanaged
        where TConsumer : struct, ITileConsumer<T>
    {
        public void Run(nint row, nint rows, nint column, nint columns) => consumer.Run(result, row, rows, column, columns);
    }

    readonly struct RowsOfResult<T, TConsumer>(TConsumer consumer) : ITileEpilogue
        where T : unmanaged
        where TConsumer : struct, ITileConsumer<T>
    {
        static bool ITileEpilogue.OwnsResult => true;

        public void Run(nint row, nint rows, nint column, nint columns) => throw new InvalidOperationException();

        void ITileEpilogue.Take(nint result, nint row, nint rows, nint column, nint columns) => consumer.Run(new(result), row, rows, column, columns);

        void ITileEpilogue.Fetch(nint row, nint rows, nint column, nint columns) => consumer.Fetch(row, rows, column, columns);
    }

    /// <summary>Asks for a rectangle of a matrix, which will be in the second-level cache soon.</summary>
    /// <param name="first">The first element of the rectangle.</param>
    /// <param name="stride">Elements from one row to the next.</param>
    /// <param name="rows">Rows of the rectangle.</param>
    /// <param name="columns">Columns of the rectangle.</param>
    [MethodImpl(Simd.Optimised)]
    public static unsafe void Fetch<T>(Pointer<T> first, nint stride, nint rows, nint columns) where T : unmanaged
    {
        const nint line = 64;
        if (!Sse.IsSupported)
            return;
        byte* row = (byte*)first.Address;
        for (nint r = 0; r < rows; r++, row += stride * sizeof(T))
        {
            byte* end = row + columns * sizeof(T);
            for (byte* at = (byte*)((nint)row & -line); at < end; at += line)
                Sse.Prefetch1(at);
        }
    }
}
