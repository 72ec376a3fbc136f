using NetCompiler.CommandLine.Execution;
using NetCompiler.Runtime;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>States that layers assign: which functions move them, in which order, and what batch_norm makes of them.</summary>
public sealed class LayerStateTests
{
    static Network Create(string text)
    {
        var compilation = Compilation.Create(new SourceText("state.net", text), _ => null, new CompilerOptions());
        compilation.Diagnostics.Select(diagnostic => diagnostic.ToString()).ShouldBeEmpty();
        return CompiledNetwork.Compile(compilation.Emit()).Create(compilation.Networks.Single().Name, seed: 1);
    }

    const string Counters = """
        layer counted(x) {
            state seen : f32 = 0;
            before = seen;
            seen = seen + sum(x);
            return x + before, seen;
        }
        network Counters {
            input x : f32[N];
            input y : f32[N];
            param w : f32 = 1;
            count = counted();
            a, after_a = count(w * x);
            b, after_b = count(w * y);
            function look(x)      -> (a, after_a);
            function first(x)     -> (value: mean(a), after: after_a) minimizing mean(a) with sgd(0);
            function second(y)    -> (value: mean(b), after: after_b) minimizing mean(b) with sgd(0);
            function both(x, y)   -> (left: mean(a), right: mean(b)) minimizing mean(a) + mean(b) with sgd(0);
            function slope(x)     -> mean(x) updates { w = w - 0 * grad(mean(a), w); }
        }
        """;

    static float[] Numbers(IReadOnlyList<object> results) => [.. results.SelectMany(result => EmittedFunction.Unbox(result)).Select(value => (float)value)];

    [Fact]
    public void A_state_is_moved_by_the_functions_that_train_through_its_layer_and_by_no_other()
    {
        var network = Create(Counters);
        var seen = () => network.Values<float>("count.seen")[0];
        float[] x = [1, 2], y = [10, 20];

        Numbers(network.Invoke("look", x)).ShouldBe([1, 2, 3]);
        seen().ShouldBe(0);
        Numbers(network.Invoke("first", x)).ShouldBe([1.5f, 3]);
        seen().ShouldBe(3);
        // A function that has only the second application sees no trace of the first.
        Numbers(network.Invoke("second", y)).ShouldBe([15 + 3, 33]);
        seen().ShouldBe(33);
        Numbers(network.Invoke("look", x)).ShouldBe([34, 35, 36]);
        // The gradient alone depends on the application too.
        network.Invoke("slope", x);
        seen().ShouldBe(36);
    }

    [Fact]
    public void The_second_application_of_a_bound_layer_sees_what_the_first_made_of_its_state()
    {
        var network = Create(Counters);
        Numbers(network.Invoke("both", new float[] { 1, 2 }, new float[] { 10, 20 })).ShouldBe([1.5f, 15 + 3]);
        network.Values<float>("count.seen")[0].ShouldBe(33);
    }

    [Fact]
    public void A_layer_within_layers_hands_its_state_through_and_reset_restores_it()
    {
        var network = Create("""
            layer calls(x) { state n : i32 = 0; n = n + 1; return x; }
            layer twice(x) { f = calls(); state total : f32 = 0; total = total + sum(f(f(x))); return total * x; }
            network Nested {
                input x : f32[N];
                param w : f32 = 1;
                y = twice(w * x);
                function train(x) -> y minimizing sum(y) with sgd(0);
            }
            """);
        network.Invoke("train", new float[] { 2 });
        Numbers(network.Invoke("train", new float[] { 3 })).ShouldBe([15]);
        network.Values<int>("y.f.n")[0].ShouldBe(4);
        network.Values<float>("y.total")[0].ShouldBe(5);
        network.Reset(VariableKind.Statistic, "y.f.*");
        network.Values<int>("y.f.n")[0].ShouldBe(0);
        network.Values<float>("y.total")[0].ShouldBe(5);
    }

