using System.Text.RegularExpressions;
using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;
using Shouldly;
using Xunit;
using Im2ColConvolution = NetCompiler.Runtime.Gpu.Im2ColConvolution;

namespace NetCompiler.Gpu.Tests;

/// <summary>Convolutions as products: against float64, the same bits as element by element, and what their kernels are as assembly.</summary>
public sealed class ConvolutionTests
{
    static readonly ConvolutionShape[] Shapes =
    [
        new(1, 1, 1, 1, 1, 1, 1),
        new(2, 5, 7, 9, 3, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1),
        new(3, 2, 9, 6, 67, 5, 3, PadTop: 4, PadLeft: 0, PadBottom: 1, PadRight: 2),
        new(2, 3, 11, 8, 4, 3, 2, StrideHeight: 2, StrideWidth: 3, PadTop: 1, PadLeft: 2, PadBottom: 0, PadRight: 1),
        new(1, 6, 10, 9, 9, 2, 3, PadTop: 2, PadLeft: 1, PadBottom: 3, PadRight: 3, DilationHeight: 3, DilationWidth: 2, Groups: 3),
        new(2, 70, 5, 5, 4, 2, 2, StrideHeight: 2, StrideWidth: 1, PadTop: 1, PadLeft: 1, DilationHeight: 2, Groups: 2),
        new(1, 4, 3, 2, 4, 1, 7, PadLeft: 6, PadRight: 6, StrideWidth: 5, Groups: 4),
    ];

