using NetCompiler.CommandLine.Execution;
using NetCompiler.Graph;
using NetCompiler.Runtime;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests.Reference;

/// <summary>Results and gradients of generated code against what PyTorch computes in float64; <c>tests/reference</c> recorded them.</summary>
public sealed class ReferenceTests
{
    public static TheoryData<string> Groups => [.. ReferenceCases.All.Keys];

    [Theory]
    [MemberData(nameof(Groups))]
    public void Generated_code_computes_what_PyTorch_computes(string group)
    {
        var recordings = Recording.Read(group);
        var networks = ReferenceCases.All[group]
            .SelectMany(written => new[] { DType.F64, DType.F32 }.Select(element => new ReferenceNetwork(written, recordings[written.Name], element))).ToList();
        var emitted = networks.Select(network => (Network: network, Emitted: network.Emit())).ToList();
        var failures = emitted.Select(pair => pair.Emitted.Problem).OfType<string>().ToList();

        var compiled = CompiledNetwork.Compile(emitted.SelectMany(pair => pair.Emitted.Files));
        using var pool = new WorkerPool(2);
        failures.AddRange(emitted.Where(pair => pair.Emitted.Problem is null).Select(pair => pair.Network.Compare(compiled, pool)).OfType<string>());

        failures.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Groups))]
    public void Every_recorded_case_is_compared(string group) =>
        ReferenceCases.All[group].Select(written => written.Name).Order(StringComparer.Ordinal).ShouldBe(Recording.Read(group).Keys);
}
