using NetCompiler.Syntax;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Syntax;

public class PrecedenceTests
{
    [Theory]
    // One line for each neighbouring pair of levels, in both orders, and one for each way to associate.
    [InlineData("x |> f", "(Call f x)")]
    [InlineData("x |> f(a)", "(Call f x a)")]
    [InlineData("x |> f(a) |> g(k: 1)", "(Call g (Call f x a) k: 1)")]
    [InlineData("x |> f(a)(b)", "(Call (Call f a) x b)")]
    [InlineData("x |> (f(a))", "(Call (Call f a) x)")]
    [InlineData("x |> m.f", "(Call (Member m f) x)")]
    [InlineData("x |> fs[0]", "(Call (Index fs 0) x)")]
    [InlineData("x |> (if c then f else g)", "(Call (If c f g) x)")]
    [InlineData("a + b |> f", "(Call f (Add a b))")]
    [InlineData("a or b |> f", "(Call f (Or a b))")]
    [InlineData("if c then a |> f else b |> g |> h", "(If c (Call f a) (Call h (Call g b)))")]
    [InlineData("if c then a else b + 1", "(If c a (Add b 1))")]
    [InlineData("if a then b else if c then d else e", "(If a b (If c d e))")]
    [InlineData("a or b and c", "(Or a (And b c))")]
    [InlineData("a and b or c", "(Or (And a b) c)")]
    [InlineData("a or b or c", "(Or (Or a b) c)")]
    [InlineData("not a and b", "(And (Not a) b)")]
    [InlineData("not not a", "(Not (Not a))")]
    [InlineData("not a == b", "(Not (Equal a b))")]
    [InlineData("a == b and c != d", "(And (Equal a b) (NotEqual c d))")]
    [InlineData("a <= b + 1", "(LessOrEqual a (Add b 1))")]
    [InlineData("0 .. n + 1", "(Range 0 (Add n 1))")]
    [InlineData("0..n", "(Range 0 n)")]
    [InlineData("a + b * c", "(Add a (Multiply b c))")]
    [InlineData("a * b + c", "(Add (Multiply a b) c)")]
    [InlineData("a - b - c", "(Subtract (Subtract a b) c)")]
    [InlineData("a / b / c", "(Divide (Divide a b) c)")]
    [InlineData("x @ w + b", "(Add (MatrixProduct x w) b)")]
    [InlineData("a @ b @ c", "(MatrixProduct (MatrixProduct a b) c)")]
    [InlineData("a % b * c", "(Multiply (Remainder a b) c)")]
    [InlineData("-a * b", "(Multiply (Negate a) b)")]
    [InlineData("a * -b", "(Multiply a (Negate b))")]
    [InlineData("a - -b", "(Subtract a (Negate b))")]
    [InlineData("-x ** 2", "(Negate (Power x 2))")]
    [InlineData("2 ** -1", "(Power 2 (Negate 1))")]
    [InlineData("2 ** 3 ** 2", "(Power 2 (Power 3 2))")]
    [InlineData("2 ** -x ** 2", "(Power 2 (Negate (Power x 2)))")]
    [InlineData("64 * 2 ** stage", "(Multiply 64 (Power 2 stage))")]
    [InlineData("x[0] ** 2", "(Power (Index x 0) 2)")]
    [InlineData("f(x).y[1:2](z)", "(Call (Index (Member (Call f x) y) 1:2:) z)")]
    [InlineData("x[0, 1:3, ...]", "(Index x 0 1:3: ...)")]
    [InlineData("x[-1, ::2, :-1, 5:1:-1, :]", "(Index x (Negate 1) ::2 :(Negate 1): 5:1:(Negate 1) ::)")]
    [InlineData("(a + b) * c", "(Multiply (Add a b) c)")]
    [InlineData("[1, 2.5, \"s\", true]", "[1 2.5f \"s\" true]")]
    [InlineData("f(a, k: if c then 1 else 2, j: 3)", "(Call f a k: (If c 1 2) j: 3)")]
    public void Operators_bind_as_the_grammar_says(string text, string expected) =>
        TreeText.Show(Sources.Expression(text)).ShouldBe(expected);

    [Theory]
    [InlineData("0", 0L)]
    [InlineData("1_000_000", 1_000_000L)]
    [InlineData("5K", 5_000L)]
    [InlineData("5M", 5_000_000L)]
    [InlineData("1G", 1_000_000_000L)]
    [InlineData("2T", 2_000_000_000_000L)]
    [InlineData("1.5M", 1_500_000L)]
    [InlineData("1KB", 1024L)]
    [InlineData("512MB", 512L * 1024 * 1024)]
    [InlineData("2GB", 2L * 1024 * 1024 * 1024)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void Whole_numbers_take_separators_and_suffixes(string text, long expected) =>
        Sources.Expression(text).ShouldBeOfType<IntegerLiteral>().Value.ShouldBe(expected);

    [Theory]
    [InlineData("0.5", 0.5)]
    [InlineData(".5", 0.5)]
    [InlineData("1e-4", 1e-4)]
    [InlineData("5e3", 5000.0)]
    [InlineData("1_0.2_5E+1", 102.5)]
    [InlineData("0.0001K", 0.1)]
    public void Numbers_with_point_or_exponent_are_floating_point(string text, double expected) =>
        Sources.Expression(text).ShouldBeOfType<FloatLiteral>().Value.ShouldBe(expected);

    [Fact]
    public void A_piped_call_focuses_on_its_stage_alone()
    {
        var call = Sources.Expression("x |> f(1)\n |> g(2)").ShouldBeOfType<CallExpression>();
        call.IsPiped.ShouldBeTrue();
        call.Focus.Length.ShouldBe("g(2)".Length);
        call.Arguments[0].Value.ShouldBeOfType<CallExpression>().Focus.Length.ShouldBe("f(1)".Length);
    }
}
