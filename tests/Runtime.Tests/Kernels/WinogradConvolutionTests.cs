using System.Runtime.Intrinsics;
using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests;

public class WinogradConvolutionTests
{
    static readonly WorkerPool One = new(1), Two = new(2), Three = new(3);

    static readonly ConvolutionShape[] Shapes =
    [
        new(1, 1, 1, 1, 1, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1),
        new(2, 5, 7, 9, 3, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1),
        new(1, 16, 12, 12, 16, 3, 3),
        new(3, 17, 13, 6, 33, 3, 3, PadTop: 0, PadLeft: 2, PadBottom: 1, PadRight: 0),
        new(2, 40, 14, 14, 50, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1),
        new(1, 3, 5, 4, 20, 3, 3, PadTop: 4, PadLeft: 3, PadBottom: 5, PadRight: 4),
        new(9, 8, 15, 17, 24, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1),
        new(2, 18, 11, 13, 34, 5, 5, PadTop: 2, PadLeft: 2, PadBottom: 2, PadRight: 2),
        new(1, 4, 5, 6, 3, 5, 5, PadTop: 1, PadLeft: 6, PadBottom: 0, PadRight: 3),
    ];

    public static TheoryData<int, int> Cases
    {
        get
        {
            var cases = new TheoryData<int, int>();
            for (int i = 0; i < Shapes.Length; i++)
                foreach (int tile in new[] { 2, 4, 6 })
                    if (WinogradConvolution.Admits(Shapes[i], tile))
                        cases.Add(i, tile);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Results_match_the_definition_within_the_stated_error_at_every_width(int index, int tile)
    {
        using var data = new TransformedCase(Shapes[index]);
        CheckWidth<TileOfSingle, float>(data, tile);
        if (Simd.Has256)
            CheckWidth<TileOfSingle256, Vector256<float>>(data, tile);
        if (Simd.Has512)
            CheckWidth<TileOfSingle512, Vector512<float>>(data, tile);
    }

    static void CheckWidth<TOperations, TVector>(TransformedCase data, int tile)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        var shape = data.Shape;
        nint packed = WinogradConvolution.PackedFilterLength(shape, tile);
        int taps = (int)shape.KernelHeight;
        data.ForwardError(
            Two, packed,
            (pool, in s, w, p) => WinogradConvolution.Pack<TOperations, TVector>(pool, s, tile, w, p, backward: false),
            (pool, in s, x, p, y) => WinogradConvolution.Run<TOperations, TVector, NoEpilogue>(pool, TransformedShape.OfForward(s, tile, tile), taps, x, p, y, default))
            .ShouldBeLessThan(WinogradConvolution.RelativeError(tile, shape.InChannels, taps), $"y of {shape}");
        data.BackwardError(
            Two, packed,
            (pool, in s, w, p) => WinogradConvolution.Pack<TOperations, TVector>(pool, s, tile, w, p, backward: true),
            (pool, in s, dy, p, dx) => WinogradConvolution.Run<TOperations, TVector, NoEpilogue>(pool, TransformedShape.OfBackward(s, tile, tile), taps, dy, p, dx, default))
            .ShouldBeLessThan(WinogradConvolution.RelativeError(tile, shape.OutChannels, taps), $"dx of {shape}");
        using var dw = new GuardedBuffer<float>(data.W.Count);
        dw.Span.Fill(float.NaN);
        WinogradConvolution.BackwardFilter<TOperations, TVector>(Two, shape, tile, data.X.Pointer, data.Dy.Pointer, dw.Pointer);
        data.FilterError(dw.Span).ShouldBeLessThan(WinogradConvolution.RelativeFilterError(tile, TransformedShape.OfForward(shape, tile, tile).Tiles, taps), $"dw of {shape}");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Results_have_the_same_bits_for_any_number_of_threads_and_images_however_they_are_cut(int index, int tile)
    {
        var shape = Shapes[index];
        var (images, gradient) = Compute(One, default);
        foreach (var blocking in new ConvolutionBlocking[] { default, new(0, ConvolutionCut.Pixels), new(0, ConvolutionCut.Channels), new(1), new(9600), new(40, ConvolutionCut.Pixels) })
        {
            // Sums over other blocks of tiles round differently.
            var sums = Compute(One, blocking).Gradient;
            if (blocking.Kilobytes == 0)
                sums.ShouldBe(gradient);
            foreach (var pool in new[] { One, Two, Three })
            {
                var result = Compute(pool, blocking);
                result.Images.ShouldBe(images, $"{blocking}");
                result.Gradient.ShouldBe(sums, $"{blocking}");
            }
        }

        (float[] Images, float[] Gradient) Compute(WorkerPool pool, ConvolutionBlocking blocking)
        {
            using var data = new TransformedCase(shape);
            using var packed = new GuardedBuffer<float>(WinogradConvolution.PackedFilterLength(shape, tile));
            WinogradConvolution.PackForward(pool, shape, tile, data.W.Pointer, packed.Pointer);
            WinogradConvolution.Forward(pool, shape, tile, data.X.Pointer, packed.Pointer, data.Y.Pointer, new NoEpilogue(), blocking);
            WinogradConvolution.PackBackward(pool, shape, tile, data.W.Pointer, packed.Pointer);
            WinogradConvolution.BackwardData(pool, shape, tile, data.Dy.Pointer, packed.Pointer, data.Dx.Pointer, new NoEpilogue(), blocking);
            using var dw = new GuardedBuffer<float>(data.W.Count);
            dw.Span.Fill(float.NaN);
            WinogradConvolution.BackwardFilter(pool, shape, tile, data.X.Pointer, data.Dy.Pointer, dw.Pointer, blocking);
            if (pool == One)
                data.FilterError(dw.Span).ShouldBeLessThan(
                    WinogradConvolution.RelativeFilterError(tile, TransformedShape.OfForward(shape, tile, tile).Tiles, (int)shape.KernelHeight), $"dw of {shape}, {blocking}");
            return ([.. data.Y.Span, .. data.Dx.Span], dw.Span.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Epilogue_finishes_each_element_once(int index, int tile)
    {
        var shape = Shapes[index];
        foreach (var pool in new[] { One, Three })
        {
            using var data = new TransformedCase(shape);
            using var packed = new GuardedBuffer<float>(WinogradConvolution.PackedFilterLength(shape, tile));
            WinogradConvolution.PackForward(pool, shape, tile, data.W.Pointer, packed.Pointer);
            WinogradConvolution.Forward(pool, shape, tile, data.X.Pointer, packed.Pointer, data.Y.Pointer, new NoEpilogue());
            float[] expected = [.. data.Y.Span.ToArray().Select(v => v + 1)];
            WinogradConvolution.Forward(pool, shape, tile, data.X.Pointer, packed.Pointer, data.Y.Pointer, new AddOne(data.Y.Pointer));
            data.Y.Span.ToArray().ShouldBe(expected);
        }
    }

    // Blocks of tiles that share the transformed input, and blocks that do not, with more than one of each.
    [Theory]
    [InlineData(2, false)]
    [InlineData(4, false)]
    [InlineData(6, false)]
    [InlineData(2, true)]
    [InlineData(4, true)]
    [InlineData(6, true)]
    public void Many_tiles_and_channels_match_the_definition(int tile, bool positive)
    {
        var shape = new ConvolutionShape(2, 70, 40, 43, 45, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1);
        using var data = new TransformedCase(shape, positive);
        data.ForwardError(
            Three, WinogradConvolution.PackedFilterLength(shape, tile),
            (pool, in s, w, p) => WinogradConvolution.PackForward(pool, s, tile, w, p),
            (pool, in s, x, p, y) => WinogradConvolution.Forward(pool, s, tile, x, p, y, new NoEpilogue()))
            .ShouldBeLessThan(WinogradConvolution.RelativeError(tile, shape.InChannels));
        using var dw = new GuardedBuffer<float>(data.W.Count);
        WinogradConvolution.BackwardFilter(Three, shape, tile, data.X.Pointer, data.Dy.Pointer, dw.Pointer);
        data.FilterError(dw.Span).ShouldBeLessThan(WinogradConvolution.RelativeFilterError(tile, TransformedShape.OfForward(shape, tile, tile).Tiles));
    }

    [Fact]
    public void Empty_batch_is_left_alone_and_no_channels_give_zeros()
    {
        var empty = new ConvolutionShape(0, 4, 8, 8, 4, 3, 3);
        WinogradConvolution.Forward(Two, empty, 4, default, default, default, new NoEpilogue());
        var none = new ConvolutionShape(1, 0, 8, 8, 4, 3, 3);
        using var y = new GuardedBuffer<float>(16 * 36);
        y.Span.Fill(5);
        WinogradConvolution.Forward(Two, none, 4, default, default, y.Pointer, new NoEpilogue());
        y.Span.ToArray().ShouldAllBe(v => v == 0);
        using var dw = new GuardedBuffer<float>(16 * 9);
        dw.Span.Fill(5);
        WinogradConvolution.BackwardFilter(Two, empty, 4, default, default, dw.Pointer);
        dw.Span.ToArray().ShouldAllBe(v => v == 0);
    }

    [Fact]
    public void What_is_not_admitted_is_refused()
    {
        foreach (var shape in new[]
        {
            new ConvolutionShape(1, 4, 8, 8, 4, 3, 3, StrideHeight: 2), new(1, 4, 8, 8, 4, 3, 3, DilationWidth: 2), new(1, 4, 8, 8, 4, 3, 3, Groups: 2),
            new(1, 4, 8, 8, 4, 3, 5), new(1, 4, 8, 8, 4, 1, 1),
        })
        {
            WinogradConvolution.Admits(shape, 4).ShouldBeFalse();
            Should.Throw<ArgumentException>(() => WinogradConvolution.Forward(One, shape, 4, default, default, default, new NoEpilogue()));
        }
        WinogradConvolution.Admits(new ConvolutionShape(1, 4, 8, 8, 4, 5, 5), 6).ShouldBeFalse();
    }
}
