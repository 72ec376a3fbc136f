using System.Numerics;
using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>Rows chosen by indices, and their transpose. An index that names no row reads and writes nothing.</summary>
public static class Indexing
{
    /// <summary>y[k, j] = x[indices[k], j]; <paramref name="missing"/> where the index is not within 0 .. <paramref name="rows"/>.</summary>
    public static void Gather<T>(GpuDevice device, nint rows, nint width, nint count, DevicePointer<T> x, DevicePointer<int> indices, DevicePointer<T> y, T missing)
        where T : unmanaged =>
        Gather<T, int, IndexOfInt>(device, rows, width, count, x, indices, y, missing);

    /// <inheritdoc cref="Gather{T}(GpuDevice, nint, nint, nint, DevicePointer{T}, DevicePointer{int}, DevicePointer{T}, T)"/>
    public static void Gather<T>(GpuDevice device, nint rows, nint width, nint count, DevicePointer<T> x, DevicePointer<long> indices, DevicePointer<T> y, T missing)
        where T : unmanaged =>
        Gather<T, long, IndexOfLong>(device, rows, width, count, x, indices, y, missing);

    /// <inheritdoc cref="Gather{T}(GpuDevice, nint, nint, nint, DevicePointer{T}, DevicePointer{int}, DevicePointer{T}, T)"/>
    public static void Gather<T>(GpuDevice device, nint rows, nint width, nint count, DevicePointer<T> x, DevicePointer<byte> indices, DevicePointer<T> y, T missing)
        where T : unmanaged =>
        Gather<T, byte, IndexOfByte>(device, rows, width, count, x, indices, y, missing);

    /// <summary>y[r, j] = the sum of values[k, j] over all k with indices[k] = r, in the order of k.</summary>
    public static void ScatterAdd<T>(GpuDevice device, nint rows, nint width, nint count, DevicePointer<int> indices, DevicePointer<T> values, DevicePointer<T> y)
        where T : unmanaged, INumber<T> =>
        ScatterAdd<T, int, IndexOfInt>(device, rows, width, count, indices, values, y);

    /// <inheritdoc cref="ScatterAdd{T}(GpuDevice, nint, nint, nint, DevicePointer{int}, DevicePointer{T}, DevicePointer{T})"/>
    public static void ScatterAdd<T>(GpuDevice device, nint rows, nint width, nint count, DevicePointer<long> indices, DevicePointer<T> values, DevicePointer<T> y)
        where T : unmanaged, INumber<T> =>
        ScatterAdd<T, long, IndexOfLong>(device, rows, width, count, indices, values, y);

    /// <inheritdoc cref="ScatterAdd{T}(GpuDevice, nint, nint, nint, DevicePointer{int}, DevicePointer{T}, DevicePointer{T})"/>
    public static void ScatterAdd<T>(GpuDevice device, nint rows, nint width, nint count, DevicePointer<byte> indices, DevicePointer<T> values, DevicePointer<T> y)
        where T : unmanaged, INumber<T> =>
        ScatterAdd<T, byte, IndexOfByte>(device, rows, width, count, indices, values, y);

    static void Gather<T, TIndex, TRead>(
        GpuDevice device, nint rows, nint width, nint count, DevicePointer<T> x, DevicePointer<TIndex> indices, DevicePointer<T> y, T missing)
        where T : unmanaged where TIndex : unmanaged where TRead : struct, IIndexOf<TIndex>
    {
        ArgumentNullException.ThrowIfNull(device);
        device.LaunchFor(count * width, new GatherKernel<T, TIndex, TRead>
        {
            X = x.View, Indices = indices.View, Y = y.View, Missing = missing,
            Rows = rows, Width = new(checked((int)width)), Size = GpuDevice.Counted(count * width, "elements"),
        });
    }

    static void ScatterAdd<T, TIndex, TRead>(
        GpuDevice device, nint rows, nint width, nint count, DevicePointer<TIndex> indices, DevicePointer<T> values, DevicePointer<T> y)
        where T : unmanaged, INumber<T> where TIndex : unmanaged where TRead : struct, IIndexOf<TIndex>
    {
        ArgumentNullException.ThrowIfNull(device);
        Placement.Clear(device, y, rows * width);
        device.LaunchRows(width == 0 ? 0 : count, new ScatterAddKernel<T, TIndex, TRead>
        {
            Indices = indices.View, Values = values.View, Y = y.View,
            Rows = rows, Width = checked((int)width), Count = checked((int)count),
        });
    }
}

/// <summary>An index of whatever integer type as a long.</summary>
interface IIndexOf<T>
{
    long Of(T index);
}

struct IndexOfInt : IIndexOf<int>
{
    public long Of(int index) => index;
}

struct IndexOfLong : IIndexOf<long>
{
    public long Of(long index) => index;
}

struct IndexOfByte : IIndexOf<byte>
{
    public long Of(byte index) => index;
}

struct GatherKernel<T, TIndex, TRead> : IGpuKernel<GatherKernel<T, TIndex, TRead>> where T : unmanaged where TIndex : unmanaged where TRead : struct, IIndexOf<TIndex>
{
    public ArrayView<T> X, Y;
    public ArrayView<TIndex> Indices;
    public T Missing;
    public long Rows;
    public int Size;
    public Divisor Width;

    public static void Run(GatherKernel<T, TIndex, TRead> kernel)
    {
        int element = GpuThread.Element;
        if (element >= kernel.Size)
            return;
        int k = kernel.Width.Quotient(element);
        TRead read = default;
        long row = read.Of(kernel.Indices[k]);
        if (row >= 0 && row < kernel.Rows)
            kernel.Y[element] = kernel.X[row * kernel.Width.Value + (element - k * kernel.Width.Value)];
        else
            kernel.Y[element] = kernel.Missing;
    }
}
