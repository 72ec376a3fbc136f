using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;
using static NetCompiler.Rewrites.Patterns;

namespace NetCompiler.Rewrites;

// Seen from the results, what moves elements stands in the order broadcast, reshape, transpose, then what computes them.
internal static partial class SimplifyRules
{
    static ImmutableArray<Rule> Reshapes()
    {
        Pattern x = Any(), c = AnyConstant(), inner = Reshape(x), broadcast = Broadcast(x), iota = AnyOf<Iota>();
        return
        [
            new("ReshapeToItself", "reshape(x) = x for x of that shape", Reshape(x), to: x, ends: "one reshape fewer", when: m => m.Root.Shape == m[x].Shape),
            new("ReshapeOfReshape", "reshape(reshape(x)) = reshape(x)", Reshape(inner), to: m => m.Graph.Reshape(m[x], m.Root.Shape), ends: "one reshape fewer"),
            new("ReshapeOfConstant", "reshape(c) = c", Reshape(c), to: m => m.Graph.Constant(m.Value(c), m.Root.Type), ends: "one reshape fewer"),
            new("ReshapeOfIota", "reshape(iota) = iota, its axis as it is", Reshape(iota),
                to: m => Reshaped(m, m[iota], m.Root.Shape), ends: "one reshape fewer"),
            new("ReshapeOfBroadcast", "reshape(broadcast(x)) = broadcast(reshape(x))", Reshape(broadcast),
                to: m => AxisMaps.HasUnits(m[x].Shape) || AxisMaps.Reshape(m[x].Shape, Spread(m[broadcast]), m.Root.Shape) is not { } moved ? null
                    : SpreadOut(m, m.Graph.Reshape(m[x], moved.Operand), moved.Spread),
                ends: "a broadcast is nearer to the result"),
        ];
    }

    static ImmutableArray<Rule> Transposes()
    {
        Pattern x = Any(), c = AnyConstant(), inner = Transpose(x), broadcast = Broadcast(x), reshape = Reshape(x), iota = AnyOf<Iota>();
        Pattern a = Any(), b = Any();
        return
        [
            new("TransposeToItself", "transpose(x) = x where no axis moves", Transpose(x), to: x, ends: "one transpose fewer",
                when: m => AxisMaps.IsIdentity(Permutation(m.Root))),
            new("TransposeOfTranspose", "transpose(transpose(x)) = transpose(x)", Transpose(inner),
                to: m => m.Graph.Transpose(m[x], AxisMaps.Composed(Permutation(m[inner]), Permutation(m.Root))), ends: "one transpose fewer"),
            new("TransposeOfConstant", "transpose(c) = c", Transpose(c), to: m => m.Graph.Constant(m.Value(c), m.Root.Type), ends: "one transpose fewer"),
            new("TransposeOfIota", "transpose(iota) = iota", Transpose(iota), to: m => Untransposed(m, m[iota], AxisMaps.Inverse(Permutation(m.Root))), ends: "one transpose fewer"),
            new("TransposeOfUnits", "transpose(x) = reshape(x) where only axes of extent 1 move", Transpose(x), to: m => m.Graph.Reshape(m[x], m.Root.Shape),
                ends: "one transpose fewer", when: m => !AxisMaps.IsIdentity(Permutation(m.Root)) && KeepsOrder(m[x].Shape, Permutation(m.Root))),
            new("TransposeOfBroadcast", "transpose(broadcast(x)) = broadcast(transpose(x))", Transpose(broadcast),
                to: m =>
                {
                    var (permutation, spread) = AxisMaps.Transpose(Spread(m[broadcast]), Permutation(m.Root));
                    return SpreadOut(m, m.Graph.Transpose(m[x], permutation), spread);
                },
                ends: "a broadcast is nearer to the result"),
            new("TransposeOfUnitReshape", "transpose(reshape(x)) = reshape(transpose(x)) where the reshape only adds axes of extent 1", Transpose(reshape),
                to: m => m.Graph.Reshape(m.Graph.Transpose(m[x], AmongOthers(m[reshape].Shape, Permutation(m.Root))), m.Root.Shape),
                ends: "a reshape is nearer to the result",
                when: m => !AxisMaps.HasUnits(m[x].Shape) && AxisMaps.Squeezed(m[reshape].Shape) == m[x].Shape),
            new("TransposeOfMatMul", "transpose(a @ b) = transpose(b) @ transpose(a) where that removes a transpose", Transpose(MatMul(a, b)),
                to: m => m.Graph.MatMul(Swapped(m, m[b]), Swapped(m, m[a])), ends: "one transpose fewer",
                when: m => SwapsMatrix(m.Root) && (UndoesSwap(m, m[a]) || UndoesSwap(m, m[b]))),
        ];
    }

