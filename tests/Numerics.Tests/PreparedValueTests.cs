using NetCompiler.CommandLine.Execution;
using NetCompiler.Passes;
using NetCompiler.Plan;
using NetCompiler.Runtime;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>Values that follow from variables alone are kept from call to call, and are never out of date.</summary>
public sealed class PreparedValueTests
{
    const string Program = """
        network Kept {
            input x : f32[N, 3]; input target : f32[N, 4];
            param w : f32[3, 5] = normal(1); param v : f32[5, 4] = normal(1); param b : f32[4] = zeros;
            state total : f32[4] = zeros;
            y = x @ (tanh(w) @ v) + b;
            function predict(x) -> y;
            function accumulate(x) -> (total: total + sum(y, 0)) updates { total = total + sum(y, 0); }
            function train(x, target) minimizing mean((y - target) ** 2) with sgd(0.1);
            function halve() updates { w = 0.5 * w; }
            function table() -> sin(v);
        }
        """;

    static readonly Lazy<(Compilation Compilation, CompiledNetwork Code)> Compiled = new(() =>
    {
        var compilation = Compilation.Create(new SourceText("kept.net", Program), _ => null, new CompilerOptions());
        compilation.Diagnostics.Select(diagnostic => diagnostic.ToString()).ShouldBeEmpty();
        return (compilation, CompiledNetwork.Compile(compilation.Emit()));
    });

    static readonly float[] X = [1, 2, 3, -1, 0.5f, 2];

    static FunctionPlan Plan(string function)
    {
        var model = Compiled.Value.Compilation.Networks.Single();
        return BuildPlan.Run(Pipeline.Run(model, model.Functions.Single(candidate => candidate.Name == function)));
    }

    static Network Create() => Compiled.Value.Code.Create("Kept", seed: 1);

    static float[] Predict(Network network) => ((TensorView<float>)network.Invoke("predict", X)[0]).ToArray();

    // A network that has never kept anything, with the same parameters.
    static float[] Afresh(Network network)
    {
        var fresh = Create();
        foreach (string name in new[] { "w", "v", "b" })
            network.Values<float>(name).CopyTo(fresh.Values<float>(name));
        return Predict(fresh);
    }

    [Theory]
    [InlineData("predict", 2)]
    [InlineData("accumulate", 2)]
    [InlineData("train", 0)]
    [InlineData("halve", 0)]
    public void What_depends_on_variables_that_a_function_does_not_change_comes_first(string function, int prepared)
    {
        var plan = Plan(function);
        plan.Prepared.ShouldBe(prepared, PlanPrinter.Print(plan));
        // The tanh of a weight is only there for the product that is kept.
        plan.PreparedBuffers.Count().ShouldBe(prepared / 2);
        plan.PreparedBuffers.ShouldNotContain(buffer => plan.Slots.Any(slot => slot.Buffers.Contains(buffer)));
    }

    [Fact]
    public void A_result_is_never_kept() => Plan("table").Prepared.ShouldBe(0);

    [Theory]
    [InlineData("span")]
    [InlineData("training")]
    [InlineData("update")]
    [InlineData("file")]
    [InlineData("initialize")]
    [InlineData("reset")]
    [InlineData("pointer")]
    public void Every_way_to_change_a_variable_gives_new_results(string way)
    {
        var network = Create();
        float[] before = Predict(network);
        Predict(network).ShouldBe(before);
        switch (way)
        {
            case "span":
                network.Values<float>("w")[4] += 1;
                break;
            case "training":
                network.Invoke("train", X, new float[8]);
                break;
            case "update":
                network.Invoke("halve");
                break;
            case "file":
                string path = Path.Combine(Path.GetTempPath(), $"kept-{Guid.NewGuid():N}.safetensors");
                try
                {
                    Compiled.Value.Code.Create("Kept", seed: 2).Save(path);
                    network.Load(path);
                }
                finally
                {
                    File.Delete(path);
                }
                break;
            case "initialize":
                network.Initialize(5);
                break;
            case "reset":
                network.Initialize(5);
                Predict(network).ShouldNotBe(before);
                network.Values<float>("w").Clear();
                Predict(network).ShouldNotBe(before);
                network.Reset(VariableKind.Parameter, "w");
                break;
            default:
                var variable = (Variable<float>)network["w"];
                variable.Pointer[4] += 1;
                variable.Touch();
                break;
        }
        float[] after = Predict(network);
        after.ShouldNotBe(before);
        after.ShouldBe(Afresh(network));
    }

    [Fact]
    public void A_function_that_updates_a_state_keeps_what_depends_on_weights()
    {
        var network = Create();
        var sums = new float[4];
        for (int call = 0; call < 3; call++)
        {
            float[] y = Afresh(network);
            for (int i = 0; i < 4; i++)
                sums[i] += y[i] + y[4 + i];
            float[] total = ((TensorView<float>)network.Invoke("accumulate", X)[0]).ToArray();
            for (int i = 0; i < 4; i++)
                total[i].ShouldBe(sums[i], 1e-4f);
            network.Invoke("halve");
        }
    }

    [Fact]
    public void Other_sizes_of_a_call_do_not_disturb_what_is_kept()
    {
        var network = Create();
        float[] two = Predict(network);
        ((TensorView<float>)network.Invoke("predict", X[..3])[0]).ToArray().ShouldBe(two[..4]);
        ((TensorView<float>)network.Invoke("predict", Array.Empty<float>())[0]).Length.ShouldBe(0);
        Predict(network).ShouldBe(two);
    }

    [Fact]
    public void Filters_packed_in_a_call_of_one_batch_size_serve_those_of_others()
    {
        const string program = """
            network Images {
                input image : f32[N, 3, 20, 20];
                x = image |> conv2d(32, kernel: 5, stride: 2) |> batch_norm |> relu;
                y = x |> conv2d(48, kernel: 3, pad: 1) |> batch_norm |> relu |> conv2d(32, kernel: 1) |> conv2d(32, kernel: 3, pad: 1, groups: 32);
                z = (relu(y) |> conv2d(32, kernel: 7, pad: 3)) + x;
                function predict(image) -> z;
            }
            """;
        var compilation = Compilation.Create(new SourceText("images.net", program), _ => null, new CompilerOptions());
        compilation.HasErrors.ShouldBeFalse();
        var model = compilation.Networks.Single();
        BuildPlan.Run(Pipeline.Run(model, model.Functions.Single())).Prepared.ShouldBeGreaterThan(4);
        var code = CompiledNetwork.Compile(compilation.Emit());
        var random = new Random(1);
        float[] images = [.. Enumerable.Range(0, 5 * 3 * 20 * 20).Select(_ => random.NextSingle() - 0.5f)];
        float[] Run(Network network, int batch) => ((TensorView<float>)network.Invoke("predict", images[..(batch * 1200)])[0]).ToArray();
        float[] expected = Run(code.Create("Images", seed: 1), 5);
        foreach (int first in new[] { 0, 1, 2 })
        {
            var network = code.Create("Images", seed: 1);
            Run(network, first).Length.ShouldBe(first * expected.Length / 5);
            Run(network, 5).ShouldBe(expected);
        }
    }
}
