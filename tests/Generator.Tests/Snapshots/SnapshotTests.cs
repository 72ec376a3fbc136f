using NetCompiler.Compiler.Tests;
using Xunit;

namespace NetCompiler.Generator.Tests;

/// <summary>The whole C# of a tiny network, to be read: a file each under one screen.</summary>
public class SnapshotTests
{
    [Theory]
    [InlineData("Tiny")]
    [InlineData("Tiny.Predict")]
    [InlineData("Tiny.Kernels")]
    public void Generated_text(string file) =>
        Snapshot.Match(new NetworkProject().With("tiny.net", Networks.Tiny).Files()[$"tiny/Project.{file}.g.cs"], file, "cs");

    [Fact]
    public void Generated_text_with_line_directives() =>
        Snapshot.Match(
            new NetworkProject().With("tiny.net", Networks.Tiny).WithProperty("NetCompilerLineDirectives", "true").Files()["tiny/Project.Tiny.Predict.g.cs"],
            "Tiny.Predict.Debug",
            "cs");
}
