using NetCompiler.CommandLine.Execution;
using NetCompiler.Runtime;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>A scaled loss has the gradients of the loss, except where f16 holds the one and not the other.</summary>
public sealed class LossScalingTests
{
    static Compilation Compile(string text) => Compilation.Create(new SourceText("scaling.net", text), _ => null, new CompilerOptions());

    static Network Create(string text)
    {
        var compilation = Compile(text);
        compilation.Diagnostics.Select(diagnostic => diagnostic.ToString()).ShouldBeEmpty();
        return CompiledNetwork.Compile(compilation.Emit()).Create(compilation.Networks.Single().Name, seed: 1);
    }

    /// <summary>The gradient of each element of w is the slope, rounded to f16 on the way.</summary>
    static string Sloped(string clauses) => $$"""
        network Sloped {
            input slope : f32;
            param w : f32[3] = 1;
            param b : f32 = 0;
            loss = slope * (sum(f32(f16(w))) + b);
            function train(slope) -> loss minimizing loss {{clauses}};
        }
        """;

    [Theory]
    [InlineData("with sgd(1)", false)]
    [InlineData("with sgd(1) scaling 65536", true)]
    [InlineData("with sgd(1) scaling dynamic_scale", true)]
    public void Gradients_too_small_for_f16_are_lost_unless_the_loss_is_scaled(string clauses, bool learns)
    {
        const float Slope = 1e-8f;
        var network = Create(Sloped(clauses));
        ((float)network.Invoke("train", Slope)[0]).ShouldBe(3 * Slope);
        float scaled = (float)(Half)(Slope * 65536) / 65536;
        scaled.ShouldBe(Slope, 1e-11f);
        network.Values<float>("w").ToArray().ShouldAllBe(w => w == (learns ? 1 - scaled : 1));
        network.Values<float>("b")[0].ShouldBe(-Slope);
    }

    [Fact]
    public void The_scale_grows_after_good_steps_and_a_step_with_an_infinite_gradient_changes_nothing_else()
    {
        var network = Create(Sloped("with sgd(0.5, momentum: 0.9) scaling dynamic_scale(start: 1024, interval: 3)"));
        var (w, velocity, scale, good) = (1f, 0f, 1024f, 0);
        int skipped = 0;
        foreach (float slope in new[] { 1, 3, 0.3f, 40, 50, 2, 1e-3f, 60, 5, 5, 5, float.PositiveInfinity, float.NaN, 1, 1e9f, 7 })
        {
            network.Invoke("train", slope);
            float gradient = (float)(Half)(slope * scale);
            if (float.IsFinite(gradient) && float.IsFinite(slope * scale))
            {
                velocity = 0.9f * velocity + gradient / scale;
                w -= 0.5f * velocity;
                if (++good == 3)
                    (scale, good) = (2 * scale, 0);
            }
            else
            {
                (scale, good) = (scale / 2, 0);
                skipped++;
            }
            // Multiplication and addition may be joined with one rounding.
            foreach (float value in network.Values<float>("w"))
                value.ShouldBe(w, 4e-7f * 16);
            foreach (float value in network.Values<float>("train.w.v"))
                value.ShouldBe(velocity, 4e-7f * Math.Abs(velocity) * 16);
            network.Values<float>("train.scaling.scale")[0].ShouldBe(scale);
            network.Values<int>("train.scaling.good")[0].ShouldBe(good);
        }
        skipped.ShouldBeGreaterThan(3);
        scale.ShouldNotBe(1024);
    }

    [Fact]
    public void The_scale_stays_within_its_bounds()
    {
        var network = Create(Sloped("with sgd(1) scaling dynamic_scale(start: 4, interval: 1, least: 2, most: 16)"));
        foreach (var (slope, scale) in new[] { (float.NaN, 2f), (float.NaN, 2f), (0f, 4f), (0f, 8f), (0f, 16f), (0f, 16f) })
        {
            network.Invoke("train", slope);
            network.Values<float>("train.scaling.scale")[0].ShouldBe(scale);
        }
    }

    [Fact]
    public void Gradients_are_clipped_as_they_are_without_a_scale()
    {
        var (plain, scaled) = (Create(Sloped("with sgd(1) clipping 0.5")), Create(Sloped("with sgd(1) clipping 0.5 scaling 1024")));
        plain.Invoke("train", 0.75f);
        scaled.Invoke("train", 0.75f);
        plain.Values<float>("w")[1].ShouldBe(0.75f, 1e-6f);
        scaled.Values<float>("w").ToArray().ShouldBe(plain.Values<float>("w").ToArray());
    }

    [Fact]
    public void Functions_may_share_a_scale_and_a_network_may_say_itself_how_it_changes()
    {
        var network = Create("""
            layer steady(finite, start) {
                state scale : f32 = start;
                state failures : i32 = 0;
                used = scale;
                failures = failures + i32(not finite);
                return used;
            }
            network Shared {
                input slope : f32;
                param w : f32 = 1;
                param v : f32 = 1;
                scale = steady(start: 8);
                function first(slope)  minimizing slope * w with sgd(1) scaling scale;
                function second(slope) minimizing slope * v with adam scaling scale;
            }
            """);
        network.Invoke("first", float.NaN);
        network.Invoke("second", float.NegativeInfinity);
        network.Invoke("first", 0.5f);
        network.Values<int>("scale.failures")[0].ShouldBe(2);
        network.Values<float>("w")[0].ShouldBe(0.5f);
        network.Values<float>("v")[0].ShouldBe(1);
        network.Values<float>("second.v.m")[0].ShouldBe(0);
    }

    [Fact]
    public void Masters_of_f32_and_weights_rounded_at_random_both_learn_what_nearest_rounding_loses()
    {
        const string Program = """
            network Stored {
                input slope : f32;
                param w : TYPE[512] = 1;
                loss = slope * sum(f32(f16(w)));
                function train(slope) -> loss minimizing loss with OPTIMIZER scaling dynamic_scale;
            }
            """;
        double Mean(string type, string optimizer)
        {
            var network = Create(Program.Replace("TYPE", type, StringComparison.Ordinal).Replace("OPTIMIZER", optimizer, StringComparison.Ordinal));
            for (int step = 0; step < 20; step++)
                network.Invoke("train", 1e-4f);
            return type == "f32" ? network.Values<float>("w").ToArray().Average() : network.Values<Half>("w").ToArray().Average(x => (double)x);
        }
        Mean("f16", "sgd(1)").ShouldBe(1);
        Mean("f32", "sgd(1)").ShouldBe(1 - 20e-4, 1e-5);
        // Steps of a fifth of the distance of neighbours below 1, 2^-11: binomial.
        Mean("f16", "rounded_at_random(sgd(1))").ShouldBe(1 - 20e-4, 4 * Math.Sqrt(20 * 0.2 * 0.8 / 512) / 2048);
    }
}
