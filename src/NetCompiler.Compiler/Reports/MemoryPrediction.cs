using System;
using System.Collections.Generic;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Plan;

namespace NetCompiler.Reports;

/// <summary>
/// What a network holds in memory once a function, and no other, has been called, in bytes: what the generated code will allocate, as
/// <c>Network.MemoryInUse</c> tells it.
/// </summary>
/// <param name="Variables">Parameters and states that the function reads or changes; others take no memory before they are asked for.</param>
/// <param name="Arena">Where the function computes: its arguments and all intermediate values, which share memory.</param>
/// <param name="Results">What it hands out, and what it keeps from call to call because it depends on variables alone.</param>
/// <param name="Workspaces">What kernels need for themselves on all threads together; how work falls to threads can make it a little less.</param>
public sealed record MemoryPrediction(long Variables, long Arena, long Results, long Workspaces)
{
    /// <summary>All of it.</summary>
    public long Total => checked(Variables + Arena + Results + Workspaces);

    internal static MemoryPrediction Of(FunctionPlan plan, IReadOnlyDictionary<string, long> given, int threads) => new(
        VariablesOf(plan.Steps).Distinct().Sum(variable => AtLeastOne(Evaluate(variable.Type.Shape.Size, given) * variable.Type.Element.Bytes())),
        AtLeastOne(plan.Slots.Sum(slot => Align(Evaluate(slot.Bytes, given)))),
        AtLeastOne(plan.Results.Distinct().Sum(buffer => Align(Evaluate(buffer.Bytes, given))))
            + (plan.Prepared == 0 ? 0 : AtLeastOne(plan.PreparedBuffers.Sum(buffer => Align(Evaluate(buffer.Bytes, given))))),
        Reports.Workspaces.Of(plan.Steps, size => Evaluate(size, given), threads));

    static IEnumerable<Variable> VariablesOf(IEnumerable<Step> steps) => steps.SelectMany(step =>
        step.Reads.OfType<Plan.Buffer>().Concat(step.Writes).Select(buffer => buffer.Variable).OfType<Variable>().Concat(step is ScanStep scan ? VariablesOf(scan.Body.Steps) : []));

    static long Evaluate(Dim size, IReadOnlyDictionary<string, long> given) =>
        size.Evaluate(size.Symbols.ToDictionary(symbol => symbol, symbol => given.TryGetValue(symbol, out long value) ? value : 1));

    static long Align(long bytes) => checked(bytes + AssignSlots.Alignment - 1) / AssignSlots.Alignment * AssignSlots.Alignment;

    // No buffer of the runtime is empty.
    static long AtLeastOne(long bytes) => Math.Max(bytes, AssignSlots.Alignment);
}
