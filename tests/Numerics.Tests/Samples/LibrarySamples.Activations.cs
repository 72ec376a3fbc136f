using NetCompiler.Operators;

namespace NetCompiler.Numerics.Tests.Samples;

internal static partial class LibrarySamples
{
    static IEnumerable<Sample> Activations()
    {
        static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
        static double Normal(double x) => 0.5 * (1 + SpecialFunctions.Erf(x / Math.Sqrt(2)));
        static double Elu(double x, double alpha) => x > 0 ? x : alpha * (Math.Exp(x) - 1);
        return
        [
            Each("identity(x)", x => x),
            Each("relu(x)", x => Math.Max(x, 0)),
            Each("leaky_relu(x, slope: 0.2)", x => x > 0 ? x : 0.2 * x),
            Of("parametric_relu", "parametric_relu(x)", Rows, Operand.F64().Holding(0.3)).Equal(v => [.. v[0].Select(x => x > 0 ? x : 0.3 * x)]),
            Of("parametric_relu", "parametric_relu(x, channels: true)", Images, Operand.F64(2).Holding(0.3, -0.2))
                .Equal(v => [.. v[0].Select((x, i) => x > 0 ? x : v[1][i / 20 % 2] * x)]),
            Each("elu(x, alpha: 1.5)", x => Elu(x, 1.5)),
            Each("celu(x, alpha: 0.7)", x => x > 0 ? x : 0.7 * (Math.Exp(x / 0.7) - 1)),
            Each("selu(x)", x => 1.0507009873554805 * Elu(x, 1.6732632423543772)),
            Each("gelu(x)", x => x * Normal(x)),
            Each("gelu(x, approximate: true)", x => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * Math.Pow(x, 3))))),
            Each("silu(x)", x => x * Sigmoid(x)),
            Each("mish(x)", x => x * Math.Tanh(Math.Log(1 + Math.Exp(x)))),
            Each("softsign(x)", x => x / (1 + Math.Abs(x))),
            Each("log_sigmoid(x)", x => Math.Log(Sigmoid(x))),
            Each("tanh_shrink(x)", x => x - Math.Tanh(x)),
            Each("relu6(x)", x => Math.Clamp(x, 0, 6), 9),
            Each("hard_tanh(x)", x => Math.Clamp(x, -1, 1)),
            Each("hard_tanh(x, low: -0.5, high: 1.5)", x => Math.Clamp(x, -0.5, 1.5)),
            Each("hard_sigmoid(x)", x => Math.Clamp((x + 3) / 6, 0, 1), 5),
            Each("hard_swish(x)", x => x * Math.Clamp((x + 3) / 6, 0, 1), 5),
            Each("hard_shrink(x)", x => Math.Abs(x) > 0.5 ? x : 0),
            Each("soft_shrink(x, threshold: 0.7)", x => x > 0.7 ? x - 0.7 : x < -0.7 ? x + 0.7 : 0),
            Each("threshold(x, at: 0.3, value: -1)", x => x > 0.3 ? x : -1),
            Of("glu", "glu(x)", Rows).Equal(v => Gate(v[0], (a, b) => a * Sigmoid(b))),
            Of("glu", "glu(x, axis: 1)", Operand.F64(2, 4, 3)).Equal(v =>
                [.. from n in Count(2) from c in Count(2) from i in Count(3) select v[0][(n * 4 + c) * 3 + i] * Sigmoid(v[0][(n * 4 + c + 2) * 3 + i])]),
            Of("swiglu", "swiglu(x)", Rows).Equal(v => Gate(v[0], (a, b) => a * Sigmoid(a) * b)),
            Of("geglu", "geglu(x)", Rows).Equal(v => Gate(v[0], (a, b) => a * Normal(a) * b)),
            Of("max_of_pieces", "max_of_pieces(x)", Rows).Equal(v => [.. v[0].Chunk(2).Select(Enumerable.Max)]),
            Of("max_of_pieces", "max_of_pieces(x, axis: 1, pieces: 2)", Images)
                .Equal(v => [.. from n in Count(2) from i in Count(20) select Math.Max(v[0][n * 40 + i], v[0][n * 40 + 20 + i])]),
            Of("maxout", "maxout(x, 2, pieces: 3)", Rows, Operand.F64(4, 6), Operand.F64(6))
                .Equal(v => [.. Affine(v[0], 4, v[1], v[2]).Chunk(3).Select(Enumerable.Max)]),
            Of("softmax", "softmax(x)", Rows).Equal(v => [.. v[0].Chunk(4).SelectMany(Softmax)]),
            Of("softmax", "softmax(x, axis: 0)", Operand.F64(3, 1)).Equal(v => Softmax(v[0])),
            Of("log_softmax", "log_softmax(x)", Rows).Equal(v => [.. v[0].Chunk(4).SelectMany(Softmax).Select(p => Math.Log(p))]),
            Of("log_softmax", "log_softmax(x, axis: 1)", Operand.F64(2, 3, 2)).Equal(v => [.. from n in Count(2) from c in Count(3) from i in Count(2)
                select Math.Log(Softmax([v[0][n * 6 + i], v[0][n * 6 + 2 + i], v[0][n * 6 + 4 + i]])[c])]),
            Of("logsumexp", "logsumexp(x)", Rows).Equal(v => [.. v[0].Chunk(4).Select(LogSumExp)]),
            Of("along_channels", "along_channels(x, y)", Operand.F64(2), Images) with { FlowsTo = [0], NotCompared = [1], Formula = v => v[0] },
        ];
    }

    /// <summary>A function of each element, whose name the expression starts with.</summary>
    static Sample Each(string expression, Func<double, double> formula, double bound = 2) =>
        Of(expression.Split('(')[0], expression, Rows.Between(-bound, bound)).Equal(v => [.. v[0].Select(formula)]);

    static double[] Gate(double[] rows, Func<double, double, double> gate) =>
        [.. rows.Chunk(4).SelectMany(row => new[] { gate(row[0], row[2]), gate(row[1], row[3]) })];

    static IEnumerable<int> Count(int count) => Enumerable.Range(0, count);

    static double LogSumExp(double[] x) => Math.Log(x.Sum(Math.Exp));

    static double[] Softmax(double[] x) => [.. x.Select(e => Math.Exp(e) / x.Sum(Math.Exp))];

    /// <summary>x [rows, inputs] @ weight [inputs, units] + bias.</summary>
    static double[] Affine(double[] x, int inputs, double[] weight, double[]? bias = null)
    {
        int units = weight.Length / inputs;
        return [.. from row in x.Chunk(inputs) from unit in Count(units)
            select row.Select((element, i) => element * weight[i * units + unit]).Sum() + (bias?[unit] ?? 0)];
    }
}
