using System.Collections.Immutable;
using System.Text.RegularExpressions;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Gpu.Tests;

/// <summary>Whole networks on the emulated GPU beside the processor.</summary>
public sealed class NetworkTests
{
    const string Convolutional = """
        network Small {
            input image : f32[N, 1, 10, 10];
            input label : i32[N];
            c1 = image |> conv2d(6, kernel: 3) |> relu |> max_pool2d(2);
            c2 = c1 |> conv2d(5, kernel: 3, pad: 1) |> batch_norm |> relu;
            logits = c2 |> flatten |> dense(10);
            loss = cross_entropy(logits, label);
            function predict(image) -> softmax(logits);
            function train(image, label, rate: f32) -> loss minimizing loss with sgd(rate, momentum: 0.9);
        }

        """;

    const string Recurrent = """
        network Small {
            input image : f32[N, 7, 5];
            input label : i32[N];
            logits = mean(transpose(image, [1, 0, 2]) |> lstm(6), axis: 0) |> dense(4);
            loss = cross_entropy(logits, label);
            function predict(image) -> softmax(logits);
            function train(image, label, rate: f32) -> loss minimizing loss with sgd(rate, momentum: 0.9);
        }

        """;

    // The updates wait for the norm of all gradients, and are launched at once.
    const string Clipped = """
        network Small {
            input image : f32[N, 20];
            input label : i32[N];
            logits = image |> dense(7) |> tanh |> dense(5) |> tanh |> dense(3);
            loss = cross_entropy(logits, label);
            function predict(image) -> softmax(logits);
            function train(image, label, rate: f32) -> loss minimizing loss with adam(rate) clipping 0.5;
        }

        """;

    [Theory]
    [InlineData(Convolutional, 100, 10)]
    [InlineData(Clipped, 20, 3)]
    [InlineData(Recurrent, 35, 4)]
    public void A_network_learns_on_a_gpu_what_it_learns_on_the_processor(string program, int pixels, int classes)
    {
        var (processor, gpu) = Networks(program);
        var random = new Random(3);
        // Steps multiply rounding: after these few, results agree to some hundred ulps.
        for (int step = 0; step < 4; step++)
        {
            int batch = step == 2 ? 3 : 5;
            float[] image = [.. Enumerable.Range(0, batch * pixels).Select(_ => (float)random.NextDouble() - 0.5f)];
            int[] label = [.. Enumerable.Range(0, batch).Select(_ => random.Next(classes))];
            float expected = (float)processor.Invoke("train", image, label, 0.01f)[0];
            float actual = (float)gpu.Invoke("train", image, label, 0.01f)[0];
            actual.ShouldBe(expected, 1e-4f * Math.Abs(expected));
            Same(gpu.Invoke("predict", image)[0], processor.Invoke("predict", image)[0]);
        }
        // A bias before a normalisation has no gradient but rounding.
        foreach (var variable in processor.Parameters.Where(variable => variable.Shape.Length > 1))
            Same(gpu.Values<float>(variable.Name), processor.Values<float>(variable.Name));
    }

    [Fact]
    public void Names_of_the_program_do_not_meet_those_of_emitted_code()
    {
        const string program = """
            network Small {
                input gpu : f32[N, 2];
                function train(gpu, turn: f32, device: f32) -> mean(gpu) * turn + device;
                function begin_train(gpu) -> sum(gpu);
                function train_on_gpu(gpu) -> max(gpu);
            }

            """;
        var (processor, gpu) = Networks(program);
        foreach (var network in new[] { processor, gpu })
        {
            network.Invoke("train", new float[] { 1, 3 }, 2f, 5f)[0].ShouldBe(9f);
            network.Invoke("begin_train", new float[] { 1, 3 })[0].ShouldBe(4f);
            network.Invoke("train_on_gpu", new float[] { 1, 3 })[0].ShouldBe(3f);
        }
    }

