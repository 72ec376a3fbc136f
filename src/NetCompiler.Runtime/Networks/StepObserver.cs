namespace NetCompiler.Runtime;

/// <summary>
/// Sees each step of a network that was compiled to be observed: to time it, or to look at what it reads and writes. Networks that
/// are not compiled so, which is the default, have no trace of it. Called on the thread that called the function.
/// </summary>
public abstract class StepObserver
{
    /// <summary>A function begins; its arguments are in place.</summary>
    /// <param name="function">The name in .net source.</param>
    public abstract void Start(string function);

    /// <summary>A step is about to run. One that depends on variables alone runs only after one of them has changed.</summary>
    /// <param name="step">Its number in the function; the steps of a scan's body are numbered after the scan itself.</param>
    /// <param name="buffers">The addresses of the tensors that it reads, then of those that it writes, each once.</param>
    public abstract void Before(int step, ReadOnlySpan<nint> buffers);

    /// <summary>A step is done, by all threads.</summary>
    /// <param name="step">Its number.</param>
    /// <param name="buffers">As in <see cref="Before"/>.</param>
    public abstract void After(int step, ReadOnlySpan<nint> buffers);
}