    [Theory]
    [InlineData("N, 3", 3, 1)]
    [InlineData("N, 3, 5", 3, 5)]
    [InlineData("N, 3, 4, 2", 3, 8)]
    public void Batch_norm_uses_its_batch_in_training_and_its_running_statistics_elsewhere(string shape, int channels, int places)
    {
        var network = Create($$"""
            network Normalised {
                input x : f64[{{shape}}];
                bn = batch_norm(x, momentum: 0.25, epsilon: 0.01);
                function predict(x) -> bn;
                function train(x) -> bn minimizing sum(bn) with sgd(0);
            }
            """);
        network.Variables.Select(variable => variable.ToString()).ShouldBe(
            ["bn.running_mean : f64[3]", "bn.running_var : f64[3]", "bn.weight : f64[3]", "bn.bias : f64[3]"]);
        double[] weight = [2, -1, 0.5], bias = [0.25, 0, -3];
        weight.CopyTo(network.Values<double>("bn.weight"));
        bias.CopyTo(network.Values<double>("bn.bias"));
        double[] running = [0, 0, 0], spread = [1, 1, 1];
        const int batch = 6;
        for (int step = 0; step < 3; step++)
        {
            double[] x = [.. Enumerable.Range(0, batch * channels * places).Select(i => Math.Sin(i * 1.7 + step) * (1 + i % 4) + 5)];
            double[] Channel(int c) => [.. x.Where((_, i) => i / places % channels == c)];
            double[] Normalise(double[] centre, double[] variance) =>
                [.. x.Select((value, i) => i / places % channels is var c ? (value - centre[c]) / Math.Sqrt(variance[c] + 0.01) * weight[c] + bias[c] : 0)];

            ShouldMatch(EmittedFunction.Unbox(network.Invoke("predict", x)[0]), Normalise(running, spread));
            double[] mean = [.. Enumerable.Range(0, channels).Select(c => Channel(c).Average())];
            double[] variance = [.. Enumerable.Range(0, channels).Select(c => Channel(c).Average(value => (value - mean[c]) * (value - mean[c])))];
            ShouldMatch(EmittedFunction.Unbox(network.Invoke("train", x)[0]), Normalise(mean, variance));
            double unbiased = (double)batch * places / (batch * places - 1);
            for (int c = 0; c < channels; c++)
            {
                running[c] += 0.25 * (mean[c] - running[c]);
                spread[c] += 0.25 * (variance[c] * unbiased - spread[c]);
            }
            ShouldMatch(network.Values<double>("bn.running_mean").ToArray(), running);
            ShouldMatch(network.Values<double>("bn.running_var").ToArray(), spread);
        }
    }

    // Sums of 48 values below 10, divided by a deviation near 1.
    static void ShouldMatch(double[] actual, double[] expected)
    {
        actual.Length.ShouldBe(expected.Length);
        for (int i = 0; i < actual.Length; i++)
            actual[i].ShouldBe(expected[i], 48 * 10 * Math.ScaleB(1, -52));
    }

    [Fact]
    public void Running_statistics_are_saved_and_loaded()
    {
        const string text = """
            network Saved {
                input x : f32[N, 2];
                bn = batch_norm(x);
                function predict(x) -> bn;
                function train(x) -> mean(bn) minimizing mean(bn) with sgd(0.1);
            }
            """;
        var (trained, fresh) = (Create(text), Create(text));
        float[] x = [1, 2, 3, 5, 8, 13];
        trained.Invoke("train", x);
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            trained.Save(path);
            fresh.Load(path);
        }
        finally
        {
            File.Delete(path);
        }
        fresh.Values<float>("bn.running_mean")[0].ShouldBe(0.4f, 1e-6f);
        fresh.Fingerprint().ShouldBe(trained.Fingerprint());
        Numbers(fresh.Invoke("predict", x)).ShouldBe(Numbers(trained.Invoke("predict", x)));
    }
}
