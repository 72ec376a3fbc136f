using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Text;

namespace NetCompiler.Operators;

/// <summary>Moves elements without arithmetic. Integer gradients never arise: nothing seeds an integer node.</summary>
internal abstract record Shaping : Operator
{
    public sealed override Work Cost(Node node) => new(Dim.Zero, Dim.Zero);

    /// <summary>Fills the output from the positions of the input that <paramref name="source"/> gives for its own.</summary>
    protected static void Gather(ReferenceTensor input, ReferenceTensor output, Func<int[], int[]> source)
    {
        for (int i = 0; i < output.Data.Length; i++)
            output.Data[i] = input.Data[input.Offset(source(output.Position(i)))];
    }
}

/// <summary>
/// y[…, j_a, …] = x[…, j_a or 0, …] where a = Axes[i]: input axis i becomes axis Axes[i] of the target and is repeated if its
/// extent is 1; the other axes of the target are new.
/// </summary>
internal sealed record Broadcast(Shape Target, EquatableArray<int> Axes) : Shaping
{
    public override string Name => "broadcast";

    protected override string Attributes => $"to={Target} axes={Axes}";

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 1);
        var shape = inputs[0].Shape;
        if (Axes.Length != shape.Rank)
            return new ShapeProblem($"needs one axis of {Target} for each of the {shape.Rank} axes of {shape}, but gets {Axes}");
        if (Constraints.Axes(Axes, Target) is { } wrong)
            return wrong;
        for (int axis = 0; axis < shape.Rank; axis++)
        {
            if (!shape[axis].Is(1) && Constraints.SameDims("an extent of 1 or the target's", shape, shape[axis], Target, Target[Axes[axis]],
                    "reshape it so that the axes to repeat have extent 1") is { } problem)
                return problem;
        }
        return inputs[0].WithShape(Target);
    }

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph)
    {
        var input = node.Inputs[0].Shape;
        var repeated = Enumerable.Range(0, Target.Rank).Where(axis =>
        {
            int source = Axes.Items.IndexOf(axis);
            return source < 0 || input[source] != Target[axis];
        });
        return Gradient.Of(graph.Reshape(graph.Sum(seed, repeated), input));
    }

    public override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols) =>
        Gather(inputs[0], output, position => [.. Axes.Items.Select((axis, i) => inputs[0].Dims[i] == 1 ? 0 : position[axis])]);
}

/// <summary>The same elements in row-major order under another shape of equal size.</summary>
internal sealed record Reshape(Shape Target) : Shaping
{
    public override string Name => "reshape";

    protected override string Attributes => $"to={Target}";

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 1);
        var shape = inputs[0].Shape;
        return CompareSizes(shape, Target) switch
        {
            DimRelation.Equal => inputs[0].WithShape(Target),
            DimRelation.Unequal => new ShapeProblem(
                $"needs the same number of elements, but {shape} has {shape.Size} and {Target} has {Target.Size}",
                "let the extents multiply to the same size"),
            _ => Constraints.NotShown($"the sizes {shape.Size} of {shape} and {Target.Size} of {Target}"),
        };
    }

    /// <summary>
    /// How two sizes relate when extents that occur in both are not 0: [N, 256] and [N, 400] differ, although both are empty for N = 0.
    /// </summary>
    public static DimRelation CompareSizes(Shape a, Shape b)
    {
        var relation = Dim.Compare(a.Size, b.Size);
        if (relation != DimRelation.Unknown)
            return relation;
        var left = a.Dims;
        var right = b.Dims;
        foreach (var shared in a.Dims.Where(dim => !dim.IsConstant))
        {
            if (right.Contains(shared))
                (left, right) = (left.Remove(shared), right.Remove(shared));
        }
        return Dim.Compare(Dim.Product(left), Dim.Product(right));
    }

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) =>
        Gradient.Of(graph.Reshape(seed, node.Inputs[0].Shape));

    public override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols) =>
        inputs[0].Data.CopyTo(output.Data, 0);
}

/// <summary>Axis i of y is axis Permutation[i] of x.</summary>
internal sealed record Transpose(EquatableArray<int> Permutation) : Shaping
{
    public override string Name => "transpose";

    protected override string Attributes => $"{Permutation}";

    /// <summary>The permutation that undoes this one.</summary>
    public EquatableArray<int> Inverse => [.. Enumerable.Range(0, Permutation.Length).OrderBy(axis => Permutation[axis])];

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 1);
        var shape = inputs[0].Shape;
        if (!Permutation.Items.OrderBy(axis => axis).SequenceEqual(Enumerable.Range(0, shape.Rank)))
            return new ShapeProblem($"needs each axis of {shape} once, but gets {Permutation}", "name every axis, counted from 0 at the outermost");
        return inputs[0].WithShape(new(Permutation.Items.Select(axis => shape[axis])));
    }

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) => Gradient.Of(graph.Transpose(seed, Inverse));

    public override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols)
    {
        var inverse = Inverse;
        Gather(inputs[0], output, position => [.. inverse.Items.Select(axis => position[axis])]);
    }
}

