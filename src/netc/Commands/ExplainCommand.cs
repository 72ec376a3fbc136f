using System.CommandLine;
using System.Globalization;
using NetCompiler.Algorithms;
using NetCompiler.CommandLine.Execution;
using NetCompiler.CommandLine.Output;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Plan;
using NetCompiler.Reports;
using NetCompiler.Runtime;
using NetCompiler.Text;
using Spectre.Console;

namespace NetCompiler.CommandLine.Commands;

/// <summary>Says how a network's functions are computed, and why so.</summary>
internal sealed class ExplainCommand : FunctionCommand
{
    readonly Option<Device> _device = ComputePlace.Option("Which code to explain: that for the cpu or for a gpu, which need not be there.", DeviceKind.Cpu, DeviceKind.Gpu);
    readonly Option<bool> _memory = new("--memory") { Description = "Also list which tensors share memory." };

    public ExplainCommand(Terminal terminal)
        : base(terminal, "explain", "Says for each convolution and product which algorithm was chosen and why, and what runs joined to what.", "all", 1, "1",
            "netc explain lenet.net",
            "netc explain resnet.net --network ResNet18 --function predict --memory",
            "netc explain resnet.net --network ResNet18 --device gpu")
    {
        Add(_device);
        Add(_memory);
    }

    protected override int Run(ParseResult parsed, CancellationToken cancellation)
    {
        bool onGpu = parsed.GetRequiredValue(_device).Kind != DeviceKind.Cpu;
        var subject = Find(parsed, new CompilerOptions { Gpu = onGpu ? GpuCode.Required : GpuCode.None }, cancellation);
        var path = TuningRecord.PathOf(subject.File, onGpu);
        var record = new SourceFiles().TryRead(path) is { } text ? TuningRecord.Parse(text, _ => { }) : null;
        // What a GPU is that is not asked for, nobody knows.
        if (!onGpu && record?.Machine != MachineName.Current)
            record = null;
        foreach (var function in subject.Functions)
        {
            var plan = onGpu ? subject.Compilation.GpuPlan(subject.Network.Name, function.Name) : subject.Compilation.Plan(subject.Network.Name, function.Name);
            ShowPlan(subject, function.Name, plan);
            ShowKernels(subject, function.Name, record, onGpu);
            if (parsed.GetValue(_memory))
                ShowMemory(subject, plan);
        }
        Terminal.Write(onGpu
            ? (record is null ? "" : $"measured: {path}, on {record.Machine}\n")
                + $"predicted times are those of an H100 after its data sheet{(record is null ? $"; for measured ones run 'netc tune {subject.File} --device gpu'" : "")}\n"
            : record is null
            ? $"predicted times are of one core of a server with AVX-512; for measured ones run 'netc tune {subject.File}'\n"
            : $"measured: {path}, on {DiagnosticPrinter.Plural(record.Threads, "thread")}; predicted times are of one core\n");
        return NetcCommandLine.Success;
    }

