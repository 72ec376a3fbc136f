using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NetCompiler.CommandLine.Execution;
using Shouldly;
using Xunit;
using Diagnostic = NetCompiler.Text.Diagnostic;

namespace NetCompiler.EndToEnd.Tests;

/// <summary>What the documents show is true: samples compile, quoted outputs are those that come, links lead somewhere.</summary>
public sealed class DocsTests
{
    public static TheoryData<string> Pages => [.. DocsSamples.Pages];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Files_compile_without_a_diagnostic_to_clean_CSharp(string page)
    {
        foreach (var block in DocsSamples.NetworksOf(page).SelectMany(files => files).Distinct())
        {
            var compilation = DocsSamples.Compile(block.Text);
            compilation.Diagnostics.ShouldBeEmpty($"{page}, line {block.Line}: {Lines(compilation.Diagnostics)}");
            Should.NotThrow(() => CompiledNetwork.Compile(compilation.Emit(CancellationToken.None), OptimizationLevel.Debug), $"{page}, line {block.Line}");
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Statements_compile_among_the_inputs_of_the_page(string page)
    {
        var blocks = DocsSamples.BlocksOf(page, "net body").ToList();
        foreach (var block in blocks.Skip(1))
        {
            var errors = DocsSamples.Compile($"network Sample {{\n{blocks[0].Text}{block.Text}}}\n").Diagnostics.Where(IsError).ToList();
            errors.ShouldBeEmpty($"{page}, line {block.Line}: {Lines(errors)}");
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Quoted_outputs_are_those_that_come(string page)
    {
        var blocks = DocsSamples.BlocksOf(page);
        var lines = DocsSamples.Read(page).Split('\n').ToList();
        // From the end, so that the lines of the blocks before stay where they are.
        for (int i = blocks.Count - 1; i >= 0; i--)
        {
            if (DocsQuotes.Of(blocks, i) is not { } real)
                continue;
            if (!DocsSamples.Updates)
                blocks[i].Text.ShouldBe(real, $"{page}, line {blocks[i].Line}; NETC_UPDATE=1 takes the new output");
            lines.RemoveRange(blocks[i].Line, blocks[i].Text.Count(c => c == '\n'));
            lines.InsertRange(blocks[i].Line, real.TrimEnd('\n').Split('\n'));
        }
        if (DocsSamples.Updates)
            File.WriteAllText(Path.Combine(DocsSamples.Root, page), string.Join('\n', lines));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Programs_compile_against_the_networks_of_their_page_and_run(string page)
    {
        var blocks = DocsSamples.BlocksOf(page);
        var isFirst = true;
        foreach (var files in DocsSamples.NetworksOf(page))
        {
            var networks = files.SelectMany(file => DocsSamples.Compile(file.Text).Emit(CancellationToken.None)).ToList();
            var text = "";
            foreach (var block in blocks.Where(block => block.Kind is "csharp" or "csharp run" or "csharp append"))
            {
                text = block.Kind == "csharp append" ? text + block.Text : block.Text;
                var program = Program(networks, block with { Text = text });
                // What replaces a part of a network needs to compile; running everything twice would take long.
                if (isFirst && block.Kind != "csharp")
                    program.EntryPoint!.Invoke(null, [Array.Empty<string>()]);
            }
            isFirst = false;
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_lead_to_files_and_headings_that_exist(string page)
    {
        foreach (Match link in Regex.Matches(DocsSamples.Read(page), @"\]\(([^)\s]+)\)"))
        {
            var target = link.Groups[1].Value;
            if (target.Contains("://", StringComparison.Ordinal))
                continue;
            var (path, anchor) = target.Split('#') is [var file, var heading] ? (file, heading) : (target, "");
            var full = path.Length == 0 ? Path.Combine(DocsSamples.Root, page) : Path.Combine(DocsSamples.Root, Path.GetDirectoryName(page)!, path);
            (File.Exists(full) || Directory.Exists(full)).ShouldBeTrue($"{page}: {target}");
            if (anchor.Length > 0)
                Headings(File.ReadAllText(full)).ShouldContain(anchor, $"{page}: {target}");
        }
    }

    [Fact]
    public void The_readme_shows_LeNet_as_the_example_has_it() =>
        DocsSamples.BlocksOf("README.md", "net").First().Text.ShouldBe(DocsSamples.Read("examples/mnist-lenet/lenet.net"));

    // As GitHub makes anchors: small letters, digits and hyphens, hyphens for blanks.
    static IEnumerable<string> Headings(string text) => Regex.Matches(text, "^#+ (.+?)\r?$", RegexOptions.Multiline)
        .Select(match => Regex.Replace(match.Groups[1].Value.ToLowerInvariant(), "[^a-z0-9 _-]", "").Replace(' ', '-'));

    static bool IsError(Diagnostic diagnostic) => diagnostic.Severity == NetCompiler.Text.DiagnosticSeverity.Error;

    static string Lines(IEnumerable<Diagnostic> diagnostics) => string.Concat(diagnostics.Select(diagnostic => diagnostic + "\n"));

    static Assembly Program(IEnumerable<EmittedFile> networks, DocsBlock block)
    {
        const string usings = """
            global using System;
            global using System.Collections.Generic;
            global using System.IO;
            global using System.Linq;
            global using System.Threading;
            """;
        var parse = new CSharpParseOptions(LanguageVersion.Preview);
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is var name && (name.StartsWith("System.", StringComparison.Ordinal) || name is "netstandard.dll" or "NetCompiler.Runtime.dll" or "NetCompiler.Training.dll"))
            .Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create(
            "Sample",
            [.. networks.Select(file => CSharpSyntaxTree.ParseText(file.Text, parse, file.Name)), CSharpSyntaxTree.ParseText(usings, parse), CSharpSyntaxTree.ParseText(block.Text, parse, block.Page)],
            references,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        var problems = result.Diagnostics.Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning).ToList();
        problems.ShouldBeEmpty($"{block.Page}, line {block.Line}: {string.Join('\n', problems)}");
        return Assembly.Load(image.ToArray());
    }
}
