using System.Globalization;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Runtime;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>
/// Gradients of gradients in emitted code: a penalty on the gradient in the inputs, differentiated in the parameters, and products of
/// the Hessian with a vector; both against central differences of what the emitted first gradient gives.
/// </summary>
public sealed class HigherGradientTests
{
    const double Step = 1.0 / (1 << 16);

    /// <summary>Networks of smooth operators from x, [N, …] of 3 rows, to <c>y</c>; with the parameters to differentiate in.</summary>
    static readonly (string Name, string Shape, string Body, string[] Parameters)[] Networks =
    [
        ("Dense", "4", "h = x |> dense(5) |> tanh; z = h |> dense(3) |> silu; y = z |> dense(2);", ["h.weight", "h.bias", "z.weight", "y.weight"]),
        ("Images", "2, 6, 5", "h = x |> conv2d(3, kernel: 3, stride: [2, 1], pad: 1) |> softplus |> avg_pool2d(2); y = h |> flatten |> dense(2);",
            ["h.weight", "h.bias", "y.weight"]),
        ("Normalised", "4, 6", "n = layer_norm(x); s = softmax(n |> dense(6)); y = gelu(s @ transpose(x, [0, 2, 1])) |> dense(2);",
            ["n.weight", "n.bias", "s.weight", "y.weight"]),
        ("Images_normalised", "2, 4, 4", "c = x |> conv2d(3, kernel: 2, groups: 1); n = batch_norm(c); y = tanh(n) |> global_avg_pool |> dense(2);",
            ["c.weight", "n.weight", "n.bias", "y.weight"]),
        ("Recurrent", "5, 4",
            "param w : f64[4, 3] = normal(); param u : f64[3, 3] = normal(); hs, y = scan s in transpose(x, [1, 0, 2]) "
                + "from h = 0 { h = tanh(s @ w + h @ u); yield h; };",
            ["w", "u"]),
        ("Losses", "5", "h = x |> dense(4) |> sigmoid; y = logsumexp(h) - log(sum(h * h, axis: -1)) + sqrt(sum(exp(h), axis: 1));", ["h.weight", "h.bias"]),
    ];

    public static TheoryData<string> Names => [.. Networks.Select(network => network.Name)];

    static readonly Lazy<CompiledNetwork> Compiled = new(() => CompiledNetwork.Compile(Networks.SelectMany(Emit)));

    static IEnumerable<EmittedFile> Emit((string Name, string Shape, string Body, string[] Parameters) network)
    {
        string wrt = $"[{string.Join(", ", network.Parameters)}]";
        string Directions(string gradients) => string.Join(" + ", network.Parameters.Select((_, i) =>
            string.Create(CultureInfo.InvariantCulture, $"sum({gradients}[{i}] * v_{i})")));
        string results = string.Join(", ", network.Parameters.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"g_{i}: RESULT[{i}]")));
        string text = $$"""
            network {{network.Name}} {
                input x : f64[N, {{network.Shape}}];
                {{network.Body}}
                loss    = mean(y * y) + mean(sin(y));
                slopes  = grad(loss, {{wrt}});
                {{string.Concat(network.Parameters.Select((name, i) => string.Create(CultureInfo.InvariantCulture, $"v_{i} = reshape(cos(f64(iota(size({name}))) * 2 + {i}), shape({name}));\n    ")))}}
                along   = {{Directions("slopes")}};
                hessian = grad(along, {{wrt}});
                slope   = grad(sum(y * y), x);
                penalty = mean((sqrt(sum(reshape(slope * slope, [N, -1]), axis: 1) + 0.01) - 1) ** 2);
                taught  = grad(penalty, {{wrt}});
                function along_one(x) -> along;
                function products(x) -> ({{results.Replace("RESULT", "hessian", StringComparison.Ordinal)}});
                function penalised(x) -> penalty;
                function lessons(x) -> ({{results.Replace("RESULT", "taught", StringComparison.Ordinal)}});
            }
            """;
        var compilation = Compilation.Create(new SourceText($"{network.Name}.net", text), _ => null, new CompilerOptions());
        compilation.Diagnostics.ShouldBeEmpty();
        return compilation.Emit();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_gradient_of_a_gradient_penalty_matches_central_differences(string name) => Check(name, "penalised", "lessons");

    [Theory]
    [MemberData(nameof(Names))]
    public void Products_of_the_Hessian_with_a_vector_match_central_differences(string name) => Check(name, "along_one", "products");

    static void Check(string name, string value, string gradient)
    {
        var (_, shape, _, parameters) = Networks.Single(network => network.Name == name);
        var network = Compiled.Value.Create(name, seed: 3);
        var random = new Random(5);
        int count = 3 * shape.Split(", ").Aggregate(1, (product, extent) => product * int.Parse(extent, CultureInfo.InvariantCulture));
        double[] x = [.. Enumerable.Range(0, count).Select(_ => 2 * random.NextDouble() - 1)];
        double[][] gradients = [.. network.Invoke(gradient, x).Select(EmittedFunction.Unbox)];

        for (int k = 0; k < parameters.Length; k++)
        {
            var (near, far) = (new double[gradients[k].Length], new double[gradients[k].Length]);
            for (int i = 0; i < near.Length; i++)
            {
                near[i] = Quotient(network, parameters[k], i, Step);
                far[i] = Quotient(network, parameters[k], i, 2 * Step);
            }
            near.ShouldContain(slope => Math.Abs(slope) > 1e-3, $"{name}, {parameters[k]}: nothing flows");
            for (int i = 0; i < near.Length; i++)
            {
                // Truncation is a third of the quotients' distance. Values are of some units, from some thousand roundings.
                double tolerance = Math.Abs(far[i] - near[i]) + 4096 * Math.Pow(2, -53) / Step;
                gradients[k][i].ShouldBe(near[i], tolerance, $"{name}, {parameters[k]}[{i}]");
            }
        }

        double Quotient(Network at, string parameter, int element, double step)
        {
            double before = at.Values<double>(parameter)[element];
            double Value(double moved)
            {
                at.Values<double>(parameter)[element] = moved;
                return EmittedFunction.Unbox(at.Invoke(value, x)[0])[0];
            }
            double quotient = (Value(before + step) - Value(before - step)) / (2 * step);
            at.Values<double>(parameter)[element] = before;
            return quotient;
        }
    }
}
