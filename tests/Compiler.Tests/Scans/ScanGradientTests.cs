using NetCompiler.Compiler.Tests.Binding;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Scans;

/// <summary>Gradients through time against those of the same steps written one after the other.</summary>
public class ScanGradientTests
{
    public static TheoryData<string, int> Cases
    {
        get
        {
            var cases = new TheoryData<string, int>();
            foreach (var recurrence in Recurrence.All)
                foreach (int steps in new[] { 0, 1, 4 })
                    cases.Add(recurrence.Name, steps);
            return cases;
        }
    }

    static void Compare(string name, int steps, string statements, string results)
    {
        var recurrence = Recurrence.All.Single(recurrence => recurrence.Name == name).With(statements);
        var expected = Recurrent.Values(recurrence.Written(steps, results), steps);
        Recurrent.ShouldAgree(Recurrent.Values(recurrence.Scanned(results), steps), expected);
        Recurrent.ShouldAgree(Recurrent.Values(recurrence.Scanned(results), steps, optimised: true), expected);
    }

    // Everything takes part in what is differentiated, so that every program has all gradients.
    const string All = "all = loss + sum(xs * xs) + sum(h0 * h0) + sum(c0) + sum(w * w) + sum(u) + sum(b * b * b) + sum(v * v) + sum(z);";

    [Theory]
    [MemberData(nameof(Cases))]
    public void Values_are_those_of_the_steps(string name, int steps) => Compare(name, steps, "", "loss, ys, last");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gradients_are_those_of_the_steps(string name, int steps)
    {
        const string gradients = "grad(all, xs), grad(all, h0), grad(all, c0), grad(all, w), grad(all, u), grad(all, b), grad(all, v), grad(all, z)";
        Compare(name, steps, All, gradients);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Directional_derivatives_are_those_of_the_steps(string name, int steps) =>
        Compare(name, steps, All, "jvp(all, [xs, w], [sin(xs), cos(w)]), jvp(ys + 0 * sum(h0), [xs, h0], [cos(xs), sin(h0)])");

    [Fact]
    public void What_refuses_a_gradient_in_a_step_is_named_where_it_stands()
    {
        const string text = """
            network A {
                input xs : f32[T, N, 3];
                param w : f32[3, 3] = zeros;
                hs, _ = scan x in xs from h = 0 {
                    best = argmax(x @ w, axis: 1);
                    h = h + f32(best);
                    yield h;
                };
                function f(xs) -> sum(hs) updates { w = grad(sum(hs), w); }
            }
            """;
        Bind.Errors(text).ShouldStartWith("test.net(5,16): error NETC3001: no gradient goes through this: argmax is piecewise constant");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gradients_of_gradients_are_those_of_the_steps(string name, int steps)
    {
        const string second = All + """
            g = grad(all, [xs, h0, w, b]);
            penalty = sum(g[0] * g[0]) + sum(sin(g[1])) + sum(g[2] * w) + sum(g[3] * g[3]) + sum(h0) + sum(u * u) + sum(z * z);
            """;
        Compare(name, steps, second, "grad(penalty, xs), grad(penalty, h0), grad(penalty, w), grad(penalty, u), grad(penalty, b), grad(penalty, z)");
    }
}
