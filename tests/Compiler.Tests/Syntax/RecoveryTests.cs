using NetCompiler.Syntax;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Syntax;

public class RecoveryTests
{
    [Fact]
    public void Ten_mistakes_give_ten_errors_each_at_its_place()
    {
        var errors = Sources.Errors("""
            network Mistaken {
                inptu image : f32[N, 1, 28, 28];
                input label : i32[N;
                c1 = image |> conv2d(20 kernel: 5);
                c2 = c1 |> conv2d(50, kernel: );
                h  = c2 |> flatten |> dense(500
                logits = h |> dense(10)
                loss = cross_entropy(logits, label));
                ok = loss && true;
                for i of 0 .. 4 { h = relu(h) }
            }
            """);
        errors.ShouldBe([
            "test.net(2,5): error NETC1005: 'inptu' does not start a statement; did you mean 'input'?",
            "test.net(3,24): error NETC1002: expected ']' to close the '[' at (3,22)\n  note: (3,22): opened here",
            "test.net(4,29): error NETC1001: 'kernel' cannot follow '20'; expected ',' or ')' to close the '(' at (4,25)",
            "test.net(5,34): error NETC1003: expected a value after ':'",
            "test.net(6,36): error NETC1002: expected ')' to close the '(' at (6,32)\n  note: (6,32): opened here",
            "test.net(7,28): error NETC1002: expected ';' after this statement",
            "test.net(8,40): error NETC1024: this ')' closes nothing",
            "test.net(9,15): error NETC1006: '&&' is not an operator of this language; write 'and'",
            "test.net(10,10): error NETC1002: expected 'in' after the name, as in 'x in xs'",
            "test.net(10,34): error NETC1002: expected ';' after this statement",
        ]);
    }

