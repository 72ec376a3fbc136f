using NetCompiler.CommandLine.Execution;
using NetCompiler.Runtime;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>Random numbers in functions: their distributions, at fixed seeds, and what they depend on.</summary>
public sealed class RandomNumberTests
{
    const int Count = 100_000;

    static readonly Lazy<CompiledNetwork> _draws = new(() => Compile("""
        network Draws {
            input x : f32[N];
            input p : f64[N];
            input images : f32[N, 6, 4];
            input logits : f32[N, 3];
            param scale : f32 = 2;
            function uniform(x)       -> random_uniform(shape(x), low: -1, high: 3);
            function normal(x)        -> random_normal(shape(x), mean: 2, deviation: 3);
            function normal64(x)      -> random_normal(shape(x), type: f64);
            function extreme(x)       -> gumbel(shape(x));
            function coin(p)          -> bernoulli(p);
            function pick(logits)     -> categorical(logits);
            function twice(x)         -> (first: random(shape(x)), second: random(shape(x)));
            dropped = dropout(images, 0.25);
            function train(images)    -> (dropped, channels: spatial_dropout(images, 0.5), samples: drop_path(images, 0.5), noise: gaussian_noise(images, 0.5),
                                          slope: grad(sum(dropped), images))
                                         updates { scale = scale + 0 * sum(dropped); }
            function predict(images)  -> (dropped, channels: spatial_dropout(images, 0.5), noise: gaussian_noise(images, 0.5));
            sampled = 1 + scale * random_normal(shape(x));
            function reparametrised(x) -> (sampled, slope: grad(sum(sampled), scale));
            function nothing(images)  -> (none: dropout(images, 0), all: sum(dropout(images, 1)) + sum(grad(sum(dropout(images, 1)), images)))
                                         updates { scale = scale; }
        }
        """));

    static CompiledNetwork Compile(string text)
    {
        var compilation = Compilation.Create(new SourceText("draws.net", text), _ => null, new CompilerOptions());
        compilation.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Select(diagnostic => diagnostic.ToString()).ShouldBeEmpty();
        return CompiledNetwork.Compile(compilation.Emit());
    }

    [Fact]
    public void Every_step_of_a_scan_draws_anew_and_so_does_every_call()
    {
        var network = Compile("""
            network Steps {
                input xs : f32[T, N];
                input grid : f32[T, S, N];
                function walk(xs)   -> scan x in xs { yield random(shape(x)); };
                function back(xs)   -> scan reverse x in xs { yield random(shape(x)); };
                function nested(grid) -> scan xs in grid { rows = scan x in xs { yield random(shape(x)); }; yield rows; };
            }
            """).Create("Steps", seed: 3);
        const int rows = 100, columns = 50;
        var xs = new float[rows * columns];
        var first = EmittedFunction.Unbox(network.Invoke("walk", xs, rows, columns)[0]);
        var second = EmittedFunction.Unbox(network.Invoke("walk", xs, rows, columns)[0]);
        var back = EmittedFunction.Unbox(network.Invoke("back", xs, rows, columns)[0]);
        var nested = EmittedFunction.Unbox(network.Invoke("nested", xs, 10, 10, 50)[0]);
        var all = (double[])[.. first, .. second, .. back, .. nested];
        // 20000 numbers of 24 bits make 12 equal pairs by chance.
        all.Distinct().Count().ShouldBeGreaterThan(all.Length - 40);
        ShouldFillEvenly(all);
    }

    static Network Create(ulong seed = 1, WorkerPool? pool = null) => _draws.Value.Create("Draws", seed, pool);

    static double[] Call(string function, object argument, ulong seed = 1) => EmittedFunction.Unbox(Create(seed).Invoke(function, argument)[0]);

    static double[][] CallAll(Network network, string function, object argument) => [.. network.Invoke(function, argument).Select(EmittedFunction.Unbox)];

    // Means of n independent values deviate by their deviation over the root of n: five of these happen once in two million.
    static void ShouldHaveMean(IEnumerable<double> values, double mean, double deviation) =>
        values.Average().ShouldBe(mean, 5 * deviation / Math.Sqrt(values.Count()));

    /// <summary>Pearson's test on cells of equal probability, by the normal approximation: the sum has mean k and variance 2k.</summary>
    static void ShouldFillEvenly(IEnumerable<double> probabilities)
    {
        const int cells = 128;
        var counts = new int[cells];
        int total = 0;
        foreach (double probability in probabilities)
        {
            counts[(int)Math.Clamp(probability * cells, 0, cells - 1)]++;
            total++;
        }
        double expected = (double)total / cells;
        double sum = counts.Sum(count => (count - expected) * (count - expected) / expected);
        sum.ShouldBe(cells - 1, 5 * Math.Sqrt(2 * (cells - 1)));
    }

