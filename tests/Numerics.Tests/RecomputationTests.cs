using System.Text.RegularExpressions;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Graph;
using NetCompiler.Passes;
using NetCompiler.Plan;
using NetCompiler.Runtime;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>What computing values again instead of keeping them may and may not change.</summary>
public sealed class RecomputationTests
{
    const int Batch = 12;

    const string Residual = """
        layer block(x, channels) {
            h = x |> conv2d(channels, kernel: 3, pad: 1, bias: false) |> batch_norm |> relu |> dropout(0.2);
            r = h |> conv2d(channels, kernel: 3, pad: 1, bias: false) |> batch_norm;
            return relu(r + x);
        }
        network Residual {
            MEMORY
            input image : f32[N, 3, 12, 12];
            input label : f32[N, 10];
            a = image |> conv2d(16, kernel: 3, pad: 1) |> block(16) |> block(16) |> block(16) |> block(16);
            y = a |> max_pool2d(2) |> block(16) |> block(16) |> flatten |> dense(10);
            loss = mean((y - label) * (y - label));
            function train(image, label) -> loss minimizing loss with sgd(0.01, momentum: 0.9);
        }
        """;

    const string Attention = """
        layer block(x) {
            a = x + (x |> layer_norm |> dense(48) |> tanh |> dense(24));
            return a + (a |> layer_norm |> dense(96) |> gelu |> dropout(0.1) |> dense(24));
        }
        network Attention {
            MEMORY
            input image : f32[N, 12, 24];
            input label : f32[N, 10];
            x = image |> block |> block |> block |> block |> block |> block |> layer_norm;
            y = softmax(x |> flatten |> dense(10));
            loss = mean((y - label) * (y - label));
            function train(image, label) -> loss minimizing loss with adam(0.001);
        }
        """;

    [Theory]
    [InlineData(Residual, 80)]
    [InlineData(Residual, 70)]
    [InlineData(Attention, 90)]
    [InlineData(Attention, 80)]
    public void A_limit_of_memory_is_kept_and_changes_no_bit_of_what_is_learned(string text, int percentOfTheArena)
    {
        var sizes = new Dictionary<string, long> { ["N"] = Batch };
        var free = PlanMemory.Of(Plan(Compile(text, "")), sizes);
        long limit = free.Total - free.Arena * (100 - percentOfTheArena) / 100;
        var limited = Compile(text, $"memory: budget({limit}, N: {Batch});");

        var plan = Plan(limited);
        plan.Recomputed.ShouldBeGreaterThan(0);
        PlanMemory.Of(plan, sizes).Total.ShouldBeLessThanOrEqualTo(limit);
        var (expected, actual) = (Train(Compile(text, "")), Train(limited));
        actual.Losses.ShouldBe(expected.Losses);
        actual.Fingerprint.ShouldBe(expected.Fingerprint);
        actual.Memory.Arena.ShouldBe(PlanMemory.Of(plan, sizes).Arena);
    }

    [Fact]
    public void What_fits_is_not_computed_again() => Plan(Compile(Residual, "memory: 1GB;")).Recomputed.ShouldBe(0);

    [Fact]
    public void What_cannot_be_met_is_an_error_that_tells_the_least()
    {
        var diagnostic = Create(Residual, $"memory: budget(100KB, N: {Batch});").Diagnostics.Items.ShouldHaveSingleItem();
        diagnostic.Code.ShouldBe("NETC2806");
        long least = long.Parse(Regex.Match(diagnostic.Message, "at least ([0-9,]+)").Groups[1].Value.Replace(",", "", StringComparison.Ordinal));
        Compile(Residual, $"memory: budget({least}, N: {Batch});").Networks.ShouldHaveSingleItem();
    }

    static Compilation Create(string text, string memory) =>
        Compilation.Create(new SourceText("limited.net", text.Replace("MEMORY", memory, StringComparison.Ordinal)), _ => null, new CompilerOptions());

    static Compilation Compile(string text, string memory)
    {
        var compilation = Create(text, memory);
        compilation.Diagnostics.Select(diagnostic => diagnostic.ToString()).ShouldBeEmpty();
        return compilation;
    }

    static FunctionPlan Plan(Compilation compilation)
    {
        var network = compilation.Networks.Single();
        return BuildPlan.Run(Pipeline.Run(network, network.Functions.Single()));
    }

    static (float[] Losses, string Fingerprint, MemoryUse Memory) Train(Compilation compilation)
    {
        var model = compilation.Networks.Single();
        var network = CompiledNetwork.Compile(compilation.Emit()).Create(model.Name, seed: 5);
        var random = new Random(7);
        var arguments = model.Functions.Single().Arguments.Select(argument =>
        {
            var values = new float[argument.Type.Shape.Size.Evaluate(new Dictionary<string, long> { ["N"] = Batch })];
            for (int i = 0; i < values.Length; i++)
                values[i] = (float)random.NextDouble();
            return (object)values;
        }).ToArray();
        float[] losses = [.. Enumerable.Range(0, 3).Select(_ => (float)network.Invoke("train", arguments)[0])];
        losses.ShouldAllBe(loss => float.IsFinite(loss));
        return (losses, network.Fingerprint(), network.MemoryInUse);
    }
}
