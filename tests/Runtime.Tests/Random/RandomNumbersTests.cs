using System.Runtime.Intrinsics;
using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests.Random;

public class RandomNumbersTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(37)]
    [InlineData(100_001)]
    public void Tensors_hold_the_numbers_of_the_stream_in_order_with_any_number_of_threads(int count)
    {
        const long key = -0x123456789ABCDEF, stream = 5;
        foreach (int threads in new[] { 1, 3 })
        {
            using var pool = new WorkerPool(threads);
            var buffer = new PinnedBuffer(8L * count + 64);
            var (singles, doubles) = (buffer.At<float>(0), buffer.At<double>(0));

            singles[count] = -1;
            RandomNumbers.Uniform(pool, key, stream, singles, count);
            var random = new Philox4x32(unchecked((ulong)key), stream);
            singles.AsSpan(count).ToArray().ShouldBe([.. Enumerable.Range(0, count).Select(_ => random.NextSingle())]);
            singles[count].ShouldBe(-1);

            doubles[count] = -1;
            RandomNumbers.Uniform(pool, key, stream, doubles, count);
            random = new Philox4x32(unchecked((ulong)key), stream);
            doubles.AsSpan(count).ToArray().ShouldBe([.. Enumerable.Range(0, count).Select(_ => random.NextDouble())]);
            doubles[count].ShouldBe(-1);
            GC.KeepAlive(buffer);
        }
    }

    [Fact]
    public void Blocks_beyond_2_to_the_32_count_on()
    {
        var (low, high) = new PhiloxBlocks(9, 1, uint.MaxValue - 1).Words();
        uint[] words = [.. Enumerable.Range(0, 8).Select(i => low.GetElement(i)), .. Enumerable.Range(0, 8).Select(i => high.GetElement(i))];
        for (ulong i = 0; i < 4; i++)
        {
            var (a, b, c, d) = Philox4x32.Block(9, 1, uint.MaxValue - 1 + i);
            words[(int)(4 * i)..(int)(4 * i + 4)].ShouldBe([a, b, c, d]);
        }
    }
}
