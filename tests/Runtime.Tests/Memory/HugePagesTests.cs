using System.Globalization;
using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests.Memory;

public sealed class HugePagesTests
{
    const long Megabyte = 1 << 20;

    [FactWithLargePages]
    public void A_large_buffer_asks_for_large_pages()
    {
        const long bytes = 64 * Megabyte;
        var buffer = new PinnedBuffer(bytes);
        var bytesOf = buffer.At<byte>().AsSpan((int)bytes);

        FlagsAt(buffer.Start + (nint)bytes / 2).ShouldContain("hg");

        bytesOf.IndexOfAnyExcept((byte)0).ShouldBe(-1);
        buffer.Capacity.ShouldBe(bytes);
        GC.KeepAlive(buffer);
    }

    // "7f00-7f80 rw-p ...", lines of figures, "VmFlags: rd wr ..."; hg is MADV_HUGEPAGE.
    static string[] FlagsAt(nint address)
    {
        bool inside = false;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            string range = line.Split(' ')[0];
            if (range.IndexOf('-') is > 0 and var dash)
                inside = nint.Parse(range[..dash], NumberStyles.HexNumber, CultureInfo.InvariantCulture) <= address
                    && address < nint.Parse(range[(dash + 1)..], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            else if (inside && line.StartsWith("VmFlags:", StringComparison.Ordinal))
                return line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        }
        throw new InvalidOperationException("no mapping holds the address");
    }

    /// <summary>A fact for systems with large pages to ask for.</summary>
    sealed class FactWithLargePagesAttribute : FactAttribute
    {
        public FactWithLargePagesAttribute()
        {
            if (!File.Exists("/sys/kernel/mm/transparent_hugepage/enabled"))
                Skip = "this system has no transparent large pages";
        }
    }
}
