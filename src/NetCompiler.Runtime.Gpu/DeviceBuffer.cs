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

    /// <summary>How often memory was taken for it: pointers of an earlier time are invalid, even where the address is the same.</summary>
    public int Allocation { get; private set; }

    /// <summary><paramref name="bytes"/> rounded up to a multiple of <see cref="Alignment"/>.</summary>
    public static long Align(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    /// <summary>Makes room for <paramref name="bytes"/> bytes. Growing loses the content and invalidates pointers.</summary>
    /// <exception cref="AcceleratorException">The device has not so much memory.</exception>
    public void EnsureCapacity(long bytes)
    {
        if (bytes < Capacity)
            return;
        // Work in flight may still use it.
        _accelerator.Synchronize();
        _memory?.Dispose();
        _memory = null;
        Allocation++;
        // Where the last tensor is empty, it still has a place.
        _memory = Allocate(Align(bytes + 1));
    }

    MemoryBuffer1D<byte, Stride1D.Dense> Allocate(long bytes)
    {
        try
        {
            return _accelerator.Allocate1D<byte>(bytes);
        }
        catch (AcceleratorException)
        {
            // Networks that nothing refers to any more may still hold memory, of which the garbage collector knows nothing.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return _accelerator.Allocate1D<byte>(bytes);
        }
    }

    /// <summary>The elements that start <paramref name="byteOffset"/> bytes into the buffer, a multiple of the alignment of vector loads, 16.</summary>
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
        Allocation++;
    }
}
