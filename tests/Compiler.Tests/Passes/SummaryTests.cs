using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Passes;

public sealed class SummaryTests
{
    const string Text = """
        network Named {
            input x : f32[N, 3, 32, 32];
            c1 = x |> conv2d(64, kernel: 3, pad: 1, bias: false);
            b1 = c1 |> batch_norm |> relu;
            c2 = b1 |> conv2d(32, kernel: 3, pad: 1);
            b2 = c2 |> batch_norm |> relu;
            h = b2 |> mean(axis: [2, 3]) |> dense(20) |> relu;
            y = h |> dense(10);
            function predict(x) -> y;
        }
        """;

    // The convolution is finished by the loops of its normalisation; of two values that are one in memory the last counts.
    [Theory]
    [InlineData("c1", 3 * 3 * 3 * 64, 32 * 32 * 64 * 27, 0)]
    [InlineData("b1", 2 * 64, 0, 4 * 64 * 32 * 32)]
    [InlineData("c2", 3 * 3 * 64 * 32 + 32, 32 * 32 * 32 * 9 * 64, 4 * 32 * 32 * 32)]
    [InlineData("b2", 2 * 32, 0, 0)]
    [InlineData("h", 32 * 20 + 20, 20 * 32, 4 * (32 + 20))]
    [InlineData("y", 210, 200, 40)]
    public void A_line_counts_its_parameters_and_what_it_stores_though_it_is_folded_or_ends_a_product(string name, long parameters, long multiplyAdds, long bytes)
    {
        var compilation = Compilation.Create(new SourceText("named.net", Text), _ => null, new CompilerOptions());
        compilation.Diagnostics.Select(diagnostic => diagnostic.ToString()).ShouldBeEmpty();
        var layer = compilation.Summarize("Named", "predict", new Dictionary<string, long> { ["N"] = 1 }).Layers.Items.Single(layer => layer.Name == name);
        (layer.Parameters, layer.MultiplyAdds, layer.ActivationBytes).ShouldBe((parameters, multiplyAdds, bytes));
    }

    [Fact]
    public void An_image_that_is_pooled_as_it_is_made_is_no_activation()
    {
        const string pooled = """
            network Pooled {
                input x : f32[N, 16, 32, 32];
                c = x |> conv2d(32, kernel: 3, pad: 1) |> relu |> max_pool2d(2);
                loss = mean(c ** 2);
                function predict(x) -> c;
                function train(x) -> loss minimizing loss with sgd(0.1);
            }
            """;
        var compilation = Compilation.Create(new SourceText("pooled.net", pooled), _ => null, new CompilerOptions());
        long Bytes(string function) =>
            compilation.Summarize("Pooled", function, new Dictionary<string, long> { ["N"] = 1 }).Layers.Items.Single(layer => layer.Name == "c").ActivationBytes;
        Bytes("predict").ShouldBe(4 * 32 * 16 * 16);
        // The gradient asks for the large image.
        Bytes("train").ShouldBeGreaterThanOrEqualTo(4 * 32 * 32 * 32);
    }
}
