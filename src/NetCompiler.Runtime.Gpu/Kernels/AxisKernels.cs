using System.Numerics;
using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>What runs along one axis of a tensor [outer, extent, inner]: orders and running sums.</summary>
public static class AxisKernels
{
    /// <summary>y = the positions along the axis at which the elements of x are in order. Equal elements keep their order; NaN comes last.</summary>
    public static void ArgSort<T>(GpuDevice device, nint outer, nint extent, nint inner, DevicePointer<T> x, DevicePointer<int> y, bool descending)
        where T : unmanaged, INumber<T>
    {
        ArgumentNullException.ThrowIfNull(device);
        device.LaunchFor(outer * extent * inner, new ArgSortKernel<T>
        {
            X = x.View, Y = y.View, Size = outer * extent * inner, Inner = checked((int)inner), Extent = checked((int)extent), Descending = descending ? 1 : 0,
        });
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

/// <summary>Each element counts those that come before it, which is its place.</summary>
struct ArgSortKernel<T> : IGpuKernel<ArgSortKernel<T>> where T : unmanaged, INumber<T>
{
    public ArrayView<T> X;
    public ArrayView<int> Y;
    public long Size;
    public int Extent, Inner, Descending;

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
            if (kernel.Before(other, value) || i < self && !kernel.Before(value, other))
                place++;
        }
        kernel.Y[first + (long)place * kernel.Inner] = self;
    }

    // Nothing comes after NaN.
    readonly bool Before(T a, T b) => (Descending != 0 ? a > b : a < b) || T.IsNaN(b) && !T.IsNaN(a);
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
