using System.Text.RegularExpressions;
using ILGPU;
using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;
using Shouldly;
using Xunit;

namespace NetCompiler.Gpu.Tests;

/// <summary>Convolutions by tensor cores: how patches come to an emulated unit, against float64 and element by element, and the assembly of the real one.</summary>
public sealed class TensorConvolutionTests
{
    static readonly GpuDevice Emulator = GpuDevice.For(Device.GpuEmulator)!;

    static readonly ConvolutionShape[] Shapes =
    [
        new(2, 5, 7, 9, 3, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1),
        new(2, 3, 11, 8, 4, 3, 2, StrideHeight: 2, StrideWidth: 3, PadTop: 1, PadLeft: 2, PadBottom: 0, PadRight: 1),
        new(1, 4, 10, 9, 70, 2, 3, PadTop: 2, PadLeft: 1, PadBottom: 3, PadRight: 3, DilationHeight: 3, DilationWidth: 2, Groups: 2),
    ];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Tf32_results_and_gradients_have_the_bits_of_patches_read_element_by_element(int index) => Check<Tf32Word>(Shapes[index], 2.01 / 2048);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void BFloat16_results_and_gradients_have_the_bits_of_patches_read_element_by_element(int index) => Check<BF16Word>(Shapes[index], 2.01 / 256);

    static void Check<TWord>(ConvolutionShape shape, double rounding) where TWord : struct, IWord
    {
        var data = new ConvolutionData(shape);
        var y = data.Forward(Forward<TWord>(plain: false));
        Close(data.Y, y, shape.InChannels / shape.Groups * shape.KernelHeight * shape.KernelWidth);
        y.ShouldBe(data.Forward(Forward<TWord>(plain: true)));
        var dx = data.BackwardData(BackwardData<TWord>(plain: false));
        Close(data.Dx, dx, shape.OutChannels / shape.Groups * shape.KernelHeight * shape.KernelWidth);
        dx.ShouldBe(data.BackwardData(BackwardData<TWord>(plain: true)));
        var dw = data.BackwardFilter(BackwardFilter<TWord>(plain: false));
        Close(data.Dw, dw, shape.Batch * shape.OutHeight * shape.OutWidth);
        dw.ShouldBe(data.BackwardFilter(BackwardFilter<TWord>(plain: true)));

        // Both factors are rounded, then sums.
        void Close(ConvolutionData.Sums sums, float[] actual, nint terms) =>
            sums.ErrorInPlanes(actual, actual.Length).ShouldBeLessThanOrEqualTo(rounding + (terms + 2) * Math.ScaleB(1, -24), $"of {shape}");
    }

    static ConvolutionData.Kernel Forward<TWord>(bool plain) where TWord : struct, IWord => (GpuDevice device, in ConvolutionShape shape, DevicePointer<float> x, DevicePointer<float> w, DevicePointer<float> y) =>
    {
        var s = new ConvolutionSizes(shape);
        Multiply<TWord, ContiguousLines, Patches, EndImage<StorePlanes>>(
            plain, s.Groups, s.OutOfGroup, s.Images * s.OutPositions, s.FilterSize,
            new(w.View, s.FilterSize, (long)s.OutOfGroup * s.FilterSize), new(x.View, s), new(new(y.View, s.OutPositions), s.OutChannels, s.OutPositions, s.OutOfGroup));
    };

    static ConvolutionData.Kernel BackwardData<TWord>(bool plain) where TWord : struct, IWord => (GpuDevice device, in ConvolutionShape shape, DevicePointer<float> dy, DevicePointer<float> w, DevicePointer<float> dx) =>
    {
        var s = new ConvolutionSizes(shape);
        Multiply<TWord, SegmentedLines, GradientPatches, EndImage<StorePlanes>>(
            plain, s.Groups, s.InOfGroup, s.Images * s.InPositions, s.OutOfGroup * s.WindowSize,
            new(w.View, s.WindowSize, s.FilterSize, s.OutOfGroup * s.FilterSize), new(dy.View, s), new(new(dx.View, s.InPositions), s.InChannels, s.InPositions, s.InOfGroup));
    };

