using NetCompiler.Compiler.Tests.Binding;
using NetCompiler.Graph;
using NetCompiler.Operators;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.StandardLibrary;

/// <summary>Steps of the library's optimizers against their published formulas, written out in C#.</summary>
public class OptimizerTests
{
    // The loss half of sum(c * (w - 1)²) has the gradient c * (w - 1).
    static readonly double[] Curvature = [0.5, 2.0, 0.25];
    static readonly double[] Start = [1.5, -1.0, 2.0];

    static double[] GradientAt(double[] w) => [.. w.Select((x, i) => Curvature[i] * (x - 1))];

    static NetworkModel Descent(string optimizer, string clause = "", string extra = "") => Bind.Network($$"""
        network Descent {
            input c : f64[3];
            param w : f64[3] = zeros;
            loss = 0.5 * sum(c * (w - 1) ** 2);
            function train(c) minimizing loss with {{optimizer}} {{clause}};
            {{extra}}
        }
        """);

    /// <summary>The parameter after some steps.</summary>
    static double[] Train(string optimizer, int steps, string clause = "") => Train(Descent(optimizer, clause), steps).Values.First().Data;

    /// <summary>All variables after some steps.</summary>
    static Dictionary<Variable, ReferenceTensor> Train(NetworkModel network, int steps)
    {
        var updates = network.Functions[0].Updates;
        var values = network.Variables.ToDictionary(variable => variable, variable => variable.Name == "w"
            ? new ReferenceTensor([3], Start)
            : new ReferenceTensor([.. variable.Type.Shape.Dims.Select(dim => (int)dim.Value)], [.. Enumerable.Repeat(((Initializer.Constant)variable.Initializer).Value, (int)variable.Type.Shape.Size.Value)]));
        for (int step = 0; step < steps; step++)
        {
            var results = ReferenceEvaluator.Evaluate([.. updates.Select(update => update.Value)], new Dictionary<string, long>(), Supplied(network, values));
            for (int i = 0; i < updates.Length; i++)
                values[updates[i].Variable] = results[i];
        }
        return values;
    }

    static Dictionary<Node, ReferenceTensor> Supplied(NetworkModel network, Dictionary<Variable, ReferenceTensor> values)
    {
        var supplied = values.ToDictionary(pair => network.Builder.Make(new VariableRead(pair.Key)), pair => pair.Value);
        supplied[network.Builder.Make(new FunctionArgument("c", network.Functions[0].Arguments[0].Type))] = new ReferenceTensor([3], Curvature);
        return supplied;
    }

    /// <summary>A published rule: the next weight from the weight and the gradient in step t, counted from 1.</summary>
    delegate double Rule(double w, double g, int t);

    /// <summary>The parameter after some steps of a rule for each weight by itself.</summary>
    static double[] Expected(int steps, Func<Rule> rule)
    {
        Rule[] rules = [.. Start.Select(_ => rule())];
        return ExpectedOf(steps, (w, g, t) => [.. w.Select((x, i) => rules[i](x, g[i], t))]);
    }

    static double[] ExpectedOf(int steps, Func<double[], double[], int, double[]> rule)
    {
        double[] w = Start;
        for (int t = 1; t <= steps; t++)
            w = rule(w, GradientAt(w), t);
        return w;
    }

    static void ShouldMatch(double[] actual, double[] expected)
    {
        // Ten steps of some twenty operations on numbers near 1.
        for (int i = 0; i < expected.Length; i++)
            actual[i].ShouldBe(expected[i], 200 * 2.3e-16 * (1 + Math.Abs(expected[i])));
    }

    static Func<Rule> Adam(double rate, double epsilon = 1e-8, double decay = 0, double decoupled = 0, bool amsgrad = false) => () =>
    {
        double m = 0, v = 0, largest = 0;
        return (w, g, t) =>
        {
            g += decay * w;
            m = 0.9 * m + 0.1 * g;
            v = 0.999 * v + 0.001 * g * g;
            largest = amsgrad ? Math.Max(largest, v) : v;
            return w - rate * (m / (1 - Math.Pow(0.9, t)) / (Math.Sqrt(largest / (1 - Math.Pow(0.999, t))) + epsilon) + decoupled * w);
        };
    };

