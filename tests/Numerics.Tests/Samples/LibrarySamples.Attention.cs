using NetCompiler.Operators;

namespace NetCompiler.Numerics.Tests.Samples;

internal static partial class LibrarySamples
{
    static IEnumerable<Sample> Normalisations()
    {
        double[] window = [.. Count(3).Select(i => Math.Exp(-0.5 * (i - 1) * (i - 1) / 2.25))];
        double[] gauss = [.. from i in Count(3) from j in Count(3) select window[i] * window[j] / window.Sum() / window.Sum()];
        return
        [
            Of("layer_norm", "layer_norm(x)", Rows, Operand.F64(4), Operand.F64(4))
                .Equal(v => [.. v[0].Chunk(4).SelectMany(row => Standard(row).Select((y, i) => y * v[1][i] + v[2][i]))]),
            Of("layer_norm", "layer_norm(x, axes: 2, epsilon: 0.1)", Operand.F64(3, 2, 2), Operand.F64(2, 2), Operand.F64(2, 2))
                .Equal(v => [.. v[0].Chunk(4).SelectMany(row => Standard(row, 0.1).Select((y, i) => y * v[1][i] + v[2][i]))]),
            Of("layer_norm", "layer_norm(x, affine: false)", Rows).Equal(v => [.. v[0].Chunk(4).SelectMany(row => Standard(row))]),
            Of("rms_norm", "rms_norm(x)", Rows, Operand.F64(4))
                .Equal(v => [.. v[0].Chunk(4).SelectMany(row => row.Select((y, i) => y / Math.Sqrt(row.Average(e => e * e) + 1e-5) * v[1][i]))]),
            Of("group_norm", "group_norm(x, 2)", Operand.F64(2, 4, 3), Operand.F64(4), Operand.F64(4))
                .Equal(v => [.. v[0].Chunk(6).SelectMany(group => Standard(group)).Select((y, i) => y * v[1][i / 3 % 4] + v[2][i / 3 % 4])]),
            Of("group_norm", "group_norm(x, 2, affine: false)", Operand.F64(2, 6)).Equal(v => [.. v[0].Chunk(3).SelectMany(group => Standard(group))]),
            Of("instance_norm", "instance_norm(x, epsilon: 0.01)", Images).Equal(v => [.. v[0].Chunk(20).SelectMany(channel => Standard(channel, 0.01))]),
            Of("local_response_norm", "local_response_norm(x, size: 3, alpha: 0.2)", Operand.F64(2, 5, 3)).Equal(v => ResponseNorm(v[0], 3, 1, 0.2, 2, 0.75)),
            Of("local_response_norm", "local_response_norm(x, size: 4, alpha: 0.4, average: true, beta: 0.5, k: 1.0)", Operand.F64(2, 5, 3))
                .Equal(v => ResponseNorm(v[0], 4, 2, 0.1, 1, 0.5)),
            Of("local_response_norm_within", "local_response_norm_within(x, alpha: 0.9, beta: 0.6)", Images)
                .Equal(v => [.. Window(v[0], 1, [.. Count(9).Select(_ => 0.1)], x => x * x).Select((s, i) => v[0][i] * Math.Pow(1 + s, -0.6))]),
            Each("inverse_power(x ** 2 + 1, 0.75)", x => Math.Pow(x * x + 1, -0.75)),
            Of("local_contrast_norm", "local_contrast_norm(x, size: 3, spread: 1.5)", Images).Equal(v =>
            {
                double[] centred = [.. v[0].Zip(Window(v[0], 2, gauss, x => x / 2), (x, mean) => x - mean)];
                double[] deviation = [.. Window(centred, 2, gauss, x => x * x / 2).Select(s => Math.Sqrt(s))];
                return [.. centred.Select((x, i) => x / Math.Max(deviation[i], deviation.Skip(i / 20 * 20).Take(20).Average()))];
            }),
            Of("gaussian_window", "sum(x) * gaussian_window(3, 1.5, f64)", Operand.F64(2)).Equal(v => [.. gauss.Select(w => w * v[0].Sum())]),
            Of("unit_length", "unit_length(x)", Rows).Equal(v => [.. v[0].Chunk(4).SelectMany(row => row.Select(x => x / Math.Sqrt(Dot(row, row))))]),
            Of("weight_norm", "weight_norm(x)", Rows, Operand.F64(1, 4))
                .Equal(v => [.. v[0].Select((x, i) => v[1][i % 4] * x / Math.Sqrt(Count(3).Sum(row => v[0][row * 4 + i % 4] * v[0][row * 4 + i % 4])))]),
            Of("weight_norm", "weight_norm(x, axis: 0)", Operand.F64(2, 2, 2), Operand.F64(2, 1, 1))
                .Equal(v => [.. v[0].Chunk(4).SelectMany((filter, channel) => filter.Select(x => v[1][channel] * x / Math.Sqrt(Dot(filter, filter))))]),
        ];
    }

