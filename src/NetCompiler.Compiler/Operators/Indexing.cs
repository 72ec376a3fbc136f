using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using NetCompiler.Graph;

namespace NetCompiler.Operators;

/// <summary>What <see cref="Gather"/> and <see cref="ScatterAdd"/> have in common: rows, chosen by whole numbers.</summary>
internal static class Rows
{
    public static ShapeProblem? Indices(TensorType indices) => indices.Element.IsInteger() ? null
        : new($"needs indices that are whole numbers, but gets {indices}", "declare them as i32 or convert them");

    /// <summary>The offset of the first element of the row that an index names, or -1 if there is no such row.</summary>
    public static long Offset(double index, int rows, int width) => index >= 0 && index < rows ? (long)index * width : -1;

    public static int Width(ReferenceTensor rows) => rows.Dims.Skip(1).Aggregate(1, (product, dim) => product * dim);
}

/// <summary>
/// y[k…, j…] = x[i[k…], j…] for x [R, …] and indices i [K…]; <paramref name="Missing"/> where i[k…] is not within 0 .. R. An index is
/// never counted from the end.
/// </summary>
internal sealed record Gather(double Missing) : Operator
{
    public override string Name => "gather";

    protected override string Attributes => Missing == 0 ? "" : $"missing={Missing.ToString("R", CultureInfo.InvariantCulture)}";

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 2);
        var (x, indices) = (inputs[0], inputs[1]);
        if (Rows.Indices(indices) is { } wrong)
            return wrong;
        if (x.Shape.IsScalar)
            return new ShapeProblem("needs a tensor with rows to choose from, but gets a scalar", "give it at least one axis");
        return x.WithShape(new(indices.Shape.Dims.Concat(x.Shape.Dims.Skip(1))));
    }

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) =>
        Gradient.Of(graph.Make(new ScatterAdd(node.Inputs[0].Shape), node.Inputs[1], seed), null);

    public override Work Cost(Node node) => new(Dim.Zero, Dim.Zero);

    public override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols)
    {
        int width = Rows.Width(inputs[0]);
        for (int i = 0; i < output.Data.Length; i++)
        {
            long row = Rows.Offset(inputs[1].Data[i / width], inputs[0].Dims[0], width);
            output.Data[i] = row < 0 ? Missing : inputs[0].Data[row + i % width];
        }
    }
}

/// <summary>
/// The transpose of <see cref="Gather"/>: y[r, j…] = Σ x[k…, j…] over the k… with i[k…] = r, for indices i [K…] and values x [K…, …].
/// What has an index outside 0 .. R is left out. The terms of a sum are added in the order of the indices.
/// </summary>
internal sealed record ScatterAdd(Shape Target) : Operator
{
    public override string Name => "scatter_add";

    protected override string Attributes => $"to={Target}";

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 2);
        var (indices, values) = (inputs[0], inputs[1]);
        if ((Rows.Indices(indices) ?? Constraints.Elements(ElementKind.Number, values)) is { } wrong)
            return wrong;
        int rank = indices.Shape.Rank;
        if (values.Shape.Rank != rank + Target.Rank - 1)
            return new ShapeProblem(
                $"needs a row for each index, but gets indices {indices.Shape} and values {values.Shape} for {Target}",
                $"let the values begin with the axes of the indices");
        var expected = values.WithShape(new(indices.Shape.Dims.Concat(Target.Dims.Skip(1))));
        var problem = Constraints.SameShapes(values, expected);
        return problem is null ? values.WithShape(Target) : problem;
    }

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) =>
        Gradient.Of(null, graph.Make(new Gather(0), seed, node.Inputs[0]));

    public override Work Cost(Node node) => new(Dim.Zero, node.Inputs[1].Shape.Size);

    public override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols)
    {
        int width = Rows.Width(output);
        for (int i = 0; i < inputs[1].Data.Length; i++)
        {
            long row = Rows.Offset(inputs[0].Data[i / width], output.Dims[0], width);
            if (row >= 0)
                output.Data[row + i % width] += inputs[1].Data[i];
        }
    }
}
