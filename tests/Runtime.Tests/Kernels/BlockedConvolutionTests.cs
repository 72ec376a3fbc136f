using System.Runtime.Intrinsics;
using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests;

public class BlockedConvolutionTests
{
    static readonly WorkerPool One = new(1), Two = new(2), Three = new(3);

    // Bands of a row, and cuts for threads that the sizes do not suggest.
    static readonly ConvolutionBlocking[] Blockings = [default, new(0, ConvolutionCut.Pixels), new(0, ConvolutionCut.Channels), new(1), new(30, ConvolutionCut.Channels)];

    static readonly ConvolutionShape[] Shapes =
    [
        new(1, 1, 1, 1, 1, 1, 1),
        new(1, 16, 7, 7, 32, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1),
        new(3, 20, 7, 7, 40, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1),
        new(2, 33, 15, 29, 17, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1),
        new(2, 7, 9, 20, 70, 1, 1),
        new(3, 48, 7, 7, 64, 1, 1),
        new(2, 24, 14, 14, 20, 1, 1, StrideHeight: 2, StrideWidth: 2),
        new(2, 18, 13, 11, 35, 3, 2, StrideHeight: 2, StrideWidth: 3, PadTop: 2, PadLeft: 0, PadBottom: 1, PadRight: 3),
        new(1, 17, 12, 12, 33, 3, 3, DilationHeight: 2, DilationWidth: 3, PadTop: 3, PadLeft: 4, PadBottom: 2, PadRight: 1),
        new(2, 32, 12, 12, 64, 3, 3, DilationHeight: 2, DilationWidth: 3, PadTop: 3, PadLeft: 4, PadBottom: 2, PadRight: 1, Groups: 2),
        new(2, 32, 9, 9, 96, 3, 3, StrideHeight: 2, StrideWidth: 2, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1, Groups: 2),
        new(2, 3, 31, 31, 40, 11, 11, StrideHeight: 4, StrideWidth: 4),
        new(2, 3, 30, 30, 33, 7, 7, StrideHeight: 2, StrideWidth: 2, PadTop: 3, PadLeft: 3, PadBottom: 3, PadRight: 3),
        new(2, 3, 18, 17, 16, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1),
        new(1, 1, 10, 10, 6, 5, 5, DilationWidth: 2),
        new(2, 4, 16, 24, 20, 8, 8, StrideHeight: 8, StrideWidth: 8),
        new(1, 2, 9, 25, 18, 3, 3, StrideHeight: 3, StrideWidth: 3, PadTop: 1, PadLeft: 2, PadBottom: 0, PadRight: 0),
        new(1, 16, 2, 2, 16, 5, 5, PadTop: 2, PadLeft: 2, PadBottom: 2, PadRight: 2),
        new(1, 20, 6, 5, 20, 2, 2, StrideHeight: 4, StrideWidth: 4, PadTop: 1, PadLeft: 1, PadBottom: 2, PadRight: 2),
        new(1, 8, 6, 6, 8, 1, 1, PadTop: 1, PadLeft: 2, PadBottom: 0, PadRight: 1),
        new(1, 8, 9, 9, 24, 2, 2, StrideHeight: 4, StrideWidth: 6, DilationHeight: 2, DilationWidth: 4, PadTop: 1, PadLeft: 3),
        new(2, 40, 9, 21, 40, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1, Groups: 40),
        new(3, 18, 15, 30, 18, 5, 3, StrideHeight: 2, StrideWidth: 2, PadTop: 2, PadLeft: 1, PadBottom: 1, PadRight: 2, Groups: 18),
        new(2, 16, 12, 12, 16, 3, 3, StrideHeight: 3, StrideWidth: 1, PadTop: 3, PadLeft: 4, PadBottom: 2, PadRight: 1, DilationHeight: 2, DilationWidth: 3, Groups: 16),
        new(3, 6, 14, 14, 16, 5, 5),
        new(2, 20, 12, 33, 50, 5, 5, PadTop: 2, PadLeft: 1, PadBottom: 0, PadRight: 2),
        new(1, 5, 11, 40, 35, 3, 4, DilationHeight: 2, DilationWidth: 3, PadTop: 1, PadLeft: 3, PadBottom: 3, PadRight: 0),
        new(2, 1040, 6, 9, 33, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1),
        new(3, 64, 30, 60, 32, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1),
    ];

    public static TheoryData<int> Indices => [.. Enumerable.Range(0, Shapes.Length)];

