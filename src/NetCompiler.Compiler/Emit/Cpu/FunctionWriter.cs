using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Text;
using NetCompiler.Loops;
using NetCompiler.Operators;
using NetCompiler.Plan;
using static NetCompiler.Emit.CSharp;

namespace NetCompiler.Emit.Cpu;

/// <summary>
/// Writes one function of a network: the typed method that users call and the class of its plan, which lays memory out for the
/// sizes of a call and runs the steps, each a small method (the JIT gives up on very large ones).
/// </summary>
internal sealed class FunctionWriter(string className, FunctionPlan plan, KernelSet kernels, IReadOnlyDictionary<Variable, string> fields, bool lineDirectives)
{
    readonly CodeWriter _writer = new();
    readonly FunctionModel _function = plan.Function;
    readonly FunctionInterface _interface = new(className, plan.Function);

    string PlanClass => $"{_interface.MethodName}Plan";

    /// <summary>The members of the network's class that belong to the function.</summary>
    public string Write()
    {
        WriteMethod();
        _writer.Line();
        WritePlan();
        return _writer.ToString();
    }

    void WriteMethod()
    {
        _writer.Line($"{PlanClass}? {_interface.PlanField};");
        _writer.Line();
        _interface.WriteDocumentation(_writer);
        using (_writer.Block($"public {_interface.ReturnType} {_interface.MethodName}({_interface.Parameters})"))
        {
            _interface.WriteChecks(_writer);
            string local = _interface.Local;
            _writer.Line($"var {local} = {_interface.PlanField} ??= new {PlanClass}(this);");
            _writer.Line($"{local}.Prepare({string.Join(", ", _interface.Symbols.Select(Symbol))});");
            for (int i = 0; i < _function.Arguments.Length; i++)
            {
                var argument = _function.Arguments[i];
                string name = Identifier(argument.Name);
                if (argument.Type.Shape.IsScalar)
                    _writer.Line($"{local}.{Scalar(argument.Name)} = {name};");
                else if (plan.Arguments[i] is { } buffer)
                    _writer.Line($"{name}.CopyTo({local}.{Field(buffer)}.AsSpan({name}.Length));");
            }
            _writer.Line($"{local}.Run();");
            if (_interface.ReturnType != "void")
                _writer.Line($"return {_interface.Result(plan.Results, buffer => $"{local}.{Field(buffer)}", index => $"{local}.{View(index)}")};");
        }
    }

    void WritePlan()
    {
        using (_writer.Block($"sealed class {PlanClass}({_interface.ClassName} network)"))
        {
            WriteFields();
            _writer.Line();
            WritePrepare();
            _writer.Line();
            WriteRun();
            for (int i = 0; i < plan.Steps.Length; i++)
            {
                _writer.Line();
                WriteStep(i);
            }
        }
    }

    IEnumerable<Plan.Buffer> ArenaBuffers => plan.Slots.SelectMany(slot => slot.Buffers);

    IEnumerable<Plan.Buffer> ResultBuffers => plan.Results.Distinct();

    void WriteFields()
    {
        _writer.Line($"{RuntimeApi.WorkerPool} Pool => network.Pool;");
        _writer.Line($"readonly {RuntimeApi.PinnedBuffer} _results = new();");
        _writer.Line("nint _arenaStart;");
        foreach (string symbol in _interface.Symbols)
            _writer.Line($"nint {Symbol(symbol)} = -1;");
        foreach (var argument in _function.Arguments.Where(argument => argument.Type.Shape.IsScalar))
            _writer.Line($"public {TypeName(argument.Type.Element)} {Scalar(argument.Name)};");
        foreach (var buffer in ArenaBuffers.Concat(ResultBuffers))
            _writer.Line($"public {RuntimeApi.Pointer}<{TypeName(buffer.Type.Element)}> {Field(buffer)}; // {buffer.Type}");
        for (int i = 0; i < plan.Results.Length; i++)
        {
            if (!_function.Outputs[i].Value.Shape.IsScalar)
                _writer.Line($"public {RuntimeApi.TensorView}<{TypeName(plan.Results[i].Type.Element)}> {View(i)}; // {_function.Outputs[i].Name}");
        }
    }

