using System.Text.RegularExpressions;
using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;
using Shouldly;
using Xunit;
using Gemm = NetCompiler.Runtime.Gpu.Gemm;

namespace NetCompiler.Gpu.Tests;

/// <summary>Products of matrices in float32 against float64, and what their kernels are as assembly.</summary>
public sealed class ProductTests
{
    static readonly GpuDevice Emulator = GpuDevice.For(Device.GpuEmulator)!;

    public static TheoryData<ProductMethod, bool, bool> Cases()
    {
        var cases = new TheoryData<ProductMethod, bool, bool>();
        foreach (var method in new[] { ProductMethod.Tile64x64, ProductMethod.Tile128x64, ProductMethod.Tile128x128 })
        {
            foreach (bool transposedA in new[] { false, true })
            {
                cases.Add(method, transposedA, false);
                cases.Add(method, transposedA, true);
            }
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Products_in_fours_equal_sums_in_float64(ProductMethod method, bool transposedA, bool transposedB) =>
        Check(new ProductSample(1, transposedA, transposedB, 68, 76, 36, 4), method);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Products_of_odd_sizes_equal_sums_in_float64(ProductMethod method, bool transposedA, bool transposedB) =>
        Check(new ProductSample(1, transposedA, transposedB, 67, 69, 21, 1), method);

    [Theory]
    [InlineData(ProductMethod.Tile64x64)]
    [InlineData(ProductMethod.Tile128x64)]
    [InlineData(ProductMethod.Tile128x128)]
    public void All_blocks_of_a_tile_and_its_neighbours_are_computed(ProductMethod method) => Check(new ProductSample(1, false, false, 132, 136, 8, 0), method);

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 70, 5)]
    [InlineData(66, 1, 17)]
    [InlineData(3, 2, 0)]
    public void Thin_products_equal_sums_in_float64(int m, int n, int k)
    {
        Check(new ProductSample(2, false, false, m, n, k, 3), ProductMethod.BySize);
        Check(new ProductSample(2, true, true, m, n, k, 0), ProductMethod.BySize);
    }

    [Theory]
    [InlineData(40, 8, 1040)]
    [InlineData(9, 7, 1100)]
    public void Sums_cut_into_parts_equal_sums_in_float64(int m, int n, int k)
    {
        Products.PartsOf(2, m, n, k, 64, 64).ShouldBeGreaterThan(1);
        foreach (bool transposed in new[] { false, true })
            Check(new ProductSample(2, transposed, transposed, m, n, k, 0), ProductMethod.Tile64x64);
    }

    [Fact]
    public void Results_are_the_same_bits_on_every_call_and_for_every_tile()
    {
        var sample = new ProductSample(1, false, true, 65, 33, 40, 0);
        var expected = Check(sample, ProductMethod.BySize);
        foreach (var method in new[] { ProductMethod.BySize, ProductMethod.Tile64x64, ProductMethod.Tile128x64, ProductMethod.Tile128x128 })
            Check(sample, method).ShouldBe(expected);
    }

    [Theory]
    [InlineData(ProductMethod.Tile64x64)]
    [InlineData(ProductMethod.Tile128x64)]
    [InlineData(ProductMethod.Tile128x128)]
    public void An_epilogue_takes_every_element_once_with_rows_of_all_matrices_in_sequence(ProductMethod method)
    {
        // Twice the same: what the epilogue stores is the product of a sample whose rows follow one another.
        var sample = new ProductSample(2, false, false, 9, 67, 12, 0);
        sample.Check(
            Emulator,
            (s, a, strideA, batchA, b, strideB, batchB, c, strideC, _) =>
                Gemm.MultiplyBatched(Emulator, s.Batch, false, false, s.M, s.N, s.K, a, strideA, batchA, b, strideB, batchB, default, 0, 0, new AddTo(c, strideC), method),
            sample.RoundingOfFloat32);
    }

