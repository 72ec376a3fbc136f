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
            // cuBLAS is given factors of f32 alone.
            if (chosen is MatMul { Algorithm: not GpuProductAlgorithm.CublasName } product)
                chosen = product with { HalfOperands = [.. Enumerable.Range(0, 2).Where(index => ReadsHalf(node, index, trains))] };
            if (chosen == node.Operator && inputs.SequenceEqual(node.Inputs))
                continue;
            graph.Origin = node.Origin;
            changed.Add(node, graph.Make(chosen, inputs));
        }
        return [.. roots.Select(root => changed.TryGetValue(root, out var other) ? other : root)];
    }

    // A tile has so many rows and columns at most.
    const long TileSide = 128;

    /// <summary>
    /// An operand of f16 or bf16 is converted where it is read, unless so many tiles read it that a copy in f32, which they read four
    /// elements at a time, pays.
    /// </summary>
    static bool ReadsHalf(Node product, int index, bool trains)
    {
        if (!MatMulOperand.IsWidened(product.Inputs[index]) || ProductProblem.OfGpu(product, trains) is not { } problem)
            return false;
        return (index == 0 ? problem.Columns : problem.Rows) <= 2 * TileSide;
    }

    static Operator With(Operator op, string algorithm) => op switch
    {
        MatMul product => product with { Algorithm = algorithm },
        Convolution convolution => convolution with { Algorithm = algorithm },
        _ => op,
    };
}
