using NetCompiler.CommandLine.Execution;
using NetCompiler.Runtime;
using Shouldly;
using Xunit;

namespace NetCompiler.EndToEnd.Tests;

/// <summary>The networks of mixed precision that the description of the language shows.</summary>
public sealed class MixedPrecisionTests
{
    [Theory]
    [InlineData("Masters")]
    [InlineData("Halves")]
    public void The_networks_that_the_documents_show_learn(string name)
    {
        var text = DocsSamples.BlocksOf("docs/language.md", "net").Single(block => block.Text.Contains($"network {name} ", StringComparison.Ordinal)).Text;
        var network = CompiledNetwork.Compile(DocsSamples.Compile(text).Emit(CancellationToken.None)).Create(name, seed: 3);
        var random = new Random(1);
        float Step()
        {
            float[] x = [.. Enumerable.Range(0, 32 * 8).Select(_ => (float)random.NextDouble() - 0.5f)];
            return (float)network.Invoke("train", x, Enumerable.Range(0, 32).Select(i => x[8 * i] - 2 * x[8 * i + 3]).ToArray())[0];
        }
        float first = Enumerable.Range(0, 5).Average(_ => Step());
        for (int step = 0; step < 200; step++)
            Step();
        Enumerable.Range(0, 5).Average(_ => Step()).ShouldBeLessThan(0.1f * first);
        network.Values<float>("train.scaling.scale")[0].ShouldBe(65536);
        network.Values<int>("train.scaling.good")[0].ShouldBe(210);
    }
}
