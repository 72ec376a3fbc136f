using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using NetCompiler.Graph;
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

    protected override string NewBuffer => "variables.Device.NewBuffer()";

    protected override string Arena => "variables.Arena";

    protected override string Home => "home";

    protected override void WriteMethod()
    {
        var model = Plan.Function;
        Writer.Line($"{PlanClass}? {PlanField};");
        Writer.Line();
        using (Writer.Block($"{Interface.ReturnType} {Interface.MethodName}OnGpu({Interface.Parameters})"))
        {
            Interface.WriteChecks(Writer);
            string local = Interface.Local("plan");
            Writer.Line($"var {local} = {PlanField} ??= new {PlanClass}(this, gpu!);");
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
                    Writer.Line($"gpu!.Device.Upload({(stored == TypeName(element) ? name : $"MemoryMarshal.Cast<{TypeName(element)}, {stored}>({name})")}, {local}.{Field(buffer)});");
            }
            Writer.Line($"{local}.Run();");
            if (Interface.ReturnType != "void")
                Writer.Line($"return {Interface.Result(Plan.Results, (_, index) => $"{local}.{HomeOf(index)}", index => $"{local}.{View(index)}")};");
        }
    }

    protected override void WriteContext()
    {
        Writer.Line($"{GpuApi.Device} Device => variables.Device;");
        foreach (var variable in Used())
            Writer.Line($"readonly {GpuApi.DeviceVariable}<{Target.Storage(variable.Type.Element)}> {Copy(variable)} = variables.Of(network.{Fields[variable]});");
        Writer.Line($"readonly {RuntimeApi.PinnedBuffer} home = network.NewBuffer(); // where callers read the results");
        Writer.Line("long resultBytes;");
        foreach (int output in Scalars())
            Writer.Line($"public {RuntimeApi.Pointer}<{TypeName(Plan.Results[output].Type.Element)}> {HomeOf(output)}; // {Plan.Function.Outputs[output].Name}");
    }

    IEnumerable<int> Scalars() => Enumerable.Range(0, Plan.Results.Length).Where(output => Plan.Function.Outputs[output].Value.Shape.IsScalar);

    protected override void WriteUpdated()
    {
    }

    protected override void WriteHome()
    {
        var results = ResultBuffers.ToList();
        Writer.Line("home.EnsureCapacity(resultBytes);");
        Writer.Line("this.resultBytes = resultBytes;");
        foreach (int output in Scalars())
            Writer.Line($"{HomeOf(output)} = home.At<{TypeName(Plan.Results[output].Type.Element)}>(result{Number(results.IndexOf(Plan.Results[output]))});");
    }

    protected override void WriteBegin()
    {
        foreach (var variable in Used())
            Writer.Line($"{Copy(variable)}.Prepare();");
        // Before the first step, as the run may fail halfway.
        foreach (var variable in Plan.Function.Updates.Select(update => update.Variable).Distinct())
            Writer.Line($"{Copy(variable)}.Change();");
    }

    protected override void WriteEnd()
    {
        if (Plan.Results.Length > 0)
            Writer.Line("Device.Download(results.At<byte>(), home.At<byte>().AsSpan(checked((int)resultBytes)));");
    }

    protected override string Address(Variable variable) => $"{Copy(variable)}.Pointer";

    string Copy(Variable variable) => "copy" + Fields[variable];

    static string HomeOf(int output) => $"Home{Number(output)}";

    static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
