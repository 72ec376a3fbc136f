using System.Collections.Immutable;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Emit;
using NetCompiler.Graph;
using NetCompiler.Plan;
using NetCompiler.Runtime;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>The emitted code of scans, compiled and run, against the float64 reference.</summary>
public sealed class ScanCodeTests
{
    static readonly Dictionary<string, long>[] Sizes =
    [
        new() { ["T"] = 1, ["N"] = 1 }, new() { ["T"] = 7, ["N"] = 3 }, new() { ["T"] = 4, ["N"] = 17 }, new() { ["T"] = 4, ["N"] = 2 },
        new() { ["T"] = 0, ["N"] = 3 }, new() { ["T"] = 3, ["N"] = 0 },
    ];

    static readonly Lazy<CompiledNetwork> Compiled = new(() => CompiledNetwork.Compile(Recurrence.All.SelectMany(test => Emit(test.Graph))));

    public static TheoryData<string> Names => [.. Recurrence.All.Select(test => test.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Emitted_scans_equal_the_reference_at_every_length_and_batch(string name)
    {
        var graph = Recurrence.All.Single(test => test.Name == name).Graph;
        using var pool = new WorkerPool(2);
        var network = Compiled.Value.Create(name, seed: 0, pool);
        // One network for all sizes: what it laid out for one must not be taken for another.
        foreach (var symbols in Sizes.Where(sizes => sizes["T"] > 0 || name != "ShorterLengths"))
        {
            // A value passes some ten roundings at each step besides that of the arguments, and slopes are at most about 4.
            var difference = EmittedFunction.Difference(network, graph.Function, graph.Draw(symbols, seed: 5), symbols, roundings: 64 * (1 + symbols["T"]));
            difference.ShouldBeNull($"T = {symbols["T"]}, N = {symbols["N"]}\n{PlanPrinter.Print(BuildPlan.Run(graph.Function))}");
        }
    }

    [Fact]
    public void Scans_give_the_same_bits_on_any_number_of_threads()
    {
        var graph = Recurrence.All.Single(test => test.Name == "Lstm").Graph;
        var symbols = new Dictionary<string, long> { ["T"] = 5, ["N"] = 700 };
        var values = graph.Draw(symbols, seed: 1);
        object[] arguments = [.. graph.Function.Arguments.Select(argument =>
            EmittedFunction.Box(values.Single(pair => pair.Key.Operator is Operators.FunctionArgument given && given.Argument == argument.Name).Value, argument.Type))];
        double[][] results = [.. new[] { 1, 2, 3 }.Select(threads =>
        {
            using var pool = new WorkerPool(threads);
            return Compiled.Value.Create("Lstm", seed: 0, pool).Invoke("run", arguments).SelectMany(EmittedFunction.Unbox).ToArray();
        })];
        results[0].ShouldContain(value => value != 0);
        results[1].ShouldBe(results[0]);
        results[2].ShouldBe(results[0]);
    }

    delegate (TensorView<float> H, TensorView<float> C, TensorView<float> Hs) LstmMethod(
        ReadOnlySpan<float> xs, ReadOnlySpan<float> h, ReadOnlySpan<float> c, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias);

    [Fact]
    public void Steps_allocate_nothing()
    {
        // One thread: allocations are counted for the thread that calls.
        using var pool = new WorkerPool(1);
        var network = Compiled.Value.Create("Lstm", seed: 0, pool);
        var run = network.GetType().GetMethod("Run")!.CreateDelegate<LstmMethod>(network);
        var (xs, state, weight, bias) = (new float[50 * 2 * 3], new float[2 * 5], new float[8 * 20], new float[20]);
        for (int i = 0; i < 3; i++)
            run(xs, state, state, weight, bias);
        long before = GC.GetAllocatedBytesForCurrentThread();
        run(xs, state, state, weight, bias);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    static ImmutableArray<EmittedFile> Emit(RandomGraph graph) =>
        NetworkWriter.Write(graph.Network, [BuildPlan.Run(graph.Function)], lineDirectives: false);
}
