using System.Collections.Generic;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Plan;
using static NetCompiler.Emit.CSharp;

namespace NetCompiler.Emit.Cpu;

/// <summary>Writes a function for the processor, and the method that users call.</summary>
/// <inheritdoc cref="FunctionWriter"/>
internal sealed class CpuFunctionWriter(
    FunctionInterface function, FunctionPlan plan, KernelSet kernels, IReadOnlyDictionary<Variable, string> fields, ISet<Variable> prepared, bool lineDirectives, bool observe,
    // Whether the function has a counterpart for GPUs, which the method calls where the network computes on one.
    bool hasGpu) : FunctionWriter(function, plan, kernels, fields, prepared, lineDirectives, observe)
{
    protected override string PlanParameters => $"{Interface.ClassName} network";

    protected override string NewBuffer => "network.NewBuffer()";

    protected override string Arena => "network.Arena";

    protected override string Home => "results";

    protected override void WriteMethod()
    {
        var model = Plan.Function;
        Writer.Line($"{PlanClass}? {PlanField};");
        Writer.Line();
        Interface.WriteDocumentation(Writer);
        using (Writer.Block($"public {Interface.ReturnType} {Interface.MethodName}({Interface.Parameters})"))
        {
            if (hasGpu)
                WriteGpuCall();
            Interface.WriteChecks(Writer);
            string local = Interface.Local("plan");
            Writer.Line($"var {local} = {PlanField} ??= new {PlanClass}(this);");
            Writer.Line($"{local}.Prepare({string.Join(", ", Interface.Symbols.Select(Symbol))});");
            foreach (var variable in Sized())
                Writer.Line($"Resize({Fields[variable]}, {string.Join(", ", variable.Type.Shape.Dims.Select(Extent))});");
            for (int i = 0; i < model.Arguments.Length; i++)
            {
                var argument = model.Arguments[i];
                string name = Identifier(argument.Name);
                if (argument.Type.Shape.IsScalar)
                    Writer.Line($"{local}.{Scalar(argument.Name)} = {name};");
                else if (Plan.Arguments[i] is { } buffer)
                    Writer.Line($"{name}.CopyTo({local}.{Field(buffer)}.AsSpan({name}.Length));");
            }
            // Before the run, which may fail halfway.
            if (TouchesAll)
                Writer.Line("TouchAll();");
            else if (Touched.Count > 0)
                Writer.Line($"Touch({local}.Updated);");
            Writer.Line($"{local}.Run();");
            string result = Interface.Local("result");
            if (Interface.ReturnType != "void")
                Writer.Line($"var {result} = {Interface.Result(index => $"{local}.{Field(Plan.Results[index])}[0]", index => $"{local}.{View(index)}")};");
            // Steps hold addresses alone: until the last is done and its scalars are read, the network must keep the memory.
            Writer.Line("GC.KeepAlive(this);");
            if (Interface.ReturnType != "void")
                Writer.Line($"return {result};");
        }
        if (Interface.CanBegin)
            WriteBeginMethod();
    }

    void WriteBeginMethod()
    {
        Writer.Line();
        Writer.Lines($"""
            /// <summary>
            /// As <see cref="{Interface.MethodName}"/>, but a GPU computes it while the program goes on; the processor computes it at once. The arguments
            /// may be changed when the method returns.
            /// </summary>
            """);
        using (Writer.Block($"public {Interface.PendingType} {Interface.BeginName}({Interface.Parameters})"))
            Writer.Line($"return {(hasGpu ? $"this.gpu is not null ? {Interface.BeginOnGpuName}({Interface.ArgumentList}) : " : "")}new({Interface.MethodName}({Interface.ArgumentList}));");
    }

    void WriteGpuCall()
    {
        string call = $"{Interface.OnGpuName}({Interface.ArgumentList})";
        using (Writer.Block("if (this.gpu is not null)"))
        {
            Writer.Line(Interface.ReturnType == "void" ? $"{call};" : $"return {call};");
            if (Interface.ReturnType == "void")
                Writer.Line("return;");
        }
    }

    /// <summary>The variables that the function changes and prepared values depend on.</summary>
    List<Variable> Touched => [.. Plan.Function.Updates.Select(update => update.Variable).Where(PreparedFrom.Contains).Distinct()];

    /// <summary>Prepared values depend on no other variables: then which are named makes no difference.</summary>
    bool TouchesAll => Touched.Count > 0 && Touched.Count == PreparedFrom.Count;

    protected override void WriteContext() => Writer.Line($"{RuntimeApi.WorkerPool} Pool => network.Pool;");

    protected override void WriteUpdated()
    {
        if (Touched.Count > 0 && !TouchesAll)
            WriteVariables("public readonly", "Updated", Touched);
    }

    protected override void WriteHome()
    {
    }

    protected override void WriteBegin()
    {
    }

    protected override void WriteEnd()
    {
    }

    protected override string Address(Variable variable) => $"network.{Fields[variable]}.Pointer";
}
