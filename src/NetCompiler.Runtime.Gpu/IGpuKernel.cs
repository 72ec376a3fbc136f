namespace NetCompiler.Runtime.Gpu;

/// <summary>A kernel with its arguments: each thread of a launch runs <see cref="Run"/> on a copy of the struct.</summary>
/// <typeparam name="TSelf">The kernel itself.</typeparam>
public interface IGpuKernel<TSelf> where TSelf : struct, IGpuKernel<TSelf>
{
    /// <summary>What a thread does. ILGPU compiles it: no exceptions, references, virtual calls or static arrays.</summary>
    static abstract void Run(TSelf kernel);

    /// <summary>
    /// How many groups of <see cref="GpuThread.Lanes"/> threads are to share a multiprocessor, for which the device's compiler keeps them within
    /// as many registers; 0 where it is not to care.
    /// </summary>
    static virtual int GroupsPerMultiprocessor => 0;
}

/// <summary>A kernel that does the same for each of many elements, a thread for each.</summary>
public interface IGpuLoop
{
    /// <summary>What is done for one element; nothing for those beyond the last.</summary>
    void Thread(int element);
}

/// <summary>A loop that stores one value for each element: its threads take four, and read all that these need before they store.</summary>
/// <typeparam name="T">What it stores.</typeparam>
public interface IGpuElements<T> : IGpuLoop
{
    /// <summary>The elements.</summary>
    int Count { get; }

    /// <summary>The value of an element that there is.</summary>
    T Value(int element);

    /// <summary>Stores it.</summary>
    void Store(int element, T value);
}

/// <summary>What a product does with each finished element; without it the kernel stores that at <c>[row, column]</c>.</summary>
public interface IGpuEpilogue
{
    /// <summary>Takes element (<paramref name="row"/>, <paramref name="column"/>) of the result, where rows of a batch follow one another.</summary>
    void Store(int row, int column, float value);
}
