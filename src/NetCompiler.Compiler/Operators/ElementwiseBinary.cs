using System;
using System.Collections.Immutable;
using NetCompiler.Graph;

namespace NetCompiler.Operators;

/// <summary>A function of two operands of one element type.</summary>
internal abstract record Binary : Elementwise
{
    protected sealed override int Arity => 2;

    protected virtual ElementKind Admits => ElementKind.Number;

    public abstract double Apply(double a, double b);

    public sealed override double Apply(ReadOnlySpan<double> operands) => Apply(operands[0], operands[1]);

    protected override (DType, ShapeProblem?) InferElement(ImmutableArray<TensorType> inputs) =>
        (inputs[0].Element, Constraints.Elements(Admits, inputs) ?? Constraints.SameElements(inputs));
}

/// <summary>y = a + b. Integers wrap.</summary>
internal sealed record Add : Binary
{
    public override string Name => "add";

    public override double Apply(double a, double b) => a + b;

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) => Gradient.Of(seed, seed);
}

/// <summary>y = a - b. Integers wrap.</summary>
internal sealed record Subtract : Binary
{
    public override string Name => "subtract";

    public override double Apply(double a, double b) => a - b;

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) => Gradient.Of(seed, graph.Negate(seed));
}

/// <summary>y = a · b. Integers wrap.</summary>
internal sealed record Multiply : Binary
{
    public override string Name => "multiply";

    public override double Apply(double a, double b) => a * b;

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) =>
        Gradient.Of(graph.Multiply(seed, node.Inputs[1]), graph.Multiply(seed, node.Inputs[0]));
}

/// <summary>y = a / b.</summary>
internal sealed record Divide : Binary
{
    public override string Name => "divide";

    protected override ElementKind Admits => ElementKind.Float;

    public override double Apply(double a, double b) => a / b;

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph)
    {
        var quotient = graph.Divide(seed, node.Inputs[1]);
        return Gradient.Of(quotient, graph.Negate(graph.Multiply(quotient, node)));
    }
}

/// <summary>
/// y = a^b, with 0^0 = 1; NaN for a negative base unless the exponent is an integer. The gradient in a is b·a^(b-1), and 0 where
/// b = 0; in b it is y·ln a, and 0 where a = 0.
/// </summary>
internal sealed record Power : Binary
{
    public override string Name => "power";

    protected override ElementKind Admits => ElementKind.Float;

    public override double Apply(double a, double b) => Math.Pow(a, b);

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph)
    {
        var (a, b) = (node.Inputs[0], node.Inputs[1]);
        // Exponents 2, 1, 0 of repeated differentiation end exactly, so that x^2 has derivatives of every order at 0.
        if (b.Operator is Constant { Value: var exponent })
        {
            return Gradient.Of(exponent switch
            {
                0 => null,
                1 => seed,
                2 => graph.Multiply(seed, graph.Multiply(a, 2)),
                _ => graph.Multiply(seed, graph.Multiply(graph.Power(a, graph.ConstantLike(exponent - 1, b)), exponent)),
            }, null);
        }
        var zero = graph.ConstantLike(0, a);
        var inBase = graph.Select(graph.Equal(b, zero), zero, graph.Multiply(b, graph.Power(a, graph.Subtract(b, 1))));
        // ln 1 = 0 stands in for ln 0, which would turn 0 · ln 0 into NaN.
        var inExponent = graph.Multiply(node, graph.Log(graph.Select(graph.Equal(a, zero), graph.ConstantLike(1, a), a)));
        return Gradient.Of(graph.Multiply(seed, inBase), graph.Multiply(seed, inExponent));
    }
}

/// <summary>
/// The larger or smaller of two values; NaN wins. On a tie each operand gets half of the gradient. Against a constant the
/// operand gets none: the derivative of relu, written <c>maximum(x, 0)</c>, is 0 at 0, and clipping holds at its bounds.
/// </summary>
internal abstract record Extremum : Binary
{
    /// <summary>Whether <paramref name="a"/> wins over <paramref name="b"/>.</summary>
    protected abstract Node Wins(Node a, Node b, GraphBuilder graph);

    public sealed override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) =>
        Gradient.Of(Share(node, node.Inputs[0], node.Inputs[1], seed, graph), Share(node, node.Inputs[1], node.Inputs[0], seed, graph));

    Node? Share(Node node, Node operand, Node other, Node seed, GraphBuilder graph)
    {
        if (operand.Operator is Constant)
            return null;
        var zero = graph.ConstantLike(0, seed);
        // max(x, c) > c just where x > c: asking the result lets the memory of x be reused.
        if (other.Operator is Constant)
            return graph.Select(Wins(node, other, graph), seed, zero);
        return graph.Select(Wins(operand, other, graph), seed, graph.Select(graph.Equal(operand, other), graph.Multiply(seed, 0.5), zero));
    }
}

/// <summary>y = the larger of a and b; NaN if either is. See <see cref="Extremum"/> for the gradient.</summary>
internal sealed record Maximum : Extremum
{
    public override string Name => "maximum";

    public override double Apply(double a, double b) => Math.Max(a, b);

    protected override Node Wins(Node a, Node b, GraphBuilder graph) => graph.Less(b, a);
}

/// <summary>y = the smaller of a and b; NaN if either is. See <see cref="Extremum"/> for the gradient.</summary>
internal sealed record Minimum : Extremum
{
    public override string Name => "minimum";

    public override double Apply(double a, double b) => Math.Min(a, b);

    protected override Node Wins(Node a, Node b, GraphBuilder graph) => graph.Less(a, b);
}

/// <summary>A function of two operands that is true or false: piecewise constant, nothing flows back.</summary>
internal abstract record Predicate : Binary
{
    protected override ElementKind Admits => ElementKind.Any;

    protected abstract bool Holds(double a, double b);

    public sealed override double Apply(double a, double b) => Holds(a, b) ? 1 : 0;

    protected sealed override (DType, ShapeProblem?) InferElement(ImmutableArray<TensorType> inputs) =>
        (DType.Bool, base.InferElement(inputs).Item2);

    public sealed override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) => Gradient.Zero(node);
}

/// <summary>y = (a = b); NaN equals nothing.</summary>
internal sealed record Equal : Predicate
{
    public override string Name => "equal";

    protected override bool Holds(double a, double b) => a == b;
}

/// <summary>y = (a ≠ b); NaN differs from everything.</summary>
internal sealed record NotEqual : Predicate
{
    public override string Name => "not_equal";

    protected override bool Holds(double a, double b) => a != b;
}

/// <summary>y = (a &lt; b); false if either is NaN. False counts as less than true.</summary>
internal sealed record Less : Predicate
{
    public override string Name => "less";

    protected override bool Holds(double a, double b) => a < b;
}

/// <summary>y = (a ≤ b); false if either is NaN. False counts as less than true.</summary>
internal sealed record LessOrEqual : Predicate
{
    public override string Name => "less_or_equal";

    protected override bool Holds(double a, double b) => a <= b;
}

/// <summary>y = a and b.</summary>
internal sealed record And : Predicate
{
    public override string Name => "and";

    protected override ElementKind Admits => ElementKind.Bool;

    protected override bool Holds(double a, double b) => a != 0 && b != 0;
}

/// <summary>y = a or b.</summary>
internal sealed record Or : Predicate
{
    public override string Name => "or";

    protected override ElementKind Admits => ElementKind.Bool;

    protected override bool Holds(double a, double b) => a != 0 || b != 0;
}
