using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Binding;

/// <summary>What is not known about dimensions at build time is checked when the function is called.</summary>
public class SymbolicDimensionTests
{
    static string[] Checks(string declarations, string function)
    {
        var network = Bind.Network($"network Test {{ {declarations} function {function}; }}");
        return [.. network.Functions[0].Checks.Select(check => $"{check.Left} {(check.AtMost ? "<=" : "==")} {check.Right}")];
    }

    [Fact]
    public void Equal_symbols_need_no_check() =>
        Checks("input x : f32[N, 4]; input y : f32[N, 4];", "f(x, y) -> x + y").ShouldBeEmpty();

    [Fact]
    public void Different_symbols_that_meet_are_checked_once_for_all_their_uses() =>
        Checks("input x : f32[N, 4]; input y : f32[M, 4];", "f(x, y) -> mean(x + y) * mean(x * y)").ShouldBe(["M == N"]);

    [Fact]
    public void A_symbol_that_meets_a_number_is_checked() =>
        Checks("input x : f32[N, D]; param w : f32[5, 2] = zeros;", "f(x) -> x @ w").ShouldBe(["D == 5"]);

    [Fact]
    public void A_declared_type_of_a_layer_is_checked() =>
        Bind.Network("""
            layer five(x : f32[N, 5]) { return x; }
            network Test { input x : f32[N, D]; y = five(x); function f(x) -> y; }
            """).Functions[0].Checks.Select(check => $"{check.Left} == {check.Right}").ShouldBe(["D == 5"]);

    [Fact]
    public void Positions_in_an_unknown_extent_are_checked() =>
        Checks("input x : f32[N];", "f(x) -> x[2] + x[-1]").ShouldBe(["3 <= N", "0 <= N - 1"]);

    [Fact]
    public void Slices_of_an_unknown_extent_are_checked() =>
        Checks("input x : f32[N];", "f(x) -> sum(x[2:5])").ShouldBe(["5 <= N"]);

    [Theory]
    [InlineData("max_pool2d(x, 3, stride: 1)", "3 <= H")]
    [InlineData("max_pool2d(x, 5)", "5 <= H")]
    [InlineData("avg_pool2d(x, 3, pad: 1)", "3 <= H + 2")]
    [InlineData("relu(max_pool2d(max_pool2d(x, 2), 2))", "2 <= H, 2 <= ((H) / 2)")]
    public void A_window_that_may_be_larger_than_its_image_is_checked(string value, string expected) =>
        string.Join(", ", Checks("input x : f32[N, 1, H, 8];", $"f(x) -> {value}")).ShouldBe(expected);

    [Theory]
    [InlineData("max_pool2d(x, 5)", "'max_pool2d' at test.net(3,1) needs an image at least as large as its window, but axis 2 has {1} with its padding and the window takes {0}")]
    [InlineData("x[:, :, 2:5]", "'[]' at test.net(3,1) needs H to be at least 5, but it is {1}")]
    [InlineData("x + y", "'+' at test.net(3,1) needs M to be equal to H, but these are {0} and {1}")]
    public void What_is_checked_is_said_with_its_operator_its_place_and_the_values(string value, string expected) =>
        Bind.Network($"network Test {{ input x : f32[N, 1, H, 8]; input y : f32[M, 8];\n function f(x{(value.Contains('y') ? ", y" : "")}) ->\n{value}; }}")
            .Functions[0].Checks.Select(check => check.Message).ShouldContain(expected);

    [Fact]
    public void Gradients_rest_on_what_the_loss_rests_on()
    {
        var network = Bind.Network("""
            network Test {
                input x : f32[N, D];
                param w : f32[5] = zeros;
                loss = mean(x @ w);
                function train(x) minimizing loss with sgd(0.1);
            }
            """);
        network.Functions[0].Checks.Select(check => $"{check.Left} == {check.Right}").ShouldBe(["D == 5"]);
    }

    [Fact]
    public void Functions_check_only_what_they_compute() =>
        Checks("input x : f32[N, 4]; input y : f32[M, 4]; z = x + y;", "f(x) -> 2 * x").ShouldBeEmpty();

    [Fact]
    public void Slices_that_contradict_each_other_are_left_to_the_checks_on_entry()
    {
        var compilation = Bind.Text("""
            network Test {
                input x : f32[N, 4];
                input k : f32[K];
                param w : f32[8] = ones;
                loss = sum(x[:, :K][:, :8] * w) + sum(k);
                function train(x, k) minimizing loss with sgd(0.1);
            }
            """);
        compilation.Diagnostics.ShouldBeEmpty();
        compilation.Emit().ShouldNotBeEmpty();
        compilation.Networks[0].Functions[0].Checks.Select(check => $"{check.Left} <= {check.Right}").ShouldBe(["K <= 4", "8 <= K"]);
    }
}