    static double[] Standard(double[] x, double epsilon = 1e-5)
    {
        double mean = x.Average(), variance = x.Average(e => (e - mean) * (e - mean));
        return [.. x.Select(e => (e - mean) / Math.Sqrt(variance + epsilon))];
    }

    /// <summary>Over five channels of three places.</summary>
    static double[] ResponseNorm(double[] x, int size, int before, double alpha, double k, double beta) => [.. x.Select((e, i) =>
    {
        int channel = i / 3 % 5;
        double sum = Count(size).Select(offset => channel - before + offset).Where(c => c is >= 0 and < 5).Sum(c => Math.Pow(x[i + (c - channel) * 3], 2));
        return e * Math.Pow(k + alpha * sum, -beta);
    })];

    /// <summary>Weighted sums in windows of 3 by 3 over images [2, 2, 4, 5], of a channel by itself or of both together.</summary>
    static double[] Window(double[] images, int channels, double[] weights, Func<double, double> of) => [.. images.Select((_, at) =>
    {
        var (image, own, row, column) = (at / 40, at / 20 % 2, at / 5 % 4, at % 5);
        return (from c in channels == 1 ? [own] : Count(2)
                from i in Count(3)
                from j in Count(3)
                let y = row + i - 1
                let x = column + j - 1
                where y is >= 0 and < 4 && x is >= 0 and < 5
                select weights[i * 3 + j] * of(images[image * 40 + c * 20 + y * 5 + x])).Sum();
    })];

