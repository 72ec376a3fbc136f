using ILGPU;
using ILGPU.Runtime;

namespace NetCompiler.Runtime.Gpu;

/// <summary>A block of bytes in the memory of a device, which has it back when nothing refers to it any more, or it is disposed.</summary>
public sealed class DeviceBuffer : IDisposable
{
    /// <summary>The alignment, in bytes, of what lies in a buffer: a line of a GPU's cache twice.</summary>
    public const int Alignment = 256;

    readonly Accelerator _accelerator;
    MemoryBuffer1D<byte, Stride1D.Dense>? _memory;

    internal DeviceBuffer(Accelerator accelerator) => _accelerator = accelerator;

    /// <summary>The bytes that it holds.</summary>
    public long Capacity => _memory?.Length ?? 0;

    /// <summary>The address of the first byte, 0 before there is one; it changes when the buffer grows.</summary>
    public nint Start => _memory?.NativePtr ?? 0;

    /// <summary><paramref name="bytes"/> rounded up to a multiple of <see cref="Alignment"/>.</summary>
    public static long Align(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    // Kernels number elements by ints, and most tensors are of floats.
    const long MostBytes = 4L << 31;

    /// <summary>Where the next tensor starts after one of <paramref name="bytes"/> bytes at <paramref name="start"/>.</summary>
    /// <exception cref="NotSupportedException">The tensor is larger than kernels count.</exception>
    public static long After(long start, long bytes) => bytes < MostBytes
        ? Align(start + bytes)
        : throw new NotSupportedException($"a tensor would take {bytes >> 20} MiB on the GPU, whose kernels count elements up to {MostBytes >> 20} MiB: make the batch smaller");

    /// <summary>Makes room for <paramref name="bytes"/> bytes. Growing loses the content and invalidates pointers.</summary>
    /// <exception cref="AcceleratorException">The device has not so much memory.</exception>
    public void EnsureCapacity(long bytes)
    {
        if (bytes <= Capacity && _memory is not null)
            return;
        // Work in flight may still use it.
        _accelerator.Synchronize();
        _memory?.Dispose();
        _memory = null;
        _memory = _accelerator.Allocate1D<byte>(Math.Max(Align(bytes), Alignment));
    }

    /// <summary>The elements that start <paramref name="byteOffset"/> bytes into the buffer, a multiple of <see cref="Alignment"/>.</summary>
    public DevicePointer<T> At<T>(long byteOffset = 0) where T : unmanaged
    {
        var bytes = _memory!.View.AsContiguous();
        return new(bytes.SubView(byteOffset, bytes.Length - byteOffset).Cast<T>());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _memory?.Dispose();
        _memory = null;
    }
}
