using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Passes;

/// <summary>
/// conv(x, w) · a + b = conv(x, a · w) + b, where a and b have a value for each channel and depend, like w, on constants and on variables
/// that the function does not change: the normalisation of a batch, when a network predicts. The filter is then scaled once for many
/// calls, and of a chain of additions and multiplications one addition is left. Results round differently.
/// </summary>
internal sealed class FoldScales
{
    const int ChannelAxis = 1;

    readonly GraphBuilder _graph;
    readonly HashSet<Node> _fixed;
    readonly Dictionary<Node, List<Node>> _users = [];

    /// <summary>base · Scale + Shift, each with a value for each channel; null where it is 1 or 0.</summary>
    sealed record Affine(Node End, Node? Scale, Node? Shift);

    FoldScales(GraphBuilder graph, FunctionModel function, ImmutableArray<Node> nodes)
    {
        _graph = graph;
        _fixed = FixedValues.Of(function, nodes);
        foreach (var node in nodes)
        {
            foreach (var input in node.Inputs)
            {
                if (!_users.TryGetValue(input, out var users))
                    _users.Add(input, users = []);
                users.Add(node);
            }
        }
    }

    /// <summary>The roots with scales folded into filters.</summary>
    public static ImmutableArray<Node> Run(GraphBuilder graph, FunctionModel function, ImmutableArray<Node> roots)
    {
        var nodes = Node.Reachable(roots);
        if (!nodes.Any(node => node.Operator is Conv2D))
            return roots;
        var origin = graph.Origin;
        try
        {
            return new FoldScales(graph, function, nodes).Fold(nodes, roots);
        }
        finally
        {
            graph.Origin = origin;
        }
    }

    ImmutableArray<Node> Fold(ImmutableArray<Node> nodes, ImmutableArray<Node> roots)
    {
        var chains = new Dictionary<Node, (Node Convolution, Affine Affine)>();
        foreach (var node in nodes.Where(node => node.Operator is Conv2D && _fixed.Contains(node.Inputs[1])))
        {
            var affine = Follow(node, new HashSet<Node>(roots));
            if (affine.Scale is not null)
                chains.Add(affine.End, (node, affine));
        }
        var results = new Dictionary<Node, Node>();
        foreach (var node in nodes)
        {
            _graph.Origin = node.Origin;
            ImmutableArray<Node> inputs = [.. node.Inputs.Select(input => results[input])];
            results[node] = chains.TryGetValue(node, out var chain) ? Folded(chain.Convolution, results[chain.Convolution.Inputs[0]], chain.Affine)
                : inputs.SequenceEqual(node.Inputs) ? node : _graph.Make(node.Operator, inputs);
        }
        return [.. roots.Select(root => results[root])];
    }

    Node Folded(Node convolution, Node x, Affine affine)
    {
        var w = convolution.Inputs[1];
        // It is still the convolution, and the filter, of the line that has it.
        var origin = _graph.Origin;
        _graph.Origin = convolution.Origin;
        var result = _graph.Make(convolution.Operator, x, _graph.Multiply(w, _graph.Broadcast(affine.Scale!, w.Shape, [0])));
        _graph.Origin = origin;
        return affine.Shift is null ? result : _graph.Add(result, _graph.Broadcast(affine.Shift, result.Shape, [ChannelAxis]));
    }

    /// <summary>What a convolution's only users make of it, as long as that is affine.</summary>
    Affine Follow(Node convolution, HashSet<Node> roots)
    {
        var affine = new Affine(convolution, null, null);
        while (!roots.Contains(affine.End) && _users.TryGetValue(affine.End, out var users) && users.Count == 1 && Step(affine, users[0]) is { } next)
            affine = next;
        return affine;
    }

    Affine? Step(Affine affine, Node user)
    {
        var (scale, shift) = (affine.Scale, affine.Shift);
        _graph.Origin = user.Origin;
        if (user.Operator is Negate)
            return new(user, _graph.Negate(scale ?? One(user)), shift is null ? null : _graph.Negate(shift));
        if (user.Inputs.Length != 2 || user.Operator is not (Add or Subtract or Multiply or Divide))
            return null;
        bool isLeft = user.Inputs[0] == affine.End;
        if (PerChannel(user.Inputs[isLeft ? 1 : 0]) is not { } v)
            return null;
        return user.Operator switch
        {
            Add => new(user, scale, shift is null ? v : _graph.Add(shift, v)),
            Subtract when isLeft => new(user, scale, shift is null ? _graph.Negate(v) : _graph.Subtract(shift, v)),
            Subtract => new(user, _graph.Negate(scale ?? One(user)), shift is null ? v : _graph.Subtract(v, shift)),
            Multiply => new(user, scale is null ? v : _graph.Multiply(scale, v), shift is null ? null : _graph.Multiply(shift, v)),
            Divide when isLeft => new(user, _graph.Divide(scale ?? One(user), v), shift is null ? null : _graph.Divide(shift, v)),
            _ => null,
        };
    }

    Node One(Node image) => _graph.Constant(1, image.Type.WithShape(new(image.Shape[ChannelAxis])));

    /// <summary>The value for each channel of a tensor that is the same everywhere in a channel, if it is known before the call.</summary>
    Node? PerChannel(Node image)
    {
        var channels = new Shape(image.Shape[ChannelAxis]);
        if (image.Operator is Constant constant)
            return _graph.Constant(constant.Value, image.Type.WithShape(channels));
        if (image.Operator is not Broadcast broadcast || !_fixed.Contains(image.Inputs[0]))
            return null;
        var value = image.Inputs[0];
        // Of the value's axes that are not repeated, only one may be there, and it must be that of the channels.
        var varying = Enumerable.Range(0, value.Shape.Rank).Where(axis => !value.Shape[axis].Is(1)).ToList();
        if (varying.Count == 0)
            return _graph.Broadcast(_graph.Reshape(value, Shape.Scalar), channels, []);
        return varying.Count == 1 && broadcast.Axes[varying[0]] == ChannelAxis ? _graph.Reshape(value, channels) : null;
    }
}
