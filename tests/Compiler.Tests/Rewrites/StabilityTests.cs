using System.Collections.Immutable;
using NetCompiler.Autodiff;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Rewrites;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Rewrites;

public class StabilityTests
{
    const double Inf = double.PositiveInfinity;

    readonly RuleCase _case = new();

    GraphBuilder Graph => _case.Graph;

    Node X => _case.X;

    Node Stable(Node root) => Stabilise.Before(Graph, [root], [])[0];

    /// <summary>Expressions as programs write them, with an input at which they fail as written and the true value there.</summary>
    public static TheoryData<string, double, double> Extremes => new()
    {
        { "log(1 - sigmoid(x))", 40, -40 },
        { "log(1 - sigmoid(x))", 1000, -1000 },
        { "log(sigmoid(x))", -1000, -1000 },
        { "log(1 / (1 + exp(-x)))", -1000, -1000 },
        { "log(1 + exp(x))", 1000, 1000 },
        { "log(1 + exp(x))", -50, 1.9287498479639178e-22 },
        { "log(1 + x)", 1e-20, 1e-20 },
        { "log(1 - x)", 1e-20, -1e-20 },
        { "exp(x) - 1", 1e-20, 1e-20 },
        { "1 - exp(x)", 1e-20, -1e-20 },
        { "exp(x) / (1 + exp(x))", 1000, 1 },
        { "tanh from exp", 1000, 1 },
        { "tanh from exp", -1000, -1 },
        { "(exp(2 x) - 1) / (exp(2 x) + 1)", 1000, 1 },
        { "x / (1 + exp(-x))", -1000, 0 },
        { "log(exp(x) + exp(x + 1))", 1000, 1000 + 1.3132616875182228 },
        { "log(exp(x) + exp(x + 1))", -1000, -1000 + 1.3132616875182228 },
        { "log(exp(x) + exp(x + 1))", -Inf, -Inf },
        { "log(exp(x) + exp(x + 1))", Inf, Inf },
        { "log(sum(exp(x)))", 1000, 1000 + 1.3862943611198906 },
        { "log(sum(exp(x)))", -1000, -1000 + 1.3862943611198906 },
        { "log(sum(exp(x)))", -Inf, -Inf },
        { "log(sum(exp(x)))", Inf, Inf },
        { "log(softmax(x))", 1000, -1.3862943611198906 },
        { "log(softmax(x))", -1000, -1.3862943611198906 },
        { "log(softmax(x - max))", 1000, -1.3862943611198906 },
        { "softmax(x)", 1000, 0.25 },
        { "softmax(x)", -1000, 0.25 },
        { "sqrt(x * x)", 1e200, 1e200 },
    };

    Node Expression(string text)
    {
        var x = X;
        Node one = Graph.ConstantLike(1, x), exp = Graph.Exp(x);
        return text switch
        {
            "log(1 - sigmoid(x))" => Graph.Log(Graph.Subtract(one, Graph.Sigmoid(x))),
            "log(sigmoid(x))" => Graph.Log(Graph.Sigmoid(x)),
            "log(1 / (1 + exp(-x)))" => Graph.Log(Graph.Divide(one, Graph.Add(one, Graph.Exp(Graph.Negate(x))))),
            "log(1 + exp(x))" => Graph.Log(Graph.Add(one, exp)),
            "log(1 + x)" => Graph.Log(Graph.Add(one, x)),
            "log(1 - x)" => Graph.Log(Graph.Subtract(one, x)),
            "exp(x) - 1" => Graph.Subtract(exp, one),
            "1 - exp(x)" => Graph.Subtract(one, exp),
            "exp(x) / (1 + exp(x))" => Graph.Divide(exp, Graph.Add(one, exp)),
            "tanh from exp" => Graph.Divide(
                Graph.Subtract(exp, Graph.Exp(Graph.Negate(x))), Graph.Add(exp, Graph.Exp(Graph.Negate(x)))),
            "(exp(2 x) - 1) / (exp(2 x) + 1)" => Graph.Divide(
                Graph.Subtract(Graph.Exp(Graph.Multiply(x, 2)), one), Graph.Add(Graph.Exp(Graph.Multiply(x, 2)), one)),
            "x / (1 + exp(-x))" => Graph.Divide(x, Graph.Add(one, Graph.Exp(Graph.Negate(x)))),
            "log(exp(x) + exp(x + 1))" => Graph.Log(Graph.Add(exp, Graph.Exp(Graph.Add(x, one)))),
            "log(sum(exp(x)))" => Graph.Log(Graph.Sum(exp, [1])),
            "log(softmax(x))" => Graph.Log(RuleCases.Softmax(_case, x)),
            "log(softmax(x - max))" => Graph.Log(RuleCases.Softmax(_case, Graph.Subtract(x, Graph.Broadcast(Graph.Max(x, [1]), x.Shape, [0])))),
            "softmax(x)" => RuleCases.Softmax(_case, x),
            "sqrt(x * x)" => Graph.Sqrt(Graph.Multiply(x, x)),
            _ => throw new ArgumentOutOfRangeException(nameof(text), text, null),
        };
    }

