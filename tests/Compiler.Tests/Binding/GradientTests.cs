using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Binding;

/// <summary>Gradients that a program asks for or states, against differences in float64.</summary>
public class GradientTests
{
    // Central differences at 2⁻¹⁶ of values near 1: 2⁻³² of the third derivative, and 2⁻⁵² / 2⁻¹⁶ of rounding, both times a margin for
    // sums of some hundred terms.
    const double Tolerance = 1e-7;

    static Reference Run(string body, string layers = "")
    {
        var reference = new Reference($"{layers}\nnetwork Test {{\n    input x : f64[N, 4];\n    param w : f64[4, 3] = normal(0.5);\n    param v : f64[4, 3] = normal(0.5);\n{body}\n}}");
        reference.Symbols["N"] = 5;
        return reference.Fill();
    }

    static void ShouldBeSlopes(Reference reference, double[] gradient, string output, string name)
    {
        gradient.ShouldContain(element => Math.Abs(element) > 1e-3);
        for (int i = 0; i < gradient.Length; i++)
            gradient[i].ShouldBe(reference.Slope(output, name, i), Tolerance);
    }

    static void ShouldBeNear(double[] actual, double[] expected)
    {
        actual.ShouldContain(element => Math.Abs(element) > 1e-3);
        actual.Length.ShouldBe(expected.Length);
        for (int i = 0; i < actual.Length; i++)
            actual[i].ShouldBe(expected[i], 1e-13 * (1 + Math.Abs(expected[i])));
    }

    [Fact]
    public void A_hessian_vector_product_is_the_slope_of_the_gradient_along_the_vector()
    {
        var run = Run("""
            loss  = mean(tanh(x @ w) ** 3);
            along = sum(grad(loss, w) * stop_gradient(v));
            hv    = grad(along, w);
            function f(x) -> (along, hv, forward: jvp(grad(loss, w), w, v));
            """);
        ShouldBeSlopes(run, run.Output("hv"), "along", "w");
        ShouldBeNear(run.Output("forward"), run.Output("hv"));
    }

    [Fact]
    public void A_gradient_penalty_has_the_slopes_of_its_values()
    {
        var run = Run("""
            score   = sum(softplus(x @ w) @ transpose(v), axis: 1);
            slopes  = grad(sum(score), x);
            penalty = mean((sqrt(sum(slopes ** 2, axis: 1)) - 1) ** 2);
            gw, gv  = grad(penalty, [w, v]);
            function f(x) -> (penalty, gw, gv);
            """);
        ShouldBeSlopes(run, run.Output("gw"), "penalty", "w");
        ShouldBeSlopes(run, run.Output("gv"), "penalty", "v");
    }

    [Fact]
    public void A_third_derivative_is_the_slope_of_the_second()
    {
        var run = Run("second = grad(sum(grad(sum(sin(w)), w)), w); function f() -> (second, third: grad(sum(second), w));");
        ShouldBeSlopes(run, run.Output("third"), "second", "w");
    }

    [Fact]
    public void Forwards_and_backwards_give_one_bilinear_form()
    {
        var run = Run("""
            y = tanh(x @ w) * w[0];
            seed = sin(y);
            function f(x) -> (forward: sum(jvp(y, w, v) * seed), back: sum(vjp(y, w, seed) * v),
                              two: sum(jvp(y, [w, x], [v, x ** 2]) * seed), both: sum(vjp(y, w, seed) * v) + sum(vjp(y, x, seed) * x ** 2));
            """);
        ShouldBeNear(run.Output("forward"), run.Output("back"));
        ShouldBeNear(run.Output("two"), run.Output("both"));
    }

    [Fact]
    public void Lists_of_values_give_lists_of_products()
    {
        var run = Run("""
            a, b = jvp([x @ w, sum(w ** 2)], w, v);
            ga = vjp([x @ w, w ** 2], [w], [x @ v, v])[0];
            function f(x) -> (a, a_expected: x @ v, b, b_expected: 2 * sum(w * v), ga, ga_expected: transpose(x) @ (x @ v) + 2 * w * v);
            """);
        foreach (var name in new[] { "a", "b", "ga" })
            ShouldBeNear(run.Output(name), run.Output(name + "_expected"));
    }

    const string Straight = "layer straight(x) { return sign(x); } gradient (dy) { return where(abs(x) <= 0.5, dy, 0); }";

    [Fact]
    public void A_straight_through_estimator_lets_gradients_pass_where_it_says()
    {
        var run = Run("y = straight(w) * v; function f() -> (y, expected: sign(w) * v, g: grad(sum(y), w), g_expected: where(abs(w) <= 0.5, v, 0));", Straight);
        ShouldBeNear(run.Output("y"), run.Output("expected"));
        ShouldBeNear(run.Output("g"), run.Output("g_expected"));
    }

    [Fact]
    public void A_gradient_clause_is_differentiated_again()
    {
        var run = Run(
            "first = grad(sum(cube(w) * v), w); function f() -> (first, first_expected: 3 * w ** 2 * v, second: grad(sum(first), w));",
            "layer cube(x) { square = x * x; return square * x; } gradient (dy) { return 3 * square * dy; }");
        ShouldBeNear(run.Output("first"), run.Output("first_expected"));
        ShouldBeSlopes(run, run.Output("second"), "first", "w");
    }

    [Fact]
    public void What_flows_into_several_results_reaches_the_clause_at_once()
    {
        // Not linear in what flows: the two must not be taken one after the other.
        var run = Run(
            "a, b = pair(w); y = sum(a * 3) + sum(b * v); function f() -> (g: grad(y, w), expected: maximum(3 + 0 * v, v), one: grad(sum(b * v), w), one_expected: maximum(0 * v, v));",
            "layer pair(x) { return x + 1, x * 2; } gradient (da, db) { return maximum(da, db); }");
        ShouldBeNear(run.Output("g"), run.Output("expected"));
        ShouldBeNear(run.Output("one"), run.Output("one_expected"));
    }

    [Fact]
    public void Params_given_as_arguments_are_trained_by_what_the_clause_returns()
    {
        var run = Run(
            "y = scaled(x, w); function f(x) -> mean(y); function train(x) -> mean(y) minimizing sum(y) + sum(v) with sgd(1);",
            "layer scaled(x, w) { return x @ w; } gradient (dy) { return dy @ transpose(w), 2 * ones_like(w); }");
        var before = run.Values["w"];
        run.Call("train");
        ShouldBeNear(run.Values["w"], [.. before.Select(weight => weight - 2)]);
    }

    [Fact]
    public void Nothing_of_a_custom_gradient_is_left_to_run()
    {
        var compilation = Bind.Text(Straight + Bind.Body("y = straight(x);"));
        compilation.Dump("bind").ShouldContain("custom_gradient");
        compilation.Dump("simplify").ShouldNotContain("custom_gradient");
    }

    [Fact]
    public void What_a_clause_assumes_of_sizes_is_checked_on_entry()
    {
        var network = Bind.Network("layer f(x, y : float[M]) { return x * 2; } gradient (dy) { return y, 0; } "
            + "network A { input x : f32[N]; input y : f32[M]; g = grad(sum(f(x, y)), x); function h(x, y) -> g; }");
        network.Functions[0].Checks.ShouldHaveSingleItem();
    }
}
