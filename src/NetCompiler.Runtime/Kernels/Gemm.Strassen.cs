namespace NetCompiler.Runtime;

public static partial class Gemm
{
    // From here on a level was seen to pay for its additions, which run at the speed of memory.
    const nint StrassenSize = 3072;

    /// <summary>
    /// C = A · B with an eighth fewer multiplications per level of halving (Strassen, 1969, in Winograd's form; the order of steps follows Boyer,
    /// Dumas, Pernet and Zhou, 2009). Matrices below about 3000 in some dimension are multiplied as by <c>Multiply</c>.
    /// </summary>
    /// <remarks>
    /// Errors are bounded for the whole matrix, not for each element: with L levels and h = k / 2^L, every element is within
    /// 18^L · (h² + 6h) · u · max|A| · max|B| of the product, where u is half the distance of numbers near 1 (Higham, Accuracy and Stability, 23.2.2);
    /// small elements next to large ones may so lose all their digits. Results are the same bits for any number of threads.
    /// </remarks>
    /// <param name="pool">The threads to use.</param>
    /// <param name="m">Rows of C.</param>
    /// <param name="n">Columns of C.</param>
    /// <param name="k">The depth.</param>
    /// <param name="a">The first operand.</param>
    /// <param name="lda">Elements from one row of A to the next.</param>
    /// <param name="b">The second operand.</param>
    /// <param name="ldb">Elements from one row of B to the next.</param>
    /// <param name="c">The result; it overlaps neither operand.</param>
    /// <param name="ldc">Elements from one row of C to the next.</param>
    public static void MultiplyStrassen(
        WorkerPool pool, nint m, nint n, nint k, Pointer<float> a, nint lda, Pointer<float> b, nint ldb, Pointer<float> c, nint ldc)
    {
        if (Simd.Has512)
            MultiplyStrassen<F32x16, float>(pool, StrassenSize, m, n, k, new(a, lda), new(b, ldb), new(c, ldc));
        else if (Simd.Has256)
            MultiplyStrassen<F32x8, float>(pool, StrassenSize, m, n, k, new(a, lda), new(b, ldb), new(c, ldc));
        else
            MultiplyStrassen<F32x1, float>(pool, StrassenSize, m, n, k, new(a, lda), new(b, ldb), new(c, ldc));
    }

    /// <inheritdoc cref="MultiplyStrassen(WorkerPool, nint, nint, nint, Pointer{float}, nint, Pointer{float}, nint, Pointer{float}, nint)"/>
    public static void MultiplyStrassen(
        WorkerPool pool, nint m, nint n, nint k, Pointer<double> a, nint lda, Pointer<double> b, nint ldb, Pointer<double> c, nint ldc)
    {
        if (Simd.Has512)
            MultiplyStrassen<F64x8, double>(pool, StrassenSize, m, n, k, new(a, lda), new(b, ldb), new(c, ldc));
        else if (Simd.Has256)
            MultiplyStrassen<F64x4, double>(pool, StrassenSize, m, n, k, new(a, lda), new(b, ldb), new(c, ldc));
        else
            MultiplyStrassen<F64x1, double>(pool, StrassenSize, m, n, k, new(a, lda), new(b, ldb), new(c, ldc));
    }

    internal static void MultiplyStrassen<TLanes, T>(
        WorkerPool pool, nint size, nint m, nint n, nint k, StridedMatrix<T> a, StridedMatrix<T> b, StridedMatrix<T> c)
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged
    {
        nint workspace = 0;
        for (nint i = m, j = n, p = k; Math.Min(Math.Min(i, j), p) >= size; (i, j, p) = (i / 2, j / 2, p / 2))
            workspace += WorkspaceOfLevel(i, j, p);
        new Strassen<TLanes, T>(pool, size).Multiply(m, n, k, a, b, c, workspace == 0 ? default : Scratch.Get<T>(ScratchUse.Strassen, workspace));
    }

    static nint WorkspaceOfLevel(nint m, nint n, nint k) => m / 2 * Math.Max(k / 2, n / 2) + k / 2 * (n / 2);

