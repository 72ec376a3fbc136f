using System.Numerics;
using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>Pooling of planes of floats or doubles, with the meaning that the CPU's kernels have: the first maximum counts, and NaN is the largest.</summary>
public static class Pooling
{
    /// <summary>y = v at the first maximum of x in each window, -infinity where a window holds nothing.</summary>
    public static void MaxGather<T>(GpuDevice device, in PoolingShape shape, DevicePointer<T> x, DevicePointer<T> v, DevicePointer<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(device);
        var sizes = new PoolingSizes(shape);
        device.LaunchFor(sizes.Outputs, new MaxGatherKernel<T> { Sizes = sizes, X = x.View, V = v.View, Y = y.View });
    }

    /// <summary>dv = the sum of dy over the windows whose first maximum of x lies there.</summary>
    public static void MaxScatter<T>(GpuDevice device, in PoolingShape shape, DevicePointer<T> x, DevicePointer<T> dy, DevicePointer<T> dv)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(device);
        var sizes = new PoolingSizes(shape);
        device.LaunchFor(sizes.Inputs, new GatherSharesKernel<T, ShareOfMaximum<T>> { Sizes = sizes, Share = new(x.View, dy.View), Result = dv.View });
    }

    /// <summary>y = the sum of x in each window over its positions, those in the padding included unless <paramref name="countPadding"/> is false.</summary>
    public static void AverageForward<T>(GpuDevice device, in PoolingShape shape, DevicePointer<T> x, DevicePointer<T> y, bool countPadding = true)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(device);
        var sizes = new PoolingSizes(shape);
        device.LaunchFor(sizes.Outputs, new AverageKernel<T> { Sizes = sizes, X = x.View, Y = y.View, CountPadding = countPadding ? 1 : 0 });
    }

    /// <summary>dx = the sum over the windows that hold a position of dy over the positions of the window.</summary>
    public static void AverageBackward<T>(GpuDevice device, in PoolingShape shape, DevicePointer<T> dy, DevicePointer<T> dx, bool countPadding = true)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(device);
        var sizes = new PoolingSizes(shape);
        device.LaunchFor(sizes.Inputs, new GatherSharesKernel<T, ShareOfAverage<T>> { Sizes = sizes, Share = new(dy.View, countPadding ? 1 : 0), Result = dx.View });
    }
}

/// <summary>The sizes of a pooling as kernels take them.</summary>
readonly struct PoolingSizes
{
    public PoolingSizes(in PoolingShape shape)
    {
        checked
        {
            (Planes, InHeight, InWidth) = ((int)shape.Planes, (int)shape.InHeight, (int)shape.InWidth);
            (OutHeight, OutWidth) = ((int)shape.OutHeight, (int)shape.OutWidth);
            (KernelHeight, KernelWidth, StrideHeight, StrideWidth) = ((int)shape.KernelHeight, (int)shape.KernelWidth, (int)shape.StrideHeight, (int)shape.StrideWidth);
            (PadTop, PadLeft, PadBottom, PadRight) = ((int)shape.PadTop, (int)shape.PadLeft, (int)shape.PadBottom, (int)shape.PadRight);
            (DilationHeight, DilationWidth) = ((int)shape.DilationHeight, (int)shape.DilationWidth);
        }
        (_inHeight, _inWidth, _outHeight, _outWidth) = (new(InHeight), new(InWidth), new(OutHeight), new(OutWidth));
        (DownStride, AcrossStride) = (new(StrideHeight), new(StrideWidth));
    }

    readonly Divisor _inHeight, _inWidth, _outHeight, _outWidth;

    public readonly int Planes, InHeight, InWidth, OutHeight, OutWidth;
    public readonly int KernelHeight, KernelWidth, StrideHeight, StrideWidth;
    public readonly int PadTop, PadLeft, PadBottom, PadRight, DilationHeight, DilationWidth;
    public readonly Divisor DownStride, AcrossStride;

    public long Inputs => (long)Planes * InHeight * InWidth;

    public long Outputs => (long)Planes * OutHeight * OutWidth;

    /// <summary>Plane, row and column of an element.</summary>
    public PlanePosition InputAt(int element) => new(element, _inHeight, _inWidth);

    /// <summary>Plane, row and column of a result.</summary>
    public PlanePosition OutputAt(int element) => new(element, _outHeight, _outWidth);

    /// <summary>Where a result lies in the memory of all results.</summary>
    public long Output(int plane, int row, int column) => ((long)plane * OutHeight + row) * OutWidth + column;

    /// <summary>Where in its plane the first maximum of a window lies; -1 if the window holds nothing.</summary>
    public int FirstMaximum<T>(ArrayView<T> x, int plane, int row, int column) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int best = -1;
        T most = T.Zero;
        for (int u = 0; u < KernelHeight; u++)
        {
            int y = row * StrideHeight - PadTop + u * DilationHeight;
            if (y < 0 || y >= InHeight)
                continue;
            for (int v = 0; v < KernelWidth; v++)
            {
                int at = column * StrideWidth - PadLeft + v * DilationWidth;
                if (at < 0 || at >= InWidth)
                    continue;
                T value = x[((long)plane * InHeight + y) * InWidth + at];
                if (best < 0 || value > most || T.IsNaN(value) && !T.IsNaN(most))
                {
                    most = value;
                    best = y * InWidth + at;
                }
            }
        }
        return best;
    }

    /// <summary>What the sum of a window is divided by.</summary>
    public T Count<T>(int row, int column, int countPadding) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int top = row * StrideHeight - PadTop, left = column * StrideWidth - PadLeft;
        return countPadding != 0
            ? Within<T>(KernelHeight, top, DilationHeight, -PadTop, InHeight + PadBottom) * Within<T>(KernelWidth, left, DilationWidth, -PadLeft, InWidth + PadRight)
            : Within<T>(KernelHeight, top, DilationHeight, 0, InHeight) * Within<T>(KernelWidth, left, DilationWidth, 0, InWidth);
    }

    static T Within<T>(int kernel, int first, int dilation, int begin, int end) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T count = T.Zero;
        for (int i = 0; i < kernel; i++)
        {
            int at = first + i * dilation;
            if (at >= begin && at < end)
                count += T.One;
        }
        return count;
    }
}

