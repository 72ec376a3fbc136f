using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Binding;

/// <summary>Layers as values: bound, shared, listed, passed and applied.</summary>
public class CompositionTests
{
    static IEnumerable<string> Variables(string statements, string layers = "") =>
        Bind.Network(layers + Bind.Body(statements)).Variables.Select(variable => $"{variable.Name}{variable.Type.Shape}");

    [Fact]
    public void A_comprehension_makes_a_layer_for_each_item_with_variables_of_its_own() =>
        Variables("ls = [dense(2 * i, bias: false) for i in 1 .. 4]; y = x |> sequential(ls);")
            .ShouldBe(["ls.i1.weight[4, 2]", "ls.i2.weight[2, 4]", "ls.i3.weight[4, 6]"]);

    [Fact]
    public void A_comprehension_walks_through_lists_and_leaves_the_names_around_it_alone() =>
        Bind.Network(Bind.Body("i = 7; squares = [[i ** 2, j] for i in [1, 2, 3]]; check squares[2][0] == 9 and squares[1][1] == 5 and i == 7; y = x;").Replace("i = 7;", "i = 7; j = 5;", StringComparison.Ordinal));

    [Fact]
    public void A_list_of_layers_is_indexed_joined_and_walked_and_each_layer_keeps_its_variables() =>
        Variables("ls = [dense(4, bias: false), relu] + [tanh]; h = x |> ls[0] |> ls[0]; for l in ls { h = l(h); } y = h |> sequential(ls[1:]);")
            .ShouldBe(["ls.weight[4, 4]"]);

    [Fact]
    public void A_layer_with_several_results_is_spread_over_names_in_a_pipeline() =>
        Variables("a, b = x |> pair(3); y = concat([a, b], axis: 1); check y : f32[N, 7];", "layer pair(x, n) { return dense(x, n, bias: false), relu(x); } ")
            .ShouldBe(["a_b.weight[4, 3]"]);

    [Fact]
    public void A_bound_layer_applied_twice_shares_its_variables_and_two_bindings_do_not() =>
        Variables("e = dense(4, bias: false); d = dense(4, bias: false); y = e(e(x)) + d(x);").ShouldBe(["e.weight[4, 4]", "d.weight[4, 4]"]);

    [Fact]
    public void A_layer_that_applies_itself_ends_by_a_condition_of_compile_time() =>
        Variables("y = x |> tower(3);", "layer tower(x, n) { if n == 0 { return x; } return x |> dense(4, bias: false) |> tower(n - 1); } ").Count().ShouldBe(3);

    [Theory]
    [InlineData("for f in [dense(2 * i) for i in 1 .. 3] { x = f(x); } return x;")]
    [InlineData("if length([i for i in 1 .. 3]) == 2 { return x; } return 2 * x;")]
    [InlineData("check length([i for i in 1 .. 3]) == 2; return x;")]
    [InlineData("ys = scan e in x { yield sum(scan q in e from h = 0 { h = h + q; }); }; return ys;")]
    public void The_names_of_a_layer_that_is_never_applied_are_known_wherever_they_are_bound(string body) =>
        Bind.Network($"layer spare(x) {{ {body} }} network A {{ input x : f32[N, 4]; function f(x) -> 2 * x; }}");
}
