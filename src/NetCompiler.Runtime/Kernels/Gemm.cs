namespace NetCompiler.Runtime;

/// <summary>
/// Products of row-major matrices. Results are the same bits for any number of threads.
/// </summary>
/// <remarks>
/// Each element is a sum of fused multiply-adds in the order of the depth within blocks, added block by block; blocks depend on the depth
/// alone. Products that have one row of C and a transposed B, or one column of C and an A that is not, are dot products of rows instead, which are
/// summed in several lanes.
/// </remarks>
public static partial class Gemm
{
    // What a thread computes in the few microseconds that waking it takes.
    const nint MinimumWorkPerThread = 1 << 18;
    /// <summary>
    /// C = op(A) · op(B), or C += op(A) · op(B) if <paramref name="accumulate"/>. C is [m, n], op(A) is [m, k], op(B) is [k, n]; an operand that is
    /// transposed is stored as [k, m] or [n, k]. Sizes may be 0: a product of depth 0 is zero.
    /// </summary>
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
    /// <param name="accumulate">Whether to add to C.</param>
    public static void Multiply(
        WorkerPool pool, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<float> a, nint lda, Pointer<float> b, nint ldb, Pointer<float> c, nint ldc, bool accumulate = false) =>
        Multiply(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc, accumulate, new NoEpilogue());

    /// <inheritdoc cref="Multiply(WorkerPool, bool, bool, nint, nint, nint, Pointer{float}, nint, Pointer{float}, nint, Pointer{float}, nint, bool)"/>
    public static void Multiply(
        WorkerPool pool, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<double> a, nint lda, Pointer<double> b, nint ldb, Pointer<double> c, nint ldc, bool accumulate = false) =>
        Multiply(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc, accumulate, new NoEpilogue());

    /// <summary>
    /// C[i] = op(A[i]) · op(B[i]) for each i &lt; <paramref name="batch"/>. Matrix i starts i · stride elements into its array; a stride of 0 shares
    /// one operand.
    /// </summary>
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
    public static void MultiplyBatched(
        WorkerPool pool, nint batch, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<float> a, nint lda, nint strideA, Pointer<float> b, nint ldb, nint strideB, Pointer<float> c, nint ldc, nint strideC) =>
        MultiplyBatched(pool, batch, transposeA, transposeB, m, n, k, a, lda, strideA, b, ldb, strideB, c, ldc, strideC, new NoEpilogue());

    /// <inheritdoc cref="MultiplyBatched(WorkerPool, nint, bool, bool, nint, nint, nint, Pointer{float}, nint, nint, Pointer{float}, nint, nint, Pointer{float}, nint, nint)"/>
    public static void MultiplyBatched(
        WorkerPool pool, nint batch, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<double> a, nint lda, nint strideA, Pointer<double> b, nint ldb, nint strideB, Pointer<double> c, nint ldc, nint strideC) =>
        MultiplyBatched(pool, batch, transposeA, transposeB, m, n, k, a, lda, strideA, b, ldb, strideB, c, ldc, strideC, new NoEpilogue());

    // The width as a type argument, so that tests reach those which this machine would not choose.
    internal static void Multiply<TLanes, T, TEpilogue>(
        WorkerPool pool, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<T> a, nint lda, Pointer<T> b, nint ldb, Pointer<T> c, nint ldc, bool accumulate, in TEpilogue epilogue, GemmBlocking blocking = default)
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

        if (m == 1)
        {
            // A row times a matrix: the elements of the row are lda apart if it is stored as a column.
            nint step = transposeA ? lda : 1;
            MatrixVector<TLanes, T>.Run(pool, transposeB, n, k, b, ldb, a, step, c, 1, accumulate, resultIsRow: true, epilogue);
            return;
        }
        if (n == 1)
        {
            nint step = transposeB ? 1 : ldb;
            MatrixVector<TLanes, T>.Run(pool, !transposeA, m, k, a, lda, b, step, c, ldc, accumulate, resultIsRow: false, epilogue);
            return;
        }

