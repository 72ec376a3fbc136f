using NetCompiler.Graph;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Binding;

/// <summary>Names of variables follow from the bindings that lead to them, decided by the text alone.</summary>
public class NamingTests
{
    static string[] Parameters(string text, params (string, string)[] others) =>
        [.. Bind.Network(text, others).Variables.Where(variable => variable.Kind == VariableKind.Parameter).Select(variable => variable.Name)];

    static string[] Weights(string statements, string layers = "") =>
        [.. Parameters($"{layers}\n{Bind.Body(statements)}").Where(name => !name.EndsWith(".bias", StringComparison.Ordinal))];

    [Fact]
    public void One_owner_hangs_directly_under_its_binding() =>
        Weights("h = x |> relu |> dense(3) |> relu; y = dense(h, 2);").ShouldBe(["h.weight", "y.weight"]);

    [Fact]
    public void Several_owners_hang_under_their_layers_names_and_repeated_ones_are_numbered() =>
        Weights("y = x |> dense(3) |> reshape([N, 3, 1, 1]) |> conv2d(2, kernel: 1) |> flatten |> dense(4) |> dense(5);")
            .ShouldBe(["y.dense_1.weight", "y.conv2d.weight", "y.dense_2.weight", "y.dense_3.weight"]);

    [Fact]
    public void A_name_bound_again_is_numbered() =>
        Weights("y = dense(x, 4); y = dense(y, 4); y = relu(y); y = dense(y, 4);").ShouldBe(["y.weight", "y_2.weight", "y_4.weight"]);

    [Fact]
    public void Loops_add_their_variable_and_its_value() =>
        Weights("y = x; for stage in 0 .. 2 { for width in [8, 4] { y = dense(y, width); } }")
            .ShouldBe(["stage0.width8.y.weight", "stage0.width4.y.weight", "stage1.width8.y.weight", "stage1.width4.y.weight"]);

    [Fact]
    public void A_value_that_a_loop_meets_twice_is_numbered() =>
        Weights("y = x; for width in [4, 4] { y = dense(y, width); }").ShouldBe(["width4.y.weight", "width4_2.y.weight"]);

    [Fact]
    public void A_bound_layer_shares_its_parameters_and_each_binding_has_its_own() =>
        Weights("f = dense(4); g = dense(4); a = f(x); b = f(a); y = g(b) + f(x);").ShouldBe(["f.weight", "g.weight"]);

    [Fact]
    public void A_list_of_layers_hangs_under_its_binding() =>
        Weights("parts = [dense(8), relu, dense(4)]; y = sequential(x, parts);").ShouldBe(["parts.dense_1.weight", "parts.dense_2.weight"]);

    [Fact]
    public void Layers_given_to_layers_hang_under_the_binding_of_the_call() =>
        Weights("y = x |> residual([dense(8), tanh, dense(4)]);").ShouldBe(["y.dense_1.weight", "y.dense_2.weight"]);

    const string Blocks = """
        layer block(x, n) { return x |> dense(n) |> relu; }
        layer pair(x, n) { a = dense(x, n); b = dense(x, n); return a + b; }
        layer scaled(x) { param scale : f32[4] = ones; return scale * dense(x, 4); }
        layer twice(x, f) { return f(f(x)); }
        layer chosen(x, wide = false) { return if wide then x |> dense(8) |> dense(4) else x |> dense(4); }
        """;

    [Fact]
    public void The_result_of_a_layer_adds_no_name_where_it_alone_owns_something() =>
        Weights("b1 = block(x, 4); y = block(b1, 4);", Blocks).ShouldBe(["b1.weight", "y.weight"]);

    [Fact]
    public void Bindings_inside_a_layer_add_their_names() =>
        Weights("p = pair(x, 3); y = p;", Blocks).ShouldBe(["p.a.weight", "p.b.weight"]);

    [Fact]
    public void The_result_of_a_layer_that_owns_more_hangs_under_its_layers_name() =>
        Weights("y = scaled(x);", Blocks).ShouldBe(["y.scale", "y.dense.weight"]);

    [Fact]
    public void A_layer_applied_twice_inside_a_layer_is_one_layer() =>
        Weights("y = twice(x, dense(4));", Blocks).ShouldBe(["y.weight"]);

    [Fact]
    public void Names_do_not_depend_on_the_branch_that_is_taken()
    {
        Weights("y = chosen(x);", Blocks).ShouldBe(["y.dense_3.weight"]);
        Weights("y = chosen(x, wide: true);", Blocks).ShouldBe(["y.dense_1.weight", "y.dense_2.weight"]);
    }

