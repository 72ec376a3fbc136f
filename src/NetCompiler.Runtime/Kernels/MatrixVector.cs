using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>A matrix times a vector: bound by reading the matrix, so it is read once, in order, and nothing is packed.</summary>
static unsafe class MatrixVector<TLanes, T> where TLanes : struct, ILanes<TLanes, T> where T : unmanaged
{
    // Elements of the matrix that a thread should read at least.
    const nint MinimumPerThread = 1 << 16;

    /// <summary>Columns that are computed together.</summary>
    public static int ColumnsOfBlock => 8 * TLanes.Count;

    /// <summary>
    /// y[i] (+)= sum over p of M[i, p] · x[p] if <paramref name="rowPerResult"/> (M is [count, depth]), else of M[p, i] · x[p] (M is [depth, count]).
    /// Elements of x and y lie the given steps apart. To the epilogue y is a row if <paramref name="resultIsRow"/>, else a column.
    /// </summary>
    public static void Run<TEpilogue>(
        WorkerPool pool, bool rowPerResult, nint count, nint depth, Pointer<T> matrix, nint stride, Pointer<T> x, nint stepX, Pointer<T> y, nint stepY,
        bool accumulate, bool resultIsRow, in TEpilogue epilogue)
        where TEpilogue : struct, ITileEpilogue
    {
        if (stepX != 1)
        {
            var packed = Scratch.Get<T>(ScratchUse.Vector, depth);
            for (nint p = 0; p < depth; p++)
                packed[p] = x[p * stepX];
            x = packed;
        }

        // Threads cut the results at whole blocks, so that each element is computed by the same code for any number of threads.
        var finish = new Finish<TEpilogue>(resultIsRow, epilogue);
        if (rowPerResult)
            pool.Run(new RowKernel<TEpilogue>(depth, matrix, stride, x, y, stepY, accumulate, finish), count, 1 + MinimumPerThread / depth);
        else
        {
            int block = ColumnsOfBlock;
            var kernel = new ColumnKernel<TEpilogue>(count, depth, matrix, stride, x, y, stepY, accumulate, finish);
            pool.Run(kernel, (count + block - 1) / block, 1 + MinimumPerThread / depth / block);
        }
    }

    readonly struct Finish<TEpilogue>(bool isRow, TEpilogue epilogue) where TEpilogue : struct, ITileEpilogue
    {
        public void Run(nint begin, nint end)
        {
            if (TEpilogue.IsNone)
                return;
            if (isRow)
                epilogue.Run(0, 1, begin, end - begin);
            else
                epilogue.Run(begin, end - begin, 0, 1);
        }
    }

