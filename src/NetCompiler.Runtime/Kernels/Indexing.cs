using System.Numerics;

namespace NetCompiler.Runtime;

/// <summary>
/// Rows chosen by indices, and their transpose. An index that names no row reads and writes nothing. Results are the same bits
/// for any number of threads.
/// </summary>
public static class Indexing
{
    // Elements that a thread should have at least.
    const nint MinimumPerThread = 1 << 14;

    // Columns that one thread sums: a cache line of floats.
    const nint Block = 16;

    /// <summary>
    /// y[k, j] = x[indices[k], j] for k below <paramref name="count"/> and j below <paramref name="width"/>;
    /// <paramref name="missing"/> where the index is not within 0 .. <paramref name="rows"/>.
    /// </summary>
    public static void Gather<T, TIndex>(
        WorkerPool pool, nint rows, nint width, nint count, Pointer<T> x, Pointer<TIndex> indices, Pointer<T> y, T missing)
        where T : unmanaged where TIndex : unmanaged, IBinaryInteger<TIndex>
    {
        ArgumentNullException.ThrowIfNull(pool);
        pool.Run(new GatherKernel<T, TIndex>(rows, checked((int)width), x, indices, y, missing), count, 1 + MinimumPerThread / Math.Max(1, width));
    }

    /// <summary>
    /// y[r, j] = the sum of values[k, j] over all k below <paramref name="count"/> with indices[k] = r, in the order of k; values whose
    /// index is not within 0 .. <paramref name="rows"/> are left out.
    /// </summary>
    public static void ScatterAdd<T, TIndex>(
        WorkerPool pool, nint rows, nint width, nint count, Pointer<TIndex> indices, Pointer<T> values, Pointer<T> y)
        where T : unmanaged, INumberBase<T> where TIndex : unmanaged, IBinaryInteger<TIndex>
    {
        ArgumentNullException.ThrowIfNull(pool);
        // Threads share out columns: each walks all indices, so that no two add to one element and the order is theirs.
        nint blocks = (width + Block - 1) / Block;
        pool.Run(
            new ScatterAddKernel<T, TIndex>(rows, width, count, indices, values, y),
            blocks, 1 + MinimumPerThread / Math.Max(1, (count + rows) * Block));
    }

    static bool Names<TIndex>(TIndex index, nint rows, out nint row) where TIndex : unmanaged, IBinaryInteger<TIndex>
    {
        long at = long.CreateTruncating(index);
        row = (nint)at;
        return (ulong)at < (ulong)rows;
    }

    readonly struct GatherKernel<T, TIndex>(nint rows, int width, Pointer<T> x, Pointer<TIndex> indices, Pointer<T> y, T missing) : IRangeKernel
        where T : unmanaged where TIndex : unmanaged, IBinaryInteger<TIndex>
    {
        public void Run(nint begin, nint end)
        {
            for (nint k = begin; k < end; k++)
            {
                bool found = Names(indices[k], rows, out nint row);
                if (width == 1)
                    y[k] = found ? x[row] : missing;
                else if (found)
                    x.Offset(row * width).AsSpan(width).CopyTo(y.Offset(k * width).AsSpan(width));
                else
                    y.Offset(k * width).AsSpan(width).Fill(missing);
            }
        }
    }

    readonly struct ScatterAddKernel<T, TIndex>(nint rows, nint width, nint count, Pointer<TIndex> indices, Pointer<T> values, Pointer<T> y) : IRangeKernel
        where T : unmanaged, INumberBase<T> where TIndex : unmanaged, IBinaryInteger<TIndex>
    {
        public void Run(nint begin, nint end)
        {
            nint first = begin * Block;
            int columns = (int)(Math.Min(end * Block, width) - first);
            for (nint r = 0; r < rows; r++)
                y.Offset(r * width + first).AsSpan(columns).Clear();
            for (nint k = 0; k < count; k++)
            {
                if (Names(indices[k], rows, out nint row))
                    Add(values.Offset(k * width + first).AsSpan(columns), y.Offset(row * width + first).AsSpan(columns));
            }
        }

        static void Add(ReadOnlySpan<T> terms, Span<T> sums)
        {
            int j = 0;
            if (Vector<T>.IsSupported)
            {
                for (; j <= sums.Length - Vector<T>.Count; j += Vector<T>.Count)
                    (new Vector<T>(sums[j..]) + new Vector<T>(terms[j..])).CopyTo(sums[j..]);
            }
            for (; j < sums.Length; j++)
                sums[j] += terms[j];
        }
    }
}