    void WritePrepare()
    {
        _writer.Line("/// <summary>Lays memory out for these sizes; does nothing while they stay the same.</summary>");
        string parameters = string.Join(", ", _interface.Symbols.Select(symbol => $"int {Symbol(symbol)}"));
        using (_writer.Block($"public void Prepare({parameters})"))
        {
            var arenaBytes = plan.Slots.Select(slot => slot.Bytes).ToList();
            string same = string.Concat(_interface.Symbols.Select(Symbol).Select(symbol => $" && this.{symbol} == {symbol}"));
            _writer.Line("var arena = network._arena;");
            _writer.Line($"if (_arenaStart != 0 && _arenaStart == arena.Start{same})");
            using (_writer.Indent())
                _writer.Line("return;");
            foreach (string symbol in _interface.Symbols.Select(Symbol))
                _writer.Line($"this.{symbol} = {symbol};");

            _writer.Line();
            _writer.Line($"// The arena: {plan.Slots.Length} slots for {ArenaBuffers.Count()} tensors, whose lives in a slot do not overlap.");
            WriteOffsets("slot", arenaBytes, "arenaBytes");
            _writer.Line("arena.EnsureCapacity(arenaBytes);");
            _writer.Line("_arenaStart = arena.Start;");
            for (int i = 0; i < plan.Slots.Length; i++)
            {
                foreach (var buffer in plan.Slots[i].Buffers)
                    _writer.Line($"{Field(buffer)} = arena.At<{TypeName(buffer.Type.Element)}>(slot{i});");
            }

            _writer.Line();
            var results = ResultBuffers.ToList();
            WriteOffsets("result", [.. results.Select(buffer => buffer.Bytes)], "resultBytes");
            _writer.Line("_results.EnsureCapacity(resultBytes);");
            for (int i = 0; i < results.Count; i++)
                _writer.Line($"{Field(results[i])} = _results.At<{TypeName(results[i].Type.Element)}>(result{i});");
            for (int i = 0; i < plan.Results.Length; i++)
            {
                var shape = _function.Outputs[i].Value.Shape;
                if (shape.IsScalar)
                    continue;
                string dims = string.Join(", ", shape.Dims.Select(dim => dim.IsConstant ? Expression(dim) : $"checked((int)({Expression(dim)}))"));
                int index = results.IndexOf(plan.Results[i]);
                _writer.Line($"{View(i)} = new(_results, result{index}, [{dims}]);");
            }
        }
    }

    void WriteOffsets(string name, List<Dim> sizes, string total)
    {
        string previous = "0";
        for (int i = 0; i < sizes.Count; i++)
        {
            _writer.Line($"long {name}{i} = {previous};");
            previous = $"{RuntimeApi.PinnedBuffer}.Align({name}{i} + {LongExpression(sizes[i])})";
        }
        _writer.Line($"long {total} = {previous};");
    }

    // Symbols are ints here: a product of two large ones needs 64 bits.
    static string LongExpression(Dim dim) => dim.Format(
        symbol => $"(long){Symbol(symbol)}",
        (numerator, divisor) => $"{RuntimeApi.FloorDivide}({numerator}, {divisor.ToString(CultureInfo.InvariantCulture)})");

    void WriteRun()
    {
        using (_writer.Block("public void Run()"))
        {
            for (int i = 0; i < plan.Steps.Length; i++)
            {
                var origin = plan.Steps[i].Node.Origin;
                if (lineDirectives && origin.Path.Length > 0)
                    _writer.Directive(LineDirective(origin));
                _writer.Line($"{StepName(i)}();");
            }
            if (lineDirectives)
                _writer.Directive("#line default");
        }
    }

    static string LineDirective(Origin origin)
    {
        var (start, end) = (origin.Location.Start, origin.Location.End);
        string path = origin.Path.Replace("\"", "");
        return end.Line > start.Line || end.Column > start.Column
            ? $"#line ({Number(start.Line + 1)}, {Number(start.Column + 1)}) - ({Number(end.Line + 1)}, {Number(end.Column + 1)}) \"{path}\""
            : $"#line {Number(start.Line + 1)} \"{path}\"";
    }

    static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    void WriteStep(int index)
    {
        var step = plan.Steps[index];
        string comment = SourceComment.For(step.Node);
        if (step is CallStep call)
        {
            string inputs = string.Join(", ", step.Reads.Select(read => read!.Type));
            _writer.Line($"{comment} <- {step.Node.Operator.Name}({inputs}); {Calls.Choice(step.Node)}");
            string statements = Calls.Statements(call, Address);
            if (!statements.Contains('\n'))
            {
                _writer.Line($"void {StepName(index)}() => {statements}");
                return;
            }
            using (_writer.Block($"void {StepName(index)}()"))
                _writer.Lines(statements);
            return;
        }
        var loops = (LoopStep)step;
        _writer.Line(comment);
        var (kernel, symbols) = kernels.Add(loops.Kernel, step.Node);
        string arguments = string.Join(", ", loops.Reads
            .Select((read, i) => read is null ? Scalar(((FunctionArgument)loops.Scalars[i]!.Operator).Argument) : Address(read))
            .Concat(loops.Writes.Select(Address))
            .Concat(symbols));
        var range = LoopKernelWriter.RangeOf(loops.Kernel);
        _writer.Line($"void {StepName(index)}() => Pool.Run(new {kernel}({arguments}), {Expression(range)}, {Grain(loops.Kernel, range)});");
    }

    /// <summary>The least rows for a thread, so that handing work over costs little beside it.</summary>
    static string Grain(LoopKernel kernel, Dim range)
    {
        const long elements = 16384;
        var work = Dim.Product(kernel.Axes).DivideExactly(range) ?? Dim.One;
        return work.IsConstant
            ? Math.Max(1, elements / Math.Max(1, work.Value)).ToString(CultureInfo.InvariantCulture)
            : $"1 + {elements.ToString(CultureInfo.InvariantCulture)} / (1 + {Expression(work)})";
    }

    string Address(Plan.Buffer buffer) => buffer.Kind == BufferKind.Variable ? $"network.{fields[buffer.Variable!]}.Pointer" : Field(buffer);

    string StepName(int index) => $"Step{Number(index)}_{Clean(plan.Steps[index].Writes[0].Name)}";

    static string Clean(string name) => new([.. name.Select(c => char.IsLetterOrDigit(c) ? c : '_')]);

    static string Field(Plan.Buffer buffer) => $"_{buffer.Name}";

    static string Scalar(string argument) => $"scalar_{argument}";

    static string View(int output) => $"View{Number(output)}";
}
