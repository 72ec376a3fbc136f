using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Loops;
using NetCompiler.Plan;
using static NetCompiler.Emit.CSharp;

namespace NetCompiler.Emit.Gpu;

/// <summary>
/// Writes a function for GPUs. Its variables stay in the memory of the device; arguments are sent there, results fetched when all steps are
/// queued.
/// </summary>
/// <inheritdoc cref="FunctionWriter"/>
internal sealed class GpuFunctionWriter(FunctionInterface function, FunctionPlan plan, KernelSet kernels, IReadOnlyDictionary<Variable, string> fields, ISet<Variable> prepared)
    : FunctionWriter(function, plan, kernels, fields, prepared, lineDirectives: false, observe: false)
{
    protected override string PlanParameters => $"{Interface.ClassName} network, {GpuApi.DeviceVariables} variables";

    protected override string PlanInterface => Interface.ReturnsNumbers ? $"{RuntimeApi.PendingResults}<{Interface.ReturnType}>" : "";

    protected override string NewBuffer => "variables.Device.NewBuffer()";

    protected override string Arena => "variables.Arena";

    protected override string Home => "home";

    protected override void WriteMethod()
    {
        Writer.Line($"{PlanClass}? {PlanField};");
        Writer.Line();
        if (!Interface.ReturnsNumbers)
        {
            WriteCall($"{Interface.ReturnType} {Interface.OnGpuName}", plan => Interface.ReturnType == "void" ? null : Interface.Result(index => $"{plan}.{HomeOf(index)}[0]", index => $"{plan}.{View(index)}"));
            return;
        }
        Writer.Line($"{Interface.ReturnType} {Interface.OnGpuName}({Interface.Parameters}) => {Interface.BeginOnGpuName}({Interface.ArgumentList}).Value;");
        Writer.Line();
        WriteCall($"{Interface.PendingType} {Interface.BeginOnGpuName}", plan => $"new({plan}, {plan}.Call)");
    }

    void WriteCall(string method, Func<string, string?> result)
    {
        var model = Plan.Function;
        using (Writer.Block($"{method}({Interface.Parameters})"))
        {
            Interface.WriteChecks(Writer);
            Writer.Line($"using var {Interface.Local("turn")} = this.gpu!.Device.Enter();");
            string local = Interface.Local("plan");
            Writer.Line($"var {local} = {PlanField} ??= new {PlanClass}(this, this.gpu!);");
            Writer.Line($"{local}.Prepare({string.Join(", ", Interface.Symbols.Select(Symbol))});");
            foreach (var variable in Sized())
                Writer.Line($"Resize({Fields[variable]}, {string.Join(", ", variable.Type.Shape.Dims.Select(Extent))});");
            for (int i = 0; i < model.Arguments.Length; i++)
            {
                var argument = model.Arguments[i];
                string name = Identifier(argument.Name);
                var element = argument.Type.Element;
                string stored = Target.Storage(element);
                if (argument.Type.Shape.IsScalar)
                    Writer.Line($"{local}.{Scalar(argument.Name)} = {(element == DType.Bool ? $"(byte)({name} ? 1 : 0)" : element == DType.F16 ? $"({stored}){name}" : name)};");
                else if (Plan.Arguments[i] is { } buffer)
                    Writer.Line($"{local}.{Stage(buffer)}.Send({(stored == TypeName(element) ? name : $"MemoryMarshal.Cast<{TypeName(element)}, {stored}>({name})")}, {local}.{Field(buffer)});");
            }
            Writer.Line($"{local}.Run();");
            if (result(local) is { } value)
                Writer.Line($"return {value};");
        }
    }

    protected override void WriteContext()
    {
        Writer.Line($"{GpuApi.Device} Device => variables.Device;");
        foreach (var variable in Used())
            Writer.Line($"readonly {GpuApi.DeviceVariable}<{Target.Storage(variable.Type.Element)}> {Copy(variable)} = variables.Of(network.{Fields[variable]});");
        foreach (var buffer in Plan.Arguments.OfType<Plan.Buffer>())
            Writer.Line($"public readonly {GpuApi.ArgumentStage}<{Target.Storage(buffer.Type.Element)}> {Stage(buffer)} = new(variables.Device);");
        if (Plan.Results.IsEmpty)
            return;
        Writer.Line("long resultBytes;");
        if (!Interface.ReturnsNumbers)
        {
            Writer.Line($"readonly {RuntimeApi.PinnedBuffer} home = network.NewBuffer(); // where callers read the results");
            foreach (int output in Numbers())
                Writer.Line($"public {RuntimeApi.Pointer}<{TypeName(Plan.Results[output].Type.Element)}> {HomeOf(output)}; // {Plan.Function.Outputs[output].Name}");
            return;
        }
        Writer.Line($"readonly {GpuApi.ResultStage} fetched = new(variables.Device);");
        Writer.Line("public long Call; // the number of the last call");
        foreach (int output in Numbers())
            Writer.Line($"int {HomeOf(output)}; // {Plan.Function.Outputs[output].Name}, among what is fetched");
    }

    IEnumerable<int> Numbers() => Enumerable.Range(0, Plan.Results.Length).Where(output => Plan.Function.Outputs[output].Value.Shape.IsScalar);

    protected override void WriteUpdated()
    {
    }

    protected override void WriteHome()
    {
        if (Plan.Results.IsEmpty)
            return;
        Writer.Line("this.resultBytes = resultBytes;");
        if (!Interface.ReturnsNumbers)
            Writer.Line("home.EnsureCapacity(resultBytes);");
        var results = ResultBuffers.ToList();
        foreach (int output in Numbers())
        {
            string offset = $"result{Number(results.IndexOf(Plan.Results[output]))}";
            Writer.Line($"{HomeOf(output)} = {(Interface.ReturnsNumbers ? $"(int){offset}" : $"home.At<{TypeName(Plan.Results[output].Type.Element)}>({offset})")};");
        }
    }

    protected override void WriteBegin()
    {
        foreach (var variable in Used())
            Writer.Line($"{Copy(variable)}.Prepare();");
        // Before the first step, as the run may fail halfway.
        foreach (var variable in Plan.Function.Updates.Select(update => update.Variable).Distinct())
            Writer.Line($"{Copy(variable)}.Change();");
    }

    /// <summary>Kernels number the elements of tensors, and of the rows that a group of threads folds, by ints.</summary>
    protected override void WriteLimits()
    {
        var counts = ArenaBuffers.Concat(ResultBuffers).Select(buffer => buffer.Type.Shape.Size)
            .Concat(StepMethods.All(Plan.Steps).Select(step => step.Loops?.Kernel).OfType<LoopKernel>().Select(kernel => Dim.Product(kernel.Inner)))
            .Where(count => !count.IsConstant || count.Value > int.MaxValue).Distinct().ToList();
        var largest = counts.Where(count => !counts.Any(other => other != count && (other - count).IsNonNegative)).ToList();
        if (largest.Count > 0)
            Writer.Line($"{GpuApi.Device}.RequireCountable({string.Join(", ", largest.Select(LongExpression))});");
    }

    protected override void WriteEnd()
    {
        if (Plan.Results.IsEmpty)
            return;
        Writer.Line(Interface.ReturnsNumbers
            ? "Call = fetched.Queue(results.At<byte>(), resultBytes);"
            : "Device.Download(results.At<byte>(), home.At<byte>().AsSpan(checked((int)resultBytes)));");
    }

    protected override void WriteMembers()
    {
        if (!Interface.ReturnsNumbers)
            return;
        Writer.Line();
        Writer.Line("public bool IsThere(long call) => fetched.IsThere(call);");
        Writer.Line();
        using (Writer.Block($"public {Interface.ReturnType} Wait(long call)"))
        {
            Writer.Line("var values = fetched.Wait(call);");
            Writer.Line($"return {Interface.Result(output => $"MemoryMarshal.Read<{TypeName(Plan.Results[output].Type.Element)}>(values[{HomeOf(output)}..])", View)};");
        }
    }

    protected override string Address(Variable variable) => $"{Copy(variable)}.Pointer";

    string Copy(Variable variable) => "copy" + Fields[variable];

    static string Stage(Plan.Buffer argument) => "stage" + Field(argument);

    static string HomeOf(int output) => $"Home{Number(output)}";

    static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
