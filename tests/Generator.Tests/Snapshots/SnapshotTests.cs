using NetCompiler.Compiler.Tests;
using Xunit;

namespace NetCompiler.Generator.Tests;

/// <summary>What the compiler writes, to be read: all of a tiny network, and what is worth reading of small examples.</summary>
public class SnapshotTests
{
    [Theory]
    [InlineData("Tiny")]
    [InlineData("Tiny.Predict")]
    [InlineData("Tiny.Loop_Kernels")]
    public void Generated_text(string file) =>
        Snapshot.Match(new NetworkProject().With("tiny.net", Networks.Tiny).Files()[$"tiny/Project.{file}.g.cs"], file, "cs");

    [Theory]
    [InlineData("Tiny.Predict.Gpu")]
    [InlineData("Tiny.Gpu_Kernels")]
    public void Generated_text_for_a_gpu(string file) =>
        Snapshot.Match((new NetworkProject() with { HasGpu = true }).With("tiny.net", Networks.Tiny).Files()[$"tiny/Project.{file}.g.cs"], file, "cs");

    [Fact]
    public void Generated_text_with_line_directives() =>
        Snapshot.Match(
            new NetworkProject().With("tiny.net", Networks.Tiny).WithProperty("NetCompilerLineDirectives", "true").Files()["tiny/Project.Tiny.Predict.g.cs"],
            "Tiny.Predict.Debug",
            "cs");

    [Fact]
    public void Generated_text_of_a_recurrence() =>
        Snapshot.Match(
            new NetworkProject().With("recurrent.net", Networks.Recurrent).WithProperty("NetCompilerLineDirectives", "true").Files()["recurrent/Project.Recurrent.Run.g.cs"],
            "Recurrent.Run.Debug",
            "cs");

    [Theory]
    [InlineData("perceptron", "Examples.Logic.Perceptron.Learn")]
    [InlineData("perceptron", "Examples.Logic.Perceptron.Loop_Kernels")]
    [InlineData("linear-regression", "Examples.Regression.LinearRegression.Train")]
    [InlineData("logistic-regression", "Examples.Regression.LogisticRegression.Predict")]
    [InlineData("svm", "Examples.Margins.Svm.Train")]
    [InlineData("xor", "Examples.Logic.Xor.Predict")]
    public void Generated_text_of_an_example(string example, string file)
    {
        var text = File.ReadAllText(Path.Combine(DotNet.RepositoryRoot, "examples", example, $"{example}.net"));
        Snapshot.Match(new NetworkProject().With($"{example}.net", text).Files()[$"{example}/{file}.g.cs"], file, "cs");
    }
}
