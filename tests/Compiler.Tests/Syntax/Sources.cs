using System.Runtime.CompilerServices;
using NetCompiler.Syntax;
using NetCompiler.Text;
using Shouldly;

namespace NetCompiler.Compiler.Tests.Syntax;

/// <summary>The programs in the folder Data, and short ways to parse fragments.</summary>
internal static class Sources
{
    public static string Folder { get; } = FindFolder();

    /// <summary>The names of all programs that are valid.</summary>
    public static IEnumerable<string> Programs =>
        Directory.GetFiles(Folder, "*.net").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    public static SourceText Read(string name) => new(name, File.ReadAllText(Path.Combine(Folder, name)));

    /// <summary>Parses text that must be valid.</summary>
    public static CompilationUnit Parse(string text)
    {
        var tree = SyntaxTree.Parse(new SourceText("test.net", text));
        tree.Diagnostics.Select(d => d.ToString()).ShouldBeEmpty();
        return tree.Root;
    }

    /// <summary>The value of <c>x = …;</c> in a layer.</summary>
    public static Expression Expression(string text)
    {
        var layer = Parse($"layer f(a) {{ x = {text}; }}").Declarations[0].ShouldBeOfType<LayerDeclaration>();
        return layer.Body.Statements[0].ShouldBeOfType<AssignmentStatement>().Value;
    }

    /// <summary>The diagnostics of a text, as the user sees them.</summary>
    public static string[] Errors(string text) => [.. SyntaxTree.Parse(new SourceText("test.net", text)).Diagnostics.Select(d => d.ToString())];

    /// <summary>The diagnostics of statements in a network, which start at line 2.</summary>
    public static string[] StatementErrors(string statements) => Errors("network X {\n" + statements + "\n}\n");

    private static string FindFolder([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(path))!, "Data");
}
