using System.Collections.Immutable;
using NetCompiler.Autodiff;
using NetCompiler.Graph;
using NetCompiler.Numerics.Tests.Samples;
using NetCompiler.Operators;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>What holds for every primitive and every layer of the library, checked on a table of samples that must not miss one.</summary>
public class OperatorGradientTests
{
    static readonly ImmutableArray<Sample> Samples = [.. ElementwiseSamples.All, .. TensorSamples.All, .. ImageSamples.All, .. LibrarySamples.All, .. ScanSamples.All, .. LayoutSamples.All, .. AttentionSamples.All];

    public static TheoryData<int, string> Rows => Where(_ => true);

    public static TheoryData<int, string> FlowingRows => Where(sample => !sample.FlowsTo.IsEmpty);

    public static TheoryData<int, string> ConstantRows => Where(sample => Enumerable.Range(0, sample.Operands.Length).Any(i => IsConstantIn(sample, i)));

    [Fact]
    public void The_table_has_a_sample_of_every_operator()
    {
        var sampled = Samples.Select(sample => sample.Build().Value.Operator.GetType()).ToHashSet();
        // A scan is sampled by its results, and in its body stands what it gives to a step.
        foreach (var sample in ScanSamples.All)
            sampled.UnionWith(Scan.WithBodies(Node.Reachable([sample.Build().Value])).Select(node => node.Operator.GetType()).Where(type => type == typeof(Scan) || type == typeof(BodyArgument)));
        var operators = typeof(Operator).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Operator)) && !type.IsAbstract && !type.IsAssignableTo(typeof(IWhileBinding)));
        operators.Where(type => !sampled.Contains(type)).Select(type => type.Name).ShouldBeEmpty();
    }

    [Fact]
    public void The_table_has_a_sample_of_every_layer_of_the_library() =>
        LibrarySamples.Declared.Where(layer => !LibrarySamples.Sampled.Contains(layer)).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(FlowingRows))]
    public void Gradients_of_every_order_match_central_differences(int row, string name)
    {
        var (sample, built, values) = Prepare(row, name);
        new GradientCheck(built.Builder, sample.Symbols, values, new Random(row))
            .Check(built.Value, [.. sample.FlowsTo.Select(i => built.Leaves[i])], sample.Order);
    }

    [Theory]
    [MemberData(nameof(ConstantRows))]
    public void Where_no_gradient_flows_the_value_is_locally_constant_and_a_problem_says_so(int row, string name)
    {
        var (sample, built, values) = Prepare(row, name);
        var (graph, value) = (built.Builder, built.Builder.Cast(built.Value, DType.F64));
        var check = new GradientCheck(graph, sample.Symbols, values, new Random(row));
        foreach (var leaf in built.Leaves.Where((_, i) => IsConstantIn(sample, i)))
        {
            check.CheckConstant(value, leaf);
            var result = Differentiator.Gradients(graph, value, [leaf], graph.ConstantLike(1, value));
            result.Problems.Single().WithRespectTo.ShouldBe(leaf);
            result.Gradients.Single().ShouldBe(graph.ConstantLike(0, leaf));
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void The_reference_yields_the_inferred_extents_twice_the_same_and_leaves_its_inputs_alone(int row, string name)
    {
        var (sample, built, values) = Prepare(row, name);
        var before = values.ToDictionary(pair => pair.Key, pair => pair.Value.Data.ToArray());
        var first = ReferenceEvaluator.Evaluate([built.Value], sample.Symbols, values)[0];
        var second = ReferenceEvaluator.Evaluate([built.Value], sample.Symbols, values)[0];

        first.Dims.ShouldBe(built.Value.Shape.Dims.Select(dim => (int)dim.Evaluate(sample.Symbols)));
        second.Data.ShouldBe(first.Data);
        foreach (var (leaf, data) in before)
            values[leaf].Data.ShouldBe(data);
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void The_cost_is_a_count_of_operations(int row, string name)
    {
        var (sample, built, _) = Prepare(row, name);
        var work = built.Value.Operator.Cost(built.Value);
        long multiplyAdds = work.MultiplyAdds.Evaluate(sample.Symbols), flops = work.Flops.Evaluate(sample.Symbols);
        multiplyAdds.ShouldBeGreaterThanOrEqualTo(0);
        flops.ShouldBeGreaterThanOrEqualTo(2 * multiplyAdds);
    }

    static (Sample, SampleGraph, ImmutableDictionary<Node, ReferenceTensor>) Prepare(int row, string name)
    {
        var sample = Samples[row];
        sample.Name.ShouldBe(name);
        var built = sample.Build();
        var random = new Random(row);
        var values = built.Leaves.Select((leaf, i) => KeyValuePair.Create(leaf, sample.Operands[i].Draw(random, i, sample.Symbols)));
        return (sample, built, values.ToImmutableDictionary());
    }

    static bool IsConstantIn(Sample sample, int operand) =>
        sample.Operands[operand].Type.Element.IsFloat() && !sample.FlowsTo.Contains(operand) && !sample.NotCompared.Contains(operand);

    static TheoryData<int, string> Where(Func<Sample, bool> wanted)
    {
        var rows = new TheoryData<int, string>();
        for (int row = 0; row < Samples.Length; row++)
        {
            if (wanted(Samples[row]))
                rows.Add(row, Samples[row].Name);
        }
        return rows;
    }
}
