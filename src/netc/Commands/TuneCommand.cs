using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text;
using NetCompiler.Algorithms;
using NetCompiler.CommandLine.Execution;
using NetCompiler.CommandLine.Output;
using NetCompiler.Runtime;
using NetCompiler.Text;

namespace NetCompiler.CommandLine.Commands;

/// <summary>Times the algorithms of each kernel on this machine and records the fastest.</summary>
internal sealed class TuneCommand : FunctionCommand
{
    // The least time for a kernel, and how much faster than the predicted choice another one must be to be taken, as a share and in any
    // case: less is noise.
    const double LeastSeconds = 0.05, Advantage = 0.03, AdvantageMilliseconds = 0.001;

    readonly Option<double?> _budget = new("--budget")
    {
        Description = "How long to measure in all, such as 5m, 30s by default; the most expensive kernels come first.",
        HelpName = "TIME",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            double unit = text.EndsWith('m') ? 60 : 1;
            if (!double.TryParse(text.TrimEnd('s', 'm'), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) || !(number > 0 && number * unit <= 86400))
                result.AddError($"--budget takes a time such as 30s or 5m, not '{text}'");
            return number * unit;
        },
    };
    readonly Option<int> _threads = CountOption("--threads", "How many threads to compute on.", Environment.ProcessorCount);
    readonly Option<Device> _device = ComputePlace.Option("What to tune for: cpu or gpu (gpu:1 is the second one). GPUs have a record of their own. With emulator all is measured and nothing recorded.", DeviceKind.Cpu, DeviceKind.Gpu, DeviceKind.GpuEmulator);

    public TuneCommand(Terminal terminal)
        : base(terminal, "tune", "Times the algorithms of each convolution and product on this machine; builds take the fastest.", "all", 16, "16 for functions that train and 1 for others",
            "netc tune lenet.net",
            "netc tune resnet.net --device gpu --size N=64",
            "netc tune resnet.net --network ResNet18 --function predict --size N=1 --budget 2m")
    {
        Add(_budget);
        Add(_threads);
        Add(_device);
    }

    /// <summary>A kernel to measure.</summary>
    /// <param name="Kernel">What the compiler says of it.</param>
    /// <param name="Problem">Its sizes with the batch to measure at.</param>
    /// <param name="Algorithms">Those that the program allows.</param>
    sealed record Job(KernelDescription Kernel, KernelProblem Problem, ImmutableArray<KernelCandidate> Algorithms)
    {
        public double Predicted => Algorithms.Min(algorithm => algorithm.Seconds);
    }

    protected override int Run(ParseResult parsed, CancellationToken cancellation)
    {
        // What an earlier record chose is no prediction.
        var place = ComputePlace.Open(parsed.GetRequiredValue(_device));
        var subject = Find(parsed, place.With(new CompilerOptions()), cancellation, withRecord: false);
        var path = TuningRecord.PathOf(subject.File, place.IsGpu);
        var kernels = subject.Functions.SelectMany(function => KernelsOf(subject.Compilation, subject.Network.Name, function.Name, place)).ToList();
        var jobs = kernels.GroupBy(kernel => kernel.Signature).Select(group => JobOf(group, subject.Given, place)).OrderByDescending(job => job.Predicted).ToList();
        if (jobs.Count == 0)
        {
            Terminal.Write($"{subject.Network.Name} has no product of f32 and no convolution of f32 whose sizes are known: there is nothing to choose\n");
            return NetcCommandLine.Success;
        }
        int threads = place.IsGpu ? 1 : parsed.GetValue(_threads);
        var empty = new TuningRecord(place.Gpu ?? MachineName.Current, place.IsGpu ? 0 : threads, ImmutableSortedDictionary<string, TunedKernel>.Empty);
        var before = ReadRecord(path, empty);
        double budget = parsed.GetValue(_budget) ?? 30, total = jobs.Sum(job => job.Predicted);
        var tuned = new SortedDictionary<string, TunedKernel>(StringComparer.Ordinal);
        var table = new TextTable().Text("line").Text("kernel", 20).Text("fastest").Figure("ms").Text("predicted").Figure("ms").Figure("faster");
        using (var pool = new WorkerPool(threads))
        {
            new TuningDisplay(Terminal).Show(jobs.Count, (next, done) =>
            {
                long start = System.Diagnostics.Stopwatch.GetTimestamp();
                foreach (var job in jobs)
                {
                    double left = budget - System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds;
                    if (left <= 0)
                        break;
                    next(job.Kernel.Signature);
                    // What cheap kernels do not use, dear ones would not have needed.
                    double seconds = Math.Min(left, Math.Max(LeastSeconds, budget * job.Predicted / total));
                    var bench = place.Bench(pool, job.Problem);
                    using var memory = bench as IDisposable;
                    var times = bench.Measure(job.Algorithms, seconds, cancellation);
                    // At this batch, or for an equal kernel that is allowed less error, the predicted one may not be among them.
                    double? predicted = times.TryGetValue(job.Kernel.Algorithm, out double time) ? time : null;
                    var choice = Choose(job, bench, times);
                    tuned[job.Kernel.Signature] = new TunedKernel(choice, times.ToImmutableSortedDictionary(StringComparer.Ordinal), job.Kernel.Problem.AssumedBatch > 0 ? job.Problem.AssumedBatch : 0);
                    table.Row(
                        LineOf(job.Kernel), job.Kernel.Signature, choice, Quantity.Milliseconds(times[choice]),
                        job.Kernel.Algorithm, predicted is { } milliseconds ? Quantity.Milliseconds(milliseconds) : "",
                        choice == job.Kernel.Algorithm || predicted is null ? "" : $"{((predicted / times[choice]) - 1) * 100:0} %");
                    done($"{job.Kernel.Signature}: {choice}");
                }
            });
        }
        table.Write(Terminal);
        if (tuned.Count < jobs.Count)
            Terminal.Write($"{jobs.Count - tuned.Count} of {jobs.Count} kernels are not measured: give more time with --budget\n");
        if (place.Device.Kind == DeviceKind.GpuEmulator)
        {
            Terminal.Write("nothing is recorded: what is fast on the emulator says nothing of GPUs\n");
            return NetcCommandLine.Success;
        }
        var record = Merge(before, subject, empty with { Kernels = tuned.ToImmutableSortedDictionary(StringComparer.Ordinal) }, place);
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(record.Print())));
        Terminal.Write($"{path}: {DiagnosticPrinter.Plural(record.Kernels.Count, "kernel")} on {Where(record)}\n");
        return NetcCommandLine.Success;
    }

    // The predicted algorithm, or the fastest as its sizes cut it, unless another one is clearly faster, what surrounds it included.
    static string Choose(Job job, KernelBench bench, SortedDictionary<string, double> times)
    {
        double Cost(string name) => times[name] + bench.Conversions(job.Kernel.Algorithm, name);
        string fastest = times.Keys.MinBy(Cost)!, family = job.Algorithms.First(algorithm => algorithm.Name == fastest).Family;
        double most = Math.Max((1 + Advantage) * Cost(fastest), Cost(fastest) + AdvantageMilliseconds);
        return new[] { job.Kernel.Algorithm, family }.FirstOrDefault(name => times.ContainsKey(name) && Cost(name) <= most) ?? fastest;
    }

    static ImmutableArray<KernelDescription> KernelsOf(Compilation compilation, string network, string function, ComputePlace place) =>
        place.IsGpu ? compilation.GpuKernels(network, function) : compilation.Kernels(network, function);

    static string Where(TuningRecord record) => record.Machine + (record.Threads == 0 ? "" : $", {DiagnosticPrinter.Plural(record.Threads, "thread")}");

    static Job JobOf(IEnumerable<KernelDescription> equal, IReadOnlyDictionary<string, long> given, ComputePlace place)
    {
        // Where functions with and without prepared filters share a kernel, packing counts.
        var kernel = equal.OrderBy(kernel => kernel.Problem.IsPrepared).First();
        var problem = kernel.Problem.At(given);
        return new Job(kernel, problem,
        [
            .. new AllowedKernel(problem, equal.Min(kernel => kernel.Budget), kernel.OnGpu).Candidates
                .Where(candidate => candidate.IsAdmissible && place.Runs(problem, candidate.Name)),
        ]);
    }

    static string LineOf(KernelDescription kernel) => kernel.Node.Origin.Path.Length == 0 ? "" : kernel.Node.Origin.Line.ToString(CultureInfo.InvariantCulture);

    /// <summary>What was measured before on this machine and as many threads; any other record is replaced, which a remark says.</summary>
    TuningRecord? ReadRecord(string path, TuningRecord expected)
    {
        if (new SourceFiles().TryRead(path) is not { } text)
            return null;
        var record = TuningRecord.Parse(text, _ => { });
        if (record?.Machine == expected.Machine && record.Threads == expected.Threads)
            return record;
        Terminal.Remark(record is null
            ? $"{path} cannot be read as a tuning record: it is replaced"
            : $"{path} was measured on {Where(record)}: it is replaced");
        return null;
    }

    /// <summary>Keeps what was measured before, of kernels that the file still has.</summary>
    static TuningRecord Merge(TuningRecord? before, Subject subject, TuningRecord measured, ComputePlace place)
    {
        if (before is null)
            return measured;
        var known = subject.Compilation.Outline.Items
            .SelectMany(network => network.Functions.Items.SelectMany(function => KernelsOf(subject.Compilation, network.Name, function.Name, place)))
            .Select(kernel => kernel.Signature).ToHashSet(StringComparer.Ordinal);
        return measured with { Kernels = before.Kernels.RemoveRange(before.Kernels.Keys.Where(signature => !known.Contains(signature))).SetItems(measured.Kernels) };
    }
}
