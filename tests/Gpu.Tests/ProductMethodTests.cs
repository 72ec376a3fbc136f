using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;
using Shouldly;
using Xunit;

namespace NetCompiler.Gpu.Tests;

public sealed class ProductMethodTests
{
    static readonly GpuDevice Emulator = GpuDevice.For(Device.GpuEmulator)!;

    [Theory]
    [InlineData(ProductMethod.Tf32)]
    [InlineData(ProductMethod.BF16)]
    [InlineData(ProductMethod.F16)]
    public void A_method_that_a_device_lacks_is_refused_by_name(ProductMethod method)
    {
        ProductMethods.Supported(Emulator).ShouldNotContain(method);
        var buffer = Emulator.NewBuffer();
        buffer.EnsureCapacity(64);
        var one = buffer.At<float>();
        Should.Throw<NotSupportedException>(() => Runtime.Gpu.Gemm.Multiply(Emulator, false, false, 1, 1, 1, one, 1, one, 1, one, 1, method))
            .Message.ShouldBe($"'{Emulator.Name}' cannot compute products by {method}: it needs tensor cores of NVIDIA, and this is a device of kind CPU");
    }

    [Fact]
    public void A_library_is_refused_where_it_is_not_for_the_device()
    {
        ProductMethods.Supported(Emulator).ShouldNotContain(ProductMethod.Cublas);
        Should.Throw<NotSupportedException>(() => Runtime.Gpu.Gemm.Multiply(Emulator, false, false, 1, 1, 1, default, 1, default, 1, default, 1, ProductMethod.Cublas))
            .Message.ShouldContain("cuBLAS is for GPUs of NVIDIA by CUDA, and this is a device of kind CPU");
    }

    [Fact]
    public void Every_device_chooses_by_size() => ProductMethods.Supported(Emulator)[0].ShouldBe(ProductMethod.BySize);
}