    static ImmutableArray<Rule> Broadcasts()
    {
        Pattern x = Any(), c = AnyConstant(), inner = Broadcast(x), iota = AnyOf<Iota>();
        return
        [
            new("BroadcastOfConstant", "broadcast(c) = c", Broadcast(c), to: m => m.Graph.Constant(m.Value(c), m.Root.Type), ends: "one broadcast fewer"),
            new("BroadcastOfIota", "broadcast(iota) = iota", Broadcast(iota),
                to: m => m[iota].Shape[Axis(m[iota])].Is(1) ? null
                    : m.Make(new Iota(m.Root.Type, Spread(m.Root).Axes[Axis(m[iota])])), ends: "one broadcast fewer"),
            new("IotaOfOne", "iota = 0 along an axis of extent 1", iota, to: 0, ends: "one iota fewer", when: m => m.Root.Shape[Axis(m.Root)].Is(1)),
            new("BroadcastWithoutRepetition", "broadcast(x) = reshape(x) where only axes of extent 1 are new", Broadcast(x), to: m => m.Graph.Reshape(m[x], m.Root.Shape),
                ends: "one broadcast fewer", when: m => AxisMaps.Squeezed(m[x].Shape) == AxisMaps.Squeezed(m.Root.Shape)),
            new("BroadcastOfBroadcast", "broadcast(broadcast(x)) = broadcast(x)", Broadcast(inner),
                to: m => m.Graph.Broadcast(m[x], m.Root.Shape, Spread(m[inner]).Axes.Items.Select(axis => Spread(m.Root).Axes[axis])), ends: "one broadcast fewer"),
            new("BroadcastOfUnits", "broadcast(x) = broadcast(reshape(x)) without axes of extent 1", Broadcast(x),
                to: m => m.Graph.Broadcast(m.Graph.Reshape(m[x], AxisMaps.Squeezed(m[x].Shape)), m.Root.Shape,
                    Spread(m.Root).Axes.Items.Where((_, axis) => !m[x].Shape[axis].Is(1))),
                ends: "fewer axes of extent 1 are broadcast", when: m => AxisMaps.HasUnits(m[x].Shape)),
        ];
    }

    static ImmutableArray<Rule> Sinking() =>
    [
        new("ElementwiseOverBroadcasts", "f(broadcast(x), broadcast(y)) = broadcast(f(x, y))", AnyOf<Elementwise>(), to: OverBroadcasts,
            ends: "fewer elements are computed"),
        new("ElementwiseOverReshapes", "f(reshape(x), reshape(y)) = reshape(f(x, y))", AnyOf<Elementwise>(), to: OverReshapes,
            ends: "a reshape is nearer to the result"),
        new("ElementwiseOverTransposes", "f(transpose(x), transpose(y)) = transpose(f(x, y))", AnyOf<Elementwise>(), to: OverTransposes,
            ends: "a transpose is nearer to the result"),
    ];

    /// <summary>Computes on those axes along which some operand varies, and repeats the outcome along the others.</summary>
    static Node? OverBroadcasts(Match m)
    {
        var target = m.Root.Shape;
        var varies = new bool[target.Rank];
        bool repeats = false;
        foreach (var input in m.Root.Inputs)
        {
            if (m.See<Broadcast>(input) is { } broadcast)
            {
                if (AxisMaps.HasUnits(input.Inputs[0].Shape))
                    return null;
                repeats = true;
                foreach (int axis in broadcast.Axes)
                    varies[axis] = true;
            }
            else if (m.See<Iota>(input) is { } iota)
            {
                varies[iota.Axis] = true;
            }
            else if (m.See<Constant>(input) is null)
            {
                return null;
            }
        }
        int[] axes = [.. Enumerable.Range(0, target.Rank).Where(axis => varies[axis])];
        if (!repeats || AxisMaps.Squeezed(new Shape(axes.Select(axis => target[axis]))) == AxisMaps.Squeezed(target))
            return null;
        var inner = new Shape(axes.Select(axis => target[axis]));
        int Within(int axis) => axes.Count(other => other < axis);
        var operands = m.Root.Inputs.Select(input => input.Operator switch
        {
            Broadcast broadcast => m.Graph.Broadcast(input.Inputs[0], inner, broadcast.Axes.Items.Select(Within)),
            Iota iota => m.Make(new Iota(input.Type.WithShape(inner), Within(iota.Axis))),
            _ => m.Graph.Constant(((Constant)input.Operator).Value, input.Type.WithShape(inner)),
        });
        return m.Graph.Broadcast(m.Over(m.Root, [.. operands]), target, axes);
    }

