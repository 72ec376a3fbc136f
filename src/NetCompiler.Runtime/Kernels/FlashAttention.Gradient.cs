namespace NetCompiler.Runtime;

public static partial class FlashAttention
{
    /// <summary>
    /// What flows to queries, keys and values when dy flows into the result. Weights are computed again, block by block, from the statistics
    /// of the queries. Gradients of keys and of values that are not wanted are null.
    /// </summary>
    /// <param name="pool">The threads to use.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="masks">What happens to the scores.</param>
    /// <param name="q">The queries.</param>
    /// <param name="k">The keys.</param>
    /// <param name="v">The values.</param>
    /// <param name="y">The result of <see cref="Forward(WorkerPool, in AttentionShape, in AttentionMasks, in AttentionRows, in AttentionRows, in AttentionRows, in AttentionRows, Pointer{float})"/>.</param>
    /// <param name="statistics">The largest score and the sum of exponentials of each query.</param>
    /// <param name="dy">What flows into the result.</param>
    /// <param name="dq">What flows to the queries.</param>
    /// <param name="dk">What flows to the keys.</param>
    /// <param name="dv">What flows to the values.</param>
    public static void Backward(
        WorkerPool pool, in AttentionShape shape, in AttentionMasks masks, in AttentionRows q, in AttentionRows k, in AttentionRows v,
        in AttentionRows y, Pointer<float> statistics, in AttentionRows dy, in AttentionRows dq, in AttentionRows dk, in AttentionRows dv)
    {
        if (Simd.Has512)
            Backward<F32x16>(pool, shape, masks, q, k, v, y, statistics, dy, dq, dk, dv);
        else if (Simd.Has256)
            Backward<F32x8>(pool, shape, masks, q, k, v, y, statistics, dy, dq, dk, dv);
        else
            Backward<F32x1>(pool, shape, masks, q, k, v, y, statistics, dy, dq, dk, dv);
    }

    internal static void Backward<TLanes>(
        WorkerPool pool, in AttentionShape shape, in AttentionMasks masks, in AttentionRows q, in AttentionRows k, in AttentionRows v,
        in AttentionRows y, Pointer<float> statistics, in AttentionRows dy, in AttentionRows dq, in AttentionRows dk, in AttentionRows dv)
        where TLanes : struct, ILanes<TLanes, float>
    {
        ArgumentNullException.ThrowIfNull(pool);
        var gradient = new Gradient<TLanes>(shape, masks, q, k, v, y, statistics, dy, dq, dk, dv);
        nint chunks = Chunks(shape.Queries), blocks = (shape.Keys + AttentionBlock<TLanes>.MostColumns - 1) / AttentionBlock<TLanes>.MostColumns;
        // Batches by themselves take each block once; few batches are cut by queries and again by keys. Sums have the same order either way.
        if (shape.Batch >= pool.Threads)
        {
            pool.Run(new WholeBatches<TLanes>(gradient, chunks, blocks), shape.Batch, 1);
            return;
        }
        pool.Run(new ByQueries<TLanes>(gradient, chunks, blocks), shape.Batch * chunks, 1);
        if (dk.Data.Address != 0 || dv.Data.Address != 0)
            pool.Run(new ByKeys<TLanes>(gradient, chunks, blocks), shape.Batch * blocks, 1);
    }

    readonly struct WholeBatches<TLanes>(Gradient<TLanes> gradient, nint chunks, nint blocks) : IRangeKernel where TLanes : struct, ILanes<TLanes, float>
    {
        public void Run(nint begin, nint end)
        {
            for (nint batch = begin; batch < end; batch++)
            {
                gradient.Clear(batch);
                for (nint block = 0; block < blocks; block++)
                    for (nint chunk = 0; chunk < chunks; chunk++)
                        gradient.Add(batch, chunk, chunks, block, ofQueries: true, ofKeys: true);
            }
        }
    }

    readonly struct ByQueries<TLanes>(Gradient<TLanes> gradient, nint chunks, nint blocks) : IRangeKernel where TLanes : struct, ILanes<TLanes, float>
    {
        public void Run(nint begin, nint end)
        {
            for (nint i = begin; i < end; i++)
            {
                gradient.ClearQueries(i / chunks, i % chunks, chunks);
                for (nint block = 0; block < blocks; block++)
                    gradient.Add(i / chunks, i % chunks, chunks, block, ofQueries: true, ofKeys: false);
            }
        }
    }

    readonly struct ByKeys<TLanes>(Gradient<TLanes> gradient, nint chunks, nint blocks) : IRangeKernel where TLanes : struct, ILanes<TLanes, float>
    {
        public void Run(nint begin, nint end)
        {
            for (nint i = begin; i < end; i++)
            {
                gradient.ClearKeys(i / blocks, i % blocks);
                for (nint chunk = 0; chunk < chunks; chunk++)
                    gradient.Add(i / blocks, chunk, chunks, i % blocks, ofQueries: false, ofKeys: true);
            }
        }
    }