/// <summary>y[i, …] = x[Starts + i · Steps, …] for i below Lengths. Steps may be negative, not 0.</summary>
internal sealed record Slice(EquatableArray<Dim> Starts, EquatableArray<Dim> Lengths, EquatableArray<int> Steps) : Shaping
{
    public override string Name => "slice";

    protected override string Attributes =>
        $"start={Starts} length={Lengths}" + (Steps.Items.All(step => step == 1) ? "" : $" step={Steps}");

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 1);
        var shape = inputs[0].Shape;
        if (Starts.Length != shape.Rank || Lengths.Length != shape.Rank || Steps.Length != shape.Rank)
            return new ShapeProblem($"needs a range for each of the {shape.Rank} axes of {shape}, but gets {Starts.Length}");
        for (int axis = 0; axis < shape.Rank; axis++)
        {
            if (Constraints.Within(Starts[axis], Lengths[axis], Steps[axis], shape[axis], axis, shape) is { } problem)
                return problem;
        }
        return inputs[0].WithShape(new(Lengths));
    }

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) =>
        Gradient.Of(graph.Unslice(seed, node.Inputs[0].Shape, Starts, Steps));

    public override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols)
    {
        int[] starts = [.. Starts.Items.Select(start => (int)start.Evaluate(symbols))];
        Gather(inputs[0], output, position => [.. position.Select((i, axis) => starts[axis] + i * Steps[axis])]);
    }
}

/// <summary>The transpose of <see cref="Slice"/>: y[Starts + i · Steps, …] = x[i, …], and 0 elsewhere.</summary>
internal sealed record Unslice(Shape Target, EquatableArray<Dim> Starts, EquatableArray<int> Steps) : Shaping
{
    public override string Name => "unslice";

    protected override string Attributes =>
        $"to={Target} start={Starts}" + (Steps.Items.All(step => step == 1) ? "" : $" step={Steps}");

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 1);
        var shape = inputs[0].Shape;
        if (Target.Rank != shape.Rank || Starts.Length != shape.Rank || Steps.Length != shape.Rank)
            return new ShapeProblem($"needs a place for each of the {shape.Rank} axes of {shape} in {Target}");
        for (int axis = 0; axis < shape.Rank; axis++)
        {
            if (Constraints.Within(Starts[axis], shape[axis], Steps[axis], Target[axis], axis, Target) is { } problem)
                return problem;
        }
        return inputs[0].WithShape(Target);
    }

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) =>
        Gradient.Of(graph.Slice(seed, Starts, [.. node.Inputs[0].Shape.Dims], Steps));

    public override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols)
    {
        int[] starts = [.. Starts.Items.Select(start => (int)start.Evaluate(symbols))];
        for (int i = 0; i < inputs[0].Data.Length; i++)
        {
            int[] target = [.. inputs[0].Position(i).Select((at, axis) => starts[axis] + at * Steps[axis])];
            output.Data[output.Offset(target)] = inputs[0].Data[i];
        }
    }
}

/// <summary>The operands one after the other along one axis.</summary>
internal sealed record Concat(int Axis) : Shaping
{
    public override string Name => "concat";

    protected override string Attributes => $"axis={Axis}";

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        if (inputs.IsEmpty)
            return new ShapeProblem("needs at least one tensor", "put a tensor into the list");
        var first = inputs[0].Shape;
        if ((Constraints.SameElements(inputs) ?? Constraints.Axes([Axis], first)) is { } wrong)
            return wrong;
        foreach (var other in inputs.Select(input => input.Shape))
        {
            if (other.Rank != first.Rank)
                return new ShapeProblem($"needs tensors of equal rank, but gets {first} and {other}", "reshape one of them");
            for (int axis = 0; axis < first.Rank; axis++)
            {
                if (axis != Axis && Constraints.SameDims($"equal extents except along axis {Axis}", first, first[axis], other, other[axis],
                        "concatenate along the axis that differs") is { } problem)
                    return problem;
            }
        }
        return inputs[0].WithShape(first.With(Axis, inputs.Aggregate(Dim.Zero, (sum, input) => sum + input.Shape[Axis])));
    }

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph)
    {
        var flows = ImmutableArray.CreateBuilder<Node?>();
        var start = Dim.Zero;
        foreach (var input in node.Inputs)
        {
            flows.Add(graph.Slice(seed, Axis, start, input.Shape[Axis]));
            start += input.Shape[Axis];
        }
        return Gradient.Of(flows.ToImmutable());
    }

    public override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols)
    {
        int start = 0;
        foreach (var input in inputs)
        {
            for (int i = 0; i < input.Data.Length; i++)
            {
                var position = input.Position(i);
                position[Axis] += start;
                output.Data[output.Offset(position)] = input.Data[i];
            }
            start += input.Dims[Axis];
        }
    }
}