    [Fact]
    public void Values_that_the_program_changes_reach_the_device_and_come_back()
    {
        var (_, gpu) = Networks(Convolutional);
        var image = new float[100];
        var before = ((TensorView<float>)gpu.Invoke("predict", image)[0]).ToArray();
        var bias = gpu.Parameters.Single(parameter => parameter.Shape is [10]);
        gpu.Values<float>(bias.Name)[3] = 5;
        var after = ((TensorView<float>)gpu.Invoke("predict", image)[0]).ToArray();
        after[3].ShouldBeGreaterThan(before[3] + 0.5f);
        gpu.Invoke("train", image, new[] { 3 }, 0.1f);
        gpu.Values<float>(bias.Name)[3].ShouldBeGreaterThan(5);
    }

    [Fact]
    public void Every_kernel_that_was_launched_compiles_for_the_gpus_of_nvidia()
    {
        foreach (var program in new[] { Convolutional, Recurrent })
        {
            var (_, gpu) = Networks(program);
            int pixels = program == Convolutional ? 100 : 35;
            gpu.Invoke("train", new float[2 * pixels], new[] { 1, 2 }, 0.01f);
            gpu.Invoke("predict", new float[2 * pixels]);
        }
        var kernels = GpuDevice.For(Device.GpuEmulator)!.Kernels;
        kernels.Count.ShouldBeGreaterThan(20);
        foreach (var kernel in kernels)
            Ptx.Compile(kernel).ShouldContain(".visible .entry");
    }

    [Fact]
    public void A_convolution_ends_with_its_bias_a_scale_a_residual_and_an_activation_in_one_launch()
    {
        const string program = """
            network Small {
                input image : f32[N, 3, 7, 5];
                param scale : f32[3] = ones;
                y = relu(((image |> conv2d(3, kernel: 3, pad: 1)) + image) * reshape(scale, [3, 1, 1]));
                z = y |> conv2d(4, kernel: 3, stride: 2);
                loss = mean(z * z);
                function predict(image) -> y;
                function train(image, rate: f32) -> loss minimizing loss with sgd(rate);
            }

            """;
        string predict = Emit(program).Single(file => file.Name.EndsWith("Predict.Gpu.g.cs", StringComparison.Ordinal)).Text;
        Regex.Count(predict, @"void Step\d").ShouldBe(1, predict);
        Regex.Count(predict, @"Im2ColConvolution\.Forward\(.*, new G\d+_\w*\(.*\)\);").ShouldBe(1);

        // The gradient of relu is done where the gradient of its result is finished.
        string train = Emit(program).Single(file => file.Name.EndsWith("Train.Gpu.g.cs", StringComparison.Ordinal)).Text;
        Regex.Count(train, @"Im2ColConvolution\.BackwardData\(.*, new G\d+_\w*\(.*\)\);").ShouldBe(1);

        var (processor, gpu) = Networks(program);
        var random = new Random(4);
        float[] image = [.. Enumerable.Range(0, 2 * 105).Select(_ => (float)random.NextDouble() - 0.5f)];
        processor.Invoke("train", image, 0.1f);
        gpu.Invoke("train", image, 0.1f);
        foreach (var variable in processor.Parameters)
            Same(gpu.Values<float>(variable.Name), processor.Values<float>(variable.Name));
        Same(gpu.Invoke("predict", image)[0], processor.Invoke("predict", image)[0]);
    }

    static ImmutableArray<EmittedFile> Emit(string program)
    {
        var compilation = Compilation.Create(new SourceText("small.net", program), _ => null, new CompilerOptions { Gpu = GpuCode.Required });
        compilation.Diagnostics.Items.ShouldBeEmpty();
        return [.. compilation.Emit().Items];
    }

    static (Network Processor, Network Gpu) Networks(string program)
    {
        var compiled = CompiledNetwork.Compile(Emit(program));
        return (compiled.Create("Small", Device.Cpu), compiled.Create("Small", Device.GpuEmulator));
    }

    static void Same(object actual, object expected) => Same(((TensorView<float>)actual).ToArray(), ((TensorView<float>)expected).ToArray());

    static void Same(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected)
    {
        actual.Length.ShouldBe(expected.Length);
        float largest = 0;
        foreach (float value in expected)
            largest = Math.Max(largest, Math.Abs(value));
        for (int i = 0; i < actual.Length; i++)
            actual[i].ShouldBe(expected[i], 2e-4f * largest);
    }
}
