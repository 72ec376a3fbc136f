using Xunit;

namespace NetCompiler.Gpu.Tests;

/// <summary>Stands for the tests of this project where they cannot be built.</summary>
public sealed class GpuPackageTests
{
    [Fact(Skip = "the tests of GPU code need the package ILGPU: run them with EnableGpu=true where it can be restored")]
    public void Kernels_compute_what_the_processor_computes()
    {
    }
}
