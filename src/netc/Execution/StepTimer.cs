using System.Diagnostics;
using NetCompiler.Runtime;

namespace NetCompiler.CommandLine.Execution;

/// <summary>When a step ran.</summary>
/// <param name="Step">Its number.</param>
/// <param name="Start">Its start, in ticks of the stopwatch.</param>
/// <param name="End">Its end.</param>
internal readonly record struct StepSpan(int Step, long Start, long End);

/// <summary>Measures how long each step of a function takes.</summary>
internal sealed class StepTimer(int steps) : StepObserver
{
    // A trace of more is neither readable nor small.
    const int LongestTrace = 200_000;

    readonly long[] _started = new long[steps];
    readonly List<long[]> _calls = [];
    readonly List<StepSpan> _spans = [];
    long[] _current = new long[steps];

    /// <summary>The spans of the calls that were traced, in the order of their ends.</summary>
    public IReadOnlyList<StepSpan> Spans => _spans;

    /// <summary>Whether to remember when steps ran, and not only how long.</summary>
    public bool Traces { get; set; }

    public int Calls => _calls.Count;

    public override void Start(string function)
    {
        _current = new long[steps];
        _calls.Add(_current);
    }

    public override void Before(int step, ReadOnlySpan<nint> buffers) => _started[step] = Stopwatch.GetTimestamp();

    public override void After(int step, ReadOnlySpan<nint> buffers)
    {
        long end = Stopwatch.GetTimestamp();
        _current[step] += end - _started[step];
        if (Traces && _spans.Count < LongestTrace)
            _spans.Add(new StepSpan(step, _started[step], end));
    }

    /// <summary>Forgets all calls so far.</summary>
    public void Clear()
    {
        _calls.Clear();
        _spans.Clear();
    }

    /// <summary>Whether a step ran in any of the calls; those that depend on variables alone do not until one of these changes.</summary>
    public bool Runs(int step) => _calls.Exists(call => call[step] > 0);

    /// <summary>The median over the calls of a step's time in a call, in milliseconds.</summary>
    public double Median(int step)
    {
        var times = _calls.Select(call => call[step]).Order().ToList();
        return times.Count == 0 ? 0 : 1000.0 * times[times.Count / 2] / Stopwatch.Frequency;
    }
}