    static readonly Dictionary<string, Func<Rule>> Rules = new()
    {
        ["sgd(0.1)"] = () => (w, g, _) => w - 0.1 * g,
        ["sgd(0.1, decay: 0.5)"] = () => (w, g, _) => w - 0.1 * (g + 0.5 * w),
        ["sgd(0.1, l1: 0.5)"] = () => (w, g, _) => w - 0.1 * (g + 0.5 * Math.Sign(w)),
        ["sgd(0.1, momentum: 0.9)"] = () =>
        {
            double v = 0;
            return (w, g, _) => w - 0.1 * (v = 0.9 * v + g);
        },
        ["sgd(0.1, momentum: 0.9, nesterov: true)"] = () =>
        {
            double v = 0;
            return (w, g, _) => w - 0.1 * (g + 0.9 * (v = 0.9 * v + g));
        },
        ["adagrad(rate: 0.5)"] = () =>
        {
            double square = 0;
            return (w, g, _) => w - 0.5 * g / (Math.Sqrt(square += g * g) + 1e-10);
        },
        ["rmsprop(rate: 0.01, momentum: 0.5)"] = () =>
        {
            double square = 0, v = 0;
            return (w, g, _) =>
            {
                square = 0.9 * square + 0.1 * g * g;
                v = 0.5 * v + g / (Math.Sqrt(square) + 1e-8);
                return w - 0.01 * v;
            };
        },
        ["rmsprop(rate: 0.01, smoothing: 0.99, centred: true)"] = () =>
        {
            double square = 0, mean = 0;
            return (w, g, _) =>
            {
                square = 0.99 * square + 0.01 * g * g;
                mean = 0.99 * mean + 0.01 * g;
                return w - 0.01 * g / (Math.Sqrt(square - mean * mean) + 1e-8);
            };
        },
        ["adadelta()"] = () =>
        {
            double square = 0, steps = 0;
            return (w, g, _) =>
            {
                square = 0.9 * square + 0.1 * g * g;
                double step = Math.Sqrt(steps + 1e-6) / Math.Sqrt(square + 1e-6) * g;
                steps = 0.9 * steps + 0.1 * step * step;
                return w - step;
            };
        },
        ["adam(rate: 0.01)"] = Adam(0.01),
        ["adam(rate: 0.01, decay: 0.1)"] = Adam(0.01, decay: 0.1),
        ["adam(rate: 0.1, amsgrad: true)"] = Adam(0.1, amsgrad: true),
        ["adamw(rate: 0.01, decay: 0.1)"] = Adam(0.01, decoupled: 0.1),
        ["lion(rate: 0.01, decay: 0.1)"] = () =>
        {
            double m = 0;
            return (w, g, _) =>
            {
                double step = Math.Sign(0.9 * m + 0.1 * g) + 0.1 * w;
                m = 0.99 * m + 0.01 * g;
                return w - 0.01 * step;
            };
        },
        ["averaged(sgd(0.1))"] = () => (w, g, _) => w - 0.1 * g,
        // These parameters are stored as they are computed.
        ["rounded_at_random(sgd(0.1))"] = () => (w, g, _) => w - 0.1 * g,
    };

    public static TheoryData<string> RuleNames => [.. Rules.Keys];

    [Theory]
    [MemberData(nameof(RuleNames))]
    public void Ten_steps_are_those_of_the_published_rule(string optimizer) => ShouldMatch(Train(optimizer, 10), Expected(10, Rules[optimizer]));

    [Fact]
    public void Lars_scales_the_rate_of_a_parameter_by_its_norm_over_that_of_its_gradient()
    {
        double[] v = new double[3];
        ShouldMatch(Train("lars(rate: 2.0, decay: 0.1, trust: 0.05)", 10), ExpectedOf(10, (w, g, _) =>
        {
            double local = 0.05 * Norm(w) / (Norm(g) + 0.1 * Norm(w) + 1e-8);
            return [.. w.Select((x, i) => x - (v[i] = 0.9 * v[i] + 2 * local * (g[i] + 0.1 * x)))];
        }));
    }

