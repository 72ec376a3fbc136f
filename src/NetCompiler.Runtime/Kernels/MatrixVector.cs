using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NetCompiler.Runtime;

/// <summary>A matrix times a vector: bound by reading the matrix, so it is read once, in order, and nothing is packed.</summary>
static class MatrixVector<TLanes, T> where TLanes : struct, ILanes<TLanes, T> where T : unmanaged
{
    // Elements of the matrix that a thread should read at least.
    const nint MinimumPerThread = 1 << 16;

    /// <summary>
    /// y[i] (+)= sum over p of M[i, p] · x[p] if <paramref name="rowPerResult"/> (M is [count, depth]), else of M[p, i] · x[p] (M is [depth, count]).
    /// Elements of x and y lie the given steps apart.
    /// </summary>
    public static void Run(
        WorkerPool pool, bool rowPerResult, nint count, nint depth, Pointer<T> matrix, nint stride, Pointer<T> x, nint stepX, Pointer<T> y, nint stepY,
        bool accumulate)
    {
        if (stepX != 1)
        {
            var packed = Scratch.Get<T>(ScratchUse.Vector, depth);
            for (nint p = 0; p < depth; p++)
                packed[p] = x[p * stepX];
            x = packed;
        }

        // Threads cut the results at whole blocks, so that each element is computed by the same code for any number of threads.
        if (rowPerResult)
            pool.Run(new RowKernel(depth, matrix, stride, x, y, stepY, accumulate), count, 1 + MinimumPerThread / depth);
        else
        {
            var kernel = new ColumnKernel(count, depth, matrix, stride, x, y, stepY, accumulate);
            pool.Run(kernel, (count + ColumnKernel.Block - 1) / ColumnKernel.Block, 1 + MinimumPerThread / depth / ColumnKernel.Block);
        }
    }

    // Dot products of rows. A row's own four accumulators hide the latency, so rows are independent of each other.
    readonly struct RowKernel(nint depth, Pointer<T> matrix, nint stride, Pointer<T> x, Pointer<T> y, nint stepY, bool accumulate) : IRangeKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(nint begin, nint end)
        {
            for (nint i = begin; i < end; i++)
            {
                var row = matrix.Offset(i * stride);
                TLanes s0 = default, s1 = default, s2 = default, s3 = default;
                nint p = 0;
                for (; p + 4 * TLanes.Count <= depth; p += 4 * TLanes.Count)
                {
                    s0 = TLanes.MultiplyAdd(TLanes.Load(row, p), TLanes.Load(x, p), s0);
                    s1 = TLanes.MultiplyAdd(TLanes.Load(row, p + TLanes.Count), TLanes.Load(x, p + TLanes.Count), s1);
                    s2 = TLanes.MultiplyAdd(TLanes.Load(row, p + 2 * TLanes.Count), TLanes.Load(x, p + 2 * TLanes.Count), s2);
                    s3 = TLanes.MultiplyAdd(TLanes.Load(row, p + 3 * TLanes.Count), TLanes.Load(x, p + 3 * TLanes.Count), s3);
                }
                for (; p + TLanes.Count <= depth; p += TLanes.Count)
                    s0 = TLanes.MultiplyAdd(TLanes.Load(row, p), TLanes.Load(x, p), s0);
                T sum = TLanes.SumLanes(s0 + s1 + (s2 + s3));
                for (; p < depth; p++)
                    sum = Scalar.MultiplyAdd(row[p], x[p], sum);
                Write(y, i * stepY, sum, accumulate);
            }
        }
    }

    // Columns in blocks of eight vectors, whose sums stay in registers while the rows pass by.
    readonly struct ColumnKernel(nint count, nint depth, Pointer<T> matrix, nint stride, Pointer<T> x, Pointer<T> y, nint stepY, bool accumulate) : IRangeKernel
    {
        public static int Block => 8 * TLanes.Count;

        public void Run(nint begin, nint end)
        {
            for (nint block = begin; block < end; block++)
            {
                nint column = block * Block, last = Math.Min(count, column + Block);
                if (last - column == Block)
                    WholeBlock(column);
                else
                {
                    for (; column + TLanes.Count <= last; column += TLanes.Count)
                        OneVector(column);
                    for (; column < last; column++)
                        OneColumn(column);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void WholeBlock(nint column)
        {
            TLanes s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
            var row = matrix.Offset(column);
            for (nint p = 0; p < depth; p++, row = row.Offset(stride))
            {
                var factor = TLanes.Splat(x[p]);
                s0 = TLanes.MultiplyAdd(TLanes.Load(row, 0), factor, s0);
                s1 = TLanes.MultiplyAdd(TLanes.Load(row, TLanes.Count), factor, s1);
                s2 = TLanes.MultiplyAdd(TLanes.Load(row, 2 * TLanes.Count), factor, s2);
                s3 = TLanes.MultiplyAdd(TLanes.Load(row, 3 * TLanes.Count), factor, s3);
                s4 = TLanes.MultiplyAdd(TLanes.Load(row, 4 * TLanes.Count), factor, s4);
                s5 = TLanes.MultiplyAdd(TLanes.Load(row, 5 * TLanes.Count), factor, s5);
                s6 = TLanes.MultiplyAdd(TLanes.Load(row, 6 * TLanes.Count), factor, s6);
                s7 = TLanes.MultiplyAdd(TLanes.Load(row, 7 * TLanes.Count), factor, s7);
            }
            WriteLanes(column, s0);
            WriteLanes(column + TLanes.Count, s1);
            WriteLanes(column + 2 * TLanes.Count, s2);
            WriteLanes(column + 3 * TLanes.Count, s3);
            WriteLanes(column + 4 * TLanes.Count, s4);
            WriteLanes(column + 5 * TLanes.Count, s5);
            WriteLanes(column + 6 * TLanes.Count, s6);
            WriteLanes(column + 7 * TLanes.Count, s7);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void OneVector(nint column)
        {
            TLanes sum = default;
            var row = matrix.Offset(column);
            for (nint p = 0; p < depth; p++, row = row.Offset(stride))
                sum = TLanes.MultiplyAdd(TLanes.Load(row, 0), TLanes.Splat(x[p]), sum);
            WriteLanes(column, sum);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void OneColumn(nint column)
        {
            T sum = default;
            for (nint p = 0; p < depth; p++)
                sum = Scalar.MultiplyAdd(matrix[p * stride + column], x[p], sum);
            Write(y, column * stepY, sum, accumulate);
        }

        void WriteLanes(nint column, TLanes sum)
        {
            if (stepY == 1)
            {
                TLanes.Store(y, column, accumulate ? TLanes.Load(y, column) + sum : sum);
                return;
            }
            Span<TLanes> lanes = [sum];
            var elements = MemoryMarshal.Cast<TLanes, T>(lanes);
            for (int i = 0; i < elements.Length; i++)
                Write(y, (column + i) * stepY, elements[i], accumulate);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Write(Pointer<T> y, nint index, T value, bool accumulate) => y[index] = accumulate ? Scalar.Add(y[index], value) : value;
}
