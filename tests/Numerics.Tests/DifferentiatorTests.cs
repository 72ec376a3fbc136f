using System.Collections.Immutable;
using NetCompiler.Autodiff;
using NetCompiler.Graph;
using NetCompiler.Operators;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

public class DifferentiatorTests
{
    readonly GraphBuilder _graph = new();

    [Fact]
    public void An_intermediate_value_is_a_variable_of_its_own()
    {
        var x = Argument("x", 3);
        var h = _graph.Multiply(x, x);
        var loss = Total(_graph.Multiply(h, x));

        var result = Differentiator.Gradients(_graph, loss, [h, x]);

        result.Problems.ShouldBeEmpty();
        result.Gradients[0].ShouldBe(x);
        Evaluate(result.Gradients[1], (x, [1, 2, -1])).ShouldBe([3, 12, 3]);
    }

    [Fact]
    public void The_gradient_of_a_value_with_respect_to_itself_is_the_seed()
    {
        var x = Argument("x", 3);
        var seed = Argument("seed", 3);
        Differentiator.Gradients(_graph, x, [x], seed).Gradients.ShouldBe([seed]);
    }

    [Fact]
    public void A_seed_makes_a_vector_jacobian_product()
    {
        var (x, seed) = (Argument("x", 2), Argument("seed", 2));
        var result = Differentiator.Gradients(_graph, _graph.Exp(x), [x], seed);
        Evaluate(result.Gradients[0], (x, [0, 0]), (seed, [3, 5])).ShouldBe([3, 5]);
    }

    [Fact]
    public void All_uses_of_a_node_contribute()
    {
        var x = Argument("x", 1);
        var y = _graph.Add(_graph.Add(_graph.Multiply(x, 3), _graph.Multiply(x, x)), _graph.Multiply(x, 5));
        Evaluate(Differentiator.Gradients(_graph, Total(y), [x]).Gradients[0], (x, [10])).ShouldBe([28]);
    }

    [Fact]
    public void A_value_that_the_loss_does_not_use_gets_zeros_and_is_named()
    {
        var (x, other) = (Argument("x", 2), Argument("other", 4));
        var result = Differentiator.Gradients(_graph, Total(x), [other, x]);

        result.Gradients[0].ShouldBe(_graph.ConstantLike(0, other));
        var problem = result.Problems.Single();
        (problem.Kind, problem.Node, problem.WithRespectTo).ShouldBe((DifferentiationProblemKind.Independent, other, other));
    }

    [Fact]
    public void Accuracy_is_refused_at_its_argmax()
    {
        var logits = Argument("logits", 4, 3);
        var position = _graph.Make(new ArgMax(1), logits);
        var label = _graph.Make(new FunctionArgument("label", position.Type));
        var accuracy = Total(_graph.Cast(_graph.Equal(position, label), DType.F64));

        var problem = Differentiator.Gradients(_graph, accuracy, [logits]).Problems.Single();

        (problem.Kind, problem.Node, problem.WithRespectTo).ShouldBe((DifferentiationProblemKind.Refused, position, logits));
        problem.Reason.ShouldContain("argmax is piecewise constant");
    }

    [Fact]
    public void An_argmax_beside_a_differentiable_path_is_no_mistake()
    {
        var logits = Argument("logits", 3);
        var index = _graph.Make(new Iota(logits.Type.WithElement(DType.I32), 0));
        var winner = _graph.Equal(index, _graph.Broadcast(_graph.Make(new ArgMax(0), logits), logits.Shape, []));
        var loss = Total(_graph.Select(winner, logits, _graph.ConstantLike(0, logits)));

        var result = Differentiator.Gradients(_graph, loss, [logits]);

        result.Problems.ShouldBeEmpty();
        Evaluate(result.Gradients[0], (logits, [1, 7, 3])).ShouldBe([0, 1, 0]);
    }

    [Fact]
    public void A_stopped_gradient_is_named_with_the_node_that_stops_it()
    {
        var x = Argument("x", 3);
        var stopped = _graph.StopGradient(_graph.Exp(x));
        var problem = Differentiator.Gradients(_graph, Total(stopped), [x]).Problems.Single();
        (problem.Kind, problem.Node).ShouldBe((DifferentiationProblemKind.Blocked, stopped));
    }

    [Fact]
    public void Stopping_one_path_leaves_the_other()
    {
        var x = Argument("x", 1);
        var result = Differentiator.Gradients(_graph, Total(_graph.Multiply(_graph.StopGradient(x), x)), [x]);
        result.Problems.ShouldBeEmpty();
        Evaluate(result.Gradients[0], (x, [3])).ShouldBe([3]);
    }

    [Fact]
    public void A_loss_that_is_not_one_number_is_refused_with_its_shape()
    {
        var x = Argument("x", 3);
        var result = Differentiator.Gradients(_graph, x, [x]);
        result.Problems.Single().Reason.ShouldContain("[3]");
        result.Gradients.Single().ShouldBe(_graph.ConstantLike(0, x));
    }

