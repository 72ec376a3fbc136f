using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Plan;

/// <summary>
/// The index of one axis of a node inside a kernel: <c>Offset + Step * axis</c>, or the constant <c>Offset</c> when
/// <paramref name="Axis"/> is null.
/// </summary>
internal readonly record struct AxisIndex(int? Axis, long Step, Dim Offset)
{
    public static AxisIndex Of(int axis) => new(axis, 1, Dim.Zero);

    public static AxisIndex At(Dim offset) => new(null, 0, offset);
}

/// <summary>
/// Operators that move elements without computing: reading their result at an index is reading their input at another index,
/// so a kernel needs no copy.
/// </summary>
internal static class IndexMapping
{
    public static bool IsMapping(Operator op) => op is Broadcast or Transpose or Slice;

    /// <summary>A reshape that only adds or drops axes of extent 1; it maps axes to axes. Any other reshape is a view of a stored tensor.</summary>
    public static bool IsUnitReshape(Node node) =>
        node.Operator is Reshape && NonUnit(node.Shape).SequenceEqual(NonUnit(node.Inputs[0].Shape));

    public static bool IsMapping(Node node) => IsMapping(node.Operator) || IsUnitReshape(node);

    static ImmutableArray<Dim> NonUnit(Shape shape) => [.. shape.Dims.Where(dim => !dim.Is(1))];

    /// <summary>The index into the input of mapping <paramref name="node"/> for an index into its result.</summary>
    public static ImmutableArray<AxisIndex> ToInput(Node node, ImmutableArray<AxisIndex> index)
    {
        var input = node.Inputs[0].Shape;
        switch (node.Operator)
        {
            case Broadcast broadcast:
                return [.. Enumerable.Range(0, input.Rank).Select(axis =>
                    input[axis].Is(1) && !node.Shape[broadcast.Axes[axis]].Is(1) ? AxisIndex.At(Dim.Zero) : index[broadcast.Axes[axis]])];
            case Transpose transpose:
                var permuted = new AxisIndex[index.Length];
                for (int axis = 0; axis < index.Length; axis++)
                    permuted[transpose.Permutation[axis]] = index[axis];
                return [.. permuted];
            case Slice slice:
                return [.. index.Select((i, axis) => new AxisIndex(i.Axis, i.Step * slice.Steps[axis], slice.Starts[axis] + i.Offset * slice.Steps[axis]))];
            default:
                var nonUnit = index.Where((_, axis) => !node.Shape[axis].Is(1)).ToList();
                int next = 0;
                return [.. input.Dims.Select(dim => dim.Is(1) ? AxisIndex.At(Dim.Zero) : nonUnit[next++])];
        }
    }
}
