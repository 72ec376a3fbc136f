using NetCompiler.CommandLine.Execution;
using NetCompiler.Runtime;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>What calls of a compiled function do after the first ones.</summary>
public sealed class SteadyStateTests
{
    const string Program = """
        network Small {
            input image : f32[N, 1, 12, 12];
            input label : i32[N];
            c      = image |> conv2d(3, kernel: 3, pad: 1) |> relu |> max_pool2d(2);
            logits = c |> flatten |> dense(17) |> tanh |> dense(5);
            loss   = cross_entropy(logits, label);
            function predict(image)            -> softmax(logits);
            function train(image, label, rate) -> loss minimizing loss with adam(rate);
        }
        """;

    delegate float TrainMethod(ReadOnlySpan<float> image, ReadOnlySpan<int> label, float rate);

    delegate TensorView<float> PredictMethod(ReadOnlySpan<float> image);

    [Fact]
    public void Calls_of_the_same_size_allocate_nothing_after_the_first()
    {
        // One thread: allocations are counted for the thread that calls.
        var network = Create(new WorkerPool(1));
        var train = network.GetType().GetMethod("Train")!.CreateDelegate<TrainMethod>(network);
        var predict = network.GetType().GetMethod("Predict")!.CreateDelegate<PredictMethod>(network);
        float[] images = [.. Enumerable.Range(0, 7 * 144).Select(i => i % 13 / 13f)];
        int[] labels = [0, 1, 2, 3, 4, 0, 1];
        for (int i = 0; i < 3; i++)
        {
            train(images, labels, 0.01f);
            predict(images);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++)
        {
            train(images, labels, 0.01f);
            predict(images);
        }
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public void Batches_of_changing_sizes_give_what_each_gives_alone()
    {
        float[] images = [.. Enumerable.Range(0, 9 * 144).Select(i => i * 7 % 31 / 31f)];
        var network = Create(new WorkerPool(2));
        var predict = network.GetType().GetMethod("Predict")!.CreateDelegate<PredictMethod>(network);
        float[] all = predict(images).ToArray();
        foreach (int count in new[] { 1, 9, 4, 9, 2 })
        {
            float[] some = predict(images.AsSpan(0, count * 144)).ToArray();
            for (int i = 0; i < some.Length; i++)
                some[i].ShouldBe(all[i], tolerance: 16 * MathF.Pow(2, -24), $"image {i / 5} of {count}");
        }
    }

    [Fact]
    public void A_call_that_runs_out_of_memory_leaves_a_network_that_still_works()
    {
        const string outer = "network Outer { input x : f32[N, 1]; input y : f32[1, N]; z = sum(x @ y); function f(x, y) -> z; }";
        var network = Create(new WorkerPool(1), outer, "Outer");
        float Call(int n) => (float)network.Invoke("f", Enumerable.Repeat(1f, n).ToArray(), Enumerable.Repeat(1f, n).ToArray())[0];

        Call(4).ShouldBe(16);
        Should.Throw<InvalidOperationException>(() => Call(200_000));
        Should.Throw<InvalidOperationException>(() => Call(200_000));
        Call(4).ShouldBe(16);
    }

    static Network Create(WorkerPool pool, string program = Program, string name = "Small")
    {
        var compilation = Compilation.Create(new SourceText("small.net", program), _ => null, new CompilerOptions());
        compilation.Diagnostics.ShouldBeEmpty();
        return CompiledNetwork.Compile(compilation.Emit()).Create(name, seed: 3, pool);
    }
}
