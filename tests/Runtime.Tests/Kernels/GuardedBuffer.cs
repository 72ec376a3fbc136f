using System.Runtime.InteropServices;

namespace NetCompiler.Runtime.Tests;

/// <summary>
/// Elements that end exactly where a page begins which nobody may touch, or start right behind one: an access out of bounds kills
/// the test process instead of passing unseen. Linux only; elsewhere plain memory.
/// </summary>
sealed unsafe class GuardedBuffer<T> : IDisposable where T : unmanaged
{
    readonly nint _mapping;
    readonly nuint _bytes;

    /// <summary>Zeroed elements before the protected page (or behind it, if <paramref name="guardStart"/>).</summary>
    public GuardedBuffer(long count, bool guardStart = false)
    {
        Count = count;
        nuint page = (nuint)Environment.SystemPageSize, data = (nuint)(count * sizeof(T));
        _bytes = (data + page - 1) / page * page + 2 * page;
        if (!OperatingSystem.IsLinux())
        {
            _mapping = (nint)NativeMemory.AllocZeroed(_bytes);
            Pointer = new Pointer<T>(_mapping);
            return;
        }
        _mapping = Pages.Map(0, _bytes, Pages.ReadWrite, Pages.PrivateAnonymous, -1, 0);
        if (_mapping == -1 || Pages.Protect(_mapping, page, Pages.NoAccess) != 0 || Pages.Protect(_mapping + (nint)(_bytes - page), page, Pages.NoAccess) != 0)
            throw new InvalidOperationException("the system gives no protected pages");
        Pointer = new Pointer<T>(guardStart ? _mapping + (nint)page : _mapping + (nint)(_bytes - page - data));
    }

    public long Count { get; }

    public Pointer<T> Pointer { get; }

    public Span<T> Span => Pointer.AsSpan((int)Count);

    public void Dispose()
    {
        if (OperatingSystem.IsLinux())
            _ = Pages.Unmap(_mapping, _bytes);
        else
            NativeMemory.Free((void*)_mapping);
    }
}

static partial class Pages
{
    public const int NoAccess = 0, ReadWrite = 3, PrivateAnonymous = 0x22;

    [LibraryImport("libc", EntryPoint = "mmap")]
    public static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    public static partial int Unmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    public static partial int Protect(nint address, nuint length, int protection);
}
