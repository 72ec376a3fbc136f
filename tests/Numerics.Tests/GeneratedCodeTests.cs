using System.Collections.Immutable;
using NetCompiler.Autodiff;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Emit;
using NetCompiler.Graph;
using NetCompiler.Numerics.Tests.Samples;
using NetCompiler.Operators;
using NetCompiler.Passes;
using NetCompiler.Plan;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>The emitted C# of every sample of the operator table, value and gradients, against the float64 reference.</summary>
public sealed class GeneratedCodeTests
{
    static readonly ImmutableArray<Sample> Samples = [.. ElementwiseSamples.All, .. TensorSamples.All, .. ImageSamples.All];

    [Theory]
    [InlineData(DType.F64)]
    [InlineData(DType.F32)]
    public void Emitted_code_computes_every_operator_and_its_gradient(DType element)
    {
        var cases = Samples.Select((sample, i) => new OperatorCase($"S{i}", sample, element)).ToList();
        var compiled = CompiledNetwork.Compile(cases.SelectMany(test => test.Emit()));
        var failures = cases.Select(test => test.Compare(compiled)).OfType<string>().ToList();
        failures.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(DType.F64)]
    [InlineData(DType.F32)]
    public void Emitted_code_computes_every_operator_and_its_gradient_at_sizes_0_and_1(DType element)
    {
        var cases = SizeSamples.All.Select((sample, i) => new OperatorCase($"S{i}", sample, element)).ToList();
        var compiled = CompiledNetwork.Compile(cases.SelectMany(test => test.Emit()));
        var failures = new long[] { 0, 1, 0, 3 }.SelectMany(size => cases.Select(test => test.Compare(compiled, ("N", size)))).OfType<string>().ToList();
        failures.ShouldBeEmpty();
    }

    [Fact]
    public void Emitted_code_computes_the_layers_of_the_library_and_their_gradients()
    {
        // In f32, but for those whose loops and gradients hold graphs of f64.
        var cases = LibrarySamples.All.Where(sample => sample.Formula is not null && sample.NotCompared.IsEmpty)
            .Select((sample, i) => new OperatorCase($"S{i}", sample, DType.F32)).ToList();
        var compiled = CompiledNetwork.Compile(cases.SelectMany(test => test.Emit(optimised: true)));
        cases.Select(test => test.Compare(compiled)).OfType<string>().ShouldBeEmpty();
    }

    [Fact]
    public void Emitted_code_computes_attention_and_each_of_its_gradients_alone()
    {
        var cases = AttentionSamples.All.SelectMany(sample => new[] { sample, sample with { FlowsTo = [] } }).Select((sample, i) => new OperatorCase($"S{i}", sample, DType.F32)).ToList();
        var compiled = CompiledNetwork.Compile(cases.SelectMany(test => test.Emit()));
        new long[] { 0, 1, 3 }.SelectMany(size => cases.Select(test => test.Compare(compiled, ("N", size)))).OfType<string>().ShouldBeEmpty();
    }

    [Fact]
    public void Every_operator_has_a_sample_with_a_size_that_may_be_0()
    {
        // Random functions have scans of no steps and gradients of their own.
        Type[] elsewhere = [typeof(Scan), typeof(ScanResult), typeof(TrainingFlag), typeof(CustomGradient)];
        var sampled = SizeSamples.All.Concat(LayoutSamples.All).Concat(AttentionSamples.All).Select(sample => sample.Build().Value.Operator.GetType()).Concat(elsewhere).ToHashSet();
        typeof(Operator).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(Operator)) && !type.IsAbstract && !type.IsSubclassOf(typeof(Supplied))
                && !typeof(IWhileBinding).IsAssignableFrom(type) && !sampled.Contains(type))
            .Select(type => type.Name).ShouldBeEmpty();
    }
}
