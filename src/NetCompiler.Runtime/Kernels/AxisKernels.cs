using System.Numerics;

namespace NetCompiler.Runtime;

/// <summary>
/// What runs along one axis of a tensor [outer, extent, inner]: orders and running sums. Results are the same bits for any number of
/// threads.
/// </summary>
public static class AxisKernels
{
    // Elements that a thread should have at least.
    const nint MinimumPerThread = 1 << 12;

    // Columns that are summed together, so that memory is walked through row by row.
    const nint Block = 64;

    /// <summary>
    /// y = the positions along the axis at which the elements of x are in order. Equal elements keep their order; NaN comes last.
    /// </summary>
    public static void ArgSort<T>(WorkerPool pool, nint outer, nint extent, nint inner, Pointer<T> x, Pointer<int> y, bool descending)
        where T : unmanaged, INumber<T>
    {
        ArgumentNullException.ThrowIfNull(pool);
        pool.Run(new ArgSortKernel<T>(checked((int)extent), inner, x, y, descending), outer * inner, 1 + MinimumPerThread / Math.Max(1, extent));
    }

    /// <summary>y[o, k, i] = the sum of x[o, 0 .. k, i], k included; of x[o, k .., i] if <paramref name="reverse"/>.</summary>
    public static void CumulativeSum<T>(WorkerPool pool, nint outer, nint extent, nint inner, Pointer<T> x, Pointer<T> y, bool reverse)
        where T : unmanaged, INumberBase<T>
    {
        ArgumentNullException.ThrowIfNull(pool);
        nint blocks = (inner + Block - 1) / Block;
        pool.Run(
            new CumulativeSumKernel<T>(extent, inner, blocks, x, y, reverse),
            outer * blocks, 1 + MinimumPerThread / Math.Max(1, extent * Math.Min(inner, Block)));
    }

    readonly struct ArgSortKernel<T>(int extent, nint inner, Pointer<T> x, Pointer<int> y, bool descending) : IRangeKernel
        where T : unmanaged, INumber<T>
    {
        public void Run(nint begin, nint end)
        {
            var keys = Scratch.Get<T>(ScratchUse.SortKeys, extent).AsSpan(extent);
            var indices = Scratch.Get<int>(ScratchUse.SortIndices, 2 * (nint)extent);
            Span<int> order = indices.AsSpan(extent), spare = indices.Offset(extent).AsSpan(extent);
            for (nint line = begin; line < end; line++)
            {
                nint first = line / inner * extent * inner + line % inner;
                for (int i = 0; i < extent; i++)
                {
                    keys[i] = x[first + i * inner];
                    order[i] = i;
                }
                var sorted = Sort(keys, order, spare);
                for (int i = 0; i < extent; i++)
                    y[first + i * inner] = sorted[i];
            }
        }

        // Insertion sort of short runs, then merges of pairs of runs, from one buffer to the other. Both keep equal elements in order.
        Span<int> Sort(ReadOnlySpan<T> keys, Span<int> order, Span<int> spare)
        {
            const int shortRun = 16;
            for (int start = 0; start < extent; start += shortRun)
            {
                for (int i = start + 1; i < Math.Min(start + shortRun, extent); i++)
                {
                    int moved = order[i], place = i;
                    for (; place > start && Before(keys[moved], keys[order[place - 1]]); place--)
                        order[place] = order[place - 1];
                    order[place] = moved;
                }
            }
            for (long run = shortRun; run < extent; run *= 2)
            {
                for (long start = 0; start < extent; start += 2 * run)
                {
                    int middle = (int)Math.Min(start + run, extent), end = (int)Math.Min(start + 2 * run, extent);
                    int left = (int)start, right = middle;
                    for (int i = left; i < end; i++)
                        spare[i] = left < middle && (right >= end || !Before(keys[order[right]], keys[order[left]])) ? order[left++] : order[right++];
                }
                var merged = spare;
                spare = order;
                order = merged;
            }
            return order;
        }

        bool Before(T a, T b) => (descending ? a > b : a < b) || (T.IsNaN(b) && !T.IsNaN(a));
    }

    readonly struct CumulativeSumKernel<T>(nint extent, nint inner, nint blocks, Pointer<T> x, Pointer<T> y, bool reverse) : IRangeKernel
        where T : unmanaged, INumberBase<T>
    {
        public void Run(nint begin, nint end)
        {
            for (nint block = begin; block < end; block++)
            {
                nint column = block % blocks * Block, columns = Math.Min(Block, inner - column);
                nint first = block / blocks * extent * inner + column;
                for (nint k = 0; k < extent; k++)
                {
                    nint row = first + (reverse ? extent - 1 - k : k) * inner, before = reverse ? row + inner : row - inner;
                    for (nint i = 0; i < columns; i++)
                        y[row + i] = k == 0 ? x[row + i] : y[before + i] + x[row + i];
                }
            }
        }
    }
}
