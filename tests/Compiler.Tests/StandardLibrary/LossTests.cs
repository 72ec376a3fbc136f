using System.Globalization;
using NetCompiler.Compiler.Tests.Binding;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Passes;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.StandardLibrary;

/// <summary>Values of losses and activations against their definitions, also where a careless form would overflow.</summary>
public class LossTests
{
    static double[] Evaluate(string expression, double[] x, double[]? y = null, string yType = "f64[2]", bool optimised = false)
    {
        var network = Bind.Network($$"""
            network Test {
                input x : f64[2, 3];
                {{(y is null ? "" : $"input y : {yType};")}}
                function f(x{{(y is null ? "" : ", y")}}) -> {{expression}};
            }
            """);
        var function = optimised ? Pipeline.Run(network, network.Functions[0]) : network.Functions[0];
        var value = function.Outputs[0].Value;
        var supplied = new Dictionary<Node, ReferenceTensor>();
        foreach (var node in Node.Reachable([value]))
        {
            double[]? given = node.Operator switch
            {
                FunctionArgument { Argument: "x" } => x,
                FunctionArgument => y,
                VariableRead read => [.. Enumerable.Repeat(((Initializer.Constant)read.Variable.Initializer).Value, (int)node.Shape.Size.Value)],
                _ => null,
            };
            if (given is not null)
                supplied[node] = new ReferenceTensor([.. node.Shape.Dims.Select(dim => (int)dim.Value)], given);
        }
        return ReferenceEvaluator.Evaluate([value], new Dictionary<string, long>(), supplied)[0].Data;
    }

    static void ShouldMatch(double[] actual, params double[] expected)
    {
        actual.Length.ShouldBe(expected.Length);
        for (int i = 0; i < expected.Length; i++)
            actual[i].ShouldBe(expected[i], 1e-13 * (1 + Math.Abs(expected[i])));
    }

    static readonly double[] X = [0.5, -1.0, 2.0, 0.0, 1.0, -3.0];

