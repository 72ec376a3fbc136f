using NetCompiler.Compiler.Tests.Binding;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Passes;
using NetCompiler.Reports;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Scans;

/// <summary>What the passes make of recurrent networks.</summary>
public class ScanPassTests
{
    const string Lstm = """
        network CharLstm {
            input text : i32[T, N];
            input next : i32[T, N];
            param table : f32[65, 24] = normal;
            param w : f32[24, 128] = glorot_uniform; param u : f32[32, 128] = glorot_uniform; param b : f32[128] = zeros;
            xs = take(table, text, axis: 0);
            hs, h, c = scan x in xs from h = 0, c = 0 {
                a = x @ w + h @ u + b;
                c = sigmoid(a[:, 0:32]) * c + sigmoid(a[:, 32:64]) * tanh(a[:, 64:96]);
                h = sigmoid(a[:, 96:128]) * tanh(c);
                yield h;
            };
            logits = hs |> dense(65);
            loss   = cross_entropy(logits, next);
            function train(text, next) -> loss minimizing loss with sgd(rate: 0.1);
        }
        """;

    static (FunctionModel Function, List<Node> Nodes, List<Node> Scans) Optimised(string text, string? after = null)
    {
        var network = Bind.Network(text);
        var function = Pipeline.Run(network, network.Functions[0], after);
        Verify.Problems(network, function).ShouldBeEmpty();
        List<Node> nodes = [.. Node.Reachable([.. function.Outputs.Select(output => output.Value), .. function.Updates.Select(update => update.Value)])];
        return (function, nodes, [.. nodes.Where(node => node.Operator is Scan)]);
    }

    static IEnumerable<string> Products(IEnumerable<Node> nodes) =>
        nodes.Where(node => node.Operator is MatMul).Select(node => $"{node.Inputs[0].Shape} @ {node.Inputs[1].Shape}");

    [Fact]
    public void Training_a_recurrent_layer_takes_one_loop_forwards_and_one_back_with_one_small_product_each()
    {
        var (_, nodes, scans) = Optimised(Lstm);
        scans.Count.ShouldBe(2);
        scans.Select(scan => ((Scan)scan.Operator).Reverse).ShouldBe([false, true]);
        Products(Node.Reachable(((Scan)scans[0].Operator).Body)).ShouldBe(["[N, 32] @ [32, 128]"]);
        Products(Node.Reachable(((Scan)scans[1].Operator).Body)).ShouldBe(["[N, 128] @ [128, 32]"]);
    }

    [Fact]
    public void Weights_are_transposed_once_and_not_at_each_step()
    {
        var (_, nodes, scans) = Optimised(Lstm);
        Node.Reachable(((Scan)scans[1].Operator).Body).ShouldNotContain(node => node.Operator is Transpose);
        scans[1].Inputs.ShouldContain(input => input.Operator is Transpose && input.Inputs[0].Operator is VariableRead);
    }

    [Fact]
    public void Products_that_no_step_waits_for_are_one_product_for_all_steps()
    {
        var (_, nodes, _) = Optimised(Lstm);
        // Forwards: inputs and logits. Back: to the states from the logits, to the inputs, to the weights of the logits, and to u and w.
        Products(nodes).Order().ShouldBe(
            new[]
            {
                "[N*T, 24] @ [24, 128]", "[N*T, 32] @ [32, 65]", "[N*T, 65] @ [65, 32]", "[N*T, 128] @ [128, 24]",
                "[32, N*T] @ [N*T, 65]", "[32, N*T] @ [N*T, 128]", "[24, N*T] @ [N*T, 128]",
            }.Order());
    }

