using System.Text.RegularExpressions;
using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;
using Shouldly;
using Xunit;
using WinogradConvolution = NetCompiler.Runtime.Gpu.WinogradConvolution;

namespace NetCompiler.Gpu.Tests;

public sealed class WinogradConvolutionTests
{
    static readonly ConvolutionShape[] Shapes =
    [
        new(1, 1, 1, 1, 1, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1),
        new(2, 5, 7, 9, 3, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1),
        new(2, 7, 8, 6, 9, 3, 3),
        new(1, 3, 5, 4, 6, 3, 3, PadTop: 4, PadLeft: 3, PadBottom: 5, PadRight: 4),
        new(3, 4, 6, 5, 2, 3, 3, PadTop: 0, PadLeft: 2, PadBottom: 1, PadRight: 0),
    ];

    public static TheoryData<int, int> Cases
    {
        get
        {
            var cases = new TheoryData<int, int>();
            for (int i = 0; i < Shapes.Length; i++)
            {
                cases.Add(i, 2);
                cases.Add(i, 4);
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Results_and_gradients_are_within_the_stated_error_and_the_same_bits_on_every_run(int index, int tile)
    {
        var shape = Shapes[index];
        var data = new ConvolutionData(shape);
        void Forward(GpuDevice device, in ConvolutionShape s, DevicePointer<float> x, DevicePointer<float> w, DevicePointer<float> y) => WinogradConvolution.Forward(device, s, tile, x, w, y);
        void BackwardData(GpuDevice device, in ConvolutionShape s, DevicePointer<float> dy, DevicePointer<float> w, DevicePointer<float> dx) => WinogradConvolution.BackwardData(device, s, tile, dy, w, dx);
        void BackwardFilter(GpuDevice device, in ConvolutionShape s, DevicePointer<float> x, DevicePointer<float> dy, DevicePointer<float> dw) => WinogradConvolution.BackwardFilter(device, s, tile, x, dy, dw);

        var y = data.Forward(Forward);
        data.Y.ErrorInPlanes(y, shape.OutHeight * shape.OutWidth).ShouldBeLessThan(Runtime.WinogradConvolution.RelativeError(tile, shape.InChannels), $"y of {shape}");
        data.Forward(Forward).ShouldBe(y);

        var dx = data.BackwardData(BackwardData);
        data.Dx.ErrorInPlanes(dx, shape.InHeight * shape.InWidth).ShouldBeLessThan(Runtime.WinogradConvolution.RelativeError(tile, shape.OutChannels), $"dx of {shape}");
        data.BackwardData(BackwardData).ShouldBe(dx);

        nint tiles = shape.Batch * ((shape.OutHeight + tile - 1) / tile) * ((shape.OutWidth + tile - 1) / tile);
        var dw = data.BackwardFilter(BackwardFilter);
        data.Dw.ErrorInPlanes(dw, 9).ShouldBeLessThan(Runtime.WinogradConvolution.RelativeFilterError(tile, tiles), $"dw of {shape}");
        data.BackwardFilter(BackwardFilter).ShouldBe(dw);
    }

    [Fact]
    public void Slices_of_the_images_fit_the_workspace_and_leave_no_image_out()
    {
        WinogradConvolution.ImagesAtATime(7, 4 * 100, 30).ShouldBe(3);
        WinogradConvolution.ImagesAtATime(7, 4 * 100, 300).ShouldBe(1);
        WinogradConvolution.ImagesAtATime(7, 4 * 100, 1).ShouldBe(7);
    }

    [Fact]
    public void Other_filters_strides_and_tiles_are_refused()
    {
        Refused(new(1, 1, 8, 8, 1, 5, 5), 2);
        Refused(new(1, 1, 8, 8, 1, 3, 3, StrideHeight: 2), 2);
        Refused(new(1, 2, 8, 8, 2, 3, 3, Groups: 2), 2);
        Refused(new(1, 1, 8, 8, 1, 3, 3), 6);

        static void Refused(ConvolutionShape shape, int tile) => Should.Throw<ArgumentException>(() =>
            WinogradConvolution.Forward(GpuDevice.For(Device.GpuEmulator)!, shape, tile, default, default, default));
    }

    [Theory]
    [InlineData(typeof(TransformTilesKernel<InputOf4>), 16, 16)]
    [InlineData(typeof(TransformTilesKernel<InputOf6>), 36, 36)]
    [InlineData(typeof(TransformTilesKernel<ResultFilterOf4>), 4, 16)]
    [InlineData(typeof(TransformTilesKernel<ResultFilterOf6>), 16, 36)]
    [InlineData(typeof(TransformFiltersKernel<FilterOf4>), 9, 16)]
    [InlineData(typeof(TransformFiltersKernel<FilterOf6>), 9, 36)]
    [InlineData(typeof(TransformResultsKernel<OutputOf4, StorePlanes>), 16, 4)]
    [InlineData(typeof(TransformResultsKernel<OutputOf6, StorePlanes>), 36, 16)]
    [InlineData(typeof(TransformFilterGradientsKernel<FilterGradientOf4>), 16, 9)]
    [InlineData(typeof(TransformFilterGradientsKernel<FilterGradientOf6>), 36, 9)]
    public void Transforms_stay_in_registers_and_touch_each_number_once(Type kernel, int loads, int stores)
    {
        string ptx = Ptx.Compile(kernel);
        ptx.ShouldNotContain(".local");
        Ptx.Division(ptx).ShouldBeEmpty();
        // Of both architectures.
        Regex.Count(ptx, @"ld\.global").ShouldBe(2 * loads);
        Regex.Count(ptx, @"st\.global").ShouldBe(2 * stores);
    }
}
