using NetCompiler.Syntax;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Syntax;

public class ProgramTests
{
    public static TheoryData<string> Programs => [.. Sources.Programs];

    [Theory]
    [MemberData(nameof(Programs))]
    public void Every_program_of_the_language_page_parses_without_a_diagnostic(string name)
    {
        var tree = SyntaxTree.Parse(Sources.Read(name));
        tree.Diagnostics.Select(d => d.ToString()).ShouldBeEmpty();
        tree.Root.Declarations.ShouldNotBeEmpty();
        TreeText.Descendants(tree.Root).OfType<ErrorExpression>().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("digits.net")]
    [InlineData("sgd.net")]
    [InlineData("char_lstm.net")]
    public void The_tree_of_a_program_is_as_recorded(string name) =>
        Snapshot.Match(TreeText.Outline(SyntaxTree.Parse(Sources.Read(name)).Root), Path.GetFileNameWithoutExtension(name));

    [Theory]
    [MemberData(nameof(Programs))]
    public void Every_node_lies_within_its_parent_and_starts_where_its_text_does(string name)
    {
        var source = Sources.Read(name);
        foreach (var node in TreeText.Descendants(SyntaxTree.Parse(source).Root))
        {
            foreach (var child in TreeText.Children(node))
                node.Span.Contains(child.Span).ShouldBeTrue($"{node.GetType().Name} {node.Span} / {child.GetType().Name} {child.Span}");
            if (node is NameExpression n)
                source.Slice(n.Span).ShouldBe(n.Name);
        }
    }

    [Fact]
    public void Doc_comments_belong_to_the_declaration_that_follows()
    {
        var unit = SyntaxTree.Parse(Sources.Read("everything.net")).Root;
        unit.Declarations[0].Documentation.ShouldBe("A layer with a gradient of its own.\nIt has two lines of documentation.");
        unit.Declarations[1].Documentation.ShouldBeNull();
        var network = unit.Declarations.OfType<NetworkDeclaration>().First();
        network.Body.Statements.OfType<VariableDeclaration>().First().Documentation.ShouldBe("The image, in [0, 1].");
        network.Body.Statements.OfType<FunctionDeclaration>().First().Documentation.ShouldBe("Says which digit it is.");
    }

    [Fact]
    public void Functions_keep_their_clauses_in_any_order()
    {
        var functions = SyntaxTree.Parse(Sources.Read("everything.net")).Root.Declarations
            .OfType<NetworkDeclaration>().First().Body.Statements.OfType<FunctionDeclaration>().ToDictionary(f => f.Name.Text);
        functions["several"].Results.Select(r => (r.Name?.Text, TreeText.Show(r.Value)))
            .ShouldBe([(null, "loss"), ("classes", "(Call argmax x)"), (null, "(Multiply (Add x 1) 2)")]);
        functions["named"].Results.Single().Name!.Text.ShouldBe("probabilities");
        var train = functions["train"];
        train.Parameters.Select(p => p.Name.Text).ShouldBe(["image", "label", "rate", "decay"]);
        var minimize = train.Minimize.Single();
        minimize.Groups.Select(g => g.Selectors.Length).ShouldBe([2, 1]);
        TreeText.Show(minimize.Groups[1].Optimizer).ShouldBe("(Call sgd rate)");
        TreeText.Show(minimize.Clipping!).ShouldBe("5f");
        train.Updates!.Statements.Length.ShouldBe(2);
        functions["adversary"].Minimize.Length.ShouldBe(2);
        functions["adversary"].Updates!.Statements.Single().ShouldBeOfType<IfStatement>();
        functions["reset"].Results.ShouldBeEmpty();
    }
}
