using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Operators;
using NetCompiler.Text;

namespace NetCompiler.Graph;

/// <summary>
/// Where a node comes from: the span of the expression in the <c>.net</c> file and the name under which the program knows the
/// value (<c>c1</c>, <c>stage0.block1.skip</c>). Derived nodes (gradients, rewrites) keep the origin of what they derive from.
/// </summary>
/// <param name="Location">The expression or declaration.</param>
/// <param name="Name">The hierarchical name of the binding that the value belongs to.</param>
internal sealed record Origin(SourceLocation Location, string Name)
{
    public static Origin None { get; } = new(new SourceLocation("", default, default, default), "");

    /// <summary>The value is a part of a gradient of what the origin names.</summary>
    public bool IsGradient { get; init; }

    /// <summary>The file.</summary>
    public string Path => Location.Path;

    /// <summary>The 1-based line.</summary>
    public int Line => Location.Start.Line + 1;
}

/// <summary>Tells nodes apart that compute the same thing at different times.</summary>
/// <param name="Number">0 for a value that is computed once.</param>
/// <param name="IsStored">The value is stored, whatever its readers could do with it in their loops.</param>
internal readonly record struct Replica(int Number, bool IsStored);

/// <summary>
/// One value of the graph: an operator applied to other values. Nodes are immutable and interned by <see cref="GraphBuilder"/>:
/// two nodes of one builder that compute the same thing are the same object. Inputs have smaller ids than the node,
/// so ascending ids are a topological order.
/// </summary>
internal sealed class Node
{
    internal Node(int id, Operator op, ImmutableArray<Node> inputs, TensorType type, Origin origin, Replica replica)
    {
        Id = id;
        Operator = op;
        Inputs = inputs;
        Type = type;
        Origin = origin;
        Replica = replica;
    }

    public int Id { get; }

    public Operator Operator { get; }

    public ImmutableArray<Node> Inputs { get; }

    public TensorType Type { get; }

    public Origin Origin { get; }

    /// <summary>Which computation of this value it is, where one is to be made several times.</summary>
    public Replica Replica { get; }

    public Shape Shape => Type.Shape;

    public DType Element => Type.Element;

    /// <summary>All nodes that <paramref name="roots"/> depend on, themselves included, inputs before users.</summary>
    public static ImmutableArray<Node> Reachable(IEnumerable<Node> roots)
    {
        var seen = new HashSet<Node>();
        var pending = new Stack<Node>(roots);
        while (pending.Count > 0)
        {
            var node = pending.Pop();
            if (!seen.Add(node))
                continue;
            foreach (var input in node.Inputs)
                pending.Push(input);
        }
        return [.. seen.OrderBy(node => node.Id)];
    }

    public override string ToString() =>
        $"%{Id} = {Operator}({string.Join(", ", Inputs.Select(input => "%" + input.Id))}) : {Type}";
}
