using System.Runtime.CompilerServices;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Binding;

/// <summary>Files with mistakes, and all that the compiler says about them in one run.</summary>
public class ErrorFileTests
{
    static string Folder([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "Data", "errors"));

    public static TheoryData<string> Names => [.. Directory.GetFiles(Folder(), "*.net").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    internal static Compilation Compile(string name) => Compilation.Create(
        new SourceText(name + ".net", Read(name + ".net")),
        path => File.Exists(Path.Combine(Folder(), path)) ? new SourceText(path, Read(path)) : null,
        // The files hold headers alone.
        path => File.Exists(Path.Combine(Folder(), path)) ? Read(path) : null,
        new CompilerOptions());

    internal static string Read(string path) => File.ReadAllText(Path.Combine(Folder(), path)).ReplaceLineEndings("\n");

    [Theory]
    [MemberData(nameof(Names))]
    public void All_mistakes_of_a_file_are_named_where_they_are(string name) =>
        Snapshot.Match(string.Join("\n", Compile(name).Diagnostics.Select(diagnostic => diagnostic.ToString())), name, testFile: Path.Combine(Folder(), name));

    [Fact]
    public void A_file_with_ten_mistakes_yields_ten_located_errors()
    {
        var diagnostics = Compile("ten_mistakes").Diagnostics;
        diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Select(diagnostic => diagnostic.Location.Start.Line + 1)
            .ShouldBe([5, 7, 8, 9, 10, 11, 13, 14, 15, 18]);
    }

    [Fact]
    public void Every_kind_of_mistake_in_names_shapes_and_gradients_is_shown_by_a_file()
    {
        var shown = Names.Cast<object[]>().SelectMany(row => Compile((string)row[0]).Diagnostics.Items).Select(diagnostic => diagnostic.Code).ToHashSet();
        DiagnosticCatalog.All.Where(kind => kind.Code[4] is '2' or '3' && !shown.Contains(kind.Code)).Select(kind => $"{kind.Code} {kind.Title}").ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void No_message_has_a_hole_or_ends_like_a_sentence(string name)
    {
        foreach (var diagnostic in Compile(name).Diagnostics)
        {
            diagnostic.Message.ShouldNotMatch(@"\{\d\}|''|  |; ;|\.$");
            diagnostic.Message.ShouldNotBeEmpty();
        }
    }
}