    [Theory]
    // Each line holds one mistake and says how its error starts: (line,column): code.
    [InlineData("x = 1 y = 2;", "(2,7): error NETC1001")]
    [InlineData("x = 1\ny = 2;", "(2,6): error NETC1002")]
    [InlineData("x = ;", "(2,4): error NETC1003")]
    [InlineData("x = a + ;", "(2,8): error NETC1003")]
    [InlineData("x = a + * b;", "(2,9): error NETC1003")]
    [InlineData("x = if a then b;", "(2,16): error NETC1002")]
    [InlineData("x = a + if c then a else b;", "(2,9): error NETC1001")]
    [InlineData("x = f(a b);", "(2,9): error NETC1001")]
    [InlineData("x = f(kernel = 5);", "(2,14): error NETC1001")]
    [InlineData("x = f(k: 1, 2);", "(2,13): error NETC1011")]
    [InlineData("x = f(g(1): 2);", "(2,7): error NETC1001")]
    [InlineData("x = [(1 + 2];", "(2,12): error NETC1002")]
    [InlineData("x = (a, b);", "(2,5): error NETC1001")]
    [InlineData("x = y[];", "(2,7): error NETC1003")]
    [InlineData("x = a < b < c;", "(2,11): error NETC1009")]
    [InlineData("x = y |> f + 3;", "(2,12): error NETC1010")]
    [InlineData("x = y |>\n |> f;", "(2,9): error NETC1003")]
    [InlineData("f(a);", "(2,1): error NETC1007")]
    [InlineData("x[0] = 3;", "(2,1): error NETC1008")]
    [InlineData("f(x): 3;", "(2,1): error NETC1001")]
    [InlineData("var x = 3;", "(2,1): error NETC1005")]
    [InlineData("while a { x = 1; }", "(2,1): error NETC1005")]
    [InlineData("if a { x = 1; } elif b { x = 2; }", "(2,17): error NETC1005")]
    [InlineData("else { x = 1; }", "(2,1): error NETC1001")]
    [InlineData("if a = b { x = 1; }", "(2,6): error NETC1001")]
    [InlineData("if a x = 1;", "(2,5): error NETC1002")]
    [InlineData("for in 0 .. 4 { x = 1; }", "(2,4): error NETC1002")]
    [InlineData("for i = 0 .. 4 { x = 1; }", "(2,6): error NETC1002")]
    [InlineData("hs = scan x xs from h { yield h; };", "(2,12): error NETC1002")]
    [InlineData("x = 1;;", "(2,7): error NETC1001")]
    [InlineData("input if : f32;", "(2,7): error NETC1023")]
    [InlineData("input : f32;", "(2,6): error NETC1002")]
    [InlineData("param w f32;", "(2,8): error NETC1002")]
    [InlineData("function f x -> y;", "(2,11): error NETC1002")]
    [InlineData("function f(x) y;", "(2,14): error NETC1002")]
    [InlineData("function f(x) -> y\ncheck x < 3;", "(2,19): error NETC1002")]
    [InlineData("function f(x) -> y minimizing with sgd(3);", "(2,31): error NETC1003")]
    [InlineData("function f(x) -> y minimizing y over \"a\";", "(2,41): error NETC1002")]
    [InlineData("function f(x) -> y minimizing y with sgd(3) clipping 1 clipping 2;", "(2,56): error NETC1012")]
    [InlineData("function f(x) -> y updates h = 3;", "(2,27): error NETC1002")]
    [InlineData("function f(x) -> y updates { param w : f32; }", "(2,30): error NETC1022")]
    [InlineData("return x;", "(2,1): error NETC1022")]
    [InlineData("yield x;", "(2,1): error NETC1022")]
    [InlineData("x = 5x;", "(2,5): error NETC1014")]
    [InlineData("x = 0x1F;", "(2,5): error NETC1014")]
    [InlineData("x = 99999999999999999999;", "(2,5): error NETC1013")]
    [InlineData("x = 9300000T * 1000;", "(2,5): error NETC1013")]
    [InlineData("x = 1e999;", "(2,5): error NETC1013")]
    [InlineData("x = \"abc;", "(2,5): error NETC1015")]
    [InlineData("x = 'abc';", "(2,5): error NETC1018")]
    [InlineData("x = \"a\\q\";", "(2,7): error NETC1016")]
    [InlineData("x = a $ b;", "(2,7): error NETC1018")]
    [InlineData("x = 1; # a comment; of \"another\" language", "(2,8): error NETC1018")]
    [InlineData("βήτα = 3;", "(2,1): error NETC1018")]
    [InlineData("x = a ? b : c;", "(2,7): error NETC1006")]
    [InlineData("x += 3;", "(2,3): error NETC1006")]
    public void One_mistake_gives_one_error_and_the_next_statement_is_read(string statement, string expected)
    {
        var text = "network X {\n" + statement + "\nafterwards = 1;\n}\nnetwork Next { }\n";
        var tree = SyntaxTree.Parse(new SourceText("test.net", text));
        var error = tree.Diagnostics.ShouldHaveSingleItem().ToString();
        error.ShouldStartWith("test.net" + expected);
        var network = tree.Root.Declarations[0].ShouldBeOfType<NetworkDeclaration>();
        network.Body.Statements.Last().ShouldBeOfType<AssignmentStatement>().Targets[0].ShouldBeOfType<NameExpression>().Name.ShouldBe("afterwards");
        tree.Root.Declarations.Length.ShouldBe(2);
    }