struct MaxGatherKernel<T> : IGpuKernel<MaxGatherKernel<T>> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public PoolingSizes Sizes;
    public ArrayView<T> X, V, Y;

    public static void Run(MaxGatherKernel<T> kernel)
    {
        int element = GpuThread.Element;
        var sizes = kernel.Sizes;
        if (element >= sizes.Outputs)
            return;
        var result = sizes.OutputAt(element);
        int maximum = sizes.FirstMaximum(kernel.X, result.Plane, result.Row, result.Column);
        kernel.Y[element] = maximum < 0 ? T.NegativeInfinity : kernel.V[(long)result.Plane * sizes.InHeight * sizes.InWidth + maximum];
    }
}

struct AverageKernel<T> : IGpuKernel<AverageKernel<T>> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public PoolingSizes Sizes;
    public ArrayView<T> X, Y;
    public int CountPadding;

    public static void Run(AverageKernel<T> kernel)
    {
        int element = GpuThread.Element;
        var sizes = kernel.Sizes;
        if (element >= sizes.Outputs)
            return;
        var result = sizes.OutputAt(element);
        T sum = T.Zero;
        for (int u = 0; u < sizes.KernelHeight; u++)
        {
            int y = result.Row * sizes.StrideHeight - sizes.PadTop + u * sizes.DilationHeight;
            if (y < 0 || y >= sizes.InHeight)
                continue;
            for (int v = 0; v < sizes.KernelWidth; v++)
            {
                int x = result.Column * sizes.StrideWidth - sizes.PadLeft + v * sizes.DilationWidth;
                if (x >= 0 && x < sizes.InWidth)
                    sum += kernel.X[((long)result.Plane * sizes.InHeight + y) * sizes.InWidth + x];
            }
        }
        kernel.Y[element] = sum / sizes.Count<T>(result.Row, result.Column, kernel.CountPadding);
    }
}

/// <summary>What a position gets of the gradient of a window that holds it.</summary>
interface IShareOfWindow<T>
{
    T Of(PoolingSizes sizes, PlanePosition position, int row, int column);
}

/// <summary>All, if the window's first maximum lies there.</summary>
readonly struct ShareOfMaximum<T>(ArrayView<T> x, ArrayView<T> dy) : IShareOfWindow<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    readonly ArrayView<T> _x = x, _dy = dy;

    public T Of(PoolingSizes sizes, PlanePosition position, int row, int column) =>
        sizes.FirstMaximum(_x, position.Plane, row, column) == position.Row * sizes.InWidth + position.Column
            ? _dy[sizes.Output(position.Plane, row, column)]
            : T.Zero;
}

/// <summary>As much as any other position.</summary>
readonly struct ShareOfAverage<T>(ArrayView<T> dy, int countPadding) : IShareOfWindow<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    readonly ArrayView<T> _dy = dy;
    readonly int _countPadding = countPadding;

    public T Of(PoolingSizes sizes, PlanePosition position, int row, int column) =>
        _dy[sizes.Output(position.Plane, row, column)] / sizes.Count<T>(row, column, _countPadding);
}

/// <summary>Each position asks the windows that hold it, so that nothing is added by two threads.</summary>
struct GatherSharesKernel<T, TShare> : IGpuKernel<GatherSharesKernel<T, TShare>> where T : unmanaged, IBinaryFloatingPointIeee754<T> where TShare : struct, IShareOfWindow<T>
{
    public PoolingSizes Sizes;
    public TShare Share;
    public ArrayView<T> Result;

    public static void Run(GatherSharesKernel<T, TShare> kernel)
    {
        int element = GpuThread.Element;
        var sizes = kernel.Sizes;
        if (element >= sizes.Inputs)
            return;
        var position = sizes.InputAt(element);
        T sum = T.Zero;
        for (int u = sizes.KernelHeight - 1; u >= 0; u--)
        {
            int down = position.Row + sizes.PadTop - u * sizes.DilationHeight;
            // Quotients of negative numbers are wrong, and not used.
            int row = sizes.DownStride.Quotient(down);
            if (down < 0 || row * sizes.StrideHeight != down || row >= sizes.OutHeight)
                continue;
            for (int v = sizes.KernelWidth - 1; v >= 0; v--)
            {
                int right = position.Column + sizes.PadLeft - v * sizes.DilationWidth;
                int column = sizes.AcrossStride.Quotient(right);
                if (right >= 0 && column * sizes.StrideWidth == right && column < sizes.OutWidth)
                    sum += kernel.Share.Of(sizes, position, row, column);
            }
        }
        kernel.Result[element] = sum;
    }
}
