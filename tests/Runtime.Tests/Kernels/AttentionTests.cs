using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests;

public sealed class AttentionTests
{
    static readonly WorkerPool One = new(1), Two = new(2), Three = new(3);

    /// <summary>Attention in double, as it is written: products, masks, softmax, products.</summary>
    sealed record Case(int Outer, int Inner, int Queries, int Keys, int Width, int Values, string Masks, float Scale = 0.3f)
    {
        public override string ToString() => $"[{Outer}, {Inner}] {Queries} x {Keys}, {Width} and {Values} wide, masks '{Masks}', scale {Scale}";

        public int Batch => Outer * Inner;

        public AttentionShape Shape => new(Outer, Inner, Queries, Keys, Width, Values, Scale);
    }

    static readonly Case[] Cases =
    [
        new(1, 1, 1, 1, 1, 1, ""),
        new(2, 3, 7, 5, 3, 9, ""),
        new(1, 2, 33, 47, 17, 20, "", Scale: -0.2f),
        new(1, 1, 17, 300, 8, 5, "causal"),
        new(2, 1, 201, 19, 5, 33, "causal"),
        new(1, 3, 197, 261, 16, 16, "causal"),
        new(2, 2, 9, 270, 11, 7, "keys"),
        new(2, 2, 21, 29, 6, 6, "plane"),
        new(2, 2, 21, 290, 6, 6, "keys causal"),
        new(2, 2, 13, 31, 4, 18, "causal bias"),
        new(1, 2, 5, 517, 4, 3, "minus plane"),
        new(3, 1, 40, 70, 9, 1, "bias keys causal"),
    ];

    public static TheoryData<int> Indices => [.. Enumerable.Range(0, Cases.Length)];

    [Theory]
    [MemberData(nameof(Indices))]
    public void Attention_and_its_gradient_match_the_composed_form_at_every_width_of_vectors(int index)
    {
        if (Simd.Has512)
            Check<F32x16>(Cases[index], guardStart: false);
        if (Simd.Has256)
            Check<F32x8>(Cases[index], guardStart: true);
        Check<F32x1>(Cases[index], guardStart: false);
    }

    [Theory]
    [MemberData(nameof(Indices))]
    public void Results_have_the_same_bits_for_any_number_of_threads(int index)
    {
        var expected = Compute<F32x8>(One, Cases[index], false);
        foreach (var pool in new[] { Two, Three })
        {
            var actual = Compute<F32x8>(pool, Cases[index], false);
            for (int i = 0; i < expected.Length; i++)
                actual[i].AsSpan().SequenceEqual(expected[i]).ShouldBeTrue($"{Cases[index]}, result {i}, {pool.Threads} threads");
        }
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(5, 0)]
    [InlineData(0, 0)]
    public void Without_queries_or_keys_everything_is_zero(int queries, int keys)
    {
        foreach (var pool in new[] { One, Three })
            Compute<F32x8>(pool, new(2, 1, queries, keys, 3, 4, "causal"), false).Where((_, i) => i != 1).ShouldAllBe(result => result.All(value => value == 0));
    }

    [Fact]
    public void A_query_whose_scores_are_all_minus_infinity_gives_NaN_and_the_others_do_not()
    {
        var shape = new Case(1, 1, 20, 600, 4, 4, "dead");
        var y = Compute<F32x8>(One, shape, false)[0];
        for (int row = 0; row < shape.Queries; row++)
            y.AsSpan(row * 4, 4).ToArray().ShouldAllBe(value => float.IsNaN(value) == (row == 3));
    }