    void ShowPlan(Subject subject, string function, FunctionPlan plan)
    {
        var steps = new StepNumbers(plan.Steps).Steps;
        var calls = steps.OfType<CallStep>().ToList();
        var joined = calls.Where(call => call.Epilogue is not null || IsPooled(call)).ToList();
        long arena = plan.Slots.Sum(slot => Bytes(slot.Bytes, subject));
        string sizes = subject.Sizes.Length == 0 ? "" : $" at {subject.Sizes}";
        string memory = $"{plan.Slots.Sum(slot => slot.Places.Length)} tensors in {DiagnosticPrinter.Plural(plan.Slots.Length, "slot")} of {Quantity.Bytes(arena)}{sizes}";
        Terminal.Out.MarkupLineInterpolated($"[bold]{subject.Network.Name}.{function}[/]: {DiagnosticPrinter.Plural(steps.Count, "step")}, {calls.Count} of them kernels of the runtime; {memory}");
        if (plan.Prepared > 0)
            Terminal.Write($"{DiagnosticPrinter.Plural(plan.Prepared, "step")} run again only when a variable has changed\n");
        var attentions = calls.Where(call => call.Node.Operator is AttentionOperator).ToList();
        if (attentions.Count > 0)
        {
            Terminal.Write($"{DiagnosticPrinter.Plural(attentions.Count, "kernel")} of attention, which store no scores: {string.Join(", ", attentions.Select(call =>
                call.Node.Origin.Name + (Line(call.Node) is { Length: > 0 } line ? $" (line {line})" : "")))}\n");
        }
        if (joined.Count == 0)
            return;
        var table = new TextTable().Text("kernel").Text("line").Text("what").Text("ends with", 12);
        foreach (var call in joined)
        {
            table.Row(
                call.Node.Origin.Name, Line(call.Node), call.Node.Operator.Name,
                string.Join(", ", Finishers(call)) is { Length: > 0 } text ? text : "a copy");
        }
        table.Write(Terminal);
    }

    static IEnumerable<string> Finishers(CallStep call) => StepNodes.Of(call)
        .Where(node => node != call.Node && node.Operator is Elementwise)
        .Select(node => node.Operator.Name).Distinct().Concat(IsPooled(call) ? ["max_pool"] : []);

    static bool IsPooled(CallStep call) => call.Node.Operator is BlockedConv2D { Pool: not null };

    void ShowKernels(Subject subject, string function, TuningRecord? record, bool onGpu)
    {
        var kernels = onGpu ? subject.Compilation.GpuKernels(subject.Network.Name, function) : subject.Compilation.Kernels(subject.Network.Name, function);
        if (kernels.IsEmpty)
            return;
        var model = subject.Compilation.Networks.Single(network => network.Name == subject.Network.Name);
        var choices = onGpu ? model.GpuChoices : model.Choices;
        var table = new TextTable().Text("kernel", 16).Text("line").Text("algorithm").Figure("predicted ms").Figure("measured ms").Figure("workspace").Text("why", 20);
        foreach (var equal in kernels.GroupBy(kernel => kernel.Signature))
        {
            var kernel = equal.First();
            var times = record?.Kernels.GetValueOrDefault(kernel.Signature)?.Milliseconds;
            string Measured(string name) => times is not null && times.TryGetValue(name, out double time) ? Quantity.Milliseconds(time) : "";
            // Predictions do not tell variants from their algorithm: those that nobody measured have no line of their own.
            bool IsShown(KernelCandidate candidate) => !candidate.IsVariant || candidate.Name == kernel.Algorithm || times is not null && times.ContainsKey(candidate.Name);
            string Others(KernelCandidate candidate) => string.Join(", ", kernel.Candidates
                .Where(variant => variant.IsVariant && variant.IsAdmissible && variant.Family == candidate.Name && !IsShown(variant)).Select(variant => variant.Name.StartsWith(candidate.Name, StringComparison.Ordinal) ? variant.Name[candidate.Name.Length..] : variant.Name));
            foreach (var candidate in kernel.Candidates.Where(IsShown).OrderBy(candidate => candidate.Name != kernel.Algorithm))
            {
                bool chosen = candidate.Name == kernel.Algorithm;
                string lines = string.Join(", ", equal.Select(kernel => Line(kernel.Node)).Where(line => line.Length > 0).Distinct());
                table.Row(
                    chosen ? kernel.Signature : "", chosen ? lines : "", (chosen ? "" : "  ") + candidate.Name,
                    candidate.Computes ? Quantity.Milliseconds(candidate.Seconds * 1000) : "", Measured(candidate.Name), candidate.Computes ? Quantity.Bytes(candidate.Workspace) : "",
                    chosen ? (choices.ContainsKey(kernel.Signature) ? "chosen by the tuning record" : Unmeasured(kernel)) + Error(candidate) + Variants(Others(candidate))
                    : !candidate.Computes ? $"does not compute it: it takes {candidate.Conditions}"
                    : !candidate.IsPermitted ? $"rounds operands to {candidate.Operands.Name()}, which needs 'precision: {candidate.Operands.Name()}'"
                    : !candidate.IsAdmissible ? FormattableString.Invariant($"may be wrong by {candidate.Error:0.0e0}; {kernel.Budget:0.0e0} is allowed")
                    : (candidate.IsVariant ? $"admissible variant of {candidate.Family}" : "admissible") + Error(candidate) + Variants(Others(candidate)));
            }
        }
        table.Write(Terminal);
    }

    static string Unmeasured(KernelDescription kernel) =>
        kernel.OnGpu is not null ? (kernel.Algorithm == kernel.Candidates[0].Name ? "none is predicted to be clearly faster" : "fastest by prediction")
        : kernel.Problem is ProductProblem ? "by its sizes and what is shared"
        : "fastest by prediction, conversions included";

    static string Variants(string names) => names.Length == 0 ? "" : $"; variants {names}";

    static string Error(KernelCandidate candidate) => candidate.Error == 0 ? "" : FormattableString.Invariant($"; error {candidate.Error:0.0e0}");

    void ShowMemory(Subject subject, FunctionPlan plan)
    {
        var table = new TextTable().Figure("slot").Figure("bytes").Text("tensors", 20);
        for (int i = 0; i < plan.Slots.Length; i++)
            table.Row(i.ToString(CultureInfo.InvariantCulture), Quantity.Bytes(Bytes(plan.Slots[i].Bytes, subject)), string.Join(", ", plan.Slots[i].Places.Select(place => place.Buffer.Name)));
        table.Write(Terminal);
    }

    static string Line(Node node) => node.Origin.Path.Length == 0 ? "" : node.Origin.Line.ToString(CultureInfo.InvariantCulture);

    static long Bytes(Dim size, Subject subject) => size.Evaluate(subject.Symbols);
}
