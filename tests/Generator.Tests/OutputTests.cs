using System.Diagnostics;
using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace NetCompiler.Generator.Tests;

public class OutputTests(ITestOutputHelper output)
{
    [Fact]
    public void LeNet_compiles_in_a_blink_when_warm()
    {
        // An editor runs the generator at every key. The bound is twice the budget, and only the fastest run must keep it, because tests
        // share their machine.
        var budget = TimeSpan.FromMilliseconds(150);
        var before = new NetworkProject().With("lenet.net", Networks.LeNet);
        var driver = before.Run();
        var times = new List<TimeSpan>();
        for (var i = 0; i < 60; i++)
        {
            // Another width each time, so that nothing is served from the cache.
            var after = before.With("lenet.net", Networks.LeNet.Replace("500", $"{500 + i + 1}", StringComparison.Ordinal));
            var start = Stopwatch.GetTimestamp();
            driver = after.RunAfter(driver, before);
            times.Add(Stopwatch.GetElapsedTime(start));
            before = after;
        }
        output.WriteLine($"LeNet, first {times[0].TotalMilliseconds:F0} ms");
        // The first runs are spent in the JIT.
        times.RemoveRange(0, 30);
        times.Sort();
        output.WriteLine($"LeNet, warm: fastest {times[0].TotalMilliseconds:F0} ms, median {times[times.Count / 2].TotalMilliseconds:F0} ms, slowest {times[^1].TotalMilliseconds:F0} ms");
        times[0].ShouldBeLessThan(2 * budget);
    }

    [Fact]
    public void Generated_code_compiles_without_a_warning_under_nullable()
    {
        var project = new NetworkProject().With("blocks.net", Networks.Blocks).With("lenet.net", Networks.LeNet).With("stacked.net", Networks.UsesBlocks);
        project.NewDriver().RunGeneratorsAndUpdateCompilation(project.Compilation, out var compilation, out var diagnostics);
        diagnostics.ShouldBeEmpty();
        compilation.GetDiagnostics().Where(found => found.Severity != DiagnosticSeverity.Hidden).ShouldBeEmpty();
        compilation.GetTypeByMetadataName("Examples.Digits.LeNet").ShouldNotBeNull();
        compilation.GetTypeByMetadataName("Project.Stacked").ShouldNotBeNull();
    }

    [Fact]
    public void Line_directives_appear_where_they_are_asked_for()
    {
        var project = new NetworkProject().With("tiny.net", Networks.Tiny);
        Join(project).ShouldNotContain("#line");
        Join(project.WithProperty("NetCompilerLineDirectives", "true")).ShouldContain("\"/project/tiny.net\"");
        Join(project.WithMetadata("tiny.net", "NetCompilerLineDirectives", "true")).ShouldContain("#line (3,");
    }

    [Fact]
    public void Without_line_directives_the_text_does_not_depend_on_where_the_project_lies() =>
        Join(new NetworkProject().With("tiny.net", Networks.Tiny)).ShouldNotContain(NetworkProject.Directory);

    [Theory]
    [InlineData("de-DE")]
    [InlineData("tr-TR")]
    public void The_text_is_the_same_in_every_culture(string culture)
    {
        var project = new NetworkProject().With("lenet.net", Networks.LeNet).WithProperty("NetCompilerLineDirectives", "true");
        var invariant = In(CultureInfo.InvariantCulture);
        In(CultureInfo.GetCultureInfo(culture)).ShouldBe(invariant);

        string In(CultureInfo chosen)
        {
            var before = CultureInfo.CurrentCulture;
            CultureInfo.CurrentCulture = chosen;
            try
            {
                // The comma tells that the culture is really in force.
                0.5.ToString().ShouldBe(chosen.Name.Length == 0 ? "0.5" : "0,5");
                return Join(project);
            }
            finally
            {
                CultureInfo.CurrentCulture = before;
            }
        }
    }

    [Fact]
    public void A_files_own_namespace_wins_over_the_projects()
    {
        var project = new NetworkProject().With("tiny.net", Networks.Tiny).WithProperty("RootNamespace", "mnist-lenet.2layers");
        Join(project).ShouldContain("namespace mnist_lenet._2layers");
        Join(project.WithMetadata("tiny.net", "NetNamespace", "My.Models")).ShouldContain("namespace My.Models");
        Join(project.WithMetadata("tiny.net", "NetNamespace", "My.Models").With("tiny.net", "namespace Written;\n" + Networks.Tiny)).ShouldContain("namespace Written");
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("A.B", "A.B")]
    [InlineData("a b-c", "a_b_c")]
    [InlineData("1st..class", "_1st.@class")]
    public void A_namespace_is_always_valid(string given, string expected) => ProjectOptions.ToNamespace(given).ShouldBe(expected);

    [Fact]
    public void An_additional_file_of_another_tool_is_left_alone() =>
        new NetworkProject().With("graph.net", "*Vertices 3").WithMetadata("graph.net", "NetCompiler", "false").Run().GetRunResult().Diagnostics.ShouldBeEmpty();

    [Fact]
    public void Files_of_one_name_in_several_places_have_outputs_of_different_names()
    {
        var project = new NetworkProject()
            .With("tiny.net", Named("A"))
            .With("Tiny.net", Named("B"))
            .With("models/tiny.net", Named("C"))
            .With("/elsewhere/tiny.net", Named("D"))
            .With("models/odd#name.net", Named("E"));
        var result = project.Run().GetRunResult().Results.Single();
        result.Exception.ShouldBeNull();
        result.GeneratedSources.Select(source => source.HintName).Distinct(StringComparer.OrdinalIgnoreCase).Count().ShouldBe(result.GeneratedSources.Length);
        string.Concat(result.GeneratedSources.Select(source => source.SourceText)).ShouldSatisfyAllConditions(
            [.. "ABCDE".Select(name => (Action<string>)(all => all.ShouldContain($"namespace {name}")))]);
        project.Files().Keys.ShouldContain(name => name.StartsWith("models/tiny/", StringComparison.Ordinal));

        static string Named(string space) => $"namespace {space};\n{Networks.Tiny}";
    }

    [Theory]
    [InlineData("/a/b/../c/./d.net", "/a/c/d.net")]
    [InlineData("C:\\a\\b\\..\\c.net", "C:/a/c.net")]
    [InlineData("//server/share/c.net", "//server/share/c.net")]
    [InlineData("../../c.net", "../../c.net")]
    [InlineData("/../c.net", "/c.net")]
    public void Paths_are_compared_in_one_form(string path, string expected) => SourcePath.Normalize(path).ShouldBe(expected);

    static string Join(NetworkProject project) => string.Concat(project.Files().OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => file.Key + "\n" + file.Value));
}
