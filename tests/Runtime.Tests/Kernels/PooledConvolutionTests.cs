using System.Runtime.Intrinsics;
using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests;

/// <summary>Convolutions that are pooled as they are made, against the convolution and the pooling one after the other: the same bits.</summary>
public class PooledConvolutionTests
{
    static readonly WorkerPool[] Pools = [new(1), new(2), new(3)];

    static readonly ConvolutionShape[] Shapes =
    [
        new(2, 20, 13, 11, 40, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1),
        new(3, 48, 7, 7, 64, 1, 1),
        new(3, 17, 7, 7, 33, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1),
        new(2, 3, 60, 61, 35, 7, 7, StrideHeight: 2, StrideWidth: 2, PadTop: 3, PadLeft: 3, PadBottom: 3, PadRight: 3),
        new(2, 1, 28, 28, 6, 5, 5),
        new(2, 32, 12, 12, 64, 3, 3, DilationHeight: 2, PadTop: 3, PadLeft: 4, PadBottom: 2, PadRight: 1, Groups: 2),
        new(1, 16, 3, 2, 16, 3, 2),
        new(3, 64, 30, 60, 32, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1),
        new(1, 1040, 9, 9, 33, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1),
    ];

    // The planes and sizes of these are replaced.
    static readonly PoolingShape[] Windows =
    [
        new(0, 0, 0, 2, 2, 2, 2),
        new(0, 0, 0, 2, 2, 2, 2, Ceil: true),
        new(0, 0, 0, 3, 3, 2, 2, 1, 1, 1, 1),
        new(0, 0, 0, 3, 3, 2, 2, Ceil: true),
        new(0, 0, 0, 2, 3, 3, 1, 0, 2, 1, 0),
        new(0, 0, 0, 4, 1, 4, 1),
        new(0, 0, 0, 1, 4, 1, 4, Ceil: true),
        new(0, 0, 0, 5, 5, 1, 1, 2, 2, 2, 2),
    ];

    // Bands of a row, and cuts for threads that the sizes do not suggest.
    static readonly ConvolutionBlocking[] Blockings = [new(0, ConvolutionCut.Pixels), new(0, ConvolutionCut.Channels), new(1)];

    public static TheoryData<int, int> Cases
    {
        get
        {
            var cases = new TheoryData<int, int>();
            for (int shape = 0; shape < Shapes.Length; shape++)
                for (int window = 0; window < Windows.Length; window++)
                    cases.Add(shape, window);
            return cases;
        }
    }