    [Theory]
    [InlineData("layre f(x) { return x; }", "(1,1): error NETC1004")]
    [InlineData("x = 3;", "(1,1): error NETC1004")]
    [InlineData("input x : f32;", "(1,1): error NETC1022")]
    [InlineData("network A { } }", "(1,15): error NETC1024")]
    [InlineData("network A { };", "(1,14): error NETC1001")]
    [InlineData("network A { x = 1;\n", "(1,19): error NETC1002")]
    [InlineData("network A { if a { x = 1;\n", "(1,26): error NETC1002")]
    [InlineData("network { }", "(1,8): error NETC1002")]
    [InlineData("network A", "(1,10): error NETC1002")]
    [InlineData("network A = ;", "(1,12): error NETC1003")]
    [InlineData("layer f(x { return x; }", "(1,10): error NETC1002")]
    [InlineData("layer f { return x; }", "(1,8): error NETC1002")]
    [InlineData("layer f(x) return x;", "(1,11): error NETC1002")]
    [InlineData("layer f(x, 3) { return x; }", "(1,11): error NETC1002")]
    [InlineData("layer f(x) { input a : f32; return x; }", "(1,14): error NETC1022")]
    [InlineData("layer f(x) { precision: f16; return x; }", "(1,14): error NETC1022")]
    [InlineData("optimizer sgd(x) { w = 1; }", "(1,17): error NETC1002")]
    [InlineData("optimizer sgd(x) for w { w = 1; }", "(1,23): error NETC1002")]
    [InlineData("use blocks;", "(1,4): error NETC1002")]
    [InlineData("namespace A.;", "(1,13): error NETC1002")]
    [InlineData("namespace A; namespace B;", "(1,14): error NETC1012")]
    [InlineData("network A { } use \"a.net\";", "(1,15): error NETC1021")]
    [InlineData("network A { x = 1; } /* no end", "(1,22): error NETC1017")]
    public void A_mistake_between_declarations_gives_one_error_and_the_next_declaration_is_read(string declaration, string expected)
    {
        Sources.Errors(declaration).ShouldHaveSingleItem().ShouldStartWith("test.net" + expected);
        if (!declaration.Contains("/*", StringComparison.Ordinal))
        {
            var tree = SyntaxTree.Parse(new SourceText("test.net", declaration + "\nlayer last(x) { return x; }\n"));
            tree.Diagnostics.ShouldHaveSingleItem();
            tree.Root.Declarations.Last().Name.Text.ShouldBe("last");
        }
    }

    [Fact]
    public void Names_declared_by_a_misspelt_statement_stay_known()
    {
        var tree = SyntaxTree.Parse(new SourceText("test.net", "network X {\n inptu a, b : f32[N];\n}"));
        var statement = tree.Root.Declarations[0].ShouldBeOfType<NetworkDeclaration>().Body.Statements.Single().ShouldBeOfType<AssignmentStatement>();
        statement.Targets.Select(TreeText.Show).ShouldBe(["a", "b"]);
        statement.Value.ShouldBeOfType<ErrorExpression>();
    }

    [Theory]
    [InlineData("(", ")")]
    [InlineData("[", "]")]
    [InlineData("-", "")]
    [InlineData("not ", "")]
    [InlineData("2 ** ", "")]
    [InlineData("1 + ", "")]
    [InlineData("a |> ", "")]
    [InlineData("if c then 1 else ", "")]
    [InlineData("f(", ")")]
    [InlineData("scan x in ", " { yield x; }")]
    public void Deep_nesting_is_an_error_and_not_a_stack_overflow(string open, string close)
    {
        foreach (var depth in new[] { 600, 50_000 })
        {
            var text = string.Concat(Enumerable.Repeat(open, depth)) + "1" + string.Concat(Enumerable.Repeat(close, depth));
            var errors = Sources.StatementErrors($"x = {text};");
            errors.ShouldHaveSingleItem().ShouldContain("NETC1019");
        }
    }

    [Fact]
    public void The_deepest_tree_that_is_allowed_needs_little_stack()
    {
        // Half a megabyte: a third of what a thread of the smallest platform has.
        foreach (var (open, close, depth) in new[] { ("(", ")", 80), ("f([", "])", 40), ("-", "", 480), ("if c then 1 else ", "", 160), ("a ** ", "", 480) })
        {
            var text = "x = " + string.Concat(Enumerable.Repeat(open, depth)) + "1" + string.Concat(Enumerable.Repeat(close, depth)) + ";";
            string[]? errors = null;
            var thread = new Thread(() => errors = Sources.StatementErrors(text), 512 * 1024);
            thread.Start();
            thread.Join();
            errors.ShouldBeEmpty(open);
        }
    }

    [Fact]
    public void Long_files_are_not_deep()
    {
        var statements = string.Concat(Enumerable.Range(0, 2000).Select(i => $"x{i} = f(a + b, c)[0] + 1; if c {{ y = -1; }} else if d {{ y = 2; }} for i in r {{ y = i; }}\n"));
        Sources.StatementErrors(statements).ShouldBeEmpty();
    }

    [Fact]
    public void A_file_over_the_size_limit_is_refused()
    {
        var text = new string(' ', SyntaxTree.MaximumLength + 1);
        Sources.Errors(text).ShouldHaveSingleItem().ShouldContain("NETC1020");
    }
}
