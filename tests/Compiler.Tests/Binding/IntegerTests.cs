using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Binding;

public class IntegerTests
{
    static double[] Run(string expression, string type, double[] a, double[] b)
    {
        var run = new Reference($"network A {{ input a : {type}[N]; input b : {type}[N]; function f(a, b) -> y: {expression}; }}");
        run.Symbols["N"] = a.Length;
        (run.Values["a"], run.Values["b"]) = (a, b);
        return run.Output("y");
    }

    [Theory]
    [InlineData("i32")]
    [InlineData("i64")]
    public void Remainders_and_quotients_follow_the_sign_of_the_divisor(string type)
    {
        double[] a = [7, -7, 7, -7, 6, 0, 1_000_000_007, -2_000_000_000], b = [3, 3, -3, -3, 3, 5, 10, 7];
        Run("a % b", type, a, b).ShouldBe([.. a.Zip(b, (x, y) => x - Math.Floor(x / y) * y)]);
        Run("floor_divide(a, b)", type, a, b).ShouldBe([.. a.Zip(b, (x, y) => Math.Floor(x / y))]);
    }

    [Fact]
    public void Bytes_have_remainders_too() => Run("a % b", "u8", [255, 7, 8], [16, 7, 3]).ShouldBe([15, 0, 2]);

    [Fact]
    public void Nothing_is_left_over_of_a_division_by_zero() => Run("a % b", "i32", [5, -5, 0], [0, 0, 0]).ShouldBe([5, -5, 0]);

    [Theory]
    [InlineData("u + i", "i32[N]")]
    [InlineData("i * l", "i64[N]")]
    [InlineData("u + f", "f32[N]")]
    [InlineData("i < l", "bool[N]")]
    [InlineData("b and i > 2", "bool[N]")]
    [InlineData("i == u", "bool[N]")]
    [InlineData("b == true", "bool[N]")]
    [InlineData("b != (i == 0)", "bool[N]")]
    [InlineData("-i", "i32[N]")]
    [InlineData("i / 2", "f32[N]")]
    [InlineData("i % 3", "i32[N]")]
    [InlineData("l % i", "i64[N]")]
    [InlineData("u % 7", "u8[N]")]
    [InlineData("f % 1.5", "f32[N]")]
    [InlineData("floor_divide(i, 2)", "i32[N]")]
    [InlineData("floor_divide(f, 2)", "f32[N]")]
    [InlineData("maximum(i, l)", "i64[N]")]
    [InlineData("where(b, i, u)", "i32[N]")]
    [InlineData("sum(b)", "i32")]
    [InlineData("abs(i) + min(i)", "i32[N]")]
    public void Mixed_types_meet_in_the_wider(string expression, string type) => Bind.Network($$"""
        network A {
            input i : i32[N]; input u : u8[N]; input l : i64[N]; input b : bool[N]; input f : f32[N];
            function g(i, u, l, b, f) -> (y: {{expression}}, all: f + i + u + l + f32(b));
        }
        """).Functions[0].Outputs[0].Value.Type.ToString().ShouldBe(type);

    [Theory]
    [InlineData("x[i]", "f32[K, 3, 4]")]
    [InlineData("x[:, i]", "f32[5, K, 4]")]
    [InlineData("x[..., i]", "f32[5, 3, K]")]
    [InlineData("x[0, i, 1:3]", "f32[K, 2]")]
    [InlineData("x[i + 1, 0]", "f32[K, 4]")]
    [InlineData("x[expand_dims(i, 0)]", "f32[1, K, 3, 4]")]
    public void A_tensor_of_whole_numbers_chooses_along_its_axis(string expression, string type) =>
        Bind.Network($"network A {{ input x : f32[5, 3, 4]; input i : i32[K]; function f(x, i) -> {expression}; }}").Functions[0].Outputs[0].Value.Type.ToString().ShouldBe(type);

    [Fact]
    public void Chosen_elements_are_those_at_the_indices()
    {
        var run = new Reference("network A { input x : f64[2, 3]; input i : i32[4]; function f(x, i) -> y: x[:, i]; }");
        (run.Values["x"], run.Values["i"]) = ([1, 2, 3, 4, 5, 6], [2, 0, 0, 1]);
        run.Output("y").ShouldBe([3, 1, 1, 2, 6, 4, 4, 5]);
    }
}
