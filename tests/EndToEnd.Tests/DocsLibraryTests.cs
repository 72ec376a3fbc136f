using System.Text;
using NetCompiler.Binding;
using NetCompiler.Syntax;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.EndToEnd.Tests;

/// <summary>docs/library.md is what the library says about itself.</summary>
public sealed class DocsLibraryTests
{
    const string Page = "docs/library.md", Prefix = "NetCompiler.StandardLibrary.";

    static readonly (string File, string Title)[] s_order = 
    [
        ("layers", "Layers"), ("normalisation", "Normalisation"), ("attention", "Attention"), ("recurrent", "Recurrence"), ("activations", "Activations"),
        ("losses", "Losses"), ("metrics", "Metrics"), ("optimizers", "Optimizers"),
    ];

    [Fact]
    public void The_library_page_is_made_of_the_librarys_own_comments()
    {
        var page = Write();
        if (DocsSamples.Updates)
            File.WriteAllText(Path.Combine(DocsSamples.Root, Page), page);
        DocsSamples.Read(Page).ShouldBe(page, "NETC_UPDATE=1 makes the page anew");
    }

    [Fact]
    public void Everything_in_the_library_is_documented()
    {
        foreach (var (file, _) in Files())
            foreach (var declaration in Declarations(file))
                declaration.Documentation.ShouldNotBeNullOrEmpty($"{declaration.Name.Text} in {file}.net");
        foreach (var builtin in Builtins.All)
            builtin.Documentation.ShouldNotBeEmpty(builtin.Name);
    }

    static string Write()
    {
        var page = new StringBuilder("""
            # The library

            Everything here can be used in any `.net` file without a `use`. Layers, activations, losses and optimizers are written in the
            language itself, in [`src/NetCompiler.Compiler/StandardLibrary`](../src/NetCompiler.Compiler/StandardLibrary): read them, copy
            them, write your own beside them. A layer or an optimizer of the same name in your file takes precedence. What the compiler itself knows follows
            below them. [The language](language.md) says how they are applied and named.

            Tests make this page from the comments in these files.

            """);
        foreach (var (file, title) in Files())
        {
            page.Append($"\n## {title}\n");
            foreach (var declaration in Declarations(file))
                Entry(page, Signature(declaration), declaration.Documentation!);
        }
        page.Append("\n## Functions\n\nArguments with a question mark may be left out. Where functions of one number meet a number of compile time, the result is one.\n");
        foreach (var builtin in Builtins.All.Where(builtin => !builtin.MakesInitializer))
            Entry(page, Signature(builtin), builtin.Documentation);
        page.Append("\n## Initializers\n\nThe first values of a `param` or a `state`.\n");
        foreach (var builtin in Builtins.All.Where(builtin => builtin.MakesInitializer))
            Entry(page, Signature(builtin), builtin.Documentation);
        return page.ToString();
    }

    static void Entry(StringBuilder page, string signature, string documentation) =>
        page.Append($"\n**`{signature}`**\n\n{string.Join('\n', documentation.Split('\n').Select(line => line.Trim()))}\n");

    static string Signature(Builtin builtin) =>
        $"{builtin.Name}({string.Join(", ", builtin.Formals.Select(formal => formal.Name + (formal.IsRequired ? "" : "?")))})";

    static string Signature(Declaration declaration) => declaration switch
    {
        LayerDeclaration layer => $"{layer.Name.Text}({Parameters(layer.Source, layer.Parameters)})",
        OptimizerDeclaration optimizer => $"{optimizer.Name.Text}({Parameters(optimizer.Source, optimizer.Parameters)})",
        _ => throw new InvalidOperationException($"{declaration.Name.Text} is neither a layer nor an optimizer"),
    };

    static string Parameters(SourceText source, IEnumerable<Parameter> parameters) =>
        string.Join(", ", parameters.Select(parameter => source.Slice(parameter.Span)));

    static IEnumerable<Declaration> Declarations(string file)
    {
        using var reader = new StreamReader(typeof(Compilation).Assembly.GetManifestResourceStream($"{Prefix}{file}.net")!);
        var tree = SyntaxTree.Parse(new SourceText($"{file}.net", reader.ReadToEnd()));
        tree.Diagnostics.ShouldBeEmpty();
        return tree.Root.Declarations;
    }

    /// <summary>The files of the library: the known ones in the order of the page, then any other.</summary>
    static IEnumerable<(string File, string Title)> Files() =>
        typeof(Compilation).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..^".net".Length])
            .OrderBy(file => Array.FindIndex(s_order, entry => entry.File == file) is >= 0 and var index ? index : s_order.Length)
            .ThenBy(file => file, StringComparer.Ordinal)
            .Select(file => (file, s_order.FirstOrDefault(entry => entry.File == file).Title ?? char.ToUpperInvariant(file[0]) + file[1..]));
}