    static PoolingShape Fit(in PoolingShape window, in ConvolutionShape shape) => window with
    {
        Planes = shape.Batch * shape.Groups * ((shape.OutChannels / shape.Groups + 15) / 16), InHeight = shape.OutHeight, InWidth = shape.OutWidth,
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Direct_convolutions_give_the_maxima_of_their_result(int shapeIndex, int windowIndex)
    {
        var shape = Shapes[shapeIndex];
        var window = Fit(Windows[windowIndex], shape);
        using var data = new ConvolutionData(shape);
        BlockedConvolution.PackForward(Pools[1], shape, data.W.Pointer, data.Packed.Pointer);
        foreach (var layout in new[] { ImageLayout.Blocked, ImageLayout.Planar })
        {
            if (!BlockedConvolution.Admits(shape, layout))
                continue;
            var x = layout == ImageLayout.Planar ? data.X : data.BlockedX;
            BlockedConvolution.Forward(Pools[1], shape, layout, x.Pointer, data.Packed.Pointer, data.BlockedY.Pointer, new NoEpilogue());
            float[] expected = Expected(window, data.BlockedY);
            foreach (var pool in Pools)
                Check(window, expected, (y, epilogue) => BlockedConvolution.ForwardPooled(pool, shape, window, layout, x.Pointer, data.Packed.Pointer, y, epilogue));
            foreach (var blocking in Blockings)
                Check(window, expected, (y, epilogue) => BlockedConvolution.ForwardPooled(Pools[^1], shape, window, layout, x.Pointer, data.Packed.Pointer, y, epilogue, blocking));
            var problem = BlockedProblem.Forward(shape, layout, keepsRows: true);
            Check(window, expected, (y, epilogue) => BlockedConvolution.Run<TileOfSingle, float, AddOne>(Pools[1], problem, x.Pointer, data.Packed.Pointer, y, window, epilogue));
            if (Simd.Has256)
                Check(window, expected, (y, epilogue) => BlockedConvolution.Run<TileOfSingle256, Vector256<float>, AddOne>(Pools[1], problem, x.Pointer, data.Packed.Pointer, y, window, epilogue));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Minimal_filtering_gives_the_maxima_of_its_result_or_refuses_windows_that_do_not_fill_its_tiles(int shapeIndex, int windowIndex)
    {
        var shape = Shapes[shapeIndex];
        var window = Fit(Windows[windowIndex], shape);
        foreach (int tile in new[] { 2, 4, 6 })
        {
            if (!WinogradConvolution.Admits(shape, tile))
                continue;
            using var data = new ConvolutionData(shape);
            using var packed = new GuardedBuffer<float>(WinogradConvolution.PackedFilterLength(shape, tile));
            WinogradConvolution.PackForward(Pools[1], shape, tile, data.W.Pointer, packed.Pointer);
            if (!FillsTiles(window, tile))
            {
                Should.Throw<ArgumentException>(() => WinogradConvolution.ForwardPooled(
                    Pools[0], shape, tile, window, data.BlockedX.Pointer, packed.Pointer, data.BlockedY.Pointer, new NoEpilogue()));
                continue;
            }
            WinogradConvolution.Forward(Pools[1], shape, tile, data.BlockedX.Pointer, packed.Pointer, data.BlockedY.Pointer, new NoEpilogue());
            float[] expected = Expected(window, data.BlockedY);
            foreach (var pool in Pools)
                Check(window, expected, (y, epilogue) => WinogradConvolution.ForwardPooled(pool, shape, tile, window, data.BlockedX.Pointer, packed.Pointer, y, epilogue));
            foreach (var blocking in Blockings)
                Check(window, expected, (y, epilogue) => WinogradConvolution.ForwardPooled(Pools[^1], shape, tile, window, data.BlockedX.Pointer, packed.Pointer, y, epilogue, blocking));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void NaN_and_infinities_are_pooled_as_after_the_convolution(int shapeIndex, int windowIndex)
    {
        var shape = Shapes[shapeIndex];
        var window = Fit(Windows[windowIndex], shape);
        using var data = new ConvolutionData(shape);

        // Filters of one sign, so that an infinity stays one: the first image, or half of the only one, is -∞, and the last ends with NaN.
        foreach (ref float weight in data.W.Span)
            weight = MathF.Abs(weight) + 0.1f;
        var x = data.X.Span;
        for (int i = 0; i < x.Length; i++)
        {
            nint image = i / (shape.InChannels * shape.InHeight * shape.InWidth), row = i / shape.InWidth % shape.InHeight;
            if (image == 0 && (shape.Batch > 1 || row < shape.InHeight / 2))
                x[i] = float.NegativeInfinity;
        }
        x[^1] = float.NaN;
        ConvolutionData.Block(x, data.BlockedX, shape.Batch, shape.InChannels, shape.InHeight * shape.InWidth);
        BlockedConvolution.PackForward(Pools[1], shape, data.W.Pointer, data.Packed.Pointer);
        BlockedConvolution.Forward(Pools[1], shape, ImageLayout.Blocked, data.BlockedX.Pointer, data.Packed.Pointer, data.BlockedY.Pointer, new NoEpilogue());
        float[] convolved = ConvolutionData.Unblock(data.BlockedY, shape.Batch, shape.OutChannels, shape.OutHeight * shape.OutWidth);
        convolved.Any(float.IsNaN).ShouldBeTrue();
        float[] expected = Expected(window, data.BlockedY);
        (shape.Batch == 1 || expected.Any(float.IsNegativeInfinity)).ShouldBeTrue();
        foreach (var pool in Pools)
            Check(window, expected, (y, epilogue) => BlockedConvolution.ForwardPooled(pool, shape, window, ImageLayout.Blocked, data.BlockedX.Pointer, data.Packed.Pointer, y, epilogue));
        foreach (int tile in new[] { 2, 4, 6 })
        {
            if (!WinogradConvolution.Admits(shape, tile) || !FillsTiles(window, tile))
                continue;
            using var packed = new GuardedBuffer<float>(WinogradConvolution.PackedFilterLength(shape, tile));
            WinogradConvolution.PackForward(Pools[1], shape, tile, data.W.Pointer, packed.Pointer);
            WinogradConvolution.Forward(Pools[1], shape, tile, data.BlockedX.Pointer, packed.Pointer, data.BlockedY.Pointer, new NoEpilogue());
            expected = Expected(window, data.BlockedY);
            expected.Any(float.IsNaN).ShouldBeTrue();
            foreach (var pool in Pools)
                Check(window, expected, (y, epilogue) => WinogradConvolution.ForwardPooled(pool, shape, tile, window, data.BlockedX.Pointer, packed.Pointer, y, epilogue));
        }
    }

    static bool FillsTiles(in PoolingShape window, int tile) =>
        window.KernelHeight == window.StrideHeight && window.KernelWidth == window.StrideWidth && window.PadTop + window.PadLeft + window.PadBottom + window.PadRight == 0
        && tile % window.KernelHeight == 0 && tile % window.KernelWidth == 0;

    [Fact]
    public void A_pooling_of_other_planes_or_with_gaps_is_refused()
    {
        var shape = Shapes[0];
        var window = Fit(Windows[0], shape);
        foreach (var wrong in new[] { window with { Planes = window.Planes + 1 }, window with { InWidth = 4 }, window with { DilationHeight = 2 } })
            Should.Throw<ArgumentException>(() => BlockedConvolution.ForwardPooled(Pools[0], shape, wrong, ImageLayout.Blocked, default, default, default, new NoEpilogue()));
    }

    static float[] Expected(in PoolingShape window, GuardedBuffer<float> convolved)
    {
        using var y = new GuardedBuffer<float>(window.Planes * window.OutHeight * window.OutWidth * 16);
        BlockedPooling.MaxGather(Pools[1], window, convolved.Pointer, convolved.Pointer, y.Pointer);
        return [.. y.Span.ToArray().Select(value => value + 1)];
    }

    static void Check(in PoolingShape window, float[] expected, Action<Pointer<float>, AddOne> run)
    {
        using var y = new GuardedBuffer<float>(window.Planes * window.OutHeight * window.OutWidth * 16);
        y.Span.Fill(float.NaN);
        run(y.Pointer, new AddOne(y.Pointer));
        y.Span.ToArray().ShouldBe(expected);
    }
}
