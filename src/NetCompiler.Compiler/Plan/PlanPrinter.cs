using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Loops;
using NetCompiler.Text;

namespace NetCompiler.Plan;

/// <summary>The readable text of a plan: its steps with what they read and write, and the memory plan.</summary>
internal static class PlanPrinter
{
    public static string Print(FunctionPlan plan)
    {
        var writer = new CodeWriter();
        writer.Line($"function {plan.Function.Name}({string.Join(", ", plan.Function.Arguments.Select(argument => $"{argument.Name}: {argument.Type}"))})");
        using (writer.Indent())
        {
            if (plan.Prepared > 0)
                writer.Line("when a variable that it depends on has changed:");
            for (int i = 0; i < plan.Steps.Length; i++)
            {
                if (i > 0 && i == plan.Prepared)
                    writer.Line("in each call:");
                PrintStep(writer, i, plan.Steps[i]);
            }
            writer.Line();
            for (int i = 0; i < plan.Results.Length; i++)
                writer.Line($"output {plan.Function.Outputs[i].Name} = {plan.Results[i]}");
            if (plan.Prepared > 0)
                writer.Line($"kept: {plan.PreparedBuffers.Aggregate(Dim.Zero, (sum, buffer) => sum + buffer.Bytes)} bytes for {string.Join(", ", plan.PreparedBuffers.Select(buffer => buffer.Name))}");
            for (int i = 0; i < plan.Slots.Length; i++)
                writer.Line($"slot {Number(i)}: {plan.Slots[i].Bytes} bytes for {string.Join(", ", plan.Slots[i].Places.Select(place => place.Offset.Is(0) ? place.Buffer.Name : $"{place.Buffer.Name} at {place.Offset}"))}");
        }
        return writer.ToString();
    }

    static void PrintStep(CodeWriter writer, int index, Step step)
    {
        string origin = step.Node.Origin.Path.Length > 0 ? $"  // {(step.Node.Origin.IsGradient ? "gradient of " : "")}{step.Node.Origin.Name} line {Number(step.Node.Origin.Line)}" : "";
        string reads = string.Join(", ", step.Reads.Select(read => read?.Name ?? "scalar"));
        if (step is CallStep call)
        {
            string writes = call.Epilogue is null ? call.Result.ToString() : string.Join(", ", step.Writes);
            writer.Line($"{Number(index)}: {writes} = {step.Node.Operator}({string.Join(", ", call.Describe(read => read.Name))}){Then(call)}{origin}");
            if (call.Loops is { } epilogue)
                PrintLoops(writer, epilogue);
            return;
        }
        if (step is ScanStep scan)
        {
            writer.Line($"{Number(index)}: {string.Join(", ", step.Writes)} = {step.Node.Operator}({reads}){origin}");
            using (writer.Indent())
            {
                foreach (var (inner, outer) in scan.Places().Where(place => place.Inner.Kind == BufferKind.Element))
                    writer.Line($"{inner} is {outer.Name}[t]");
                for (int i = 0; i < scan.Body.Steps.Length; i++)
                    PrintStep(writer, i, scan.Body.Steps[i]);
            }
            return;
        }
        writer.Line($"{Number(index)}: {string.Join(", ", step.Writes)} = loops over {step.Loops!.Kernel.Extents} ({reads}){origin}");
        PrintLoops(writer, step.Loops);
    }

    /// <summary>What an epilogue reads besides the result.</summary>
    static string Then(CallStep call) => call.Epilogue is null ? ""
        : $" then loops ({string.Join(", ", call.Reads.Skip(call.Epilogue.FirstRead).Select(read => read?.Name ?? "scalar").Prepend(call.Result.Name))})";

    static void PrintLoops(CodeWriter writer, LoopCall loops)
    {
        var kernel = loops.Kernel;
        using (writer.Indent())
        {
            var names = new Dictionary<LoopExpression, string>();
            foreach (var expression in LoopExpression.Reachable(kernel.Roots))
                names[expression] = Spell(expression, names, loops);
            for (int i = 0; i < kernel.Reductions.Length; i++)
                writer.Line($"r{Number(i)} = {kernel.Reductions[i].Operator.Name} {names[kernel.Reductions[i].Value]}");
            foreach (var store in kernel.Stores)
                writer.Line($"{loops.Operands[store.Operand]!.Name}{Where(store.Access)} = {names[store.Value]}");
        }
    }

    static string Spell(LoopExpression expression, Dictionary<LoopExpression, string> names, LoopCall loops) => expression.Operation switch
    {
        LoopOperation.Load load => loops.Operands[load.Operand]!.Name + Where(load.Access),
        LoopOperation.Literal literal => literal.Value.ToString("R", CultureInfo.InvariantCulture),
        LoopOperation.Index index => "index" + Where(index.Access),
        LoopOperation.ScalarOperand scalar => ((Operators.FunctionArgument)loops.Scalars[scalar.Operand]!.Operator).Argument,
        LoopOperation.Dimension size => size.Dim.ToString(),
        LoopOperation.Reduced reduced => $"r{Number(reduced.Reduction)}",
        LoopOperation.Apply apply => $"{apply.Operator}({string.Join(", ", expression.Inputs.Select(input => names[input]))})",
        _ => "?",
    };

    static string Where(Access access)
    {
        var terms = access.Strides.Items.Select((stride, axis) => stride.Is(0) ? "" : stride.Is(1) ? $"i{Number(axis)}" : $"{Factor(stride)}*i{Number(axis)}").Where(term => term.Length > 0);
        if (!access.Offset.Is(0))
            terms = terms.Append(access.Offset.ToString());
        return $"[{string.Join(" + ", terms.DefaultIfEmpty("0"))}]";
    }

    static string Factor(Dim dim) => dim.IsConstant || dim.SymbolName is not null ? dim.ToString() : $"({dim})";

    static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
