using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>Which thread of a launch runs.</summary>
public static class GpuThread
{
    /// <summary>The threads of a group that works on a row.</summary>
    public const int Lanes = 256;

    /// <summary>The thread's number in the launch.</summary>
    public static int Element => Grid.IdxX * Group.DimX + Group.IdxX;

    /// <summary>The elements that a thread takes of a loop that stores one value for each.</summary>
    public const int Fours = 4;

    /// <summary>
    /// Does four elements, <see cref="Lanes"/> apart. A thread waits for its loads, and those of one element a thread are not enough on
    /// their way to keep the memory busy: it takes some 16 KB for each multiprocessor.
    /// </summary>
    public static void DoFour<TLoop, T>(TLoop loop) where TLoop : struct, IGpuElements<T>
    {
        int first = Grid.IdxX * (Fours * Lanes) + Group.IdxX;
        if (first + 3 * Lanes < loop.Count)
        {
            var value0 = loop.Value(first);
            var value1 = loop.Value(first + Lanes);
            var value2 = loop.Value(first + 2 * Lanes);
            var value3 = loop.Value(first + 3 * Lanes);
            loop.Store(first, value0);
            loop.Store(first + Lanes, value1);
            loop.Store(first + 2 * Lanes, value2);
            loop.Store(first + 3 * Lanes, value3);
            return;
        }
        for (int i = 0; i < Fours; i++)
            loop.Thread(first + i * Lanes);
    }

    /// <summary>The thread's number in its group.</summary>
    public static int Lane => Group.IdxX;
}
