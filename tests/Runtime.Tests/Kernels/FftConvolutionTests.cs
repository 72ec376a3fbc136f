using System.Runtime.Intrinsics;
using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests;

public class FftConvolutionTests
{
    static readonly WorkerPool One = new(1), Two = new(2), Three = new(3);

    static readonly ConvolutionShape[] Shapes =
    [
        new(1, 1, 1, 1, 1, 7, 7, PadTop: 3, PadLeft: 3, PadBottom: 3, PadRight: 3),
        new(2, 5, 9, 7, 3, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1),
        new(1, 3, 6, 5, 2, 1, 1),
        new(2, 17, 19, 23, 33, 7, 7, PadTop: 3, PadLeft: 3, PadBottom: 3, PadRight: 3),
        new(3, 3, 40, 37, 18, 11, 9, PadTop: 0, PadLeft: 5, PadBottom: 7, PadRight: 0),
        new(1, 2, 21, 33, 5, 6, 31, PadTop: 8, PadLeft: 15, PadBottom: 1, PadRight: 40),
        new(1, 3, 48, 50, 5, 32, 33),
        new(1, 1, 70, 66, 2, 64, 64, PadTop: 5, PadLeft: 1, PadBottom: 5, PadRight: 1),
    ];

    public static TheoryData<int> Indices => [.. Enumerable.Range(0, Shapes.Length)];

    // The tile's sizes that a model chooses; all are here, so that each is tested.
    [Fact]
    public void Shapes_take_tiles_of_every_size() =>
        Shapes.Select(shape => FftConvolution.TileSize(shape, backward: false)).Distinct().Order().ShouldBe([8, 16, 32, 64]);

    [Theory]
    [MemberData(nameof(Indices))]
    public void Results_match_the_definition_within_the_stated_error_at_every_width(int index)
    {
        using var data = new TransformedCase(Shapes[index]);
        CheckWidth<TileOfSingle, float>(data);
        if (Simd.Has256)
            CheckWidth<TileOfSingle256, Vector256<float>>(data);
        if (Simd.Has512)
            CheckWidth<TileOfSingle512, Vector512<float>>(data);
    }

    static void CheckWidth<TOperations, TVector>(TransformedCase data)
        where TOperations : struct, ITileOperations<TVector, float> where TVector : struct
    {
        var shape = data.Shape;
        nint packed = FftConvolution.PackedFilterLength(shape);
        data.ForwardError(
            Two, packed,
            (pool, in s, w, p) => FftConvolution.Pack<TOperations, TVector>(pool, s, w, p, backward: false),
            (pool, in s, x, p, y) => FftConvolution.Run<TOperations, TVector, NoEpilogue>(pool, s, x, p, y, backward: false, default))
            .ShouldBeLessThan(FftConvolution.RelativeError(shape.InChannels), $"y of {shape}");
        data.BackwardError(
            Two, packed,
            (pool, in s, w, p) => FftConvolution.Pack<TOperations, TVector>(pool, s, w, p, backward: true),
            (pool, in s, dy, p, dx) => FftConvolution.Run<TOperations, TVector, NoEpilogue>(pool, s, dy, p, dx, backward: true, default))
            .ShouldBeLessThan(FftConvolution.RelativeError(shape.OutChannels), $"dx of {shape}");
        using var dw = new GuardedBuffer<float>(data.W.Count);
        dw.Span.Fill(float.NaN);
        FftConvolution.BackwardFilter<TOperations, TVector>(Two, shape, data.X.Pointer, data.Dy.Pointer, dw.Pointer);
        data.FilterError(dw.Span).ShouldBeLessThan(FftConvolution.RelativeFilterError(shape), $"dw of {shape}");
    }

