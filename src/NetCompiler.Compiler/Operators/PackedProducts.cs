using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using NetCompiler.Graph;

namespace NetCompiler.Operators;

/// <summary>
/// A matrix [K, N] in the order in which products read their right operand, which is the runtime's alone and depends on the machine's
/// vectors. The reference keeps the matrix's own order, anything after it.
/// </summary>
internal sealed record PackMatrix : Operator, ILayoutOperator
{
    // Columns are padded to whole vectors, of which the widest have so many elements; and whole vectors are stored behind the last.
    const long Lanes = 16;

    public override string Name => "pack_matrix";

    /// <summary>The elements of a matrix of so many columns, of which all vectors of the machine need no more.</summary>
    public static Dim Length(Dim depth, long columns) => depth * ((columns + Lanes - 1) / Lanes * Lanes) + Lanes;

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 1);
        var matrix = inputs[0];
        if (matrix.Element is not (DType.F32 or DType.F64) || matrix.Shape.Rank != 2 || !matrix.Shape[1].IsConstant)
            return new ShapeProblem($"needs a matrix of f32 or f64 whose columns are known, but gets {matrix}");
        return matrix.WithShape(new(Length(matrix.Shape[0], matrix.Shape[1].Value)));
    }

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) => Gradient.None(ToBlocked.NoGradient);

    public override Work Cost(Node node) => new(Dim.Zero, Dim.Zero);

    public override void Evaluate(ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols) =>
        inputs[0].Data.CopyTo(output.Data, 0);
}

/// <summary>y[i, j] = Σ_k a[i, k] · b[k, j], of b packed by <see cref="PackMatrix"/>.</summary>
/// <param name="Columns">The columns of b.</param>
/// <param name="WasTransposed">Whether b lies in memory as its transpose.</param>
internal sealed record PackedMatMul(long Columns, bool WasTransposed = false) : MatrixProduct, ILayoutOperator
{
    public override string Name => "packed_matmul";

    protected override string Attributes => $"columns={Columns}";

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 2);
        var (a, packed) = (inputs[0], inputs[1]);
        if (a.Element is not (DType.F32 or DType.F64) || a.Element != packed.Element || a.Shape.Rank != 2
            || packed.Shape != new Shape(PackMatrix.Length(a.Shape[1], Columns)))
            return new ShapeProblem($"needs a matrix and one of {Columns} columns, packed, but gets {a} and {packed}");
        return a.WithShape(a.Shape.With(1, Columns));
    }

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) => Gradient.None(ToBlocked.NoGradient);

    public override void Evaluate(ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols)
    {
        int depth = inputs[0].Dims[1];
        new MatMul().Evaluate([inputs[0], new([depth, (int)Columns], inputs[1].Data.AsSpan(0, depth * (int)Columns).ToArray())], output, symbols);
    }
}
