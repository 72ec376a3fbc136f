namespace NetCompiler.Runtime;

/// <summary>A network was to compute on a device that is not there. The message says what there is.</summary>
/// <param name="message">What is missing and what to do.</param>
public sealed class DeviceNotFoundException(string message) : Exception(message)
{
    /// <summary>There is no GPU of that number.</summary>
    /// <param name="index">The number.</param>
    /// <param name="gpus">The names of those that there are.</param>
    public static DeviceNotFoundException NoGpu(int index, IReadOnlyList<string> gpus)
    {
        ArgumentNullException.ThrowIfNull(gpus);
        return new(gpus.Count == 0
            ? "this machine has no GPU that CUDA or OpenCL shows: install the driver of the GPU, or use Device.Best(), which takes the processor then"
            : $"there is no GPU {index}: the machine has {string.Join(", ", gpus.Select((name, i) => $"{i} ({name})"))}");
    }

    /// <summary>Refuses a GPU for a network that was compiled for the processor alone.</summary>
    /// <param name="device">The device that is asked for.</param>
    /// <param name="network">The network's name.</param>
    /// <exception cref="DeviceNotFoundException">It is a GPU, or the emulated one.</exception>
    public static void ThrowIfGpu(Device device, string network)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (device.Kind is DeviceKind.Gpu or DeviceKind.GpuEmulator)
            throw new DeviceNotFoundException($"{network} has code for the processor alone: reference the package NetCompiler.Runtime.Gpu and see what the build says of {network}, or use Device.Best()");
    }
}
