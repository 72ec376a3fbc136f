using ILGPU;
using ILGPU.Runtime;

namespace NetCompiler.Runtime.Gpu;

/// <summary>Copies of tensors, and of tensors into places of larger ones.</summary>
public static class Placement
{
    /// <summary>The most axes of a tensor that is copied.</summary>
    public const int MostAxes = 6;

    /// <summary>to[0 .. count] = from[0 .. count].</summary>
    public static void Copy<T>(GpuDevice device, DevicePointer<T> from, DevicePointer<T> to, nint count) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(device);
        if (count > 0)
            from.View.SubView(0, count).CopyTo(device.Stream, to.View.SubView(0, count));
    }

    /// <summary>y[0 .. count] = 0.</summary>
    public static void Clear<T>(GpuDevice device, DevicePointer<T> y, nint count) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(device);
        if (count > 0)
            y.View.SubView(0, count).MemSetToZero(device.Stream);
    }

    /// <summary>Copies a contiguous tensor to places from <paramref name="offset"/> on, <paramref name="strides"/> apart along its axes.</summary>
    public static void Copy<T>(GpuDevice device, DevicePointer<T> from, ReadOnlySpan<nint> dims, DevicePointer<T> to, nint offset, ReadOnlySpan<nint> strides)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(device);
        if (dims.Length > MostAxes)
            throw new ArgumentException($"a tensor of {dims.Length} axes is copied, of which there may be {MostAxes}", nameof(dims));
        long count = 1;
        foreach (nint dim in dims)
            count *= dim;
        device.LaunchFor(count, new PlaceKernel<T>
        {
            From = from.View, To = to.View, Offset = offset, Count = GpuDevice.Counted(count, "elements"),
            Dim1 = Dim(dims, 1), Dim2 = Dim(dims, 2), Dim3 = Dim(dims, 3), Dim4 = Dim(dims, 4), Dim5 = Dim(dims, 5),
            Stride0 = Stride(strides, 0), Stride1 = Stride(strides, 1), Stride2 = Stride(strides, 2),
            Stride3 = Stride(strides, 3), Stride4 = Stride(strides, 4), Stride5 = Stride(strides, 5),
        });
    }

    // Missing axes come first, with one element.
    static Divisor Dim(ReadOnlySpan<nint> dims, int axis) => new(axis < MostAxes - dims.Length ? 1 : checked((int)dims[axis - (MostAxes - dims.Length)]));

    static long Stride(ReadOnlySpan<nint> strides, int axis) => axis < MostAxes - strides.Length ? 0 : strides[axis - (MostAxes - strides.Length)];
}

struct PlaceKernel<T> : IGpuKernel<PlaceKernel<T>> where T : unmanaged
{
    public ArrayView<T> From, To;
    public long Offset;
    public int Count;
    public Divisor Dim1, Dim2, Dim3, Dim4, Dim5;
    public long Stride0, Stride1, Stride2, Stride3, Stride4, Stride5;

    public static void Run(PlaceKernel<T> kernel)
    {
        int element = GpuThread.Element;
        if (element >= kernel.Count)
            return;
        int rest = element;
        long at = kernel.Offset;
        at += Next(ref rest, kernel.Dim5) * kernel.Stride5;
        at += Next(ref rest, kernel.Dim4) * kernel.Stride4;
        at += Next(ref rest, kernel.Dim3) * kernel.Stride3;
        at += Next(ref rest, kernel.Dim2) * kernel.Stride2;
        at += Next(ref rest, kernel.Dim1) * kernel.Stride1;
        at += rest * kernel.Stride0;
        kernel.To[at] = kernel.From[element];
    }

    // The index along the last of the axes that are left, and the number among the others.
    static int Next(ref int rest, Divisor dim)
    {
        int number = rest;
        rest = dim.Quotient(number);
        return number - rest * dim.Value;
    }
}
