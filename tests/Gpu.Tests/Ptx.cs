using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using NetCompiler.Runtime.Gpu;

namespace NetCompiler.Gpu.Tests;

/// <summary>What ILGPU makes of kernels for GPUs of NVIDIA, which needs no GPU.</summary>
static class Ptx
{
    static readonly Lazy<Context> Context = new(() => ILGPU.Context.Create(builder => GpuIntrinsics.AddTo(builder).Optimize(OptimizationLevel.O2)));

    /// <summary>The assembly of a kernel for compute capabilities 8.0 and 9.0, one after the other.</summary>
    public static string Compile(Type kernel)
    {
        Context.Value.ClearCache(ClearCacheMode.Default);
        var run = kernel.GetMethod("Run")!;
        return string.Concat(new[] { CudaArchitecture.SM_80, CudaArchitecture.SM_90 }.Select(architecture =>
        {
            using var backend = new PTXBackend(Context.Value, new CudaCapabilityContext(architecture), architecture, CudaInstructionSet.ISA_88, null);
            return ((PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(run), default)).PTXAssembly;
        }));
    }
}
