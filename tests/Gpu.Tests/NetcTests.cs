using System.Collections.Immutable;
using NetCompiler.Algorithms;
using NetCompiler.EndToEnd.Tests;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Gpu.Tests;

/// <summary>The commands of netc on the emulated GPU.</summary>
public sealed class NetcTests : IDisposable
{
    readonly Netc _netc = new();

    public void Dispose() => _netc.Dispose();

    const string Small = """
        network Small {
            precision: tf32;
            input image : f32[N, 1, 28, 28];
            input label : i32[N];
            logits = image |> avg_pool2d(7) |> conv2d(2, kernel: 3, pad: 1) |> relu |> flatten |> dense(10);
            loss = cross_entropy(logits, label);
            function predict(image) -> softmax(logits);
            function evaluate(image, label) -> (loss, accuracy(logits, label));
            function train(image, label, rate: f32) -> loss minimizing loss with sgd(rate);
        }

        """;

    [Fact]
    public void Tune_records_what_the_next_build_obeys_and_explain_tells()
    {
        _netc.Write("small.net", Small);
        Succeed("tune", "small.net", "--device", "emulator", "--size", "N=2", "--budget", "30s", "--function", "predict").ShouldContain("small.gpu.tune.json: 2 kernels on CPUAccelerator");
        var source = new SourceText("small.gpu.tune.json", _netc.Read("small.gpu.tune.json"));
        var record = TuningRecord.Parse(source, problem => throw new InvalidOperationException(problem.Message)).ShouldNotBeNull();
        // Tensor cores are permitted, but the emulator has none.
        record.Kernels.Values.ShouldAllBe(kernel => kernel.Batch == 2 && kernel.Milliseconds.Count > 1 && !kernel.Milliseconds.ContainsKey("tf32"));
        // On the emulator the fastest is a matter of chance; any choice of a record is obeyed.
        var tiled = record.Kernels.ToImmutableSortedDictionary(kernel => kernel.Key, kernel => kernel.Value with { Algorithm = kernel.Value.Milliseconds.Keys.First(name => name.EndsWith("64x64", StringComparison.Ordinal)) });
        var chosen = new SourceText(source.Path, (record with { Kernels = tiled }).Print());
        string Emitted(SourceText? tuning) => string.Concat(
            Compilation.Create(new SourceText("small.net", Small), _ => null, new CompilerOptions { Gpu = GpuCode.Required, GpuTuning = tuning }).Emit().Items.Select(file => file.Text));
        Emitted(null).ShouldNotContain("ProductMethod.Tile64x64");
        Emitted(chosen).ShouldContain("ProductMethod.Tile64x64");
        _netc.Write("small.gpu.tune.json", chosen.Text);
        var explained = Succeed("explain", "small.net", "--device", "gpu", "--function", "predict");
        explained.ShouldContain("chosen by the tuning record");
        explained.ShouldContain("measured: small.gpu.tune.json, on CPUAccelerator");
        explained.ShouldContain("rounds operands to bf16, which needs 'precision: bf16'");
        // A record of another GPU is not this one's.
        _netc.Write("small.gpu.tune.json", chosen.Text.Replace("CPUAccelerator", "another", StringComparison.Ordinal));
        _netc.Run("bench", "small.net", "--device", "emulator", "--size", "N=1", "--function", "predict", "--seconds", "0.01").Error.ShouldContain("NETC4002");
    }

    [Fact]
    public void Networks_are_trained_evaluated_measured_and_verified_there()
    {
        _netc.Write("small.net", Small);
        Succeed("train", "small.net", "--device", "emulator", "--data", "synthetic", "--samples", "32", "--epochs", "1", "--batch", "16", "-o", "small.safetensors").ShouldContain("device: CPUAccelerator");
        string Evaluated(string device) => Succeed("eval", "small.net", "--device", device, "--data", "synthetic", "--samples", "32", "--weights", "small.safetensors").Split("Small.evaluate: ")[1];
        Evaluated("emulator").ShouldBe(Evaluated("cpu"));
        Succeed("predict", "small.net", "--device", "emulator", "--data", "synthetic", "--count", "1", "--weights", "small.safetensors").ShouldContain(" right");
        Succeed("bench", "small.net", "--device", "emulator", "--size", "N=1", "--function", "predict", "--seconds", "0.01").ShouldContain("GPU");
        Succeed("verify", "small.net", "--device", "emulator", "--function", "train").ShouldContain("updated variables");
    }

    [Fact]
    public void A_gpu_that_is_not_there_is_the_users_affair()
    {
        _netc.Write("small.net", Small);
        var result = _netc.Run("bench", "small.net", "--device", "gpu:7");
        result.ExitCode.ShouldBe(1);
        result.Error.Trim().Split('\n').ShouldHaveSingleItem().ShouldContain("GPU");
    }

    string Succeed(params string[] arguments)
    {
        var result = _netc.Run(arguments);
        result.ExitCode.ShouldBe(0, result.All);
        return result.Output;
    }
}
