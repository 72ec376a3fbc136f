using ILGPU.Runtime;
using NetCompiler.Algorithms;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;
using Device = NetCompiler.Runtime.Device;

namespace NetCompiler.CommandLine.Gpu;

/// <summary>What netc does with GPUs.</summary>
internal static class GpuAccess
{
    /// <summary>The name of a device; null where the processor is meant.</summary>
    /// <exception cref="UserErrorException">It is not there.</exception>
    public static string? Open(Device device)
    {
        try
        {
            return GpuDevice.For(device)?.Name;
        }
        catch (DeviceNotFoundException exception)
        {
            throw new UserErrorException(exception.Message.Replace("use Device.Best(), which takes the processor then", "use --device cpu", StringComparison.Ordinal));
        }
    }

    /// <summary>What a GPU's driver refused, in words; null if the exception is none of it.</summary>
    public static string? Failure(Exception exception) => exception is AcceleratorException failure
        ? $"the driver of the GPU says: {failure.Message}; where memory is short, choose a smaller batch or smaller sizes"
        : null;

    /// <summary>Waits for what was queued.</summary>
    public static void Synchronize(Device device) => GpuDevice.For(device)!.Stream.Synchronize();

    /// <summary>Whether an algorithm of a problem runs on a device.</summary>
    public static bool Runs(Device device, KernelProblem problem, string algorithm) =>
        MethodOf(problem, algorithm) is not { } method || ProductMethods.Supported(GpuDevice.For(device)!).Contains(method);

    /// <summary>The bench of a problem.</summary>
    public static KernelBench Bench(Device device, KernelProblem problem) => new GpuBench(GpuDevice.For(device)!, problem);

    /// <summary>The method by which an algorithm is computed; null if it is no product.</summary>
    public static ProductMethod? MethodOf(KernelProblem problem, string algorithm)
    {
        string? name = problem is ProductProblem ? GpuProductAlgorithm.Named(algorithm).Method : (GpuConvolutionAlgorithm.Named(algorithm) as ImplicitProduct)?.Method;
        return name is null ? null : Enum.Parse<ProductMethod>(name);
    }
}
