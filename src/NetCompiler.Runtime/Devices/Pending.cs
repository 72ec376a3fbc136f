namespace NetCompiler.Runtime;

/// <summary>
/// What a call will have returned once its device has computed it: <c>network.BeginTrain(…)</c> returns at once, so that the program can
/// prepare the next batch meanwhile. A device computes calls in their order, and keeps the results of the last two calls of a function.
/// </summary>
/// <typeparam name="T">What the function returns: a number, or a tuple of numbers.</typeparam>
public readonly struct Pending<T>
{
    readonly T _value;
    readonly IPendingResults<T>? _source;
    readonly long _call;

    /// <summary>What is there already.</summary>
    public Pending(T value)
    {
        _value = value;
        _source = null;
        _call = 0;
    }

    /// <summary>What <paramref name="source"/> will have of its call number <paramref name="call"/>.</summary>
    public Pending(IPendingResults<T> source, long call)
    {
        ArgumentNullException.ThrowIfNull(source);
        _value = default!;
        _source = source;
        _call = call;
    }

    /// <summary>Whether <see cref="Value"/> is there without waiting. Devices of OpenCL cannot tell: they are waited for.</summary>
    public bool IsCompleted => _source is null || _source.IsThere(_call);

    /// <summary>The results; waits until the device has them.</summary>
    /// <exception cref="InvalidOperationException">The function was begun twice since: its device keeps no more.</exception>
    public T Value => _source is null ? _value : _source.Wait(_call);
}

/// <summary>A function whose calls end some time after they have begun.</summary>
/// <typeparam name="T">What it returns.</typeparam>
public interface IPendingResults<T>
{
    /// <summary>Whether the call of that number is computed.</summary>
    bool IsThere(long call);

    /// <summary>Waits for the call of that number, and returns its results.</summary>
    /// <exception cref="InvalidOperationException">Two calls were begun since: the results are gone.</exception>
    T Wait(long call);
}
