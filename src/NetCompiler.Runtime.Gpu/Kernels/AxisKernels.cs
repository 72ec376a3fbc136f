using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>What runs along one axis of a tensor [outer, extent, inner]: orders and running sums.</summary>
public static class AxisKernels
{
    /// <summary>y = the positions along the axis at which the elements of x are in order. Equal elements keep their order; NaN comes last.</summary>
    public static void ArgSort(GpuDevice device, nint outer, nint extent, nint inner, DevicePointer<float> x, DevicePointer<int> y, bool descending) =>
        ArgSort<float, OrderOfFloats>(device, outer, extent, inner, x, y, descending);

    /// <inheritdoc cref="ArgSort(GpuDevice, nint, nint, nint, DevicePointer{float}, DevicePointer{int}, bool)"/>
    public static void ArgSort(GpuDevice device, nint outer, nint extent, nint inner, DevicePointer<int> x, DevicePointer<int> y, bool descending) =>
        ArgSort<int, OrderOfInts>(device, outer, extent, inner, x, y, descending);

    /// <summary>y[o, k, i] = the sum of x[o, 0 .. k, i], k included; of x[o, k .., i] if <paramref name="reverse"/>.</summary>
    public static void CumulativeSum(GpuDevice device, nint outer, nint extent, nint inner, DevicePointer<float> x, DevicePointer<float> y, bool reverse)
    {
        ArgumentNullException.ThrowIfNull(device);
        device.LaunchFor(outer * inner, new CumulativeSumKernel
        {
            X = x.View, Y = y.View, Lines = outer * inner, Inner = checked((int)inner), Extent = checked((int)extent), Reverse = reverse ? 1 : 0,
        });
    }

    static void ArgSort<T, TOrder>(GpuDevice device, nint outer, nint extent, nint inner, DevicePointer<T> x, DevicePointer<int> y, bool descending)
        where T : unmanaged where TOrder : struct, IOrderOf<T>
    {
        ArgumentNullException.ThrowIfNull(device);
        device.LaunchFor(outer * extent * inner, new ArgSortKernel<T, TOrder>
        {
            X = x.View, Y = y.View, Size = outer * extent * inner, Inner = checked((int)inner), Extent = checked((int)extent), Descending = descending ? 1 : 0,
        });
    }
}

interface IOrderOf<T>
{
    /// <summary>Whether <paramref name="a"/> comes before <paramref name="b"/> in ascending order; nothing comes after NaN.</summary>
    bool Before(T a, T b, bool descending);
}

struct OrderOfFloats : IOrderOf<float>
{
    public bool Before(float a, float b, bool descending) => (descending ? a > b : a < b) || float.IsNaN(b) && !float.IsNaN(a);
}

struct OrderOfInts : IOrderOf<int>
{
    public bool Before(int a, int b, bool descending) => descending ? a > b : a < b;
}

/// <summary>Each element counts those that come before it, which is its place.</summary>
struct ArgSortKernel<T, TOrder> : IGpuKernel<ArgSortKernel<T, TOrder>> where T : unmanaged where TOrder : struct, IOrderOf<T>
{
    public ArrayView<T> X;
    public ArrayView<int> Y;
    public long Size;
    public int Extent, Inner, Descending;

    public static void Run(ArgSortKernel<T, TOrder> kernel)
    {
        long element = Grid.GlobalLinearIndex;
        if (element >= kernel.Size)
            return;
        long row = element / kernel.Inner;
        long first = row / kernel.Extent * kernel.Extent * kernel.Inner + (element - row * kernel.Inner);
        int self = (int)(row % kernel.Extent);
        var value = kernel.X[element];
        TOrder order = default;
        int place = 0;
        for (int i = 0; i < kernel.Extent; i++)
        {
            var other = kernel.X[first + (long)i * kernel.Inner];
            if (order.Before(other, value, kernel.Descending != 0) || i < self && !order.Before(value, other, kernel.Descending != 0))
                place++;
        }
        kernel.Y[first + (long)place * kernel.Inner] = self;
    }
}

struct CumulativeSumKernel : IGpuKernel<CumulativeSumKernel>
{
    public ArrayView<float> X, Y;
    public long Lines;
    public int Extent, Inner, Reverse;

    public static void Run(CumulativeSumKernel kernel)
    {
        long line = Grid.GlobalLinearIndex;
        if (line >= kernel.Lines)
            return;
        long outer = line / kernel.Inner;
        long first = outer * kernel.Extent * kernel.Inner + (line - outer * kernel.Inner);
        float sum = 0f;
        for (int i = 0; i < kernel.Extent; i++)
        {
            long at = first + (long)(kernel.Reverse != 0 ? kernel.Extent - 1 - i : i) * kernel.Inner;
            sum = i == 0 ? kernel.X[at] : sum + kernel.X[at];
            kernel.Y[at] = sum;
        }
    }
}
