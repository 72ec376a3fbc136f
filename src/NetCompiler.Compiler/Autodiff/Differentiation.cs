using System.Collections.Immutable;
using NetCompiler.Graph;

namespace NetCompiler.Autodiff;

/// <summary>
/// Rewrites what is differentiated into a numerically stable form first: the derivative of log(softmax(x)) is exact while that
/// of its parts is 0 / 0 for large x. Returns the replacement of each root, of the same type. A node in <paramref name="keep"/> is one that a gradient is taken for:
/// no pattern may look through it, and the other roots must be built on its own replacement.
/// </summary>
/// <param name="graph">Where new nodes are made.</param>
/// <param name="roots">The differentiated node, then the nodes of <paramref name="keep"/>.</param>
/// <param name="keep">The nodes that must survive.</param>
internal delegate ImmutableArray<Node> StableForm(GraphBuilder graph, ImmutableArray<Node> roots, ImmutableArray<Node> keep);

/// <summary>The outcome of <see cref="Differentiator.Gradients"/>.</summary>
/// <param name="Gradients">
/// One for each node asked for, of its type; a constant 0 where nothing flows, so that whoever reports the problems can go on.
/// </param>
/// <param name="Problems">Empty if a gradient flows to every node that was asked for.</param>
internal sealed record Differentiation(ImmutableArray<Node> Gradients, ImmutableArray<DifferentiationProblem> Problems);

internal enum DifferentiationProblemKind
{
    /// <summary>There is no such gradient: the user's error.</summary>
    Refused,
    /// <summary>The differentiated value is computed without the node: its gradient is 0, and probably not what was meant.</summary>
    Independent,
    /// <summary>All paths to the node pass through what is piecewise constant or stops gradients: its gradient is 0.</summary>
    Blocked,
}

/// <summary>Why a gradient is not what was asked for.</summary>
/// <param name="Kind">What went wrong.</param>
/// <param name="Node">The node to point at: the operator that refuses or blocks, else the node asked for.</param>
/// <param name="WithRespectTo">The node whose gradient was asked for; null if the problem concerns all of them.</param>
/// <param name="Reason">In words, without a full stop.</param>
internal sealed record DifferentiationProblem(DifferentiationProblemKind Kind, Node Node, Node? WithRespectTo, string Reason);
