using ILGPU;
using ILGPU.IR.Intrinsics;

namespace NetCompiler.Runtime.Gpu;

/// <summary>How the threads of a warp read each other's numbers.</summary>
static class LaneExchange
{
    /// <summary>The number of the thread whose number in the warp differs in the bits of <paramref name="distance"/>. All threads of a group of <see cref="GpuThread.Lanes"/> call it.</summary>
    [IntrinsicImplementation]
    public static T Across<T>(T value, int distance) where T : unmanaged => ByRegisters(value, distance); // The emulator runs it as it is.

    public static T ByRegisters<T>(T value, int distance) where T : unmanaged => Warp.ShuffleXor(value, distance);

    // OpenCL exchanges registers on some devices only.
    public static T BySharedMemory<T>(T value, int distance) where T : unmanaged
    {
        var lanes = SharedMemory.Allocate<T>(GpuThread.Lanes);
        // What the exchange before left there is read by now. The barrier stands here and not after the load, behind which ILGPU would move it.
        Group.Barrier();
        lanes[GpuThread.Lane] = value;
        Group.Barrier();
        return lanes[GpuThread.Lane ^ distance];
    }
}
