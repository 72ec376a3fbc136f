using ILGPU;
using ILGPU.Runtime;

namespace NetCompiler.Runtime.Gpu;

/// <summary>A kernel that folds rows, and of which several launches may share the elements of each row between more groups of threads.</summary>
public interface IGpuParts
{
    /// <summary>What a launch does of it.</summary>
    GpuParts Parts { get; set; }
}

/// <summary>
/// What one launch of a kernel does that folds rows in several passes and then stores: all, or one step for parts of the rows. A pass keeps
/// what it folds of each part, and the steps after it begin by folding that, in the order of the parts.
/// </summary>
public readonly struct GpuParts
{
    // After the passes come the stores of elements and those of rows.
    const int All = -1;

    readonly ArrayView<float> _kept; // [sums, Count, rows]
    readonly int _step, _rows, _count;

    internal GpuParts(ArrayView<float> kept, int step, int rows, int count) => (_kept, _step, _rows, _count) = (kept, step, rows, count);

    internal static GpuParts Whole => new(default, All, 0, 1);

    /// <summary>The parts of each row.</summary>
    public int Count => _count;

    /// <summary>Whether the launch does this step.</summary>
    public bool Does(int step) => _step == All || _step == step;

    /// <summary>Whether the launch ends with this pass, whose sums are to be kept.</summary>
    public bool Keeps(int pass) => _step == pass;

    /// <summary>Keeps a sum of the group's part of a row.</summary>
    public void Keep(int sum, int row, float value) => _kept[((long)sum * _count + Grid.IdxY) * _rows + row] = value;

    /// <summary>A sum that was kept.</summary>
    public float Kept(int sum, int row, int part) => _kept[((long)sum * _count + part) * _rows + row];
}

/// <summary>The steps of a kernel that folds rows.</summary>
/// <param name="Passes">The passes that fold.</param>
/// <param name="Sums">What they fold, for each row.</param>
/// <param name="StoresElements">Whether it stores for each element then.</param>
/// <param name="StoresRows">Whether it stores for each row.</param>
public readonly record struct RowSteps(int Passes, int Sums, bool StoresElements, bool StoresRows);

/// <summary>Launches of kernels that fold rows.</summary>
public static class RowLaunches
{
    // Groups of 256 threads that a GPU of a hundred multiprocessors holds at once: loads of fewer wait for memory most of the time.
    const int EnoughGroups = 1024;

    /// <summary>Elements of a part: 16 for each thread, as each step costs a launch.</summary>
    internal const int FewestOfRow = 16 * GpuThread.Lanes;

    // Of columns a group takes 32, eight threads each.
    const int FewestOfColumn = 16 * GpuColumn.Threads;

    // Any thread of a group folds at most one kept sum of a row.
    internal const int MostParts = GpuThread.Lanes;

    /// <summary>Queues <paramref name="kernel"/> with groups of threads for each of <paramref name="rows"/> rows of so many elements.</summary>
    /// <exception cref="NotSupportedException">There are more rows than kernels count.</exception>
    public static void LaunchRowParts<TKernel>(this GpuDevice device, long rows, long elements, RowSteps steps, TKernel kernel)
        where TKernel : struct, IGpuKernel<TKernel>, IGpuParts =>
        Launch(device, rows, GpuDevice.Counted(rows, "rows"), PartsOf(rows, elements, FewestOfRow), steps, kernel);

    /// <summary>The same for rows that lie beside each other, so that neighbouring threads take neighbouring rows.</summary>
    /// <exception cref="NotSupportedException">There are more rows than kernels count.</exception>
    public static void LaunchColumnParts<TKernel>(this GpuDevice device, long rows, long elements, RowSteps steps, TKernel kernel)
        where TKernel : struct, IGpuKernel<TKernel>, IGpuParts
    {
        int groups = (GpuDevice.Counted(rows, "rows") + GpuColumn.Columns - 1) / GpuColumn.Columns;
        Launch(device, rows, groups, PartsOf(groups, elements, FewestOfColumn), steps, kernel);
    }

    /// <summary>Into how many parts rows are cut, so that enough groups share in them: it depends on the sizes alone.</summary>
    internal static int PartsOf(long groups, long elements, int fewest) =>
        (int)Math.Clamp(Math.Min(EnoughGroups / Math.Max(1, groups), elements / fewest), 1, MostParts);

    static void Launch<TKernel>(GpuDevice device, long rows, int groups, int parts, RowSteps steps, TKernel kernel) where TKernel : struct, IGpuKernel<TKernel>, IGpuParts
    {
        ArgumentNullException.ThrowIfNull(device);
        if (parts == 1)
        {
            kernel.Parts = GpuParts.Whole;
            device.Launch(new Index3D(groups, 1, 1), new Index3D(GpuThread.Lanes, 1, 1), kernel);
            return;
        }
        var kept = device.Workspace<float>(steps.Sums * parts * rows).View;
        for (int pass = 0; pass < steps.Passes; pass++)
            Step(pass, parts);
        // Elements are stored before rows, which may take the place of what the elements need.
        if (steps.StoresElements)
            Step(steps.Passes, parts);
        if (steps.StoresRows)
            Step(steps.Passes + 1, 1);

        void Step(int step, int across)
        {
            kernel.Parts = new(kept, step, (int)rows, parts);
            device.Launch(new Index3D(groups, across, 1), new Index3D(GpuThread.Lanes, 1, 1), kernel);
        }
    }
}