    [Theory]
    [MemberData(nameof(Extremes))]
    public void The_stable_form_is_right_where_the_formula_is_not(string formula, double x, double expected)
    {
        double value = Evaluation.At(Stable(Expression(formula)), x);

        if (double.IsInfinity(expected))
            value.ShouldBe(expected);
        else
            Math.Abs(value - expected).ShouldBeLessThanOrEqualTo(4 * 2.3e-16 * Math.Abs(expected), $"{value:R}");
    }

    public static TheoryData<string> ForeignShifts => ["the maximum of another tensor", "the maximum along another axis", "a chosen maximum"];

    [Theory]
    [MemberData(nameof(ForeignShifts))]
    public void Only_its_own_maximum_makes_a_sum_of_exponentials_safe(string shift)
    {
        // Logits of 800, each row of four, from which 1 or nothing is taken.
        var x = Graph.Multiply(X, 800);
        var y = Graph.ConstantLike(1, X);
        var taken = shift switch
        {
            "the maximum of another tensor" => Graph.Broadcast(Graph.Max(Graph.Multiply(_case.Y, y), [1]), x.Shape, [0]),
            "the maximum along another axis" => Graph.Broadcast(Graph.Max(Graph.Multiply(_case.Input("z", DType.F32, 4, 4), 1e-3), [0]), x.Shape, [1]),
            _ => Graph.Select(Graph.Less(x, Graph.ConstantLike(0, x)), Graph.Broadcast(Graph.Max(x, [1]), x.Shape, [0]), y),
        };
        var logits = Graph.Subtract(x, taken);

        foreach (var stable in new[] { Stable(Graph.Log(Graph.Sum(Graph.Exp(logits), [1]))), Stable(RuleCases.Softmax(_case, logits)) })
            double.IsFinite(Evaluation.At(stable, 1)).ShouldBeTrue(shift);
    }

    [Fact]
    public void Sums_of_exponentials_of_views_and_maxima_are_shifted_once()
    {
        Node[] views = [
            Graph.Max(_case.Input("x", DType.F32, RuleCase.N, 4, 3), [2]),
            Graph.Reshape(_case.Input("x", DType.F32, RuleCase.N, 2, 2), new Shape(RuleCase.N, 4)),
            Graph.Transpose(_case.Input("x", DType.F32, 4, RuleCase.N), [1, 0]),
            Graph.Negate(X),
            Graph.Abs(Graph.Negate(Graph.Reshape(_case.Input("x", DType.F32, RuleCase.N, 2, 2), new Shape(RuleCase.N, 4)))),
        ];
        foreach (var view in views)
        {
            foreach (EquatableArray<int> axes in new EquatableArray<int>[] { [0], [1], [0, 1] })
            {
                var stable = Stable(Graph.Log(Graph.Sum(Graph.Exp(view), axes)));
                Node.Reachable([stable]).Count(node => node.Operator is Sum).ShouldBe(1, $"{view} {axes}");
                Evaluation.At(stable, 900).ShouldBeInRange(-900, 910);
            }
        }
    }

