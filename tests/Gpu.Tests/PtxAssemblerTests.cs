using ILGPU.Runtime.Cuda;
using NetCompiler.Runtime.Gpu;
using Shouldly;
using Xunit;

namespace NetCompiler.Gpu.Tests;

/// <summary>What the assembler of a CUDA toolkit says of the kernels on which speed hangs; every other test that compiles a kernel assembles it too.</summary>
public sealed class PtxAssemblerTests
{
    // Of a multiprocessor, shared out in units of 8 to each thread.
    const int Registers = 65536;

    [SkippableTheory]
    [InlineData(typeof(ProductKernel<Tile64x64, ContiguousVectors, InterleavedVectors, StoreVectors>))]
    [InlineData(typeof(ProductKernel<Tile128x64, ContiguousVectors, InterleavedVectors, StoreVectors>))]
    [InlineData(typeof(ProductKernel<Tile128x128, ContiguousVectors, InterleavedVectors, StoreVectors>))]
    [InlineData(typeof(ProductKernel<Tile128x128, SegmentSlabs, GradientPatchSlabs, EndByElement<EndImage<StorePlanes>>>))]
    [InlineData(typeof(TensorKernel<Tf32Unit, TensorLines, TensorWords, StoreVectors>))]
    [InlineData(typeof(TensorKernel<BF16Unit, TensorLines, TensorWords, StoreVectors>))]
    public void As_many_groups_as_a_kernel_says_share_a_multiprocessor_and_nothing_spills(Type kernel)
    {
        Skip.IfNot(PtxAssembler.IsThere, "set NETC_PTXAS to the assembler of a CUDA toolkit, ptxas");
        foreach (var architecture in new[] { CudaArchitecture.SM_80, CudaArchitecture.SM_90 })
        {
            var assembled = PtxAssembler.Assemble(Ptx.Compile(kernel, architecture), architecture);
            assembled.Spilled.ShouldBe(0);
            int each = (assembled.Registers + 7) / 8 * 8 * GpuThread.Lanes;
            (Registers / each).ShouldBeGreaterThanOrEqualTo(Ptx.GroupsPerMultiprocessor(kernel));
        }
    }
}
