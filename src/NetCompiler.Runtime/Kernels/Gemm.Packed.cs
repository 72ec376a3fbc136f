namespace NetCompiler.Runtime;

public static partial class Gemm
{
    // Elements that a thread should pack at least.
    const nint MinimumPackedPerThread = 1 << 16;

    /// <summary>The elements that <see cref="PackB(WorkerPool, bool, nint, nint, Pointer{float}, nint, Pointer{float})"/> writes, on this machine.</summary>
    /// <param name="n">Columns of op(B).</param>
    /// <param name="k">Rows of op(B).</param>
    public static nint PackedLengthB(nint n, nint k) =>
        Simd.Has512 ? PackedLengthB<F32x16, float>(n, k) : Simd.Has256 ? PackedLengthB<F32x8, float>(n, k) : PackedLengthB<F32x1, float>(n, k);

    /// <summary>The same for elements of type double.</summary>
    /// <inheritdoc cref="PackedLengthB(nint, nint)"/>
    public static nint PackedLengthBDouble(nint n, nint k) =>
        Simd.Has512 ? PackedLengthB<F64x8, double>(n, k) : Simd.Has256 ? PackedLengthB<F64x4, double>(n, k) : PackedLengthB<F64x1, double>(n, k);

    /// <summary>
    /// Copies op(B), [k, n], into the order in which products of any number of rows read it, for weights that many products share. The order depends
    /// on the machine's vectors: it is not for files.
    /// </summary>
    /// <param name="pool">The threads to use.</param>
    /// <param name="transposeB">Whether B is stored transposed, as [n, k].</param>
    /// <param name="n">Columns of op(B).</param>
    /// <param name="k">Rows of op(B).</param>
    /// <param name="b">The matrix.</param>
    /// <param name="ldb">Elements from one stored row of B to the next.</param>
    /// <param name="packed">Where to: <see cref="PackedLengthB(nint, nint)"/> elements.</param>
    public static void PackB(WorkerPool pool, bool transposeB, nint n, nint k, Pointer<float> b, nint ldb, Pointer<float> packed)
    {
        if (Simd.Has512)
            PackB<F32x16, float>(pool, transposeB, n, k, b, ldb, packed);
        else if (Simd.Has256)
            PackB<F32x8, float>(pool, transposeB, n, k, b, ldb, packed);
        else
            PackB<F32x1, float>(pool, transposeB, n, k, b, ldb, packed);
    }

    /// <inheritdoc cref="PackB(WorkerPool, bool, nint, nint, Pointer{float}, nint, Pointer{float})"/>
    public static void PackB(WorkerPool pool, bool transposeB, nint n, nint k, Pointer<double> b, nint ldb, Pointer<double> packed)
    {
        if (Simd.Has512)
            PackB<F64x8, double>(pool, transposeB, n, k, b, ldb, packed);
        else if (Simd.Has256)
            PackB<F64x4, double>(pool, transposeB, n, k, b, ldb, packed);
        else
            PackB<F64x1, double>(pool, transposeB, n, k, b, ldb, packed);
    }

    /// <summary>
    /// C = op(A) · B, or C += op(A) · B if <paramref name="accumulate"/>, with a B that was packed for the same n and k. The results are the same bits as those of
    /// <see cref="Multiply(WorkerPool, bool, bool, nint, nint, nint, Pointer{float}, nint, Pointer{float}, nint, Pointer{float}, nint, bool)"/>, but where that takes dot products.
    /// </summary>
    /// <param name="pool">The threads to use.</param>
    /// <param name="transposeA">Whether A is stored transposed.</param>
    /// <param name="m">Rows of C.</param>
    /// <param name="n">Columns of C.</param>
    /// <param name="k">The depth: the length of each sum.</param>
    /// <param name="a">The first operand.</param>
    /// <param name="lda">Elements from one stored row of A to the next.</param>
    /// <param name="packedB">The second operand, packed.</param>
    /// <param name="c">The result; it overlaps neither operand.</param>
    /// <param name="ldc">Elements from one row of C to the next.</param>
    /// <param name="accumulate">Whether to add to C.</param>
    public static void MultiplyPacked(
        WorkerPool pool, bool transposeA, nint m, nint n, nint k, Pointer<float> a, nint lda, Pointer<float> packedB, Pointer<float> c, nint ldc, bool accumulate = false) =>
        MultiplyPacked(pool, transposeA, m, n, k, a, lda, packedB, c, ldc, accumulate, new NoEpilogue());

    /// <inheritdoc cref="MultiplyPacked(WorkerPool, bool, nint, nint, nint, Pointer{float}, nint, Pointer{float}, Pointer{float}, nint, bool)"/>
    public static void MultiplyPacked(
        WorkerPool pool, bool transposeA, nint m, nint n, nint k, Pointer<double> a, nint lda, Pointer<double> packedB, Pointer<double> c, nint ldc, bool accumulate = false) =>
        MultiplyPacked(pool, transposeA, m, n, k, a, lda, packedB, c, ldc, accumulate, new NoEpilogue());

    /// <inheritdoc cref="MultiplyPacked(WorkerPool, bool, nint, nint, nint, Pointer{float}, nint, Pointer{float}, Pointer{float}, nint, bool)"/>
    /// <remarks>The epilogue finishes the elements of C as soon as they are final.</remarks>
    public static void MultiplyPacked<TEpilogue>(
        WorkerPool pool, bool transposeA, nint m, nint n, nint k, Pointer<float> a, nint lda, Pointer<float> packedB, Pointer<float> c, nint ldc, in TEpilogue epilogue)
        where TEpilogue : struct, ITileEpilogue =>
        MultiplyPacked(pool, transposeA, m, n, k, a, lda, packedB, c, ldc, false, epilogue);

