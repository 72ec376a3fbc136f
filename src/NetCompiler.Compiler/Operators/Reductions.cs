using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Text;

namespace NetCompiler.Operators;

/// <summary>Folds all elements along some axes into one; these axes leave the shape. Axes ascend.</summary>
internal abstract record Reduction(EquatableArray<int> Axes) : Operator
{
    protected override string Attributes => $"axes={Axes}";

    /// <summary>The value of an empty reduction.</summary>
    public abstract double Identity { get; }

    public abstract double Combine(double accumulator, double x);

    protected virtual ElementKind Admits => ElementKind.Number;

    /// <summary>The gradient that reaches the operand of <paramref name="node"/>, which is a float.</summary>
    protected abstract Node Flow(Node node, Node seed, GraphBuilder graph);

    public sealed override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 1);
        var problem = Constraints.Axes(Axes, inputs[0].Shape) ?? Constraints.Elements(Admits, inputs[0]);
        return problem is null ? inputs[0].WithShape(inputs[0].Shape.Without(Axes)) : problem;
    }

    public sealed override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) =>
        node.Element.IsFloat() ? Gradient.Of(Flow(node, seed, graph)) : Gradient.Zero(node);

    /// <summary>Repeats a tensor of the result's shape along the reduced axes.</summary>
    protected Node Spread(Node value, Shape input, GraphBuilder graph) => graph.Broadcast(value, input, Kept(input));

    /// <summary>The axes that stay.</summary>
    protected IEnumerable<int> Kept(Shape input) => Enumerable.Range(0, input.Rank).Except(Axes);

    public sealed override Work Cost(Node node) => new(Dim.Zero, node.Inputs[0].Shape.Size);

    public sealed override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols)
    {
        int[] kept = [.. Enumerable.Range(0, inputs[0].Dims.Length).Except(Axes)];
        for (int i = 0; i < output.Data.Length; i++)
            output.Data[i] = Identity;
        for (int i = 0; i < inputs[0].Data.Length; i++)
        {
            var position = inputs[0].Position(i);
            int target = output.Offset([.. kept.Select(axis => position[axis])]);
            output.Data[target] = Combine(output.Data[target], inputs[0].Data[i]);
        }
    }
}

/// <summary>y = Σ x over the axes; 0 over an empty axis. Integers wrap.</summary>
internal sealed record Sum(EquatableArray<int> Axes) : Reduction(Axes)
{
    public override string Name => "sum";

    public override double Identity => 0;

    public override double Combine(double accumulator, double x) => accumulator + x;

    protected override Node Flow(Node node, Node seed, GraphBuilder graph) => Spread(seed, node.Inputs[0].Shape, graph);
}

/// <summary>y = Π x over the axes; 1 over an empty axis. Integers wrap.</summary>
internal sealed record Product(EquatableArray<int> Axes) : Reduction(Axes)
{
    public override string Name => "product";

    public override double Identity => 1;

    public override double Combine(double accumulator, double x) => accumulator * x;

    /// <summary>
    /// The product of all others, without division, so that it is right at zeros and to any order: each element meets the
    /// others of its group in a table [group, group] whose diagonal is 1. Memory grows with the square of the group.
    /// </summary>
    protected override Node Flow(Node node, Node seed, GraphBuilder graph)
    {
        var x = node.Inputs[0];
        int[] kept = [.. Kept(x.Shape)];
        var permutation = new Transpose([.. kept, .. Axes]);
        var group = Dim.Product(Axes.Items.Select(axis => x.Shape[axis]));
        var flat = new Shape([.. node.Shape.Dims, group]);
        var table = new Shape([.. flat.Dims, group]);
        int row = kept.Length, column = row + 1;

        var moved = graph.Transpose(x, permutation.Permutation);
        var others = graph.Broadcast(graph.Reshape(moved, flat), table, [.. Enumerable.Range(0, row), column]);
        var index = new TensorType(DType.I32, table);
        var diagonal = graph.Equal(graph.Make(new Iota(index, row)), graph.Make(new Iota(index, column)));
        var product = graph.Make(new Product([column]), graph.Select(diagonal, graph.ConstantLike(1, others), others));
        var flow = graph.Multiply(graph.Broadcast(seed, flat, Enumerable.Range(0, row)), product);
        return graph.Transpose(graph.Reshape(flow, moved.Shape), permutation.Inverse);
    }
}

