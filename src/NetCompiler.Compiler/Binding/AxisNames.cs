using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Binding;

/// <summary>
/// The names of axes: those that types declare, as in <c>f32[N, channels: 3, 28, 28]</c>, and what follows from them for values that
/// are computed of such tensors. An axis may have several names, and a value that several programs share has those of all.
/// </summary>
internal sealed class AxisNames
{
    readonly Dictionary<Node, ImmutableHashSet<string>[]> _declared = [];
    readonly Dictionary<Node, ImmutableHashSet<string>[]> _known = [];

    /// <summary>Names an axis of a value, and so of all that is computed of it.</summary>
    public void Declare(Node node, int axis, string name)
    {
        if (!_declared.TryGetValue(node, out var names))
            _declared.Add(node, names = None(node));
        if (names[axis].Contains(name))
            return;
        names[axis] = names[axis].Add(name);
        _known.Clear();
    }

    /// <summary>The names of each axis.</summary>
    public IReadOnlyList<ImmutableHashSet<string>> Of(Node node)
    {
        if (_declared.Count == 0)
            return None(node);
        foreach (var reached in Node.Reachable([node]))
        {
            if (_known.ContainsKey(reached))
                continue;
            var names = Derive(reached);
            if (_declared.TryGetValue(reached, out var own))
                names = Union(names, own);
            _known.Add(reached, names);
        }
        return _known[node];
    }

    static ImmutableHashSet<string>[] None(Node node) => [.. Enumerable.Repeat(ImmutableHashSet<string>.Empty, node.Shape.Rank)];

    static ImmutableHashSet<string>[] Union(ImmutableHashSet<string>[] a, ImmutableHashSet<string>[] b) => [.. a.Zip(b, (x, y) => x.Union(y))];

    ImmutableHashSet<string>[] Derive(Node node)
    {
        var names = None(node);
        ImmutableHashSet<string>[] Input(int i) => _known[node.Inputs[i]];
        switch (node.Operator)
        {
            case Elementwise or Concat:
                return node.Inputs.Aggregate(names, (union, input) => Union(union, _known[input]));
            case Broadcast broadcast:
                for (int i = 0; i < broadcast.Axes.Length; i++)
                    names[broadcast.Axes[i]] = Input(0)[i];
                return names;
            case Transpose transpose:
                return [.. transpose.Permutation.Items.Select(axis => Input(0)[axis])];
            // One matrix for a whole batch: the batch is one long matrix while it is multiplied.
            case Reshape when node.Inputs[0].Operator is MatMul && node.Inputs[0].Inputs[0] is { Operator: Reshape, Inputs: var flattened }
                && flattened[0].Shape.Rank == node.Shape.Rank && flattened[0].Shape.Dims.Take(node.Shape.Rank - 1).SequenceEqual(node.Shape.Dims.Take(node.Shape.Rank - 1)):
                names = [.. _known[flattened[0]]];
                names[names.Length - 1] = Input(0).Last();
                return names;
            case Reshape:
                Align(node.Inputs[0].Shape, node.Shape, Input(0), names);
                return names;
            case Reduction reduction:
                return [.. Input(0).Where((_, axis) => !reduction.Axes.Items.Contains(axis))];
            case PositionOf position:
                return [.. Input(0).Where((_, axis) => axis != position.Axis)];
            case MatMul:
                names = [.. Input(0)];
                names[names.Length - 1] = Input(1)[names.Length - 1];
                return names;
            case Gather:
                return [.. Input(1), .. Input(0).Skip(1)];
            // Channels that are convolved are channels.
            case Slice or Unslice or IWindowed:
                return Input(0);
            default:
                return node.Inputs.Length > 0 && node.Inputs[0].Shape == node.Shape ? Input(0) : names;
        }
    }

    /// <summary>Axes that a reshape leaves as they are keep their names: those before and after what it joins or splits.</summary>
    static void Align(Shape from, Shape to, ImmutableHashSet<string>[] known, ImmutableHashSet<string>[] names)
    {
        int left = 0, place = 0;
        while (left < from.Rank && place < to.Rank)
        {
            if (from[left] == to[place])
                names[place++] = known[left++];
            else if (to[place].Is(1))
                place++;
            else if (from[left].Is(1))
                left++;
            else
                break;
        }
        int right = from.Rank - 1;
        for (int last = to.Rank - 1; right >= left && last >= place && from[right] == to[last]; right--, last--)
            names[last] = known[right];
    }
}
