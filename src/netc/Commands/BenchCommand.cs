using System.CommandLine;
using System.Globalization;
using NetCompiler.CommandLine.Execution;
using NetCompiler.CommandLine.Output;
using NetCompiler.Runtime;

namespace NetCompiler.CommandLine.Commands;

/// <summary>Measures how long a network's functions take.</summary>
internal sealed class BenchCommand : FunctionCommand
{
    readonly Option<int[]> _threads = new("--threads")
    {
        Description = "How many threads to compute on; several numbers, such as 1,2, are measured one after the other.",
        HelpName = "N,N",
        DefaultValueFactory = _ => [.. new[] { 1, Environment.ProcessorCount }.Distinct()],
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            var counts = text.Split(',').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : 0).ToArray();
            if (counts.Any(count => count is < 1 or > 1024))
                result.AddError($"--threads takes numbers from 1 to 1024 with commas between them, not '{text}'");
            return counts;
        },
    };
    readonly Option<Device> _device = ComputePlace.Option();
    readonly Option<double> _seconds = SecondsOption("How long to measure each function.", 1);

    public BenchCommand(Terminal terminal)
        : base(terminal, "bench", "Measures the speed of a network's functions on random inputs.", "all", 16, "16",
            "netc bench lenet.net",
            "netc bench resnet.net --network ResNet18 --function predict --size N=1 --threads 2 --seconds 5",
            "netc bench resnet.net --network ResNet18 --function train --size N=64 --device gpu")
    {
        Add(_threads);
        Add(_device);
        Add(_seconds);
    }

    protected override int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var place = ComputePlace.Open(parsed.GetRequiredValue(_device));
        var subject = Find(parsed, place.With(new CompilerOptions()), cancellation);
        var compiled = CompiledNetwork.Compile(subject.Compilation.Emit(subject.Network.Name, cancellation));
        var table = new TextTable().Text("function").Figure("threads").Figure("best ms").Figure("median ms").Figure("calls").Figure("GFLOP/s").Figure("of peak").Figure("memory");
        var peaks = new List<string>();
        // Beside a GPU they have nothing to compute.
        foreach (int threads in place.IsGpu ? [1] : parsed.GetRequiredValue(_threads))
        {
            foreach (var function in subject.Functions)
            {
                var (timing, bytes) = Measure(() =>
                {
                    using var pool = new WorkerPool(threads);
                    var run = subject.Start(function, compiled, pool, place);
                    void Call()
                    {
                        run.Call();
                        place.Synchronize();
                    }
                    Timing.WarmUp(Call, cancellation);
                    var measured = Timing.Measure(place.IsGpu ? null : pool, Call, parsed.GetValue(_seconds), cancellation);
                    return (measured, run.Network.MemoryInUse.Total);
                });
                double flops = 2.0 * subject.Compilation.Steps(subject.Network.Name, function.Name, subject.Symbols).Items.Sum(step => step.MultiplyAdds * step.Repeats);
                double speed = flops / timing.Median / 1e6;
                table.Row(
                    function.Name, place.IsGpu ? "GPU" : Number(threads), Quantity.Milliseconds(timing.Best), Quantity.Milliseconds(timing.Median), Quantity.Exact(timing.Milliseconds.Count),
                    Quantity.Rate(speed), place.IsGpu ? "" : Quantity.Share(speed / timing.Peak), Quantity.Bytes(bytes));
                peaks.Add($"{Quantity.Rate(timing.Peak)} GFLOP/s on {DiagnosticPrinter.Plural(threads, "thread")}");
            }
        }
        Terminal.Write($"{subject.Network.Name}{(subject.Sizes.Length == 0 ? "" : ", " + subject.Sizes)}\n");
        table.Write(Terminal);
        if (place.IsGpu)
        {
            Terminal.Write($"""
                device: {place.Gpu}; a call brings the arguments there and the results back.
                GFLOP/s: two for each multiply-add of products and convolutions, counted directly, at the median time.
                memory: parameters and results on this side.

                """);
            return NetcCommandLine.Success;
        }
        Terminal.Write($"""
            GFLOP/s: two for each multiply-add of products and convolutions, counted directly, at the median time.
            peak: a loop of multiply-adds measured between the calls, {string.Join(", ", peaks.GroupBy(peak => peak[peak.IndexOf(" on ", StringComparison.Ordinal)..]).Select(group => group.First()))}.
            memory: parameters, tensors and working memory of a network on which only this function is called.

            """);
        return NetcCommandLine.Success;
    }

    /// <summary>Runs on a thread of its own, with which the working memory goes that kernels keep for each thread.</summary>
    static T Measure<T>(Func<T> measure) =>
        Task.Factory.StartNew(measure, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).GetAwaiter().GetResult();

    static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
