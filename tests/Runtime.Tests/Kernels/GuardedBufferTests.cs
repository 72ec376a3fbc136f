using System.Globalization;
using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests;

public class GuardedBufferTests
{
    [SkippableFact]
    public void Buffers_lie_between_pages_that_nobody_may_touch()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "there are no protected pages here, so accesses out of bounds pass unseen");
        foreach (bool guardStart in new[] { false, true })
        {
            using var buffer = new GuardedBuffer<double>(700, guardStart);
            buffer.Span.Fill(1);
            nint first = buffer.Pointer.Address, end = first + 700 * sizeof(double);
            Access(first).ShouldStartWith("rw");
            Access(guardStart ? first - 1 : end).ShouldStartWith("---");
        }

        // The access rights that /proc/self/maps shows for an address.
        static string Access(nint address) =>
            File.ReadLines("/proc/self/maps").Select(line => line.Split(' ')).First(fields =>
            {
                var range = fields[0].Split('-').Select(bound => nint.Parse(bound, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToArray();
                return range[0] <= address && address < range[1];
            })[1];
    }
}
