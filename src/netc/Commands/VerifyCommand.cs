using System.CommandLine;
using System.Globalization;
using System.Text;
using NetCompiler.CommandLine.Execution;
using NetCompiler.CommandLine.Output;
using NetCompiler.CommandLine.Verification;
using NetCompiler.Reports;
using NetCompiler.Runtime;
using Spectre.Console;

namespace NetCompiler.CommandLine.Commands;

/// <summary>Compares what is compiled of a network with its meaning in float64.</summary>
internal sealed class VerifyCommand : FunctionCommand
{
    readonly Option<int> _threads = CountOption("--threads", "How many threads to compute on.", Environment.ProcessorCount);
    readonly Option<int> _top = CountOption("--top", "How many steps to list, those first that use most of the error allowed to them.", 8);
    readonly Option<int> _samples = CountOption("--samples", "How many elements of each parameter's gradient to compare with differences.", 2);
    readonly Option<int> _patience = CountOption("--patience", "How many seconds a function may take to verify, as far as that can be told before.", 300);
    readonly Option<Device> _device = ComputePlace.Option("Where to compute: cpu, gpu (gpu:1 is the second one), best or emulator. On a GPU, results and updates are compared, not steps.");
    readonly Option<string?> _test = new("--emit-test") { Description = "Also write an xunit test that holds the compiled class against the same reference.", HelpName = "FILE" };

    public VerifyCommand(Terminal terminal)
        : base(terminal, "verify", "Compares compiled functions, step by step, with their meaning in float64, and gradients with differences.", "all", 2, "2",
            "netc verify lenet.net",
            "netc verify resnet.net --network ResNet18 --function predict --size N=1 --patience 3600",
            "netc verify lenet.net --emit-test LeNetVerification.cs")
    {
        Add(_threads);
        Add(_top);
        Add(_samples);
        Add(_patience);
        Add(_device);
        Add(_test);
    }

    protected override int Run(ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(_test) is { } test)
            RequireWritable(test);
        var place = ComputePlace.Open(parsed.GetRequiredValue(_device));
        var subject = Find(parsed, place.With(new CompilerOptions { Observe = true }), cancellation);
        foreach (var function in subject.Functions)
            RequirePatience(subject, function.Name, parsed.GetValue(_patience));
        var compiled = CompiledNetwork.Compile(subject.Compilation.Emit(subject.Network.Name, cancellation));
        using var pool = new WorkerPool(parsed.GetValue(_threads));
        var verdicts = new List<FunctionVerdict>();
        foreach (var function in subject.Functions)
        {
            cancellation.ThrowIfCancellationRequested();
            var run = subject.Start(function, compiled, pool, place);
            var verdict = FunctionVerifier.Run(subject.Compilation, subject.Network.Name, function.Name, run, subject.Symbols, parsed.GetValue(_samples), place.IsGpu);
            verdicts.Add(verdict);
            Show(subject, verdict, parsed.GetValue(_top));
        }
        if (parsed.GetValue(_test) is { } file)
        {
            var functions = subject.Functions.Select(function => (
                function.Name,
                (IEnumerable<InputReport>)subject.Compilation.Inputs(subject.Network.Name, function.Name, subject.Symbols).Items,
                verdicts.Single(verdict => verdict.Function == function.Name)));
            string text = TestFile.Write(
                subject.File, Path.GetFileNameWithoutExtension(file), subject.Network, functions, subject.Symbols, compiled.Create(subject.Network.Name, FunctionVerifier.Seed, pool));
            AtomicFile.Write(file, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
            Terminal.Write($"test in {file}\n");
        }
        return verdicts.Any(verdict => verdict.Fails) ? NetcCommandLine.UserError : NetcCommandLine.Success;
    }

    static void RequirePatience(Subject subject, string function, int patience)
    {
        double seconds = FunctionVerifier.PredictSeconds(subject.Compilation.Steps(subject.Network.Name, function, subject.Symbols).Items);
        if (seconds > patience)
        {
            string time = seconds < 3600 ? DiagnosticPrinter.Plural((int)Math.Ceiling(seconds / 60), "minute") : DiagnosticPrinter.Plural((int)Math.Ceiling(seconds / 3600), "hour");
            string sizes = subject.Sizes.Length == 0 ? "" : $" at {subject.Sizes}";
            throw new UserErrorException($"""
                {subject.Network.Name}.{function} is too large for the reference, which would take about {time}{sizes}
                choose smaller sizes with --size or another function with --function, verify a smaller instance of the network
                ('network Small = {subject.Network.Name}(...);' where its sizes are parameters), or wait for it: --patience {Math.Ceiling(seconds / 60) * 60:0}
                """);
        }
    }

