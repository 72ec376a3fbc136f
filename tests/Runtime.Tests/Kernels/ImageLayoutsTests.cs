using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests;

public class ImageLayoutsTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 16, 64)]
    [InlineData(3, 37, 77)]
    [InlineData(2, 48, 600)]
    [InlineData(0, 5, 5)]
    [InlineData(2, 5, 0)]
    public void Images_come_back_from_the_blocked_layout_whatever_lies_beyond_their_channels(int n, int channels, int positions)
    {
        using var pool = new WorkerPool(3);
        using var planar = new GuardedBuffer<float>((long)n * channels * positions);
        using var blocked = new GuardedBuffer<float>(ImageLayouts.BlockedLength(n, channels, positions));
        Close.Fill(planar.Span, 1);
        var expected = planar.Span.ToArray();
        blocked.Span.Fill(7);
        ImageLayouts.Block(pool, n, channels, positions, planar.Pointer, blocked.Pointer);
        ConvolutionData.Unblock(blocked, n, channels, positions).ShouldBe(expected);
        blocked.Span.ToArray().Count(value => value == 0).ShouldBeGreaterThanOrEqualTo((int)blocked.Count - expected.Length);

        ConvolutionData.Block(expected, blocked, n, channels, positions);
        planar.Span.Clear();
        ImageLayouts.Unblock(pool, n, channels, positions, blocked.Pointer, planar.Pointer);
        planar.Span.ToArray().ShouldBe(expected);
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 16, 64)]
    [InlineData(3, 37, 77)]
    [InlineData(2, 48, 1100)]
    [InlineData(0, 5, 5)]
    [InlineData(2, 5, 0)]
    public void Pixels_with_their_channels_side_by_side_go_into_blocks_and_come_back(int n, int channels, int positions)
    {
        using var pool = new WorkerPool(3);
        using var pixels = new GuardedBuffer<float>((long)n * channels * positions);
        using var blocked = new GuardedBuffer<float>(ImageLayouts.BlockedLength(n, channels, positions));
        Close.Fill(pixels.Span, 1);
        var expected = pixels.Span.ToArray();
        blocked.Span.Fill(7);
        ImageLayouts.BlockChannelsLast(pool, n, channels, positions, pixels.Pointer, blocked.Pointer);
        float[] planar = ConvolutionData.Unblock(blocked, n, channels, positions);
        for (int i = 0; i < expected.Length; i++)
            planar[((i / channels / positions * channels) + i % channels) * positions + i / channels % positions].ShouldBe(expected[i]);
        blocked.Span.ToArray().Count(value => value == 0).ShouldBeGreaterThanOrEqualTo((int)blocked.Count - expected.Length);

        ConvolutionData.Block(planar, blocked, n, channels, positions);
        pixels.Span.Clear();
        ImageLayouts.UnblockChannelsLast(pool, n, channels, positions, blocked.Pointer, pixels.Pointer);
        pixels.Span.ToArray().ShouldBe(expected);
    }
}