    [Fact]
    public void Every_instance_of_a_network_is_a_class_of_its_own()
    {
        var networks = Bind.Networks("""
            network Mlp(width = 3, depth = 1) {
                input x : f32[N, 4];
                y = x;
                for i in 0 .. depth { y = dense(y, width, bias: false); }
                function f(x) -> y;
            }
            network Wide = Mlp(width: 7);
            network Deep = Mlp(3, depth: 2);
            """);
        networks.Select(network => network.Name).ShouldBe(["Mlp", "Wide", "Deep"]);
        networks.Select(network => string.Join(" ", network.Variables.Select(variable => $"{variable.Name}:{variable.Type}"))).ShouldBe(
            ["i0.y.weight:f32[4, 3]", "i0.y.weight:f32[4, 7]", "i0.y.weight:f32[4, 3] i1.y.weight:f32[3, 3]"]);
    }

    [Fact]
    public void A_network_with_an_argument_to_be_given_is_a_template_only() =>
        Bind.Network("""
            network Mlp(width) { input x : f32[N, 4]; y = dense(x, width); function f(x) -> y; }
            network Small = Mlp(2);
            """).Name.ShouldBe("Small");

    [Fact]
    public void Layers_optimizers_and_networks_of_a_used_file_are_seen()
    {
        var network = Bind.Network("""
            use "parts/blocks.net";
            network Small = Template(2);
            """,
            ("parts/blocks.net", """
                use "../base.net";
                optimizer plain(rate) for w, g { w = w - rate * g; }
                network Template(width) {
                    input x : f32[N, 4];
                    y = base(x, width);
                    function f(x) -> y;
                    function train(x) minimizing mean(y) with plain(0.1);
                }
                """),
            ("base.net", "layer base(x, n) { return dense(x, n); }"));
        network.Variables.Select(variable => variable.Name).ShouldBe(["y.weight", "y.bias"]);
        network.Functions[1].Updates.Length.ShouldBe(2);
    }

    [Fact]
    public void A_layer_of_the_file_hides_one_of_the_library() =>
        Parameters("layer dense(x, n) { param w : f32[4, n] = zeros; return x @ w; }\n" + Bind.Body("y = dense(x, 2);")).ShouldBe(["y.w"]);

    [Fact]
    public void States_of_an_optimizer_are_named_after_function_parameter_and_state()
    {
        var network = Bind.Network("""
            network Two {
                input x : f32[N, 4];
                param w : f32[4] = ones;
                loss = mean(x @ w);
                function slow(x) minimizing loss with sgd(0.1, momentum: 0.5);
                function fast(x, rate) minimizing loss with adam(rate: rate);
            }
            """);
        network.Variables.Select(variable => variable.Name).ShouldBe(
            ["w", "slow.w.v", "fast.w.m", "fast.w.v", "fast.w.seen1", "fast.w.seen2"]);
        network.Functions[1].Arguments.Select(argument => $"{argument.Name} : {argument.Type}").ShouldBe(["x : f32[N, 4]", "rate : f32"]);
    }

    [Fact]
    public void Groups_choose_their_parameters_by_pattern_or_by_name_and_freeze_the_rest()
    {
        var network = Bind.Network("""
            network Groups {
                input x : f32[N, 4];
                a = dense(x, 4); b = dense(a, 4); c = dense(b, 4);
                loss = mean(c);
                function train(x) minimizing loss over "a.*" with sgd(0.1, momentum: 0.9) over c.weight with sgd(0.2) clipping 1.0;
            }
            """);
        network.Functions[0].Updates.Select(update => update.Variable.Name).ShouldBe(
            ["a.weight", "train.a.weight.v", "a.bias", "train.a.bias.v", "c.weight"], ignoreOrder: true);
    }

    [Fact]
    public void The_origin_of_a_node_is_the_users_expression_even_inside_library_layers()
    {
        var value = Bind.Value("h = x\n |> dense(3)\n |> relu; y = softmax(h);");
        var nodes = Node.Reachable([value]);
        nodes.Where(node => node.Operator.Name is "matmul" or "maximum").Select(node => $"{node.Origin.Name}:{node.Origin.Line}").ShouldBe(["h:4", "h:5"]);
        nodes.Where(node => node.Operator.Name == "exp").Select(node => node.Origin.Name).ShouldBe(["y"]);
    }
}
