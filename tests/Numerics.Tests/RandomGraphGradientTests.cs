using System.Collections.Immutable;
using NetCompiler.Autodiff;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Passes;
using NetCompiler.Rewrites;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

public class RandomGraphGradientTests
{
    // A power of two near the cube root of float64's epsilon, where truncation and rounding are of one size.
    const double Step = 1.0 / (1 << 16);

    static readonly Dictionary<string, long> Symbols = new() { ["N"] = 2, ["M"] = 3 };

    static readonly RandomGraphOptions Options = new() { Differentiable = true, Steps = 10 };

    /// <summary>The derivatives along one random direction in all leaves, and along one in an intermediate value alone.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gradients_of_random_graphs_match_central_differences(bool stable)
    {
        int telling = 0;
        for (int seed = 0; seed < RandomGraphs.Count(150); seed++)
        {
            var graph = RandomGraphs.Create(seed, Options);
            var random = new Random(seed);
            var values = graph.Draw(Symbols, seed);
            var total = graph.Results[0];
            ImmutableArray<Node> leaves = [.. graph.Leaves.Where(leaf => leaf.Element.IsFloat())];
            // Through the value of a layer with a gradient of its own nothing flows, whatever depends on it.
            var hidden = Node.Reachable([total]).Where(node => node.Operator is CustomGradient).Select(node => node.Inputs[((CustomGradient)node.Operator).Result]).ToHashSet();
            var inner = Node.Reachable([total]).Where(node => node.Element.IsFloat() && node.Operator is not Leaf && node != total && !hidden.Contains(node)).ToList();
            var middle = inner[random.Next(inner.Count)];

            // What the stable form no longer contains has gradient 0, and a problem that says so.
            var gradients = Differentiator.Gradients(graph.Network.Builder, total, [.. leaves, middle], stabilize: stable ? Stabilise.Before : null).Gradients;

            if (Check(total, leaves, gradients, values, random, $"seed {seed}\n{GraphPrinter.Print(graph.Function)}"))
                telling++;
            // Given a value, the intermediate node is what it is given and no longer what it is computed from.
            values = values.Add(middle, ReferenceEvaluator.Evaluate([middle], Symbols, values)[0]);
            if (Check(total, [middle], [gradients[leaves.Length]], values, random, $"seed {seed}, {middle}\n{GraphPrinter.Print(graph.Function)}"))
                telling++;
        }
        telling.ShouldBeGreaterThan(200, "too many derivatives are too small to tell right from wrong");
    }

    /// <summary>The gradient of a directional derivative: a Hessian times a vector.</summary>
    [Fact]
    public void Second_gradients_of_random_graphs_match_central_differences()
    {
        int telling = 0;
        for (int seed = 0; seed < RandomGraphs.Count(100); seed++)
        {
            var graph = RandomGraphs.Create(seed, Options);
            var builder = graph.Network.Builder;
            var random = new Random(seed);
            var values = graph.Draw(Symbols, seed);
            ImmutableArray<Node> leaves = [.. graph.Leaves.Where(leaf => leaf.Element.IsFloat())];
            var first = Differentiator.Gradients(builder, graph.Results[0], leaves, stabilize: Stabilise.Before).Gradients;
            ImmutableArray<Node> directions = [.. leaves.Select((leaf, i) => builder.Make(new FunctionArgument($"direction{i}", leaf.Type)))];
            values = values.AddRange(leaves.Select((leaf, i) => KeyValuePair.Create(directions[i], Draw(values[leaf], random))));
            var slope = first.Select((gradient, i) => builder.Sum(builder.Multiply(gradient, directions[i]), Enumerable.Range(0, gradient.Shape.Rank))).Aggregate(builder.Add);

            var second = Differentiator.Gradients(builder, slope, leaves, stabilize: Stabilise.Before).Gradients;

            // The terms of the slope are as large as the slopes of ten operators in a row make them.
            double largest = ReferenceEvaluator.Evaluate(first, Symbols, values).SelectMany(gradient => gradient.Data).Select(Math.Abs).Max();
            if (Check(slope, leaves, second, values, random, $"seed {seed}\n{GraphPrinter.Print(graph.Function)}", Math.Max(1, largest)))
                telling++;
        }
        telling.ShouldBeGreaterThan(50, "too many derivatives are too small to tell right from wrong");
    }

