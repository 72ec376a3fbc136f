namespace NetCompiler.Runtime;

/// <summary>
/// Work that splits freely: each index of a range is independent of all others. Implementations are
/// <c>readonly struct</c>s, so that <see cref="WorkerPool"/> calls them without allocation or virtual dispatch.
/// </summary>
public interface IRangeKernel
{
    /// <summary>Does the work of the indices <paramref name="begin"/> ≤ i &lt; <paramref name="end"/>.</summary>
    void Run(nint begin, nint end);
}
