namespace NetCompiler.Runtime;

public static partial class Gemm
{
    /// <summary>
    /// C = A · B, where the columns of C are parts of equal width, such as the gates of a recurrent cell, and the epilogue reads the same
    /// columns of all parts.
    /// </summary>
    /// <remarks>
    /// To the epilogue a row is as wide as a part. It is called for a rectangle as soon as those columns are final in every part.
    /// </remarks>
    /// <param name="pool">The threads.</param>
    /// <param name="parts">The number of parts, which divides <paramref name="n"/>.</param>
    /// <param name="transposeA">A is stored as its transpose.</param>
    /// <param name="transposeB">B is stored as its transpose.</param>
    /// <param name="m">The rows of A and C.</param>
    /// <param name="n">The columns of B and C.</param>
    /// <param name="k">The columns of A and rows of B.</param>
    /// <param name="a">A [m, k], or [k, m] if transposed.</param>
    /// <param name="lda">Elements from one stored row of A to the next.</param>
    /// <param name="b">B [k, n], or [n, k] if transposed.</param>
    /// <param name="ldb">Elements from one stored row of B to the next.</param>
    /// <param name="c">C [m, n], which overlaps neither A nor B.</param>
    /// <param name="ldc">Elements from one row of C to the next.</param>
    /// <param name="epilogue">What is done to the columns of all parts.</param>
    /// <param name="blocking">How to cut the product.</param>
    public static void MultiplyParts<TEpilogue>(
        WorkerPool pool, nint parts, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<float> a, nint lda, Pointer<float> b, nint ldb, Pointer<float> c, nint ldc, in TEpilogue epilogue, GemmBlocking blocking = default)
        where TEpilogue : struct, ITileEpilogue
    {
        if (Simd.Has512)
            MultiplyParts<F32x16, float, TEpilogue>(pool, parts, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc, epilogue, blocking);
        else if (Simd.Has256)
            MultiplyParts<F32x8, float, TEpilogue>(pool, parts, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc, epilogue, blocking);
        else
            MultiplyParts<F32x1, float, TEpilogue>(pool, parts, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc, epilogue, blocking);
    }

    /// <inheritdoc cref="MultiplyParts{TEpilogue}(WorkerPool, nint, bool, bool, nint, nint, nint, Pointer{float}, nint, Pointer{float}, nint, Pointer{float}, nint, in TEpilogue, GemmBlocking)"/>
    public static void MultiplyParts<TEpilogue>(
        WorkerPool pool, nint parts, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<double> a, nint lda, Pointer<double> b, nint ldb, Pointer<double> c, nint ldc, in TEpilogue epilogue)
        where TEpilogue : struct, ITileEpilogue
    {
        if (Simd.Has512)
            MultiplyParts<F64x8, double, TEpilogue>(pool, parts, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc, epilogue);
        else if (Simd.Has256)
            MultiplyParts<F64x4, double, TEpilogue>(pool, parts, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc, epilogue);
        else
            MultiplyParts<F64x1, double, TEpilogue>(pool, parts, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc, epilogue);
    }

    // The width as a type argument, so that tests reach those which this machine would not choose.
    internal static void MultiplyParts<TLanes, T, TEpilogue>(
        WorkerPool pool, nint parts, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<T> a, nint lda, Pointer<T> b, nint ldb, Pointer<T> c, nint ldc, in TEpilogue epilogue, GemmBlocking blocking = default)
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged
        where TEpilogue : struct, ITileEpilogue
    {
        nint width = n / parts;
        if (m <= 0 || width <= 0)
            return;
        if (k <= 0)
        {
            FinishEmptyParts(m, n, width, c, ldc, epilogue);
            return;
        }
        nint threads = Math.Min(pool.Threads, 2 * m * n * k / MinimumWorkPerThread);
        // A single row is multiplied in whole blocks of columns, as without parts: the same bits.
        int tile = m == 1 ? MatrixVector<TLanes, T>.ColumnsOfBlock : TLanes.Count * 2;
        var grid = GemmGrid.Of(m, width, tile, Math.Max(1, threads));
        var kernel = new PartsKernel<TLanes, T, TEpilogue>(
            pool, new() { M = m, N = n, K = k, A = new(a, lda, !transposeA), B = new(b, ldb, transposeB), C = c, StrideC = ldc, Accumulate = false, Blocking = blocking },
            transposeA ? lda : 1, ldb, transposeB, a, b, width, parts, grid, epilogue);
        pool.Run(kernel, grid.Count, 1);
    }

    static void FinishEmptyParts<T, TEpilogue>(nint m, nint n, nint width, Pointer<T> c, nint ldc, in TEpilogue epilogue)
        where T : unmanaged
        where TEpilogue : struct, ITileEpilogue
    {
        FinishEmptySums(m, n, c, ldc, false, new NoEpilogue());
        epilogue.Run(0, m, 0, width);
    }

    /// <summary>The same with a B that was packed for the same n and k.</summary>
    /// <inheritdoc cref="MultiplyParts{TEpilogue}(WorkerPool, nint, bool, bool, nint, nint, nint, Pointer{float}, nint, Pointer{float}, nint, Pointer{float}, nint, in TEpilogue, GemmBlocking)"/>
    public static void MultiplyPackedParts<TEpilogue>(
        WorkerPool pool, nint parts, bool transposeA, nint m, nint n, nint k, Pointer<float> a, nint lda, Pointer<float> packedB, Pointer<float> c, nint ldc, in TEpilogue epilogue)
        where TEpilogue : struct, ITileEpilogue
    {
        if (Simd.Has512)
            MultiplyPackedParts<F32x16, float, TEpilogue>(pool, parts, transposeA, m, n, k, a, lda, packedB, c, ldc, epilogue);
        else if (Simd.Has256)
            MultiplyPackedParts<F32x8, float, TEpilogue>(pool, parts, transposeA, m, n, k, a, lda, packedB, c, ldc, epilogue);
        else
            MultiplyPackedParts<F32x1, float, TEpilogue>(pool, parts, transposeA, m, n, k, a, lda, packedB, c, ldc, epilogue);
    }

