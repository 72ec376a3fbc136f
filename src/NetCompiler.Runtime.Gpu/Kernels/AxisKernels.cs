using System.Numerics;
using System.Runtime.CompilerServices;
using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>What runs along one axis of a tensor [outer, extent, inner]: orders and running sums.</summary>
public static class AxisKernels
{
    // The longest lines whose elements are counted rather than sorted: a group of threads for a line of 64 would leave seven eighths of them
    // idle, in 21 steps that wait for one another.
    const int LongestCounted = 64;

    /// <summary>y = the positions along the axis at which the elements of x are in order. Equal elements keep their order; NaN comes last.</summary>
    public static void ArgSort<T>(GpuDevice device, nint outer, nint extent, nint inner, DevicePointer<T> x, DevicePointer<int> y, bool descending)
        where T : unmanaged, INumber<T>
    {
        ArgumentNullException.ThrowIfNull(device);
        long lines = (long)outer * inner, size = lines * extent;
        var order = new SortOrder<T>(descending);
        var result = new SortedLines(y.View, checked((int)extent), checked((int)inner));
        if (extent <= LongestCounted)
        {
            device.LaunchFor(size, new ArgSortKernel<T> { X = x.View, Y = y.View, Order = order, Size = size, Inner = (int)inner, Extent = (int)extent });
            return;
        }
        int run = extent < SortRunsKernel<T>.Most ? (int)BitOperations.RoundUpToPowerOf2((uint)extent) : SortRunsKernel<T>.Most;
        int runs = ((int)extent + run - 1) / run, merges = BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)runs));
        // Each merge reads what the one before wrote; the last one writes the result.
        var (keys, places) = merges == 0 ? default : RunsOf<T>(device, size);
        SortedLines Target(int merge) => merge == merges ? result : new(places[merge % 2], (int)extent, 1);
        device.LaunchRows(lines * runs, new SortRunsKernel<T>
        {
            X = x.View, Keys = merges == 0 ? default : keys[0], KeepsKeys = merges == 0 ? 0 : 1, Places = Target(0), Order = order,
            Inner = new((int)inner), RunsOfLine = new(runs), Extent = (int)extent, Length = run,
        });
        for (int merge = 1; merge <= merges; merge++)
        {
            int from = (merge - 1) % 2;
            device.LaunchFor(size, new MergeRunsKernel<T>
            {
                Keys = keys[from], Places = places[from], MergedKeys = keys[1 - from], KeepsKeys = merge < merges ? 1 : 0, MergedPlaces = Target(merge), Order = order,
                Extent = new((int)extent), Length = (long)run << (merge - 1), Size = (int)size,
            });
        }
    }

    // The keys of sorted runs and their places in the line, twice.
    static (ArrayView<T>[] Keys, ArrayView<int>[] Places) RunsOf<T>(GpuDevice device, long size) where T : unmanaged
    {
        long ofKeys = DeviceBuffer.Align(size * Unsafe.SizeOf<T>()), ofPlaces = DeviceBuffer.Align(size * sizeof(int));
        var bytes = device.Workspace<byte>(2 * (ofKeys + ofPlaces)).View;
        ArrayView<TElement> At<TElement>(long start, long length) where TElement : unmanaged => bytes.SubView(start, length).Cast<TElement>();
        return ([At<T>(0, ofKeys), At<T>(ofKeys, ofKeys)], [At<int>(2 * ofKeys, ofPlaces), At<int>(2 * ofKeys + ofPlaces, ofPlaces)]);
    }

    /// <summary>y[o, k, i] = the sum of x[o, 0 .. k, i], k included; of x[o, k .., i] if <paramref name="reverse"/>.</summary>
    public static void CumulativeSum<T>(GpuDevice device, nint outer, nint extent, nint inner, DevicePointer<T> x, DevicePointer<T> y, bool reverse)
        where T : unmanaged, INumber<T>
    {
        ArgumentNullException.ThrowIfNull(device);
        device.LaunchFor(outer * inner, new CumulativeSumKernel<T>
        {
            X = x.View, Y = y.View, Lines = outer * inner, Inner = checked((int)inner), Extent = checked((int)extent), Reverse = reverse ? 1 : 0,
        });
    }
}

struct CumulativeSumKernel<T> : IGpuKernel<CumulativeSumKernel<T>> where T : unmanaged, INumber<T>
{
    public ArrayView<T> X, Y;
    public long Lines;
    public int Extent, Inner, Reverse;

    public static void Run(CumulativeSumKernel<T> kernel)
    {
        long line = Grid.GlobalLinearIndex;
        if (line >= kernel.Lines)
            return;
        long outer = line / kernel.Inner;
        long first = outer * kernel.Extent * kernel.Inner + (line - outer * kernel.Inner);
        T sum = T.Zero;
        for (int i = 0; i < kernel.Extent; i++)
        {
            long at = first + (long)(kernel.Reverse != 0 ? kernel.Extent - 1 - i : i) * kernel.Inner;
            sum = i == 0 ? kernel.X[at] : sum + kernel.X[at];
            kernel.Y[at] = sum;
        }
    }
}