    [Fact]
    public void A_query_that_is_masked_as_a_whole_takes_the_mean_of_all_values()
    {
        var shape = new Case(1, 1, 5, 300, 4, 4, "nothing causal");
        var y = Compute<F32x8>(One, shape, false)[0];
        var values = Draw(shape.Keys * 4, 3);
        for (int e = 0; e < 4; e++)
        {
            double mean = Enumerable.Range(0, shape.Keys).Average(s => (double)values[s * 4 + e]);
            for (int row = 0; row < shape.Queries; row++)
                ((double)y[row * 4 + e]).ShouldBe(mean, 1e-6);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_value_that_a_causal_mask_hides_is_ignored_or_gives_NaN(float value)
    {
        // Two chunks of queries: the first stops before this key, the second multiplies its value by 0.
        const int hidden = 150, chunk = 100, feature = 1;
        var shape = new Case(1, 1, 200, 200, 4, 4, "causal");
        float[] values = Draw(shape.Keys * shape.Values, 3);
        values[hidden * shape.Values + feature] = value;
        float[] expected = Compute<F32x8>(One, shape, false)[0], actual = Compute<F32x8>(One, shape, false, values)[0];
        for (int i = 0; i < actual.Length; i++)
        {
            int query = i / shape.Values;
            if (i % shape.Values != feature || query < chunk)
                actual[i].ShouldBe(expected[i], $"query {query}");
            else if (query < hidden)
                (float.IsNaN(actual[i]) || actual[i] == expected[i]).ShouldBeTrue($"query {query} gives {actual[i]}");
            else
                float.IsFinite(actual[i]).ShouldBeFalse($"query {query} sees the value");
        }
    }

    static void Check<TLanes>(Case shape, bool guardStart) where TLanes : struct, ILanes<TLanes, float>
    {
        var actual = Compute<TLanes>(Two, shape, guardStart);
        var expected = Reference(shape);
        // Scores of at most 3 in magnitude err by about Width ulps of their sum, exponentials by a few more; sums over keys, queries and features follow.
        double ulps = 8 * (shape.Width + shape.Keys + shape.Queries + shape.Values + 16);
        string[] names = ["y", "statistics", "dq", "dk", "dv"];
        for (int i = 0; i < names.Length; i++)
        {
            if (i == 1)
                continue;
            double most = Math.Max(1, expected[i].Max(Math.Abs));
            // The only key has all the weight, whatever the scores.
            (shape.Keys == 1 && i is 2 or 3 || expected[i].Any(value => value != 0)).ShouldBeTrue($"{shape}: all of {names[i]} is 0");
            for (int j = 0; j < expected[i].Length; j++)
            {
                if (!(Math.Abs(actual[i][j] - expected[i][j]) <= ulps * Math.ScaleB(most, -24)))
                    throw new ShouldAssertException($"{shape}, {typeof(TLanes).Name}: {names[i]}[{j}] is {actual[i][j]:R}, expected {expected[i][j]:R}");
            }
        }
    }

    static float[] Draw(int count, int seed)
    {
        var values = new float[count];
        Close.Fill<float>(values, seed);
        return values;
    }

    static bool[] Keeps(int count, int seed) => [.. Draw(count, seed).Select(value => value > -0.3f)];

    static bool Dead(int query) => query == 3;

    /// <summary>y, statistics, dq, dk, dv.</summary>
    static float[][] Compute<TLanes>(WorkerPool pool, Case shape, bool guardStart, float[]? given = null) where TLanes : struct, ILanes<TLanes, float>
    {
        var owned = new List<IDisposable>();
        Pointer<T> Given<T>(T[] values) where T : unmanaged
        {
            var buffer = new GuardedBuffer<T>(values.Length, guardStart);
            owned.Add(buffer);
            values.CopyTo(buffer.Span);
            return buffer.Pointer;
        }
        // Rows of heads side by side, as a projection leaves them.
        AttentionRows Rows(Pointer<float> data, int rows, int width) => new(data, rows * shape.Inner * width, width, shape.Inner * width);
        AttentionRows Operand(int rows, int width, int seed) => Rows(Given(Draw(shape.Batch * rows * width, seed)), rows, width);
        AttentionRows Result(int rows, int width) => Rows(Given(Enumerable.Repeat(float.NaN, shape.Batch * rows * width).ToArray()), rows, width);
        float[] Values(AttentionRows rows, int count, int width) => rows.Data.AsSpan(shape.Batch * count * width).ToArray();
        try
        {
            var masks = shape.Masks.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(mask => mask switch
            {
                "causal" => AttentionMask.Causal(-1e30f),
                "keys" => AttentionMask.Fill(-1e30f, Given(Keeps(shape.Outer * shape.Keys, 11)), shape.Keys, 0, 0, 1),
                "nothing" => AttentionMask.Fill(-1e30f, Given(new bool[1]), 0, 0, 0, 0),
                "plane" => AttentionMask.Fill(-1e30f, Given(Keeps(shape.Queries * shape.Keys, 12)), 0, 0, shape.Keys, 1),
                "bias" => AttentionMask.Add(Given(Draw(shape.Inner * shape.Queries * shape.Keys, 13)), 0, shape.Queries * shape.Keys, shape.Keys, 1),
                "minus" => AttentionMask.Add(Given(Enumerable.Range(0, shape.Keys).Select(s => s < 300 ? float.NegativeInfinity : 1f).ToArray()), 0, 0, 0, 1),
                _ => AttentionMask.Add(Given(Enumerable.Range(0, shape.Queries).Select(t => Dead(t) ? float.NegativeInfinity : 0f).ToArray()), 0, 0, 1, 0),
            }).ToArray();
            var all = new AttentionMasks(masks.ElementAtOrDefault(0), masks.ElementAtOrDefault(1), masks.ElementAtOrDefault(2));
            AttentionRows q = Operand(shape.Queries, shape.Width, 1), k = Operand(shape.Keys, shape.Width, 2), v = given is null ? Operand(shape.Keys, shape.Values, 3) : Rows(Given(given), shape.Keys, shape.Values), dy = Operand(shape.Queries, shape.Values, 4);
            AttentionRows y = Result(shape.Queries, shape.Values), dq = Result(shape.Queries, shape.Width), dk = Result(shape.Keys, shape.Width), dv = Result(shape.Keys, shape.Values);
            var statistics = Given(new float[2 * shape.Batch * shape.Queries]);
            FlashAttention.Forward<TLanes>(pool, shape.Shape, all, q, k, v, y, statistics);
            FlashAttention.Backward<TLanes>(pool, shape.Shape, all, q, k, v, y, statistics, dy, dq, dk, dv);
            return
            [
                Values(y, shape.Queries, shape.Values), statistics.AsSpan(2 * shape.Batch * shape.Queries).ToArray(),
                Values(dq, shape.Queries, shape.Width), Values(dk, shape.Keys, shape.Width), Values(dv, shape.Keys, shape.Values),
            ];
        }
        finally
        {
            owned.ForEach(buffer => buffer.Dispose());
        }
    }

    static double[][] Reference(Case shape)
    {
        var (batch, inner, queries, keys, width, values) = (shape.Batch, shape.Inner, shape.Queries, shape.Keys, shape.Width, shape.Values);
        float[] q = Draw(batch * queries * width, 1), k = Draw(batch * keys * width, 2), v = Draw(batch * keys * values, 3), dy = Draw(batch * queries * values, 4);
        double[] y = new double[dy.Length], dq = new double[q.Length], dk = new double[k.Length], dv = new double[v.Length];
        bool[] kept = Keeps(shape.Outer * keys, 11), plane = Keeps(queries * keys, 12);
        float[] bias = Draw(inner * queries * keys, 13);
        for (int b = 0; b < batch; b++)
        {
            int outer = b / inner, head = b % inner;
            int At(int row, int rows, int size) => ((outer * rows + row) * inner + head) * size;
            for (int t = 0; t < queries; t++)
            {
                var scores = new double[keys];
                var flows = new bool[keys];
                for (int s = 0; s < keys; s++)
                {
                    double score = 0;
                    for (int d = 0; d < width; d++)
                        score += (double)q[At(t, queries, width) + d] * k[At(s, keys, width) + d];
                    (score, flows[s]) = (score * shape.Scale, true);
                    foreach (string mask in shape.Masks.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    {
                        bool keeps = mask switch { "causal" => s <= t, "keys" => kept[outer * keys + s], "plane" => plane[t * keys + s], _ => true };
                        flows[s] &= keeps;
                        score = !keeps ? -1e30f : mask == "bias" ? score + bias[(head * queries + t) * keys + s]
                            : mask == "minus" ? score + (s < 300 ? double.NegativeInfinity : 1) : score;
                    }
                    scores[s] = score;
                }
                double most = scores.Max(), sum = scores.Sum(score => Math.Exp(score - most));
                double[] weights = [.. scores.Select(score => Math.Exp(score - most) / sum)], flow = new double[keys];
                for (int s = 0; s < keys; s++)
                {
                    for (int e = 0; e < values; e++)
                    {
                        y[At(t, queries, values) + e] += weights[s] * v[At(s, keys, values) + e];
                        flow[s] += (double)dy[At(t, queries, values) + e] * v[At(s, keys, values) + e];
                        dv[At(s, keys, values) + e] += weights[s] * dy[At(t, queries, values) + e];
                    }
                }
                double mean = flow.Zip(weights, (a, p) => a * p).Sum();
                for (int s = 0; s < keys; s++)
                {
                    double back = flows[s] ? (flow[s] - mean) * weights[s] * shape.Scale : 0;
                    for (int d = 0; d < width; d++)
                    {
                        dq[At(t, queries, width) + d] += back * k[At(s, keys, width) + d];
                        dk[At(s, keys, width) + d] += back * q[At(t, queries, width) + d];
                    }
                }
            }
        }
        return [y, [], dq, dk, dv];
    }
}
