using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests;

public class ChannelAverageTests
{
    static readonly WorkerPool[] Pools = [new(1), new(2), new(3)];

    [Theory]
    [InlineData(1, 1, 1, 5, 2)]
    [InlineData(2, 16, 7, 3, 0)]
    [InlineData(3, 21, 12, 5, 2)]
    [InlineData(2, 47, 129, 4, 3)]
    [InlineData(1, 33, 400, 40, 20)]
    [InlineData(2, 4200, 3, 5, 2)]
    [InlineData(2, 20, 9, 1, 0)]
    [InlineData(0, 20, 9, 5, 2)]
    public void Averages_over_channels_have_the_bits_of_a_planar_pooling_and_see_no_lanes_beyond_them(int images, int channels, int positions, int size, int before)
    {
        using var planar = new GuardedBuffer<float>(images * channels * positions);
        using var expected = new GuardedBuffer<float>(planar.Count);
        using var x = new GuardedBuffer<float>(ImageLayouts.BlockedLength(images, channels, positions));
        using var y = new GuardedBuffer<float>(x.Count);
        Close.Fill(planar.Span, 1);
        for (int i = 0; i < planar.Span.Length; i += 91)
            planar.Span[i] = i % 2 == 0 ? float.NaN : float.NegativeInfinity;
        ConvolutionData.Block(planar.Span, x, images, channels, positions);
        var rows = new PoolingShape(images, channels, positions, size, 1, 1, 1, PadTop: before, PadBottom: size - 1 - before);
        Pooling.AverageForward(Pools[0], rows, planar.Pointer, expected.Pointer);

        foreach (var pool in Pools)
        {
            Check(() => BlockedPooling.AverageChannels(pool, images, channels, positions, size, before, x.Pointer, y.Pointer));
            if (images == 0)
                continue;
            Check(() => new BlockedChannelAverage<F32x8>(channels, positions, size, before, x.Pointer, y.Pointer).Run(pool, images));
            Check(() => new BlockedChannelAverage<F32x1>(channels, positions, size, before, x.Pointer, y.Pointer).Run(pool, images));
        }

        void Check(Action run)
        {
            y.Span.Fill(-5);
            run();
            ConvolutionData.Unblock(y, images, channels, positions).ShouldBe(expected.Span.ToArray());
        }
    }

    [Fact]
    public void A_window_without_its_own_channel_is_refused()
    {
        Should.Throw<ArgumentException>(() => BlockedPooling.AverageChannels(Pools[0], 1, 16, 1, 3, 3, default, default));
        Should.Throw<ArgumentException>(() => BlockedPooling.AverageChannels(Pools[0], 1, 16, 1, 3, -1, default, default));
    }
}