    [Fact]
    public void Large_products_take_large_tiles_and_small_ones_small_tiles()
    {
        Products.Best(1, 4096, 4096, 4096).ShouldBe(ProductMethod.Tile128x128);
        Products.Best(1, 40_000, 64, 1024).ShouldBe(ProductMethod.Tile128x64);
        Products.Best(1, 64, 500, 800).ShouldBe(ProductMethod.Tile64x64);
        Products.Best(64, 32, 32, 32).ShouldBe(ProductMethod.Tile64x64);
    }

    static int[] Check(ProductSample sample, ProductMethod method) => sample.Check(
        Emulator,
        (s, a, strideA, batchA, b, strideB, batchB, c, strideC, batchC) =>
            Gemm.MultiplyBatched(Emulator, s.Batch, s.TransposedA, s.TransposedB, s.M, s.N, s.K, a, strideA, batchA, b, strideB, batchB, c, strideC, batchC, method),
        sample.RoundingOfFloat32);

    // Per step of the sum a thread has 1, 2 or 4 blocks of 16 sums, for which it loads 2, 3 or 4 vectors.
    [Theory]
    [InlineData(typeof(Tile64x64), 1, 2, 1, 1)]
    [InlineData(typeof(Tile128x64), 2, 3, 2, 1)]
    [InlineData(typeof(Tile128x128), 4, 4, 1, 1)]
    public void A_step_of_a_tile_is_multiplications_and_vector_loads_alone(Type tile, int blocks, int loads, int leftFetches, int rightFetches)
    {
        int steps = ((IProductTile)Activator.CreateInstance(tile)!).Steps;
        string kernel = Ptx.Compile(typeof(ProductKernel<,,,>).MakeGenericType(tile, typeof(ContiguousVectors), typeof(InterleavedVectors), typeof(StoreVectors)));
        Ptx.Division(kernel).ShouldBeEmpty();
        // For two architectures.
        Count(kernel, "mul.f32").ShouldBe(2 * steps * blocks * 16);
        Count(kernel, "add.f32").ShouldBe(2 * steps * blocks * 16);
        Count(kernel, "ld.shared.v4.f32").ShouldBe(2 * steps * loads);
        // Before the loop and in it.
        Count(kernel, "ld.global.v4.f32").ShouldBe(2 * 2 * (leftFetches + rightFetches));
        Count(kernel, "st.global.v4.f32").ShouldBe(2 * blocks * 4);
        Count(kernel, "st.shared.v4.f32").ShouldBe(2 * rightFetches);
        Count(kernel, "bar.sync").ShouldBe(2);
        foreach (string slow in new[] { ".local", "call", "ld.shared.f32", "ld.global.f32", "st.global.f32" })
            kernel.ShouldNotContain(slow);
    }

    [Fact]
    public void The_next_slab_is_requested_before_this_one_is_multiplied()
    {
        string kernel = Ptx.Compile(typeof(ProductKernel<Tile128x128, InterleavedVectors, InterleavedVectors, StoreVectors>));
        string afterBarrier = kernel[kernel.IndexOf("bar.sync", StringComparison.Ordinal)..];
        string beforeMultiplying = afterBarrier[..afterBarrier.IndexOf("ld.shared", StringComparison.Ordinal)];
        // ILGPU puts guarded loads behind the code; the branches to them are where they are done.
        var guards = Regex.Matches(beforeMultiplying, @"@%p\d+ bra\s+(L_\d+);").Select(match => match.Groups[1].Value).ToList();
        guards.Count.ShouldBe(2);
        guards.ShouldAllBe(label => Regex.IsMatch(afterBarrier, label + @":\s+[^:]*ld\.global\.v4\.f32[^:]*bra\.uni"));
    }

    static int Count(string text, string part) => Regex.Matches(text, Regex.Escape(part) + @"\s").Count;
}

/// <summary>Adds to what there is, less what the test filled in: an element that is missing or taken twice shows.</summary>
struct AddTo(DevicePointer<float> c, int stride) : IGpuEpilogue
{
    readonly DevicePointer<float> _c = c;
    readonly int _stride = stride;

    public readonly void Store(int row, int column, float value)
    {
        float before = _c[row * _stride + column];
        _c[row * _stride + column] = before == -77f ? value : 1e9f;
    }
}
