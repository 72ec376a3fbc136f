using System;
using System.Collections.Generic;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;

namespace NetCompiler.Reports;

/// <summary>An argument of a function at given sizes, and which values it makes sense to call it with.</summary>
/// <param name="Name">The name in the program.</param>
/// <param name="Element">The type of its elements.</param>
/// <param name="Dimensions">Its extents, outermost first; empty for a scalar.</param>
/// <param name="Bound">What whole numbers must be less than, because they choose rows or classes; null if nothing of the kind is known.</param>
public sealed record InputReport(string Name, DType Element, EquatableArray<long> Dimensions, long? Bound)
{
    internal static EquatableArray<InputReport> Of(FunctionModel function, IReadOnlyDictionary<string, long> symbols)
    {
        var nodes = Node.Reachable(function.Roots);
        return
        [
            .. function.Arguments.Select(argument => new InputReport(
                argument.Name,
                argument.Type.Element,
                [.. argument.Type.Shape.Dims.Select(dim => dim.Evaluate(symbols))],
                !argument.Type.Element.IsInteger() ? null
                    : Bounds(nodes, node => node.Operator is FunctionArgument own && own.Argument == argument.Name)
                        .Select(dim => dim.Evaluate(symbols)).Select(bound => (long?)bound).Min())),
        ];
    }

    /// <summary>The extents that the elements of some leaf are indices into: of rows that they choose, of positions that they are compared with.</summary>
    static IEnumerable<Dim> Bounds(IReadOnlyList<Node> nodes, Func<Node, bool> isLeaf)
    {
        var same = new HashSet<Node>();
        foreach (var node in nodes)
        {
            if (isLeaf(node) || node.Operator is Cast or Broadcast or Reshape or Transpose or Slice && same.Contains(node.Inputs[0]))
                same.Add(node);
            else if (node.Operator is Gather && same.Contains(node.Inputs[1]))
                yield return node.Inputs[0].Shape[0];
            else if (node.Operator is ScatterAdd scatter && same.Contains(node.Inputs[0]))
                yield return scatter.Target[0];
            else if (node.Operator is Equal && node.Inputs.Any(same.Contains) && node.Inputs.Select(Positions).FirstOrDefault(extent => extent is not null) is { } extent)
                yield return extent;
            else if (node.Operator is Scan scan && node.Inputs.Any(same.Contains))
            {
                var within = Bounds(Node.Reachable(scan.Body), leaf => leaf.Operator is BodyArgument argument && same.Contains(node.Inputs[argument.Index]));
                foreach (var bound in within)
                    yield return bound;
            }
        }
    }

    /// <summary>The extent of the axis whose positions a node's elements are, if that is what they are.</summary>
    static Dim? Positions(Node node)
    {
        while (node.Operator is Cast or Broadcast or Reshape or Transpose)
            node = node.Inputs[0];
        return node.Operator switch
        {
            Iota iota => iota.Type.Shape[iota.Axis],
            PositionOf position => node.Inputs[0].Shape[position.Axis],
            _ => null,
        };
    }
}
