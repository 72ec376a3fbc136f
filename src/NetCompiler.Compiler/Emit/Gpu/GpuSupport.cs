using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Emit.Gpu;

/// <summary>What kernels for GPUs compute with.</summary>
internal static class GpuSupport
{
    // Of tensors that are copied into others.
    const int MostAxes = 6;

    /// <summary>The first function of a network that is not all kernels for GPUs, and what of it; null if there is none.</summary>
    public static (string Function, string What)? Missing(NetworkModel network)
    {
        foreach (var function in network.Functions)
        {
            if (Missing(function) is { } what)
                return (function.Name, what);
        }
        return null;
    }

    /// <summary>What of a function has no kernel for GPUs, as people read it; null if all has.</summary>
    public static string? Missing(FunctionModel function) =>
        Node.Reachable(function.Roots).Select(Missing).FirstOrDefault(missing => missing is not null);

    static string? Missing(Node node) => node switch
    {
        { Operator: Concat or Unslice, Shape.Rank: > MostAxes } => $"'{node.Operator.Name}' of tensors of {node.Shape.Rank} axes",
        { Operator: Scan scan } => Node.Reachable(scan.Body).Select(Missing).FirstOrDefault(missing => missing is not null),
        _ => null,
    };
}
