using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;

namespace NetCompiler.Plan;

/// <summary>The nodes that a step computes.</summary>
internal static class StepNodes
{
    /// <summary>The nodes from what a step reads to what it writes, inputs before users, without what it reads.</summary>
    public static ImmutableArray<Node> Of(Step step)
    {
        var seen = new HashSet<Node>(step.Operands);
        var pending = new Stack<Node>(step.Values);
        var computed = new List<Node>();
        while (pending.Count > 0)
        {
            var node = pending.Pop();
            if (!seen.Add(node))
                continue;
            computed.Add(node);
            foreach (var input in node.Inputs)
                pending.Push(input);
        }
        return [.. computed.OrderBy(node => node.Id)];
    }
}