    [Fact]
    public void A_summary_counts_the_products_of_all_steps()
    {
        var compilation = Bind.Text(Lstm.Replace("function train", "function read(text) -> logits; function train", StringComparison.Ordinal));
        var summary = compilation.Summarize("CharLstm", "read", new Dictionary<string, long> { ["T"] = 7, ["N"] = 3 });
        summary.MultiplyAdds.ShouldBe(7 * 3 * ((24 + 32) * 128 + 32 * 65));
        summary.Parameters.ShouldBe(65 * 24 + (24 + 32 + 1) * 128 + (32 + 1) * 65);
    }

    [Fact]
    public void Passes_leave_nothing_for_a_second_run()
    {
        var network = Bind.Network(Lstm);
        var once = Pipeline.Run(network, network.Functions[0]);
        Pipeline.Run(network, once).Updates.ShouldBe(once.Updates);
    }

    [Fact]
    public void A_scan_that_carries_nothing_is_no_loop()
    {
        var (_, _, scans) = Optimised("network A { input xs : f32[T, N, 3]; param w : f32[3, 2] = zeros; ys = scan x in xs { yield tanh(x @ w) + sum(x); }; function f(xs) -> ys; }");
        scans.ShouldBeEmpty();
    }

    [Fact]
    public void What_nobody_reads_is_not_carried()
    {
        var (_, _, scans) = Optimised(
            """
            network A {
                input xs : f32[T, N, 3]; input ys : f32[T, N, 3];
                a, s, t = scan x in xs, y in ys from s = 0, t = 0 { s = s + x; t = t + y * s; yield t; };
                function f(xs, ys) -> s;
            }
            """);
        var scan = scans.ShouldHaveSingleItem();
        ((Scan)scan.Operator).Carries.ShouldBe(1);
        ((Scan)scan.Operator).Body.Length.ShouldBe(1);
        scan.Inputs.Length.ShouldBe(2);
    }

    [Fact]
    public void What_cannot_leave_the_loop_and_is_only_summed_is_summed_there()
    {
        var (_, _, scans) = Optimised(
            """
            network A {
                input xs : f32[T, N, 3];
                a, s = scan x in xs from s = 0 { s = tanh(s + x); yield s * exp(s) + 1; };
                function f(xs) -> sum(a);
            }
            """);
        var op = (Scan)scans.ShouldHaveSingleItem().Operator;
        (op.Carries, op.Body.Length).ShouldBe((2, 2));
    }

    [Fact]
    public void Rules_and_what_is_known_of_the_function_reach_into_bodies()
    {
        const string text =
            """
            network A {
                input xs : f32[T, N, 3];
                _, s = scan x in xs from s = 0 { s = s * 1 + (if training then stop_gradient(x) else x * 2); yield s; };
                function f(xs) -> s;
            }
            """;
        var (_, _, scans) = Optimised(text);
        var body = Node.Reachable(((Scan)scans.ShouldHaveSingleItem().Operator).Body);
        body.Select(node => node.Operator.Name).ShouldBe(["body_argument", "body_argument", "constant", "multiply", "add"], ignoreOrder: true);
    }

    [Fact]
    public void Memory_counts_states_of_symbolic_size_and_grows_with_the_steps_only_by_what_is_kept_of_each()
    {
        var compilation = Bind.Text("""
            network Last {
                input xs : f32[T, N, 8];
                param w : f32[8, 16] = glorot_uniform;
                param u : f32[16, 16] = glorot_uniform;
                state h : f32[N, 16] = zeros;
                last = scan x in xs from h { h = tanh(x @ w + h @ u); };
                check memory(read, N: 2, T: 3) < 1M;
                function read(xs) -> last updates { h = last; }
            }
            """);
        compilation.Diagnostics.ShouldBeEmpty();
        NetworkSummary Summary(long steps) => compilation.Summarize("Last", "read", new Dictionary<string, long> { ["N"] = 2, ["T"] = steps });
        Summary(3).StateBytes.ShouldBe(2 * 16 * 4);
        // The inputs and their product with w.
        (Summary(5).WorkingBytes - Summary(3).WorkingBytes).ShouldBe(2 * 2 * (8 + 16) * 4);
    }
}
