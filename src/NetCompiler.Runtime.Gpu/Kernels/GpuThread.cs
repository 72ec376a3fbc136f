using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>Which thread of a launch runs.</summary>
public static class GpuThread
{
    /// <summary>The threads of a group that works on a row.</summary>
    public const int Lanes = 256;

    /// <summary>The thread's number in the launch.</summary>
    public static int Element => Grid.IdxX * Group.DimX + Group.IdxX;

    /// <summary>The number of the thread's group.</summary>
    public static int Row => Grid.IdxX;

    /// <summary>The thread's number in its group.</summary>
    public static int Lane => Group.IdxX;
}