    [Fact]
    public void Lamb_steps_as_far_as_the_parameter_is_long()
    {
        double[] m = new double[3], v = new double[3];
        ShouldMatch(Train("lamb(rate: 0.02, decay: 0.1)", 10), ExpectedOf(10, (w, g, t) =>
        {
            double[] step = [.. w.Select((x, i) =>
            {
                m[i] = 0.9 * m[i] + 0.1 * g[i];
                v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
                return m[i] / (1 - Math.Pow(0.9, t)) / (Math.Sqrt(v[i] / (1 - Math.Pow(0.999, t))) + 1e-6) + 0.1 * x;
            })];
            return [.. w.Select((x, i) => x - 0.02 * Norm(w) / Norm(step) * step[i])];
        }));
    }

    static double Norm(double[] x) => Math.Sqrt(x.Sum(element => element * element));

    [Theory]
    [InlineData("sgd(0.5)")]
    [InlineData("sgd(0.1, momentum: 0.9, nesterov: true)")]
    [InlineData("adagrad(rate: 0.5)")]
    [InlineData("rmsprop(rate: 0.005)")]
    [InlineData("adadelta(rate: 10.0)")]
    [InlineData("adam(rate: 0.05)")]
    [InlineData("adamw(rate: 0.05, decay: 0)")]
    [InlineData("lars(rate: 0.5, trust: 0.01, momentum: 0.5)")]
    [InlineData("lamb(rate: 0.005)")]
    [InlineData("lion(rate: 0.005)")]
    [InlineData("averaged(adam(rate: 0.05))")]
    public void Descends_to_the_minimum(string optimizer)
    {
        // From 2 away to as near as steps of a fixed length can come.
        foreach (var weight in Train(optimizer, 1000))
            weight.ShouldBe(1, 0.02);
    }

    [Theory]
    [InlineData("0.9", 0.9)]
    [InlineData("1", 1)]
    public void Averages_are_running_means_and_evaluate_in_the_place_of_the_parameters(string smoothing, double beta)
    {
        var network = Descent($"averaged(sgd(0.1, momentum: 0.9), smoothing: {smoothing})", extra: "function smooth(c) -> with_averages(loss);");
        var values = Train(network, 10);
        double[] sum = new double[3];
        double total = 0;
        for (int t = 1; t <= 10; t++)
        {
            double[] w = Expected(t, Rules["sgd(0.1, momentum: 0.9)"]);
            double share = Math.Pow(beta, 10 - t);
            sum = [.. sum.Zip(w, (s, x) => s + share * x)];
            total += share;
        }
        double[] average = [.. sum.Select(s => s / total)];
        ShouldMatch(values.Single(pair => pair.Key.Name == "train.w.average").Value.Data, average);
        values.Keys.Select(variable => variable.Name).ShouldContain("train.w.sgd.v");
        var loss = ReferenceEvaluator.Evaluate([network.Functions[1].Outputs[0].Value], new Dictionary<string, long>(), Supplied(network, values))[0].Data;
        ShouldMatch(loss, [average.Select((x, i) => 0.5 * Curvature[i] * (x - 1) * (x - 1)).Sum()]);
    }

    [Fact]
    public void Clipping_scales_all_gradients_to_the_norm()
    {
        double[] g = GradientAt(Start);
        ShouldMatch(Train("sgd(1.0)", 1, "clipping 0.5"), [.. Start.Zip(g, (w, slope) => w - slope * 0.5 / Norm(g))]);
    }

    [Fact]
    public void Clipping_leaves_gradients_below_the_norm_alone() =>
        ShouldMatch(Train("sgd(1.0)", 1, "clipping 100"), [.. Start.Zip(GradientAt(Start), (w, g) => w - g)]);

    [Fact]
    public void Every_optimizer_of_the_library_is_tested_here() =>
        NetCompiler.Binding.Prelude.Module.OptimizerNames.Order(StringComparer.Ordinal)
            .ShouldBe(["adadelta", "adagrad", "adam", "adamw", "averaged", "lamb", "lars", "lion", "rmsprop", "rounded_at_random", "sgd"]);
}
