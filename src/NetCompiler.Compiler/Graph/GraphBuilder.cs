using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Operators;
using NetCompiler.Text;

namespace NetCompiler.Graph;

/// <summary>
/// Makes nodes. Interning makes common subexpressions one node from the start. Methods named after operators expect operands
/// that fit; a misfit is a bug of the caller. User input goes through <see cref="TryMake(Operator, ImmutableArray{Node}, out Node?)"/>.
/// </summary>
internal sealed partial class GraphBuilder
{
    readonly Dictionary<Key, Node> _interned = [];
    int _standIns;

    readonly struct Key(Operator op, ImmutableArray<Node> inputs, Replica replica) : IEquatable<Key>
    {
        readonly Operator _operator = op;
        readonly ImmutableArray<Node> _inputs = inputs;
        readonly Replica _replica = replica;

        public bool Equals(Key other) => _replica == other._replica && _operator.Equals(other._operator) && _inputs.SequenceEqual(other._inputs);

        public override bool Equals(object? obj) => obj is Key key && Equals(key);

        public override int GetHashCode() =>
            _inputs.Aggregate(_operator.GetHashCode(), (hash, input) => unchecked(hash * 31 + input.Id));
    }

    /// <summary>Where the nodes made from now on come from.</summary>
    public Origin Origin { get; set; } = Origin.None;

    public Node Make(Operator op, params ImmutableArray<Node> inputs) => Make(op, inputs, default);

    /// <summary>Makes a node that is the same as others only if they are of the same replica.</summary>
    public Node Make(Operator op, ImmutableArray<Node> inputs, Replica replica)
    {
        var inferred = TryMake(op, inputs, replica, out var node);
        return node ?? throw new InvalidOperationException(
            $"{op}({string.Join(", ", inputs.Select(input => input.Type))}): {inferred?.Constraint}");
    }

    /// <summary>Makes the node, or says which constraint the operands break.</summary>
    public ShapeProblem? TryMake(Operator op, ImmutableArray<Node> inputs, out Node? node) => TryMake(op, inputs, default, out node);

    ShapeProblem? TryMake(Operator op, ImmutableArray<Node> inputs, Replica replica, out Node? node)
    {
        var key = new Key(op, inputs, replica);
        if (_interned.TryGetValue(key, out node))
            return null;
        var inferred = op.Infer([.. inputs.Select(input => input.Type)]);
        if (inferred.Type is null)
            return inferred.Problem;
        node = new Node(_interned.Count, op, inputs, inferred.Type, Origin, replica);
        _interned.Add(key, node);
        return null;
    }

    /// <summary>A leaf like no other, for what the body of a scan is given while the body is built.</summary>
    public Node StandIn(TensorType type) => Make(new BodyArgument(--_standIns, type));

    /// <summary>
    /// The roots with some nodes replaced by others of their type. What replaces a node is taken as it is, also where a part of it
    /// would be replaced elsewhere: the arguments of one body can become those of another.
    /// </summary>
    public ImmutableArray<Node> Substitute(IEnumerable<Node> roots, IReadOnlyDictionary<Node, Node> replacements)
    {
        ImmutableArray<Node> wanted = [.. roots];
        var (origin, results, pending) = (Origin, new Dictionary<Node, Node>(), new Stack<Node>(wanted));
        var seen = new HashSet<Node>();
        while (pending.Count > 0)
        {
            var node = pending.Pop();
            if (!seen.Add(node))
                continue;
            if (replacements.TryGetValue(node, out var replacement))
                results.Add(node, replacement);
            else
                foreach (var input in node.Inputs)
                    pending.Push(input);
        }
        foreach (var node in seen.Where(node => !results.ContainsKey(node)).OrderBy(node => node.Id).ToList())
        {
            Origin = node.Origin;
            results[node] = node.Inputs.All(input => results[input] == input) ? node : Make(node.Operator, [.. node.Inputs.Select(input => results[input])]);
        }
        Origin = origin;
        return [.. wanted.Select(root => results[root])];
    }

    public Node Constant(double value, TensorType type) => Make(new Constant(value, type));

    /// <summary>A constant of the type of <paramref name="like"/>.</summary>
    public Node ConstantLike(double value, Node like) => Constant(value, like.Type);

    /// <summary>Repeats <paramref name="value"/>; its axis i becomes axis <c>axes[i]</c> of <paramref name="target"/>.</summary>
    public Node Broadcast(Node value, Shape target, IEnumerable<int> axes) =>
        value.Shape == target ? value
        : value.Operator is Constant constant ? Constant(constant.Value, value.Type.WithShape(target))
        : Make(new Broadcast(target, [.. axes]), value);

    /// <summary>Broadcasts by NumPy's rule: shapes are aligned at the innermost axis.</summary>
    public Node BroadcastTo(Node value, Shape target) =>
        Broadcast(value, target, Enumerable.Range(target.Rank - value.Shape.Rank, value.Shape.Rank));

    public Node Reshape(Node value, Shape target) => value.Shape == target ? value : Make(new Reshape(target), value);

    public Node Sum(Node value, IEnumerable<int> axes)
    {
        EquatableArray<int> sorted = [.. axes.OrderBy(axis => axis)];
        return sorted.Length == 0 ? value
            : value.Element.IsHalf() ? Cast(Sum(Cast(value, DType.F32), axes), value.Element)
            : Make(new Sum(sorted), value);
    }

    public Node Cast(Node value, DType to) => value.Element == to ? value : Make(new Cast(to), value);
}
