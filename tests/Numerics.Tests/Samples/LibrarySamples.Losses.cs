using NetCompiler.Graph;

namespace NetCompiler.Numerics.Tests.Samples;

internal static partial class LibrarySamples
{
    static Operand Labels => Operand.I32(3).Holding(0, 3, 1);
    static Operand Signs => Operand.F64(6).Holding(1, -1, 1, -1, -1, 1);
    static Operand Vector => Operand.F64(6);
    static Operand Shares => Operand.F64(6).Between(0, 1);
    static Operand Weights => Operand.F64(4).Holding(0.5, 2, 1, 0.25);
    static Operand Distribution => Operand.F64(3, 4).Holding(0.1, 0.2, 0.3, 0.4, 0.7, 0.15, 0.05, 0.1, 0.25, 0.25, 0.3, 0.2);

    static IEnumerable<Sample> Losses()
    {
        int[] labels = [0, 3, 1];
        double[] weights = [0.5, 2, 1, 0.25];
        double[][] LogP(double[] x) => [.. x.Chunk(4).Select(row => (double[])[.. Softmax(row).Select(p => Math.Log(p))])];
        double[] Nlls(double[] x) => [.. LogP(x).Select((row, i) => -row[labels[i]])];
        // The share e of a label is spread over all classes, each as heavy as its weight.
        double[] Spread(double[] x, double e, double[] w) =>
            [.. LogP(x).Select((row, i) => -(1 - e) * w[labels[i]] * row[labels[i]] - e / 4 * row.Zip(w, (logP, weight) => weight * logP).Sum())];
        double[] PerLabel(double[] x, Func<double[], int, double> loss) => [.. x.Chunk(4).Select((row, i) => loss(row, labels[i]))];
        double Others(double[] row, int label, Func<double, double> term) => row.Where((_, i) => i != label).Sum(term);
        double Bce(double x, double y) => -(y * Math.Log(1 / (1 + Math.Exp(-x))) + (1 - y) * Math.Log(1 / (1 + Math.Exp(x))));
        double Huber(double d, double delta) => d < delta ? d * d / 2 : delta * (d - delta / 2);
        return
        [
            Of("cross_entropy", "cross_entropy(x, y)", Rows, Labels).Equal(v => [Nlls(v[0]).Average()]),
            Of("cross_entropy", "cross_entropy(x, y, reduce: sum)", Rows, Labels).Equal(v => [Nlls(v[0]).Sum()]),
            Of("cross_entropy", "cross_entropy(x, y, smoothing: 0.1)", Rows, Labels).Equal(v => [Spread(v[0], 0.1, [1, 1, 1, 1]).Average()]),
            Of("cross_entropy", "cross_entropy(x, y, ignore: 3)", Rows, Labels).Equal(v => [(Nlls(v[0])[0] + Nlls(v[0])[2]) / 2]),
            Of("cross_entropy", "cross_entropy(x, y, ignore: [-1, 9])", Rows, Operand.I32(3).Holding(0, -1, 9)).Equal(v => [Nlls(v[0])[0]]),
            Of("cross_entropy", "cross_entropy(x, y, class_weights: [0.5, 2, 1, 0.25], smoothing: 0.2)", Rows, Labels)
                .Equal(v => [Spread(v[0], 0.2, weights).Sum() / (0.5 + 0.25 + 2)]),
            Of("cross_entropy", "cross_entropy(x, y, class_weights: z, ignore: 1)", Rows, Labels, Weights)
                .Equal(v => [(0.5 * Nlls(v[0])[0] + 0.25 * Nlls(v[0])[1]) / 0.75]),
            Of("cross_entropy", "cross_entropy(x, y, axis: 1)", Operand.F64(3, 4, 1), Operand.I32(3, 1).Holding(0, 3, 1)).Equal(v => [Nlls(v[0]).Average()]),
            Of("cross_entropies", "cross_entropies(x, y)", Rows, Labels).Equal(v => Nlls(v[0])),
            Of("cross_entropies", "cross_entropies(x, y, smoothing: 0.1, class_weights: z)", Rows, Labels, Weights).Equal(v => Spread(v[0], 0.1, v[2])),
            Of("cross_entropies", "cross_entropies(x, y)", Rows, Distribution)
                .Equal(v => [.. LogP(v[0]).Zip(v[1].Chunk(4), (logP, p) => -logP.Zip(p, (a, b) => a * b).Sum())]),
            Of("cross_entropies", "cross_entropies(x, y, smoothing: 0.2, class_weights: [0.5, 2, 1, 0.25])", Rows, Distribution)
                .Equal(v => [.. LogP(v[0]).Zip(v[1].Chunk(4), (logP, p) => -Count(4).Sum(c => weights[c] * (0.8 * p[c] + 0.05) * logP[c]))]),
            Of("nll", "nll(x, y)", Rows, Labels).Equal(v => [-(v[0][0] + v[0][7] + v[0][9]) / 3]),
            Of("nll", "nll(x, y, class_weights: z)", Rows, Labels, Weights).Equal(v => [-(0.5 * v[0][0] + 0.25 * v[0][7] + 2 * v[0][9]) / 2.75]),
            Of("nll", "nll(x, y, ignore: 0, reduce: sum)", Rows, Labels).Equal(v => [-(v[0][7] + v[0][9])]),
            Mean("binary_cross_entropy(x, y)", Vector, Shares, Bce),
            Mean("binary_cross_entropy(x, y, positive_weight: 3)", Vector, Shares, (x, y) => -(3 * y * Math.Log(1 / (1 + Math.Exp(-x))) + (1 - y) * Math.Log(1 / (1 + Math.Exp(x))))),
            Mean("binary_nll(x, y)", Shares, Shares, (p, y) => -(y * Math.Log(p) + (1 - y) * Math.Log(1 - p))),
            Mean("mse(x, y)", Rows, Rows, (x, y) => (x - y) * (x - y)),
            Of("mse", "mse(x, y, reduce: identity)", Rows, Rows).Equal(v => [.. v[0].Zip(v[1], (x, y) => (x - y) * (x - y))]),
            Mean("mae(x, y)", Rows, Rows, (x, y) => Math.Abs(x - y)),
            Mean("huber(x, y, delta: 0.7)", Rows, Rows, (x, y) => Huber(Math.Abs(x - y), 0.7)),
            Mean("smooth_l1(x, y, beta: 0.7)", Rows, Rows, (x, y) => Huber(Math.Abs(x - y), 0.7) / 0.7),
            Mean("hinge(x, y)", Vector, Signs, (x, y) => Math.Max(0, 1 - y * x)),
            Mean("squared_hinge(x, y)", Vector, Signs, (x, y) => Math.Pow(Math.Max(0, 1 - y * x), 2)),
            Mean("soft_margin(x, y)", Vector, Signs, (x, y) => Math.Log(1 + Math.Exp(-y * x))),
            Of("one_against_all_hinge", "one_against_all_hinge(x, y)", Rows, Labels)
                .Equal(v => [PerLabel(v[0], (row, y) => Math.Max(0, 1 - row[y]) + Others(row, y, s => Math.Max(0, 1 + s))).Average()]),
            Of("one_against_all_hinge", "one_against_all_hinge(x, y, squared: true)", Rows, Labels)
                .Equal(v => [PerLabel(v[0], (row, y) => Math.Pow(Math.Max(0, 1 - row[y]), 2) + Others(row, y, s => Math.Pow(Math.Max(0, 1 + s), 2))).Average()]),
            Of("weston_watkins_hinge", "weston_watkins_hinge(x, y, margin: 0.5)", Rows, Labels)
                .Equal(v => [PerLabel(v[0], (row, y) => Others(row, y, s => Math.Max(0, 0.5 + s - row[y]))).Average()]),
            Of("weston_watkins_hinge", "weston_watkins_hinge(x, y, margin: 0.9, squared: true, reduce: identity)", Rows, Labels)
                .Equal(v => PerLabel(v[0], (row, y) => Others(row, y, s => Math.Pow(Math.Max(0, 0.9 + s - row[y]), 2)))),
            Of("crammer_singer_hinge", "crammer_singer_hinge(x, y, margin: 0.9)", Rows, Labels)
                .Equal(v => [PerLabel(v[0], (row, y) => Math.Max(0, 0.9 + row.Where((_, i) => i != y).Max() - row[y])).Average()]),
            Of("kl_divergence", "kl_divergence(x, y)", Rows, Distribution).Equal(v => [v[0].Zip(v[1], (logQ, p) => p * (Math.Log(p) - logQ)).Sum() / 3]),
            Mean("poisson_nll(x, y)", Vector, Shares, (x, y) => Math.Exp(x) - y * x),
            Of("gaussian_nll", "gaussian_nll(x, y, z)", Vector, Vector, Vector.Between(0.5, 2))
                .Equal(v => [Count(6).Average(i => (Math.Log(v[2][i]) + Math.Pow(v[0][i] - v[1][i], 2) / v[2][i]) / 2)]),
            Of("cosine_similarity", "cosine_similarity(x, y)", Rows, Rows).Equal(v => Pairs(v, Cosine)),
            Of("cosine_embedding", "cosine_embedding(x, y, z, margin: -0.9)", Rows, Rows, Operand.F64(3).Holding(1, -1, -1)) with { FlowsTo = [0, 1], Formula =
                v => [Pairs(v, Cosine).Select((c, i) => i == 0 ? 1 - c : Math.Max(0, c + 0.9)).Average()] },
            Of("distance", "distance(x, y)", Rows, Rows).Equal(v => Pairs(v, Distance)),
            Of("distance", "distance(x, y, p: 1, epsilon: 0)", Rows, Rows).Equal(v => Pairs(v, (a, b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Sum())),
            Of("contrastive", "contrastive(x, y, z, margin: 4)", Rows, Rows, Operand.Bool(3).Holding(1, 0, 0))
                .Equal(v => [Pairs(v, Distance).Select((d, i) => i == 0 ? d * d / 2 : Math.Pow(Math.Max(0, 4 - d), 2) / 2).Average()]),
            Of("triplet", "triplet(x, y, z, margin: 3)", Rows, Rows, Rows)
                .Equal(v => [Pairs(v, Distance).Zip(Pairs([v[0], v[2]], Distance), (near, far) => Math.Max(0, 3 + near - far)).Average()]),
            Of("margin_ranking", "margin_ranking(x, y, z, margin: 0.5)", Vector, Vector, Signs)
                .Equal(v => [Count(6).Average(i => Math.Max(0, 0.5 - v[2][i] * (v[0][i] - v[1][i])))]),
            Of("l1", "l1(x)", Rows).Equal(v => [v[0].Sum(Math.Abs)]),
            Of("l2", "l2(x)", Rows).Equal(v => [v[0].Sum(x => x * x) / 2]),
            Of("dynamic_scale", "x * dynamic_scale(sum(x) > 0)", Rows).Equal(v => [.. v[0].Select(x => x * v[1][0])]),
            Of("penalized", "penalized(x, y, decay: 0.5, l1: 0.25)", Rows, Rows).Equal(v => [.. v[0].Zip(v[1], (g, w) => g + 0.5 * w + 0.25 * Math.Sign(w))]),
            Of("at_label", "at_label(x, y)", Rows, Labels).Equal(v => [v[0][0], v[0][7], v[0][9]]),
            Of("label_weights", "label_weights(y, 4, x, ignore: 3, type: f64)", Weights, Labels).Equal(v => [0.5, 0, 2]),
            Of("vector", "x * vector([1, 2, 3.5, 4], f64)", Rows).Equal(v => [.. v[0].Select((x, i) => x * new[] { 1, 2, 3.5, 4 }[i % 4])]),
            Of("is_any_of", "is_any_of(x, [3, 1])", Labels).Equal(_ => [0, 1, 1]),
            Of("is_label", "if is_label(y) then x else -x", Vector, Labels).Equal(v => v[0]),
        ];
    }

    static IEnumerable<Sample> Metrics()
    {
        var predicted = Operand.I32(2, 3).Holding(0, 1, 1, 2, 0, 2);
        var label = Operand.I32(2, 3).Holding(0, 1, 2, 2, 2, 5);
        var counts = Operand.I32(3, 3).Holding(4, 1, 0, 2, 3, 0, 1, 1, 0);
        return
        [
            Of("accuracy", "accuracy(x, y)", Rows.Holding(5, 1, 2, 3, 1, 2, 3, 4, 1, 2, 3, 0), Labels).WithoutGradient().Equal(_ => [2 / 3.0]),
            Of("top_k_accuracy", "top_k_accuracy(x, y, k: 2)", Rows.Holding(5, 1, 2, 3, 1, 4, 2, 3, 1, 2, 3, 4), Labels).WithoutGradient().Equal(_ => [2 / 3.0]),
            Of("binary_accuracy", "binary_accuracy(x, y)", Vector, Shares).WithoutGradient()
                .Equal(v => [v[0].Zip(v[1], (x, y) => x > 0.5 == y > 0.5 ? 1.0 : 0).Average()]),
            Of("confusion", "confusion(x, y, 3)", predicted, label).Equal(_ => [1, 0, 0, 0, 1, 0, 1, 1, 1]),
            Of("precision", "precision(x)", counts).Equal(_ => [4 / 7.0, 3 / 5.0, 0]),
            Of("recall", "recall(x)", counts).Equal(_ => [4 / 5.0, 3 / 5.0, 0]),
            Of("f1", "f1(x)", counts).Equal(_ => [8 / 12.0, 6 / 10.0, 0]),
            Of("hits", "hits(x)", counts).Equal(_ => [4, 3, 0]),
            Of("perplexity", "perplexity(x, y)", Rows, Labels).Equal(v => [Math.Exp(v[0].Chunk(4).Select((row, i) => LogSumExp(row) - row[new[] { 0, 3, 1 }[i]]).Average())]),
            Of("r2", "r2(x, y)", Vector, Vector).Equal(v =>
                [1 - v[0].Zip(v[1], (p, t) => (p - t) * (p - t)).Sum() / v[1].Sum(t => Math.Pow(t - v[1].Average(), 2))]),
        ];
    }

    /// <summary>The mean of a function of two elements.</summary>
    static Sample Mean(string expression, Operand x, Operand y, Func<double, double, double> formula) =>
        Of(expression.Split('(')[0], expression, x, y).Equal(v => [v[0].Zip(v[1], formula).Average()]);

    static double[] Pairs(double[][] v, Func<double[], double[], double> formula) => [.. v[0].Chunk(4).Zip(v[1].Chunk(4), formula)];

    static double Cosine(double[] a, double[] b) => Dot(a, b) / Math.Sqrt(Dot(a, a) * Dot(b, b));

    static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b, (x, y) => (x - y + 1e-6) * (x - y + 1e-6)).Sum());
}
