using System.Collections.Generic;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Passes;

/// <summary>
/// Computes before the loop, for all steps at once, what a step computes from elements of sequences alone: the product of the inputs
/// with the weights of a recurrent layer becomes one product instead of one a step. Element-wise work stays, since in the step it
/// joins a loop that runs anyway, and outside it would only fill memory.
/// </summary>
internal static class HoistFromScans
{
    public static ScanReplacement? Run(GraphBuilder graph, Node scan, ScanUses uses)
    {
        var builder = ScanBuilder.Open(graph, scan);
        var steps = builder.StepNodes();
        var whole = new Vectorise(graph, builder.Length, steps);
        foreach (var (source, element) in builder.Sequences)
            whole.Add(element, source);
        var elements = new HashSet<Node>(builder.Sequences.Select(sequence => sequence.Element));
        var free = new HashSet<Node>(elements);
        foreach (var node in steps.Where(node => !elements.Contains(node) && node.Inputs.Length > 0).OrderBy(node => node.Id))
        {
            if (whole.Supports(node) && node.Inputs.All(input => free.Contains(input) || !steps.Contains(input)))
                free.Add(node);
        }
        var hoisted = free.Where(IsWork).OrderBy(node => node.Id).ToDictionary(node => node, node => builder.Sequence(whole.Of(node)));
        if (hoisted.Count == 0)
            return null;
        builder.Replace(hoisted);
        return new(uses.Read.ToDictionary(result => result, result => ScanBuilder.Result(graph, builder.Build(), result)), ScanReplacement.NoUsers);
    }

    static bool IsWork(Node node) => node.Operator is MatMul or Reduction or PositionOf or Gather;
}
