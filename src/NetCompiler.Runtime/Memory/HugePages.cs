using System.Runtime.InteropServices;

namespace NetCompiler.Runtime;

/// <summary>
/// Asks the system for pages of 2 MiB. Weights of hundreds of megabytes that are read once a call miss the table of 4 KiB pages at every
/// page, and a first touch faults at every page; many systems give large pages to those that ask only.
/// </summary>
static partial class HugePages
{
    const nint Size = 2 << 20;

    // With less, what lies beside whole pages is most of it.
    const long Worthwhile = 4 << 20;

    const int AdviseHugePage = 14; // MADV_HUGEPAGE of Linux on every architecture

    static bool _isUnavailable = !OperatingSystem.IsLinux();

    /// <summary>
    /// Asks for the whole large pages within these bytes. It is advice: nothing depends on whether the system follows it, and memory that
    /// has been touched keeps its pages for the time being.
    /// </summary>
    public static void Advise(nint start, long bytes)
    {
        if (_isUnavailable || bytes < Worthwhile)
            return;
        nint first = (start + Size - 1) & ~(Size - 1), end = (start + (nint)bytes) & ~(Size - 1);
        try
        {
            _ = MemoryAdvise(first, end - first, AdviseHugePage);
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            _isUnavailable = true;
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MemoryAdvise(nint address, nint length, int advice);
}
