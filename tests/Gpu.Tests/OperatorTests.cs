using NetCompiler.CommandLine.Execution;
using NetCompiler.Emit.Gpu;
using NetCompiler.Graph;
using NetCompiler.Numerics.Tests;
using NetCompiler.Numerics.Tests.Samples;
using NetCompiler.Runtime;
using Shouldly;
using Xunit;

namespace NetCompiler.Gpu.Tests;

/// <summary>The kernels of every sample of the operator table, value and gradients, against the float64 reference.</summary>
public sealed class OperatorTests
{
    [Fact]
    public void Kernels_compute_every_elementwise_operator_and_its_gradient() => Check(ElementwiseSamples.All);

    [Fact]
    public void Kernels_compute_every_operator_on_tensors_and_its_gradient() => Check(TensorSamples.All);

    [Fact]
    public void Kernels_compute_every_operator_on_images_and_its_gradient() => Check(ImageSamples.All);

    static void Check(IEnumerable<Sample> all)
    {
        List<Sample> samples = [.. all];
        foreach (var element in new[] { DType.F32, DType.F64 })
            Check(samples, element);
    }

    static void Check(List<Sample> samples, DType element)
    {
        var cases = samples.Select((sample, i) => new OperatorCase($"S{i}", sample, element)).Where(test => GpuSupport.Missing(test.Function) is null).ToList();
        cases.Count.ShouldBeGreaterThan(samples.Count * 3 / 4);
        var compiled = CompiledNetwork.Compile(cases.SelectMany(test => test.EmitForGpu()));
        cases.Select(test => test.Compare(compiled, Device.GpuEmulator)).OfType<string>().ShouldBeEmpty();
    }
}
