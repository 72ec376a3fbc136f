using System.Collections.Generic;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Passes;

/// <summary>The values of a function that depend on constants and on variables that it does not change: they are the same for many calls.</summary>
internal static class FixedValues
{
    /// <param name="function">The function.</param>
    /// <param name="nodes">Its nodes, each after those it reads.</param>
    public static HashSet<Node> Of(FunctionModel function, IEnumerable<Node> nodes)
    {
        var changed = new HashSet<Variable>(function.Updates.Select(update => update.Variable));
        var known = new HashSet<Node>();
        foreach (var node in nodes)
        {
            bool isFixed = node.Operator switch
            {
                VariableRead read => !changed.Contains(read.Variable),
                Constant => true,
                DimensionSize size => size.Dim.IsConstant,
                Leaf or Scan => false,
                _ => node.Inputs.All(known.Contains),
            };
            if (isFixed)
                known.Add(node);
        }
        return known;
    }
}
