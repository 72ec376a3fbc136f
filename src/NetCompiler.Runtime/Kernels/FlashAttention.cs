namespace NetCompiler.Runtime;

/// <summary>
/// softmax(scale · q kᵀ) v without the matrix of scores (Dao et al. 2022, "FlashAttention"): the scores of some queries are computed for a
/// block of keys after the other, while the maximum and the sum of exponentials of each query are kept up (Milakov and Gimelshein 2018).
/// </summary>
/// <remarks>
/// Each element is computed from blocks of keys that depend on the number of keys alone, in their order, so results are the same bits for any
/// number of threads. Where no score of a query is finite, its result is NaN, as it is composed of exponentials and their sum; without keys it is 0.
/// </remarks>
public static partial class FlashAttention
{
    /// <summary>The result, and unless it is null for each query the largest score and the sum of exponentials, [.., T, 2].</summary>
    /// <param name="pool">The threads to use.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="masks">What happens to the scores.</param>
    /// <param name="q">The queries, of <see cref="AttentionShape.Width"/>.</param>
    /// <param name="k">The keys, of <see cref="AttentionShape.Width"/>.</param>
    /// <param name="v">The values, of <see cref="AttentionShape.ValueWidth"/>.</param>
    /// <param name="y">The result, of <see cref="AttentionShape.ValueWidth"/>; it overlaps no operand.</param>
    /// <param name="statistics">Two numbers for each query of each batch, or null.</param>
    public static void Forward(
        WorkerPool pool, in AttentionShape shape, in AttentionMasks masks, in AttentionRows q, in AttentionRows k, in AttentionRows v,
        in AttentionRows y, Pointer<float> statistics)
    {
        if (Simd.Has512)
            Forward<F32x16>(pool, shape, masks, q, k, v, y, statistics);
        else if (Simd.Has256)
            Forward<F32x8>(pool, shape, masks, q, k, v, y, statistics);
        else
            Forward<F32x1>(pool, shape, masks, q, k, v, y, statistics);
    }

    // The width as a type argument, so that tests reach those which this machine would not choose.
    internal static void Forward<TLanes>(
        WorkerPool pool, in AttentionShape shape, in AttentionMasks masks, in AttentionRows q, in AttentionRows k, in AttentionRows v,
        in AttentionRows y, Pointer<float> statistics)
        where TLanes : struct, ILanes<TLanes, float>
    {
        ArgumentNullException.ThrowIfNull(pool);
        nint chunks = Chunks(shape.Queries);
        pool.Run(new ForwardKernel<TLanes>(shape, masks, q, k, v, y, statistics, chunks), shape.Batch * chunks, 1);
    }

    // Nearly equal ones, which results do not depend on.
    static nint Chunks(nint queries) => (queries + AttentionBlock<F32x1>.MostRows - 1) / AttentionBlock<F32x1>.MostRows;

    static (nint Begin, nint Count) Chunk(nint queries, nint chunks, nint index)
    {
        nint begin = queries * index / chunks;
        return (begin, queries * (index + 1) / chunks - begin);
    }

    readonly struct ForwardKernel<TLanes>(
        AttentionShape shape, AttentionMasks masks, AttentionRows q, AttentionRows k, AttentionRows v, AttentionRows y, Pointer<float> statistics, nint chunks) : IRangeKernel
        where TLanes : struct, ILanes<TLanes, float>
    {
        public void Run(nint begin, nint end)
        {
            float later = masks.LaterScore;
            for (nint i = begin; i < end; i++)
            {
                var block = new AttentionBlock<TLanes>(shape, masks, i / chunks);
                var (row, rows) = Chunk(shape.Queries, chunks, i % chunks);
                var maxima = Scratch.Get<float>(ScratchUse.AttentionRows, 2 * rows);
                // Keys after all of these queries have no weight, unless the others have as little.
                nint keys = float.IsNaN(later) ? shape.Keys : Math.Min(shape.Keys, row + rows);
                Attend(block, row, rows, keys, maxima);
                if (keys < shape.Keys && AttendsLater(maxima, rows, later))
                    Attend(block, row, rows, shape.Keys, maxima);
                if (statistics.Address != 0)
                    Keep(maxima, rows, statistics.Offset(2 * (i / chunks * shape.Queries + row)));
            }
        }

        static void Keep(Pointer<float> maxima, nint rows, Pointer<float> to)
        {
            for (nint r = 0; r < rows; r++)
                (to[2 * r], to[2 * r + 1]) = (maxima[r], maxima[rows + r]);
        }

        void Attend(in AttentionBlock<TLanes> block, nint row, nint rows, nint keys, Pointer<float> maxima)
        {
            nint stride = AttentionBlock<TLanes>.Stride(keys);
            var scores = Scratch.Get<float>(ScratchUse.AttentionScores, rows * stride);
            var sums = maxima.Offset(rows);
            maxima.AsSpan((int)rows).Fill(float.NegativeInfinity);
            sums.AsSpan((int)rows).Clear();
            for (nint column = 0; column < keys; column += AttentionBlock<TLanes>.MostColumns)
            {
                nint columns = Math.Min(AttentionBlock<TLanes>.MostColumns, keys - column);
                block.Multiply(q, row, rows, k, column, columns, shape.Width, scores, stride);
                for (nint r = 0; r < rows; r++)
                {
                    var line = scores.Offset(r * stride);
                    float before = maxima[r], largest = MathF.Max(before, block.Finish(line, row + r, column, columns));
                    // With no score above -infinity yet, exponentials are 0 rather than NaN: finite scores may follow.
                    float shift = float.IsNegativeInfinity(largest) ? 0 : largest, shrinks = MathF.Exp(before - shift);
                    maxima[r] = largest;
                    sums[r] = sums[r] * shrinks + AttentionBlock<TLanes>.Exponentials(line, columns, shift, 1);
                    if (column > 0 && shrinks != 1)
                        Scale(block.At(y, row + r), shape.ValueWidth, shrinks);
                }
                AttentionBlock<TLanes>.Product(
                    rows, shape.ValueWidth, columns, new(scores, stride, alongDepth: true), new(block.At(v, column), v.Row, alongDepth: false), block.At(y, row), y.Row, accumulate: column > 0);
            }
            for (nint r = 0; r < rows; r++)
            {
                if (keys == 0)
                    block.At(y, row + r).AsSpan((int)shape.ValueWidth).Clear();
                else
                    Scale(block.At(y, row + r), shape.ValueWidth, 1 / sums[r]);
            }
        }

        static void Scale(Pointer<float> row, nint count, float factor)
        {
            var times = TLanes.Splat(factor);
            nint i = 0;
            for (; i + TLanes.Count <= count; i += TLanes.Count)
                TLanes.Store(row, i, TLanes.Load(row, i) * times);
            for (; i < count; i++)
                row[i] *= factor;
        }
    }

    // Whether a key after a query weighs as much as one of these may, since all that the query sees is masked.
    static bool AttendsLater(Pointer<float> maxima, nint rows, float later)
    {
        for (nint r = 0; r < rows; r++)
        {
            if (!float.IsNaN(maxima[r]) && !(later - maxima[r] < AttentionBlock<F32x1>.Vanishes))
                return true;
        }
        return false;
    }
}
