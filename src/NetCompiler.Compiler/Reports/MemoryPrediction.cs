using System.Collections.Generic;
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
/// <param name="Recomputed">How many values the function computes again, rather than to keep them, to stay within the network's <c>memory</c>.</param>
public sealed record MemoryPrediction(long Variables, long Arena, long Results, long Workspaces, int Recomputed)
{
    /// <summary>All of it.</summary>
    public long Total => checked(Variables + Arena + Results + Workspaces);

    internal static MemoryPrediction Of(FunctionPlan plan, IReadOnlyDictionary<string, long> given, int threads)
    {
        var memory = PlanMemory.Of(plan, given);
        return new(memory.Variables, memory.Arena, memory.Results,
            Reports.Workspaces.Of(plan.Steps, size => PlanMemory.Evaluate(size, given), threads), plan.Recomputed);
    }
}
