using NetCompiler.Compiler.Tests.Binding;
using NetCompiler.Graph;
using NetCompiler.Operators;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Scans;

/// <summary>Draws in scans.</summary>
public class ScanRandomTests
{
    static double[] Drawn(string statements, bool optimised)
    {
        var values = Recurrent.Values($"network A {{ input xs : f64[T, N, 3]; {statements} function f(xs) -> (ys, used: sum(xs)); }}", 4, optimised);
        return values[0];
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_step_draws_other_numbers(bool optimised)
    {
        var drawn = Drawn("ys, _ = scan x in xs from h = 0 { h = h * 0 + random([N, 3], f64); yield h + 0 * x; };", optimised);
        drawn.Length.ShouldBe(24);
        drawn.ShouldBeUnique();
    }

    [Fact]
    public void Every_step_of_a_scan_in_a_scan_draws_other_numbers()
    {
        var drawn = Drawn("ys = scan x in xs { zs = scan i in 0 .. 3 { yield random([2], f64) + 0 * x[0, 0]; }; yield zs; };", optimised: false);
        drawn.Length.ShouldBe(24);
        drawn.ShouldBeUnique();
    }

    [Fact]
    public void A_body_that_is_bound_twice_leaves_one_key()
    {
        var network = Bind.Network("network A { input xs : f32[T, N, 3]; _, h = scan x in xs from h = 0 { h = h + dropout(x, 0.5); yield h; }; function f(xs) -> h; }");
        network.Variables.Select(variable => variable.Name).ShouldBe(["random"]);
        Node.Reachable([network.Functions[0].Outputs[0].Value]).ShouldNotContain(node => node.Operator is RandomUniform);
    }
}
