namespace NetCompiler.Numerics.Tests.Samples;

internal static partial class LibrarySamples
{
    /// <summary>The next states from an input and the states.</summary>
    delegate (double[] H, double[] C) Cell(double[] x, double[] h, double[] c);

    static double Logistic(double x) => 1 / (1 + Math.Exp(-x));

    static Cell Rnn(double[] input, double[] state, double[] bias, Func<double, double>? activation = null) => (x, h, c) =>
        ([.. Plus(Affine(x, x.Length, input, bias), Affine(h, h.Length, state)).Select(activation ?? Math.Tanh)], c);

    static Cell Lstm(double[] input, double[] state, double[] bias, double[]? peephole = null, double forgetBias = 0) => (x, h, c) =>
    {
        int units = h.Length;
        double[] gates = Plus(Affine(x, x.Length, input, bias), Affine(h, units, state));
        double Peep(int gate, int unit, double[] cell) => (peephole?[gate * units + unit] ?? 0) * cell[unit];
        double[] next = [.. Count(units).Select(u => Logistic(gates[units + u] + forgetBias + Peep(1, u, c)) * c[u] + Logistic(gates[u] + Peep(0, u, c)) * Math.Tanh(gates[2 * units + u]))];
        return ([.. Count(units).Select(u => Logistic(gates[3 * units + u] + Peep(2, u, next)) * Math.Tanh(next[u]))], next);
    };

    static Cell Gru(double[] input, double[] state, double[]? bias = null, double[]? stateBias = null) => (x, h, c) =>
    {
        int units = h.Length;
        double[] a = Affine(x, x.Length, input, bias), b = Affine(h, units, state, stateBias);
        return ([.. Count(units).Select(u =>
        {
            double r = Logistic(a[u] + b[u]), z = Logistic(a[units + u] + b[units + u]), n = Math.Tanh(a[2 * units + u] + r * b[2 * units + u]);
            return (1 - z) * n + z * h[u];
        })], c);
    };

    /// <summary>A cell over a sequence [steps, 2, inputs]: all h, 0 beyond the lengths, and the last h and c.</summary>
    static (double[] All, double[] H, double[] C) Walk(double[] xs, int inputs, int units, Cell cell, bool reverse = false, int[]? lengths = null, double[]? h = null, double[]? c = null)
    {
        int steps = xs.Length / 2 / inputs;
        var all = new double[steps * 2 * units];
        double[] lastH = new double[2 * units], lastC = new double[2 * units];
        for (int n = 0; n < 2; n++)
        {
            double[] own = h?[(n * units)..((n + 1) * units)] ?? new double[units], ownC = c?[(n * units)..((n + 1) * units)] ?? new double[units];
            int length = lengths?[n] ?? steps;
            foreach (int t in reverse ? Count(length).Reverse() : Count(length))
            {
                (own, ownC) = cell(xs[((t * 2 + n) * inputs)..((t * 2 + n + 1) * inputs)], own, ownC);
                own.CopyTo(all, (t * 2 + n) * units);
            }
            own.CopyTo(lastH, n * units);
            ownC.CopyTo(lastC, n * units);
        }
        return (all, lastH, lastC);
    }

    static double[] Join(double[] a, int aWidth, double[] b, int bWidth) =>
        [.. a.Chunk(aWidth).Zip(b.Chunk(bWidth), (left, right) => left.Concat(right)).SelectMany(row => row)];

