namespace NetCompiler.Runtime;

public static partial class Gemm
{
    /// <summary>C = op(A) · op(B), whose elements <paramref name="epilogue"/> finishes.</summary>
    /// <param name="pool">The threads to use.</param>
    /// <param name="transposeA">Whether A is stored transposed.</param>
    /// <param name="transposeB">Whether B is stored transposed.</param>
    /// <param name="m">Rows of C.</param>
    /// <param name="n">Columns of C.</param>
    /// <param name="k">The depth: the length of each sum.</param>
    /// <param name="a">The first operand.</param>
    /// <param name="lda">Elements from one stored row of A to the next.</param>
    /// <param name="b">The second operand.</param>
    /// <param name="ldb">Elements from one stored row of B to the next.</param>
    /// <param name="c">The result; it overlaps neither operand.</param>
    /// <param name="ldc">Elements from one row of C to the next.</param>
    /// <param name="epilogue">What is done to finished elements.</param>
    public static void Multiply<TEpilogue>(
        WorkerPool pool, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<float> a, nint lda, Pointer<float> b, nint ldb, Pointer<float> c, nint ldc, in TEpilogue epilogue)
        where TEpilogue : struct, ITileEpilogue
    {
        Multiply(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc);
        Finish(pool, m, n, epilogue);
    }

    /// <inheritdoc cref="Multiply{TEpilogue}(WorkerPool, bool, bool, nint, nint, nint, Pointer{float}, nint, Pointer{float}, nint, Pointer{float}, nint, in TEpilogue)"/>
    public static void Multiply<TEpilogue>(
        WorkerPool pool, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<double> a, nint lda, Pointer<double> b, nint ldb, Pointer<double> c, nint ldc, in TEpilogue epilogue)
        where TEpilogue : struct, ITileEpilogue
    {
        Multiply(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc);
        Finish(pool, m, n, epilogue);
    }

    /// <summary>C[i] = op(A[i]) · op(B[i]) for each i &lt; <paramref name="batch"/>, whose elements <paramref name="epilogue"/> finishes.</summary>
    /// <param name="pool">The threads to use.</param>
    /// <param name="batch">The number of products.</param>
    /// <param name="transposeA">Whether each A is stored transposed.</param>
    /// <param name="transposeB">Whether each B is stored transposed.</param>
    /// <param name="m">Rows of each C.</param>
    /// <param name="n">Columns of each C.</param>
    /// <param name="k">The depth: the length of each sum.</param>
    /// <param name="a">The first operands.</param>
    /// <param name="lda">Elements from one stored row of an A to the next.</param>
    /// <param name="strideA">Elements from one A to the next.</param>
    /// <param name="b">The second operands.</param>
    /// <param name="ldb">Elements from one stored row of a B to the next.</param>
    /// <param name="strideB">Elements from one B to the next.</param>
    /// <param name="c">The results; they overlap neither operands nor each other.</param>
    /// <param name="ldc">Elements from one row of a C to the next.</param>
    /// <param name="strideC">Elements from one C to the next.</param>
    /// <param name="epilogue">What is done to finished elements.</param>
    public static void MultiplyBatched<TEpilogue>(
        WorkerPool pool, nint batch, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<float> a, nint lda, nint strideA, Pointer<float> b, nint ldb, nint strideB, Pointer<float> c, nint ldc, nint strideC, in TEpilogue epilogue)
        where TEpilogue : struct, ITileEpilogue
    {
        MultiplyBatched(pool, batch, transposeA, transposeB, m, n, k, a, lda, strideA, b, ldb, strideB, c, ldc, strideC);
        Finish(pool, batch * m, n, epilogue);
    }

    /// <inheritdoc cref="MultiplyBatched{TEpilogue}(WorkerPool, nint, bool, bool, nint, nint, nint, Pointer{float}, nint, nint, Pointer{float}, nint, nint, Pointer{float}, nint, nint, in TEpilogue)"/>
    public static void MultiplyBatched<TEpilogue>(
        WorkerPool pool, nint batch, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<double> a, nint lda, nint strideA, Pointer<double> b, nint ldb, nint strideB, Pointer<double> c, nint ldc, nint strideC, in TEpilogue epilogue)
        where TEpilogue : struct, ITileEpilogue
    {
        MultiplyBatched(pool, batch, transposeA, transposeB, m, n, k, a, lda, strideA, b, ldb, strideB, c, ldc, strideC);
        Finish(pool, batch * m, n, epilogue);
    }

    // Rows cost too little to share when they are few.
    static void Finish<TEpilogue>(WorkerPool pool, nint rows, nint columns, in TEpilogue epilogue) where TEpilogue : struct, ITileEpilogue
    {
        if (rows > 0 && columns > 0)
            pool.Run(new RowsKernel<TEpilogue>(epilogue, columns), rows, 1 + 16384 / columns);
    }

    readonly struct RowsKernel<TEpilogue>(TEpilogue epilogue, nint columns) : IRangeKernel where TEpilogue : struct, ITileEpilogue
    {
        public void Run(nint begin, nint end) => epilogue.Run(begin, end - begin, 0, columns);
    }
}
