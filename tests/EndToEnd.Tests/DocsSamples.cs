using System.Text.RegularExpressions;
using NetCompiler.Text;

namespace NetCompiler.EndToEnd.Tests;

/// <summary>A fenced block of a document.</summary>
/// <param name="Page">The file, relative to the repository.</param>
/// <param name="Line">The line of its fence, from 1.</param>
/// <param name="Kind">What stands after the fence: the language, and what the tests do with the block.</param>
/// <param name="Text">The lines between the fences.</param>
public sealed record DocsBlock(string Page, int Line, string Kind, string Text);

/// <summary>
/// The samples in the documents. The words after a fence say what a block is:
/// <list type="bullet">
/// <item><c>net</c>: a whole file, which compiles without a diagnostic;</item>
/// <item><c>net instead of NAME</c>: statements that take the place of the line of NAME in the first file of the page, which then compiles;</item>
/// <item><c>net body</c>: statements of a network. The first of a page declares the inputs that the others stand among;</item>
/// <item><c>net error FILE</c>: a file of that name with mistakes; the block after it, <c>text diagnostics</c>, quotes what is said about it;</item>
/// <item><c>csharp</c>: a program that compiles against the networks of the page;</item>
/// <item><c>csharp run</c>: such a program, which also runs;</item>
/// <item><c>csharp gpu</c>: a program that runs where the packages for GPUs are;</item>
/// <item><c>csharp append</c>: what continues the program before it; the whole runs;</item>
/// <item>a kind that <see cref="DocsQuotes"/> lists: a quotation of what the compiler makes of LeNet.</item>
/// </list>
/// </summary>
internal static class DocsSamples
{
    /// <summary>The folder of the repository.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Whether quoted outputs are rewritten instead of compared.</summary>
    public static bool Updates { get; } = Environment.GetEnvironmentVariable("NETC_UPDATE") == "1";

    /// <summary>All documents, relative to the repository.</summary>
    public static IEnumerable<string> Pages =>
    [
        "README.md", "CONTRIBUTING.md", "src/NetCompiler/README.md",
        .. Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md").Order(StringComparer.Ordinal).Select(path => "docs/" + Path.GetFileName(path)),
        .. Directory.EnumerateDirectories(Path.Combine(Root, "examples")).Order(StringComparer.Ordinal).Select(path => $"examples/{Path.GetFileName(path)}/README.md"),
    ];

    public static IReadOnlyList<DocsBlock> BlocksOf(string page)
    {
        var blocks = new List<DocsBlock>();
        string[] lines = Read(page).Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("```", StringComparison.Ordinal))
                continue;
            int fence = i;
            while (!lines[++i].StartsWith("```", StringComparison.Ordinal)) { }
            blocks.Add(new DocsBlock(page, fence + 1, lines[fence][3..].Trim(), string.Concat(lines[(fence + 1)..i].Select(line => line + "\n"))));
        }
        return blocks;
    }

    /// <summary>The blocks whose kind starts with these words.</summary>
    public static IEnumerable<DocsBlock> BlocksOf(string page, string kind) =>
        BlocksOf(page).Where(block => block.Kind == kind || block.Kind.StartsWith(kind + " ", StringComparison.Ordinal));

    /// <summary>The network files of a page: as they stand first, then once for each <c>net instead of</c>.</summary>
    public static IEnumerable<IReadOnlyList<DocsBlock>> NetworksOf(string page)
    {
        var files = BlocksOf(page).Where(block => block.Kind == "net").ToList();
        yield return files;
        foreach (var block in BlocksOf(page, "net instead of"))
        {
            var line = new Regex($@"^ *{block.Kind["net instead of ".Length..]} *=.*\n", RegexOptions.Multiline);
            yield return [block with { Text = line.Replace(files[0].Text, block.Text) }, .. files.Skip(1)];
        }
    }

    public static string Read(string page) => File.ReadAllText(Path.Combine(Root, page)).ReplaceLineEndings("\n");

    public static Compilation Compile(string text, string name = "sample.net") =>
        Compilation.Create(new SourceText(name, text), _ => null, new CompilerOptions(), CancellationToken.None);

    /// <summary>LeNet as the example has it.</summary>
    public static Lazy<Compilation> LeNet { get; } = new(() => Compile(Read("examples/mnist-lenet/lenet.net"), "lenet.net"));

    static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "NetCompiler.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException($"no NetCompiler.sln above {AppContext.BaseDirectory}");
        return folder.FullName;
    }
}
