using System.Globalization;
using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace NetCompiler.EndToEnd.Tests;

public sealed class TrainingTests : IDisposable
{
    readonly Netc _netc = new();

    public TrainingTests() => _netc.Write("mlp.net", Programs.Mlp);

    public void Dispose() => _netc.Dispose();

    [Fact]
    public void Trained_weights_classify_unseen_digits_and_give_the_same_figures_when_loaded()
    {
        var train = _netc.Run("train", "mlp.net", "--samples", "2000", "--epochs", "3", "--rate", "0.1", "-o", "mlp.safetensors");
        train.ExitCode.ShouldBe(0, train.All);
        train.Output.ShouldContain("synthetic digits");
        train.Output.ShouldContain("--data", customMessage: "it says how to get the other data");
        train.Output.ShouldContain("epoch 3: loss");
        // Ten classes: guessing gets 10 %.
        Accuracy(train.Output.Split('\n').Single(line => line.StartsWith("test:"))).ShouldBeGreaterThan(50, train.All);

        var eval = _netc.Run("eval", "mlp.net", "--weights", "mlp.safetensors", "--samples", "2000");
        eval.ExitCode.ShouldBe(0, eval.All);
        Accuracy(eval.Output).ShouldBe(Accuracy(train.Output.Split('\n').Single(line => line.StartsWith("test:"))));

        var predict = _netc.Run("predict", "mlp.net", "--weights", "mlp.safetensors", "--count", "3");
        predict.ExitCode.ShouldBe(0, predict.All);
        Regex.Count(predict.Output, "^digit [012]: [0-9], ", RegexOptions.Multiline).ShouldBe(3, predict.All);
        predict.Output.ShouldContain("█");
        Regex.IsMatch(predict.Output, "[0-3] of 3 right\n$").ShouldBeTrue(predict.All);
    }

    [Fact]
    public void The_same_seed_gives_the_same_weights_with_one_and_two_threads_and_another_seed_others()
    {
        var one = Train("one", "--seed", "7", "--threads", "1");
        var two = Train("two", "--seed", "7", "--threads", "2");
        var other = Train("other", "--seed", "8", "--threads", "1");
        two.ShouldBe(one);
        other.ShouldNotBe(one);

        byte[] Train(string name, params string[] options)
        {
            var result = _netc.Run(["train", "mlp.net", "--samples", "640", "--epochs", "1", "--rate", "0.1", "-o", name + ".safetensors", .. options]);
            result.ExitCode.ShouldBe(0, result.All);
            return File.ReadAllBytes(Path.Combine(_netc.Folder, name + ".safetensors"));
        }
    }

    [Fact]
    public void A_network_for_other_data_is_told_what_netc_can_supply()
    {
        _netc.Write("line.net", Programs.Line);
        var result = _netc.Run("train", "line.net", "--samples", "10");
        result.ExitCode.ShouldBe(1, result.All);
        result.Error.ShouldContain("train(x : f32[N, 3], y : f32[N])");
        result.Error.ShouldContain("'x : f32[N, 3]' is none of what netc can supply");
        result.Error.ShouldContain("f32[N, 1, 28, 28]");
    }

    [Theory]
    [InlineData("eval", "no function that takes images and labels")]
    [InlineData("predict", "no function that takes images alone")]
    public void A_network_without_the_needed_function_is_told_so(string command, string explanation)
    {
        _netc.Write("line.net", Programs.Line);
        _netc.Write("w.safetensors", "");
        var result = _netc.Run(command, "line.net", "--weights", "w.safetensors");
        result.ExitCode.ShouldBe(1, result.All);
        result.Error.ShouldContain(explanation);
        result.Error.ShouldContain("train(x : f32[N, 3], y : f32[N])");
    }

    [Fact]
    public void Weights_of_another_network_are_refused_with_the_differences()
    {
        _netc.Write("lenet.net", Programs.LeNet);
        _netc.Run("train", "mlp.net", "--samples", "64", "--epochs", "1", "-o", "mlp.safetensors").ExitCode.ShouldBe(0);
        var result = _netc.Run("eval", "lenet.net", "--weights", "mlp.safetensors");
        result.ExitCode.ShouldBe(1, result.All);
        result.Error.ShouldContain("c1.weight");
        result.Error.ShouldContain("another network");
    }

    [Theory]
    [InlineData("eval", "--weights", "none.safetensors")]
    [InlineData("predict", "--weights", ".")]
    [InlineData("train", "-o", "none/weights.safetensors")]
    [InlineData("train", "-o", ".")]
    [InlineData("train", "--data", "none")]
    [InlineData("train", "--function", "predict")]
    public void Wrong_files_and_functions_are_the_users_errors_before_anything_runs(string command, string option, string value)
    {
        var result = _netc.Run(command, "mlp.net", option, value);
        result.ExitCode.ShouldBe(1, result.All);
        result.Error.ShouldStartWith("error: ");
        result.Output.ShouldNotContain("epoch 1");
    }

    [Fact]
    public void Damaged_data_files_are_named_with_the_place()
    {
        foreach (var name in (string[])["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"])
            File.WriteAllBytes(Path.Combine(_netc.Folder, name), [0, 0, 8, 3, 0, 0]);
        var result = _netc.Run("train", "mlp.net", "--data", ".");
        result.ExitCode.ShouldBe(1, result.All);
        result.Error.ShouldContain("train-images-idx3-ubyte, byte ");
    }

    static double Accuracy(string text) => double.Parse(Regex.Match(text, @"accuracy ([0-9.]+) %").Groups[1].Value, CultureInfo.InvariantCulture);
}
