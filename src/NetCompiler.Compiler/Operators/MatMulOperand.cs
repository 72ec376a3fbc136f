using System.Linq;
using NetCompiler.Graph;

namespace NetCompiler.Operators;

/// <summary>An operand of a matrix product, or of the packing of one: a stored tensor, read as it lies or with its last two axes exchanged.</summary>
internal readonly record struct MatMulOperand(Node Stored, bool Transposed)
{
    /// <summary>transpose(x) @ y reads x directly: GEMM takes either order.</summary>
    /// <param name="user">The operator.</param>
    /// <param name="index">Which of its inputs.</param>
    public static MatMulOperand Of(Node user, int index)
    {
        var operand = user.Inputs[index];
        if (user.Operator is not (MatrixProduct or PackMatrix))
            return new(operand, false);
        if (user.Operator is not MatMul { HalfOperands: var halves } || !halves.Items.Contains(index))
            return SwapsLastTwo(operand) ? new(operand.Inputs[0], true) : new(operand, false);
        bool transposed = false;
        for (; operand.Element == DType.F32; operand = operand.Inputs[0])
            transposed ^= SwapsLastTwo(operand);
        return SwapsLastTwo(operand) ? new(operand.Inputs[0], !transposed) : new(operand, transposed);
    }

    /// <summary>Whether an operand holds what is stored in half the bytes, so that a kernel could read that instead.</summary>
    public static bool IsWidened(Node operand)
    {
        while (SwapsLastTwo(operand))
            operand = operand.Inputs[0];
        return operand.Operator is Cast { To: DType.F32 } && operand.Inputs[0].Element.IsHalf();
    }

    static bool SwapsLastTwo(Node operand)
    {
        int rank = operand.Shape.Rank;
        return operand.Operator is Transpose transpose && transpose.Permutation.Items
            .Select((from, axis) => from == (axis == rank - 1 ? rank - 2 : axis == rank - 2 ? rank - 1 : axis))
            .All(same => same);
    }
}