    static ConvolutionData.Kernel BackwardFilter<TWord>(bool plain) where TWord : struct, IWord => (GpuDevice device, in ConvolutionShape shape, DevicePointer<float> x, DevicePointer<float> dy, DevicePointer<float> dw) =>
    {
        var s = new ConvolutionSizes(shape);
        Multiply<TWord, SegmentedLines, PatchesOfFilter, StoreMatrix>(
            plain, s.Groups, s.OutOfGroup, s.FilterSize, s.Images * s.OutPositions,
            new(dy.View, s.OutPositions, s.OutChannels * s.OutPositions, s.OutOfGroup * s.OutPositions), new(new Patches(x.View, s)),
            new(dw.View, s.FilterSize, s.OutOfGroup * s.FilterSize));
    };

    static void Multiply<TWord, TLeft, TRight, TEnd>(bool plain, int batch, int rows, int columns, int terms, TLeft left, TRight right, TEnd end)
        where TWord : struct, IWord where TLeft : struct, IGpuOperand where TRight : struct, IGpuOperand where TEnd : struct, IGpuProductEnd
    {
        int groups = batch * ((rows + 127) / 128) * ((columns + 127) / 128) * Products.PartsOf(batch, rows, columns, terms, 128, 128);
        using var buffers = new DeviceBuffers(Emulator);
        var engine = new TensorEngine<EmulatedMatrixUnit<TWord>>(new(buffers.Of(new int[groups * 256 * EmulatedMatrixUnit<TWord>.Size]).View));
        var sizes = new ProductSizes(Emulator, batch, rows, columns, terms);
        if (plain)
            Products.Multiply(sizes, new Plain<TLeft>(left), new Plain<TRight>(right), end, engine);
        else
            Products.Multiply(sizes, left, right, end, engine);
        Emulator.Stream.Synchronize();
    }

    [Theory]
    [InlineData(typeof(TensorQuads<SegmentQuad>), typeof(TensorPatches<PatchLine>))]
    [InlineData(typeof(TensorQuads<SegmentQuad>), typeof(TensorPatches<GradientPatchLine>))]
    [InlineData(typeof(TensorQuads<SegmentQuad>), typeof(TensorQuads<PatchOfFilterQuad>))]
    public void Patches_arrive_in_registers_and_are_stored_in_fours_behind_the_multiplications(Type left, Type right)
    {
        foreach (var (unit, places) in new[] { (typeof(Tf32Unit), 1), (typeof(BF16Unit), 2), (typeof(F16Unit), 2) })
        {
            string kernel = Ptx.Compile(typeof(TensorKernel<,,,>).MakeGenericType(unit, left, right, typeof(EndByElement<EndImage<StorePlanes>>)));
            Regex.Count(kernel, @"mma\.sync").ShouldBe(2 * 2 * 16);
            // Eight words of each factor, for two slabs before the loop and in it; for two architectures.
            Regex.Count(kernel, @"ld\.global\.f32").ShouldBe(2 * 3 * 2 * 8 * places);
            Regex.Count(kernel, @"st\.shared\.v4").ShouldBe(2 * 3 * 4);
            kernel.ShouldNotContain(".local");
            kernel.ShouldNotContain(".func");
            foreach (string ofOneArchitecture in kernel.Split(".visible .entry")[1..])
            {
                // Where the group and the thread are is found by division, before the loop.
                Regex.IsMatch(ofOneArchitecture[ofOneArchitecture.IndexOf("bar.sync", StringComparison.Ordinal)..], @"(div|rem)\.\w+\s+%\w+, %\w+, %").ShouldBeFalse();
                int lastMultiplication = ofOneArchitecture.LastIndexOf("mma.sync", StringComparison.Ordinal);
                ofOneArchitecture.IndexOf("st.shared.v4", lastMultiplication, StringComparison.Ordinal).ShouldBeGreaterThan(lastMultiplication);
            }
        }
    }
}