    [Fact]
    public void NaN_stays_NaN()
    {
        foreach (string formula in Extremes.Select(row => (string)row[0]).Distinct())
            Evaluation.At(Stable(Expression(formula)), double.NaN).ShouldBe(double.NaN, formula);
    }

    [Fact]
    public void One_infinite_logit_does_not_spoil_the_other_rows_or_the_finite_probabilities()
    {
        var softmax = Stable(RuleCases.Softmax(_case, X));

        foreach (double infinite in new[] { Inf, -Inf })
        {
            var (before, after) = Evaluation.Of(RuleCases.Softmax(_case, X), softmax, 3, new FirstThen(infinite, 0.5).Next, 0);
            for (int i = 0; i < before.Data.Length; i++)
                (after.Data[i].Equals(before.Data[i]) || Math.Abs(after.Data[i] - before.Data[i]) < 1e-15).ShouldBeTrue($"{i}: {after.Data[i]} {before.Data[i]}");
        }
    }

    sealed class FirstThen(double first, double then)
    {
        bool _started;

        public double Next(Random random)
        {
            double value = _started ? then : first;
            _started = true;
            return value;
        }
    }

    [Fact]
    public void A_shifted_softmax_is_left_as_it_is()
    {
        var shifted = Graph.Subtract(X, Graph.Broadcast(Graph.Max(X, [1]), X.Shape, [0]));
        var softmax = RuleCases.Softmax(_case, shifted);

        Stable(softmax).ShouldBe(softmax);
        Stable(Stable(RuleCases.Softmax(_case, X))).ShouldBe(Stable(RuleCases.Softmax(_case, X)));
    }

    [Fact]
    public void A_quotient_over_other_sums_is_no_softmax()
    {
        var square = _case.Input("s", DType.F32, 4, 4);
        var exp = Graph.Exp(square);
        var columns = Graph.Divide(exp, _case.Broadcast(_case.Sum(exp, 1), square.Shape, 1));

        Stable(columns).ShouldBe(columns);
    }

    /// <summary>The gradient of sum(f(x)) with respect to x at a point where that of the formula as written is NaN or 0 / 0.</summary>
    [Theory]
    [InlineData("log(softmax(x))", 1000, 0)]
    [InlineData("log(1 - sigmoid(x))", 1000, -1)]
    [InlineData("log(sigmoid(x))", -1000, 1)]
    [InlineData("log(1 + exp(x))", 1000, 1)]
    [InlineData("log(sum(exp(x)))", 1000, 0.25)]
    [InlineData("log(sum(exp(x)))", -1000, 0.25)]
    [InlineData("log(exp(x) + exp(x + 1))", 1000, 1)]
    [InlineData("x / (1 + exp(-x))", -1000, 0)]
    [InlineData("softmax(x)", 1000, 0)]
    public void Gradients_of_the_stable_form_are_finite(string formula, double x, double expected)
    {
        var value = Expression(formula);
        var loss = Graph.Sum(value, Enumerable.Range(0, value.Shape.Rank));

        var result = Differentiator.Gradients(Graph, loss, [X], stabilize: Stabilise.Before);

        result.Problems.ShouldBeEmpty();
        Math.Abs(Evaluation.At(result.Gradients[0], x) - expected).ShouldBeLessThanOrEqualTo(1e-15);
    }

    [Fact]
    public void The_second_derivative_of_logaddexp_is_right_where_both_are_equal()
    {
        // d2/dx2 log(e^x + e^y) = s (1 - s) with s = sigmoid(x - y): 1/4 at x = y.
        var loss = Graph.Sum(Graph.Log(Graph.Add(Graph.Exp(X), Graph.Exp(_case.Y))), [0, 1]);
        var first = Differentiator.Gradients(Graph, loss, [X], stabilize: Stabilise.Before).Gradients[0];
        var second = Differentiator.Gradients(Graph, Graph.Sum(first, [0, 1]), [X], stabilize: Stabilise.Before).Gradients[0];

        Evaluation.At(first, 700).ShouldBe(0.5, 1e-15);
        Evaluation.At(second, 700).ShouldBe(0.25, 1e-15);
    }