    [Fact]
    public void Softmax_divides_exponentials_by_their_sum()
    {
        var exp = X.Select(Math.Exp).ToArray();
        double first = exp[..3].Sum(), second = exp[3..].Sum();
        ShouldMatch(Evaluate("softmax(x)", X), [.. exp.Select((e, i) => e / (i < 3 ? first : second))]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Cross_entropy_is_the_mean_of_minus_the_logarithm_of_the_probability_of_the_label(bool optimised)
    {
        double Loss(double[] row, int label) => Math.Log(row.Sum(Math.Exp)) - row[label];
        ShouldMatch(Evaluate("cross_entropy(x, y)", X, [2, 0], "i32[2]", optimised), (Loss(X[..3], 2) + Loss(X[3..], 0)) / 2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Cross_entropy_is_finite_for_large_logits(bool optimised) =>
        ShouldMatch(Evaluate("cross_entropies(x, y)", [1000, 0, -1000, -2000, -2000, -2000], [1, 0], "i32[2]", optimised), 1000, Math.Log(3));

    [Theory]
    [InlineData("log_softmax(x)")]
    [InlineData("log(softmax(x))")]
    public void Log_softmax_keeps_small_probabilities(string expression) =>
        ShouldMatch(Evaluate(expression, [1000, 0, -1000, 0, 0, 0], optimised: true), 0, -1000, -2000, -Math.Log(3), -Math.Log(3), -Math.Log(3));

    [Fact]
    public void Logsumexp_is_finite_for_large_values() =>
        ShouldMatch(Evaluate("logsumexp(x)", [1000, 1000, -1000, -800, -800, -800]), 1000 + Math.Log(2), -800 + Math.Log(3));

    [Fact]
    public void Binary_cross_entropy_is_finite_for_large_logits() =>
        ShouldMatch(Evaluate("binary_cross_entropy(x[:, 0], y)", [800, 0, 0, -900, 0, 0], [0, 1]), (800 + 900) / 2.0);

    [Fact]
    public void Binary_cross_entropy_is_that_of_the_sigmoid()
    {
        double Loss(double x, double y) => -(y * Math.Log(1 / (1 + Math.Exp(-x))) + (1 - y) * Math.Log(1 - 1 / (1 + Math.Exp(-x))));
        ShouldMatch(Evaluate("binary_cross_entropy(x[:, 2], y)", X, [0.25, 1]), (Loss(2, 0.25) + Loss(-3, 1)) / 2);
    }

    [Theory]
    [InlineData("mse(x[:, 0], y)", (0.5 * 0.5 + 2 * 2) / 2)]
    [InlineData("mae(x[:, 0], y)", (0.5 + 2) / 2)]
    [InlineData("huber(x[:, 0], y)", (0.125 + 1.5) / 2)]
    [InlineData("hinge(x[:, 0], y)", (0.5 + 1) / 2)]
    [InlineData("squared_hinge(x[:, 0], y)", (0.25 + 1) / 2)]
    [InlineData("l1(x)", 7.5)]
    [InlineData("l2(x)", 0.5 * (0.25 + 1 + 4 + 1 + 9))]
    public void Losses_of_numbers_follow_their_definitions(string expression, double expected)
    {
        // x[:, 0] is [0.5, 0]; y is [1, -2] for distances, [1, 1] for margins.
        double[] y = expression.Contains("hinge", StringComparison.Ordinal) ? [1, 1] : [1, -2];
        ShouldMatch(Evaluate($"{expression} + 0 * sum(y)", X, y), expected);
    }

    [Fact]
    public void Accuracy_counts_the_largest_logits_at_their_labels()
    {
        ShouldMatch(Evaluate("accuracy(x, y)", X, [2, 0], "i32[2]"), 0.5);
        ShouldMatch(Evaluate("binary_accuracy(x[:, 0], y, threshold: 0.4)", X, [1, 1]), 0.5);
    }

    [Theory]
    [InlineData("relu(x)", "0.5 0 2 0 1 0")]
    [InlineData("leaky_relu(x)", "0.5 -0.01 2 0 1 -0.03")]
    [InlineData("relu6(3 * x)", "1.5 0 6 0 3 0")]
    [InlineData("hard_sigmoid(2 * x)", "0.6666666666666666 0.16666666666666669 1 0.5 0.8333333333333333 0")]
    [InlineData("softsign(x)", "0.3333333333333333 -0.5 0.6666666666666666 0 0.5 -0.75")]
    public void Activations_of_straight_lines(string expression, string expected) =>
        ShouldMatch(Evaluate(expression, X), [.. expected.Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture))]);

    [Fact]
    public void Smooth_activations_follow_their_formulas()
    {
        static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
        ShouldMatch(Evaluate("silu(x)", X), [.. X.Select(x => x * Sigmoid(x))]);
        ShouldMatch(Evaluate("mish(x)", X), [.. X.Select(x => x * Math.Tanh(Math.Log(1 + Math.Exp(x))))]);
        ShouldMatch(Evaluate("elu(x)", X), [.. X.Select(x => x > 0 ? x : Math.Exp(x) - 1)]);
        ShouldMatch(Evaluate("selu(x)", X), [.. X.Select(x => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.Exp(x) - 1)))]);
        // Abramowitz and Stegun, table 26.1: the normal distribution function at 0.5, -1, 2, 1 and -3.
        var normal = new Dictionary<double, double> { [0.5] = 0.691462461274013, [-1] = 0.158655253931457, [2] = 0.977249868051821, [0] = 0.5, [1] = 0.841344746068543, [-3] = 0.001349898031630 };
        var gelu = Evaluate("gelu(x)", X);
        for (int i = 0; i < X.Length; i++)
            gelu[i].ShouldBe(X[i] * normal[X[i]], 1e-14 * 3);
    }

    [Fact]
    public void Layer_norm_gives_each_row_mean_zero_and_variance_one()
    {
        // With variance v of the row the result has variance v / (v + epsilon).
        var rows = Evaluate("layer_norm(x)", X);
        foreach (var (input, row) in new[] { (X[..3], rows[..3]), (X[3..], rows[3..]) })
        {
            double mean = input.Average(), variance = input.Average(x => (x - mean) * (x - mean));
            row.Average().ShouldBe(0, 1e-15);
            row.Average(x => x * x).ShouldBe(variance / (variance + 1e-5), 1e-14);
        }
    }
}