    // Dot products of rows. A row's own four accumulators hide the latency, so rows are independent of each other.
    readonly struct RowKernel<TEpilogue>(
        nint depth, Pointer<T> matrix, nint stride, Pointer<T> x, Pointer<T> y, nint stepY, bool accumulate, Finish<TEpilogue> finish) : IRangeKernel
        where TEpilogue : struct, ITileEpilogue
    {
        [MethodImpl(Simd.Optimised)]
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
                y[i * stepY] = accumulate ? Scalar.Add(y[i * stepY], sum) : sum;
            }
            finish.Run(begin, end);
        }
    }

    // Columns in blocks of eight vectors, whose sums stay in registers while the rows pass by; what is left, in tiles of one row. The
    // depth is cut as in any other product, so that the results are the same bits as those of packed columns.
    readonly struct ColumnKernel<TEpilogue>(
        nint count, nint depth, Pointer<T> matrix, nint stride, Pointer<T> x, Pointer<T> y, nint stepY, bool accumulate, Finish<TEpilogue> finish) : IRangeKernel
        where TEpilogue : struct, ITileEpilogue
    {
        static int Block => ColumnsOfBlock;

        public void Run(nint begin, nint end)
        {
            var gathered = stackalloc T[Block];
            for (nint block = begin; block < end; block++)
            {
                nint column = block * Block;
                int columns = (int)Math.Min(Block, count - column);
                if (stepY == 1)
                    Multiply(column, columns, (T*)y.Address + column);
                else
                {
                    for (int j = 0; j < columns; j++)
                        gathered[j] = y[(column + j) * stepY];
                    Multiply(column, columns, gathered);
                    for (int j = 0; j < columns; j++)
                        y[(column + j) * stepY] = gathered[j];
                }
            }
            finish.Run(begin * Block, Math.Min(count, end * Block));
        }

        void Multiply(nint column, int columns, T* target)
        {
            nint depthBlock = GemmProduct<T, MatrixOperand<T>, MatrixOperand<T>>.DepthOfBlocks(depth);
            for (nint p = 0; p < depth; p += depthBlock)
            {
                nint steps = Math.Min(depthBlock, depth - p);
                var rows = matrix.Offset(p * stride + column);
                if (columns == Block)
                    WholeBlock(rows, steps, x.Offset(p), new Pointer<T>((nint)target), accumulate || p > 0);
                else
                    Tiles(rows, columns, steps, x.Offset(p), target, accumulate || p > 0);
            }
        }

        [MethodImpl(Simd.Optimised)]
        void WholeBlock(Pointer<T> row, nint steps, Pointer<T> factors, Pointer<T> target, bool add)
        {
            TLanes s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
            for (nint p = 0; p < steps; p++, row = row.Offset(stride))
            {
                var factor = TLanes.Splat(factors[p]);
                s0 = TLanes.MultiplyAdd(TLanes.Load(row, 0), factor, s0);
                s1 = TLanes.MultiplyAdd(TLanes.Load(row, TLanes.Count), factor, s1);
                s2 = TLanes.MultiplyAdd(TLanes.Load(row, 2 * TLanes.Count), factor, s2);
                s3 = TLanes.MultiplyAdd(TLanes.Load(row, 3 * TLanes.Count), factor, s3);
                s4 = TLanes.MultiplyAdd(TLanes.Load(row, 4 * TLanes.Count), factor, s4);
                s5 = TLanes.MultiplyAdd(TLanes.Load(row, 5 * TLanes.Count), factor, s5);
                s6 = TLanes.MultiplyAdd(TLanes.Load(row, 6 * TLanes.Count), factor, s6);
                s7 = TLanes.MultiplyAdd(TLanes.Load(row, 7 * TLanes.Count), factor, s7);
            }
            Write(target, 0, s0, add);
            Write(target, TLanes.Count, s1, add);
            Write(target, 2 * TLanes.Count, s2, add);
            Write(target, 3 * TLanes.Count, s3, add);
            Write(target, 4 * TLanes.Count, s4, add);
            Write(target, 5 * TLanes.Count, s5, add);
            Write(target, 6 * TLanes.Count, s6, add);
            Write(target, 7 * TLanes.Count, s7, add);
        }

        void Tiles(Pointer<T> rows, int columns, nint steps, Pointer<T> factors, T* target, bool add)
        {
            var tiles = GemmCut.Evenly((columns + TLanes.Count - 1) / TLanes.Count, GemmTiles<TLanes, T>.MaximumVectors);
            for (nint tile = 0; tile < tiles.Count; tile++)
            {
                nint start = tiles.Start(tile) * TLanes.Count, width = tiles.Size(tile) * TLanes.Count, left = columns - start;
                var b = (T*)rows.Address + start;
                GemmTiles<TLanes, T>.Of(1, (int)tiles.Size(tile), readsRows: false, masked: left < width)(
                    steps, (T*)factors.Address, 1, b, stride, target + start, 0, add, (int)(left - width + TLanes.Count), (byte*)b, 0);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Write(Pointer<T> target, nint index, TLanes sum, bool add) =>
            TLanes.Store(target, index, add ? TLanes.Load(target, index) + sum : sum);
    }
}
