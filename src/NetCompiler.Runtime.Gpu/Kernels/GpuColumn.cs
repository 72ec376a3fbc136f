using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// A group of threads that works on 32 rows whose elements lie beside each other, as the columns of a matrix do: a warp reads one element
/// of each, and eight threads share a row. All threads of the group must call the folds, whose order is the same on every run.
/// </summary>
public static class GpuColumn
{
    /// <summary>The rows of a group.</summary>
    public const int Columns = 32;

    /// <summary>The threads of a row.</summary>
    public const int Threads = GpuThread.Lanes / Columns;

    /// <summary>The thread's row; the last one for threads beyond.</summary>
    public static int Number(int rows) => IntrinsicMath.Min(Position, rows - 1);

    /// <summary>Whether there is a row for the thread.</summary>
    public static bool IsWithin(int rows) => Position < rows;

    /// <summary>Whether the thread is the one that stores for its row.</summary>
    public static bool IsFirst(int rows) => Group.IdxX < Columns & Position < rows;

    /// <summary>The thread's first element of the row.</summary>
    public static int First => Grid.IdxY * Threads + FirstKept;

    /// <summary>From one of the thread's elements to the next.</summary>
    public static int Step(GpuParts parts) => parts.Count * Threads;

    /// <summary>The first part whose kept sum the thread folds.</summary>
    public static int FirstKept => Group.IdxX / Columns;

    /// <summary>From one of these to the next.</summary>
    public const int StepOfKept = Threads;

    static int Position => Grid.IdxX * Columns + (Group.IdxX & (Columns - 1));

    /// <summary>The sum.</summary>
    public static float Sum(float value) => Fold<SumOf<float>>(value);

    /// <summary>The product.</summary>
    public static float Product(float value) => Fold<ProductOf<float>>(value);

    /// <summary>The largest, NaN if one is NaN.</summary>
    public static float Max(float value) => Fold<MaxOfFloats>(value);

    /// <summary>The smallest, NaN if one is NaN.</summary>
    public static float Min(float value) => Fold<MinOfFloats>(value);

    static float Fold<TFold>(float value) where TFold : struct, IGpuFold<float>
    {
        TFold fold = default;
        var values = SharedMemory.Allocate<float>(GpuThread.Lanes);
        values[Group.IdxX] = value;
        Group.Barrier();
        int column = Group.IdxX & (Columns - 1);
        value = values[column];
        for (int i = 1; i < Threads; i++)
            value = fold.Of(value, values[i * Columns + column]);
        // The next fold may write there.
        Group.Barrier();
        return value;
    }
}
