using NetCompiler.Algorithms;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Runtime;

namespace NetCompiler.CommandLine.Gpu;

/// <summary>What stands for GPUs in a netc that was built without the package that drives them.</summary>
internal static class GpuAccess
{
    const string Missing = "this netc was built without support for GPUs, which runs on the package ILGPU: build it with 'dotnet pack src/netc -p:EnableGpu=true', or use --device cpu";

    /// <exception cref="UserErrorException">The processor does not do.</exception>
    public static string? Open(Device device) => device.Kind == DeviceKind.Best ? null : throw new UserErrorException(Missing);

    public static string? Failure(Exception exception) => null;

    public static void Synchronize(Device device) => throw new UserErrorException(Missing);

    public static bool Runs(Device device, KernelProblem problem, string algorithm) => throw new UserErrorException(Missing);

    public static KernelBench Bench(Device device, KernelProblem problem) => throw new UserErrorException(Missing);
}