    static IEnumerable<Sample> Attentions()
    {
        var (q, k, v4) = (Operand.F64(2, 3, 4), Operand.F64(2, 5, 4), Operand.F64(2, 5, 2));
        var mask = Operand.Bool(2, 1, 5).Holding(1, 0, 1, 1, 0, 1, 1, 1, 0, 1);
        // Attention to these gives the weights.
        double[] places = [.. Identity(5), .. Identity(5)];
        Func<int, int, int, bool> all = (_, _, _) => true, masked = (n, _, j) => new[] { 1, 0, 1, 1, 0, 1, 1, 1, 0, 1 }[n * 5 + j] == 1, causal = (_, i, j) => j <= i;
        Func<double[], double[], double> scaled = (a, b) => Dot(a, b) / Math.Sqrt(a.Length);
        return
        [
            Of("dot_product_attention", "dot_product_attention(x, y, z)", q, k, v4).Equal(v => Attend(v[0], v[1], v[2], 2, 4, 4, scaled, all)),
            Of("dot_product_attention", "dot_product_attention(x, y, z, mask: u)", q, k, v4, mask).Equal(v => Attend(v[0], v[1], v[2], 2, 4, 4, scaled, masked)),
            Of("dot_product_attention", "dot_product_attention(x, y, z, causal: true)", q, k, v4).Equal(v => Attend(v[0], v[1], v[2], 2, 4, 4, scaled, causal)),
            Of("attention_weights", "attention_weights(x, y, mask: z)", q, k, mask).Equal(v => Attend(v[0], v[1], places, 2, 4, 4, scaled, masked)),
            Of("masked", "masked(x, y)", Rows, Rows).Equal(v => [.. v[0].Zip(v[1], (a, b) => a + b)]),
            Of("masked", "masked(x, y)", Rows, Operand.Bool(3, 1).Holding(1, 0, 1)).Equal(v => [.. v[0].Select((a, i) => i / 4 == 1 ? -1e30 : a)]) with { FlowsTo = [], NotCompared = [0] },
            Of("length_mask", "length_mask(x, 4)", Operand.I32(3).Holding(0, 2, 4)).Equal(_ => [0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1]),
            Of("additive_attention", "additive_attention(x, y, z, 3)", q, k, v4, Operand.F64(4, 3), Operand.F64(4, 3), Operand.F64(3))
                .Equal(v => Attend(v[0], v[1], v[2], 2, 4, 4, (a, b) => Additive(a, b, v[3], v[4], v[5]), all)),
            Of("additive_attention", "additive_attention(x, y, z, 3, mask: u)", Operand.F64(2, 4), k, v4, mask, Operand.F64(4, 3), Operand.F64(4, 3), Operand.F64(3))
                .Equal(v => Attend(v[0], v[1], v[2], 2, 4, 4, (a, b) => Additive(a, b, v[4], v[5], v[6]), masked)),
            Of("additive_attention_with_weights", "additive_attention_with_weights(x, y, y, 3)[1]", q, k, Operand.F64(4, 3), Operand.F64(4, 3), Operand.F64(3))
                .Equal(v => Attend(v[0], v[1], places, 2, 4, 4, (a, b) => Additive(a, b, v[2], v[3], v[4]), all)),
            Of("multi_head_attention", "multi_head_attention(x, 2, key_mask: y, causal: true)", Operand.F64(2, 3, 4).Between(-1, 1), Operand.Bool(2, 3).Holding(1, 1, 0, 1, 0, 1),
                Operand.F64(4, 12), Operand.F64(12), Operand.F64(4, 4), Operand.F64(4)).Equal(v =>
            {
                double[] all = Affine(v[0], 4, v[2], v[3]);
                double[][] qkv = [.. Count(3).Select(part => (double[])[.. all.Chunk(12).SelectMany(row => row.Skip(part * 4).Take(4))])];
                return Affine(Heads(qkv[0], qkv[1], qkv[2], (n, i, j) => j <= i && v[1][n * 3 + j] != 0), 4, v[4], v[5]);
            }),
            Of("multi_head_attention", "multi_head_attention(x, 2, y, mask: z, bias: false)", Operand.F64(2, 3, 4).Between(-1, 1), Operand.F64(2, 5, 3), Operand.F64(3, 5),
                Operand.F64(4, 4), Operand.F64(3, 8), Operand.F64(4, 4)).Equal(v =>
            {
                double[] all = Affine(v[1], 3, v[4]);
                double[][] kv = [.. Count(2).Select(part => (double[])[.. all.Chunk(8).SelectMany(row => row.Skip(part * 4).Take(4))])];
                return Affine(Heads(Affine(v[0], 4, v[3]), kv[0], kv[1], (_, _, _) => true, v[2]), 4, v[5]);
            }),
            Of("split_heads", "split_heads(x, 2, 2)[1]", Operand.F64(1, 2, 8)).Equal(v => [.. new[] { 4, 5, 12, 13, 6, 7, 14, 15 }.Select(i => v[0][i])]),
            Of("join_heads", "join_heads(x)", Operand.F64(1, 2, 2, 2)).Equal(v => [.. new[] { 0, 1, 4, 5, 2, 3, 6, 7 }.Select(i => v[0][i])]),
            Of("sinusoidal_positions", "sinusoidal_positions(x)", Operand.F64(2, 3, 5)).Equal(v => [.. v[0].Select((x, at) =>
            {
                double angle = at / 5 % 3 / Math.Pow(10000, at % 5 / 2 * 2 / 5.0);
                return x + (at % 5 % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle));
            })]),
            Of("learned_positions", "learned_positions(x, 4)", Operand.F64(2, 3, 2), Operand.F64(4, 2)).Equal(v => [.. v[0].Select((x, i) => x + v[1][i % 6])]),
            Of("rotary_positions", "rotary_positions(x)", Operand.F64(2, 3, 4)).Equal(v => [.. v[0].Select((x, at) =>
            {
                double angle = at / 4 % 3 / Math.Pow(10000, at % 2 * 2 / 4.0);
                return at % 4 < 2 ? x * Math.Cos(angle) - v[0][at + 2] * Math.Sin(angle) : v[0][at - 2] * Math.Sin(angle) + x * Math.Cos(angle);
            })]),
            Of("feed_forward", "feed_forward(x, 3, activation: tanh)", Rows, Operand.F64(4, 3), Operand.F64(3), Operand.F64(3, 4), Operand.F64(4))
                .Equal(v => Affine([.. Affine(v[0], 4, v[1], v[2]).Select(x => Math.Tanh(x))], 3, v[3], v[4])),
            Of("feed_forward", "feed_forward(x, 3, activation: tanh, drop: 0.4)", Rows),
            Of("transformer_encoder_block", "transformer_encoder_block(x, 2, width: 3, activation: gelu, drop: 0.3)", Operand.F64(2, 3, 4)) with { Order = 1 },
            Block("transformer_encoder_block(x, 2, width: 3, activation: tanh)", false),
            Block("transformer_encoder_block(x, 2, width: 3, activation: tanh, norm_first: true)", true),
            Decoder("transformer_decoder_block(x, y, 2, width: 3, activation: tanh)", false),
            Decoder("transformer_decoder_block(x, y, 2, width: 3, activation: tanh, norm_first: true)", true),
            Of("masking_noise", "masking_noise(x)", Rows),
            Of("tied_dense", "tied_dense(x, y)", Rows, Operand.F64(2, 4), Operand.F64(2))
                .Equal(v => [.. v[0].Chunk(4).SelectMany(row => v[1].Chunk(4).Select((weight, i) => Dot(row, weight) + v[2][i]))]),
        ];
    }

    /// <summary>Attention of <paramref name="batch"/> samples with queries of d and values of any width.</summary>
    static double[] Attend(
        double[] q, double[] k, double[] v, int batch, int d, int e, Func<double[], double[], double> score, Func<int, int, int, bool> sees)
    {
        int steps = q.Length / batch / d, places = k.Length / batch / e, width = v.Length / batch / places;
        return [.. from n in Count(batch)
            from i in Count(steps)
            let query = q.Skip((n * steps + i) * d).Take(d).ToArray()
            let weights = Softmax([.. Count(places).Select(j => sees(n, i, j) ? score(query, [.. k.Skip((n * places + j) * e).Take(e)]) : double.NegativeInfinity)])
            from f in Count(width)
            select Count(places).Sum(j => weights[j] * v[(n * places + j) * width + f])];
    }

    static double Additive(double[] q, double[] k, double[] queryWeight, double[] keyWeight, double[] score) =>
        Dot(score, [.. Affine(q, q.Length, queryWeight).Zip(Affine(k, k.Length, keyWeight), (a, b) => Math.Tanh(a + b))]);

    /// <summary>Two heads of two features, for two samples; <paramref name="added"/> [steps, places] is added to the scores.</summary>
    static double[] Heads(double[] q, double[] k, double[] v, Func<int, int, int, bool> sees, double[]? added = null)
    {
        double[] Half(double[] x, int head) => [.. x.Chunk(4).SelectMany(row => row.Skip(head * 2).Take(2))];
        int places = k.Length / 8;
        double[][] heads = [.. Count(2).Select(head =>
        {
            var (queries, keys) = (Half(q, head).Chunk(2).ToList(), Half(k, head).Chunk(2).ToList());
            int steps = queries.Count / 2;
            return (double[])[.. from n in Count(2)
                from i in Count(steps)
                let weights = Softmax([.. Count(places).Select(j => sees(n, i, j)
                    ? Dot(queries[n * steps + i], keys[n * places + j]) / Math.Sqrt(2) + (added?[i * places + j] ?? 0) : double.NegativeInfinity)])
                from f in Count(2)
                select Count(places).Sum(j => weights[j] * v[(n * places + j) * 4 + head * 2 + f])];
        })];
        return [.. heads[0].Chunk(2).Zip(heads[1].Chunk(2), (a, b) => a.Concat(b)).SelectMany(row => row)];
    }

    static double[] Plus(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];

    static double[] LayerNorm(double[] x, double[] weight, double[] bias) =>
        [.. x.Chunk(4).SelectMany(row => Standard(row).Select((y, i) => y * weight[i] + bias[i]))];

    static double[] SelfAttention(double[] x, double[][] p, Func<int, int, int, bool> sees)
    {
        double[] all = Affine(x, 4, p[0], p[1]);
        double[][] qkv = [.. Count(3).Select(part => (double[])[.. all.Chunk(12).SelectMany(row => row.Skip(part * 4).Take(4))])];
        return Affine(Heads(qkv[0], qkv[1], qkv[2], sees), 4, p[2], p[3]);
    }

    static double[] CrossAttention(double[] x, double[] memory, double[][] p)
    {
        double[] all = Affine(memory, 3, p[1], p[3]);
        double[][] kv = [.. Count(2).Select(part => (double[])[.. all.Chunk(8).SelectMany(row => row.Skip(part * 4).Take(4))])];
        return Affine(Heads(Affine(x, 4, p[0], p[2]), kv[0], kv[1], (_, _, _) => true), 4, p[4], p[5]);
    }

    static double[] FeedForward(double[] x, double[][] p) => Affine([.. Affine(x, 4, p[0], p[1]).Select(e => Math.Tanh(e))], 3, p[2], p[3]);

    // The variables come in the order in which they are applied.
    static Sample Block(string expression, bool first)
    {
        var x = Operand.F64(2, 3, 4).Between(-1, 1);
        Operand[] attention = [Operand.F64(4, 12), Operand.F64(12), Operand.F64(4, 4), Operand.F64(4)];
        Operand[] feed = [Operand.F64(4, 3), Operand.F64(3), Operand.F64(3, 4), Operand.F64(4)], norm = [Operand.F64(4), Operand.F64(4)];
        Operand[] order = first ? [x, .. norm, .. attention, .. norm, .. feed] : [x, .. attention, .. norm, .. feed, .. norm];
        return Of("transformer_encoder_block", expression, order) with { Order = 1, Formula = v =>
        {
            if (first)
            {
                double[] y = Plus(v[0], SelfAttention(LayerNorm(v[0], v[1], v[2]), v[3..7], (_, _, _) => true));
                return Plus(y, FeedForward(LayerNorm(y, v[7], v[8]), v[9..13]));
            }
            double[] z = LayerNorm(Plus(v[0], SelfAttention(v[0], v[1..5], (_, _, _) => true)), v[5], v[6]);
            return LayerNorm(Plus(z, FeedForward(z, v[7..11])), v[11], v[12]);
        } };
    }

    static Sample Decoder(string expression, bool first)
    {
        Operand x = Operand.F64(2, 3, 4).Between(-1, 1), memory = Operand.F64(2, 5, 3);
        Operand[] attention = [Operand.F64(4, 12), Operand.F64(12), Operand.F64(4, 4), Operand.F64(4)];
        Operand[] cross = [Operand.F64(4, 4), Operand.F64(3, 8), Operand.F64(4), Operand.F64(8), Operand.F64(4, 4), Operand.F64(4)];
        Operand[] feed = [Operand.F64(4, 3), Operand.F64(3), Operand.F64(3, 4), Operand.F64(4)], norm = [Operand.F64(4), Operand.F64(4)];
        Operand[] order = first ? [x, memory, .. norm, .. attention, .. norm, .. cross, .. norm, .. feed] : [x, memory, .. attention, .. norm, .. cross, .. norm, .. feed, .. norm];
        return Of("transformer_decoder_block", expression, order) with { Order = 1, Formula = v =>
        {
            Func<int, int, int, bool> causal = (_, i, j) => j <= i;
            if (first)
            {
                double[] y = Plus(v[0], SelfAttention(LayerNorm(v[0], v[2], v[3]), v[4..8], causal));
                y = Plus(y, CrossAttention(LayerNorm(y, v[8], v[9]), v[1], v[10..16]));
                return Plus(y, FeedForward(LayerNorm(y, v[16], v[17]), v[18..22]));
            }
            double[] z = LayerNorm(Plus(v[0], SelfAttention(v[0], v[2..6], causal)), v[6], v[7]);
            z = LayerNorm(Plus(z, CrossAttention(z, v[1], v[8..14])), v[14], v[15]);
            return LayerNorm(Plus(z, FeedForward(z, v[16..20])), v[20], v[21]);
        } };
    }
}