    [Fact]
    public void A_node_that_a_gradient_is_taken_for_survives()
    {
        var probability = Graph.Sigmoid(X);
        var loss = Graph.Sum(Graph.Log(probability), [0, 1]);

        var result = Differentiator.Gradients(Graph, loss, [probability], stabilize: Stabilise.Before);

        result.Problems.ShouldBeEmpty();
        Evaluation.At(result.Gradients[0], 0).ShouldBe(2);
    }

    [Fact]
    public void A_kept_negation_is_not_undone()
    {
        var kept = Graph.Negate(X);

        var stable = Stabilise.Before(Graph, [Graph.Make(new Negate(), kept), kept], [kept]);

        stable[0].ShouldBe(Graph.Make(new Negate(), stable[1]));
        stable[1].Inputs.ShouldBe([kept]);
    }

    [Fact]
    public void What_a_rule_makes_equal_to_a_kept_node_does_not_depend_on_it()
    {
        // exp(broadcast(x)) becomes broadcast(exp(x)); only the other term is the kept exp(x).
        var x = _case.Input("x", DType.F32, 4);
        var kept = Graph.Exp(x);
        var loss = Graph.Add(Graph.Sum(kept, [0]), Graph.Sum(Graph.Exp(Graph.Broadcast(x, new Shape(3, 4), [1])), [0, 1]));

        var result = Differentiator.Gradients(Graph, loss, [kept], stabilize: Stabilise.Before);

        Evaluation.At(result.Gradients[0], 0.5).ShouldBe(1);
    }

    [Fact]
    public void Kept_nodes_of_one_stable_form_stay_apart()
    {
        var one = Graph.ConstantLike(1, X);
        Node left = Graph.Sigmoid(X), right = Graph.Divide(one, Graph.Add(one, Graph.Exp(Graph.Negate(X))));
        var loss = Graph.Sum(Graph.Add(Graph.Multiply(left, 2), Graph.Multiply(right, 3)), [0, 1]);

        var gradients = Differentiator.Gradients(Graph, loss, [left, right], stabilize: Stabilise.Before).Gradients;

        gradients.Select(gradient => Evaluation.At(gradient, 0.5)).ShouldBe([2, 3]);
    }

    [Fact]
    public void A_kept_node_that_another_one_depends_on_gets_its_gradient_too()
    {
        var inner = Graph.Sigmoid(X);
        var outer = Graph.Log(inner);
        var loss = Graph.Sum(outer, [0, 1]);

        var gradients = Differentiator.Gradients(Graph, loss, [outer, inner, X], stabilize: Stabilise.Before).Gradients;

        gradients.Select(gradient => Evaluation.At(gradient, 0)).ShouldBe([1, 2, 0.5]);
    }

    [Fact]
    public void Gradients_by_a_kept_node_can_be_differentiated_by_it_again()
    {
        var one = Graph.ConstantLike(1, X);
        var kept = Graph.Divide(one, Graph.Add(one, Graph.Exp(Graph.Negate(X))));
        var loss = Graph.Sum(Graph.Power(kept, Graph.ConstantLike(3, kept)), [0, 1]);

        var first = Differentiator.Gradients(Graph, loss, [kept], stabilize: Stabilise.Before).Gradients[0];
        var second = Differentiator.Gradients(Graph, Graph.Sum(first, [0, 1]), [kept], stabilize: Stabilise.Before);

        second.Problems.ShouldBeEmpty();
        Evaluation.At(first, 0).ShouldBe(0.75);
        Evaluation.At(second.Gradients[0], 0).ShouldBe(3);
    }

    [Fact]
    public void A_barrier_is_no_node_of_the_program()
    {
        // select(c, x', x) is x in its stable form, whose barrier would be x' if that were free.
        var x = _case.Input("x", DType.F32, 4);
        var same = Graph.Make(new Reshape(x.Shape), x);
        var kept = Graph.Select(_case.Input("c", DType.Bool, 4), same, x);
        var loss = Graph.Sum(Graph.Add(Graph.Multiply(kept, 2), Graph.Multiply(same, 5)), [0]);

        var result = Differentiator.Gradients(Graph, loss, [kept], stabilize: Stabilise.Before);

        Evaluation.At(result.Gradients[0], 0.5).ShouldBe(2);
    }
}
