using NetCompiler.CommandLine.Execution;
using NetCompiler.Numerics.Tests;
using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Gpu.Tests;

/// <summary>f64 and whole numbers on the emulated GPU beside the processor.</summary>
public sealed class ElementTypeTests
{
    const string Exact = """
        network Exact {
            input image : f64[N, 2, 7, 6];
            input label : i32[N];
            param scale : f64[3] = 1;
            c = image |> conv2d(3, kernel: 3, pad: 1) |> gelu |> max_pool2d(2);
            d = c |> conv2d(2, kernel: 2, stride: 2) |> softplus |> avg_pool2d(1);
            logits = flatten(d * 0.5 + random_normal(shape(d), type: f64) * 0.01) |> dense(4) |> tanh;
            loss = cross_entropy(logits, label % 4) + mean(scale * erf(mean(c, axis: [0, 2, 3])));
            function predict(image) -> (softmax(logits), slope: grad(mean(logits ** 2), image));
            function train(image, label) -> loss minimizing loss with adam(0.01);
        }

        """;

    [Fact]
    public void A_network_of_f64_learns_on_a_gpu_to_many_digits_what_it_learns_on_the_processor()
    {
        var (processor, gpu) = Networks(Exact);
        var random = new Random(4);
        for (int step = 0; step < 2; step++)
        {
            double[] image = [.. Enumerable.Range(0, 3 * 84).Select(_ => random.NextDouble() - 0.5)];
            int[] label = [.. Enumerable.Range(0, 3).Select(_ => random.Next(100))];
            ((double)gpu.Invoke("train", image, label)[0]).ShouldBe((double)processor.Invoke("train", image, label)[0], 1e-12);
            foreach (var (actual, expected) in gpu.Invoke("predict", image).Zip(processor.Invoke("predict", image)))
                EmittedFunction.Unbox(actual).ShouldBe(EmittedFunction.Unbox(expected), 1e-11);
        }
        // Adam divides gradients by their size: rounding of some hundred terms in each of two steps.
        foreach (var variable in processor.Parameters)
            gpu.Values<double>(variable.Name).ToArray().ShouldBe(processor.Values<double>(variable.Name).ToArray(), 1e-9);
        var kernels = GpuDevice.For(Device.GpuEmulator)!.Kernels.Where(kernel => kernel.FullName!.Contains("Double", StringComparison.Ordinal) || kernel.DeclaringType?.Name == "Exact").ToList();
        kernels.Count.ShouldBeGreaterThan(12);
        foreach (var kernel in kernels)
        {
            var ptx = Ptx.Compile(kernel);
            ptx.ShouldContain(".visible .entry");
            ptx.ShouldNotContain(".local");
        }
    }

    [Fact]
    public void Whole_numbers_and_f64_are_sorted_summed_and_scattered_as_on_the_processor()
    {
        var (processor, gpu) = Networks("""
            network Whole {
                input i : i32[N, 5];
                input l : i64[N];
                input u : u8[N];
                input d : f64[N, 3];
                function sort(i, l, u, d) -> (argsort(i, axis: 1), second: argsort(l), third: argsort(u), fourth: argsort(d, axis: 0, descending: true));
                function sums(i, l, u, d) -> (cumsum(i, axis: 1), second: cumsum(l, reverse: true), third: cumsum(u), fourth: cumsum(d, axis: 0));
                function rest(i, l, u, d) -> (i % 7, second: floor_divide(l, 3), third: max(u), fourth: sum(l) + i64(sum(i)), slope: grad(sum(d[i32(u % 3)] ** 2), d));
            }

            """);
        int[] i = [.. new[] { 5, -3, 100, 7, 7, 0, int.MaxValue, 1, -8, 2, 3, 3, 3, 4, -1, 9, 8, 7, 6, 5 }];
        long[] l = [5, -7_000_000_000, 5, 3];
        byte[] u = [200, 100, 7, 200];
        double[] d = [0.1, double.NaN, -2, 1e300, 0.5, -0.0, 0, 7, double.NaN, 3, -1, 2];
        foreach (string function in new[] { "sort", "sums", "rest" })
        {
            var results = gpu.Invoke(function, i, l, u, d).Zip(processor.Invoke(function, i, l, u, d)).ToList();
            results.Count.ShouldBeGreaterThan(3);
            foreach (var (actual, expected) in results)
                EmittedFunction.Unbox(actual).ShouldBe(EmittedFunction.Unbox(expected), function);
        }
    }

    static (Network Processor, Network Gpu) Networks(string program)
    {
        var compilation = Compilation.Create(new SourceText("types.net", program), _ => null, new CompilerOptions { Gpu = GpuCode.Required });
        compilation.Diagnostics.Items.ShouldBeEmpty();
        var compiled = CompiledNetwork.Compile(compilation.Emit().Items);
        string name = compilation.Networks.Single().Name;
        return (compiled.Create(name, Device.Cpu), compiled.Create(name, Device.GpuEmulator));
    }
}
