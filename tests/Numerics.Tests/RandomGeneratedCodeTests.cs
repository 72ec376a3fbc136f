using System.Collections.Immutable;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Emit;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Passes;
using NetCompiler.Plan;
using NetCompiler.Runtime;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>Random functions, optimised, planned, emitted, compiled and run, against the float64 reference of what was written.</summary>
public sealed class RandomGeneratedCodeTests
{
    static readonly Dictionary<string, long>[] SymbolValues =
    [
        new() { ["N"] = 1, ["M"] = 1 }, new() { ["N"] = 3, ["M"] = 2 }, new() { ["N"] = 2, ["M"] = 5 },
        new() { ["N"] = 0, ["M"] = 0 }, new() { ["N"] = 0, ["M"] = 3 }, new() { ["N"] = 3, ["M"] = 0 },
    ];

    public static TheoryData<string, int> Kinds => new()
    {
        { "f32", 100 },
        { "f64", 50 },
        { "f32 f64", 100 },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Emitted_code_of_random_functions_equals_the_reference(string floats, int count)
    {
        var options = new RandomGraphOptions
        {
            Floats = [.. floats.Split(' ').Select(name => DTypes.TryParse(name, out var type) ? type : throw new ArgumentException(name))],
        };
        int first = floats.Length * 1000;
        var failures = new List<string>();
        using var pool = new WorkerPool(2);
        foreach (int[] seeds in Enumerable.Range(first, RandomGraphs.Count(count)).Chunk(100))
        {
            var graphs = seeds.Select(seed => (Seed: seed, Graph: RandomGraphs.Create(seed, options))).ToList();
            var compiled = CompiledNetwork.Compile(graphs.SelectMany(pair => Emit(pair.Graph, $"G{pair.Seed}")));
            foreach (var (seed, graph) in graphs)
            {
                var network = compiled.Create($"G{seed}", seed: 0, pool);
                foreach (var symbols in SymbolValues)
                {
                    var values = graph.Draw(symbols, seed);
                    if (EmittedFunction.Difference(network, graph.Function, values, symbols, Roundings(graph, symbols, values)) is { } difference)
                        failures.Add($"seed {seed}, N = {symbols["N"]}, M = {symbols["M"]}: {difference}\n{GraphPrinter.Print(graph.Function)}");
                }
            }
        }
        failures.ShouldBeEmpty();
    }

    // Some thirty operators in a row, each rounding a value no larger than the largest of all, and slopes of at most about 8.
    static double Roundings(RandomGraph graph, IReadOnlyDictionary<string, long> symbols, IReadOnlyDictionary<Node, ReferenceTensor> values)
    {
        var floats = Node.Reachable(graph.Results).Where(node => node.Element.IsFloat()).ToImmutableArray();
        double largest = ReferenceEvaluator.Evaluate(floats, symbols, values)
            .SelectMany(tensor => tensor.Data).Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(1).Max();
        return 256 * Math.Max(1, largest);
    }

    static ImmutableArray<EmittedFile> Emit(RandomGraph graph, string name)
    {
        var network = Pipeline.Run(graph.Network with { Name = name, Namespace = "", Functions = [graph.Function] });
        return NetworkWriter.Write(network, [.. network.Functions.Select(BuildPlan.Run)], lineDirectives: false);
    }
}
