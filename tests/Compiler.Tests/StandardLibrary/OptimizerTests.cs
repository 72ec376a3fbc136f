using NetCompiler.Compiler.Tests.Binding;
using NetCompiler.Graph;
using NetCompiler.Operators;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.StandardLibrary;

/// <summary>Steps of the library's optimizers against their published formulas, written out in C#.</summary>
public class OptimizerTests
{
    // The loss sum(c * w) has the gradient c, whatever w is.
    static readonly double[] Gradient = [0.5, -2.0, 0.25];
    static readonly double[] Start = [1.0, -1.0, 2.0];

    /// <summary>The parameter after some steps.</summary>
    static double[] Train(string optimizer, int steps, string clause = "")
    {
        var network = Bind.Network($$"""
            network Descent {
                input c : f64[3];
                param w : f64[3] = zeros;
                function train(c) minimizing sum(c * w) with {{optimizer}} {{clause}};
            }
            """);
        var updates = network.Functions[0].Updates;
        var values = network.Variables.ToDictionary(variable => variable, variable => variable.Name == "w"
            ? new ReferenceTensor([3], Start)
            : new ReferenceTensor([.. variable.Type.Shape.Dims.Select(dim => (int)dim.Value)], [.. Enumerable.Repeat(((Initializer.Constant)variable.Initializer).Value, (int)variable.Type.Shape.Size.Value)]));
        for (int step = 0; step < steps; step++)
        {
            var supplied = values.ToDictionary(pair => network.Builder.Make(new VariableRead(pair.Key)), pair => pair.Value);
            supplied[network.Builder.Make(new FunctionArgument("c", network.Functions[0].Arguments[0].Type))] = new ReferenceTensor([3], Gradient);
            var results = ReferenceEvaluator.Evaluate([.. updates.Select(update => update.Value)], new Dictionary<string, long>(), supplied);
            for (int i = 0; i < updates.Length; i++)
                values[updates[i].Variable] = results[i];
        }
        return values[network.Variables[0]].Data;
    }

    /// <summary>The same by a step function of one weight, its gradient and its step number from 1.</summary>
    static double[] Expected(int steps, Func<Func<double, double, int, double>> rule) => [.. Start.Zip(Gradient, (w, g) =>
    {
        var step = rule();
        for (int t = 1; t <= steps; t++)
            w = step(w, g, t);
        return w;
    })];

    static void ShouldMatch(double[] actual, double[] expected)
    {
        for (int i = 0; i < expected.Length; i++)
            actual[i].ShouldBe(expected[i], 1e-13 * (1 + Math.Abs(expected[i])));
    }

    [Fact]
    public void Sgd_steps_against_the_gradient() =>
        ShouldMatch(Train("sgd(0.1)", 3), Expected(3, () => (w, g, _) => w - 0.1 * g));

    [Fact]
    public void Sgd_decays_weights_through_the_gradient() =>
        ShouldMatch(Train("sgd(0.1, decay: 0.5)", 3), Expected(3, () => (w, g, _) => w - 0.1 * (g + 0.5 * w)));

    [Fact]
    public void Momentum_gathers_a_velocity() => ShouldMatch(Train("sgd(0.1, momentum: 0.9)", 4), Expected(4, () =>
    {
        double v = 0;
        return (w, g, _) => w - 0.1 * (v = 0.9 * v + g);
    }));

    [Fact]
    public void Nesterov_looks_ahead_along_the_velocity() => ShouldMatch(Train("sgd(0.1, momentum: 0.9, nesterov: true)", 4), Expected(4, () =>
    {
        double v = 0;
        return (w, g, _) => w - 0.1 * (g + 0.9 * (v = 0.9 * v + g));
    }));

    [Fact]
    public void Adam_corrects_its_means_for_their_start_at_zero() => ShouldMatch(Train("adam(rate: 0.01)", 5), Expected(5, () =>
    {
        double m = 0, v = 0;
        return (w, g, t) =>
        {
            m = 0.9 * m + 0.1 * g;
            v = 0.999 * v + 0.001 * g * g;
            return w - 0.01 * (m / (1 - Math.Pow(0.9, t))) / (Math.Sqrt(v / (1 - Math.Pow(0.999, t))) + 1e-8);
        };
    }));

    [Fact]
    public void Adam_decays_weights_apart_from_the_gradient() => ShouldMatch(Train("adam(rate: 0.01, decay: 0.1)", 3), Expected(3, () =>
    {
        double m = 0, v = 0;
        return (w, g, t) =>
        {
            m = 0.9 * m + 0.1 * g;
            v = 0.999 * v + 0.001 * g * g;
            return w - 0.01 * (m / (1 - Math.Pow(0.9, t)) / (Math.Sqrt(v / (1 - Math.Pow(0.999, t))) + 1e-8) + 0.1 * w);
        };
    }));

    [Fact]
    public void Rmsprop_divides_by_a_running_mean_of_the_magnitude() => ShouldMatch(Train("rmsprop(rate: 0.01, momentum: 0.5)", 4), Expected(4, () =>
    {
        double square = 0, v = 0;
        return (w, g, _) =>
        {
            square = 0.9 * square + 0.1 * g * g;
            v = 0.5 * v + g / (Math.Sqrt(square) + 1e-8);
            return w - 0.01 * v;
        };
    }));

    [Fact]
    public void Adagrad_divides_by_the_root_of_the_sum_of_squares() => ShouldMatch(Train("adagrad(rate: 0.5)", 4), Expected(4, () =>
    {
        double square = 0;
        return (w, g, _) =>
        {
            square += g * g;
            return w - 0.5 * g / (Math.Sqrt(square) + 1e-8);
        };
    }));

    [Fact]
    public void Clipping_scales_all_gradients_to_the_norm()
    {
        double norm = Math.Sqrt(Gradient.Sum(g => g * g));
        ShouldMatch(Train("sgd(1.0)", 1, "clipping 0.5"), [.. Start.Zip(Gradient, (w, g) => w - g * 0.5 / norm)]);
    }

    [Fact]
    public void Clipping_leaves_gradients_below_the_norm_alone() =>
        ShouldMatch(Train("sgd(1.0)", 1, "clipping 100"), [.. Start.Zip(Gradient, (w, g) => w - g)]);

    [Fact]
    public void Every_optimizer_of_the_library_is_tested_here() =>
        NetCompiler.Binding.Prelude.Module.OptimizerNames.Order(StringComparer.Ordinal).ShouldBe(["adagrad", "adam", "rmsprop", "sgd"]);
}