    /// <inheritdoc cref="MultiplyPackedParts{TEpilogue}(WorkerPool, nint, bool, nint, nint, nint, Pointer{float}, nint, Pointer{float}, Pointer{float}, nint, in TEpilogue)"/>
    public static void MultiplyPackedParts<TEpilogue>(
        WorkerPool pool, nint parts, bool transposeA, nint m, nint n, nint k, Pointer<double> a, nint lda, Pointer<double> packedB, Pointer<double> c, nint ldc, in TEpilogue epilogue)
        where TEpilogue : struct, ITileEpilogue
    {
        if (Simd.Has512)
            MultiplyPackedParts<F64x8, double, TEpilogue>(pool, parts, transposeA, m, n, k, a, lda, packedB, c, ldc, epilogue);
        else if (Simd.Has256)
            MultiplyPackedParts<F64x4, double, TEpilogue>(pool, parts, transposeA, m, n, k, a, lda, packedB, c, ldc, epilogue);
        else
            MultiplyPackedParts<F64x1, double, TEpilogue>(pool, parts, transposeA, m, n, k, a, lda, packedB, c, ldc, epilogue);
    }

    internal static void MultiplyPackedParts<TLanes, T, TEpilogue>(
        WorkerPool pool, nint parts, bool transposeA, nint m, nint n, nint k, Pointer<T> a, nint lda, Pointer<T> packedB, Pointer<T> c, nint ldc, in TEpilogue epilogue)
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged
        where TEpilogue : struct, ITileEpilogue
    {
        nint width = n / parts;
        if (m <= 0 || width <= 0)
            return;
        if (k <= 0)
        {
            FinishEmptyParts(m, n, width, c, ldc, epilogue);
            return;
        }
        // Tiles begin where packed panels do: parts that begin elsewhere are not cut, and computed in one go.
        int panel = GemmTiles<TLanes, T>.PackedColumns;
        bool whole = width % panel != 0;
        nint threads = Math.Max(1, Math.Min(pool.Threads, 2 * m * n * k / MinimumWorkPerThread));
        var grid = whole ? GemmGrid.OfRows(m, width, threads) : GemmGrid.Of(m, width, panel, threads);
        var product = new GemmProduct<T, MatrixOperand<T>, MatrixOperand<T>>
        {
            M = m, N = n, K = k, A = new(a, lda, !transposeA), B = default, PackedB = packedB, C = c, StrideC = ldc, Accumulate = false,
        };
        pool.Run(new PackedPartsKernel<TLanes, T, TEpilogue>(product, width, whole ? 1 : parts, grid, epilogue), grid.Count, 1);
    }

    // With one part all columns of C are computed together.
    readonly struct PackedPartsKernel<TLanes, T, TEpilogue>(
        GemmProduct<T, MatrixOperand<T>, MatrixOperand<T>> product, nint width, nint parts, GemmGrid grid, TEpilogue epilogue) : IRangeKernel
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged
        where TEpilogue : struct, ITileEpilogue
    {
        public void Run(nint begin, nint end)
        {
            for (nint i = begin; i < end; i++)
            {
                var (row, nextRow, column, nextColumn) = grid.Rectangle(product.M, width, i);
                if (column == nextColumn)
                    continue;
                for (nint part = 0; part < parts; part++)
                    product.Run<TLanes, NoEpilogue>(row, nextRow - row, part * width + column, parts == 1 ? product.N : nextColumn - column, new NoEpilogue());
                epilogue.Run(row, nextRow - row, column, nextColumn - column);
            }
        }
    }

    readonly struct PartsKernel<TLanes, T, TEpilogue>(
        WorkerPool pool, GemmProduct<T, MatrixOperand<T>, MatrixOperand<T>> product, nint stepA, nint ldb, bool transposeB, Pointer<T> a, Pointer<T> b,
        nint width, nint parts, GemmGrid grid, TEpilogue epilogue) : IRangeKernel
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged
        where TEpilogue : struct, ITileEpilogue
    {
        public void Run(nint begin, nint end)
        {
            for (nint i = begin; i < end; i++)
            {
                var (row, nextRow, column, nextColumn) = grid.Rectangle(product.M, width, i);
                if (column == nextColumn)
                    continue;
                for (nint part = 0; part < parts; part++)
                {
                    nint start = part * width + column;
                    if (product.M == 1)
                    {
                        MatrixVector<TLanes, T>.Run(
                            pool, transposeB, nextColumn - column, product.K, b.Offset(transposeB ? start * ldb : start), ldb, a, stepA,
                            product.C.Offset(start), 1, false, resultIsRow: true, new NoEpilogue());
                    }
                    else
                    {
                        product.Run<TLanes, NoEpilogue>(row, nextRow - row, start, nextColumn - column, new NoEpilogue());
                    }
                }
                epilogue.Run(row, nextRow - row, column, nextColumn - column);
            }
        }
    }
}
