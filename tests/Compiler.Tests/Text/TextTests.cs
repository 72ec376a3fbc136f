using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Text;

public class TextTests
{
    private static readonly SourceText Source = new("dir/a.net", "one\r\ntwo\rthree\n\nfive");

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(3, 0, 3)]
    [InlineData(5, 1, 0)]
    [InlineData(9, 2, 0)]
    [InlineData(15, 3, 0)]
    [InlineData(16, 4, 0)]
    [InlineData(20, 4, 4)]
    [InlineData(99, 4, 4)]
    public void Lines_end_with_any_of_the_three_line_ends(int offset, int line, int column) =>
        Source.PositionOf(offset).ShouldBe(new LinePosition(line, column));

    [Fact]
    public void An_empty_text_has_one_line()
    {
        var empty = new SourceText("a.net", "");
        empty.LineCount.ShouldBe(1);
        empty.Locate(new TextSpan(0, 0)).ToString().ShouldBe("a.net(1,1)");
    }

    [Fact]
    public void A_diagnostic_prints_as_editors_expect_with_its_notes_below()
    {
        var diagnostic = Diagnostic
            .Create(DiagnosticCatalog.StrayCharacter, Source.Locate(new TextSpan(5, 3)), "'$' (U+0024)", "")
            .WithNote(Source.Locate(new TextSpan(0, 3)), "first")
            .WithNote(new SourceText("b.net", "x").Locate(new TextSpan(0, 1)), "second");
        diagnostic.ToString().ShouldBe(
            "dir/a.net(2,1): error NETC1018: the character '$' (U+0024) has no meaning in this language\n  note: (1,1): first\n  note: b.net(1,1): second");
    }

    [Fact]
    public void Diagnostics_of_equal_content_are_equal()
    {
        var first = Make();
        first.ShouldBe(Make());
        first.GetHashCode().ShouldBe(Make().GetHashCode());
        first.ShouldNotBe(Make().WithNote(Source.Locate(default), "more"));

        static Diagnostic Make() => Diagnostic
            .Create(DiagnosticCatalog.UnusedValue, new SourceText("a.net", "x;").Locate(new TextSpan(0, 1)))
            .WithNote(Source.Locate(new TextSpan(0, 1)), "note");
    }

    [Fact]
    public void A_bag_keeps_one_of_each_kind_and_place_and_a_bounded_number_a_file()
    {
        var bag = new DiagnosticBag();
        var many = new SourceText("many.net", new string('x', 1000));
        bag.Report(DiagnosticCatalog.UnusedValue, Source.Locate(new TextSpan(5, 1)));
        bag.Report(DiagnosticCatalog.UnusedValue, Source.Locate(new TextSpan(5, 1)));
        bag.Report(DiagnosticCatalog.InvalidTarget, Source.Locate(new TextSpan(5, 1)));
        bag.Report(DiagnosticCatalog.UnusedValue, Source.Locate(new TextSpan(0, 1)));
        for (var i = 0; i < 1000; i++)
            bag.Report(DiagnosticCatalog.UnusedValue, many.Locate(new TextSpan(i, 1)));
        bag.HasErrors.ShouldBeTrue();
        var kept = bag.ToArray();
        kept.Count(d => d.Location.Path == "many.net").ShouldBe(DiagnosticBag.LimitPerFile);
        kept.Take(3).Select(d => (d.Code, d.Location.Span.Start)).ShouldBe([("NETC1007", 0), ("NETC1007", 5), ("NETC1008", 5)]);
    }

    [Fact]
    public void Every_kind_of_diagnostic_has_a_code_of_its_own_and_says_how_to_cure_it()
    {
        DiagnosticCatalog.All.Count.ShouldBeGreaterThan(20);
        DiagnosticCatalog.All.Select(d => d.Code).ShouldBeUnique();
        foreach (var kind in DiagnosticCatalog.All)
        {
            kind.Code.ShouldMatch("^NETC[1-49][0-9]{3}$");
            foreach (var text in new[] { kind.Title, kind.MessageFormat, kind.Explanation, kind.Cure })
                text.ShouldNotBeNullOrWhiteSpace(kind.Code);
        }
    }

    [Theory]
    [InlineData("layre", "layer")]
    [InlineData("con2d", "conv2d")]
    [InlineData("Relu", "relu")]
    [InlineData("max_pol2d", "max_pool2d")]
    [InlineData("x", null)]
    [InlineData("quite_different", null)]
    public void Suggestions_are_near_or_not_made(string name, string? expected) =>
        Suggestions.Closest(name, ["conv2d", "relu", "layer", "max_pool2d", "y"]).ShouldBe(expected);
}
