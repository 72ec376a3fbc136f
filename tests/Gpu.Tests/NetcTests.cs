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
    public void Tune_measures_on_the_emulator_and_records_nothing()
    {
        _netc.Write("small.net", Small);
        var measured = Succeed("tune", "small.net", "--device", "emulator", "--size", "N=2", "--budget", "2s", "--function", "predict");
        measured.ShouldContain("nothing is recorded");
        measured.ShouldContain("matmul f32 [N=1,32]*[32,10]");
        // Tensor cores are permitted, but the emulator has none.
        measured.ShouldNotContain("tf32 ");
        File.Exists(Path.Combine(_netc.Folder, "small.gpu.tune.json")).ShouldBeFalse();
    }

    [Fact]
    public void Builds_obey_a_record_of_measurements_and_explain_tells()
    {
        var compilation = Compilation.Create(new SourceText("small.net", Small), _ => null, new CompilerOptions { Gpu = GpuCode.Required });
        static TunedKernel Tiled(KernelDescription kernel)
        {
            string tile = kernel.Candidates.First(candidate => candidate.Name.EndsWith("64x64", StringComparison.Ordinal)).Name;
            return new(tile, ImmutableSortedDictionary<string, double>.Empty.Add(tile, 0.25), Batch: 2);
        }
        var kernels = compilation.GpuKernels("Small", "predict").ToImmutableSortedDictionary(kernel => kernel.Signature, Tiled);
        kernels.Count.ShouldBe(2);
        var record = new SourceText("small.gpu.tune.json", new TuningRecord("A GPU", 0, kernels).Print());
        string Emitted(SourceText? tuning) => string.Concat(
            Compilation.Create(new SourceText("small.net", Small), _ => null, new CompilerOptions { Gpu = GpuCode.Required, GpuTuning = tuning }).Emit().Items.Select(file => file.Text));
        Emitted(null).ShouldNotContain("ProductMethod.Tile64x64");
        Emitted(record).ShouldContain("ProductMethod.Tile64x64");
        _netc.Write("small.net", Small);
        _netc.Write("small.gpu.tune.json", record.Text);
        var explained = Succeed("explain", "small.net", "--device", "gpu", "--function", "predict");
        explained.ShouldContain("chosen by the tuning record");
        explained.ShouldContain("measured: small.gpu.tune.json, on A GPU");
        explained.ShouldContain("rounds operands to bf16, which needs 'precision: bf16'");
        Succeed("build", "small.net", "--device", "gpu", "-o", "Generated");
        _netc.Read("Generated/Small.Predict.Gpu.g.cs").ShouldContain("ProductMethod.Tile64x64");
        // A record of another GPU is not this one's.
        _netc.Run("bench", "small.net", "--device", "emulator", "--size", "N=1", "--function", "predict", "--seconds", "0.01").Error
            .ShouldContain("the measurements are of the machine \"A GPU\", but the code is for \"emulated GPU\": they are ignored; run 'netc tune --device gpu' there");
    }

    [Fact]
    public void Networks_are_trained_evaluated_measured_and_verified_there()
    {
        _netc.Write("small.net", Small);
        Succeed("train", "small.net", "--device", "emulator", "--data", "synthetic", "--samples", "32", "--epochs", "1", "--batch", "16", "-o", "small.safetensors").ShouldContain("device: emulated GPU");
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