    public static TheoryData<int, ProductMethod> Cases
    {
        get
        {
            var cases = new TheoryData<int, ProductMethod>();
            for (int i = 0; i < Shapes.Length; i++)
            {
                foreach (var method in new[] { ProductMethod.Tile64x64, ProductMethod.Tile128x64, ProductMethod.Tile128x128 })
                    cases.Add(i, method);
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Results_and_gradients_equal_sums_in_float64_and_have_the_bits_of_factors_read_element_by_element(int index, ProductMethod method)
    {
        var shape = Shapes[index];
        var data = new ConvolutionData(shape);
        var y = data.Forward((GpuDevice device, in ConvolutionShape s, DevicePointer<float> x, DevicePointer<float> w, DevicePointer<float> y) => Im2ColConvolution.Forward(device, s, x, w, y, method));
        data.Y.ErrorOfSums(y).ShouldBeLessThanOrEqualTo(1, $"y of {shape}");
        Bits(data.Forward(ByElements.Forward)).ShouldBe(Bits(y));

        var dx = data.BackwardData((GpuDevice device, in ConvolutionShape s, DevicePointer<float> dy, DevicePointer<float> w, DevicePointer<float> dx) => Im2ColConvolution.BackwardData(device, s, dy, w, dx, method));
        data.Dx.ErrorOfSums(dx).ShouldBeLessThanOrEqualTo(1, $"dx of {shape}");
        Bits(data.BackwardData(ByElements.BackwardData)).ShouldBe(Bits(dx));

        var dw = data.BackwardFilter((GpuDevice device, in ConvolutionShape s, DevicePointer<float> x, DevicePointer<float> dy, DevicePointer<float> dw) => Im2ColConvolution.BackwardFilter(device, s, x, dy, dw, method));
        data.Dw.ErrorOfSums(dw).ShouldBeLessThanOrEqualTo(1, $"dw of {shape}");
        Bits(data.BackwardFilter(ByElements.BackwardFilter)).ShouldBe(Bits(dw));
    }

    [Fact]
    public void Sums_over_many_positions_are_cut_into_parts_and_equal_sums_in_float64()
    {
        var shape = new ConvolutionShape(3, 2, 19, 21, 3, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1);
        Products.PartsOf(1, 3, 18, 3 * 19 * 21, 64, 64).ShouldBeGreaterThan(1);
        var data = new ConvolutionData(shape);
        var dw = data.BackwardFilter((GpuDevice device, in ConvolutionShape s, DevicePointer<float> x, DevicePointer<float> dy, DevicePointer<float> dw) => Im2ColConvolution.BackwardFilter(device, s, x, dy, dw, ProductMethod.Tile64x64));
        data.Dw.ErrorOfSums(dw).ShouldBeLessThanOrEqualTo(1);
    }

    static int[] Bits(float[] values) => [.. values.Select(BitConverter.SingleToInt32Bits)];

    [Fact]
    public void Quotients_by_multiplication_are_those_of_division_at_all_borders()
    {
        var random = new Random(7);
        IEnumerable<int> divisors =
        [
            .. Enumerable.Range(1, 5000), .. Enumerable.Range(0, 31).SelectMany(i => new[] { (1 << i) - 1, 1 << i, (1 << i) + 1 }), int.MaxValue - 1, int.MaxValue,
            .. Enumerable.Range(0, 5000).Select(_ => random.Next(1, int.MaxValue)),
        ];
        foreach (int divisor in divisors.Where(divisor => divisor > 0))
        {
            var reciprocal = new Divisor(divisor);
            long most = int.MaxValue / divisor;
            foreach (long quotient in new[] { 0, 1, 2, most / 2, most - 1, most, random.NextInt64(most + 1) })
            {
                for (long number = quotient * divisor - 1; number <= quotient * divisor + 1; number++)
                {
                    if (number is >= 0 and <= int.MaxValue && reciprocal.Quotient((int)number) != (int)number / divisor)
                        Assert.Fail($"{number} / {divisor} is not {reciprocal.Quotient((int)number)}");
                }
            }
            reciprocal.Quotient(int.MaxValue).ShouldBe(int.MaxValue / divisor);
        }
    }

    [Theory]
    [InlineData(typeof(Elements<ContiguousLines>), typeof(PatchSlabs))]
    [InlineData(typeof(SegmentSlabs), typeof(GradientPatchSlabs))]
    [InlineData(typeof(SegmentSlabs), typeof(PatchOfFilterSlabs))]
    public void Slabs_are_fetched_without_divisions_and_without_local_memory(Type left, Type right)
    {
        foreach (var (tile, fetches) in new[] { (typeof(Tile64x64), 2), (typeof(Tile128x64), 3), (typeof(Tile128x128), 2) })
        {
            string kernel = Ptx.Compile(typeof(ProductKernel<,,,>).MakeGenericType(tile, left, right, typeof(EndByElement<EndImage<StorePlanes>>)));
            // A thread's parts of a slab by four elements, before the loop and in it; for two architectures.
            Regex.Count(kernel, @"ld\.global\.f32").ShouldBe(2 * 2 * 4 * fetches);
            foreach (string slow in new[] { ".local", "call", "div.f32" })
                kernel.ShouldNotContain(slow);
            // Which tile, product and part the group computes is found by division, once, before the loop.
            Regex.Count(kernel, @"(div|rem)\.").ShouldBe(2 * 7);
            foreach (string ofOneArchitecture in kernel.Split(".visible .entry")[1..])
                Regex.IsMatch(ofOneArchitecture[ofOneArchitecture.IndexOf("bar.sync", StringComparison.Ordinal)..], @"(div|rem)\.").ShouldBeFalse();
        }
    }
}

/// <summary>Convolutions whose factors are read element by element.</summary>
static class ByElements
{
    public static void Forward(GpuDevice device, in ConvolutionShape shape, DevicePointer<float> x, DevicePointer<float> w, DevicePointer<float> y)
    {
        var s = new ConvolutionSizes(shape);
        Products.Multiply(
            device, s.Groups, s.OutOfGroup, s.Images * s.OutPositions, s.FilterSize,
            new ContiguousLines(w.View, s.FilterSize, (long)s.OutOfGroup * s.FilterSize), new Plain<Patches>(new(x.View, s)),
            new EndImage<StorePlanes>(new(y.View, s.OutPositions), s.OutChannels, s.OutPositions, s.OutOfGroup), ProductMethod.Tile64x64);
    }

    public static void BackwardData(GpuDevice device, in ConvolutionShape shape, DevicePointer<float> dy, DevicePointer<float> w, DevicePointer<float> dx)
    {
        var s = new ConvolutionSizes(shape);
        Products.Multiply(
            device, s.Groups, s.InOfGroup, s.Images * s.InPositions, s.OutOfGroup * s.WindowSize,
            new Plain<SegmentedLines>(new(w.View, s.WindowSize, s.FilterSize, s.OutOfGroup * s.FilterSize)), new Plain<GradientPatches>(new(dy.View, s)),
            new EndImage<StorePlanes>(new(dx.View, s.InPositions), s.InChannels, s.InPositions, s.InOfGroup), ProductMethod.Tile64x64);
    }

    public static void BackwardFilter(GpuDevice device, in ConvolutionShape shape, DevicePointer<float> x, DevicePointer<float> dy, DevicePointer<float> dw)
    {
        var s = new ConvolutionSizes(shape);
        Products.Multiply(
            device, s.Groups, s.OutOfGroup, s.FilterSize, s.Images * s.OutPositions,
            new Plain<SegmentedLines>(new(dy.View, s.OutPositions, s.OutChannels * s.OutPositions, s.OutOfGroup * s.OutPositions)),
            new Plain<PatchesOfFilter>(new(new Patches(x.View, s))),
            new StoreMatrix(dw.View, s.FilterSize, (long)s.OutOfGroup * s.FilterSize), ProductMethod.Tile64x64);
    }
}

/// <summary>A factor of which no more is known than its elements.</summary>
readonly struct Plain<TOperand>(TOperand operand) : IGpuOperand where TOperand : struct, IGpuOperand
{
    readonly TOperand _operand = operand;

    public bool IsContiguousInSum => _operand.IsContiguousInSum;

    public float At(int batch, int line, int place) => _operand.At(batch, line, place);
}
