using System.Globalization;
using System.Text;
using NetCompiler.Compiler.Tests.Binding;
using NetCompiler.Syntax;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Syntax;

/// <summary>
/// Mutates valid programs. NETC_FUZZ sets the number of cases; a failure names the seed of its case, and the text can be made
/// again from it.
/// </summary>
public class FuzzTests
{
    private static readonly string[] Fragments =
    [
        "(", ")", "[", "]", "{", "}", ";", ",", ":", "=", "->", "|>", "..", "...", "**", "+", "-", "*", "/", "@", "<", "==", "!", "&&", "?", "$", "#",
        "if ", "then ", "else ", "for ", "in ", "not ", "and ", "scan ", "yield ", "return ", "network ", "layer ", "optimizer ", "use ", "namespace ",
        "input ", "param ", "state ", "function ", "check ", "weights ", "minimizing ", "over ", "with ", "clipping ", "scaling ", "updates ", "from ", "gradient ",
        "\"", "'", "\\", "/*", "*/", "//", "///", "\n", "\r\n", "\0", "\uFFFF", "\uD800", "é", "x", "0", "1e999", "99999999999999999999999999", "5x", "1..2",
        "1.5M", "\"\\u12\"", "x |> f(a) ", "if c { ", "else if c { ", "(((((((((", "]]]]", "{{{{{{", "}}}}}",
    ];

    [Fact]
    public void No_mutated_program_makes_the_parser_fail_or_point_outside_the_file()
    {
        var count = int.TryParse(Environment.GetEnvironmentVariable("NETC_FUZZ"), CultureInfo.InvariantCulture, out var given) ? given : 3000;
        var programs = Sources.Programs.Select(name => Sources.Read(name).Text).ToArray();
        for (var seed = 0; seed < count; seed++)
        {
            var text = Mutate(programs, new Random(seed));
            try
            {
                var tree = SyntaxTree.Parse(new SourceText("fuzz.net", text));
                CheckTree(tree, text);
                // The stages after it take longer, and have their own test.
                if (seed % 4 == 0 && tree.Diagnostics.Items.IsEmpty)
                    Bind.ThroughAllStages(Bind.Text(text), seed);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}:\n{text}", e);
            }
        }
    }

    private static void CheckTree(SyntaxTree tree, string text)
    {
        foreach (var diagnostic in tree.Diagnostics)
        {
            var span = diagnostic.Location.Span;
            (span.Start >= 0 && span.Length >= 0 && span.End <= text.Length).ShouldBeTrue($"{diagnostic} at {span} of {text.Length}");
            diagnostic.Message.ShouldNotContain("IDENTIFIER");
            diagnostic.Message.ShouldNotBeEmpty();
        }
        var hasGap = false;
        foreach (var node in TreeText.Descendants(tree.Root))
        {
            (node.Span.Start >= 0 && node.Span.Length >= 0 && node.Span.End <= text.Length).ShouldBeTrue($"{node.GetType().Name} {node.Span}");
            foreach (var child in TreeText.Children(node))
                node.Span.Contains(child.Span).ShouldBeTrue($"{node.GetType().Name} {node.Span} / {child.GetType().Name} {child.Span}");
            hasGap |= node is ErrorExpression or Identifier { IsMissing: true };
        }
        // A tree with gaps and no error would reach later stages, which trust that it was reported.
        if (hasGap)
            tree.Diagnostics.ShouldNotBeEmpty();
    }

    private static string Mutate(string[] programs, Random random)
    {
        var text = new StringBuilder(programs[random.Next(programs.Length)]);
        if (random.Next(50) == 0)
            return Repeat(random);
        for (var edits = random.Next(1, 8); edits > 0; edits--)
        {
            var at = random.Next(text.Length + 1);
            var length = Math.Min(random.Next(1, random.Next(2, 30)), text.Length - at);
            switch (random.Next(7))
            {
                case 0:
                    text.Remove(at, length);
                    break;
                case 1:
                    text.Insert(at, (char)random.Next(32, 127));
                    break;
                case 2:
                    text.Insert(at, (char)random.Next(0, 65536));
                    break;
                case 3 or 4:
                    text.Insert(at, Fragments[random.Next(Fragments.Length)]);
                    break;
                case 5:
                    text.Insert(random.Next(text.Length + 1), text.ToString(at, length));
                    break;
                case 6:
                    // Cut off, as while typing; rarely, or most cases would be short.
                    if (random.Next(4) == 0)
                        text.Length = at;
                    break;
            }
        }
        return text.ToString();
    }

    private static string Repeat(Random random)
    {
        var text = new StringBuilder("network X { x = ");
        var fragments = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Fragments[random.Next(Fragments.Length)]).ToArray();
        for (var i = random.Next(2000); i >= 0; i--)
            text.Append(fragments[i % fragments.Length]);
        return text.ToString();
    }
}
