using System.Collections.Immutable;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Passes;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

public class RandomGraphTests
{
    static readonly int Graphs = RandomGraphs.Count(400);

    static readonly Dictionary<string, long>[] SymbolValues =
    [
        new() { ["N"] = 1, ["M"] = 1 }, new() { ["N"] = 3, ["M"] = 2 }, new() { ["N"] = 2, ["M"] = 5 },
    ];

    [Fact]
    public void A_seed_gives_the_same_function_each_time()
    {
        for (int seed = 0; seed < 20; seed++)
            GraphPrinter.Print(RandomGraphs.Create(seed).Network).ShouldBe(GraphPrinter.Print(RandomGraphs.Create(seed).Network));
    }

    [Fact]
    public void Random_graphs_contain_every_operator()
    {
        var seen = new HashSet<Type>();
        for (int seed = 0; seed < Graphs; seed++)
            seen.UnionWith(WithBodies(RandomGraphs.Create(seed).Results).Select(node => node.Operator.GetType()));

        var all = typeof(Operator).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Operator)) && !type.IsAbstract && !type.IsAssignableTo(typeof(IWhileBinding)) && !type.IsAssignableTo(typeof(ILayoutOperator)) && !type.IsAssignableTo(typeof(Composite)));
        all.Where(type => !seen.Contains(type)).ShouldBeEmpty();
    }

    static IEnumerable<Node> WithBodies(IEnumerable<Node> results) => Node.Reachable(results)
        .SelectMany(node => node.Operator is Scan scan ? WithBodies(scan.Body.Items).Prepend(node) : [node]);

    [Fact]
    public void Random_graphs_verify_and_have_tame_values()
    {
        for (int seed = 0; seed < Graphs; seed++)
        {
            var graph = RandomGraphs.Create(seed);
            Verify.Problems(graph.Network, graph.Function).ShouldBeEmpty($"seed {seed}");
            var symbols = SymbolValues[seed % SymbolValues.Length];
            foreach (var value in ReferenceEvaluator.Evaluate(graph.Results, symbols, graph.Draw(symbols, seed)))
                value.Data.ShouldAllBe(element => Math.Abs(element) < 1e4, $"seed {seed}");
        }
    }

    [Fact]
    public void Every_pass_keeps_the_values_verifies_and_leaves_its_own_result_alone()
    {
        for (int seed = 0; seed < Graphs; seed++)
        {
            var graph = RandomGraphs.Create(seed);
            var (network, function) = (graph.Network, graph.Function);
            var symbols = SymbolValues[seed % SymbolValues.Length];
            var values = graph.Draw(symbols, seed);
            var expected = ReferenceEvaluator.Evaluate(graph.Results, symbols, values);
            foreach (var pass in Pipeline.Passes)
            {
                function = pass.Run(network, function);

                string which = $"seed {seed} after {pass.Name}";
                Verify.Problems(network, function).ShouldBeEmpty(which);
                GraphPrinter.Print(pass.Run(network, function)).ShouldBe(GraphPrinter.Print(function), which);
                var actual = ReferenceEvaluator.Evaluate(RandomGraph.ResultsOf(function), symbols, values);
                for (int result = 0; result < actual.Length; result++)
                    Agree(expected[result], actual[result], $"result {result}, {which}\n{GraphPrinter.Print(graph.Function)}\n{GraphPrinter.Print(function)}");
            }
        }
    }

    [Fact]
    public void The_pipeline_keeps_the_values_where_symbolic_extents_are_zero()
    {
        for (int seed = 0; seed < Graphs; seed++)
        {
            var symbols = new Dictionary<string, long> { ["N"] = seed % 3 == 0 ? 2 : 0, ["M"] = seed % 3 == 1 ? 3 : 0 };
            var graph = RandomGraphs.Create(seed);
            var values = graph.Draw(symbols, seed);
            var optimized = Pipeline.Run(graph.Network, graph.Function);

            var expected = ReferenceEvaluator.Evaluate(graph.Results, symbols, values);
            var actual = ReferenceEvaluator.Evaluate(RandomGraph.ResultsOf(optimized), symbols, values);
            for (int result = 0; result < actual.Length; result++)
                Agree(expected[result], actual[result], $"result {result}, seed {seed}\n{GraphPrinter.Print(graph.Function)}\n{GraphPrinter.Print(optimized)}");
        }
    }

    // A rule moves a rounding or two of some 2^-53. Values lie below 10^4, and no operator of a random graph enlarges an error by more
    // than about 100 (an exp of 4, a sum over 64); 20 in a row do not all do so.
    static void Agree(ReferenceTensor expected, ReferenceTensor actual, string where)
    {
        actual.Dims.ShouldBe(expected.Dims, where);
        double scale = expected.Data.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
        for (int i = 0; i < expected.Data.Length; i++)
        {
            if (!actual.Data[i].Equals(expected.Data[i]) && !(Math.Abs(actual.Data[i] - expected.Data[i]) <= 1e-10 * Math.Max(1, scale)))
                throw new ShouldAssertException($"element {i} is {actual.Data[i]:R} instead of {expected.Data[i]:R}: {where}");
        }
    }
}
