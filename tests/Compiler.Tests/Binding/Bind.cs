using NetCompiler.Graph;
using NetCompiler.Text;
using Shouldly;

namespace NetCompiler.Compiler.Tests.Binding;

/// <summary>Compiles texts for tests.</summary>
internal static class Bind
{
    public static Compilation Text(string text, params (string Path, string Text)[] others) => Compilation.Create(
        new SourceText("test.net", text),
        path => others.Where(other => other.Path == path).Select(other => new SourceText(path, other.Text)).FirstOrDefault(),
        new CompilerOptions());

    /// <summary>The networks of a text without mistakes or warnings.</summary>
    public static IReadOnlyList<NetworkModel> Networks(string text, params (string Path, string Text)[] others)
    {
        var compilation = Text(text, others);
        compilation.Diagnostics.Select(diagnostic => diagnostic.ToString()).ShouldBeEmpty();
        return compilation.Networks;
    }

    public static NetworkModel Network(string text, params (string Path, string Text)[] others) => Networks(text, others).ShouldHaveSingleItem();

    /// <summary>The diagnostics, one a line as the command line shows them.</summary>
    public static string Errors(string text, params (string Path, string Text)[] others) =>
        string.Join("\n", Text(text, others).Diagnostics.Select(diagnostic => diagnostic.ToString()));

    /// <summary>A network around the statements of a body with the input x : f32[N, 4] and the function f(x) -> y.</summary>
    public static string Body(string statements) => $"network Test {{\n    input x : f32[N, 4];\n    {statements}\n    function f(x) -> y;\n}}";

    /// <summary>Takes a program without errors through all stages; <paramref name="turn"/> chooses the one whose result is printed.</summary>
    public static void ThroughAllStages(Compilation compilation, int turn)
    {
        compilation.Emit();
        if (!compilation.HasErrors)
            compilation.Dump(Compilation.Passes[turn % Compilation.Passes.Length].Name);
    }

    /// <summary>The node that <see cref="Body"/> returns as y.</summary>
    public static Node Value(string statements) => Network(Body(statements)).Functions[0].Outputs[0].Value;
}