        Multiply<TLanes, T, MatrixOperand<T>, MatrixOperand<T>, TEpilogue>(
            pool,
            new()
            {
                M = m, N = n, K = k, A = new(a, lda, !transposeA), B = new(b, ldb, transposeB), C = c, StrideC = ldc, Accumulate = accumulate,
                Blocking = blocking,
            },
            epilogue);
    }

    // A product of operands of any kind, with m, n and k of at least 1, spread over the threads.
    internal static void Multiply<TLanes, T, TA, TB, TEpilogue>(WorkerPool pool, in GemmProduct<T, TA, TB> product, in TEpilogue epilogue)
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged
        where TA : struct, IGemmOperand<T>
        where TB : struct, IGemmOperand<T>
        where TEpilogue : struct, ITileEpilogue
    {
        nint threads = Math.Min(pool.Threads, 2 * product.M * product.N * product.K / MinimumWorkPerThread);
        if (threads > 1)
        {
            var grid = GemmGrid.Of(product.M, product.N, product.PackedB.Address == 0 ? TLanes.Count * 2 : GemmTiles<TLanes, T>.PackedColumns, threads);
            if (grid.Count > 1)
            {
                pool.Run(new RectangleKernel<TLanes, T, TA, TB, TEpilogue>(product, grid, epilogue), grid.Count, 1);
                return;
            }
        }
        product.Run<TLanes, TEpilogue>(0, product.M, 0, product.N, epilogue);
    }

    static void MultiplyBatched<TLanes, T, TEpilogue>(
        WorkerPool pool, nint batch, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<T> a, nint lda, nint strideA, Pointer<T> b, nint ldb, nint strideB, Pointer<T> c, nint ldc, nint strideC, in TEpilogue epilogue)
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged
        where TEpilogue : struct, ITileEpilogue
    {
        var kernel = new BatchKernel<TLanes, T, TEpilogue>(
            pool, transposeA, transposeB, m, n, k, a, lda, strideA, b, ldb, strideB, c, ldc, strideC, epilogue);

        // Whole products per thread if there are enough; else one after the other, each spread over the threads.
        if (batch >= pool.Threads)
            pool.Run(kernel, batch, 1 + MinimumWorkPerThread / Math.Max(1, 2 * m * n * k));
        else
            kernel.Run(0, batch);
    }

    static void FinishEmptySums<T, TEpilogue>(nint m, nint n, Pointer<T> c, nint ldc, bool accumulate, in TEpilogue epilogue)
        where T : unmanaged
        where TEpilogue : struct, ITileEpilogue
    {
        if (!accumulate)
            for (nint i = 0; i < m; i++)
                c.Offset(i * ldc).AsSpan(checked((int)n)).Clear();
        if (!TEpilogue.IsNone)
            epilogue.Run(0, m, 0, n);
    }

    readonly struct RectangleKernel<TLanes, T, TA, TB, TEpilogue>(GemmProduct<T, TA, TB> product, GemmGrid grid, TEpilogue epilogue) : IRangeKernel
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged
        where TA : struct, IGemmOperand<T>
        where TB : struct, IGemmOperand<T>
        where TEpilogue : struct, ITileEpilogue
    {
        public void Run(nint begin, nint end)
        {
            for (nint i = begin; i < end; i++)
            {
                var (row, nextRow, column, nextColumn) = grid.Rectangle(product.M, product.N, i);
                product.Run<TLanes, TEpilogue>(row, nextRow - row, column, nextColumn - column, epilogue);
            }
        }
    }

    readonly struct BatchKernel<TLanes, T, TEpilogue>(
        WorkerPool pool, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<T> a, nint lda, nint strideA, Pointer<T> b, nint ldb, nint strideB, Pointer<T> c, nint ldc, nint strideC, TEpilogue epilogue) : IRangeKernel
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged
        where TEpilogue : struct, ITileEpilogue
    {
        public void Run(nint begin, nint end)
        {
            for (nint i = begin; i < end; i++)
                Multiply<TLanes, T, RowsFrom<TEpilogue>>(
                    pool, transposeA, transposeB, m, n, k, a.Offset(i * strideA), lda, b.Offset(i * strideB), ldb, c.Offset(i * strideC), ldc, false,
                    new(i * m, epilogue));
        }
    }

    // What the epilogue of a batch is to one of its products.
    readonly struct RowsFrom<TEpilogue>(nint first, TEpilogue epilogue) : ITileEpilogue where TEpilogue : struct, ITileEpilogue
    {
        public static bool IsNone => TEpilogue.IsNone;

        public void Run(nint row, nint rows, nint column, nint columns) => epilogue.Run(first + row, rows, column, columns);
    }
}