    readonly struct Strassen<TLanes, T>(WorkerPool pool, nint size) where TLanes : struct, ILanes<TLanes, T> where T : unmanaged
    {
        public void Multiply(nint m, nint n, nint k, StridedMatrix<T> a, StridedMatrix<T> b, StridedMatrix<T> c, Pointer<T> workspace)
        {
            if (Math.Min(Math.Min(m, n), k) < size)
            {
                Product(m, n, k, a, b, c, accumulate: false);
                return;
            }

            nint i = m / 2, j = n / 2, p = k / 2, wide = Math.Max(p, j);
            StridedMatrix<T> a11 = a, a12 = a.At(0, p), a21 = a.At(i, 0), a22 = a.At(i, p);
            StridedMatrix<T> b11 = b, b12 = b.At(0, j), b21 = b.At(p, 0), b22 = b.At(p, j);
            StridedMatrix<T> c11 = c, c12 = c.At(0, j), c21 = c.At(i, 0), c22 = c.At(i, j);
            var x = new StridedMatrix<T>(workspace, p);
            var y = new StridedMatrix<T>(workspace.Offset(i * wide), j);
            var inner = workspace.Offset(WorkspaceOfLevel(m, n, k));

            Subtract(i, p, a11, a21, x);
            Subtract(p, j, b22, b12, y);
            Multiply(i, j, p, x, y, c21, inner);
            Add(i, p, a21, a22, x);
            Subtract(p, j, b12, b11, y);
            Multiply(i, j, p, x, y, c22, inner);
            Subtract(i, p, x, a11, x);
            Subtract(p, j, b22, y, y);
            Multiply(i, j, p, x, y, c12, inner);
            Subtract(i, p, a12, x, x);
            Multiply(i, j, p, x, b22, c11, inner);
            Subtract(p, j, b21, y, y);
            var first = new StridedMatrix<T>(workspace, j);
            Multiply(i, j, p, a11, b11, first, inner);
            pool.Run(new CombineKernel<TLanes, T>(j, first, c11, c12, c21, c22), i, 1 + MinimumWorkPerThread / 16 / j);

            // The two products that are left are added to what is there, so they are not halved further.
            Product(i, j, p, a22, y, c21, accumulate: true);
            Product(i, j, p, a12, b21, c11, accumulate: true);

            // An odd row, column or step of the depth was left out.
            if (k % 2 != 0)
                Product(2 * i, 2 * j, 1, a.At(0, k - 1), b.At(k - 1, 0), c, accumulate: true);
            if (n % 2 != 0)
                Product(m, 1, k, a, b.At(0, n - 1), c.At(0, n - 1), accumulate: false);
            if (m % 2 != 0)
                Product(1, 2 * j, k, a.At(m - 1, 0), b, c.At(m - 1, 0), accumulate: false);
        }

        void Product(nint m, nint n, nint k, StridedMatrix<T> a, StridedMatrix<T> b, StridedMatrix<T> c, bool accumulate) =>
            Gemm.Multiply<TLanes, T, NoEpilogue>(pool, false, false, m, n, k, a.Data, a.Stride, b.Data, b.Stride, c.Data, c.Stride, accumulate, default);

        void Add(nint rows, nint columns, StridedMatrix<T> left, StridedMatrix<T> right, StridedMatrix<T> result) =>
            pool.Run(new SumKernel<TLanes, T>(columns, left, right, result, subtracts: false), rows, 1 + MinimumWorkPerThread / 16 / columns);

        void Subtract(nint rows, nint columns, StridedMatrix<T> left, StridedMatrix<T> right, StridedMatrix<T> result) =>
            pool.Run(new SumKernel<TLanes, T>(columns, left, right, result, subtracts: true), rows, 1 + MinimumWorkPerThread / 16 / columns);
    }

    internal readonly record struct StridedMatrix<T>(Pointer<T> Data, nint Stride) where T : unmanaged
    {
        public StridedMatrix<T> At(nint row, nint column) => new(Data.Offset(row * Stride + column), Stride);

        public Pointer<T> Row(nint row) => Data.Offset(row * Stride);
    }

    readonly struct SumKernel<TLanes, T>(nint columns, StridedMatrix<T> left, StridedMatrix<T> right, StridedMatrix<T> result, bool subtracts) : IRangeKernel
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged
    {
        public void Run(nint begin, nint end)
        {
            var sign = Scalar.Number<T>(subtracts ? -1 : 1);
            for (nint i = begin; i < end; i++)
            {
                Pointer<T> l = left.Row(i), r = right.Row(i), y = result.Row(i);
                var factor = TLanes.Splat(sign);
                nint j = 0;
                for (; j + TLanes.Count <= columns; j += TLanes.Count)
                    TLanes.Store(y, j, TLanes.MultiplyAdd(TLanes.Load(r, j), factor, TLanes.Load(l, j)));
                for (; j < columns; j++)
                    y[j] = Scalar.MultiplyAdd(r[j], sign, l[j]);
            }
        }
    }

    // With P1 in `first`, P3 in c11, P6 in c12, P7 in c21 and P5 in c22: c11 = P1, c12 = P1+P6+P5+P3, c21 = P1+P6+P7, c22 = P1+P6+P7+P5.
    readonly struct CombineKernel<TLanes, T>(
        nint columns, StridedMatrix<T> first, StridedMatrix<T> c11, StridedMatrix<T> c12, StridedMatrix<T> c21, StridedMatrix<T> c22) : IRangeKernel
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged
    {
        public void Run(nint begin, nint end)
        {
            for (nint i = begin; i < end; i++)
            {
                nint j = Combine<TLanes>(i, 0);
                if (typeof(T) == typeof(float))
                    new CombineKernel<F32x1, float>(columns, As<float>(first), As<float>(c11), As<float>(c12), As<float>(c21), As<float>(c22)).Combine<F32x1>(i, j);
                else
                    new CombineKernel<F64x1, double>(columns, As<double>(first), As<double>(c11), As<double>(c12), As<double>(c21), As<double>(c22)).Combine<F64x1>(i, j);
            }
        }

        static StridedMatrix<TOther> As<TOther>(StridedMatrix<T> matrix) where TOther : unmanaged => new(matrix.Data.As<TOther>(), matrix.Stride);

        nint Combine<TWidth>(nint row, nint j) where TWidth : struct, ILanes<TWidth, T>
        {
            Pointer<T> x = first.Row(row), r11 = c11.Row(row), r12 = c12.Row(row), r21 = c21.Row(row), r22 = c22.Row(row);
            for (; j + TWidth.Count <= columns; j += TWidth.Count)
            {
                var p1 = TWidth.Load(x, j);
                var p5 = TWidth.Load(r22, j);
                var u2 = p1 + TWidth.Load(r12, j);
                var u3 = u2 + TWidth.Load(r21, j);
                TWidth.Store(r12, j, u2 + p5 + TWidth.Load(r11, j));
                TWidth.Store(r11, j, p1);
                TWidth.Store(r21, j, u3);
                TWidth.Store(r22, j, u3 + p5);
            }
            return j;
        }
    }
}