    static IEnumerable<Sample> Recurrences()
    {
        var sequence = Operand.F64(3, 2, 2);
        var (x, h, c) = (Operand.F64(2, 2), Operand.F64(2, 3), Operand.F64(2, 3));
        var lengths = Operand.I32(2).Holding(3, 1);
        Operand[] Weights(int gates, int inputs = 2, int units = 3) => [Operand.F64(inputs, gates * units).Between(-1, 1), Operand.F64(units, gates * units).Between(-1, 1), Operand.F64(gates * units).Between(-1, 1)];
        Operand[] GruWeights(int inputs = 2, int units = 3) => [.. Weights(3, inputs, units), Operand.F64(3 * units)];
        return
        [
            Of("rnn_cell", "rnn_cell(x, y)", [x, h, .. Swap(Weights(1))]).Equal(v => Walk(v[0], 2, 3, Rnn(v[2], v[4], v[3]), h: v[1]).H),
            Of("rnn_step", "rnn_step(x, y, z)", h, h, Operand.F64(3, 3)).Equal(v => [.. Plus(v[0], Affine(v[1], 3, v[2])).Select(e => Math.Tanh(e))]),
            Of("lstm_cell", "lstm_cell(x, y, z, forget_bias: 0.5)[0]", [x, h, c, .. Swap(Weights(4))])
                .Equal(v => Walk(v[0], 2, 3, Lstm(v[3], v[5], v[4], forgetBias: 0.5), h: v[1], c: v[2]).H),
            Of("lstm_cell", "lstm_cell(x, y, z, peephole: true)[1]", [x, h, c, .. Swap(Weights(4)), Operand.F64(3, 3)]) with { NotCompared = [], Formula =
                v => Walk(v[0], 2, 3, Lstm(v[3], v[5], v[4], v[6]), h: v[1], c: v[2]).C, Order = 1 },
            Of("lstm_step", "lstm_step(x, y, z, u)[0]", Operand.F64(2, 12), h, c, Operand.F64(3, 12)).Equal(v =>
                Walk(v[0], 12, 3, (gates, state, cell) => Lstm(Identity(12), v[3], new double[12])(gates, state, cell), h: v[1], c: v[2]).H),
            Of("gru_cell", "gru_cell(x, y)", [x, h, Operand.F64(2, 9), Operand.F64(3, 9), Operand.F64(9), Operand.F64(9)]).Equal(v => Walk(v[0], 2, 3, Gru(v[2], v[3], v[4], v[5]), h: v[1]).H),
            Of("gru_step", "gru_step(x, y, z)", Operand.F64(2, 9), h, Operand.F64(3, 9)).Equal(v => Walk(v[0], 9, 3, Gru(Identity(9), v[2]), h: v[1]).H),
            Of("rnn", "rnn(x, 3, activation: sigmoid)", [sequence, .. Swap(Weights(1))]) with { Order = 1, Formula = v => Walk(v[0], 2, 3, Rnn(v[1], v[3], v[2], Logistic)).All },
            Of("rnn_pass", "rnn_pass(x, 3, lengths: y, h: zeros([2, 3], f64), reverse: true)[0]", [sequence, lengths, .. Swap(Weights(1))]) with { Order = 1, Formula =
                v => Walk(v[0], 2, 3, Rnn(v[2], v[4], v[3]), reverse: true, [3, 1]).All },
            Of("rnn_with_states", "rnn_with_states(x, 3, bidirectional: true, lengths: y)[1]", [sequence, lengths, .. Swap(Weights(1)), .. Swap(Weights(1))]) with { Order = 1, Formula =
                v => [.. Walk(v[0], 2, 3, Rnn(v[2], v[4], v[3]), false, [3, 1]).H, .. Walk(v[0], 2, 3, Rnn(v[5], v[7], v[6]), true, [3, 1]).H] },
            Of("lstm", "lstm(x, 3, lengths: y)", [sequence, lengths, .. Swap(Weights(4))]) with { Order = 1, Formula = v => Walk(v[0], 2, 3, Lstm(v[2], v[4], v[3]), false, [3, 1]).All },
            Of("lstm", "lstm(x, 3, layers: 2, bidirectional: true)", [sequence, .. Swap(Weights(4)), .. Swap(Weights(4)), .. Swap(Weights(4, 6)), .. Swap(Weights(4, 6))]) with { Order = 1, Formula = v =>
            {
                double[] below = Join(Walk(v[0], 2, 3, Lstm(v[1], v[3], v[2])).All, 3, Walk(v[0], 2, 3, Lstm(v[4], v[6], v[5]), reverse: true).All, 3);
                return Join(Walk(below, 6, 3, Lstm(v[7], v[9], v[8])).All, 3, Walk(below, 6, 3, Lstm(v[10], v[12], v[11]), reverse: true).All, 3);
            } },
            Of("lstm_pass", "lstm_pass(x, 3, lengths: z, h: y, c: u, peephole: true, reverse: true)[2]", [sequence, h, lengths, c, .. Swap(Weights(4)), Operand.F64(3, 3)]) with { Order = 1, Formula =
                v => Walk(v[0], 2, 3, Lstm(v[4], v[6], v[5], v[7]), true, [3, 1], v[1], v[3]).C },
            Of("lstm_with_states", "lstm_with_states(x, 3, h: y, c: z)[2]", [sequence, Operand.F64(1, 2, 3), Operand.F64(1, 2, 3), .. Swap(Weights(4))]) with { Order = 1, Formula =
                v => Walk(v[0], 2, 3, Lstm(v[3], v[5], v[4]), h: v[1], c: v[2]).C },
            Of("gru", "gru(x, 3, layers: 2)", [sequence, .. GruWeights(), .. GruWeights(3)]) with { Order = 1, Formula =
                v => Walk(Walk(v[0], 2, 3, Gru(v[1], v[2], v[3], v[4])).All, 3, 3, Gru(v[5], v[6], v[7], v[8])).All },
            Of("gru_with_states", "gru_with_states(x, 3, lengths: z, h: y, bias: false)[1]", [sequence, Operand.F64(1, 2, 3), lengths, Operand.F64(2, 9), Operand.F64(3, 9)]) with { Order = 1, Formula =
                v => Walk(v[0], 2, 3, Gru(v[3], v[4]), false, [3, 1], v[1]).H },
            Of("gru_pass", "gru_pass(x, 3, h: y, reverse: true)[0]", [sequence, h, .. GruWeights()]) with { Order = 1, Formula =
                v => Walk(v[0], 2, 3, Gru(v[2], v[3], v[4], v[5]), reverse: true, h: v[1]).All },
            Of("attention_decoder", "attention_decoder(x, y, z, mask: u)[0]",
                [sequence, Operand.F64(2, 4, 2), h, Operand.Bool(2, 4).Holding(1, 1, 0, 1, 1, 0, 1, 1), Operand.F64(3, 3), Operand.F64(2, 3), Operand.F64(3), .. GruWeights(4)]) with { Order = 1, Formula = v =>
            {
                double[] state = v[2];
                var results = new List<double>();
                foreach (var step in v[0].Chunk(4))
                {
                    double[] found = Attend(state, v[1], v[1], 2, 3, 2, (q, k) => Additive(q, k, v[4], v[5], v[6]), (n, _, j) => v[3][n * 4 + j] != 0);
                    state = Walk(Join(step, 2, found, 2), 4, 3, Gru(v[7], v[8], v[9], v[10]), h: state).H;
                    results.AddRange(Join(state, 3, found, 2));
                }
                return [.. results];
            } },
            Of("gru", "gru(x, 3, layers: 2, drop: 0.4)", sequence) with { Order = 1 },
            Of("scan_state", "scan_state(x, y, rnn_step(state_weight: ones([2, 2], f64)))[1]", sequence, Operand.F64(2, 2))
                .Equal(v => Walk(v[0], 2, 2, Rnn(Identity(2), [1, 1, 1, 1], new double[2]), h: v[1]).H) with { Order = 1 },
            Of("scan_states", "scan_states(x, y, y, lstm_step(state_weight: ones([1, 4], f64)), z)[2]", Operand.F64(3, 2, 4), Operand.F64(2, 1), lengths)
                .Equal(v => Walk(v[0], 4, 1, Lstm(Identity(4), [1, 1, 1, 1], new double[4]), false, [3, 1], v[1], v[1]).C) with { Order = 1 },
            Of("steps_before", "steps_before(x, 3)", lengths).Equal(_ => [1, 1, 1, 0, 1, 0]),
            Of("start_state", "sum(x) + start_state(x, 0, 1, 2)", sequence).Equal(v => [.. Count(4).Select(_ => v[0].Sum())]),
            Of("ctc", "ctc(x, y, reduce: identity)", Operand.F64(4, 2, 3), Operand.I32(2, 2).Holding(1, 2, 2, 2)).Equal(v => [Ctc(v[0], 4, 0, [1, 2]), Ctc(v[0], 4, 1, [2, 2])]) with { Order = 1 },
            Of("ctc", "ctc(x, y, lengths: z, label_lengths: u)", Operand.F64(4, 2, 3), Operand.I32(2, 2).Holding(1, 2, 2, 2), Operand.I32(2).Holding(3, 4), Operand.I32(2).Holding(1, 0))
                .Equal(v => [(Ctc(v[0], 3, 0, [1]) + Ctc(v[0], 4, 1, [])) / 2]) with { Order = 1 },
            Of("ctc", "ctc(x, y, lengths: z, blank: 2)", Operand.F64(4, 2, 3), Operand.I32(2, 2).Holding(0, 0, 1, 0), Operand.I32(2).Holding(2, 4)).Equal(_ => [double.PositiveInfinity]).WithoutGradient() with { NotCompared = [0] },
        ];
    }

    // Variables come in the order of their declarations: the bias after the first weight.
    static Operand[] Swap(Operand[] weights) => [weights[0], weights[2], weights[1]];

    static double[] Identity(int size) => [.. from i in Count(size) from j in Count(size) select i == j ? 1.0 : 0];

    /// <summary>Minus the logarithm of the sum over all ways of writing three symbols that spell the label, with 0 for blank.</summary>
    static double Ctc(double[] logP, int steps, int sample, int[] label)
    {
        double total = 0;
        for (int way = 0; way < Math.Pow(3, steps); way++)
        {
            int[] written = [.. Count(steps).Select(t => way / (int)Math.Pow(3, t) % 3)];
            if (written.Where((symbol, t) => symbol != 0 && (t == 0 || written[t - 1] != symbol)).SequenceEqual(label))
                total += Math.Exp(written.Select((symbol, t) => logP[(t * 2 + sample) * 3 + symbol]).Sum());
        }
        return -Math.Log(total);
    }
}
