using System.Runtime.CompilerServices;
using System.Text;
using NetCompiler.Rewrites;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Rewrites;

public class RewritesDocument
{
    const string Introduction = """
        # Rewrites

        The equations by which the compiler changes a graph, read from left to right. `netc dump --after simplify` and
        `netc dump --after stabilise` show their effect. This list is written from the rules themselves.

        """;

    const string Stability = """

        ## Rules that may round differently

        They keep the precision of a formula, or its value at all, where the formula as written cancels, overflows or divides 0 by 0.
        They run before gradients are taken, and again before code is planned.

        | rule | equation | NaN and infinities |
        |---|---|---|

        """;

    const string Exact = """

        ## Exact rules

        They hold for all numbers, NaN and infinities included; only the sign of a zero and the order in which a sum is added up may change.

        | rule | equation | exceptions |
        |---|---|---|

        """;

    [Fact]
    public void The_document_lists_every_rule()
    {
        var text = new StringBuilder(Introduction.ReplaceLineEndings("\n"));
        Append(text, Stability, AttentionRules.All + StabilityRules.All);
        Append(text, Exact, SimplifyRules.All);

        text.ToString().ShouldMatchApproved(options => options.NoDiff().WithFileExtension("md").WithFilenameGenerator(
            (_, _, kind, _) => kind == "approved" ? Path.Combine(Root(), "docs", "rewrites.md") : Path.Combine(Root(), "docs", $"rewrites.{kind}.md")));
    }

    static void Append(StringBuilder text, string heading, RuleSet rules)
    {
        text.Append(heading.ReplaceLineEndings("\n"));
        foreach (var rule in rules.Rules)
            text.Append($"| {rule.Name} | `{rule.Equation.Replace("|", "\\|")}` | {rule.Specials} |\n");
    }

    static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