    /// <summary>Compares a slope; true if it is so large that a wrong one would be seen.</summary>
    static bool Check(
        Node total, ImmutableArray<Node> variables, ImmutableArray<Node> gradients, ImmutableDictionary<Node, ReferenceTensor> values, Random random, string where,
        double slopes = 1)
    {
        var directions = variables.Select(node => Draw(values[node], random)).ToList();
        double slope = ReferenceEvaluator.Evaluate([.. gradients.Take(variables.Length)], Symbols, values).Select((gradient, k) => Dot(gradient, directions[k])).Sum();
        double At(double step) => ReferenceEvaluator.Evaluate([total], Symbols, values.SetItems(
            variables.Select((node, k) => KeyValuePair.Create(node, Moved(values[node], directions[k], step)))))[0].Data[0];
        double near = (At(Step) - At(-Step)) / (2 * Step), far = (At(2 * Step) - At(-2 * Step)) / (4 * Step);

        // The truncation of the nearer quotient is a third of their distance. Rounding: values below 10^4, times their slopes where these
        // are differentiated, with errors of some hundred 2^-53 from the terms that are added up, over the step.
        double tolerance = Math.Abs(far - near) + slopes * 1e4 * 100 * Math.Pow(2, -53) / Step;
        if (!(Math.Abs(slope - near) <= tolerance))
            throw new ShouldAssertException($"{slope:R} instead of {near:R} within {tolerance:R}: {where}");
        return Math.Abs(near) > 100 * tolerance;
    }

    [Fact]
    public void Optimized_gradients_equal_plain_ones()
    {
        for (int seed = 0; seed < RandomGraphs.Count(100); seed++)
        {
            var graph = RandomGraphs.Create(seed, Options);
            ImmutableArray<Node> leaves = [.. graph.Leaves.Where(leaf => leaf.Element.IsFloat())];
            var plain = Differentiator.Gradients(graph.Network.Builder, graph.Results[0], leaves).Gradients;
            var stable = Differentiator.Gradients(graph.Network.Builder, graph.Results[0], leaves, stabilize: Stabilise.Before).Gradients;
            var function = graph.Function with { Outputs = [.. stable.Select((gradient, i) => new Output($"g{i}", gradient))] };

            var optimized = Pipeline.Run(graph.Network, function);

            Verify.Problems(graph.Network, optimized).ShouldBeEmpty();
            var values = graph.Draw(Symbols, seed);
            var expected = ReferenceEvaluator.Evaluate(plain, Symbols, values);
            var actual = ReferenceEvaluator.Evaluate(RandomGraph.ResultsOf(optimized), Symbols, values);
            for (int k = 0; k < leaves.Length; k++)
            {
                double scale = Math.Max(1, expected[k].Data.Select(Math.Abs).DefaultIfEmpty(0).Max());
                for (int i = 0; i < expected[k].Data.Length; i++)
                    actual[k].Data[i].ShouldBe(expected[k].Data[i], 1e-10 * scale, $"seed {seed}, element {i} of the gradient in {leaves[k]}");
            }
        }
    }

    static ReferenceTensor Draw(ReferenceTensor like, Random random) => new(like.Dims, [.. like.Data.Select(_ => 2 * random.NextDouble() - 1)]);

    static ReferenceTensor Moved(ReferenceTensor from, ReferenceTensor direction, double step) =>
        new(from.Dims, [.. from.Data.Select((value, i) => value + step * direction.Data[i])]);

    static double Dot(ReferenceTensor a, ReferenceTensor b) => a.Data.Select((value, i) => value * b.Data[i]).Sum();
}
