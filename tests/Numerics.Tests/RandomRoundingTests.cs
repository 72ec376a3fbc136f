using NetCompiler.CommandLine.Execution;
using NetCompiler.Runtime;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>stochastic_round goes to either neighbour, and in the mean nowhere.</summary>
public sealed class RandomRoundingTests
{
    const int Draws = 20_000;

    static Compilation Compile(string text) => Compilation.Create(new SourceText("rounding.net", text), _ => null, new CompilerOptions());

    static Network Create(string text)
    {
        var compilation = Compile(text);
        compilation.Diagnostics.Select(diagnostic => diagnostic.ToString()).ShouldBeEmpty();
        return CompiledNetwork.Compile(compilation.Emit()).Create(compilation.Networks.Single().Name, seed: 1);
    }

    static readonly Lazy<Network> _rounding = new(() => Create("""
        network Rounding {
            input x : f32[N];
            input d : f64[N];
            input stored : f16[N];
            function single(x)    -> (stochastic_round(x, f16), stochastic_round(x, bf16));
            function double(d)    -> (stochastic_round(d, f16), stochastic_round(d, bf16));
            function half(stored) -> (stochastic_round(stored, f16), stochastic_round(stored, bf16));
            function slope(x)     -> grad(sum(3 * stochastic_round(x, bf16)), x);
        }
        """));

    // The last two are denormal in f16 and bf16.
    public static TheoryData<float> Values => [1 / 3f, -1.001f, 257.3f, -60000.7f, 3e-6f, -1e-39f];

    [Theory]
    [MemberData(nameof(Values))]
    public void A_value_becomes_its_neighbours_in_proportion_to_their_nearness(float value)
    {
        var results = _rounding.Value.Invoke("single", Enumerable.Repeat(value, Draws).ToArray())
            .Concat(_rounding.Value.Invoke("double", Enumerable.Repeat((double)value, Draws).ToArray())).Select(EmittedFunction.Unbox).ToArray();
        for (int i = 0; i < results.Length; i++)
        {
            var (low, high) = i % 2 == 0 ? HalfNeighbours(value) : BFloat16Neighbours(value);
            results[i].ShouldAllBe(y => y == low || y == high);
            double share = (value - low) / (high - low);
            // A probability is rounded to 24 digits, which is no matter beside four deviations of so few draws.
            ((double)results[i].Count(y => y == high)).ShouldBe(share * Draws, 4 * Math.Sqrt(Draws * share * (1 - share)) + 1, $"{value} as result {i}");
        }
    }

    static (double Low, double High) HalfNeighbours(float value)
    {
        var near = (Half)value;
        return (double)near < value ? ((double)near, (double)Half.BitIncrement(near)) : ((double)Half.BitDecrement(near), (double)near);
    }

    // Cut off after 16 bits a float is the neighbour nearer to 0.
    static (double Low, double High) BFloat16Neighbours(float value)
    {
        ushort bits = (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);
        double inner = (float)BFloat16.FromBits(bits), outer = (float)BFloat16.FromBits((ushort)(bits + 1));
        return value > 0 ? (inner, outer) : (outer, inner);
    }

    [Fact]
    public void What_the_type_has_stays_and_what_is_beyond_it_becomes_the_nearest()
    {
        float[] both = [0, -0f, 1, -1.5f, 240, float.PositiveInfinity, float.NegativeInfinity, float.NaN];
        foreach (var results in new[] { _rounding.Value.Invoke("single", both), _rounding.Value.Invoke("double", both.Select(x => (double)x).ToArray()) })
        {
            foreach (object result in results)
                EmittedFunction.Unbox(result).Select(BitConverter.DoubleToInt64Bits).ShouldBe(both.Select(x => BitConverter.DoubleToInt64Bits(x)));
        }
        float[] beyond = [.. Enumerable.Range(0, 64).Select(i => i % 2 == 0 ? 65519f : -65520f)];
        EmittedFunction.Unbox(_rounding.Value.Invoke("single", beyond)[0]).ShouldBe(beyond.Select(x => x > 0 ? 65504 : double.NegativeInfinity));
        float[] huge = [.. Enumerable.Repeat(float.MaxValue, 64)];
        EmittedFunction.Unbox(_rounding.Value.Invoke("single", huge)[1]).ShouldAllBe(y => double.IsPositiveInfinity(y));

        Half[] stored = [.. Enumerable.Range(0, 64).Select(i => (Half)(2049 + i))];
        var (same, narrower) = (_rounding.Value.Invoke("half", stored)[0], EmittedFunction.Unbox(_rounding.Value.Invoke("half", stored)[1]));
        EmittedFunction.Unbox(same).ShouldBe(stored.Select(x => (double)x));
        narrower.ShouldAllBe(y => y % 16 == 0);
    }

    [Fact]
    public void Gradients_pass_as_through_a_cast() => EmittedFunction.Unbox(_rounding.Value.Invoke("slope", new float[] { 0.1f, -7, 1e30f })[0]).ShouldBe([3, 3, 3]);

    [Theory]
    [InlineData("sgd(1.0)", false)]
    [InlineData("rounded_at_random(sgd(1.0))", true)]
    [InlineData("rounding_sgd(1.0)", true)]
    public void Steps_too_small_for_the_type_move_weights_in_the_mean_where_they_are_rounded_at_random(string optimizer, bool moves)
    {
        const int Size = 4096, Steps = 10;
        const float Slope = 0.0009f;
        var network = Create($$"""
            optimizer rounding_sgd(rate) for w, g {
                w = stochastic_round(w - rate * g, stored_type(w));
            }
            network Small {
                input slope : f32;
                param w : bf16[{{Size}}] = 1;
                param v : f32[2] = 1;
                loss = slope * (sum(w) + sum(v));
                function train(slope) -> loss minimizing loss with {{optimizer}};
            }
            """);
        for (int step = 0; step < Steps; step++)
            network.Invoke("train", Slope);
        double[] w = [.. network.Values<BFloat16>("w").ToArray().Select(x => (double)(float)x)];
        // Below 1 the neighbours are 2^-8 apart: each step is a binomial one of that size.
        const double Gap = 1 / 256.0, Share = Slope / Gap;
        double deviation = Gap * Math.Sqrt(Steps * Share * (1 - Share) / Size);
        if (moves)
            w.Average().ShouldBe(1 - Steps * Slope, 4 * deviation);
        else
            w.ShouldAllBe(x => x == 1);
        network.Values<float>("v").ToArray().ShouldAllBe(x => Math.Abs(x - (1 - Steps * Slope)) < 1e-6);
    }

    [Fact]
    public void Only_half_types_are_rounded_to() =>
        Compile("network Wrong { input x : f32[N]; function f(x) -> stochastic_round(x, i32); }").Diagnostics.Single().ToString().ShouldContain("f16 or bf16");
}