    [Theory]
    [MemberData(nameof(Indices))]
    public void Forward_and_the_gradient_of_the_input_match_the_definition_with_the_same_bits_for_any_number_of_threads_and_vector_width(int index)
    {
        var shape = Shapes[index];
        using var data = new ConvolutionData(shape);
        foreach (var layout in new[] { ImageLayout.Blocked, ImageLayout.Planar })
        {
            if (!BlockedConvolution.Admits(shape, layout))
                continue;
            BlockedConvolution.PackForward(Two, shape, data.W.Pointer, data.Packed.Pointer);
            var x = layout == ImageLayout.Planar ? data.X : data.BlockedX;
            var results = new List<float[]>();
            foreach (var pool in new[] { One, Two, Three })
                foreach (var blocking in Blockings)
                    Add(() => BlockedConvolution.Forward(pool, shape, layout, x.Pointer, data.Packed.Pointer, data.BlockedY.Pointer, new NoEpilogue(), blocking));
            var problem = BlockedProblem.Forward(shape, layout);
            Add(() => BlockedConvolution.Run<TileOfSingle, float, NoEpilogue>(Two, problem, x.Pointer, data.Packed.Pointer, data.BlockedY.Pointer, default, new NoEpilogue()));
            if (Simd.Has256)
                Add(() => BlockedConvolution.Run<TileOfSingle256, Vector256<float>, NoEpilogue>(Two, problem, x.Pointer, data.Packed.Pointer, data.BlockedY.Pointer, default, new NoEpilogue()));
            foreach (var result in results)
                result.ShouldBe(results[0]);
            Close.ShouldBe<float>(results[0], data.ExpectedY, data.MagnitudeY, shape.InChannels / shape.Groups * shape.KernelHeight * shape.KernelWidth, $"y of {shape}, {layout}");

            void Add(Action run)
            {
                data.BlockedY.Span.Fill(float.NaN);
                run();
                if (!BlockedConvolution.IsDepthwise(shape))
                    data.LanesBeyond(data.BlockedY, shape.OutChannels).ShouldAllBe(value => value == 0);
                results.Add(ConvolutionData.Unblock(data.BlockedY, shape.Batch, shape.OutChannels, shape.OutHeight * shape.OutWidth));
            }
        }

        {
            data.ResetDy();
            BlockedConvolution.PackBackward(Two, shape, data.W.Pointer, data.Packed.Pointer);
            var results = new List<float[]>();
            foreach (var pool in new[] { One, Two, Three })
                foreach (var blocking in Blockings)
                    Add(() => BlockedConvolution.BackwardData(pool, shape, data.BlockedY.Pointer, data.Packed.Pointer, data.BlockedDx.Pointer, new NoEpilogue(), blocking));
            var problem = BlockedProblem.Transpose(shape);
            Add(() => BlockedConvolution.Run<TileOfSingle, float, NoEpilogue>(Two, problem, data.BlockedY.Pointer, data.Packed.Pointer, data.BlockedDx.Pointer, default, new NoEpilogue()));
            if (Simd.Has256)
                Add(() => BlockedConvolution.Run<TileOfSingle256, Vector256<float>, NoEpilogue>(Two, problem, data.BlockedY.Pointer, data.Packed.Pointer, data.BlockedDx.Pointer, default, new NoEpilogue()));
            foreach (var result in results)
                result.ShouldBe(results[0]);
            Close.ShouldBe<float>(results[0], data.ExpectedDx, data.MagnitudeDx, shape.OutChannels / shape.Groups * shape.KernelHeight * shape.KernelWidth, $"dx of {shape}");

            void Add(Action run)
            {
                data.BlockedDx.Span.Fill(float.NaN);
                run();
                results.Add(ConvolutionData.Unblock(data.BlockedDx, shape.Batch, shape.InChannels, shape.InHeight * shape.InWidth));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Indices))]
    public void The_gradient_of_the_filter_matches_the_definition_with_the_same_bits_for_any_number_of_threads_and_vector_width(int index)
    {
        var shape = Shapes[index];
        using var data = new ConvolutionData(shape);
        foreach (var (layout, blocking) in new[] { ImageLayout.Blocked, ImageLayout.Planar }.SelectMany(layout => Blockings.Select(blocking => (layout, blocking))))
        {
            if (!BlockedConvolution.Admits(shape, layout))
                continue;
            var x = layout == ImageLayout.Planar ? data.X : data.BlockedX;
            var results = new List<float[]>();
            foreach (var pool in new[] { One, Two, Three })
                Add(() => BlockedConvolution.BackwardFilter(pool, shape, layout, x.Pointer, data.BlockedY.Pointer, data.Dw.Pointer, blocking));
            var problem = BlockedProblem.Forward(shape, layout);
            Add(() => BlockedConvolution.BackwardFilter<TileOfSingle, float>(Two, problem, x.Pointer, data.BlockedY.Pointer, data.Dw.Pointer, blocking));
            if (Simd.Has256)
                Add(() => BlockedConvolution.BackwardFilter<TileOfSingle256, Vector256<float>>(Two, problem, x.Pointer, data.BlockedY.Pointer, data.Dw.Pointer, blocking));
            foreach (var result in results)
                result.ShouldBe(results[0]);
            Close.ShouldBe<float>(results[0], data.ExpectedDw, data.MagnitudeDw, shape.Batch * shape.OutHeight * shape.OutWidth, $"dw of {shape}, {layout}, {blocking}");

            void Add(Action run)
            {
                data.Dw.Span.Fill(float.NaN);
                run();
                results.Add(data.Dw.Span.ToArray());
            }
        }
    }

