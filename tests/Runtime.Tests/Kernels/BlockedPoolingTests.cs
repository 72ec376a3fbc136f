using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests;

public class BlockedPoolingTests
{
    const int Images = 2, Channels = 21;

    static readonly WorkerPool One = new(1), Three = new(3);

    public static TheoryData<int> Indices => [.. Enumerable.Range(0, Shapes.Length)];

    static readonly PoolingShape[] Shapes =
    [
        new(1, 6, 8, 2, 2, 2, 2),
        new(1, 7, 9, 2, 2, 2, 2),
        new(1, 13, 13, 3, 3, 2, 2),
        new(1, 12, 11, 3, 3, 2, 2, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1),
        new(1, 9, 10, 3, 2, 1, 3, PadTop: 2, PadLeft: 0, PadBottom: 1, PadRight: 1, Ceil: true),
        new(1, 9, 10, 3, 2, 2, 2, PadTop: 2, PadLeft: 1, PadBottom: 2, PadRight: 1, DilationHeight: 2, DilationWidth: 3, Ceil: true),
        new(1, 7, 7, 7, 7, 1, 1),
        new(1, 9, 8, 3, 3, 1, 1, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1),
        new(1, 11, 10, 2, 3, 4, 3),
        new(1, 2, 2, 3, 3, 1, 1),
    ];

    [Theory]
    [MemberData(nameof(Indices))]
    public void Blocked_pooling_has_the_bits_of_planar_pooling(int index)
    {
        var planar = Shapes[index] with { Planes = Images * Channels };
        var blocked = Shapes[index] with { Planes = Images * 2 };
        nint inSize = planar.InHeight * planar.InWidth, outSize = planar.OutHeight * planar.OutWidth;
        using GuardedBuffer<float> x = Drawn(inSize, 1), v = Drawn(inSize, 2), dy = Drawn(outSize, 3), y = Drawn(outSize, 4), dx = Drawn(inSize, 5);

        // Ties, zeros of both signs among them, whole windows of -∞, and a NaN that wins over all.
        for (int i = 0; i < x.Span.Length; i++)
            x.Span[i] = i == 77 ? float.NaN : i / 150 % 4 == 3 ? float.NegativeInfinity : MathF.Round(x.Span[i] * 3);
        using GuardedBuffer<float> blockedX = Blocked(x, inSize), blockedV = Blocked(v, inSize), blockedDy = Blocked(dy, outSize), blockedY = Blocked(y, outSize), blockedDx = Blocked(dx, inSize);

        Pooling.MaxGather(One, planar, x.Pointer, x.Pointer, y.Pointer);
        Check(y, blockedY, outSize, pool => BlockedPooling.MaxGather(pool, blocked, blockedX.Pointer, blockedX.Pointer, blockedY.Pointer));
        Check(y, blockedY, outSize, pool => BlockedPooling.ForRows(pool, blocked, new BlockedPooling.MaxGatherKernel<F32x8>(blocked, blockedX.Pointer, blockedX.Pointer, blockedY.Pointer)));
        Check(y, blockedY, outSize, pool => BlockedPooling.ForRows(pool, blocked, new BlockedPooling.MaxGatherKernel<F32x1>(blocked, blockedX.Pointer, blockedX.Pointer, blockedY.Pointer)));
        Pooling.MaxGather(One, planar, x.Pointer, v.Pointer, y.Pointer);
        Check(y, blockedY, outSize, pool => BlockedPooling.MaxGather(pool, blocked, blockedX.Pointer, blockedV.Pointer, blockedY.Pointer));
        Pooling.MaxScatter(One, planar, x.Pointer, dy.Pointer, dx.Pointer);
        Check(dx, blockedDx, inSize, pool => BlockedPooling.MaxScatter(pool, blocked, blockedX.Pointer, blockedDy.Pointer, blockedDx.Pointer));
        Check(dx, blockedDx, inSize, pool => BlockedPooling.ForPlanes(pool, blocked, new BlockedPooling.MaxScatterKernel<F32x8>(blocked, blockedX.Pointer, blockedDy.Pointer, blockedDx.Pointer)));
        Check(dx, blockedDx, inSize, pool => BlockedPooling.ForPlanes(pool, blocked, new BlockedPooling.MaxScatterKernel<F32x1>(blocked, blockedX.Pointer, blockedDy.Pointer, blockedDx.Pointer)));
        foreach (bool countPadding in new[] { false, true })
        {
            Pooling.AverageForward(One, planar, x.Pointer, y.Pointer, countPadding);
            Check(y, blockedY, outSize, pool => BlockedPooling.AverageForward(pool, blocked, blockedX.Pointer, blockedY.Pointer, countPadding));
            Check(y, blockedY, outSize, pool => BlockedPooling.ForRows(pool, blocked, new BlockedPooling.AverageForwardKernel<F32x8>(blocked, blockedX.Pointer, blockedY.Pointer, countPadding)));
            Pooling.AverageBackward(One, planar, dy.Pointer, dx.Pointer, countPadding);
            Check(dx, blockedDx, inSize, pool => BlockedPooling.AverageBackward(pool, blocked, blockedDy.Pointer, blockedDx.Pointer, countPadding));
            Check(dx, blockedDx, inSize, pool => BlockedPooling.ForPlanes(pool, blocked, new BlockedPooling.AverageBackwardKernel<F32x1>(blocked, blockedDy.Pointer, blockedDx.Pointer, countPadding)));
        }
    }

    static GuardedBuffer<float> Drawn(nint positions, int seed)
    {
        var buffer = new GuardedBuffer<float>(Images * Channels * positions);
        Close.Fill(buffer.Span, seed);
        return buffer;
    }

    static GuardedBuffer<float> Blocked(GuardedBuffer<float> planar, nint positions)
    {
        var blocked = new GuardedBuffer<float>(ImageLayouts.BlockedLength(Images, Channels, positions));
        ConvolutionData.Block(planar.Span, blocked, Images, Channels, positions);
        return blocked;
    }

    static void Check(GuardedBuffer<float> expected, GuardedBuffer<float> blocked, nint positions, Action<WorkerPool> run)
    {
        foreach (var pool in new[] { One, Three })
        {
            blocked.Span.Fill(-5);
            run(pool);
            Bits(ConvolutionData.Unblock(blocked, Images, Channels, positions)).ShouldBe(Bits(expected.Span.ToArray()));
        }
    }

    // Any NaN is as good as another.
    static int[] Bits(float[] values) => [.. values.Select(value => BitConverter.SingleToInt32Bits(float.IsNaN(value) ? float.NaN : value))];
}