    [Fact]
    public void Integers_have_no_gradient()
    {
        var label = _graph.Make(new FunctionArgument("label", TensorType.Scalar(DType.I32)));
        var loss = _graph.Cast(label, DType.F64);
        Differentiator.Gradients(_graph, label, [label]).Problems.Single().Reason.ShouldContain("i32");
        Differentiator.Gradients(_graph, loss, [label]).Problems.Single().Kind.ShouldBe(DifferentiationProblemKind.Refused);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    public void Relu_has_slope_0_at_0_in_either_order_of_operands(double at, double slope)
    {
        var x = Argument("x", 1);
        var zero = _graph.ConstantLike(0, x);
        foreach (var relu in new[] { _graph.Maximum(x, zero), _graph.Maximum(zero, x) })
            Evaluate(Differentiator.Gradients(_graph, Total(relu), [x]).Gradients[0], (x, [at])).ShouldBe([slope]);
    }

    [Fact]
    public void Two_values_that_tie_share_the_gradient()
    {
        var (a, b) = (Argument("a", 3), Argument("b", 3));
        foreach (var op in new Operator[] { new Maximum(), new Minimum() })
        {
            var gradients = Differentiator.Gradients(_graph, Total(_graph.Make(op, a, b)), [a, b]).Gradients;
            double sign = op is Maximum ? 1 : -1;
            Evaluate(gradients[0], (a, [2, sign, -sign]), (b, [2, 0, 0])).ShouldBe([0.5, 1, 0]);
            Evaluate(gradients[1], (a, [2, sign, -sign]), (b, [2, 0, 0])).ShouldBe([0.5, 0, 1]);
        }
    }

    [Fact]
    public void Equal_maxima_of_a_reduction_share_the_gradient()
    {
        var x = Argument("x", 4);
        foreach (var extreme in new[] { _graph.Max(x, [0]), _graph.Negate(_graph.Min(_graph.Negate(x), [0])) })
            Evaluate(Differentiator.Gradients(_graph, extreme, [x]).Gradients[0], (x, [1, 5, 5, 2])).ShouldBe([0, 0.5, 0.5, 0]);
    }

    [Fact]
    public void A_selected_branch_keeps_its_gradient_finite_beside_an_infinite_one()
    {
        var x = Argument("x", 2);
        var zero = _graph.ConstantLike(0, x);
        var safe = _graph.Select(_graph.Less(zero, x), _graph.Log(_graph.Select(_graph.Less(zero, x), x, _graph.ConstantLike(1, x))), zero);
        Evaluate(Differentiator.Gradients(_graph, Total(safe), [x]).Gradients[0], (x, [0, 2])).ShouldBe([0, 0.5]);
    }

    [Fact]
    public void The_slope_of_abs_at_0_is_0()
    {
        var x = Argument("x", 1);
        Evaluate(Differentiator.Gradients(_graph, Total(_graph.Abs(x)), [x]).Gradients[0], (x, [0])).ShouldBe([0]);
    }

    [Fact]
    public void A_power_has_finite_gradients_at_base_0()
    {
        var (a, b) = (Argument("a", 3), Argument("b", 3));
        var gradients = Differentiator.Gradients(_graph, Total(_graph.Power(a, b)), [a, b]).Gradients;
        Evaluate(gradients[0], (a, [0, 0, 0]), (b, [0, 1, 2])).ShouldBe([0, 1, 0]);
        Evaluate(gradients[1], (a, [0, 0, 0]), (b, [0, 1, 2])).ShouldBe([0, 0, 0]);
    }

    [Fact]
    public void The_stable_form_of_the_loss_is_what_gets_differentiated()
    {
        var x = Argument("x", 1);
        var loss = Total(_graph.Log(_graph.Sigmoid(x)));
        ImmutableArray<Node> LogOfSigmoid(GraphBuilder graph, ImmutableArray<Node> roots, ImmutableArray<Node> keep)
        {
            keep.ShouldBe([x]);
            return [Total(graph.Negate(graph.Softplus(graph.Negate(x)))), .. roots.RemoveAt(0)];
        }

        var naive = Differentiator.Gradients(_graph, loss, [x]).Gradients[0];
        var stable = Differentiator.Gradients(_graph, loss, [x], null, LogOfSigmoid).Gradients[0];

        Evaluate(naive, (x, [-800])).Single().ShouldBe(double.NaN);
        Evaluate(stable, (x, [-800])).ShouldBe([1]);
    }

    [Fact]
    public void Gradients_keep_the_origin_of_what_they_derive_from_and_are_marked()
    {
        var x = Argument("x", 1);
        _graph.Origin = Origin.None with { Name = "h" };
        var h = _graph.Tanh(x);
        _graph.Origin = Origin.None;

        var gradient = Differentiator.Gradients(_graph, Total(h), [x]).Gradients[0];

        gradient.Origin.ShouldBe(h.Origin with { IsGradient = true });
        _graph.Origin.ShouldBe(Origin.None);
    }

    [Fact]
    public void Only_paths_to_the_variables_are_differentiated()
    {
        var (x, image) = (Argument("x", 2, 2), Argument("image", 2, 2));
        var loss = Total(_graph.MatMul(_graph.Exp(image), x));
        var gradient = Differentiator.Gradients(_graph, loss, [x]).Gradients[0];
        Node.Reachable([gradient]).ShouldNotContain(x);
    }

    Node Argument(string name, params int[] dims) =>
        _graph.Make(new FunctionArgument(name, new TensorType(DType.F64, new(dims.Select(dim => Dim.Of(dim))))));

    Node Total(Node x) => _graph.Sum(x, Enumerable.Range(0, x.Shape.Rank));

    static double[] Evaluate(Node node, params (Node Leaf, double[] Data)[] values) => ReferenceEvaluator.Evaluate(
        [node],
        ImmutableDictionary<string, long>.Empty,
        values.ToDictionary(value => value.Leaf, value => new ReferenceTensor([.. value.Leaf.Shape.Dims.Select(dim => (int)dim.Value)], value.Data)))[0].Data;
}
