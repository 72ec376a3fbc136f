using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Emit.Gpu;

/// <summary>What kernels for GPUs compute with.</summary>
internal static class GpuSupport
{
    // Of tensors that are copied into others.
    const int MostAxes = 6;

    /// <summary>The first function of a network that is not all kernels for GPUs, and which node of it; null if there is none.</summary>
    public static (string Function, Node Node)? Missing(NetworkModel network)
    {
        foreach (var function in network.Functions)
        {
            if (Missing(function) is { } node)
                return (function.Name, node);
        }
        return null;
    }

    /// <summary>What of a function has no kernel for GPUs; null if all has.</summary>
    public static Node? Missing(FunctionModel function) =>
        Scan.WithBodies(Node.Reachable(function.Roots)).FirstOrDefault(node => node is { Operator: Concat or Unslice, Shape.Rank: > MostAxes });
}
