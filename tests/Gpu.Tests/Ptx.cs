using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using NetCompiler.Runtime.Gpu;
using Shouldly;

namespace NetCompiler.Gpu.Tests;

/// <summary>What ILGPU makes of kernels for GPUs of NVIDIA, which needs no GPU, and what NVIDIA's assembler makes of that, where it is found.</summary>
static partial class Ptx
{
    // A few words in local memory cost less than half of the groups.
    const int MostSpilled = 96;

    static readonly Lazy<Context> Context = new(() => ILGPU.Context.Create(builder => GpuIntrinsics.AddTo(builder).Optimize(OptimizationLevel.O2)));

    // ILGPU replaces quotients by powers of two, its assembler nothing. Numbers of 64 bits are quotients of sizes.
    [GeneratedRegex(@"\b(div|rem)\.[su]32\s+%\w+, %\w+, \d+;")]
    private static partial Regex DivisionByConstant { get; }

    /// <summary>The assembly of a kernel for compute capabilities 8.0 and 9.0, one after the other.</summary>
    public static string Compile(Type kernel) => Compile(kernel, CudaArchitecture.SM_80) + Compile(kernel, CudaArchitecture.SM_90);

    /// <summary>The assembly of a kernel for GPUs of a compute capability.</summary>
    public static string Compile(Type kernel, CudaArchitecture architecture)
    {
        Context.Value.ClearCache(ClearCacheMode.Default);
        // The oldest version that knows compute capability 9.0.
        using var backend = new PTXBackend(Context.Value, new CudaCapabilityContext(architecture), architecture, CudaInstructionSet.ISA_78, null);
        var entry = EntryPointDescription.FromExplicitlyGroupedKernel(kernel.GetMethod("Run")!);
        string text = ((PTXCompiledKernel)backend.Compile(entry, GpuDevice.Specialization(GroupsPerMultiprocessor(kernel)))).PTXAssembly;
        if (PtxAssembler.IsThere)
            PtxAssembler.Assemble(text, architecture).Spilled.ShouldBeLessThanOrEqualTo(MostSpilled, kernel.ToString());
        return text;
    }

    /// <summary>The first division by a constant, which takes twenty instructions where <c>Divisor</c> or a mask takes three; empty if there is none.</summary>
    public static string Division(string text) => DivisionByConstant.Match(text).Value;

    /// <summary>How many groups of the kernel are to share a multiprocessor; 0 where it does not say.</summary>
    public static int GroupsPerMultiprocessor(Type kernel) => (int?)kernel.GetProperty("GroupsPerMultiprocessor")?.GetValue(null) ?? 0;
}