    [Fact]
    public void Empty_batch_has_a_zero_filter_gradient()
    {
        var shape = new ConvolutionShape(0, 20, 5, 5, 40, 3, 3);
        using var dw = new GuardedBuffer<float>(20 * 40 * 9);
        dw.Span.Fill(float.NaN);
        BlockedConvolution.Forward(Two, shape, ImageLayout.Blocked, default, default, default, new NoEpilogue());
        BlockedConvolution.BackwardFilter(Two, shape, ImageLayout.Blocked, default, default, dw.Pointer);
        dw.Span.ToArray().ShouldAllBe(v => v == 0);
    }

    [Fact]
    public void Filter_larger_than_the_input_has_no_output_and_zero_gradients()
    {
        var shape = new ConvolutionShape(2, 1, 3, 3, 1, 5, 5);
        using var packed = new GuardedBuffer<float>(BlockedConvolution.PackedFilterLength(shape));
        using var dx = new GuardedBuffer<float>(2 * 9 * 16);
        using var dw = new GuardedBuffer<float>(25);
        dx.Span.Fill(1);
        dw.Span.Fill(1);
        BlockedConvolution.BackwardData(Two, shape, default, packed.Pointer, dx.Pointer, new NoEpilogue());
        BlockedConvolution.BackwardFilter(Two, shape, ImageLayout.Blocked, dx.Pointer, default, dw.Pointer);
        dx.Span.ToArray().ShouldAllBe(v => v == 0);
        dw.Span.ToArray().ShouldAllBe(v => v == 0);
    }

    [Theory]
    [MemberData(nameof(Indices))]
    public void Every_element_is_finished_once_after_its_sum(int index)
    {
        var shape = Shapes[index];
        if (shape.InChannels > 1000)
            return;
        using var data = new ConvolutionData(shape);
        BlockedConvolution.PackForward(Two, shape, data.W.Pointer, data.Packed.Pointer);
        BlockedConvolution.Forward(Two, shape, ImageLayout.Blocked, data.BlockedX.Pointer, data.Packed.Pointer, data.BlockedY.Pointer, new NoEpilogue());
        var expected = data.BlockedY.Span.ToArray().Select(value => value + 1000).ToArray();
        BlockedConvolution.Forward(Two, shape, ImageLayout.Blocked, data.BlockedX.Pointer, data.Packed.Pointer, data.BlockedY.Pointer, new AddThousand(data.BlockedY.Pointer));
        data.BlockedY.Span.ToArray().ShouldBe(expected);

        data.ResetDy();
        BlockedConvolution.PackBackward(Two, shape, data.W.Pointer, data.Packed.Pointer);
        BlockedConvolution.BackwardData(Two, shape, data.BlockedY.Pointer, data.Packed.Pointer, data.BlockedDx.Pointer, new NoEpilogue());
        expected = data.BlockedDx.Span.ToArray().Select(value => value + 1000).ToArray();
        BlockedConvolution.BackwardData(Two, shape, data.BlockedY.Pointer, data.Packed.Pointer, data.BlockedDx.Pointer, new AddThousand(data.BlockedDx.Pointer));
        data.BlockedDx.Span.ToArray().ShouldBe(expected);
    }

    [Fact]
    public void Groups_that_cut_blocks_are_refused()
    {
        var shape = new ConvolutionShape(1, 40, 5, 5, 40, 3, 3, Groups: 2);
        BlockedConvolution.Admits(shape, ImageLayout.Blocked).ShouldBeFalse();
        Should.Throw<ArgumentException>(() => BlockedConvolution.Forward(One, shape, ImageLayout.Blocked, default, default, default, new NoEpilogue()));
    }

    readonly struct AddThousand(Pointer<float> y) : ITileEpilogue
    {
        public void Run(nint row, nint rows, nint column, nint columns)
        {
            for (nint r = row; r < row + rows; r++)
                for (nint c = column; c < column + columns; c++)
                    y[r * 16 + c] += 1000;
        }
    }
}
