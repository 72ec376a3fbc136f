namespace NetCompiler.Runtime;

/// <summary>What kind of device is meant.</summary>
public enum DeviceKind
{
    /// <summary>The processor.</summary>
    Cpu,

    /// <summary>A GPU.</summary>
    Gpu,

    /// <summary>The first GPU where there is one, else the processor.</summary>
    Best,

    /// <summary>The processor in the role of a GPU: it runs the GPU's kernels, thousands of times slower, for tests.</summary>
    GpuEmulator,
}

/// <summary>Where a network computes: <c>new LeNet(Device.Gpu())</c>. It names a device and opens none; the network does.</summary>
public sealed record Device
{
    Device(DeviceKind kind, int index = 0)
    {
        Kind = kind;
        Index = index;
    }

    /// <summary>The kind.</summary>
    public DeviceKind Kind { get; }

    /// <summary>Which one of the GPUs, from 0 on.</summary>
    public int Index { get; }

    /// <summary>The processor.</summary>
    public static Device Cpu { get; } = new(DeviceKind.Cpu);

    /// <summary>The processor in the role of a GPU, for tests: right, and very slow.</summary>
    public static Device GpuEmulator { get; } = new(DeviceKind.GpuEmulator);

    /// <summary>A GPU: those of CUDA, or those of OpenCL if there are none.</summary>
    /// <param name="index">Which one, from 0 on.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is negative.</exception>
    public static Device Gpu(int index = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return new(DeviceKind.Gpu, index);
    }

    /// <summary>The first GPU where there is one that the network was compiled for, else the processor.</summary>
    public static Device Best() => new(DeviceKind.Best);

    /// <inheritdoc/>
    public override string ToString() => Kind == DeviceKind.Gpu ? $"GPU {Index}" : Kind.ToString();
}
