using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;

namespace NetCompiler.Operators;

/// <summary>
/// y = the i32 positions along the axis at which the elements of x lie in ascending or descending order: x taken along the axis at y is
/// sorted. Equal elements keep their order, and NaN comes last either way.
/// </summary>
internal sealed record ArgSort(int Axis, bool Descending = false) : Operator
{
    public override string Name => "argsort";

    protected override string Attributes => $"axis={Axis}{(Descending ? " descending" : "")}";

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 1);
        var problem = Constraints.Axes([Axis], inputs[0].Shape) ?? Constraints.Elements(ElementKind.Number, inputs[0]);
        return problem is null ? inputs[0].WithElement(DType.I32) : problem;
    }

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) =>
        Gradient.None($"{Name} is piecewise constant: its gradient is 0 wherever it exists");

    // The comparisons of a merge sort, a logarithm for each element, are no polynomial: counted are the moves of one pass.
    public override Work Cost(Node node) => new(Dim.Zero, node.Shape.Size);

    public override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols)
    {
        foreach (var line in Lines.Of(output, Axis))
        {
            // OrderBy is stable.
            var order = Enumerable.Range(0, line.Length).OrderBy(i => double.IsNaN(inputs[0].Data[line[i]]));
            order = Descending ? order.ThenByDescending(i => inputs[0].Data[line[i]]) : order.ThenBy(i => inputs[0].Data[line[i]]);
            int place = 0;
            foreach (int i in order)
                output.Data[line[place++]] = i;
        }
    }
}

/// <summary>
/// y[…, k, …] = Σ x[…, i, …] over i ≤ k along the axis, or over i ≥ k if <paramref name="Reverse"/>. Terms are added one after the other;
/// integers wrap.
/// </summary>
internal sealed record CumulativeSum(int Axis, bool Reverse = false) : Operator
{
    public override string Name => "cumulative_sum";

    protected override string Attributes => $"axis={Axis}{(Reverse ? " reverse" : "")}";

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 1);
        var problem = Constraints.Axes([Axis], inputs[0].Shape) ?? Constraints.Elements(ElementKind.Number, inputs[0]);
        return problem is null ? inputs[0] : problem;
    }

    // Element i is in the sums from k = i on: they are summed from the other end.
    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) =>
        Gradient.Of(graph.Make(new CumulativeSum(Axis, !Reverse), seed));

    public override Work Cost(Node node) => new(Dim.Zero, node.Shape.Size);

    public override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols)
    {
        foreach (var line in Lines.Of(output, Axis))
        {
            double sum = 0;
            foreach (int at in Reverse ? Enumerable.Reverse(line) : line)
                output.Data[at] = sum += inputs[0].Data[at];
        }
    }
}

/// <summary>The lines of a tensor along one axis.</summary>
internal static class Lines
{
    /// <summary>For each line the offsets of its elements.</summary>
    public static IEnumerable<int[]> Of(ReferenceTensor tensor, int axis)
    {
        int extent = tensor.Dims[axis];
        int inner = tensor.Dims.Skip(axis + 1).Aggregate(1, (product, dim) => product * dim);
        for (int line = 0; extent > 0 && line < tensor.Data.Length / extent; line++)
        {
            int first = line / inner * extent * inner + line % inner;
            yield return [.. Enumerable.Range(0, extent).Select(i => first + i * inner)];
        }
    }
}