    [Theory]
    [MemberData(nameof(Indices))]
    public void Results_have_the_same_bits_for_any_number_of_threads(int index)
    {
        var shape = Shapes[index];
        var one = Compute(One);
        Compute(Two).ShouldBe(one);
        Compute(Three).ShouldBe(one);

        float[] Compute(WorkerPool pool)
        {
            using var data = new TransformedCase(shape);
            using var packed = new GuardedBuffer<float>(FftConvolution.PackedFilterLength(shape));
            FftConvolution.PackForward(pool, shape, data.W.Pointer, packed.Pointer);
            FftConvolution.Forward(pool, shape, data.X.Pointer, packed.Pointer, data.Y.Pointer, new NoEpilogue());
            FftConvolution.PackBackward(pool, shape, data.W.Pointer, packed.Pointer);
            FftConvolution.BackwardData(pool, shape, data.Dy.Pointer, packed.Pointer, data.Dx.Pointer, new NoEpilogue());
            FftConvolution.BackwardFilter(pool, shape, data.X.Pointer, data.Dy.Pointer, data.W.Pointer);
            return [.. data.Y.Span, .. data.Dx.Span, .. data.W.Span];
        }
    }

    [Theory]
    [MemberData(nameof(Indices))]
    public void Epilogue_finishes_each_element_once(int index)
    {
        var shape = Shapes[index];
        foreach (var pool in new[] { One, Three })
        {
            using var data = new TransformedCase(shape);
            using var packed = new GuardedBuffer<float>(FftConvolution.PackedFilterLength(shape));
            FftConvolution.PackForward(pool, shape, data.W.Pointer, packed.Pointer);
            FftConvolution.Forward(pool, shape, data.X.Pointer, packed.Pointer, data.Y.Pointer, new NoEpilogue());
            float[] expected = [.. data.Y.Span.ToArray().Select(v => v + 1)];
            FftConvolution.Forward(pool, shape, data.X.Pointer, packed.Pointer, data.Y.Pointer, new AddOne(data.Y.Pointer));
            data.Y.Span.ToArray().ShouldBe(expected);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Many_tiles_and_channels_match_the_definition(bool positive)
    {
        var shape = new ConvolutionShape(2, 70, 33, 43, 45, 5, 5, PadTop: 2, PadLeft: 2, PadBottom: 2, PadRight: 2);
        using var data = new TransformedCase(shape, positive);
        data.ForwardError(
            Three, FftConvolution.PackedFilterLength(shape),
            (pool, in s, w, p) => FftConvolution.PackForward(pool, s, w, p),
            (pool, in s, x, p, y) => FftConvolution.Forward(pool, s, x, p, y, new NoEpilogue()))
            .ShouldBeLessThan(FftConvolution.RelativeError(shape.InChannels));
    }

    [Fact]
    public void Empty_batch_is_left_alone_and_no_channels_give_zeros()
    {
        var empty = new ConvolutionShape(0, 4, 8, 8, 4, 3, 3);
        FftConvolution.Forward(Two, empty, default, default, default, new NoEpilogue());
        var none = new ConvolutionShape(1, 0, 8, 8, 4, 3, 3);
        using var y = new GuardedBuffer<float>(16 * 36);
        y.Span.Fill(5);
        FftConvolution.Forward(Two, none, default, default, y.Pointer, new NoEpilogue());
        y.Span.ToArray().ShouldAllBe(v => v == 0);
        using var dw = new GuardedBuffer<float>(16 * 9);
        dw.Span.Fill(5);
        FftConvolution.BackwardFilter(Two, empty, default, default, dw.Pointer);
        dw.Span.ToArray().ShouldAllBe(v => v == 0);
    }

    [Fact]
    public void What_is_not_admitted_is_refused()
    {
        foreach (var shape in new[]
        {
            new ConvolutionShape(1, 4, 8, 8, 4, 3, 3, StrideHeight: 2), new(1, 4, 8, 8, 4, 3, 3, DilationWidth: 2), new(1, 4, 8, 8, 4, 3, 3, Groups: 2),
            new(1, 4, 80, 80, 4, 65, 3),
        })
        {
            FftConvolution.Admits(shape).ShouldBeFalse();
            Should.Throw<ArgumentException>(() => FftConvolution.Forward(One, shape, default, default, default, new NoEpilogue()));
        }
    }
}
