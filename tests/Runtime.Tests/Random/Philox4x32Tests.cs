using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests.Random;

public class Philox4x32Tests
{
    /// <summary>The vectors that the Random123 distribution gives for philox4x32 with 10 rounds.</summary>
    [Theory]
    [InlineData(0x0000000000000000, 0x0000000000000000, 0x0000000000000000, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8)]
    [InlineData(0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd)]
    [InlineData(0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88, 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1)]
    public void Blocks_are_those_of_the_Random123_known_answers(ulong key, ulong stream, ulong counter, uint a, uint b, uint c, uint d) =>
        Philox4x32.Block(key, stream, counter).ShouldBe((a, b, c, d));

    [Fact]
    public void A_stream_hands_out_the_words_of_its_blocks_in_order()
    {
        var random = new Philox4x32(key: 7, stream: 3);
        for (ulong counter = 0; counter < 3; counter++)
        {
            var drawn = (random.NextUInt32(), random.NextUInt32(), random.NextUInt32(), random.NextUInt32());
            drawn.ShouldBe(Philox4x32.Block(7, 3, counter));
        }
    }

    [Fact]
    public void Streams_and_keys_give_different_numbers()
    {
        var first = new Philox4x32(1, 0).NextUInt64();
        new Philox4x32(1, 1).NextUInt64().ShouldNotBe(first);
        new Philox4x32(2, 0).NextUInt64().ShouldNotBe(first);
    }

    [Fact]
    public void Uniform_numbers_lie_below_one_with_the_mean_and_variance_of_the_uniform_distribution()
    {
        const int count = 100_000;
        var random = new Philox4x32(11);
        var singles = Enumerable.Range(0, count).Select(_ => (double)random.NextSingle()).ToArray();
        var doubles = Enumerable.Range(0, count).Select(_ => random.NextDouble()).ToArray();
        foreach (var values in new[] { singles, doubles })
        {
            values.ShouldAllBe(value => value >= 0 && value < 1);
            // Five standard errors: of the mean sqrt(1/12/n), of the variance sqrt((1/80 - 1/144)/n).
            values.Average().ShouldBe(0.5, 5 * Math.Sqrt(1.0 / 12 / count));
            Moments.Variance(values).ShouldBe(1.0 / 12, 5 * Math.Sqrt((1.0 / 80 - 1.0 / 144) / count));
        }
        singles.ShouldAllBe(value => value * (1 << 24) == Math.Floor(value * (1 << 24)));
    }

    [Fact]
    public void Normal_numbers_have_the_moments_of_the_normal_distribution()
    {
        const int count = 100_000;
        var random = new Philox4x32(12);
        var values = Enumerable.Range(0, count).Select(_ => random.NextNormal()).ToArray();
        // Five standard errors: the k-th moment of n normals has variance (E x^2k - (E x^k)^2) / n.
        values.Average().ShouldBe(0, 5 * Math.Sqrt(1.0 / count));
        values.Average(x => x * x).ShouldBe(1, 5 * Math.Sqrt(2.0 / count));
        values.Average(x => x * x * x).ShouldBe(0, 5 * Math.Sqrt(15.0 / count));
        values.Average(x => x * x * x * x).ShouldBe(3, 5 * Math.Sqrt(96.0 / count));
        values.Where((_, i) => i % 2 == 0).Zip(values.Where((_, i) => i % 2 == 1), (x, y) => x * y).Average()
            .ShouldBe(0, 5 * Math.Sqrt(2.0 / count), "the two halves of a pair are independent");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    public void Bounded_integers_are_equally_likely(int bound)
    {
        const int count = 60_000;
        var random = new Philox4x32(13);
        var histogram = new int[bound];
        for (var i = 0; i < count; i++)
            histogram[random.Next(bound)]++;
        var deviation = Math.Sqrt(count * (1.0 / bound) * (1 - 1.0 / bound));
        histogram.ShouldAllBe(times => Math.Abs(times - (double)count / bound) <= 5 * deviation);
    }

    [Fact]
    public void Bounded_integers_are_unbiased_even_where_the_bound_does_not_divide_the_words_range_well()
    {
        // Without rejection, a third of the values below 3 * 2^29 would be twice as likely as the others.
        const int bound = 3 << 29, count = 30_000;
        var random = new Philox4x32(14);
        var thirds = new int[3];
        for (var i = 0; i < count; i++)
            thirds[random.Next(bound) % 3]++;
        thirds.ShouldAllBe(times => Math.Abs(times - count / 3.0) <= 5 * Math.Sqrt(count * 2.0 / 9));
    }

    [Fact]
    public void A_bound_must_be_positive() => Should.Throw<ArgumentOutOfRangeException>(() => new Philox4x32(0).Next(0));

    [Fact]
    public void Shuffling_keeps_every_value_and_makes_every_order_equally_likely()
    {
        const int count = 24_000;
        var random = new Philox4x32(15);
        var orders = new Dictionary<string, int>();
        for (var i = 0; i < count; i++)
        {
            int[] values = [1, 2, 3, 4];
            random.Shuffle(values);
            var order = string.Concat(values);
            orders[order] = orders.GetValueOrDefault(order) + 1;
        }
        orders.Count.ShouldBe(24);
        orders.Keys.ShouldAllBe(order => string.Concat(order.Order()) == "1234");
        orders.Values.ShouldAllBe(times => Math.Abs(times - count / 24.0) <= 5 * Math.Sqrt(count / 24.0));
    }
}

static class Moments
{
    public static double Variance(IReadOnlyCollection<double> values)
    {
        var mean = values.Average();
        return values.Average(value => (value - mean) * (value - mean));
    }
}
