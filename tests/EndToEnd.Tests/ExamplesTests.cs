using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace NetCompiler.EndToEnd.Tests;

/// <summary>Runs the examples as a user does, and holds them to what their pages claim.</summary>
public sealed class ExamplesTests
{
    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(20);

    [Fact]
    public void The_perceptron_learns_AND_and_OR_and_cannot_learn_XOR()
    {
        var output = Run("perceptron");
        output.ShouldContain("AND  learned");
        output.ShouldContain("OR   learned");
        output.ShouldContain("XOR  not learned");
    }

    [Fact]
    public void Two_layers_learn_XOR_to_within_six_hundredths()
    {
        var answers = Regex.Matches(Run("xor"), @"xor \d = (\S+)").Select(match => Number(match.Groups[1].Value)).ToList();
        answers.Count.ShouldBe(4);
        foreach (var (answer, target) in answers.Zip([0.0, 1, 1, 0]))
            Math.Abs(answer - target).ShouldBeLessThan(0.06);
    }

    [Fact]
    public void Linear_regression_finds_the_weights_again_within_their_scatter()
    {
        var found = Regex.Matches(Run("linear-regression"), @"^(?:w\[\d\]|b) +(\S+) +(\S+)$", RegexOptions.Multiline)
            .Select(match => (True: Number(match.Groups[1].Value), Found: Number(match.Groups[2].Value))).ToList();
        found.Count.ShouldBe(4);
        // Noise 0.1 over the root of 1000 samples, four times.
        foreach (var (truth, estimate) in found)
            Math.Abs(estimate - truth).ShouldBeLessThan(4 * 0.1 / Math.Sqrt(1000));
    }

    [Fact]
    public void Logistic_regression_tells_threes_from_eights() => Accuracy(Run("logistic-regression")).ShouldBeGreaterThanOrEqualTo(93);

    [Fact]
    public void The_support_vector_machine_finds_nearly_the_widest_margin()
    {
        var result = Regex.Match(Run("svm"), @"mistakes (\d+) of 200, margin (\S+) of (\S+) possible");
        result.Groups[1].Value.ShouldBe("0");
        Number(result.Groups[2].Value).ShouldBeGreaterThan(0.95 * Number(result.Groups[3].Value));
    }

    [Fact]
    public void The_layered_perceptron_learns_digits_in_two_epochs_of_5000() =>
        Accuracy(Run("mnist-mlp", "--epochs", "2", "--samples", "5000")).ShouldBeGreaterThanOrEqualTo(85);

    [SkippableFact]
    public void LeNet_reaches_96_percent_on_MNIST_with_two_epochs_of_10000_images()
    {
        RequireData("mnist");
        Accuracy(Run("mnist-lenet", "--epochs", "2", "--samples", "10000")).ShouldBeGreaterThanOrEqualTo(96);
    }

    [SkippableFact]
    public void Convolutions_recognise_91_percent_of_the_clothes()
    {
        Skip.If(Environment.GetEnvironmentVariable("NETC_LONG") != "1", "takes minutes: NETC_LONG=1 runs it");
        RequireData("fashion-mnist");
        Accuracy(Run("fashion-cnn")).ShouldBeGreaterThanOrEqualTo(91);
    }

    [SkippableFact]
    public void A_residual_network_recognises_70_percent_of_the_photographs()
    {
        Skip.If(Environment.GetEnvironmentVariable("NETC_LONG") != "1", "takes minutes: NETC_LONG=1 runs it");
        RequireData("cifar10");
        Accuracy(Run("cifar-resnet")).ShouldBeGreaterThanOrEqualTo(70);
    }

    [Fact]
    public void A_residual_network_begins_to_tell_shapes_apart_where_there_are_no_photographs() =>
        Accuracy(Run("cifar-resnet", withData: false, ["--epochs", "2", "--samples", "1024"])).ShouldBeGreaterThanOrEqualTo(12);

    [SkippableFact]
    public void A_recurrent_network_comes_below_1_75_nats_per_character_of_Shakespeare()
    {
        Skip.If(Environment.GetEnvironmentVariable("NETC_LONG") != "1", "takes minutes: NETC_LONG=1 runs it");
        RequireData("text");
        Loss(Run("char-lstm")).ShouldBeLessThan(1.75);
    }

    // Letters alone have an entropy of about 2.7 nats in such sums; below it, something of their order is learned.
    [Fact]
    public void A_recurrent_network_learns_to_write_sums_where_there_is_no_text() =>
        Loss(Run("char-lstm", withData: false, ["--epochs", "1", "--samples", "100000"])).ShouldBeLessThan(1.5);

    [SkippableFact]
    public void Surnames_tell_their_language()
    {
        RequireData("text");
        Accuracy(Run("surnames", "--epochs", "2")).ShouldBeGreaterThanOrEqualTo(60);
    }

