using System.Collections.Generic;
using System.Collections.Immutable;
using NetCompiler.Graph;
using NetCompiler.Text;

namespace NetCompiler.Operators;

/// <summary>A product of matrices, in whatever form its operands are given.</summary>
internal abstract record MatrixProduct : Operator
{
    public override Work Cost(Node node)
    {
        var a = node.Inputs[0].Shape;
        var multiplyAdds = node.Shape.Size * a[a.Rank - 1];
        return new(multiplyAdds, multiplyAdds * 2);
    }
}

/// <summary>y[…, i, j] = Σ_k a[…, i, k] · b[…, k, j]; the leading axes are a batch and equal in both.</summary>
/// <param name="Algorithm">How it is computed; empty where there is no choice.</param>
/// <param name="IsShared">Whether b is the same for many products, so that it could be packed once.</param>
internal sealed record MatMul(string Algorithm = "", bool IsShared = false) : MatrixProduct
{
    /// <summary>The operands that are read in the half type that they are converted from.</summary>
    public EquatableArray<int> HalfOperands { get; init; } = [];

    public override string Name => "matmul";

    protected override string Attributes => Algorithm is "" or "gemm" ? "" : $"by={Algorithm}";

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 2);
        var (a, b) = (inputs[0].Shape, inputs[1].Shape);
        if ((Constraints.Elements(ElementKind.Float, inputs) ?? Constraints.SameElements(inputs)) is { } element)
            return element;
        if (a.Rank < 2 || a.Rank != b.Rank)
            return new ShapeProblem($"needs two tensors of equal rank and at least 2 axes, but gets {a} and {b}", "reshape one of them");
        if (Constraints.SameDims("equal inner dimensions", a, a[a.Rank - 1], b, b[b.Rank - 2],
                "transpose an operand or change its size") is { } inner)
            return inner;
        for (int axis = 0; axis < a.Rank - 2; axis++)
        {
            if (Constraints.SameDims("equal batch dimensions", a, a[axis], b, b[axis], "reshape one of them") is { } batch)
                return batch;
        }
        return inputs[0].WithShape(a.With(a.Rank - 1, b[b.Rank - 1]));
    }

    // da = dy bᵀ, db = aᵀ dy.
    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) => Gradient.Of(
        graph.MatMul(seed, graph.MatrixTranspose(node.Inputs[1])),
        graph.MatMul(graph.MatrixTranspose(node.Inputs[0]), seed));

    public override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols)
    {
        var (a, b) = (inputs[0], inputs[1]);
        int rank = a.Dims.Length;
        int rows = a.Dims[rank - 2], inner = a.Dims[rank - 1], columns = b.Dims[rank - 1];
        for (int i = 0; i < output.Data.Length; i++)
        {
            int column = i % columns, row = i / columns; // the row counts through the batches
            int batch = row / rows;
            double sum = 0;
            for (int k = 0; k < inner; k++)
                sum += a.Data[row * inner + k] * b.Data[(batch * inner + k) * columns + column];
            output.Data[i] = sum;
        }
    }
}
