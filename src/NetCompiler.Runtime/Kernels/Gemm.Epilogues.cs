namespace NetCompiler.Runtime;

public static partial class Gemm
{
    /// <inheritdoc cref="Multiply(WorkerPool, bool, bool, nint, nint, nint, Pointer{float}, nint, Pointer{float}, nint, Pointer{float}, nint, bool)"/>
    /// <remarks>The epilogue finishes the elements of C as soon as they are final.</remarks>
    public static void Multiply<TEpilogue>(
        WorkerPool pool, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<float> a, nint lda, Pointer<float> b, nint ldb, Pointer<float> c, nint ldc, in TEpilogue epilogue, GemmBlocking blocking)
        where TEpilogue : struct, ITileEpilogue
    {
        if (Simd.Has512)
            Multiply<F32x16, float, TEpilogue>(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc, false, epilogue, blocking);
        else if (Simd.Has256)
            Multiply<F32x8, float, TEpilogue>(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc, false, epilogue, blocking);
        else
            Multiply<F32x1, float, TEpilogue>(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc, false, epilogue, blocking);
    }

    /// <inheritdoc cref="Multiply(WorkerPool, bool, bool, nint, nint, nint, Pointer{float}, nint, Pointer{float}, nint, Pointer{float}, nint, bool)"/>
    /// <remarks>The epilogue finishes the elements of C as soon as they are final.</remarks>
    public static void Multiply<TEpilogue>(
        WorkerPool pool, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<float> a, nint lda, Pointer<float> b, nint ldb, Pointer<float> c, nint ldc, in TEpilogue epilogue)
        where TEpilogue : struct, ITileEpilogue =>
        Multiply(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc, false, epilogue);

    /// <inheritdoc cref="Multiply(WorkerPool, bool, bool, nint, nint, nint, Pointer{float}, nint, Pointer{float}, nint, Pointer{float}, nint, bool)"/>
    /// <remarks>The epilogue finishes the elements of C as soon as they are final.</remarks>
    public static void Multiply<TEpilogue>(
        WorkerPool pool, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<double> a, nint lda, Pointer<double> b, nint ldb, Pointer<double> c, nint ldc, in TEpilogue epilogue)
        where TEpilogue : struct, ITileEpilogue =>
        Multiply(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc, false, epilogue);

    /// <inheritdoc cref="Multiply(WorkerPool, bool, bool, nint, nint, nint, Pointer{float}, nint, Pointer{float}, nint, Pointer{float}, nint, bool)"/>
    /// <remarks>The epilogue finishes the elements of C as soon as they are final.</remarks>
    public static void Multiply<TEpilogue>(
        WorkerPool pool, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<float> a, nint lda, Pointer<float> b, nint ldb, Pointer<float> c, nint ldc, bool accumulate, in TEpilogue epilogue)
        where TEpilogue : struct, ITileEpilogue
    {
        if (Simd.Has512)
            Multiply<F32x16, float, TEpilogue>(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc, accumulate, epilogue);
        else if (Simd.Has256)
            Multiply<F32x8, float, TEpilogue>(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc, accumulate, epilogue);
        else
            Multiply<F32x1, float, TEpilogue>(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc, accumulate, epilogue);
    }

    /// <inheritdoc cref="Multiply(WorkerPool, bool, bool, nint, nint, nint, Pointer{float}, nint, Pointer{float}, nint, Pointer{float}, nint, bool)"/>
    /// <remarks>The epilogue finishes the elements of C as soon as they are final.</remarks>
    public static void Multiply<TEpilogue>(
        WorkerPool pool, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<double> a, nint lda, Pointer<double> b, nint ldb, Pointer<double> c, nint ldc, bool accumulate, in TEpilogue epilogue)
        where TEpilogue : struct, ITileEpilogue
    {
        if (Simd.Has512)
            Multiply<F64x8, double, TEpilogue>(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc, accumulate, epilogue);
        else if (Simd.Has256)
            Multiply<F64x4, double, TEpilogue>(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc, accumulate, epilogue);
        else
            Multiply<F64x1, double, TEpilogue>(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc, accumulate, epilogue);
    }

    /// <inheritdoc cref="MultiplyBatched(WorkerPool, nint, bool, bool, nint, nint, nint, Pointer{float}, nint, nint, Pointer{float}, nint, nint, Pointer{float}, nint, nint)"/>
    /// <remarks>The epilogue finishes the elements of C as soon as they are final; row r of product i is row i · m + r to it.</remarks>
    public static void MultiplyBatched<TEpilogue>(
        WorkerPool pool, nint batch, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<float> a, nint lda, nint strideA, Pointer<float> b, nint ldb, nint strideB, Pointer<float> c, nint ldc, nint strideC,
        in TEpilogue epilogue)
        where TEpilogue : struct, ITileEpilogue
    {
        if (Simd.Has512)
            MultiplyBatched<F32x16, float, TEpilogue>(pool, batch, transposeA, transposeB, m, n, k, a, lda, strideA, b, ldb, strideB, c, ldc, strideC, epilogue);
        else if (Simd.Has256)
            MultiplyBatched<F32x8, float, TEpilogue>(pool, batch, transposeA, transposeB, m, n, k, a, lda, strideA, b, ldb, strideB, c, ldc, strideC, epilogue);
        else
            MultiplyBatched<F32x1, float, TEpilogue>(pool, batch, transposeA, transposeB, m, n, k, a, lda, strideA, b, ldb, strideB, c, ldc, strideC, epilogue);
    }

    /// <inheritdoc cref="MultiplyBatched(WorkerPool, nint, bool, bool, nint, nint, nint, Pointer{float}, nint, nint, Pointer{float}, nint, nint, Pointer{float}, nint, nint)"/>
    /// <remarks>The epilogue finishes the elements of C as soon as they are final; row r of product i is row i · m + r to it.</remarks>
    public static void MultiplyBatched<TEpilogue>(
        WorkerPool pool, nint batch, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<double> a, nint lda, nint strideA, Pointer<double> b, nint ldb, nint strideB, Pointer<double> c, nint ldc, nint strideC,
        in TEpilogue epilogue)
        where TEpilogue : struct, ITileEpilogue
    {
        if (Simd.Has512)
            MultiplyBatched<F64x8, double, TEpilogue>(pool, batch, transposeA, transposeB, m, n, k, a, lda, strideA, b, ldb, strideB, c, ldc, strideC, epilogue);
        else if (Simd.Has256)
            MultiplyBatched<F64x4, double, TEpilogue>(pool, batch, transposeA, transposeB, m, n, k, a, lda, strideA, b, ldb, strideB, c, ldc, strideC, epilogue);
        else
            MultiplyBatched<F64x1, double, TEpilogue>(pool, batch, transposeA, transposeB, m, n, k, a, lda, strideA, b, ldb, strideB, c, ldc, strideC, epilogue);
    }
}