    [Fact]
    public void Made_up_names_tell_their_language() =>
        Accuracy(Run("surnames", withData: false, ["--epochs", "2"])).ShouldBeGreaterThanOrEqualTo(90);

    [Fact]
    public void Convolutions_learn_digits_where_there_are_no_clothes() =>
        Accuracy(Run("fashion-cnn", withData: false, ["--epochs", "1", "--samples", "3000"])).ShouldBeGreaterThanOrEqualTo(50);

    [Theory]
    [InlineData("mnist-lenet")]
    [InlineData("mnist-mlp")]
    public void Training_gives_the_same_bits_on_every_run_with_any_number_of_threads(string example)
    {
        string[] outputs = [.. new[] { "1", "1", "2", "3" }.Select(threads => Run(example, "--epochs", "1", "--samples", "1000", "--threads", threads))];
        outputs.Select(Fingerprint).Distinct().ShouldHaveSingleItem();
        outputs.Select(WithoutTimes).Distinct().ShouldHaveSingleItem();
        Fingerprint(Run(example, "--epochs", "1", "--samples", "1000", "--seed", "2")).ShouldNotBe(Fingerprint(outputs[0]));
    }

    [SkippableFact]
    public void LeNet_reaches_99_percent_on_MNIST_in_five_epochs_with_the_same_bits_on_one_and_two_threads()
    {
        Skip.If(Environment.GetEnvironmentVariable("NETC_LONG") != "1", "takes minutes: NETC_LONG=1 runs it");
        RequireData("mnist");
        string[] outputs = [Run("mnist-lenet", "--threads", "1"), Run("mnist-lenet", "--threads", "2")];
        Accuracy(outputs[0]).ShouldBeGreaterThanOrEqualTo(99);
        outputs.Select(WithoutTimes).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public void LeNet_recognises_drawn_digits_where_there_is_no_MNIST()
    {
        var output = Run("mnist-lenet", withData: false, []);
        output.ShouldContain("synthetic digits");
        Accuracy(output).ShouldBeGreaterThanOrEqualTo(97);
    }

    [Fact]
    public void Options_that_are_not_understood_end_with_the_usage()
    {
        var (code, _, error) = Start("mnist-lenet", withData: true, ["--epoch", "3"]);
        code.ShouldBe(2);
        error.ShouldStartWith("there is no option --epoch\noptions:");
    }

    [Theory]
    [InlineData("mnist-lenet", "MNIST")]
    [InlineData("surnames", "names")]
    [InlineData("char-lstm", "input.txt")]
    public void A_folder_without_the_data_is_refused_in_one_line(string example, string missing)
    {
        var empty = Directory.CreateTempSubdirectory("netc-");
        var (code, output, error) = Start(example, withData: true, ["--data", empty.FullName]);
        empty.Delete();
        code.ShouldBe(2);
        output.ShouldBeEmpty();
        error.TrimEnd().Split('\n').ShouldHaveSingleItem().ShouldContain(missing);
    }

    static void RequireData(string name)
    {
        var folder = Environment.GetEnvironmentVariable("NETC_DATA");
        Skip.If(string.IsNullOrEmpty(folder) || !Directory.Exists(Path.Combine(folder, name)), $"NETC_DATA names no folder with {name}");
    }

    static double Accuracy(string output) =>
        Number(Regex.Matches(output, @"test accuracy (\S+) ?%").LastOrDefault().ShouldNotBeNull(output).Groups[1].Value);

    static double Loss(string output) => Number(Regex.Match(output, @"^test loss (\S+)", RegexOptions.Multiline).Groups[1].Value.TrimEnd(','));

    static string Fingerprint(string output)
    {
        var found = Regex.Match(output, "parameters ([0-9a-f]{16})");
        found.Success.ShouldBeTrue(output);
        return found.Groups[1].Value;
    }

    static string WithoutTimes(string output) => Regex.Replace(output, @"\d+\.\d s\b", "");

    static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    static string Run(string example, params string[] arguments) => Run(example, withData: true, arguments);

    static string Run(string example, bool withData, string[] arguments)
    {
        var (code, output, error) = Start(example, withData, arguments);
        code.ShouldBe(0, $"{output}\n{error}");
        error.ShouldBeEmpty();
        return output;
    }

    /// <summary>The build of this project builds the examples in the same configuration.</summary>
    static (int Code, string Output, string Error) Start(string example, bool withData, string[] arguments)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var program = Path.Combine(DocsSamples.Root, "examples", example, "bin", configuration, "net10.0", $"{example}.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (!withData)
            start.Environment.Remove("NETC_DATA");
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(s_limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{example} did not end within {s_limit}: {output.Result}");
        }
        return (process.ExitCode, output.Result.ReplaceLineEndings("\n"), error.Result.ReplaceLineEndings("\n"));
    }
}