    /// <inheritdoc cref="MultiplyPacked(WorkerPool, bool, nint, nint, nint, Pointer{float}, nint, Pointer{float}, Pointer{float}, nint, bool)"/>
    /// <remarks>The epilogue finishes the elements of C as soon as they are final.</remarks>
    public static void MultiplyPacked<TEpilogue>(
        WorkerPool pool, bool transposeA, nint m, nint n, nint k, Pointer<double> a, nint lda, Pointer<double> packedB, Pointer<double> c, nint ldc, in TEpilogue epilogue)
        where TEpilogue : struct, ITileEpilogue =>
        MultiplyPacked(pool, transposeA, m, n, k, a, lda, packedB, c, ldc, false, epilogue);

    /// <inheritdoc cref="MultiplyPacked(WorkerPool, bool, nint, nint, nint, Pointer{float}, nint, Pointer{float}, Pointer{float}, nint, bool)"/>
    /// <remarks>The epilogue finishes the elements of C as soon as they are final.</remarks>
    public static void MultiplyPacked<TEpilogue>(
        WorkerPool pool, bool transposeA, nint m, nint n, nint k, Pointer<float> a, nint lda, Pointer<float> packedB, Pointer<float> c, nint ldc, bool accumulate, in TEpilogue epilogue)
        where TEpilogue : struct, ITileEpilogue
    {
        if (Simd.Has512)
            MultiplyPacked<F32x16, float, TEpilogue>(pool, transposeA, m, n, k, a, lda, packedB, c, ldc, accumulate, epilogue);
        else if (Simd.Has256)
            MultiplyPacked<F32x8, float, TEpilogue>(pool, transposeA, m, n, k, a, lda, packedB, c, ldc, accumulate, epilogue);
        else
            MultiplyPacked<F32x1, float, TEpilogue>(pool, transposeA, m, n, k, a, lda, packedB, c, ldc, accumulate, epilogue);
    }

    /// <inheritdoc cref="MultiplyPacked(WorkerPool, bool, nint, nint, nint, Pointer{float}, nint, Pointer{float}, Pointer{float}, nint, bool)"/>
    /// <remarks>The epilogue finishes the elements of C as soon as they are final.</remarks>
    public static void MultiplyPacked<TEpilogue>(
        WorkerPool pool, bool transposeA, nint m, nint n, nint k, Pointer<double> a, nint lda, Pointer<double> packedB, Pointer<double> c, nint ldc, bool accumulate, in TEpilogue epilogue)
        where TEpilogue : struct, ITileEpilogue
    {
        if (Simd.Has512)
            MultiplyPacked<F64x8, double, TEpilogue>(pool, transposeA, m, n, k, a, lda, packedB, c, ldc, accumulate, epilogue);
        else if (Simd.Has256)
            MultiplyPacked<F64x4, double, TEpilogue>(pool, transposeA, m, n, k, a, lda, packedB, c, ldc, accumulate, epilogue);
        else
            MultiplyPacked<F64x1, double, TEpilogue>(pool, transposeA, m, n, k, a, lda, packedB, c, ldc, accumulate, epilogue);
    }

    internal static nint PackedLengthB<TLanes, T>(nint n, nint k) where TLanes : struct, ILanes<TLanes, T> where T : unmanaged =>
        GemmProduct<T, MatrixOperand<T>, MatrixOperand<T>>.PackedWidthB<TLanes>(n) * k + GemmPacking.Slack;

    internal static void PackB<TLanes, T>(WorkerPool pool, bool transposeB, nint n, nint k, Pointer<T> b, nint ldb, Pointer<T> packed)
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged
    {
        if (n <= 0 || k <= 0)
            return;
        // A last vector narrower than what is stored at once reaches into what another thread packs.
        int columns = GemmTiles<TLanes, T>.PackedColumns;
        nint parts = columns % GemmPacking.Slack == 0 && (n + TLanes.Count - 1) / TLanes.Count * TLanes.Count % GemmPacking.Slack == 0 ? (n + columns - 1) / columns : 1;
        var kernel = new PackKernel<TLanes, T>(new() { M = 1, N = n, K = k, A = default, B = new(b, ldb, transposeB), C = default, StrideC = 0, Accumulate = false }, parts, packed);
        pool.Run(kernel, parts, 1 + MinimumPackedPerThread / columns / k);
    }

    internal static void MultiplyPacked<TLanes, T, TEpilogue>(
        WorkerPool pool, bool transposeA, nint m, nint n, nint k, Pointer<T> a, nint lda, Pointer<T> packedB, Pointer<T> c, nint ldc, bool accumulate, in TEpilogue epilogue)
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged
        where TEpilogue : struct, ITileEpilogue
    {
        if (m <= 0 || n <= 0)
            return;
        if (k <= 0)
        {
            FinishEmptySums(m, n, c, ldc, accumulate, epilogue);
            return;
        }
        Multiply<TLanes, T, MatrixOperand<T>, MatrixOperand<T>, TEpilogue>(
            pool,
            new()
            {
                M = m, N = n, K = k, A = new(a, lda, !transposeA), B = default, PackedB = packedB, C = c, StrideC = ldc, Accumulate = accumulate,
            },
            epilogue);
    }

    readonly struct PackKernel<TLanes, T>(GemmProduct<T, MatrixOperand<T>, MatrixOperand<T>> product, nint parts, Pointer<T> packed) : IRangeKernel
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged
    {
        public void Run(nint begin, nint end)
        {
            nint columns = parts == 1 ? product.N : GemmTiles<TLanes, T>.PackedColumns, start = begin * columns;
            product.PrepackB<TLanes>(start, Math.Min(product.N, end * columns) - start, packed);
        }
    }
}
