using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>Elements in the memory of a device, from one on: what emitted code keeps and kernels are given.</summary>
/// <typeparam name="T">The element type; bytes stand for bools.</typeparam>
/// <param name="View">The elements as ILGPU has them.</param>
public readonly record struct DevicePointer<T>(ArrayView<T> View) where T : unmanaged
{
    /// <summary>Element <paramref name="index"/>, in kernels.</summary>
    public ref T this[int index] => ref View[index];

    /// <summary>The elements from number <paramref name="index"/> on.</summary>
    public DevicePointer<T> Offset(long index) => new(View.SubView(index, View.Length - index));
}
