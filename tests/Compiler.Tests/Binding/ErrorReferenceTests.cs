using System.Runtime.CompilerServices;
using System.Text;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Binding;

/// <summary>docs/errors.md is made from the catalogue of diagnostics, with examples from the files of mistakes.</summary>
public class ErrorReferenceTests
{
    static string Docs([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "..", "..", "docs", "errors.md"));

    [Fact]
    public void The_error_reference_says_what_the_catalogue_says()
    {
        var text = Reference();
        if (Environment.GetEnvironmentVariable("NETC_UPDATE") == "1")
            File.WriteAllText(Docs(), text);
        File.ReadAllText(Docs()).ReplaceLineEndings("\n").ShouldBe(text, "NETC_UPDATE=1 makes the page anew");
    }

    [Fact]
    public void Codes_are_unique_and_every_text_is_filled_in()
    {
        DiagnosticCatalog.All.Select(kind => kind.Code).ShouldBeUnique();
        foreach (var kind in DiagnosticCatalog.All)
        {
            kind.Code.ShouldMatch("^NETC[1-49][0-9]{3}$");
            kind.Explanation.ShouldEndWith(".", customMessage: kind.Code);
            kind.Cure.ShouldEndWith(".", customMessage: kind.Code);
            kind.Title.ShouldNotEndWith(".", customMessage: kind.Code);
            kind.MessageFormat.ShouldNotEndWith(".", customMessage: kind.Code);
        }
    }

    static string Reference()
    {
        var examples = Examples();
        var text = new StringBuilder("""
            # Errors and warnings

            Every message of the compiler names a place, the numbers that do not fit, and what to write instead. This page lists all kinds by
            their codes, with an example where one line shows it. It is made from the catalogue in `src/NetCompiler.Compiler/Text` by a test.

            """);
        foreach (var stage in DiagnosticCatalog.All.GroupBy(kind => kind.Code[4]))
        {
            text.Append($"\n## {Stage(stage.Key)}\n");
            foreach (var kind in stage)
            {
                text.Append($"\n### {kind.Code}: {kind.Title}\n\n");
                if (kind.Severity != DiagnosticSeverity.Error)
                    text.Append($"*{kind.Severity}.* ");
                text.Append(kind.Explanation).Append('\n');
                if (examples.TryGetValue(kind.Code, out var example))
                    text.Append($"\n```text\n{example.Line}\n{new string(' ', example.Column)}^ {example.Message}\n```\n");
                text.Append($"\n{kind.Cure}\n");
            }
        }
        return text.ToString().ReplaceLineEndings("\n");
    }

    static string Stage(char digit) => digit switch
    {
        '1' => "Text",
        '2' => "Names, types and shapes",
        '3' => "Gradients and training",
        '4' => "Plan and emission",
        _ => "The compiler itself",
    };

    /// <summary>For each code the first place that shows it in the files of mistakes.</summary>
    static Dictionary<string, (string Line, int Column, string Message)> Examples()
    {
        var examples = new Dictionary<string, (string, int, string)>();
        foreach (var name in ErrorFileTests.Names.Cast<object[]>().Select(row => (string)row[0]))
        {
            foreach (var diagnostic in ErrorFileTests.Compile(name).Diagnostics)
            {
                var line = ErrorFileTests.Read(diagnostic.Location.Path).Split('\n')[diagnostic.Location.Start.Line];
                int indent = line.Length - line.TrimStart().Length;
                examples.TryAdd(diagnostic.Code, (line.Trim(), diagnostic.Location.Start.Column - indent, diagnostic.Message));
            }
        }
        return examples;
    }
}