    readonly struct Gradient<TLanes>(
        AttentionShape shape, AttentionMasks masks, AttentionRows q, AttentionRows k, AttentionRows v,
        AttentionRows y, Pointer<float> statistics, AttentionRows dy, AttentionRows dq, AttentionRows dk, AttentionRows dv)
        where TLanes : struct, ILanes<TLanes, float>
    {
        const int MostColumns = AttentionBlock<TLanes>.MostColumns;

        public void Clear(nint batch)
        {
            var block = new AttentionBlock<TLanes>(shape, masks, batch);
            Clear(block, dq, 0, shape.Queries, shape.Width);
            Clear(block, dk, 0, shape.Keys, shape.Width);
            Clear(block, dv, 0, shape.Keys, shape.ValueWidth);
        }

        public void ClearQueries(nint batch, nint chunk, nint chunks)
        {
            var (row, rows) = Chunk(shape.Queries, chunks, chunk);
            Clear(new(shape, masks, batch), dq, row, rows, shape.Width);
        }

        public void ClearKeys(nint batch, nint index)
        {
            var block = new AttentionBlock<TLanes>(shape, masks, batch);
            nint column = index * MostColumns, columns = Math.Min(MostColumns, shape.Keys - column);
            Clear(block, dk, column, columns, shape.Width);
            Clear(block, dv, column, columns, shape.ValueWidth);
        }

        static void Clear(in AttentionBlock<TLanes> block, in AttentionRows rows, nint first, nint count, nint width)
        {
            if (rows.Data.Address != 0)
                for (nint i = first; i < first + count; i++)
                    block.At(rows, i).AsSpan((int)width).Clear();
        }

        /// <summary>Adds what flows from some queries to some keys and back.</summary>
        public void Add(nint batch, nint chunk, nint chunks, nint index, bool ofQueries, bool ofKeys)
        {
            var block = new AttentionBlock<TLanes>(shape, masks, batch);
            var (row, rows) = Chunk(shape.Queries, chunks, chunk);
            nint column = index * MostColumns, columns = Math.Min(MostColumns, shape.Keys - column);
            var kept = statistics.Offset(2 * (batch * shape.Queries + row));
            if (HaveNoWeight(column, row, rows, kept))
                return;
            nint stride = AttentionBlock<TLanes>.Stride(shape.Keys);
            var weights = Scratch.Get<float>(ScratchUse.AttentionScores, 2 * rows * stride);
            var flow = weights.Offset(rows * stride);
            block.Multiply(q, row, rows, k, column, columns, shape.Width, weights, stride);
            block.Multiply(dy, row, rows, v, column, columns, shape.ValueWidth, flow, stride);
            for (nint r = 0; r < rows; r++)
            {
                Pointer<float> line = weights.Offset(r * stride), flowing = flow.Offset(r * stride);
                block.Finish(line, row + r, column, columns);
                AttentionBlock<TLanes>.Exponentials(line, columns, kept[2 * r], 1 / kept[2 * r + 1]);
                block.FlowBack(line, flowing, Mean(block.At(dy, row + r), block.At(y, row + r)), row + r, column, columns);
            }
            if (ofQueries)
                AttentionBlock<TLanes>.Product(rows, shape.Width, columns, new(flow, stride, alongDepth: true), new(block.At(k, column), k.Row, alongDepth: false), block.At(dq, row), dq.Row, accumulate: true);
            if (ofKeys && dk.Data.Address != 0)
                AttentionBlock<TLanes>.Product(columns, shape.Width, rows, new(flow, stride, alongDepth: false), new(block.At(q, row), q.Row, alongDepth: false), block.At(dk, column), dk.Row, accumulate: true);
            if (ofKeys && dv.Data.Address != 0)
                AttentionBlock<TLanes>.Product(columns, shape.ValueWidth, rows, new(weights, stride, alongDepth: false), new(block.At(dy, row), dy.Row, alongDepth: false), block.At(dv, column), dv.Row, accumulate: true);
        }

        // Keys after all of these queries, as in the forward direction.
        bool HaveNoWeight(nint column, nint row, nint rows, Pointer<float> kept)
        {
            float later = masks.LaterScore;
            if (float.IsNaN(later) || column < row + rows)
                return false;
            for (nint r = 0; r < rows; r++)
            {
                if (!(later - kept[2 * r] < AttentionBlock<TLanes>.Vanishes))
                    return false;
            }
            return true;
        }

        // Σ_s dP P = Σ_e dy y, for a query.
        float Mean(Pointer<float> flow, Pointer<float> result)
        {
            var sum = TLanes.Splat(0);
            nint i = 0;
            for (; i + TLanes.Count <= shape.ValueWidth; i += TLanes.Count)
                sum = TLanes.MultiplyAdd(TLanes.Load(flow, i), TLanes.Load(result, i), sum);
            float total = TLanes.SumLanes(sum);
            for (; i < shape.ValueWidth; i++)
                total += flow[i] * result[i];
            return total;
        }
    }
}
