using System.Numerics;
using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>Which element comes first.</summary>
readonly struct SortOrder<T>(bool descending) where T : unmanaged, INumber<T>
{
    readonly int _descending = descending ? 1 : 0;

    /// <summary>Whether a must come before b. Nothing comes after NaN.</summary>
    public bool Before(T a, T b) => (_descending != 0 ? a > b : a < b) || T.IsNaN(b) && !T.IsNaN(a);
}

/// <summary>Numbers for each place of each line, where lines are a tensor [outer, extent, inner].</summary>
readonly struct SortedLines(ArrayView<int> values, int extent, int inner)
{
    readonly ArrayView<int> _values = values;
    readonly Divisor _inner = new(inner);
    readonly int _extent = extent;

    public void Store(int line, int place, int value) => _values[Start(line, _extent, _inner) + (long)place * _inner.Value] = value;

    /// <summary>Where a line begins.</summary>
    public static long Start(int line, int extent, Divisor inner)
    {
        int outer = inner.Quotient(line);
        return (long)outer * extent * inner.Value + (line - outer * inner.Value);
    }
}

/// <summary>Each element counts those that come before it, which is its place.</summary>
struct ArgSortKernel<T> : IGpuKernel<ArgSortKernel<T>> where T : unmanaged, INumber<T>
{
    public ArrayView<T> X;
    public ArrayView<int> Y;
    public SortOrder<T> Order;
    public long Size;
    public int Extent, Inner;

    public static void Run(ArgSortKernel<T> kernel)
    {
        long element = Grid.GlobalLinearIndex;
        if (element >= kernel.Size)
            return;
        long row = element / kernel.Inner;
        long first = row / kernel.Extent * kernel.Extent * kernel.Inner + (element - row * kernel.Inner);
        int self = (int)(row % kernel.Extent);
        var value = kernel.X[element];
        int place = 0;
        for (int i = 0; i < kernel.Extent; i++)
        {
            var other = kernel.X[first + (long)i * kernel.Inner];
            if (kernel.Order.Before(other, value) || i < self && !kernel.Order.Before(value, other))
                place++;
        }
        kernel.Y[first + (long)place * kernel.Inner] = self;
    }
}

/// <summary>
/// A group of threads sorts each run of a line in shared memory by a bitonic network (Batcher, "Sorting Networks and Their Applications", 1968): of
/// equal elements the earlier one comes first, so that no two are alike and there is one order.
/// </summary>
struct SortRunsKernel<T> : IGpuKernel<SortRunsKernel<T>> where T : unmanaged, INumber<T>
{
    /// <summary>The most elements of a run: four pairs to exchange for each thread, and 12 KB of shared memory where elements take 8 bytes.</summary>
    public const int Most = 1024;

    public ArrayView<T> X, Keys; // Keys [lines, Extent]
    public SortedLines Places;
    public SortOrder<T> Order;
    public Divisor Inner, RunsOfLine;
    public int Extent, Length, KeepsKeys;

    public static void Run(SortRunsKernel<T> kernel)
    {
        var keys = SharedMemory.Allocate<T>(Most);
        var places = SharedMemory.Allocate<int>(Most);
        int line = kernel.RunsOfLine.Quotient(GpuRow.Number), first = (GpuRow.Number - line * kernel.RunsOfLine.Value) * kernel.Length;
        long start = SortedLines.Start(line, kernel.Extent, kernel.Inner);
        for (int i = GpuThread.Lane; i < kernel.Length; i += GpuThread.Lanes)
        {
            places[i] = first + i;
            keys[i] = first + i < kernel.Extent ? kernel.X[start + (long)(first + i) * kernel.Inner.Value] : T.Zero;
        }
        Group.Barrier();
        for (int size = 2; size <= kernel.Length; size *= 2)
        {
            for (int distance = size / 2; distance > 0; distance /= 2)
            {
                for (int pair = GpuThread.Lane; pair < kernel.Length / 2; pair += GpuThread.Lanes)
                {
                    int low = 2 * pair - (pair & (distance - 1)), high = low + distance;
                    T lowKey = keys[low], highKey = keys[high];
                    int lowPlace = places[low], highPlace = places[high];
                    // Every second sequence of so many is put the other way around.
                    if (kernel.Precedes(highKey, highPlace, lowKey, lowPlace) == ((low & size) == 0))
                    {
                        keys[low] = highKey;
                        keys[high] = lowKey;
                        places[low] = highPlace;
                        places[high] = lowPlace;
                    }
                }
                Group.Barrier();
            }
        }
        for (int i = GpuThread.Lane; i < kernel.Length; i += GpuThread.Lanes)
        {
            if (first + i >= kernel.Extent)
                continue;
            kernel.Places.Store(line, first + i, places[i]);
            if (kernel.KeepsKeys != 0)
                kernel.Keys[(long)line * kernel.Extent + first + i] = keys[i];
        }
    }

    // What is beyond the line comes after all that is in it.
    readonly bool Precedes(T a, int placeOfA, T b, int placeOfB)
    {
        if (placeOfA >= Extent | placeOfB >= Extent)
            return placeOfA < placeOfB;
        return Order.Before(a, b) || placeOfA < placeOfB && !Order.Before(b, a);
    }
}

/// <summary>
/// Merges pairs of sorted runs: each element finds by bisection how many of the other run come before it, which is how far it moves. Of
/// equal elements those of the first run come first.
/// </summary>
struct MergeRunsKernel<T> : IGpuKernel<MergeRunsKernel<T>> where T : unmanaged, INumber<T>
{
    public ArrayView<T> Keys, MergedKeys; // [lines, Extent]
    public ArrayView<int> Places;
    public SortedLines MergedPlaces;
    public SortOrder<T> Order;
    public Divisor Extent;
    public long Length;
    public int Size, KeepsKeys;

    public static void Run(MergeRunsKernel<T> kernel)
    {
        int element = GpuThread.Element;
        if (element >= kernel.Size)
            return;
        int line = kernel.Extent.Quotient(element), start = line * kernel.Extent.Value, own = element - start;
        // Lengths of runs are powers of two.
        int first = (int)(own & ~(2 * kernel.Length - 1));
        int middle = (int)IntrinsicMath.Min(first + kernel.Length, kernel.Extent.Value), end = (int)IntrinsicMath.Min(first + 2 * kernel.Length, kernel.Extent.Value);
        bool isInFirst = own < middle;
        int low = isInFirst ? middle : first, high = isInFirst ? end : middle;
        var key = kernel.Keys[element];
        while (low < high)
        {
            int center = low + (high - low) / 2;
            var other = kernel.Keys[start + center];
            bool comesBefore = isInFirst ? kernel.Order.Before(other, key) : !kernel.Order.Before(key, other);
            if (comesBefore)
                low = center + 1;
            else
                high = center;
        }
        int place = own + low - middle;
        kernel.MergedPlaces.Store(line, place, kernel.Places[element]);
        if (kernel.KeepsKeys != 0)
            kernel.MergedKeys[start + place] = key;
    }
}