/// <summary>
/// The largest or smallest element; NaN wins. Elements that tie share the gradient evenly. Over bools: any and all.
/// </summary>
internal abstract record ExtremeOf(EquatableArray<int> Axes) : Reduction(Axes)
{
    protected sealed override ElementKind Admits => ElementKind.Any;

    protected sealed override Node Flow(Node node, Node seed, GraphBuilder graph)
    {
        var x = node.Inputs[0];
        var extreme = graph.Equal(x, Spread(node, x.Shape, graph));
        var count = graph.Sum(graph.Cast(extreme, x.Element), Axes);
        return graph.Select(extreme, Spread(graph.Divide(seed, count), x.Shape, graph), graph.ConstantLike(0, x));
    }
}

/// <summary>y = max x over the axes; -∞ (the smallest value of an integer type) over an empty axis.</summary>
internal sealed record Max(EquatableArray<int> Axes) : ExtremeOf(Axes)
{
    public override string Name => "max";

    public override double Identity => double.NegativeInfinity;

    public override double Combine(double accumulator, double x) => Math.Max(accumulator, x);
}

/// <summary>y = min x over the axes; +∞ (the largest value of an integer type) over an empty axis.</summary>
internal sealed record Min(EquatableArray<int> Axes) : ExtremeOf(Axes)
{
    public override string Name => "min";

    public override double Identity => double.PositiveInfinity;

    public override double Combine(double accumulator, double x) => Math.Min(accumulator, x);
}

/// <summary>The i32 position of the extreme element along one axis, the first of equals; NaN is the most extreme.</summary>
internal abstract record PositionOf(int Axis) : Operator
{
    protected sealed override string Attributes => $"axis={Axis}";

    /// <summary>Whether <paramref name="x"/> beats the best so far.</summary>
    protected abstract bool Beats(double x, double best);

    public sealed override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 1);
        var shape = inputs[0].Shape;
        if ((Constraints.Axes([Axis], shape) ?? Constraints.Elements(ElementKind.Number, inputs[0])) is { } problem)
            return problem;
        if (shape[Axis].Is(0))
            return new ShapeProblem($"needs at least one element along axis {Axis}, but {shape} has none", "choose an axis that is not empty");
        return new TensorType(DType.I32, shape.Without([Axis]));
    }

    public sealed override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) =>
        Gradient.None($"{Name} is piecewise constant: its gradient is 0 wherever it exists");

    public sealed override Work Cost(Node node) => new(Dim.Zero, node.Inputs[0].Shape.Size);

    public sealed override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols)
    {
        int extent = inputs[0].Dims[Axis];
        int inner = inputs[0].Dims.Skip(Axis + 1).Aggregate(1, (product, dim) => product * dim);
        for (int i = 0; i < output.Data.Length; i++)
        {
            int first = i / inner * extent * inner + i % inner;
            int best = extent == 0 ? -1 : 0;
            for (int candidate = 1; candidate < extent; candidate++)
            {
                double x = inputs[0].Data[first + candidate * inner], leader = inputs[0].Data[first + best * inner];
                if (!double.IsNaN(leader) && (double.IsNaN(x) || Beats(x, leader)))
                    best = candidate;
            }
            output.Data[i] = best;
        }
    }
}

/// <summary>y = the position of the largest element along the axis. NaN counts as the largest, equal elements by their order.</summary>
internal sealed record ArgMax(int Axis) : PositionOf(Axis)
{
    public override string Name => "argmax";

    protected override bool Beats(double x, double best) => x > best;
}

/// <summary>y = the position of the smallest element along the axis. NaN counts as the smallest, equal elements by their order.</summary>
internal sealed record ArgMin(int Axis) : PositionOf(Axis)
{
    public override string Name => "argmin";

    protected override bool Beats(double x, double best) => x < best;
}
