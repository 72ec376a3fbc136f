using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Architecture;

public sealed partial class NamespaceDirectionTests
{
    /// <summary>A namespace may use those before it, never one after it.</summary>
    static readonly string[] Order =
        ["Text", "Syntax", "Graph", "Operators", "Rewrites", "Autodiff", "Binding", "Algorithms", "Passes", "Loops", "Plan", "Emit", "Reports"];

    // An operator is part of what a node is, and nodes are what operators are about: the two are one layer.
    static readonly (string From, string To)[] Mutual = [("Graph", "Operators")];

    [Fact]
    public void Each_stage_of_the_compiler_uses_only_earlier_stages()
    {
        string compiler = Path.Combine(Root(), "src", "NetCompiler.Compiler");
        var violations = new List<string>();
        int files = 0;
        foreach (string stage in Order)
        {
            string folder = Path.Combine(compiler, stage);
            if (!Directory.Exists(folder))
                continue;
            foreach (string file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
            {
                files++;
                foreach (Match use in Reference().Matches(File.ReadAllText(file)))
                {
                    string used = use.Groups[1].Value;
                    if (Array.IndexOf(Order, used) > Array.IndexOf(Order, stage) && !Mutual.Contains((stage, used)))
                        violations.Add($"{Path.GetFileName(file)} in {stage} uses {used}");
                }
            }
        }
        files.ShouldBeGreaterThan(50);
        violations.Distinct().ShouldBeEmpty();
    }

    [Fact]
    public void The_compiler_does_no_input_output_and_knows_no_clock_or_culture()
    {
        string compiler = Path.Combine(Root(), "src", "NetCompiler.Compiler");
        var files = Directory.EnumerateFiles(compiler, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}") && !file.Contains("Generated"))
            .ToList();
        files.Count.ShouldBeGreaterThan(50);
        files.Where(file => Impure().IsMatch(File.ReadAllText(file))).Select(Path.GetFileName).ShouldBeEmpty();
    }

    static string Root([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "..", ".."));

    [GeneratedRegex(@"\bNetCompiler\.([A-Z][A-Za-z]+)\b")]
    private static partial Regex Reference();

    [GeneratedRegex(@"\b(System\.IO\b|File\.Read|File\.Write|Directory\.|DateTime\b|Stopwatch\b|Environment\.|CurrentCulture|Console\.)")]
    private static partial Regex Impure();
}
