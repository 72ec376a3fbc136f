namespace NetCompiler.Runtime;

/// <summary>
/// Products of row-major matrices. Results are the same bits for any number of threads.
/// </summary>
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
        Pointer<float> a, nint lda, Pointer<float> b, nint ldb, Pointer<float> c, nint ldc, bool accumulate = false)
    {
        if (Simd.Has512)
            Multiply<F32x16, float>(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc, accumulate);
        else if (Simd.Has256)
            Multiply<F32x8, float>(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc, accumulate);
        else
            Multiply<F32x1, float>(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc, accumulate);
    }

    /// <inheritdoc cref="Multiply(WorkerPool, bool, bool, nint, nint, nint, Pointer{float}, nint, Pointer{float}, nint, Pointer{float}, nint, bool)"/>
    public static void Multiply(
        WorkerPool pool, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<double> a, nint lda, Pointer<double> b, nint ldb, Pointer<double> c, nint ldc, bool accumulate = false)
    {
        if (Simd.Has512)
            Multiply<F64x8, double>(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc, accumulate);
        else if (Simd.Has256)
            Multiply<F64x4, double>(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc, accumulate);
        else
            Multiply<F64x1, double>(pool, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc, accumulate);
    }

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
        Pointer<float> a, nint lda, nint strideA, Pointer<float> b, nint ldb, nint strideB, Pointer<float> c, nint ldc, nint strideC)
    {
        if (Simd.Has512)
            MultiplyBatched<F32x16, float>(pool, batch, transposeA, transposeB, m, n, k, a, lda, strideA, b, ldb, strideB, c, ldc, strideC);
        else if (Simd.Has256)
            MultiplyBatched<F32x8, float>(pool, batch, transposeA, transposeB, m, n, k, a, lda, strideA, b, ldb, strideB, c, ldc, strideC);
        else
            MultiplyBatched<F32x1, float>(pool, batch, transposeA, transposeB, m, n, k, a, lda, strideA, b, ldb, strideB, c, ldc, strideC);
    }

    /// <inheritdoc cref="MultiplyBatched(WorkerPool, nint, bool, bool, nint, nint, nint, Pointer{float}, nint, nint, Pointer{float}, nint, nint, Pointer{float}, nint, nint)"/>
    public static void MultiplyBatched(
        WorkerPool pool, nint batch, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<double> a, nint lda, nint strideA, Pointer<double> b, nint ldb, nint strideB, Pointer<double> c, nint ldc, nint strideC)
    {
        if (Simd.Has512)
            MultiplyBatched<F64x8, double>(pool, batch, transposeA, transposeB, m, n, k, a, lda, strideA, b, ldb, strideB, c, ldc, strideC);
        else if (Simd.Has256)
            MultiplyBatched<F64x4, double>(pool, batch, transposeA, transposeB, m, n, k, a, lda, strideA, b, ldb, strideB, c, ldc, strideC);
        else
            MultiplyBatched<F64x1, double>(pool, batch, transposeA, transposeB, m, n, k, a, lda, strideA, b, ldb, strideB, c, ldc, strideC);
    }

    // For callers that are generic over the two.
    internal static void Multiply<T>(
        WorkerPool pool, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<T> a, nint lda, Pointer<T> b, nint ldb, Pointer<T> c, nint ldc, bool accumulate)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
            Multiply(pool, transposeA, transposeB, m, n, k, a.As<float>(), lda, b.As<float>(), ldb, c.As<float>(), ldc, accumulate);
        else
            Multiply(pool, transposeA, transposeB, m, n, k, a.As<double>(), lda, b.As<double>(), ldb, c.As<double>(), ldc, accumulate);
    }

    // The width as a type argument, so that tests reach those which this machine would not choose.
    internal static void Multiply<TLanes, T>(
        WorkerPool pool, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<T> a, nint lda, Pointer<T> b, nint ldb, Pointer<T> c, nint ldc, bool accumulate)
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged
    {
        if (m <= 0 || n <= 0)
            return;
        if (k <= 0)
        {
            if (!accumulate)
                Clear(m, n, c, ldc);
            return;
        }

        if (m == 1)
        {
            // A row times a matrix: the elements of the row are lda apart if it is stored as a column.
            nint step = transposeA ? lda : 1;
            MatrixVector<TLanes, T>.Run(pool, transposeB, n, k, b, ldb, a, step, c, 1, accumulate);
            return;
        }
        if (n == 1)
        {
            nint step = transposeB ? 1 : ldb;
            MatrixVector<TLanes, T>.Run(pool, !transposeA, m, k, a, lda, b, step, c, ldc, accumulate);
            return;
        }

        Multiply<TLanes, T, MatrixOperand<T>, MatrixOperand<T>>(pool, new()
        {
            M = m, N = n, K = k, A = new(a, lda, !transposeA), B = new(b, ldb, transposeB), C = c, StrideC = ldc, Accumulate = accumulate,
        });
    }

    // A product of operands of any kind, with m, n and k of at least 1, spread over the threads.
    internal static void Multiply<TLanes, T, TA, TB>(WorkerPool pool, in GemmProduct<T, TA, TB> product)
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged
        where TA : struct, IGemmOperand<T>
        where TB : struct, IGemmOperand<T>
    {
        nint threads = Math.Min(pool.Threads, 2 * product.M * product.N * product.K / MinimumWorkPerThread);
        var grid = Grid.Of(product.M, product.N, GemmTiles<TLanes, T>.MaximumRows, TLanes.Count * 2, threads);
        if (grid.Count == 1)
            product.Run<TLanes>(0, product.M, 0, product.N);
        else
            pool.Run(new RectangleKernel<TLanes, T, TA, TB>(product, grid), grid.Count, 1);
    }

    static void MultiplyBatched<TLanes, T>(
        WorkerPool pool, nint batch, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<T> a, nint lda, nint strideA, Pointer<T> b, nint ldb, nint strideB, Pointer<T> c, nint ldc, nint strideC)
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged
    {
        var kernel = new BatchKernel<TLanes, T>(pool, transposeA, transposeB, m, n, k, a, lda, strideA, b, ldb, strideB, c, ldc, strideC);

        // Whole products per thread if there are enough; else one after the other, each spread over the threads.
        if (batch >= pool.Threads)
            pool.Run(kernel, batch, 1 + MinimumWorkPerThread / Math.Max(1, 2 * m * n * k));
        else
            kernel.Run(0, batch);
    }

    static void Clear<T>(nint m, nint n, Pointer<T> c, nint ldc) where T : unmanaged
    {
        for (nint i = 0; i < m; i++)
            c.Offset(i * ldc).AsSpan(checked((int)n)).Clear();
    }

    // C cut into rectangles of whole tiles, one per thread.
    readonly struct Grid
    {
        public required nint Rows { get; init; }

        public required nint Columns { get; init; }

        public nint Count => Rows * Columns;

        // A rectangle packs its rows of A and its columns of B, so the cheapest grid has the least half-perimeter.
        public static Grid Of(nint m, nint n, int tileRows, int tileColumns, nint count)
        {
            nint rowTiles = (m + tileRows - 1) / tileRows, columnTiles = (n + tileColumns - 1) / tileColumns;
            var best = new Grid { Rows = 1, Columns = 1 };
            double bestCost = double.MaxValue;
            for (nint rows = 1; rows <= Math.Min(count, rowTiles); rows++)
            {
                nint columns = Math.Min(count / rows, columnTiles);
                // The largest rectangle decides when all are done: its area first, then what it copies.
                double height = Math.Ceiling((double)rowTiles / rows) * tileRows, width = Math.Ceiling((double)columnTiles / columns) * tileColumns;
                double cost = height * width + 8 * (height + width);
                if (cost < bestCost)
                    (best, bestCost) = (new Grid { Rows = rows, Columns = columns }, cost);
            }
            return best;
        }
    }

    readonly struct RectangleKernel<TLanes, T, TA, TB>(GemmProduct<T, TA, TB> product, Grid grid) : IRangeKernel
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged
        where TA : struct, IGemmOperand<T>
        where TB : struct, IGemmOperand<T>
    {
        public void Run(nint begin, nint end)
        {
            for (nint i = begin; i < end; i++)
            {
                var (row, nextRow) = Cut(product.M, GemmTiles<TLanes, T>.MaximumRows, grid.Rows, i / grid.Columns);
                var (column, nextColumn) = Cut(product.N, TLanes.Count * 2, grid.Columns, i % grid.Columns);
                product.Run<TLanes>(row, nextRow - row, column, nextColumn - column);
            }
        }

        // Part `index` of `parts` parts of whole tiles.
        static (nint Begin, nint End) Cut(nint size, int tile, nint parts, nint index)
        {
            nint tiles = (size + tile - 1) / tile;
            return (Math.Min(size, tiles * index / parts * tile), Math.Min(size, tiles * (index + 1) / parts * tile));
        }
    }

    readonly struct BatchKernel<TLanes, T>(
        WorkerPool pool, bool transposeA, bool transposeB, nint m, nint n, nint k,
        Pointer<T> a, nint lda, nint strideA, Pointer<T> b, nint ldb, nint strideB, Pointer<T> c, nint ldc, nint strideC) : IRangeKernel
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged
    {
        public void Run(nint begin, nint end)
        {
            for (nint i = begin; i < end; i++)
                Multiply<TLanes, T>(pool, transposeA, transposeB, m, n, k, a.Offset(i * strideA), lda, b.Offset(i * strideB), ldb, c.Offset(i * strideC), ldc, false);
        }
    }
}
