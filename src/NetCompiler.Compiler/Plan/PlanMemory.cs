using System;
using System.Collections.Generic;
using System.Linq;
using NetCompiler.Graph;

namespace NetCompiler.Plan;

/// <summary>The bytes that the generated code of a plan allocates for given sizes.</summary>
/// <param name="Variables">What the function reads or changes of the network's variables.</param>
/// <param name="Arena">The slots.</param>
/// <param name="Results">What it hands out, and what it keeps from call to call because it depends on variables alone.</param>
internal readonly record struct PlanMemory(long Variables, long Arena, long Results)
{
    public long Total => checked(Variables + Arena + Results);

    /// <summary>That of a plan; sizes that are not given count 1.</summary>
    public static PlanMemory Of(FunctionPlan plan, IReadOnlyDictionary<string, long> sizes) => new(
        VariablesOf(plan.Steps).Distinct().Sum(variable => AtLeastOne(Evaluate(variable.Type.Shape.Size, sizes) * variable.Type.Element.Bytes())),
        AtLeastOne(plan.Slots.Sum(slot => Align(Evaluate(slot.Bytes, sizes)))),
        AtLeastOne(plan.Results.Distinct().Sum(buffer => Align(Evaluate(buffer.Bytes, sizes))))
            + (plan.Prepared == 0 ? 0 : AtLeastOne(plan.PreparedBuffers.Sum(buffer => Align(Evaluate(buffer.Bytes, sizes))))));

    /// <summary>The value of a size; symbols that are not given are 1.</summary>
    public static long Evaluate(Dim size, IReadOnlyDictionary<string, long> given) =>
        size.Evaluate(size.Symbols.ToDictionary(symbol => symbol, symbol => given.TryGetValue(symbol, out long value) ? value : 1));

    static IEnumerable<Variable> VariablesOf(IEnumerable<Step> steps) => steps.SelectMany(step =>
        step.Reads.OfType<Buffer>().Concat(step.Writes).Select(buffer => buffer.Variable).OfType<Variable>().Concat(step is ScanStep scan ? VariablesOf(scan.Body.Steps) : []));

    static long Align(long bytes) => checked(bytes + AssignSlots.Alignment - 1) / AssignSlots.Alignment * AssignSlots.Alignment;

    // No buffer of the runtime is empty.
    static long AtLeastOne(long bytes) => Math.Max(bytes, AssignSlots.Alignment);
}
