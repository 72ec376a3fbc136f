using System.Collections.Immutable;
using System.Text.RegularExpressions;
using NetCompiler.Algorithms;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;
using NetCompiler.Text;
using Shouldly;
using Xunit;
using DirectConvolution = NetCompiler.Runtime.Gpu.DirectConvolution;

namespace NetCompiler.Gpu.Tests;

/// <summary>Convolutions by their definition, a few results in each thread.</summary>
public sealed class DirectConvolutionTests
{
    static readonly ConvolutionShape[] Shapes =
    [
        new(1, 1, 1, 1, 1, 1, 1),
        new(2, 5, 7, 9, 5, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1, Groups: 5),
        new(2, 3, 9, 7, 6, 5, 5, PadTop: 2, PadLeft: 2, PadBottom: 2, PadRight: 2, Groups: 3),
        new(2, 4, 11, 8, 4, 3, 3, StrideHeight: 2, StrideWidth: 2, PadTop: 1, PadLeft: 1, PadRight: 1, Groups: 4),
        new(1, 4, 12, 13, 4, 5, 5, StrideHeight: 3, StrideWidth: 1, PadTop: 2, PadLeft: 4, PadBottom: 1, Groups: 2),
        new(1, 6, 10, 9, 9, 2, 3, PadTop: 2, PadLeft: 1, PadBottom: 3, PadRight: 3, DilationHeight: 3, DilationWidth: 2, Groups: 3),
        new(1, 4, 9, 11, 8, 3, 3, PadTop: 1, PadLeft: 3, DilationHeight: 2, DilationWidth: 3, Groups: 4),
        new(2, 6, 5, 5, 4, 2, 2, StrideHeight: 2, StrideWidth: 1, PadTop: 1, PadLeft: 1, DilationHeight: 2, Groups: 2),
        new(1, 4, 3, 2, 4, 1, 7, PadLeft: 6, PadRight: 6, StrideWidth: 5, Groups: 4),
        new(2, 3, 7, 6, 4, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1),
        new(1, 2, 8, 9, 2, 7, 7, PadTop: 3, PadLeft: 3, PadBottom: 3, PadRight: 3, Groups: 2),
        new(1, 2, 4, 5, 2, 3, 3, PadTop: 4, PadLeft: 3, PadBottom: 5, PadRight: 4, Groups: 2),
    ];

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Shapes.Length)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Results_and_gradients_equal_sums_in_float64_and_are_the_same_bits_on_every_run(int index)
    {
        var shape = Shapes[index];
        var data = new ConvolutionData(shape);
        var y = data.Forward(DirectConvolution.Forward);
        data.Y.ErrorOfSums(y).ShouldBeLessThanOrEqualTo(1, $"y of {shape}");
        data.Forward(DirectConvolution.Forward).ShouldBe(y);

        var dx = data.BackwardData(DirectConvolution.BackwardData);
        data.Dx.ErrorOfSums(dx).ShouldBeLessThanOrEqualTo(1, $"dx of {shape}");
        data.BackwardData(DirectConvolution.BackwardData).ShouldBe(dx);

        var dw = data.BackwardFilter(DirectConvolution.BackwardFilter);
        data.Dw.ErrorOfSums(dw).ShouldBeLessThanOrEqualTo(1, $"dw of {shape}");
        data.BackwardFilter(DirectConvolution.BackwardFilter).ShouldBe(dw);
    }

    [Fact]
    public void Gradients_of_filters_over_many_positions_are_shared_among_groups_of_threads()
    {
        var shape = new ConvolutionShape(3, 2, 53, 55, 2, 3, 5, PadTop: 1, PadLeft: 2, PadBottom: 1, PadRight: 2, Groups: 2);
        RowLaunches.PartsOf(2 * 1 * 2, 3 * 53 * 55, RowLaunches.FewestOfRow).ShouldBe(2);
        var data = new ConvolutionData(shape);
        var dw = data.BackwardFilter(DirectConvolution.BackwardFilter);
        data.Dw.ErrorOfSums(dw).ShouldBeLessThanOrEqualTo(1);
        data.BackwardFilter(DirectConvolution.BackwardFilter).ShouldBe(dw);
    }

    [Fact]
    public void Without_images_gradients_of_filters_are_zero()
    {
        var device = GpuDevice.For(Device.GpuEmulator)!;
        using var buffers = new DeviceBuffers(device);
        var dw = buffers.Of([1f, 2, 3, 4, 5, 6]);
        DirectConvolution.BackwardFilter(device, new(0, 2, 5, 5, 2, 1, 3, Groups: 2), buffers.Of<float>([]), buffers.Of<float>([]), dw);
        DirectConvolution.Forward(device, new(0, 2, 5, 5, 2, 1, 3, Groups: 2), buffers.Of<float>([]), dw, buffers.Of<float>([]));
        var result = new float[6];
        device.Download(dw, result);
        result.ShouldBe(new float[6]);
    }

    [Fact]
    public void A_network_of_depthwise_convolutions_learns_by_it_with_all_that_its_ends_compute()
    {
        const string program = """
            network Separable {
                input image : f32[N, 3, 9, 8];
                a = image |> conv2d(6, kernel: 3, pad: 1, groups: 3) |> relu;
                b = relu((a |> conv2d(6, kernel: 3, pad: 1, groups: 6)) * 0.5 + a);
                logits = b |> conv2d(6, kernel: 5, stride: 2, pad: 2, groups: 6) |> relu |> flatten |> dense(4);
                loss = mean(logits ** 2);
                function predict(image) -> logits;
                function train(image) -> loss minimizing loss with sgd(0.05);
            }

            """;
        Compilation Compile(SourceText? record)
        {
            var compilation = Compilation.Create(new SourceText("separable.net", program), _ => null, new CompilerOptions { Gpu = GpuCode.Required, GpuTuning = record });
            compilation.Diagnostics.ShouldBeEmpty();
            return compilation;
        }
        var plain = Compile(null);
        var kernels = new[] { "predict", "train" }.SelectMany(function => plain.GpuKernels("Separable", function)).Select(kernel => kernel.Problem)
            .OfType<ConvolutionProblem>().DistinctBy(kernel => kernel.Signature).ToList();
        kernels.Select(kernel => kernel.Pass).Distinct().Count().ShouldBe(3);
        var record = new TuningRecord("any", 0, kernels.ToImmutableSortedDictionary(kernel => kernel.Signature, _ => new TunedKernel("direct", ImmutableSortedDictionary<string, double>.Empty, 0)));
        var files = Compile(new SourceText("separable.gpu.tune.json", record.Print())).Emit().Items;
        string text = string.Concat(files.Select(file => file.Text));
        foreach (string pass in new[] { "Forward", "BackwardData", "BackwardFilter" })
            text.ShouldContain($"DirectConvolution.{pass}(Device, ");
        var compiled = CompiledNetwork.Compile(files);
        var (processor, gpu) = (compiled.Create("Separable", Device.Cpu), compiled.Create("Separable", Device.GpuEmulator));
        var random = new Random(5);
        float[] images = [.. Enumerable.Range(0, 2 * 3 * 9 * 8).Select(_ => (float)random.NextDouble() - 0.5f)];
        // Sums of a hundred terms in another order.
        const float tolerance = 1e-5f;
        for (int step = 0; step < 2; step++)
        {
            float expected = (float)processor.Invoke("train", images)[0];
            ((float)gpu.Invoke("train", images)[0]).ShouldBe(expected, tolerance * Math.Abs(expected));
        }
        var (actual, wanted) = (((TensorView<float>)gpu.Invoke("predict", images)[0]).ToArray(), ((TensorView<float>)processor.Invoke("predict", images)[0]).ToArray());
        float largest = wanted.Max(Math.Abs);
        largest.ShouldBeGreaterThan(0);
        for (int i = 0; i < wanted.Length; i++)
            actual[i].ShouldBe(wanted[i], tolerance * largest);
    }

    [Theory]
    [InlineData(typeof(DirectKernel<SlidingColumn<Window3x3>, StorePlanes>), 5)]
    [InlineData(typeof(DirectKernel<SlidingColumn<Window5x5>, StorePlanes>), 5)]
    [InlineData(typeof(DirectKernel<SlidingColumn<WindowOfAnySize>, StorePlanes>), 5)]
    [InlineData(typeof(DirectKernel<SteppingColumn<Window3x3>, StorePlanes>), 5)]
    [InlineData(typeof(DirectKernel<SteppingColumn<WindowOfAnySize>, StorePlanes>), 5)]
    [InlineData(typeof(StridedGradientKernel<StorePlanes>), 2)]
    public void Sums_stay_in_registers_and_no_place_is_found_by_division(Type kernel, int loads)
    {
        string ptx = Ptx.Compile(kernel);
        ptx.ShouldNotContain(".local");
        Regex.Count(ptx, @"(div|rem)\.").ShouldBe(0);
        // Loops are written once, for each of two architectures.
        Regex.Count(ptx, @"ld\.global\.f32").ShouldBe(2 * loads);
    }

    [Fact]
    public void Gradients_of_filters_read_a_result_once_for_twelve_elements_without_divisions()
    {
        string ptx = Ptx.Compile(typeof(DirectFilterKernel));
        ptx.ShouldNotContain(".local");
        foreach (string ofOneArchitecture in ptx.Split(".visible .entry")[1..])
        {
            var loads = Regex.Matches(ofOneArchitecture, @"ld\.global\.f32");
            // Twelve of kept sums, and in the loop twelve of images and one of the results.
            loads.Count.ShouldBe(25);
            Regex.IsMatch(ofOneArchitecture, @"(div|rem)\.").ShouldBeFalse();
        }
    }
}
