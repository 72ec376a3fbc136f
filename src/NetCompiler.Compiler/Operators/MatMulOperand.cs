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
        if (operand.Operator is not Transpose transpose || user.Operator is not (MatrixProduct or PackMatrix))
            return new(operand, false);
        int rank = operand.Shape.Rank;
        bool swapsLastTwo = transpose.Permutation.Items
            .Select((from, axis) => from == (axis == rank - 1 ? rank - 2 : axis == rank - 2 ? rank - 1 : axis))
            .All(same => same);
        return swapsLastTwo ? new(operand.Inputs[0], true) : new(operand, false);
    }
}
