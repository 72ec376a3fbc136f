using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Algorithms;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Passes;

/// <summary>
/// a @ b = packed_matmul(a, pack_matrix(b)) where b is the same for many products, as far as that pays (<see cref="ProductPacking"/>): it depends on
/// constants and on variables that the function does not change, or it is the same for all steps of a scan. What is packed once
/// need not be copied by each product.
/// </summary>
internal static class PackMatrices
{
    public static ImmutableArray<Node> Run(GraphBuilder graph, FunctionModel function, ImmutableArray<Node> roots)
    {
        var origin = graph.Origin;
        roots = ScanRewriter.Run(graph, roots, (scan, uses) => Steps(graph, scan, uses, function.Trains));
        var nodes = Node.Reachable(roots);
        var known = FixedValues.Of(function, nodes);
        var packed = Packed(graph, nodes, known.Contains, product => ProductPacking.Pays(product, function.Trains, uses: null));
        graph.Origin = origin;
        return [.. roots.Select(root => packed.TryGetValue(root, out var other) ? other : root)];
    }

    static ScanReplacement? Steps(GraphBuilder graph, Node scan, ScanUses uses, bool trains)
    {
        var builder = ScanBuilder.Open(graph, scan);
        var steps = builder.StepNodes();
        var packed = Packed(graph, steps.OrderBy(node => node.Id), node => !steps.Contains(node), product => ProductPacking.Pays(product, trains, builder.Length));
        if (packed.Count == 0)
            return null;
        graph.Origin = scan.Origin;
        builder.Replace(packed);
        return new(uses.Read.ToDictionary(result => result, result => ScanBuilder.Result(graph, builder.Build(), result)), ScanReplacement.NoUsers);
    }

    /// <summary>What becomes of the nodes that change: products, and all that depends on them.</summary>
    static Dictionary<Node, Node> Packed(GraphBuilder graph, IEnumerable<Node> nodes, Func<Node, bool> isShared, Func<Node, bool> pays)
    {
        var changed = new Dictionary<Node, Node>();
        foreach (var node in nodes)
        {
            ImmutableArray<Node> inputs = [.. node.Inputs.Select(input => changed.TryGetValue(input, out var other) ? other : input)];
            if (node.Operator is MatMul && isShared(node.Inputs[1]) && pays(node))
            {
                graph.Origin = inputs[1].Origin.Name.Length > 0 ? inputs[1].Origin : node.Origin;
                var matrix = graph.Make(new PackMatrix(), inputs[1]);
                graph.Origin = node.Origin;
                changed.Add(node, graph.Make(new PackedMatMul(node.Shape[1].Value), inputs[0], matrix));
            }
            else if (!inputs.SequenceEqual(node.Inputs))
            {
                graph.Origin = node.Origin;
                changed.Add(node, graph.Make(node.Operator, inputs));
            }
        }
        return changed;
    }
}