    static double NormalProbability(double x) => 0.5 * (1 + Operators.SpecialFunctions.Erf(x / Math.Sqrt(2)));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(77)]
    public void Draws_have_the_distributions_that_their_names_say(int seed)
    {
        var x = new float[Count];
        double[] uniform = Call("uniform", x, (ulong)seed);
        uniform.ShouldAllBe(value => value >= -1 && value <= 3);
        ShouldHaveMean(uniform, 1, 4 / Math.Sqrt(12));
        ShouldFillEvenly(uniform.Select(value => (value + 1) / 4));

        double[] normal = [.. Call("normal", x, (ulong)seed).Select(value => (value - 2) / 3)];
        ShouldHaveMean(normal, 0, 1);
        ShouldHaveMean(normal.Select(value => value * value), 1, Math.Sqrt(2));
        ShouldHaveMean(normal.Select(value => value * value * value), 0, Math.Sqrt(15));
        ShouldHaveMean(normal.Select(value => Math.Pow(value, 4)), 3, Math.Sqrt(96));
        ShouldFillEvenly(normal.Select(NormalProbability));
        ShouldHaveMean(normal.Zip(normal.Skip(1), (a, b) => a * b), 0, 1);
        ShouldFillEvenly(Call("normal64", x, (ulong)seed).Select(NormalProbability));

        double[] extreme = Call("extreme", x, (ulong)seed);
        ShouldHaveMean(extreme, 0.5772156649015329, Math.PI / Math.Sqrt(6));
        ShouldFillEvenly(extreme.Select(value => Math.Exp(-Math.Exp(-value))));
    }

    [Fact]
    public void Coins_and_classes_fall_with_their_probabilities()
    {
        double[] coins = Call("coin", Enumerable.Range(0, Count).Select(i => i % 2 == 0 ? 0.2 : 0.9).ToArray());
        coins.ShouldAllBe(coin => coin == 0 || coin == 1);
        ShouldHaveMean(coins.Where((_, i) => i % 2 == 0), 0.2, 0.4);
        ShouldHaveMean(coins.Where((_, i) => i % 2 == 1), 0.9, 0.3);
        Call("coin", new double[] { 0, 1, 0, 1, 0, 1, 0, 1 }).ShouldBe([0, 1, 0, 1, 0, 1, 0, 1]);

        double[] probabilities = [0.5, 0.1, 0.4];
        double[] picks = Call("pick", Enumerable.Range(0, 3 * Count).Select(i => (float)Math.Log(probabilities[i % 3])).ToArray());
        for (int label = 0; label < 3; label++)
            ShouldHaveMean(picks.Select(pick => pick == label ? 1.0 : 0), probabilities[label], Math.Sqrt(probabilities[label] * (1 - probabilities[label])));
    }

    [Fact]
    public void The_same_seed_draws_the_same_and_each_place_and_call_draws_anew_with_any_number_of_threads()
    {
        var x = new float[Count];
        using var one = new WorkerPool(1);
        using var four = new WorkerPool(4);
        var (network, other, third) = (Create(5, one), Create(5, four), Create(6, one));
        var before = network.Values<long>("random")[0];
        var first = CallAll(network, "twice", x);
        CallAll(other, "twice", x)[0].ShouldBe(first[0]);
        Differ(first[0], first[1]);
        Differ(first[0], CallAll(third, "twice", x)[0]);
        network.Values<long>("random")[0].ShouldBe(before + 1);

        var second = CallAll(network, "twice", x);
        Differ(first[0], second[0]);
        Differ(first[1], second[0]);
        CallAll(other, "twice", x)[1].ShouldBe(second[1]);

        network.Initialize(5);
        CallAll(network, "twice", x)[1].ShouldBe(first[1]);

        // Independent numbers of 24 bits are equal once in 2^24.
        static void Differ(double[] a, double[] b) => a.Zip(b).Count(pair => pair.First == pair.Second).ShouldBeLessThan(5);
    }

    [Fact]
    public void Dropout_drops_elements_channels_or_samples_in_training_and_keeps_the_mean()
    {
        var network = Create();
        const int samples = 1000;
        float[] images = [.. Enumerable.Repeat(3f, samples * 6 * 4)];
        var results = CallAll(network, "train", images);
        var (dropped, channels, paths, noise, slope) = (results[0], results[1], results[2], results[3], results[4]);

        dropped.ShouldAllBe(value => value == 0 || value == 4);
        ShouldHaveMean(dropped.Select(value => value / 4), 0.75, Math.Sqrt(0.75 * 0.25));
        slope.ShouldBe([.. dropped.Select(value => value / 3).Select(value => (double)(float)value)], tolerance: 1e-6);
        channels.Chunk(4).ShouldAllBe(channel => channel.All(value => value == channel[0]));
        ShouldHaveMean(channels.Chunk(4).Select(channel => channel[0] / 6), 0.5, 0.5);
        paths.Chunk(24).ShouldAllBe(sample => sample.All(value => value == sample[0]));
        ShouldHaveMean(paths.Chunk(24).Select(sample => sample[0] / 6), 0.5, 0.5);
        ShouldHaveMean(noise.Select(value => value - 3), 0, 0.5);
        ShouldHaveMean(noise.Select(value => (value - 3) * (value - 3)), 0.25, 0.25 * Math.Sqrt(2));

        CallAll(network, "train", images)[0].ShouldNotBe(dropped);
    }

    [Fact]
    public void What_does_not_train_drops_nothing_and_leaves_the_key()
    {
        var network = Create();
        float[] images = [.. Enumerable.Range(0, 48).Select(i => i / 4f)];
        var key = network.Values<long>("random")[0];
        foreach (var result in CallAll(network, "predict", images))
            result.ShouldBe([.. images.Select(value => (double)value)]);
        network.Values<long>("random")[0].ShouldBe(key);
    }

    [Fact]
    public void Rate_0_is_the_identity_and_rate_1_leaves_nothing()
    {
        float[] images = [.. Enumerable.Range(0, 48).Select(i => i / 4f)];
        var results = CallAll(Create(), "nothing", images);
        results[0].ShouldBe([.. images.Select(value => (double)value)]);
        results[1].ShouldBe([0.0]);
    }

    [Fact]
    public void A_gradient_flows_through_the_arithmetic_on_draws()
    {
        var results = CallAll(Create(), "reparametrised", new float[1000]);
        // sampled = 1 + scale * e: the slope is the sum of e, a thousand floats below 6.
        results[1][0].ShouldBe(results[0].Sum(value => (value - 1) / 2), 1000 * 6 * Math.ScaleB(1, -23));
    }
}
