using NetCompiler.CommandLine.Execution;
using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Gpu.Tests;

/// <summary>Tensors of f16 and bf16 on the emulated GPU beside the processor.</summary>
public sealed class HalfTypeTests
{
    const string Moves = """
        network Moves {
            input x : f16[N, 3];
            input s : f16;
            input row : i32[K];
            param w : bf16[4, 3] = normal;
            param mask : bf16[4, 3] = uniform(-1, 1);
            state seen : bool[3] = zeros;
            state last : f16[2, 3] = 0.1;
            input n : i32[M];
            function move(x, s, row) -> (
                turned: transpose(w, [1, 0]), chosen: w[row], joined: concat([x, f16(w), x], axis: 0), last: last[:, ::-1],
                padded: pad(w, [[1, 2], [0, 1]]), sum: x + s, larger: f16(max(x, axis: 0)), above: x > s, place: argmax(x, axis: 1), kept: where(mask > 0, w, mask), seen: seen)
                updates { last = x[0:2]; seen = x[0] > 0; };
            function round(n, x) -> (b: bf16(n), h: f16(n), i: i32(x), t: f16(n > 3));
            function draw(x) -> (h: stochastic_round(f32(x) / 3, f16), b: stochastic_round(f32(x) / 3, bf16));
        }

        """;

    static readonly Half[] X = [.. new[] { 1.5, -2, 0.1, 1e-7, 60000, -0.0, 3, 0.7, -5e-5 }.Select(x => (Half)x)];

    [Fact]
    public void Values_are_moved_rounded_and_compared_as_on_the_processor()
    {
        var (processor, gpu) = Networks(Moves);
        int[] integers = [0, 1, -1, 3, 4, 257, 259, 2049, 2051, 16843009, 16908287, 16908289, -16908289, int.MaxValue, 70000];
        for (int step = 0; step < 2; step++)
        {
            foreach (object[] call in new[] { (object[])["move", X, (Half)0.7, new[] { 3, 0, -1, 2 }], ["round", integers, X], ["draw", X] })
            {
                var results = gpu.Invoke((string)call[0], call[1..]).Zip(processor.Invoke((string)call[0], call[1..])).ToList();
                results.Count.ShouldBeGreaterThan(1);
                foreach (var (actual, expected) in results)
                    Numbers(actual).ShouldBe(Numbers(expected));
            }
        }
        gpu.Values<Half>("last").ToArray().ShouldBe(X[..6]);
        gpu.Values<bool>("seen").ToArray().ShouldBe([true, false, true]);
    }

    const string Learning = """
        network Learning {
            input image : f16[N, 5];
            input label : i32[N];
            param table : f16[7, 4] = normal;
            param w : bf16[5, 6] = normal(deviation: 0.5);
            param v : f16[10, 4] = normal(deviation: 0.5);
            hidden = tanh(image @ w);
            logits = concat([hidden, f32(table[label])], axis: 1) @ v;
            loss = cross_entropy(logits, label);
            function predict(image, label) -> f16(logits);
            function train(image, label) -> loss minimizing loss with OPTIMIZER;
        }

        """;

    [Theory]
    [InlineData("sgd(0.1, momentum: 0.9)")]
    [InlineData("rounded_at_random(adam(0.01))")]
    public void Parameters_of_half_types_learn_on_a_gpu_what_they_learn_on_the_processor(string optimizer)
    {
        var (processor, gpu) = Networks(Learning.Replace("OPTIMIZER", optimizer, StringComparison.Ordinal));
        var random = new Random(2);
        for (int step = 0; step < 3; step++)
        {
            Half[] image = [.. Enumerable.Range(0, 15).Select(_ => (Half)(random.NextDouble() - 0.5))];
            int[] label = [.. Enumerable.Range(0, 3).Select(_ => random.Next(4))];
            float expected = (float)processor.Invoke("train", image, label)[0];
            // Sums of a hundred terms are rounded otherwise, and with them now and then a digit of a weight.
            ((float)gpu.Invoke("train", image, label)[0]).ShouldBe(expected, 2e-3f);
        }
        foreach (string name in new[] { "table", "v" })
            Close(gpu.Values<Half>(name).ToArray().Select(x => (float)x), processor.Values<Half>(name).ToArray().Select(x => (float)x), 1 / 1024f);
        Close(gpu.Values<BFloat16>("w").ToArray().Select(x => (float)x), processor.Values<BFloat16>("w").ToArray().Select(x => (float)x), 1 / 128f);
    }

