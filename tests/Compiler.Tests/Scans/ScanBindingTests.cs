using NetCompiler.Compiler.Tests.Binding;
using NetCompiler.Graph;
using NetCompiler.Operators;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Scans;

/// <summary>What 'scan' means: against the same steps written one after the other.</summary>
public class ScanBindingTests
{
    const string Inputs = "input xs : f64[T, N, 3]; input mask : bool[T, N]; input h0 : f64[N, 3]; param w : f64[3, 3] = glorot_uniform;";
    const string Unrolled = "input xs : f64[4, N, 3]; input mask : bool[4, N]; input h0 : f64[N, 3]; param w : f64[3, 3] = glorot_uniform;";

    static void ShouldEqualUnrolled(string scan, string results, string unrolled, string arguments = "xs, mask, h0")
    {
        string function = $"function f({arguments}) -> ({results});";
        string scanned = $"network A {{ {Inputs} {scan} {function} }}", written = $"network A {{ {Unrolled} {unrolled} {function} }}";
        Recurrent.ShouldAgree(Recurrent.Values(scanned, 4), Recurrent.Values(written, 4));
    }

    [Fact]
    public void Each_step_gets_what_the_one_before_it_hands_on() => ShouldEqualUnrolled(
        "hs, last = scan x in xs from h = h0 { h = tanh(x @ w + h); yield h; };",
        "hs, last",
        """
        last = h0; hs = [];
        for t in 0 .. 4 { last = tanh(xs[t] @ w + last); hs = hs + [reshape(last, [1, N, 3])]; }
        hs = concat(hs, 0);
        """, "xs, h0");

    [Fact]
    public void In_reverse_the_last_element_comes_first_and_results_keep_their_places() => ShouldEqualUnrolled(
        "hs, last = scan reverse x in xs, t in 0 .. T from h0 { h0 = tanh(x @ w + h0) * f64(t); yield h0; };",
        "hs, last",
        """
        last = h0; hs = [];
        for t in 0 .. 4 { last = tanh(xs[3 - t] @ w + last) * (3 - t); hs = [reshape(last, [1, N, 3])] + hs; }
        hs = concat(hs, 0);
        """, "xs, h0");

    [Fact]
    public void A_mask_keeps_finished_sequences_as_they_are() => ShouldEqualUnrolled(
        "_, last = scan x in xs, m in mask from h = h0 { h = where(expand_dims(m, 1), tanh(x @ w + h), h); yield h; };",
        "last",
        "last = h0; for t in 0 .. 4 { last = where(expand_dims(mask[t], 1), tanh(xs[t] @ w + last), last); }");

    [Fact]
    public void A_scan_may_stand_in_a_scan() => ShouldEqualUnrolled(
        """
        ys, last = scan x in xs from h = h0 {
            g, _ = scan z in xs from s = h { s = sigmoid(s * z + x @ w); yield s * h; };
            h = h + sum(g, 0);
            yield h;
        };
        """,
        "last",
        """
        last = h0;
        for t in 0 .. 4 {
            s = last; g = zeros([N, 3], f64);
            for u in 0 .. 4 { s = sigmoid(s * xs[u] + xs[t] @ w); g = g + s * last; }
            last = last + g;
        }
        """, "xs, h0");

    [Fact]
    public void What_starts_as_a_number_gets_the_type_that_the_body_gives_it()
    {
        var network = Bind.Network(
            """
            network A {
                input xs : f64[T, N, 3];
                param w : f64[3, 5] = zeros; param u : f64[5, 5] = zeros;
                _, h, c, count = scan x in xs from h = zeros, c = 0, count = 0 {
                    a = x @ w + h @ u;
                    c = c * 0.5 + a;
                    h = tanh(c);
                    count = count + 1;
                    yield h;
                };
                function f(xs) -> (h, c, count);
            }
            """);
        network.Functions[0].Outputs.Select(output => output.Value.Type.ToString()).ShouldBe(["f64[N, 5]", "f64[N, 5]", "f32"]);
    }

    [Fact]
    public void Layers_in_a_scan_make_their_params_once()
    {
        var network = Bind.Network(
            """
            layer cell(x, h, units) {
                param weight : f32[3, units] = zeros; param recurrent : f32[units, units] = zeros;
                return tanh(x @ weight + h @ recurrent);
            }
            layer rnn(xs, units) {
                hs, _ = scan x in xs from h = 0 { h = cell(x, h, units); yield h; };
                return hs;
            }
            network A {
                input xs : f32[T, N, 3];
                one, _ = scan x in xs from h = 0 { h = cell(x, h, 5); yield h; };
                two, _ = scan x in xs from h = 0 { h = cell(x, h, 5); yield h |> dense(2); };
                three = rnn(xs, 4);
                function f(xs) -> (one, two, three);
            }
            """);
        network.Variables.Select(variable => variable.Name).ShouldBe(
        [
            "one.weight", "one.recurrent", "two.h.weight", "two.h.recurrent", "two.dense.weight", "two.dense.bias",
            "three.hs.weight", "three.hs.recurrent",
        ]);
    }

    [Fact]
    public void What_does_not_depend_on_a_step_is_computed_before_the_loop()
    {
        var network = Bind.Network(
            """
            network A {
                input xs : f32[T, N, 3]; param w : f32[3, 3] = zeros; param b : f32[3] = zeros;
                hs, _ = scan x in xs from h = 0 { h = x + h @ exp(w) + b; yield h; };
                function f(xs) -> hs;
            }
            """);
        var scan = Node.Reachable([network.Functions[0].Outputs[0].Value]).Single(node => node.Operator is Scan);
        scan.Inputs.Skip(2).Select(input => input.Operator.Name).ShouldBe(["exp", "variable"], ignoreOrder: true);
    }

    [Fact]
    public void Lengths_that_may_agree_are_checked_on_entry()
    {
        var network = Bind.Network(
            """
            network A {
                input xs : f32[T, N]; input ys : f32[S, N]; input z : f32[M, 3];
                s = scan x in xs, y in ys from s = 0 { s = s + x * y; };
                t = scan x in xs from t = ones([5]) { t = t + sum(x) * z[:, 0]; };
                function f(xs, ys) -> s;
                function g(xs, z) -> t;
            }
            """);
        network.Functions[0].Checks.Select(check => $"{check.Left} {check.Right}").ShouldBe(["S T"]);
        network.Functions[1].Checks.Select(check => $"{check.Left} {check.Right}").ShouldBe(["M 5"]);
    }

    [Fact]
    public void A_dump_shows_the_body_below_its_scan()
    {
        var network = Bind.Network("network A { input xs : f32[T, 3]; s = scan x in xs from s = 0 { s = s + x; }; function f(xs) -> s; }");
        GraphPrinter.Print(network.Functions[0]).ReplaceLineEndings("\n").ShouldEndWith(
            """
              %2 = scan %0, %1 length=T sequences=1 carries=1 yields=0  // s (test.net:1)
                %2.0 = body_argument 1 : f32[3]
                %2.1 = body_argument 0 : f32[3]
                %2.2 = add %2.0, %2.1 : f32[3]  // s.s (test.net:1)
                next %2.2
              %3 = scan_result %2 0 : f32[3]  // s.s (test.net:1)
              output s = %3

            """.ReplaceLineEndings("\n"));
    }
}
