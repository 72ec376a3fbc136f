using System.CommandLine;
using System.Globalization;
using NetCompiler.CommandLine.Execution;
using NetCompiler.CommandLine.Output;
using NetCompiler.Reports;
using NetCompiler.Runtime;

namespace NetCompiler.CommandLine.Commands;

/// <summary>Shows where the time of a network's functions goes.</summary>
internal sealed class ProfileCommand : FunctionCommand
{
    // Calls whose steps are in the trace; the first ones of a process are not like the others.
    const int TracedCalls = 3;

    readonly Option<int> _threads = CountOption("--threads", "How many threads to compute on.", Environment.ProcessorCount);
    readonly Option<int> _top = CountOption("--top", "How many of the slowest steps to list; the others are one line.", 20);
    readonly Option<double> _seconds = SecondsOption("How long to measure each function.", 1);
    readonly Option<string?> _trace = new("--trace") { Description = "Also write when each step ran, for ui.perfetto.dev or chrome://tracing.", HelpName = "FILE" };

    public ProfileCommand(Terminal terminal)
        : base(terminal, "profile", "Shows how long each step of a network's functions takes, on random inputs.", "all", 16, "16",
            "netc profile lenet.net --function train --size N=64",
            "netc profile resnet.net --network ResNet18 --function predict --threads 1 --trace resnet.json")
    {
        Add(_threads);
        Add(_top);
        Add(_seconds);
        Add(_trace);
    }

    protected override int Run(ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(_trace) is { } path)
            RequireWritable(path);
        var subject = Find(parsed, new CompilerOptions { Observe = true }, cancellation);
        var compiled = CompiledNetwork.Compile(subject.Compilation.Emit(subject.Network.Name, cancellation));
        using var pool = new WorkerPool(parsed.GetValue(_threads));
        var traces = new List<(string, IReadOnlyList<StepReport>, IReadOnlyList<StepSpan>)>();
        foreach (var function in subject.Functions)
        {
            IReadOnlyList<StepReport> steps = [.. subject.Compilation.Steps(subject.Network.Name, function.Name, subject.Symbols).Items];
            var timer = new StepTimer(steps.Count);
            var run = subject.Start(function, compiled, pool, new ComputePlace(Device.Cpu, null));
            run.Network.Observer = timer;
            Timing.WarmUp(() => run.Call(), cancellation);
            timer.Clear();
            timer.Traces = parsed.GetValue(_trace) is not null;
            for (int call = 0; timer.Traces && call < TracedCalls; call++)
                run.Call();
            timer.Traces = false;
            var timing = Timing.Measure(pool, () => run.Call(), parsed.GetValue(_seconds), cancellation);
            traces.Add((function.Name, steps, timer.Spans));
            Show(subject, function.Name, steps, timer, timing, parsed.GetValue(_top), pool.Threads);
        }
        if (parsed.GetValue(_trace) is { } file)
        {
            AtomicFile.Write(file, stream => TraceFile.Write(stream, subject.Network.Name, traces));
            Terminal.Write($"trace of {TracedCalls} calls in {file}: open it in ui.perfetto.dev\n");
        }
        return NetcCommandLine.Success;
    }

    void Show(Subject subject, string function, IReadOnlyList<StepReport> steps, StepTimer timer, Timing timing, int top, int threads)
    {
        // A scan's own time is that of its steps.
        var times = Enumerable.Range(0, steps.Count).Where(step => !steps[step].IsScan && timer.Runs(step)).Select(step => (Step: steps[step], Time: timer.Median(step)))
            .OrderByDescending(entry => entry.Time).ToList();
        double total = times.Sum(entry => entry.Time);
        Terminal.Write($"{subject.Network.Name}.{function}{(subject.Sizes.Length == 0 ? "" : ", " + subject.Sizes)}, {DiagnosticPrinter.Plural(threads, "thread")}: "
            + $"{Quantity.Milliseconds(timing.Median)} ms a call, median of {Quantity.Exact(timing.Milliseconds.Count)}; peak {Quantity.Rate(timing.Peak)} GFLOP/s\n");
        var table = new TextTable().Text("step", 12).Text("line").Text("what", 8).Text("shapes", 10).Figure("ms").Figure("share").Figure("GFLOP/s").Figure("of peak").Figure("GB/s");
        foreach (var (step, time) in times.Take(top))
        {
            double speed = time == 0 ? 0 : 2.0 * step.MultiplyAdds * step.Repeats / time / 1e6;
            double traffic = time == 0 ? 0 : (double)(step.BytesRead + step.BytesWritten) * step.Repeats / time / 1e6;
            table.Row(
                step.Name,
                step.Line == 0 ? "" : step.Line.ToString(CultureInfo.InvariantCulture),
                step.Operator + (step.Repeats > 1 ? $" ×{Quantity.Exact(step.Repeats)}" : ""),
                step.Shapes,
                Quantity.Milliseconds(time),
                Percent(time / total),
                Quantity.Rate(speed),
                Quantity.Share(speed / timing.Peak),
                Quantity.Rate(traffic));
        }
        if (times.Count > top)
        {
            double rest = times.Skip(top).Sum(entry => entry.Time);
            table.Row($"{Quantity.Exact(times.Count - top)} others", "", "", "", Quantity.Milliseconds(rest), Percent(rest / total), "", "", "");
        }
        table.Write(Terminal);
        int resting = Enumerable.Range(0, steps.Count).Count(step => !timer.Runs(step));
        if (resting > 0)
            Terminal.Write($"{DiagnosticPrinter.Plural(resting, "step")} run only after a variable has changed, such as the packing of filters, and did not run here\n");
    }

    static string Percent(double share) => (double.IsFinite(share) ? share * 100 : 0).ToString("0.0", CultureInfo.InvariantCulture) + " %";
}