    [Fact]
    public void Products_read_factors_of_two_bytes_as_they_lie()
    {
        var (processor, gpu) = Networks("""
            network Products {
                input x : f16[N, 6];
                input q : bf16[3, 4, N];
                param w : bf16[5, 6] = uniform(-9, 9);
                param v : f16[6, 5] = uniform(-9, 9);
                function all(x) -> (a: x @ w.T, b: relu(x @ v + 1), c: x.T @ x, d: f16(x * 0.5) @ v, e: (f32(w) @ x.T).T);
                function more(q) -> (f: q @ f16(transpose(q, [0, 2, 1])), g: transpose(f32(q), [0, 2, 1]) @ ones([3, 4, 2]));
            }

            """);
        foreach (var network in new[] { processor, gpu })
        {
            // Products of whole numbers, whose sums have no rounding.
            foreach (ref var value in network.Values<BFloat16>("w"))
                value = (BFloat16)MathF.Round((float)value);
            foreach (ref var value in network.Values<Half>("v"))
                value = Half.Round(value);
        }
        Half[] x = [.. Enumerable.Range(0, 42).Select(i => (Half)(i * 5 % 17 - 8))];
        BFloat16[] q = [.. Enumerable.Range(0, 60).Select(i => (BFloat16)(float)(i * 7 % 19 - 9))];
        foreach (object[] call in new[] { (object[])["all", x], ["more", q] })
        {
            var results = gpu.Invoke((string)call[0], call[1..]).Zip(processor.Invoke((string)call[0], call[1..])).ToList();
            results.Count.ShouldBeGreaterThan(1);
            foreach (var (actual, expected) in results)
                Numbers(actual).ShouldBe(Numbers(expected));
        }
        var reading = GpuDevice.For(Device.GpuEmulator)!.Kernels.Where(kernel => kernel.ToString().Contains("HalfLines", StringComparison.Ordinal)).ToList();
        reading.Count.ShouldBeGreaterThan(3);
        foreach (var kernel in reading)
        {
            var ptx = Ptx.Compile(kernel);
            ptx.ShouldContain("ld.global");
            ptx.ShouldNotContain(".local");
        }
    }

    [Fact]
    public void A_scale_grows_and_halves_on_a_gpu_as_on_the_processor()
    {
        var (processor, gpu) = Networks("""
            network Scaled {
                input slope : f32;
                param w : f16[3] = 1;
                loss = slope * sum(f32(w));
                function train(slope) -> loss minimizing loss with rounded_at_random(adam(0.01)) scaling dynamic_scale(interval: 2);
            }

            """);
        var scales = new HashSet<float>();
        foreach (float slope in new[] { 1e-8f, 0.1f, 2, 1e-3f, float.PositiveInfinity, 0.3f, 0.2f, 1e-6f })
        {
            foreach (var network in new[] { processor, gpu })
                network.Invoke("train", slope);
            gpu.Values<float>("train.scaling.scale")[0].ShouldBe(processor.Values<float>("train.scaling.scale")[0]);
            gpu.Values<Half>("w").ToArray().ShouldBe(processor.Values<Half>("w").ToArray());
            scales.Add(gpu.Values<float>("train.scaling.scale")[0]);
        }
        scales.Count.ShouldBeGreaterThan(2);
    }

    [Fact]
    public void Kernels_compile_for_the_gpus_of_nvidia_and_read_two_bytes_a_value()
    {
        var (_, gpu) = Networks(Learning.Replace("OPTIMIZER", "rounded_at_random(adam(0.01))", StringComparison.Ordinal));
        gpu.Invoke("train", X[..5], new[] { 2 });
        var kernels = GpuDevice.For(Device.GpuEmulator)!.Kernels.Where(kernel => kernel.DeclaringType?.Name == "Learning").Select(Ptx.Compile).ToList();
        kernels.Count.ShouldBeGreaterThan(3);
        kernels.ShouldAllBe(ptx => ptx.Contains(".visible .entry"));
        kernels.ShouldContain(ptx => ptx.Contains("ld.global.u16") || ptx.Contains("ld.global.b16"));
        kernels.ShouldContain(ptx => ptx.Contains("st.global.u16") || ptx.Contains("st.global.b16"));
        kernels.ShouldAllBe(ptx => !ptx.Contains(".local"));
    }

    static void Close(IEnumerable<float> actual, IEnumerable<float> expected, float relative)
    {
        foreach (var (x, y) in actual.Zip(expected))
            x.ShouldBe(y, relative * Math.Max(1, Math.Abs(y)));
    }

    static double[] Numbers(object value) => Numerics.Tests.EmittedFunction.Unbox(value);

    static (Network Processor, Network Gpu) Networks(string program)
    {
        var compilation = Compilation.Create(new SourceText("half.net", program), _ => null, new CompilerOptions { Gpu = GpuCode.Required });
        compilation.Diagnostics.Items.ShouldBeEmpty();
        var compiled = CompiledNetwork.Compile(compilation.Emit().Items);
        string name = compilation.Networks.Single().Name;
        return (compiled.Create(name, Device.Cpu), compiled.Create(name, Device.GpuEmulator));
    }
}
