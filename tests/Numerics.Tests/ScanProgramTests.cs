using System.Collections.Immutable;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Runtime;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>
/// Recurrent programs from their text to the numbers that compiled code gives, gradients through time included, against the float64
/// reference of the graph as it is bound, before any pass.
/// </summary>
public sealed class ScanProgramTests
{
    const string Programs = """
        network Lstm {
            input xs : f32[T, N, 3]; input target : f32[T, N, 4];
            param w : f32[3, 16] = zeros; param u : f32[4, 16] = zeros; param b : f32[16] = zeros;
            hs, h, c = scan x in xs from h = 0, c = 0 {
                a = x @ w + h @ u + b;
                c = sigmoid(a[:, 0:4]) * c + sigmoid(a[:, 4:8]) * tanh(a[:, 8:12]);
                h = sigmoid(a[:, 12:16]) * tanh(c);
                yield h;
            };
            loss = sum((hs - target) ** 2) + sum(h * c);
            function run(xs, target) -> (hs, loss, dx: grad(loss, xs)) minimizing loss with sgd(0.1);
        }
        network Masked {
            input xs : f64[T, N, 3]; input length : i32[N]; param w : f64[3, 3] = zeros;
            ys, last = scan reverse x in xs, t in 0 .. T from h = zeros {
                h = where(expand_dims(t < length, 1), tanh(x @ w + h), h);
                yield h * x;
            };
            loss = sum(ys) + sum(last ** 2);
            function run(xs, length) -> (last, ys, dx: grad(loss, xs), dw: grad(loss, w));
        }
        network Nested {
            input xs : f64[T, N, 3]; input h0 : f64[N, 3]; param u : f64[3, 3] = zeros; param b : f64[3] = zeros;
            ys, last = scan x in xs from h = h0 {
                inner, g = scan k in 0 .. 3 from g = h { g = tanh(g @ u + x * (0.3 + 0.1 * f64(k))); yield g * b; };
                h = g * 0.5 + sum(inner, 0);
                yield sin(h);
            };
            loss = sum(ys * ys) + sum(last);
            function run(xs, h0) -> (ys, dx: grad(loss, xs), dh: grad(loss, h0), du: grad(loss, u), db: grad(loss, b));
        }
        network Penalty {
            input xs : f64[T, N, 3]; param w : f64[3, 3] = zeros;
            _, last = scan x in xs from h = zeros([N, 3], f64) { h = tanh(x + h @ w); yield h; };
            loss = sum(last * last) + sum(xs * xs);
            slope = grad(loss, xs);
            penalty = sum(slope * slope) + sum(w * w);
            function run(xs) -> (slope, dx: grad(penalty, xs), dw: grad(penalty, w));
        }
        network Maps {
            input xs : f64[T, N, 3]; param w : f64[3, 2] = zeros;
            ys = scan x in xs { yield tanh(x @ w) + sum(x); };
            total, peak = scan y in ys from total = 0, peak = -infinity { total = total + y; peak = maximum(peak, max(y)); };
            function run(xs) -> (ys, total, peak, dw: grad(sum(total * total), w));
        }
        """;

    static readonly Compilation Compiled = Compilation.Create(new SourceText("scans.net", Programs), _ => null, new CompilerOptions());

    static readonly Lazy<CompiledNetwork> Code = new(() => CompiledNetwork.Compile(Compiled.Emit()));

    public static TheoryData<string, int, int> Cases
    {
        get
        {
            var cases = new TheoryData<string, int, int>();
            foreach (string name in new[] { "Lstm", "Masked", "Nested", "Penalty", "Maps" })
                foreach (var (steps, batch) in new[] { (0, 2), (1, 1), (5, 3), (2, 17) })
                    cases.Add(name, steps, batch);
            return cases;
        }
    }

    [Fact]
    public void The_programs_have_no_mistake() => Compiled.Diagnostics.Select(diagnostic => diagnostic.ToString()).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Compiled_code_gives_the_values_and_gradients_of_the_program(string name, int steps, int batch)
    {
        var function = Compiled.Networks.Single(network => network.Name == name).Functions.Single();
        var symbols = new Dictionary<string, long> { ["T"] = steps, ["N"] = batch };
        using var pool = new WorkerPool(2);
        var roots = function.Outputs.Select(output => output.Value).Concat(function.Updates.Select(update => update.Value)).ToImmutableArray();
        var values = Node.Reachable(roots).Where(node => node.Operator is Supplied).ToDictionary(node => node, node => Drawn(node, symbols));
        // Some fifty roundings a step forwards and back, of sums with up to 17 * 5 terms.
        EmittedFunction.Difference(Code.Value.Create(name, seed: 0, pool), function, values, symbols, roundings: 100 * (steps + 1) * 16).ShouldBeNull();
    }

    static ReferenceTensor Drawn(Node node, Dictionary<string, long> symbols)
    {
        var random = new Random(node.Id);
        var tensor = new ReferenceTensor([.. node.Shape.Dims.Select(dim => (int)dim.Evaluate(symbols))]);
        for (int i = 0; i < tensor.Data.Length; i++)
            tensor.Data[i] = node.Element.IsFloat() ? random.NextDouble() * 2 - 1 : random.Next(4);
        return EmittedFunction.Round(tensor, node.Element);
    }
}
