using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NetCompiler.Runtime;

/// <summary>
/// A block of bytes that never moves and starts on a 64-byte boundary, so that vector loads do not straddle cache lines.
/// It is garbage-collected memory: there is nothing to dispose.
/// </summary>
public sealed unsafe class PinnedBuffer
{
    /// <summary>The alignment, in bytes, of the start of every buffer.</summary>
    public const int Alignment = 64;

    // Blocks rather than bytes: an array has at most two billion elements, and a deep network needs more bytes than that.
    Block[] _storage = [];
    nint _start;

    [StructLayout(LayoutKind.Sequential, Size = Alignment)]
    struct Block;

    /// <summary>Creates a buffer of <paramref name="bytes"/> zeroed bytes.</summary>
    public PinnedBuffer(long bytes = 0) => EnsureCapacity(Math.Max(bytes, Alignment));

    /// <summary>The address of the first byte; it changes when the buffer grows.</summary>
    public nint Start => _start;

    /// <summary>The usable bytes.</summary>
    public long Capacity { get; private set; }

    /// <summary><paramref name="bytes"/> rounded up to a multiple of <see cref="Alignment"/>.</summary>
    public static long Align(long bytes) => (bytes + Alignment - 1) & ~(long)(Alignment - 1);

    /// <summary>Makes room for <paramref name="bytes"/> bytes. Growing loses the content and invalidates pointers.</summary>
    /// <exception cref="OutOfMemoryException">There is not so much memory. The buffer is as before.</exception>
    /// <exception cref="InvalidOperationException">No buffer has so many bytes.</exception>
    public void EnsureCapacity(long bytes)
    {
        if (bytes <= Capacity)
            return;
        if (bytes > (long)(Array.MaxLength - 1) * Alignment)
            throw new InvalidOperationException($"a buffer of {bytes} bytes exceeds the limit of {(long)(Array.MaxLength - 1) * Alignment} bytes");
        // One block more to start on a boundary.
        _storage = GC.AllocateArray<Block>((int)(Align(bytes) / Alignment) + 1, pinned: true);
        var address = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_storage));
        _start = (address + Alignment - 1) & ~(nint)(Alignment - 1);
        Capacity = bytes;
        HugePages.Advise(_start, bytes);
    }

    /// <summary>The memory at present, for views that must outlive growth.</summary>
    internal object Storage => _storage;

    /// <summary>The elements that start <paramref name="byteOffset"/> bytes into the buffer.</summary>
    public Pointer<T> At<T>(long byteOffset = 0) where T : unmanaged => new(_start + (nint)byteOffset);
}
