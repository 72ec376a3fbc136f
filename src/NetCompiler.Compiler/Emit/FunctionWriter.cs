using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Text;
using NetCompiler.Operators;
using NetCompiler.Plan;
using static NetCompiler.Emit.CSharp;

namespace NetCompiler.Emit;

/// <summary>
/// Writes one function of a network: the typed method that users call and the class of its plan, which lays memory out for the
/// sizes of a call and runs the steps, each a small method (the JIT gives up on very large ones).
/// </summary>
/// <param name="function">The names in the method.</param>
/// <param name="plan">What it does.</param>
/// <param name="kernels">The loops of the network.</param>
/// <param name="fields">The field of each variable.</param>
/// <param name="prepared">The variables that prepared values of any function depend on.</param>
/// <param name="lineDirectives">Whether the C# maps back to the <c>.net</c> file.</param>
/// <param name="observe">Whether each step is announced to the network's observer.</param>
internal abstract partial class FunctionWriter(
    FunctionInterface function, FunctionPlan plan, KernelSet kernels, IReadOnlyDictionary<Variable, string> fields, ISet<Variable> prepared, bool lineDirectives, bool observe)
{
    readonly CodeWriter _writer = new();
    readonly FunctionModel _function = plan.Function;
    readonly StepMethods _methods = new(plan.Steps, kernels);
    readonly HashSet<SharedMethod> _written = [];
    readonly StepNumbers _numbers = new(plan.Steps);

    const string Observer = "network.Observer";

    // Methods have no underscore in their names, so nothing collides with this one.
    protected string PlanClass => $"{Target.Prefix}{function.MethodName}";

    /// <summary>The field that holds the plan.</summary>
    protected string PlanField => char.ToLowerInvariant(PlanClass[0]) + PlanClass.Substring(1);

    /// <summary>What the plan runs on.</summary>
    protected Target Target => kernels.Target;

    protected CodeWriter Writer => _writer;

    protected FunctionInterface Interface => function;

    protected FunctionPlan Plan => plan;

    protected IReadOnlyDictionary<Variable, string> Fields => fields;

    protected ISet<Variable> PreparedFrom => prepared;

    /// <summary>The method that callers use.</summary>
    protected abstract void WriteMethod();

    /// <summary>The parameters of the plan's class.</summary>
    protected abstract string PlanParameters { get; }

    /// <summary>The interface that it implements; empty for none.</summary>
    protected virtual string PlanInterface => "";

    /// <summary>What else the plan's class has.</summary>
    protected virtual void WriteMembers()
    {
    }

    /// <summary>An expression for a new block of the network's memory.</summary>
    protected abstract string NewBuffer { get; }

    /// <summary>An expression for what intermediate values lie in.</summary>
    protected abstract string Arena { get; }

    /// <summary>The block of memory where callers read results.</summary>
    protected abstract string Home { get; }

    /// <summary>Who computes, and what else the steps need.</summary>
    protected abstract void WriteContext();

    /// <summary>The list of variables that others are told of as changed, if somebody has to be told.</summary>
    protected abstract void WriteUpdated();

    /// <summary>Makes room where callers read results, once their bytes are known.</summary>
    protected abstract void WriteHome();

    /// <summary>What comes before the first step.</summary>
    protected abstract void WriteBegin();

    /// <summary>Refuses sizes that kernels cannot compute.</summary>
    protected virtual void WriteLimits()
    {
    }

    /// <summary>What comes after the last step.</summary>
    protected abstract void WriteEnd();

    /// <summary>Where a variable lies.</summary>
    protected abstract string Address(Variable variable);

    /// <summary>The members of the network's class that belong to the function.</summary>
    public string Write()
    {
        WriteMethod();
        _writer.Line();
        WritePlan();
        return _writer.ToString();
    }

    /// <summary>The states that take the sizes of the call.</summary>
    protected IEnumerable<Variable> Sized() =>
        Used().Where(variable => variable.Type.Shape.Dims.Any(dim => !dim.IsConstant));

    /// <summary>The variables that the function reads or updates.</summary>
    protected IEnumerable<Variable> Used() =>
        Node.Reachable(_function.Roots)
            .Select(node => node.Operator).OfType<VariableRead>().Select(read => read.Variable)
            .Concat(_function.Updates.Select(update => update.Variable)).Distinct();

    protected static string Extent(Dim dim) => dim.IsConstant || dim.SymbolName is not null ? Expression(dim) : $"checked((int)({LongExpression(dim)}))";

    void WritePlan()
    {
        using (_writer.Block($"sealed class {PlanClass}({PlanParameters}){(PlanInterface.Length > 0 ? " : " + PlanInterface : "")}"))
        {
            WriteFields();
            _writer.Line();
            WritePrepare();
            _writer.Line();
            WriteRun();
            if (plan.Prepared > 0)
            {
                _writer.Line();
                WriteUpdatePrepared();
            }
            WriteMembers();
            WriteSteps(plan.Steps, "Step");
        }
    }

    protected IEnumerable<Plan.Buffer> ArenaBuffers => plan.Slots.SelectMany(slot => slot.Buffers);

    protected IEnumerable<Plan.Buffer> ResultBuffers => plan.Results.Distinct();

    void WriteFields()
    {
        WriteContext();
        _writer.Line($"readonly {Target.Buffer} results = {NewBuffer};");
        _writer.Line("nint arenaStart; // 0 while nothing is laid out");
        WriteUpdated();
        if (plan.Prepared > 0)
        {
            WriteVariables("readonly", "preparedFrom", plan.PreparedFrom);
            _writer.Line($"readonly {Target.Buffer} prepared = {NewBuffer};");
            _writer.Line("long preparedVersion = -1; // of what lies there");
        }
        foreach (string symbol in function.Symbols)
            _writer.Line($"{Target.SizeType} {Symbol(symbol)};");
        foreach (var argument in _function.Arguments.Where(argument => argument.Type.Shape.IsScalar))
            _writer.Line($"public {Target.Storage(argument.Type.Element)} {Scalar(argument.Name)};");
        foreach (var buffers in ArenaBuffers.Concat(ResultBuffers).Concat(plan.PreparedBuffers).GroupBy(buffer => (IsPublic: buffer.Kind is BufferKind.Argument or BufferKind.Result, buffer.Type)))
        {
            string access = buffers.Key.IsPublic ? "public " : "";
            FieldList.Write(_writer, $"{access}{Target.Pointer(buffers.Key.Type.Element)}", buffers.Select(Field), $" // {buffers.Key.Type}");
        }
        foreach (var element in Elements(plan.Steps))
            _writer.Line($"{Target.Pointer(element.Type.Element)} {Field(element)}; // {element.Type} of this step");
        for (int i = 0; i < plan.Results.Length; i++)
        {
            if (!_function.Outputs[i].Value.Shape.IsScalar)
                _writer.Line($"public {RuntimeApi.TensorView}<{TypeName(plan.Results[i].Type.Element)}> {View(i)}; // {_function.Outputs[i].Name}");
        }
    }

    protected void WriteVariables(string access, string name, IEnumerable<Variable> variables)
    {
        const int perLine = 4;
        string[] all = [.. variables.Select(variable => $"network.{fields[variable]}")];
        _writer.Line($"{access} {RuntimeApi.Variable}[] {name} =");
        _writer.Line("[");
        using (_writer.Indent())
        {
            for (int i = 0; i < all.Length; i += perLine)
                _writer.Line(string.Join(", ", all.Skip(i).Take(perLine)) + ",");
        }
        _writer.Line("];");
    }

    void WritePrepare()
    {
        _writer.Line("/// <summary>Lays memory out for these sizes; does nothing while they stay the same.</summary>");
        string parameters = string.Join(", ", function.Symbols.Select(symbol => $"int {Symbol(symbol)}"));
        using (_writer.Block($"public void Prepare({parameters})"))
        {
            var arenaBytes = plan.Slots.Select(slot => slot.Bytes).ToList();
            string same = string.Concat(function.Symbols.Select(symbol => $" && this.{Symbol(symbol)} == {Symbol(symbol)}"));
            _writer.Line($"var arena = {Arena};");
            _writer.Line($"if (arenaStart != 0 && arenaStart == arena.{Target.Place}{same})");
            using (_writer.Indent())
                _writer.Line("return;");
            WriteLimits();
            _writer.Line("arenaStart = 0; // Should memory run out below, nothing counts as laid out.");
            foreach (string symbol in function.Symbols)
                _writer.Line($"this.{Symbol(symbol)} = {Symbol(symbol)};");

            _writer.Line();
            _writer.Line($"// The arena: {plan.Slots.Length} {(plan.Slots.Length == 1 ? "slot" : "slots")} for {ArenaBuffers.Count()} tensors; those that live at the same time do not overlap.");
            WriteOffsets("slot", arenaBytes, "arenaBytes");
            _writer.Line("arena.EnsureCapacity(arenaBytes);");
            for (int i = 0; i < plan.Slots.Length; i++)
            {
                foreach (var places in plan.Slots[i].Places.GroupBy(place => (place.Offset, place.Buffer.Type.Element)))
                {
                    string start = $"slot{i}" + (places.Key.Offset.Is(0) ? "" : $" + {LongExpression(places.Key.Offset)}");
                    _writer.Line($"{string.Concat(places.Select(place => $"{Field(place.Buffer)} = "))}arena.At<{Target.Storage(places.Key.Element)}>({start});");
                }
            }

            _writer.Line();
            var results = ResultBuffers.ToList();
            WriteOffsets("result", [.. results.Select(buffer => buffer.Bytes)], "resultBytes");
            _writer.Line("results.EnsureCapacity(resultBytes);");
            WriteHome();
            for (int i = 0; i < results.Count; i++)
                _writer.Line($"{Field(results[i])} = results.At<{Target.Storage(results[i].Type.Element)}>(result{i});");
            for (int i = 0; i < plan.Results.Length; i++)
            {
                var shape = _function.Outputs[i].Value.Shape;
                if (shape.IsScalar)
                    continue;
                string dims = string.Join(", ", shape.Dims.Select(Extent));
                int index = results.IndexOf(plan.Results[i]);
                _writer.Line($"{View(i)} = new({Home}, result{index}, [{dims}]);");
            }
            _writer.Line($"arenaStart = arena.{Target.Place};");
        }
    }

    void WriteOffsets(string name, List<Dim> sizes, string total)
    {
        string previous = "0";
        for (int i = 0; i < sizes.Count; i++)
        {
            _writer.Line($"long {name}{i} = {previous};");
            previous = $"{Target.Buffer}.Align({name}{i} + {LongExpression(sizes[i])})";
        }
        _writer.Line($"long {total} = {previous};");
    }

    void WriteRun()
    {
        using (_writer.Block("public void Run()"))
        {
            if (observe)
                _writer.Line($"{Observer}?.Start({Literal(_function.Name)});");
            WriteBegin();
            if (plan.Prepared > 0)
                _writer.Line("UpdatePrepared();");
            WriteCalls(plan.Steps, "Step", plan.Prepared, plan.Steps.Length);
            WriteEnd();
        }
    }

    void WriteUpdatePrepared()
    {
        _writer.Line("/// <summary>Computes what depends on variables alone, if one of them has changed.</summary>");
        using (_writer.Block("void UpdatePrepared()"))
        {
            _writer.Lines("""
                long version = VersionOf(preparedFrom);
                if (preparedVersion == version)
                    return;
                """);
            using (_writer.Block("if (preparedVersion < 0)"))
            {
                var lines = new List<string>();
                long start = 0;
                foreach (var buffer in plan.PreparedBuffers)
                {
                    lines.Add($"{Field(buffer)} = prepared.At<{Target.Storage(buffer.Type.Element)}>({Literal(start, DType.I64)});");
                    start += (buffer.Bytes.Value + AssignSlots.Alignment - 1) / AssignSlots.Alignment * AssignSlots.Alignment;
                }
                _writer.Line($"prepared.EnsureCapacity({Literal(start, DType.I64)});");
                foreach (string line in lines)
                    _writer.Line(line);
            }
            WriteCalls(plan.Steps, "Step", 0, plan.Prepared);
            _writer.Line("preparedVersion = version;");
        }
    }

    void WriteCalls(ImmutableArray<Step> steps, string prefix, int begin, int end)
    {
        string section = "";
        for (int i = begin; i < end; i++)
        {
            if (_methods.Joined(steps[i]) is { } joined)
            {
                if (joined.Steps[0] == steps[i])
                    _writer.Line($"{joined.Name}();");
                continue;
            }
            var shared = _methods.Shared(steps[i]);
            if (shared is not null)
                section = WriteSection(steps[i].Node, section);
            var origin = steps[i].Node.Origin;
            if (lineDirectives && origin.Path.Length > 0)
                _writer.Directive(LineDirective(origin));
            WriteObservation("Before", steps[i]);
            _writer.Line(shared is null ? $"{StepName(prefix, i, steps[i])}();" : $"{shared.Name}({string.Join(", ", StepMethods.Buffers(steps[i]).Select(Address))});");
            WriteObservation("After", steps[i]);
        }
        if (lineDirectives)
            _writer.Directive("#line default");
    }

    void WriteObservation(string when, Step step)
    {
        if (observe)
            _writer.Line($"{Observer}?.{when}({Number(_numbers[step])}, [{string.Join(", ", StepMethods.Buffers(step).Select(buffer => $"{Address(buffer)}.Address"))}]);");
    }

    /// <summary>Says what the following steps belong to, unless that is, or is a part of, what was said before. Gives the name that holds now.</summary>
    string WriteSection(Node node, string section)
    {
        string name = SourceComment.NameOf(node);
        if (node.Origin.Name.Length == 0 || IsWithin(name, section))
            return section;
        if (!IsWithin(section, name))
            _writer.Line($"{SourceComment.Place(node)}");
        return name;
    }

    static bool IsWithin(string part, string whole) =>
        part.StartsWith(whole, StringComparison.Ordinal) && (part.Length == whole.Length || whole.Length > 0 && part[whole.Length] == '.');

    static string LineDirective(Origin origin)
    {
        var (start, end) = (origin.Location.Start, origin.Location.End);
        string path = origin.Path.Replace("\"", "");
        return end.Line > start.Line || end.Column > start.Column
            ? $"#line ({Number(start.Line + 1)}, {Number(start.Column + 1)}) - ({Number(end.Line + 1)}, {Number(end.Column + 1)}) \"{path}\""
            : $"#line {Number(start.Line + 1)} \"{path}\"";
    }

    static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    void WriteSteps(ImmutableArray<Step> steps, string prefix)
    {
        for (int i = 0; i < steps.Length; i++)
        {
            if (_methods.Shared(steps[i]) is { } shared)
            {
                WriteShared(shared);
                continue;
            }
            if (_methods.Joined(steps[i]) is { } joined)
            {
                if (joined.Steps[0] == steps[i])
                    WriteJoined(joined);
                continue;
            }
            _writer.Line();
            if (steps[i] is ScanStep scan)
            {
                WriteScan(scan, StepName(prefix, i, scan), $"{prefix}{Number(i)}_");
                continue;
            }
            _writer.Line($"{SourceComment.For(steps[i].Node)} <- {StepMethods.Describe(steps[i])}");
            WriteMethod(StepName(prefix, i, steps[i]), "", StepMethods.Statements(steps[i], Address, kernels));
        }
    }

    void WriteJoined(JoinedUpdates updates)
    {
        _writer.Line();
        _writer.Line(updates.Comment);
        WriteMethod(updates.Name, "", StepMethods.Statements(updates, Address, kernels));
    }

    void WriteShared(SharedMethod method)
    {
        if (!_written.Add(method))
            return;
        _writer.Line();
        _writer.Line($"// {method.Comment}");
        WriteMethod(method.Name, method.Parameters, method.Statements);
    }

    void WriteMethod(string name, string parameters, string statements)
    {
        if (!statements.Contains('\n'))
        {
            _writer.Line($"void {name}({parameters}) => {statements}");
            return;
        }
        using (_writer.Block($"void {name}({parameters})"))
            _writer.Lines(statements);
    }

    string Address(Plan.Buffer buffer) => buffer.Kind switch
    {
        BufferKind.Variable => Address(buffer.Variable!),
        BufferKind.Outer => Address(_outer[buffer]),
        _ => Field(buffer),
    };

    static string StepName(string prefix, int index, Step step) => $"{prefix}{Number(index)}_{Clean(step.Writes[0].Name)}";

    protected static string Field(Plan.Buffer buffer) => $"_{buffer.Name}";

    protected static string Scalar(string argument) => StepMethods.Scalar(argument);

    protected static string View(int output) => $"View{Number(output)}";
}
