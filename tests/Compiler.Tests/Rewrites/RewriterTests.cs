using System.Collections.Immutable;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Rewrites;
using Shouldly;
using Xunit;
using static NetCompiler.Rewrites.Patterns;

namespace NetCompiler.Compiler.Tests.Rewrites;

public class RewriterTests
{
    readonly GraphBuilder _graph = new();
    readonly Pattern _x = Any(), _y = Any();

    Node Argument(string name) => _graph.Make(new FunctionArgument(name, new TensorType(DType.F32, new Shape(Dim.Symbol("N"), 4))));

    Node Rewrite(Node root, params ImmutableArray<Rule> rules) => Rewriter.Run(_graph, [root], new RuleSet("test", rules))[0];

    Rule ExpOfLog => new("ExpOfLog", "exp(log(x)) = x", Exp(Log(_x)), to: _x, ends: "two nodes fewer");

    Rule SinToCos => new("SinToCos", "sin(x) = cos(x)", Patterns.Of<Sin>(_x), to: Cos(_x), ends: "one sine fewer");

    Rule CosToSin => new("CosToSin", "cos(x) = sin(x)", Cos(_x), to: Patterns.Of<Sin>(_x), ends: "never");

    [Fact]
    public void Rules_apply_until_none_does()
    {
        var x = Argument("x");
        var root = _graph.Exp(_graph.Log(_graph.Exp(_graph.Log(_graph.Sin(x)))));

        Rewrite(root, ExpOfLog, SinToCos).ShouldBe(_graph.Cos(x));
    }

    [Fact]
    public void The_result_of_a_rule_is_rewritten_in_turn()
    {
        var x = Argument("x");
        var squareOfSum = new Rule("Square", "abs(x + y) = sin(x) + y", Abs(Add(_x, _y)), to: Add(Patterns.Of<Sin>(_x), _y), ends: "one abs fewer");

        Rewrite(_graph.Abs(_graph.Add(x, Argument("y"))), squareOfSum, SinToCos)
            .ShouldBe(_graph.Add(_graph.Cos(x), Argument("y")));
    }

    [Fact]
    public void A_rewritten_graph_is_its_own_rewrite()
    {
        var once = Rewrite(_graph.Exp(_graph.Log(_graph.Sin(Argument("x")))), ExpOfLog, SinToCos);

        Rewrite(once, ExpOfLog, SinToCos).ShouldBe(once);
    }

    // What is scattered from a window that holds nothing is lost, and so is not a part of the sum.
    [Theory]
    [InlineData(6, 1, 1, false, true)]
    [InlineData(0, 1, 1, false, false)]
    [InlineData(6, 1, 2, false, false)]
    [InlineData(6, 1, 1, true, false)]
    public void The_sum_of_a_scattered_gradient_is_that_of_the_gradient_only_if_no_window_can_be_empty(int height, int pad, int dilation, bool ceil, bool applies)
    {
        var window = new PoolingWindow(2, 2, 2, 2, pad, pad, pad, pad, dilation, dilation, ceil);
        Node Image(string name, params ImmutableArray<Dim> dims) => _graph.Make(new FunctionArgument(name, new TensorType(DType.F32, new Shape(dims))));
        var x = Image("x", Dim.Symbol("N"), 2, height, 6);
        var gradient = Image("g", [.. _graph.Make(new MaxPoolGather(window), x, x).Shape.Dims]);
        var sum = _graph.Make(new Sum([0, 2, 3]), _graph.Make(new MaxPoolScatter(window), x, gradient));

        var result = Rewriter.Run(_graph, [sum], SimplifyRules.All)[0];

        Node.Reachable([result]).Any(node => node.Operator is MaxPoolScatter).ShouldBe(!applies);
    }

    [Fact]
    public void Each_distinct_node_is_rewritten_once()
    {
        // 64 levels in which each node is used twice: 2^64 paths, 64 nodes.
        var node = _graph.Sin(Argument("x"));
        for (int level = 0; level < 64; level++)
            node = _graph.Add(_graph.Sin(node), node);
        int applications = 0;

        Rewriter.Run(_graph, [node], new RuleSet("test", SinToCos), applied: (_, _, _) => applications++);

        applications.ShouldBe(65);
    }

    [Fact]
    public void A_deep_graph_needs_no_deep_call_stack()
    {
        var node = Argument("x");
        for (int depth = 0; depth < 20_000; depth++)
            node = _graph.Sin(_graph.Abs(node));
        Node? result = null;

        // 128 KiB hold no recursion of this depth.
        var thread = new Thread(() => result = Rewrite(node, SinToCos), maxStackSize: 128 * 1024);
        thread.Start();
        thread.Join();

        result.ShouldNotBeNull().Operator.ShouldBe(new Cos());
        Node.Reachable([result]).Length.ShouldBe(40_001);
    }

