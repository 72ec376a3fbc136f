using System.Numerics;
using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// A group of threads for each entry of the list of indices. It ends where an entry before has the same index; else it looks for those
/// behind that have it, and adds their values in the order of the list: no two groups add to one row. Rows without an entry are not written.
/// </summary>
struct ScatterAddKernel<T, TIndex, TRead> : IGpuKernel<ScatterAddKernel<T, TIndex, TRead>> where T : unmanaged, INumber<T> where TIndex : unmanaged where TRead : struct, IIndexOf<TIndex>
{
    const int Warp = 32, Warps = GpuThread.Lanes / Warp;

    // Entries that a thread looks at before the group agrees on what was found, which costs as much as some loads.
    const int Each = 8;

    const int Chunk = Each * GpuThread.Lanes, Words = Chunk / Warp;

    public ArrayView<TIndex> Indices;
    public ArrayView<T> Values, Y;
    public long Rows;
    public int Width, Count;

    public static void Run(ScatterAddKernel<T, TIndex, TRead> kernel)
    {
        var found = SharedMemory.Allocate<int>(Chunk);
        var words = SharedMemory.Allocate<int>(Words);
        TRead read = default;
        int own = GpuRow.Number;
        long row = read.Of(kernel.Indices[own]);
        if (row < 0 | row >= kernel.Rows)
            return;
        for (int first = 0; first < own; first += Chunk)
        {
            if (GpuRow.Any(kernel.Matches(row, first, own) != 0))
                return;
        }
        for (int column = GpuThread.Lane; column < kernel.Width; column += GpuThread.Lanes)
            kernel.Y[row * kernel.Width + column] = T.Zero + kernel.Value(own, column); // As every sum begins: -0 becomes 0.
        for (int first = own + 1; first < kernel.Count; first += Chunk)
        {
            int matches = kernel.Matches(row, first, kernel.Count);
            if (GpuRow.Any(matches != 0))
                kernel.Add(row, List(first, matches, words, found), found);
        }
    }

    /// <summary>Which of the thread's entries, from <paramref name="first"/> on and before <paramref name="end"/>, name the row: a bit for each.</summary>
    readonly int Matches(long row, int first, int end)
    {
        TRead read = default;
        int matches = 0;
        for (int i = 0; i < Each; i++)
        {
            int at = first + i * GpuThread.Lanes + GpuThread.Lane;
            if (at < end && read.Of(Indices[at]) == row)
                matches |= 1 << i;
        }
        return matches;
    }

    /// <summary>Lists the entries that all threads of the group found, in order.</summary>
    /// <returns>How many they are.</returns>
    static int List(int first, int matches, ArrayView<int> words, ArrayView<int> found)
    {
        int warp = GpuThread.Lane / Warp, lane = GpuThread.Lane & (Warp - 1);
        for (int i = 0; i < Each; i++)
        {
            int word = ((matches >> i) & 1) << lane;
            for (int distance = Warp / 2; distance > 0; distance >>= 1)
                word |= LaneExchange.Across(word, distance);
            if (lane == 0)
                words[i * Warps + warp] = word;
        }
        Group.Barrier();
        int count = 0, before = (1 << lane) - 1;
        for (int i = 0; i < Words; i++)
        {
            int word = words[i];
            if ((i & (Warps - 1)) == warp & ((matches >> (i / Warps)) & 1) != 0)
                found[count + BitOperations.PopCount((uint)(word & before))] = first + i * Warp + lane;
            count += BitOperations.PopCount((uint)word);
        }
        Group.Barrier();
        return count;
    }

    readonly void Add(long row, int count, ArrayView<int> found)
    {
        for (int column = GpuThread.Lane; column < Width; column += GpuThread.Lanes)
        {
            T sum = Y[row * Width + column];
            int i = 0;
            // Four loads are on their way while the first one is waited for.
            for (; i + 3 < count; i += 4)
            {
                T value0 = Value(found[i], column), value1 = Value(found[i + 1], column), value2 = Value(found[i + 2], column), value3 = Value(found[i + 3], column);
                sum = sum + value0 + value1 + value2 + value3;
            }
            for (; i < count; i++)
                sum += Value(found[i], column);
            Y[row * Width + column] = sum;
        }
    }

    readonly T Value(int entry, int column) => Values[(long)entry * Width + column];
}
