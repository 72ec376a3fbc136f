using System.Text.RegularExpressions;
using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;
using Shouldly;
using Xunit;
using Gemm = NetCompiler.Runtime.Gpu.Gemm;
using Im2ColConvolution = NetCompiler.Runtime.Gpu.Im2ColConvolution;

namespace NetCompiler.Gpu.Tests;

/// <summary>Products of few rows or columns against float64, and what their kernels are as assembly.</summary>
public sealed class ThinProductTests
{
    static readonly GpuDevice Emulator = GpuDevice.For(Device.GpuEmulator)!;

    // m, n, k and the gap between rows: in fours, with all that lies beyond blocks of four, and of each number of lines of the short side.
    [Theory]
    [InlineData(1, 72, 68, 0)]
    [InlineData(8, 132, 36, 4)]
    [InlineData(76, 3, 260, 0)]
    [InlineData(1, 70, 37, 1)]
    [InlineData(2, 9, 131, 0)]
    [InlineData(7, 133, 21, 3)]
    [InlineData(69, 1, 35, 0)]
    [InlineData(34, 6, 515, 1)]
    [InlineData(5, 5, 3, 0)]
    [InlineData(4, 2, 0, 1)]
    [InlineData(1, 1, 1, 0)]
    public void Products_of_few_rows_or_columns_equal_sums_in_float64(int m, int n, int k, int gap)
    {
        foreach (bool transposedA in new[] { false, true })
        {
            foreach (bool transposedB in new[] { false, true })
                Check(new ProductSample(2, transposedA, transposedB, m, n, k, gap));
        }
    }

    [Theory]
    [InlineData(3, 2, 8400)]
    [InlineData(4, 8, 8192)]
    public void Sums_cut_into_parts_equal_sums_in_float64_and_are_the_same_bits_on_every_call(int m, int n, int k)
    {
        foreach (bool transposed in new[] { false, true })
        {
            ThinLayout.Of(1, Math.Max(m, n), k, (m > n) != transposed).Parts.ShouldBeGreaterThan(1);
            var sample = new ProductSample(1, transposed, transposed, m, n, k, 0);
            Check(sample).ShouldBe(Check(sample));
        }
    }

