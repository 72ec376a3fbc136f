using System.Collections.Generic;
using System.Collections.Immutable;
using NetCompiler.Graph;

namespace NetCompiler.Operators;

/// <summary>
/// The whole meaning of a primitive: types, gradient, cost and a slow float64 reference. Operators are values: the attributes
/// are the record's properties, and equal operators on equal inputs are one node. How a target computes it is said in
/// <c>Emit</c>, under the same name.
/// </summary>
internal abstract record Operator
{
    /// <summary>The name in dumps and messages.</summary>
    public abstract string Name { get; }

    /// <summary>The attributes in dumps: <c>stride=[2, 2] pad=[1, 1, 1, 1]</c>, without those that have their default value.</summary>
    protected virtual string Attributes => "";

    /// <summary>The type of the result, or the constraint that the operands break.</summary>
    public abstract Inference Infer(ImmutableArray<TensorType> inputs);

    /// <summary>
    /// The vector-Jacobian product: for each input the gradient that flows back when <paramref name="seed"/>
    /// (of the type of <paramref name="node"/>) flows into the result.
    /// </summary>
    public abstract Gradient Differentiate(Node node, Node seed, GraphBuilder graph);

    /// <summary>The arithmetic that computing <paramref name="node"/> takes.</summary>
    public abstract Work Cost(Node node);

    /// <summary>The reference: slow, obvious, in float64. <paramref name="output"/> has its final extents and zeros.</summary>
    public abstract void Evaluate(ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols);

    /// <summary>The form in dumps: the name and the attributes.</summary>
    public sealed override string ToString() => Attributes.Length == 0 ? Name : $"{Name} {Attributes}";
}

/// <summary>The outcome of <see cref="Operator.Infer"/>: exactly one of the two is set.</summary>
internal readonly record struct Inference(TensorType? Type, ShapeProblem? Problem)
{
    public static implicit operator Inference(TensorType type) => new(type, null);

    public static implicit operator Inference(ShapeProblem problem) => new(null, problem);
}

/// <summary>Why operands do not fit, in the words of the user's program.</summary>
/// <param name="Constraint">What is required, with the numbers: "needs equal inner dimensions, but [N, 256] has 256 and [400, 10] has 400".</param>
/// <param name="Cure">What to change, or empty.</param>
internal sealed record ShapeProblem(string Constraint, string Cure = "");

/// <summary>The gradients with respect to the inputs of a node, or the reason why there are none.</summary>
internal sealed record Gradient
{
    Gradient(ImmutableArray<Node?> inputs, string? refusal)
    {
        Inputs = inputs;
        Refusal = refusal;
    }

    /// <summary>One entry for each input; null where nothing flows (an index, a condition).</summary>
    public ImmutableArray<Node?> Inputs { get; }

    /// <summary>Set when the operator is not differentiable: asking for a gradient through it is the user's error.</summary>
    public string? Refusal { get; }

    public static Gradient Of(params ImmutableArray<Node?> inputs) => new(inputs, null);

    /// <summary>The operator is piecewise constant or blocks gradients on purpose: nothing flows, and that is right.</summary>
    public static Gradient Zero(Node node) => new(ImmutableArray.Create(new Node?[node.Inputs.Length]), null);

    /// <summary>The operator has no gradient, and using one would hide a mistake.</summary>
    public static Gradient None(string reason) => new([], reason);
}

/// <summary>Arithmetic of a node, as polynomials in the symbolic dimensions.</summary>
/// <param name="MultiplyAdds">Multiply-accumulate operations of products and convolutions.</param>
/// <param name="Flops">All floating-point operations; a multiply-add counts two.</param>
internal readonly record struct Work(Dim MultiplyAdds, Dim Flops);
