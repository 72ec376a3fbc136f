using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Loops;
using NetCompiler.Operators;
using NetCompiler.Plan;
using NetCompiler.Emit.Cpu;
using static NetCompiler.Emit.CSharp;

namespace NetCompiler.Emit;

/// <summary>A method that does what several steps do, each with its own buffers.</summary>
/// <param name="Name">The name.</param>
/// <param name="Parameters">Its parameters <c>p0</c>, <c>p1</c>, …</param>
/// <param name="Statements">Its body.</param>
/// <param name="Comment">What it does and how often.</param>
internal sealed record SharedMethod(string Name, string Parameters, string Statements, string Comment);

/// <summary>
/// Writes steps as C#, and tells which of a function's steps are the same but for their buffers, as in the blocks of a deep
/// network: these share one method. Any other has a method of its own, in which the tensors have their names.
/// </summary>
internal sealed class StepMethods
{
    readonly Dictionary<Step, SharedMethod> _shared = new(ReferenceComparer<Step>.Instance);

    readonly Dictionary<Step, JoinedUpdates> _joined = new(ReferenceComparer<Step>.Instance);

    public StepMethods(ImmutableArray<Step> steps, KernelSet kernels)
    {
        foreach (var updates in JoinedUpdates.Of(steps, kernels.Target))
        {
            foreach (var step in updates.Steps)
                _joined.Add(step, updates);
        }
        var alike = new Dictionary<string, List<Step>>(StringComparer.Ordinal);
        foreach (var step in All(steps).Where(step => step is not ScanStep && !_joined.ContainsKey(step)))
        {
            string key = $"{Statements(step, ParameterOf(step), kernels)}\n{ParametersOf(step, kernels.Target)}\n{step.Node.Type} <- {Describe(step)}";
            if (!alike.TryGetValue(key, out var same))
                alike.Add(key, same = []);
            same.Add(step);
        }
        int number = 0;
        foreach (var same in alike.Values.Where(same => same.Count > 1))
        {
            var step = same[0];
            string what = (step is CallStep ? step.Node.Operator.GetType().Name : "") + (step.Loops is null ? "" : KernelSet.Describe(step.Loops.Kernel));
            var method = new SharedMethod(
                $"{what}_{Number(++number)}",
                ParametersOf(step, kernels.Target),
                Statements(step, ParameterOf(step), kernels),
                $"{Number(same.Count)} times {step.Node.Type} <- {Describe(step)}");
            foreach (var member in same)
                _shared.Add(member, method);
        }
    }

    /// <summary>The method that a step shares with others; null for a step like no other.</summary>
    public SharedMethod? Shared(Step step) => _shared.TryGetValue(step, out var method) ? method : null;

    /// <summary>The updates that a step is started with; null if it is started alone.</summary>
    public JoinedUpdates? Joined(Step step) => _joined.TryGetValue(step, out var updates) ? updates : null;

    /// <summary>Several updates in C#.</summary>
    public static string Statements(JoinedUpdates updates, Func<Plan.Buffer, string> address, KernelSet kernels) =>
        kernels.Target.RunJoined(updates.Steps.Select(step => (NewKernel(step.Loops!, step.Node, address, kernels, out _), kernels.Target.RangeOf(step.Loops!.Kernel))));

    /// <summary>The buffers of a step that have memory, each once, in the order of the parameters of a shared method.</summary>
    public static IEnumerable<Plan.Buffer> Buffers(Step step) =>
        step.Reads.OfType<Plan.Buffer>().Concat(step.Writes).Where(buffer => buffer.Kind != BufferKind.Passing).Distinct();

    /// <summary>What a step computes from what and how.</summary>
    public static string Describe(Step step)
    {
        if (step is CallStep call)
        {
            string epilogue = call.Epilogue is null ? ""
                : $", then loops({string.Join(", ", call.Reads.Skip(call.Epilogue.FirstRead).Select((read, i) => read?.Type ?? Scalar(call.Loops!, i)).Prepend(call.Node.Type))})";
            return $"{call.Node.Operator.Name}({string.Join(", ", call.Describe(read => read.Type.ToString()))}); {Calls.Choice(call.Node)}{epilogue}";
        }
        var loops = (LoopStep)step;
        string operands = string.Join(", ", loops.Reads.Select((read, i) => read?.Type ?? loops.Scalars[i]!.Type));
        return $"{(operands.Length > 0 ? operands + "; " : "")}loops over {loops.Kernel.Extents}";

        // The epilogue's reads are its kernel's operands but for the result.
        TensorType Scalar(LoopCall loops, int read) => loops.Scalars[read < call.Epilogue!.Input ? read : read + 1]!.Type;
    }

    /// <summary>A step in C#, where <paramref name="address"/> spells the buffers.</summary>
    public static string Statements(Step step, Func<Plan.Buffer, string> address, KernelSet kernels)
    {
        var target = kernels.Target;
        if (step is CallStep call)
            return new Calls(target).Statements(call, address, call.Epilogue is null ? null : NewKernel(call.Loops!, call.Epilogue.Node, address, kernels, out _));
        string loop = NewKernel(step.Loops!, step.Node, address, kernels, out string launch);
        return target.Run(loop, launch, step.Loops!.Kernel, target.RangeOf(step.Loops.Kernel));
    }

    static string NewKernel(LoopCall loops, Node node, Func<Plan.Buffer, string> address, KernelSet kernels, out string launch)
    {
        (string kernel, var sizes, launch) = kernels.Add(loops, node);
        var operands = loops.Operands
            .Select((operand, i) => i == loops.Kernel.Passing ? null : operand is null ? Scalar(((FunctionArgument)loops.Scalars[i]!.Operator).Argument) : address(operand))
            .OfType<string>()
            .Concat(sizes);
        return $"new {kernel}({string.Join(", ", operands)})";
    }

    /// <summary>The field that holds a scalar argument.</summary>
    public static string Scalar(string argument) => $"scalar_{argument}";

    /// <summary>The steps and those within scans.</summary>
    public static IEnumerable<Step> All(ImmutableArray<Step> steps) =>
        steps.SelectMany(step => step is ScanStep scan ? All(scan.Body.Steps).Prepend(step) : [step]);

    static Func<Plan.Buffer, string> ParameterOf(Step step)
    {
        var buffers = Buffers(step).ToList();
        return buffer => "p" + Number(buffers.IndexOf(buffer));
    }

    static string ParametersOf(Step step, Target target) =>
        string.Join(", ", Buffers(step).Select((buffer, i) => $"{target.Pointer(buffer.Type.Element)} p{Number(i)}"));

    static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
