using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Plan;

/// <summary>
/// Rows that attention reads where they lie: heads are parts of the rows of a projection, so that none need be taken apart. Element
/// (i, j, …) is at Offset + i · Strides[0] + j · Strides[1] + … of a stored tensor; the last axis is contiguous.
/// </summary>
internal readonly record struct AttentionOperand(Node Stored, Dim Offset, ImmutableArray<Dim> Strides)
{
    public static AttentionOperand Of(Node operand)
    {
        var node = operand;
        ImmutableArray<AxisIndex> index = [.. Enumerable.Range(0, operand.Shape.Rank).Select(AxisIndex.Of)];
        while (node.Operator is Transpose or Slice || IndexMapping.IsUnitReshape(node))
        {
            index = IndexMapping.ToInput(node, index);
            node = node.Inputs[0];
        }
        var (offset, strides) = (Dim.Zero, Enumerable.Repeat(Dim.Zero, operand.Shape.Rank).ToArray());
        for (int axis = 0; axis < index.Length; axis++)
        {
            offset += node.Shape.Strides[axis] * index[axis].Offset;
            if (index[axis].Axis is { } own)
                strides[own] += node.Shape.Strides[axis] * index[axis].Step;
        }
        return strides[strides.Length - 1].Is(1) ? new(node, offset, [.. strides]) : new(operand, Dim.Zero, operand.Shape.Strides);
    }

    /// <summary>Whether an input of attention or its gradient is rows: not a mask, nor the statistics.</summary>
    public static bool IsRows(AttentionOperator attention, int input) => input < 3 || input - 3 - attention.Operands is 0 or 2;
}
