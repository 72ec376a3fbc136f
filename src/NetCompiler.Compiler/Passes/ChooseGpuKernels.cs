using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Algorithms;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Passes;

/// <summary>
/// Chooses how a GPU computes each product and convolution of f32, those in the bodies of scans included: as its record of measurements says, else as
/// the cost model predicts. Images stay planar, so that no choice depends on another.
/// </summary>
internal static class ChooseGpuKernels
{
    public static ImmutableArray<Node> Run(NetworkModel network, FunctionModel function, ImmutableArray<Node> roots)
    {
        var origin = network.Builder.Origin;
        var chosen = Choose(network, function.Trains, roots);
        network.Builder.Origin = origin;
        return chosen;
    }

    static ImmutableArray<Node> Choose(NetworkModel network, bool trains, ImmutableArray<Node> roots)
    {
        var graph = network.Builder;
        roots = ScanRewriter.Bodies(graph, roots, body => Choose(network, trains, body));
        var changed = new Dictionary<Node, Node>();
        foreach (var node in Node.Reachable(roots))
        {
            ImmutableArray<Node> inputs = [.. node.Inputs.Select(input => changed.TryGetValue(input, out var other) ? other : input)];
            var chosen = KernelDescription.AllowedOnGpu(node, network, trains) is { } kernel ? With(node.Operator, GpuChoice.Of(kernel, network.GpuChoices)) : node.Operator;
            if (chosen == node.Operator && inputs.SequenceEqual(node.Inputs))
                continue;
            graph.Origin = node.Origin;
            changed.Add(node, graph.Make(chosen, inputs));
        }
        return [.. roots.Select(root => changed.TryGetValue(root, out var other) ? other : root)];
    }

    static Operator With(Operator op, string algorithm) => op switch
    {
        MatMul product => product with { Algorithm = algorithm },
        Convolution convolution => convolution with { Algorithm = algorithm },
        _ => op,
    };
}
