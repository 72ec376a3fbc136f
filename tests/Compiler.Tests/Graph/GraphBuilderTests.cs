using NetCompiler.Graph;
using NetCompiler.Operators;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Graph;

public class GraphBuilderTests
{
    readonly GraphBuilder _graph = new();

    [Fact]
    public void The_same_computation_is_one_node()
    {
        var x = Argument("x", 3);
        _graph.Exp(x).ShouldBeSameAs(_graph.Exp(Argument("x", 3)));
        _graph.Sum(Argument("m", 2, 3), [1, 0]).ShouldBeSameAs(_graph.Sum(Argument("m", 2, 3), [0, 1]));
        _graph.Exp(x).ShouldNotBeSameAs(_graph.Exp(Argument("y", 3)));
        var window = ConvolutionWindow.Unit;
        new Conv2DBackwardData(window, new(1, 2)).ShouldBe(new Conv2DBackwardData(window, new(1, 2)));
        new Slice([0], [1], [1]).ShouldNotBe(new Slice([0], [2], [1]));
    }

    [Fact]
    public void Only_what_is_exact_for_every_value_is_folded()
    {
        var x = Argument("x", 3);
        _graph.Add(x, 0).ShouldBeSameAs(x);
        _graph.Multiply(x, 1).ShouldBeSameAs(x);
        _graph.Subtract(x, 0).ShouldBeSameAs(x);
        _graph.Divide(x, 1).ShouldBeSameAs(x);
        _graph.Negate(_graph.Negate(x)).ShouldBeSameAs(x);
        _graph.Multiply(x, 0).Operator.ShouldBeOfType<Multiply>("0 times infinity is NaN");
        _graph.Subtract(x, x).Operator.ShouldBeOfType<Subtract>("infinity minus infinity is NaN");
        _graph.Broadcast(_graph.Constant(2, TensorType.Scalar(DType.F32)), new(2, 3), []).Operator
            .ShouldBe(new Constant(2, new(DType.F32, new(2, 3))));
    }

    [Fact]
    public void Inputs_come_before_their_users()
    {
        var x = Argument("x", 3);
        var y = _graph.Add(_graph.Exp(x), _graph.Log(x));
        Node.Reachable([y]).Select(node => node.Operator.Name).ShouldBe(["argument", "exp", "log", "add"]);
    }

    [Fact]
    public void A_node_prints_its_operator_with_attributes_that_differ_from_the_defaults()
    {
        var x = Argument("x", 1, 2, 5, 5);
        var w = Argument("w", 4, 1, 3, 3);
        var y = _graph.Make(new Conv2D(ConvolutionWindow.Unit with { StrideHeight = 2, StrideWidth = 2, PadTop = 1, Groups = 2 }), x, w);
        y.ToString().ShouldBe("%2 = conv2d stride=[2, 2] pad=[1, 0, 0, 0] groups=2(%0, %1) : f32[1, 4, 2, 2]");
        _graph.Slice(x, 1, 1, 1).ToString().ShouldBe("%3 = slice start=[0, 1, 0, 0] length=[1, 1, 5, 5](%0) : f32[1, 1, 5, 5]");
        x.ToString().ShouldBe("%0 = argument \"x\"() : f32[1, 2, 5, 5]");
        _graph.Sum(x, [2, 3]).ToString().ShouldBe("%4 = sum axes=[2, 3](%0) : f32[1, 2]");
    }

    Node Argument(string name, params int[] dims) =>
        _graph.Make(new FunctionArgument(name, new TensorType(DType.F32, new(dims.Select(dim => Dim.Of(dim))))));
}
