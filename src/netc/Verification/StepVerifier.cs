using System.Numerics;
using System.Runtime.InteropServices;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Emit;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Plan;
using NetCompiler.Reports;
using NetCompiler.Runtime;

namespace NetCompiler.CommandLine.Verification;

/// <summary>
/// Compares each step of a function, as it runs, with the operators' references on the very values that the step read, so that errors
/// do not add up. Of a step of a scan the executions 1, 2, 4, 8, … are compared.
/// </summary>
internal sealed class StepVerifier : StepObserver
{
    readonly IReadOnlyList<Step> _steps;
    readonly IReadOnlyList<StepReport> _reports;
    readonly IReadOnlyDictionary<string, long> _symbols;
    readonly IReadOnlyDictionary<string, object> _arguments;
    readonly ErrorBounds _bounds;
    readonly BlockedLanes _lanes = new();
    readonly Dictionary<Node, ReferenceTensor> _formless = [];
    readonly uint[] _executions;
    readonly StepVerdict?[] _verdicts;
    Dictionary<Plan.Buffer, ReferenceTensor> _read = [];

    /// <param name="plan">The plan from which the code was written.</param>
    /// <param name="reports">Its steps in words.</param>
    /// <param name="symbols">The value of each symbolic dimension.</param>
    /// <param name="arguments">The arguments of the call by name.</param>
    /// <param name="algorithmError">What the algorithm of a node may add to rounding errors, relative to the largest Σ|x||w|.</param>
    public StepVerifier(
        FunctionPlan plan, IReadOnlyList<StepReport> reports, IReadOnlyDictionary<string, long> symbols,
        IReadOnlyDictionary<string, object> arguments, Func<Node, double> algorithmError)
    {
        _steps = new StepNumbers(plan.Steps).Steps;
        _reports = reports;
        _symbols = symbols;
        _arguments = arguments;
        _bounds = new ErrorBounds(symbols, algorithmError);
        _executions = new uint[_steps.Count];
        _verdicts = new StepVerdict?[_steps.Count];
    }

    /// <summary>The verdicts about the steps that ran, in the order of the plan.</summary>
    public IEnumerable<StepVerdict> Verdicts => _verdicts.OfType<StepVerdict>();

    public override void Start(string function)
    {
    }

    public override void Before(int step, ReadOnlySpan<nint> buffers)
    {
        _read = [];
        if (_steps[step] is ScanStep || !BitOperations.IsPow2(_executions[step] + 1))
            return;
        var places = StepMethods.Buffers(_steps[step]).ToList();
        foreach (var read in _steps[step].Reads.OfType<Plan.Buffer>().Distinct())
            _read[read] = Read(read, buffers[places.IndexOf(read)]);
    }

    public override void After(int number, ReadOnlySpan<nint> buffers)
    {
        var step = _steps[number];
        if (step is ScanStep || !BitOperations.IsPow2(++_executions[number]))
            return;
        var places = StepMethods.Buffers(step).ToList();
        var writes = new List<ReferenceTensor>();
        // What has no memory comes last.
        foreach (var write in step.Writes.Where(places.Contains))
            writes.Add(Read(write, buffers[places.IndexOf(write)]));
        var verdict = Judge(step, _reports[number], writes);
        if (_verdicts[number] is not { } before || verdict.Fails && !before.Fails || verdict.Fails == before.Fails && verdict.Worst.Used > before.Worst.Used)
            _verdicts[number] = verdict;
    }

    StepVerdict Judge(Step step, StepReport report, List<ReferenceTensor> writes)
    {
        if (step.Values.IsEmpty)
            return new StepVerdict(report, Comparison.Of(writes[0].Data, BoundedTensor.Given(Reshaped(_read[step.Reads[0]!], writes[0])), _ => true), null);
        var values = new Dictionary<Node, BoundedTensor>();
        for (int i = 0; i < step.Reads.Length; i++)
        {
            var node = step.Operands[i];
            var value = step.Reads[i] is { } read ? Reshaped(_read[read], Dims(node)) : Scalar((FunctionArgument)node.Operator);
            values[node] = BoundedTensor.Given(_formless.GetValueOrDefault(node) ?? value);
        }
        _bounds.Evaluate(StepNodes.Of(step), values);
        var worst = new Comparison(0, 0, null);
        string? notANumber = null;
        // What is stored by parts is written once for each and is one value.
        for (int i = 0; i < Math.Min(writes.Count, step.Values.Length); i++)
        {
            var node = step.Values[i];
            if (BlockedLanes.IsFormless(node))
            {
                _formless[node] = values[node].Value;
                continue;
            }
            var counts = _lanes.Mask(node, writes[i].Dims);
            var found = Comparison.Of(writes[i].Data, values[node], counts);
            if (found.Problem is not null && step.Values.Length > 1)
                found = found with { Problem = $"of {step.Writes[i].Name}, {found.Problem}" };
            if (worst.Problem is null && (found.Problem is not null || found.Used > worst.Used))
                worst = found;
            notANumber ??= NotANumber(step, writes[i], counts, values);
        }
        return new StepVerdict(report, worst, notANumber);
    }

    /// <summary>Which element is NaN though every operand is a number.</summary>
    string? NotANumber(Step step, ReferenceTensor written, Func<int, bool> counts, Dictionary<Node, BoundedTensor> values)
    {
        int at = Enumerable.Range(0, written.Data.Length).FirstOrDefault(i => double.IsNaN(written.Data[i]) && counts(i), -1);
        if (at < 0)
            return null;
        for (int i = 0; i < step.Reads.Length; i++)
        {
            if (step.Reads[i] is not { } read)
                continue;
            var mask = _lanes.Mask(step.Operands[i], Dims(step.Operands[i]));
            if (_read[read].Data.Where((value, place) => double.IsNaN(value) && mask(place)).Any())
                return null;
        }
        string place = written.Dims.Length == 0 ? "the result is NaN" : $"element [{string.Join(", ", written.Position(at))}] is NaN";
        bool HasNaN(Node node) => Array.Exists(values[node].Value.Data, double.IsNaN);
        // In the reference too: then it is known which of the operators that run together makes it.
        return StepNodes.Of(step).FirstOrDefault(node => HasNaN(node) && !node.Inputs.Any(HasNaN)) is { } maker
            ? $"{place}; it comes of '{maker.Operator.Name}'{(maker.Origin.Path.Length > 0 ? $" in line {maker.Origin.Line}" : "")}" : place;
    }

    int[] Dims(Node node) => [.. node.Shape.Dims.Select(dim => (int)dim.Evaluate(_symbols))];

    static ReferenceTensor Reshaped(ReferenceTensor tensor, ReferenceTensor like) => Reshaped(tensor, [.. like.Dims]);

    static ReferenceTensor Reshaped(ReferenceTensor tensor, int[] dims) => tensor.Dims.SequenceEqual(dims) ? tensor : new ReferenceTensor([.. dims], tensor.Data);

    ReferenceTensor Scalar(FunctionArgument argument) =>
        new([], [Convert.ToDouble(_arguments[argument.Argument], System.Globalization.CultureInfo.InvariantCulture)]);

    ReferenceTensor Read(Plan.Buffer buffer, nint address) =>
        TensorMemory.Read([.. buffer.Type.Shape.Dims.Select(dim => (int)dim.Evaluate(_symbols))], buffer.Type.Element, address);
}
