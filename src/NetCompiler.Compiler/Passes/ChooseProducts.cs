using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Algorithms;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Passes;

/// <summary>
/// Chooses how each product of f32 matrices is computed: as the record of measurements says, else by the rule for what is packed
/// (<see cref="ProductPacking"/>). a @ b = packed_matmul(a, pack_matrix(b)) where b is the same for many products: it depends on constants and
/// on variables that the function does not change, or it is the same for all steps of a scan. What is packed once need not be
/// copied by each product.
/// </summary>
internal sealed class ChooseProducts
{
    readonly GraphBuilder _graph;
    readonly NetworkModel _network;
    readonly bool _trains;

    ChooseProducts(NetworkModel network, bool trains) => (_graph, _network, _trains) = (network.Builder, network, trains);

    public static ImmutableArray<Node> Run(NetworkModel network, FunctionModel function, ImmutableArray<Node> roots)
    {
        var origin = network.Builder.Origin;
        var run = new ChooseProducts(network, function.Trains);
        roots = ScanRewriter.Run(network.Builder, roots, run.Steps);
        var nodes = Node.Reachable(roots);
        var known = FixedValues.Of(function, nodes);
        // A product of two such operands is itself computed once.
        var changed = run.Change(nodes, product => known.Contains(product.Inputs[1]) && !known.Contains(product.Inputs[0]), uses: null);
        network.Builder.Origin = origin;
        return [.. roots.Select(root => changed.TryGetValue(root, out var other) ? other : root)];
    }

    ScanReplacement? Steps(Node scan, ScanUses uses)
    {
        var builder = ScanBuilder.Open(_graph, scan);
        var steps = builder.StepNodes();
        long length = builder.Length.Evaluate(builder.Length.Symbols.Distinct().ToDictionary(symbol => symbol, _ => ConvolutionProblem.TypicalBatch(_trains)));
        var changed = Change(steps.OrderBy(node => node.Id), product => !steps.Contains(product.Inputs[1]), length);
        if (changed.Count == 0)
            return null;
        _graph.Origin = scan.Origin;
        builder.Replace(changed);
        return new(uses.Read.ToDictionary(result => result, result => ScanBuilder.Result(_graph, builder.Build(), result)), ScanReplacement.NoUsers);
    }

    /// <summary>What becomes of the nodes that change: products, and all that depends on them.</summary>
    Dictionary<Node, Node> Change(IEnumerable<Node> nodes, Func<Node, bool> isShared, long? uses)
    {
        var changed = new Dictionary<Node, Node>();
        foreach (var node in nodes)
        {
            ImmutableArray<Node> inputs = [.. node.Inputs.Select(input => changed.TryGetValue(input, out var other) ? other : input)];
            _graph.Origin = node.Origin;
            if (node.Operator is MatMul { Algorithm: "" } && ProductProblem.Of(node, _trains, isShared(node)) is { } problem)
                changed.Add(node, Chosen(problem, uses, inputs));
            else if (!inputs.SequenceEqual(node.Inputs))
                changed.Add(node, _graph.Make(node.Operator, inputs));
        }
        return changed;
    }

    Node Chosen(ProductProblem problem, long? uses, ImmutableArray<Node> inputs)
    {
        string algorithm = _network.Choices.TryGetValue(problem.Signature, out string? choice) ? choice
            : problem.IsShared && ProductPacking.Pays(problem, uses) ? PackedProduct.PackedName
            : SizedProduct.SizedName;
        if (algorithm != PackedProduct.PackedName)
            return _graph.Make(new MatMul(algorithm, problem.IsShared), inputs);
        var origin = _graph.Origin;
        if (inputs[1].Origin.Name.Length > 0)
            _graph.Origin = inputs[1].Origin;
        var matrix = _graph.Make(new PackMatrix(), inputs[1]);
        _graph.Origin = origin;
        return _graph.Make(new PackedMatMul(problem.Columns, problem.TransposesRight), inputs[0], matrix);
    }
}
