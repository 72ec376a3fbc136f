using System.Collections.Immutable;
using NetCompiler.Autodiff;
using NetCompiler.Graph;
using NetCompiler.Operators;
using Shouldly;

namespace NetCompiler.Numerics.Tests;

/// <summary>Compares gradients with central differences in float64.</summary>
internal sealed class GradientCheck(
    GraphBuilder graph, IReadOnlyDictionary<string, long> symbols, ImmutableDictionary<Node, ReferenceTensor> values, Random random)
{
    // Near the cube root of float64's epsilon, where truncation (∝ h²) and rounding (∝ 1/h) are of one size; a power of two.
    const double Step = 1.0 / (1 << 16);
    const double Epsilon = 1.0 / (1L << 52);

    // Sums behind one value of a sample have at most this many terms.
    const double Terms = 64;

    /// <summary>Checks the derivatives of <paramref name="value"/> in <paramref name="variables"/> from the first order to <paramref name="order"/>.</summary>
    public void Check(Node value, ImmutableArray<Node> variables, int order)
    {
        CheckOrder([Weigh(value)], variables, order, mustFlow: true);
    }

    /// <summary>Checks that <paramref name="value"/> does not change when <paramref name="variable"/> changes a little.</summary>
    public void CheckConstant(Node value, Node variable)
    {
        var sum = Total([Weigh(value)]);
        for (int i = 0; i < values[variable].Data.Length; i++)
            Evaluate(sum, variable, i, Step).ShouldBe(Evaluate(sum, variable, i, -Step), $"{value.Operator} changes with {variable}");
    }

    void CheckOrder(ImmutableArray<Node> terms, ImmutableArray<Node> variables, int order, bool mustFlow)
    {
        var sum = Total(terms);
        double magnitude = ReferenceEvaluator.Evaluate(terms, symbols, values).Sum(term => term.Data.Sum(Math.Abs));
        var result = Differentiator.Gradients(graph, sum, variables);
        if (mustFlow)
            result.Problems.ShouldBeEmpty();
        var gradients = ReferenceEvaluator.Evaluate(result.Gradients, symbols, values);
        for (int k = 0; k < variables.Length; k++)
        {
            result.Gradients[k].Type.ShouldBe(variables[k].Type);
            if (mustFlow)
                gradients[k].Data.ShouldContain(element => element != 0);
            for (int i = 0; i < gradients[k].Data.Length; i++)
            {
                double near = Quotient(sum, variables[k], i, Step), far = Quotient(sum, variables[k], i, 2 * Step);
                // The quotients err by c·h² and 4c·h²: their distance is three times the truncation error of the nearer one.
                double truncation = Math.Abs(far - near);
                truncation.ShouldBeLessThan(1e-5 * (1 + Math.Abs(near)), $"a kink or a pole lies within the step at element {i} of {variables[k]}");
                double tolerance = truncation + Terms * Epsilon * magnitude / Step;
                gradients[k].Data[i].ShouldBe(near, tolerance, $"element {i} of the gradient in {variables[k]}, order {order} from the last");
            }
        }
        if (order > 1)
            CheckOrder([.. result.Gradients.Select(Weigh)], variables, order - 1, mustFlow: false);
    }

    double Quotient(Node sum, Node variable, int element, double step) =>
        (Evaluate(sum, variable, element, step) - Evaluate(sum, variable, element, -step)) / (2 * step);

    double Evaluate(Node sum, Node variable, int element, double change)
    {
        var moved = new ReferenceTensor(values[variable].Dims, values[variable].Data);
        moved.Data[element] += change;
        return ReferenceEvaluator.Evaluate([sum], symbols, values.SetItem(variable, moved))[0].Data[0];
    }

    /// <summary>Random weights make every element of a value count, each differently.</summary>
    Node Weigh(Node value)
    {
        var weight = graph.Make(new FunctionArgument($"weight{values.Count}", value.Type));
        var drawn = new ReferenceTensor([.. value.Shape.Dims.Select(dim => (int)dim.Evaluate(symbols))]);
        for (int i = 0; i < drawn.Data.Length; i++)
            drawn.Data[i] = 0.5 + random.NextDouble();
        values = values.Add(weight, drawn);
        return graph.Multiply(value, weight);
    }

    Node Total(ImmutableArray<Node> terms) =>
        terms.Select(term => graph.Cast(graph.Sum(term, Enumerable.Range(0, term.Shape.Rank)), DType.F64)).Aggregate(graph.Add);
}