    void Show(Subject subject, FunctionVerdict verdict, int top)
    {
        Terminal.Out.MarkupLineInterpolated($"[bold]{subject.Network.Name}.{verdict.Function}[/]{(subject.Sizes.Length == 0 ? "" : ", " + subject.Sizes)}");
        var table = new TextTable().Text("step", 12).Text("line").Text("what", 8).Text("how", 8).Figure("error").Figure("allowed").Figure("used");
        foreach (var step in verdict.Steps.OrderByDescending(step => step.Fails).ThenByDescending(step => step.Worst.Used).Take(top))
        {
            table.Row(
                step.Step.Name,
                step.Step.Line == 0 ? "" : step.Step.Line.ToString(CultureInfo.InvariantCulture),
                step.Step.Operator, step.Step.Choice, Small(step.Worst.Measured), Small(step.Worst.Allowed), Used(step.Worst.Used));
        }
        if (verdict.Steps.Count > 0)
        {
            table.Write(Terminal);
            ShowSteps(verdict);
        }
        ShowResults(verdict);
    }

    void ShowSteps(FunctionVerdict verdict)
    {
        int wrong = verdict.Steps.Count(step => step.Fails);
        Say(wrong == 0, wrong == 0
            ? $"{DiagnosticPrinter.Plural(verdict.Steps.Count, "step")} compared with the reference on what each read"
            : $"{wrong} of {verdict.Steps.Count} steps differ from the reference");
        if (verdict.Steps.FirstOrDefault(step => step.Fails) is { } first)
        {
            var place = first.Step.Line == 0 ? "" : $"{first.Step.Path}({first.Step.Line}): ";
            Terminal.Write($"  the first is {place}{first.Step.Operator} of '{first.Step.Name}', {first.Step.Shapes}{(first.Step.Choice.Length == 0 ? "" : $", by {first.Step.Choice}")}\n");
            Terminal.Write($"  {first.Worst.Problem ?? first.NotANumber + ", though all that the step reads are numbers"}\n");
        }
    }

    void ShowResults(FunctionVerdict verdict)
    {
        foreach (var result in verdict.Results.Where(result => !result.IsUpdate))
            Say(!result.Fails, $"'{result.Name}' is within {Small(result.Measured)} of the program in float64; {Small(result.Allowed)} is allowed");
        var updates = verdict.Results.Where(result => result.IsUpdate).ToList();
        if (updates.Count > 0)
        {
            var worst = updates.OrderByDescending(update => update.Allowed == 0 ? update.Measured : update.Measured / update.Allowed).First();
            Say(!updates.Any(update => update.Fails), $"{DiagnosticPrinter.Plural(updates.Count, "updated variable")}: the worst, '{worst.Name}', is within {Small(worst.Measured)}; {Small(worst.Allowed)} is allowed");
        }
        if (verdict.Gradients.Count > 0)
        {
            var bad = verdict.Gradients.FirstOrDefault(gradient => gradient.Problem is not null);
            int kinks = verdict.Gradients.Sum(gradient => gradient.AtKinks);
            string losses = string.Join(", ", verdict.Gradients.Select(gradient => $"'{gradient.Loss}'").Distinct());
            string parameters = DiagnosticPrinter.Plural(verdict.Gradients.Select(gradient => gradient.Parameter).Distinct().Count(), "parameter");
            Say(bad is null, bad is null
                ? $"gradients of {losses} agree with differences at {verdict.Gradients.Sum(gradient => gradient.Compared)} elements of {parameters}{(kinks == 0 ? "" : $"; {kinks} at kinks left out")}"
                : $"the gradient of '{bad.Loss}' by '{bad.Parameter}' is wrong: {bad.Problem}");
        }
    }

    void Say(bool good, string text) => Terminal.Out.MarkupLineInterpolated($"[{(good ? "green" : "red")}]{(good ? "ok" : "FAILED")}[/]  {text}");

    static string Small(double value) => value == 0 ? "0" : double.IsInfinity(value) ? "infinite" : value.ToString("0.0e0", CultureInfo.InvariantCulture);

    static string Used(double share) => share > 9.99 ? "> 999 %" : Quantity.Share(Math.Max(share, 0)) is { Length: > 0 } text ? text : "0 %";
}
