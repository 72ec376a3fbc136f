using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;
using Shouldly;
using Xunit;

namespace NetCompiler.Gpu.Tests;

public sealed class LaunchTests
{
    [Fact]
    public void More_elements_than_threads_can_number_are_refused()
    {
        var device = GpuDevice.For(Device.GpuEmulator)!;
        Should.Throw<NotSupportedException>(() => device.LaunchFor((long)int.MaxValue + 1, new PlaceKernel<float>())).Message.ShouldContain("2147483648 elements");
        Should.Throw<NotSupportedException>(() => device.LaunchRows((long)int.MaxValue + 1, new PlaceKernel<float>())).Message.ShouldContain("2147483648 rows");
    }
}
