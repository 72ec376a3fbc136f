using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;

namespace NetCompiler.Operators;

/// <summary>One scalar function applied at each position of operands of equal shape. Broadcasting is a node of its own.</summary>
internal abstract record Elementwise : Operator
{
    protected abstract int Arity { get; }

    /// <summary>The function, in float64. Bools are 0 and 1.</summary>
    public abstract double Apply(ReadOnlySpan<double> operands);

    /// <summary>The element type of the result, or what is wrong with the operands' types.</summary>
    protected abstract (DType Element, ShapeProblem? Problem) InferElement(ImmutableArray<TensorType> inputs);

    public sealed override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, Arity);
        var (element, problem) = InferElement(inputs);
        problem ??= Constraints.SameShapes(inputs);
        return problem is null ? inputs[0].WithElement(element) : problem;
    }

    /// <summary>One operation an element, whatever the function takes.</summary>
    public override Work Cost(Node node) => new(Dim.Zero, node.Shape.Size);

    public sealed override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols)
    {
        var operands = new double[inputs.Length];
        for (int i = 0; i < output.Data.Length; i++)
        {
            for (int operand = 0; operand < operands.Length; operand++)
                operands[operand] = inputs[operand].Data[i];
            output.Data[i] = Apply(operands);
        }
    }
}

/// <summary>y = a where the condition holds, else b. The branch not taken gets gradient 0, also where it is infinite or NaN.</summary>
internal sealed record Select : Elementwise
{
    public override string Name => "select";

    protected override int Arity => 3;

    protected override (DType, ShapeProblem?) InferElement(ImmutableArray<TensorType> inputs) =>
        (inputs[1].Element, Constraints.Elements(ElementKind.Bool, inputs[0]) ?? Constraints.SameElements(inputs[1], inputs[2]));

    public override double Apply(ReadOnlySpan<double> operands) => operands[0] != 0 ? operands[1] : operands[2];

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph)
    {
        var zero = graph.ConstantLike(0, seed);
        return Gradient.Of(null, graph.Select(node.Inputs[0], seed, zero), graph.Select(node.Inputs[0], zero, seed));
    }
}