    static Node? OverReshapes(Match m)
    {
        foreach (var input in m.Root.Inputs.Where(input => m.See<Reshape>(input) is not null))
        {
            var shape = input.Inputs[0].Shape;
            ImmutableArray<Node?> operands = [.. m.Root.Inputs.Select(operand => Reshaped(m, operand, shape))];
            if (operands.All(operand => operand is not null))
                return m.Graph.Reshape(m.Over(m.Root, operands!), m.Root.Shape);
        }
        return null;
    }

    /// <summary>reshape(node) where that takes no reshape, else null.</summary>
    static Node? Reshaped(Match m, Node node, Shape shape)
    {
        if (m.See<Constant>(node) is { } constant)
            return m.Graph.Constant(constant.Value, node.Type.WithShape(shape));
        if (m.See<Reshape>(node) is not null)
            return node.Inputs[0].Shape == shape ? node.Inputs[0] : null;
        if (m.See<Broadcast>(node) is not null && !AxisMaps.HasUnits(node.Inputs[0].Shape)
            && AxisMaps.Reshape(node.Inputs[0].Shape, Spread(node), shape) is { } moved)
            return moved.Operand == node.Inputs[0].Shape ? SpreadOut(m, node.Inputs[0], moved.Spread) : null;
        if (m.See<Iota>(node) is { } iota && AxisMaps.Groups(node.Shape, shape) is { } groups)
        {
            var group = groups.First(group => group.FromAxes.Contains(iota.Axis));
            return group is { FromCount: 1, ToCount: 1 } ? m.Make(new Iota(node.Type.WithShape(shape), group.To)) : null;
        }
        return null;
    }

    static Node? OverTransposes(Match m)
    {
        foreach (var input in m.Root.Inputs.Where(input => m.See<Transpose>(input) is not null))
        {
            var permutation = Permutation(input);
            ImmutableArray<Node?> operands = [.. m.Root.Inputs.Select(operand => Untransposed(m, operand, permutation))];
            if (operands.All(operand => operand is not null))
                return m.Graph.Transpose(m.Over(m.Root, operands!), permutation);
        }
        return null;
    }

    /// <summary>The node whose transpose by the permutation is <paramref name="node"/>, where that takes no transpose, else null.</summary>
    static Node? Untransposed(Match m, Node node, EquatableArray<int> permutation)
    {
        var inverse = AxisMaps.Inverse(permutation);
        if (m.See<Constant>(node) is { } constant)
            return m.Graph.Constant(constant.Value, node.Type.WithShape(AxisMaps.Permuted(node.Shape, inverse)));
        if (m.See<Transpose>(node) is { } transpose)
            return transpose.Permutation == permutation ? node.Inputs[0] : null;
        if (m.See<Iota>(node) is { } iota)
            return m.Make(new Iota(node.Type.WithShape(AxisMaps.Permuted(node.Shape, inverse)), permutation[iota.Axis]));
        if (m.See<Broadcast>(node) is null)
            return null;
        var (operand, spread) = AxisMaps.Transpose(Spread(node), inverse);
        return AxisMaps.IsIdentity(operand) ? SpreadOut(m, node.Inputs[0], spread) : null;
    }

    static Node SpreadOut(Match m, Node x, AxisSpread spread) => m.Graph.Broadcast(x, spread.Target, spread.Axes);

    static AxisSpread Spread(Node node) => new(node.Shape, ((Broadcast)node.Operator).Axes);

    static EquatableArray<int> Permutation(Node node) => ((Transpose)node.Operator).Permutation;

    static int Axis(Node iota) => ((Iota)iota.Operator).Axis;

    static bool KeepsOrder(Shape shape, EquatableArray<int> permutation)
    {
        int[] moved = [.. permutation.Items.Where(axis => !shape[axis].Is(1))];
        return moved.SequenceEqual(moved.OrderBy(axis => axis));
    }

    /// <summary>How a permutation orders the axes whose extent is not 1, counted among themselves.</summary>
    static EquatableArray<int> AmongOthers(Shape shape, EquatableArray<int> permutation) =>
        [.. permutation.Items.Where(axis => !shape[axis].Is(1)).Select(axis => Enumerable.Range(0, axis).Count(other => !shape[other].Is(1)))];

    static bool SwapsMatrix(Node transpose)
    {
        int rank = transpose.Shape.Rank;
        return Permutation(transpose).Items.SequenceEqual([.. Enumerable.Range(0, rank - 2), rank - 1, rank - 2]);
    }

    static bool UndoesSwap(Match m, Node operand) => m.See<Transpose>(operand) is not null && SwapsMatrix(operand);

    static Node Swapped(Match m, Node operand) => UndoesSwap(m, operand) ? operand.Inputs[0] : m.Graph.MatrixTranspose(operand);
}