    [Theory]
    [InlineData(7, 67, 12)]
    [InlineData(67, 7, 12)]
    [InlineData(3, 2, 8400)]
    public void An_epilogue_takes_every_element_once_with_rows_of_all_matrices_in_sequence(int m, int n, int k)
    {
        var sample = new ProductSample(2, false, false, m, n, k, 0);
        sample.Check(
            Emulator,
            (s, a, strideA, batchA, b, strideB, batchB, c, strideC, _) =>
                Gemm.MultiplyBatched(Emulator, s.Batch, false, false, s.M, s.N, s.K, a, strideA, batchA, b, strideB, batchB, default, 0, 0, new AddTo(c, strideC), ProductMethod.Thin),
            sample.RoundingOfFloat32);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_infinite_last_term_is_not_multiplied_by_what_is_beyond_it(bool transposed)
    {
        using var buffers = new DeviceBuffers(Emulator);
        float[] a = [1, 1, 1, 1, float.PositiveInfinity], b = [.. Enumerable.Repeat(float.PositiveInfinity, 5 * 3)], c = new float[3];
        var result = buffers.Of(c);
        Gemm.Multiply(Emulator, false, transposed, 1, 3, 5, buffers.Of(a), 5, buffers.Of(b), transposed ? 5 : 3, result, 3, ProductMethod.Thin);
        Emulator.Download(result, c);
        c.ShouldAllBe(value => value == float.PositiveInfinity);
    }

    public static TheoryData<int> Convolutions => [.. Enumerable.Range(0, Shapes.Length)];

    // Channels apart, few results a channel, and few positions.
    static readonly ConvolutionShape[] Shapes =
    [
        new(2, 5, 9, 7, 5, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1, Groups: 5),
        new(3, 4, 7, 8, 8, 2, 3, StrideHeight: 2, StrideWidth: 3, PadTop: 1, PadLeft: 2, DilationHeight: 2, Groups: 4),
        new(1, 37, 3, 2, 41, 2, 1),
        new(2, 3, 11, 6, 7, 3, 2, PadTop: 2, PadLeft: 1),
    ];

    [Theory]
    [MemberData(nameof(Convolutions))]
    public void Convolutions_with_few_channels_or_positions_equal_sums_in_float64(int index)
    {
        var shape = Shapes[index];
        var data = new ConvolutionData(shape);
        var y = data.Forward((GpuDevice device, in ConvolutionShape s, DevicePointer<float> x, DevicePointer<float> w, DevicePointer<float> y) => Im2ColConvolution.Forward(device, s, x, w, y, ProductMethod.Thin));
        data.Y.ErrorOfSums(y).ShouldBeLessThanOrEqualTo(1, $"y of {shape}");
        var dx = data.BackwardData((GpuDevice device, in ConvolutionShape s, DevicePointer<float> dy, DevicePointer<float> w, DevicePointer<float> dx) => Im2ColConvolution.BackwardData(device, s, dy, w, dx, ProductMethod.Thin));
        data.Dx.ErrorOfSums(dx).ShouldBeLessThanOrEqualTo(1, $"dx of {shape}");
        var dw = data.BackwardFilter((GpuDevice device, in ConvolutionShape s, DevicePointer<float> x, DevicePointer<float> dy, DevicePointer<float> dw) =>
            Im2ColConvolution.BackwardFilter(device, s, x, dy, dw, Math.Min(s.OutChannels / s.Groups, s.InChannels / s.Groups * s.KernelHeight * s.KernelWidth) <= 8 ? ProductMethod.Thin : ProductMethod.BySize));
        data.Dw.ErrorOfSums(dw).ShouldBeLessThanOrEqualTo(1, $"dw of {shape}");
    }

    [Fact]
    public void A_product_that_is_not_thin_is_refused_by_its_sizes() =>
        Should.Throw<ArgumentException>(() => Gemm.Multiply(Emulator, false, false, 9, 10, 1, default, 1, default, 10, default, 10, ProductMethod.Thin))
            .Message.ShouldBe("products of 9 x 10 elements are not thin: Thin computes those of at most 8 rows or columns");

    [Fact]
    public void Thin_products_are_computed_so_by_themselves()
    {
        Products.Best(1, 1, 1000, 4096).ShouldBe(ProductMethod.Thin);
        Products.Best(64, 4096, 8, 64).ShouldBe(ProductMethod.Thin);
        Products.Best(1, 9, 1000, 4096).ShouldNotBe(ProductMethod.Thin);
    }

    [Theory]
    [InlineData(1, 1000, 4096)]
    [InlineData(1, 4096, 512)]
    [InlineData(1, 128, 100_000)]
    [InlineData(1, 2, 1_000_000)]
    [InlineData(256, 196, 9)]
    [InlineData(1, 300_000, 64)]
    public void As_many_threads_share_in_a_product_as_it_takes_and_each_has_work(int batch, int lines, int terms)
    {
        foreach (bool isContiguousInSum in new[] { false, true })
        {
            var layout = ThinLayout.Of(batch, lines, terms, isContiguousInSum);
            layout.Threads.ShouldBeInRange(32, 256);
            long groups = batch * (((lines + 3L) / 4 + (1 << layout.QuadBits) - 1) >> layout.QuadBits) * layout.Parts;
            long blocks = batch * ((lines + 3L) / 4) * ((terms + 3L) / 4);
            // Half of what keeps the memory busy, or what there is in blocks of four by four; of parts there are 64 at most.
            (groups * layout.Threads).ShouldBeGreaterThanOrEqualTo(Math.Min(1 << 14, blocks / 8));
            // Neighbours in memory for neighbouring threads, and no slot without a term.
            (isContiguousInSum ? layout.SlotBits : layout.QuadBits).ShouldBeGreaterThanOrEqualTo(lines > 8 && terms > 16 ? 2 : 0);
            (1 << layout.SlotBits).ShouldBeLessThan(terms / layout.Parts);
        }
    }

    static int[] Check(ProductSample sample) => sample.Check(
        Emulator,
        (s, a, strideA, batchA, b, strideB, batchB, c, strideC, batchC) =>
            Gemm.MultiplyBatched(Emulator, s.Batch, s.TransposedA, s.TransposedB, s.M, s.N, s.K, a, strideA, batchA, b, strideB, batchB, c, strideC, batchC, ProductMethod.Thin),
        sample.RoundingOfFloat32);

    [Theory]
    [InlineData(typeof(OneLine<VectorLine>), 1)]
    [InlineData(typeof(TwoOf<TwoOf<TwoOf<OneLine<VectorLine>, VectorLine>, VectorLine>, VectorLine>), 8)]
    public void A_step_is_multiplications_and_vector_loads_alone(Type sums, int lines)
    {
        foreach (var source in new[] { typeof(FourLines<VectorLine>), typeof(VectorQuads) })
        {
            string kernel = Ptx.Compile(typeof(ThinKernel<,,,>).MakeGenericType(sums, typeof(VectorLine), source, typeof(StoreMatrix)));
            Ptx.Division(kernel).ShouldBeEmpty();
            // For two architectures: 4 x 4 products of each line of the short side.
            Count(kernel, "mul.f32").ShouldBe(2 * 16 * lines);
            Count(kernel, "ld.global.v4.f32").ShouldBe(2 * (4 + lines));
            Count(kernel, "st.shared.v4.f32").ShouldBe(2 * (lines + 1));
            foreach (string slow in new[] { ".local", "call", "ld.global.f32", "st.global.v" })
                kernel.ShouldNotContain(slow);
            // Addresses go on from step to step by additions; one distance between places is a product.
            foreach (string ofOneArchitecture in kernel.Split(".visible .entry")[1..])
            {
                int firstLoad = ofOneArchitecture.IndexOf("ld.global.v4", StringComparison.Ordinal), lastLoad = ofOneArchitecture.LastIndexOf("ld.global.v4", StringComparison.Ordinal);
                Count(ofOneArchitecture[firstLoad..lastLoad], "mul.lo.s64").ShouldBeLessThanOrEqualTo(1);
            }
        }
    }

    [Theory]
    [InlineData(typeof(FourPatches<Patches>))]
    [InlineData(typeof(FourPatches<GradientPatches>))]
    [InlineData(typeof(FourPlacesOfPatches))]
    [InlineData(typeof(FourLines<ElementLine<SegmentedLines>>))]
    [InlineData(typeof(ElementQuads<InterleavedLines>))]
    public void Any_factor_is_read_into_registers(Type source)
    {
        string kernel = Ptx.Compile(typeof(ThinKernel<,,,>).MakeGenericType(typeof(OneLine<ElementLine<ContiguousLines>>), typeof(ElementLine<ContiguousLines>), source, typeof(StoreMatrix)));
        kernel.ShouldNotContain(".local");
        kernel.ShouldNotContain("call");
        Count(kernel, "ld.global.f32").ShouldBe(2 * (16 + 4));
    }

    static int Count(string text, string part) => Regex.Matches(text, Regex.Escape(part) + @"\s").Count;
}
