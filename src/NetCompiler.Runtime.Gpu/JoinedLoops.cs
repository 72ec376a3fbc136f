using ILGPU.Runtime;

namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// Loops that are launched at once, such as the updates of all parameters: a launch costs some microseconds however little it does. Built by
/// <see cref="GpuDevice.Join"/>; independent of each other.
/// </summary>
/// <typeparam name="TKernel">The loops so far as one kernel.</typeparam>
public readonly struct JoinedLoops<TKernel> where TKernel : struct, IGpuKernel<TKernel>, IGpuLoop
{
    readonly GpuDevice _device;
    readonly TKernel _kernel;
    readonly long _elements;

    internal JoinedLoops(GpuDevice device, long elements, in TKernel kernel)
    {
        _device = device;
        _kernel = kernel;
        // Groups of threads are not divided between loops.
        _elements = (elements + GpuThread.Lanes - 1) / GpuThread.Lanes * GpuThread.Lanes;
    }

    /// <summary>These loops, then <paramref name="kernel"/> for <paramref name="count"/> elements.</summary>
    public JoinedLoops<TwoLoops<TKernel, TNext>> And<TNext>(long count, in TNext kernel) where TNext : struct, IGpuKernel<TNext>, IGpuLoop =>
        new(_device, _elements + count, new TwoLoops<TKernel, TNext> { First = _kernel, Second = kernel, ElementsOfFirst = checked((int)_elements) });

    /// <summary>Queues them.</summary>
    public void Launch() => _device.LaunchFor(_elements, _kernel);
}

/// <summary>Two loops one after the other in the numbers of threads.</summary>
/// <typeparam name="TFirst">The first one.</typeparam>
/// <typeparam name="TSecond">The second one.</typeparam>
public struct TwoLoops<TFirst, TSecond> : IGpuKernel<TwoLoops<TFirst, TSecond>>, IGpuLoop
    where TFirst : struct, IGpuLoop where TSecond : struct, IGpuLoop
{
    internal TFirst First;
    internal int ElementsOfFirst;
    internal TSecond Second;

    /// <inheritdoc/>
    public static void Run(TwoLoops<TFirst, TSecond> kernel) => kernel.Thread(GpuThread.Element);

    /// <inheritdoc/>
    public void Thread(int element)
    {
        if (element < ElementsOfFirst)
            First.Thread(element);
        else
            Second.Thread(element - ElementsOfFirst);
    }
}