    [Fact]
    public void Rules_that_undo_each_other_are_reported_by_name()
    {
        var failure = Should.Throw<InvalidOperationException>(() => Rewrite(_graph.Abs(_graph.Sin(Argument("x"))), SinToCos, CosToSin));

        failure.Message.ShouldContain("SinToCos, CosToSin");
    }

    [Fact]
    public void A_rule_that_grows_its_operand_is_reported_by_name()
    {
        var grow = new Rule("Grow", "sin(x) = sin(cos(x))", Patterns.Of<Sin>(_x), to: Patterns.Of<Sin>(Cos(_x)), ends: "never");

        Should.Throw<InvalidOperationException>(() => Rewrite(_graph.Sin(Argument("x")), grow)).Message.ShouldContain("Grow");
    }

    [Fact]
    public void A_rule_that_wraps_what_it_matches_is_reported_by_name()
    {
        var wrap = new Rule("Wrap", "sin(x) = abs(sin(x))", Patterns.Of<Sin>(_x), to: Abs(Patterns.Of<Sin>(_x)), ends: "never");

        Should.Throw<InvalidOperationException>(() => Rewrite(_graph.Sin(Argument("x")), wrap)).Message.ShouldContain("Wrap");
    }

    [Fact]
    public void A_rule_that_changes_the_type_is_reported_by_name()
    {
        var wrong = new Rule("Scalar", "sin(x) = 0", Patterns.Of<Sin>(_x), to: m => m.Graph.Constant(0, TensorType.Scalar(DType.F32)), ends: "one sine fewer");

        Should.Throw<InvalidOperationException>(() => Rewrite(_graph.Sin(Argument("x")), wrong)).Message.ShouldContain("Scalar");
    }

    [Fact]
    public void Nodes_given_as_they_are_survive_and_no_pattern_looks_into_them()
    {
        var x = Argument("x");
        var kept = _graph.Log(_graph.Sin(x));
        var root = _graph.Add(_graph.Exp(kept), _graph.Sin(x));

        var result = Rewriter.Run(_graph, [root, kept], new RuleSet("test", ExpOfLog, SinToCos), given: new Dictionary<Node, Node> { [kept] = kept });

        result.ShouldBe([_graph.Add(_graph.Exp(kept), _graph.Cos(x)), kept]);
    }

    [Fact]
    public void A_given_replacement_is_used_wherever_the_node_was()
    {
        var (x, y) = (Argument("x"), Argument("y"));
        var replaced = _graph.Log(x);

        Rewriter.Run(_graph, [_graph.Exp(replaced), replaced], new RuleSet("test", ExpOfLog), given: new Dictionary<Node, Node> { [replaced] = y })
            .ShouldBe([_graph.Exp(y), y]);
    }

    [Fact]
    public void New_nodes_have_the_origin_of_the_node_they_replace()
    {
        var (x, y) = (Argument("x"), Argument("y"));
        var before = _graph.Origin;
        _graph.Origin = Origin.None with { Name = "c1" };
        var sine = _graph.Sin(x);
        _graph.Origin = Origin.None with { Name = "c2" };
        var sum = _graph.Add(sine, y);
        _graph.Origin = before;

        var result = Rewrite(sum, SinToCos);

        result.Origin.ShouldBe(sum.Origin);
        result.Inputs[0].Origin.ShouldBe(sine.Origin);
        _graph.Origin.ShouldBe(before);
    }

    [Fact]
    public void Operands_of_a_commutative_operator_match_in_either_order()
    {
        var (x, y) = (Argument("x"), Argument("y"));
        var rule = new Rule("Any", "sin(x) + y = y", Add(Patterns.Of<Sin>(_x), _y), to: _y, ends: "two nodes fewer");

        Rewrite(_graph.Add(_graph.Sin(x), y), rule).ShouldBe(y);
        Rewrite(_graph.Add(y, _graph.Sin(x)), rule).ShouldBe(y);
    }

    [Fact]
    public void A_part_that_occurs_twice_stands_for_one_node()
    {
        var (x, y) = (Argument("x"), Argument("y"));
        var rule = new Rule("Same", "x * x = abs(x)", Multiply(_x, _x), to: Abs(_x), ends: "one product fewer");

        Rewrite(_graph.Multiply(x, x), rule).ShouldBe(_graph.Abs(x));
        Rewrite(_graph.Multiply(x, y), rule).ShouldBe(_graph.Multiply(x, y));
    }

    [Fact]
    public void Numbers_in_a_result_take_the_type_of_their_place()
    {
        var x = Argument("x");
        var rule = new Rule("Positive", "sin(x) = select(0 < x, x, 1)", Patterns.Of<Sin>(_x), to: Select(Less(0, _x), _x, 1), ends: "one sine fewer");

        Rewrite(_graph.Sin(x), rule).ShouldBe(_graph.Select(_graph.Less(_graph.ConstantLike(0, x), x), x, _graph.ConstantLike(1, x)));
    }
}
