using System.Globalization;
using System.Text.RegularExpressions;
using ILGPU;
using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;
using Shouldly;
using Xunit;

namespace NetCompiler.Gpu.Tests;

/// <summary>The products of tensor cores: the movement of data around an emulated unit against float64, and the assembly of the real one.</summary>
public sealed class TensorProductTests
{
    static readonly GpuDevice Emulator = GpuDevice.For(Device.GpuEmulator)!;

    // Two rounded factors: 2^-11 each, or 2^-8 of bfloat16, half a unit of the last bit, and their product; float16 is not normal below 2^-14.
    const double RoundingOf11Bits = 2.01 / 2048, RoundingOf8Bits = 2.01 / 256;

    public static TheoryData<bool, bool, int, int, int, int> Cases()
    {
        var cases = new TheoryData<bool, bool, int, int, int, int>();
        foreach (bool transposedA in new[] { false, true })
        {
            foreach (bool transposedB in new[] { false, true })
            {
                // In fours over four slabs, and what no vector reads.
                cases.Add(transposedA, transposedB, 68, 132, 60, 4);
                cases.Add(transposedA, transposedB, 131, 37, 23, 1);
            }
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Tf32_products_equal_sums_in_float64_but_for_rounded_factors(bool transposedA, bool transposedB, int m, int n, int k, int gap) =>
        Check<Tf32Word>(new ProductSample(1, transposedA, transposedB, m, n, k, gap), RoundingOf11Bits);

    [Theory]
    [MemberData(nameof(Cases))]
    public void BFloat16_products_equal_sums_in_float64_but_for_rounded_factors(bool transposedA, bool transposedB, int m, int n, int k, int gap) =>
        Check<BF16Word>(new ProductSample(1, transposedA, transposedB, m, n, k, gap), RoundingOf8Bits);

    [Theory]
    [InlineData(false, true, 68, 36, 100, 4)]
    [InlineData(true, false, 37, 66, 41, 0)]
    public void Float16_products_equal_sums_in_float64_but_for_rounded_factors(bool transposedA, bool transposedB, int m, int n, int k, int gap) =>
        Check<F16Word>(new ProductSample(1, transposedA, transposedB, m, n, k, gap), RoundingOf11Bits);

    [Theory]
    [InlineData(1040)]
    [InlineData(0)]
    public void Batches_with_sums_in_parts_and_without_terms_are_computed(int k) => Check<Tf32Word>(new ProductSample(2, false, false, 5, 8, k, 0), RoundingOf11Bits);

    [Fact]
    public void Results_are_the_same_bits_on_every_call()
    {
        var sample = new ProductSample(1, false, false, 36, 40, 52, 0);
        Check<BF16Word>(sample, RoundingOf8Bits).ShouldBe(Check<BF16Word>(sample, RoundingOf8Bits));
    }

    static int[] Check<TWord>(ProductSample sample, double rounding) where TWord : struct, IWord
    {
        var buffer = Emulator.NewBuffer();
        int groups = sample.Batch * ((sample.M + 127) / 128) * ((sample.N + 127) / 128) * Products.PartsOf(sample.Batch, sample.M, sample.N, sample.K, 128, 128);
        long size = (long)groups * 256 * EmulatedMatrixUnit<TWord>.Size * sizeof(int);
        buffer.EnsureCapacity(size);
        var engine = new TensorEngine<EmulatedMatrixUnit<TWord>>(new(buffer.At<int>().View));
        return sample.Check(
            Emulator,
            (s, a, strideA, batchA, b, strideB, batchB, c, strideC, batchC) =>
            {
                if (s.TransposedA)
                    Right(new InterleavedLines(a.View, strideA, batchA));
                else
                    Right(new ContiguousLines(a.View, strideA, batchA));

                void Right<TLeft>(TLeft left) where TLeft : struct, IGpuOperand
                {
                    var sizes = new ProductSizes(Emulator, s.Batch, s.M, s.N, s.K);
                    var end = new StoreMatrix(c.View, strideC, batchC);
                    if (s.TransposedB)
                        Products.Multiply(sizes, left, new ContiguousLines(b.View, strideB, batchB), end, engine);
                    else
                        Products.Multiply(sizes, left, new InterleavedLines(b.View, strideB, batchB), end, engine);
                }
            },
            rounding + sample.RoundingOfFloat32);
    }

    [Fact]
    public void Words_of_a_slab_have_places_of_their_own_and_a_warp_meets_no_bank_twice()
    {
        foreach (var place in new Func<int, int, int>[] { TensorLayout.ByLine, TensorLayout.ByWord })
        {
            var places = Enumerable.Range(0, 128).SelectMany(line => Enumerable.Range(0, 16).Select(word => place(line, word))).Order();
            places.ShouldBe(Enumerable.Range(0, TensorLayout.Slab));
            for (int octet = 0; octet < 16; octet++)
            {
                for (int half = 0; half < 4; half++)
                {
                    var banks = Enumerable.Range(0, 32).Select(lane => place(8 * octet + lane / 4, 4 * half + lane % 4) % 32);
                    banks.Distinct().Count().ShouldBe(32);
                }
            }
        }
    }

    [Fact]
    public void The_places_of_fragments_in_the_assembly_are_those_of_the_emulated_unit()
    {
        Loads(TensorCoreText.LeftLines, "a", "left").ShouldBe(Enumerable.Range(0, 16).Select(i => (i, i / 2 % 2, 4 * MatrixFragments.LeftLines(i))));
        Loads(TensorCoreText.LeftWords, "a", "left").ShouldBe(Enumerable.Range(0, 16).Select(i => (i, i % 2, 4 * MatrixFragments.LeftWords(i))));
        Loads(TensorCoreText.RightLines, "b", "right").ShouldBe(Enumerable.Range(0, 8).Select(i => (i, i % 2, 4 * MatrixFragments.RightLines(i))));
        Loads(TensorCoreText.RightWords, "b", "right").ShouldBe(Enumerable.Range(0, 8).Select(i => (i, i % 2, 4 * MatrixFragments.RightWords(i))));
        foreach (var (text, first) in new[] { (TensorCoreText.StoreUpper, 0), (TensorCoreText.StoreLower, 2) })
        {
            var stores = Regex.Matches(text, @"st\.shared\.v2\.f32 \[target\+(\d+)\], \{c(\d+), c(\d+)\};").Select(match => (At: Number(match, 1), First: Number(match, 2), Second: Number(match, 3))).ToList();
            stores.Count.ShouldBe(16);
            stores.OrderBy(store => store.First).ShouldBe(
                from i in Enumerable.Range(0, 2) from j in Enumerable.Range(0, 4) from row in Enumerable.Range(0, 2)
                let sum = (4 * (first + i) + j) * 4 + 2 * row
                select (4 * MatrixFragments.Result(i, j, 2 * row), sum, sum + 1));
        }

        static IEnumerable<(int, int, int)> Loads(string text, string register, string place) =>
            Regex.Matches(text, $@"ld\.shared\.b32 {register}(\d+), \[{place}([01])\+(\d+)\];").Select(match => (Number(match, 1), Number(match, 2), Number(match, 3))).OrderBy(load => load.Item1).ToList();
    }

    static int Number(Match match, int group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [Theory]
    [InlineData(typeof(Tf32Unit), "m16n8k8.row.col.f32.tf32.tf32.f32")]
    [InlineData(typeof(BF16Unit), "m16n8k16.row.col.f32.bf16.bf16.f32")]
    [InlineData(typeof(F16Unit), "m16n8k16.row.col.f32.f16.f16.f32")]
    public void Kernels_multiply_every_pair_of_fragments_into_sums_of_its_own(Type unit, string shape)
    {
        string kernel = Kernel(unit, typeof(TensorLines), typeof(TensorWords));
        var multiplications = Regex.Matches(
            kernel, @"mma\.sync\.aligned\." + Regex.Escape(shape) + @" \{c(\d+), c(\d+), c(\d+), c(\d+)\}, \{a(\d+), a(\d+), a(\d+), a(\d+)\}, \{b(\d+), b(\d+)\}, \{c\1, c\2, c\3, c\4\};");
        // Two steps of a slab, for two architectures.
        multiplications.Count.ShouldBe(2 * 2 * 16);
        Regex.Matches(kernel, @"mma\.sync").Count.ShouldBe(multiplications.Count);
        for (int n = 0; n < 16; n++)
        {
            var numbers = Enumerable.Range(1, 10).Select(group => Number(multiplications[n], group));
            int i = n / 4, j = n % 4;
            numbers.ShouldBe([16 * i + 4 * j, 16 * i + 4 * j + 1, 16 * i + 4 * j + 2, 16 * i + 4 * j + 3, 4 * i, 4 * i + 1, 4 * i + 2, 4 * i + 3, 2 * j, 2 * j + 1]);
        }
        kernel.ShouldContain(".shared .align 16 .b8 __shared_alloca0[49152];");
        kernel.ShouldNotContain("__shared_alloca1");
        kernel.ShouldNotContain(".local");
        kernel.ShouldNotContain("call");
        // Each statement of inline assembly is ended.
        Regex.Matches(kernel, @"(?m)(mma|cp\.async|cvt\.r|ld\.shared|st\.shared)[^;\n]*$").ShouldBeEmpty();
    }

    [Theory]
    [InlineData(typeof(TensorLines), typeof(TensorWords))]
    [InlineData(typeof(TensorWords), typeof(TensorLines))]
    public void Plain_matrices_arrive_in_the_background_two_slabs_ahead_and_are_rounded_in_registers(Type left, Type right)
    {
        string kernel = Kernel(typeof(Tf32Unit), left, right);
        // Two of each factor before the loop, for two slabs, and in it; for two architectures.
        Regex.Matches(kernel, @"cp\.async\.cg\.shared\.global \[target\], \[source\], 16, %r\d+;").Count.ShouldBe(2 * 3 * 4);
        Regex.Matches(kernel, @"cp\.async\.commit_group;").Count.ShouldBe(2 * 3);
        Regex.Matches(kernel, @"cp\.async\.wait_group 1;\s+bar\.sync\s+0;").Count.ShouldBe(2);
        Regex.Matches(kernel, @"cp\.async\.wait_group 0;\s+bar\.sync\s+0;").Count.ShouldBe(2);
        Regex.Matches(kernel, @"cvt\.rna\.tf32\.f32 [ab]\d+, [ab]\d+;").Count.ShouldBe(2 * 2 * 24);
        kernel.ShouldNotContain("ld.global.v4");
    }

    [Theory]
    [InlineData(typeof(BF16Unit), "cvt.rn.bf16x2.f32")]
    [InlineData(typeof(F16Unit), "cvt.rn.f16x2.f32")]
    public void Plain_matrices_of_16_bits_are_loaded_ahead_in_fours_and_stored_in_fours(Type unit, string rounding)
    {
        string kernel = Kernel(unit, typeof(TensorWords), typeof(TensorLines));
        Regex.Matches(kernel, @"ld\.global\.v4\.f32").Count.ShouldBe(2 * 3 * 8);
        Regex.Matches(kernel, @"st\.shared\.v4\.b32 \[target\], \{word0, word1, word2, word3\};").Count.ShouldBe(2 * 3 * 4);
        Regex.Matches(kernel, Regex.Escape(rounding) + @" word\d, %f\d+, %f\d+;").Count.ShouldBe(2 * 3 * 16);
        int lastMultiplication = kernel.LastIndexOf("mma.sync", StringComparison.Ordinal);
        kernel.IndexOf("st.shared.v4.b32", lastMultiplication, StringComparison.Ordinal).ShouldBeGreaterThan(lastMultiplication);
    }

    // What a network launches on tensor cores, the emulator computes otherwise: here at least it is compiled.
    [Theory]
    [InlineData(typeof(TensorQuads<SegmentQuad>), typeof(TensorPatches<GradientPatchLine>))]
    [InlineData(typeof(TensorQuads<SegmentQuad>), typeof(TensorQuads<PatchOfFilterQuad>))]
    [InlineData(typeof(TensorLines), typeof(TensorPatches<PatchLine>))]
    [InlineData(typeof(TensorElements<HalfLines<Float16, ReadFloat16>>), typeof(TensorElements<InterleavedLines>))]
    [InlineData(typeof(TensorQuads<SegmentQuad>), typeof(TensorElements<HalfLines<BFloat16, ReadBFloat16>>))]
    public void All_operands_and_ends_compile_and_keep_sums_in_registers(Type left, Type right)
    {
        foreach (var unit in new[] { typeof(Tf32Unit), typeof(BF16Unit), typeof(F16Unit) })
        {
            foreach (var end in new[] { typeof(EndByElement<StoreParts>), typeof(EndByElement<EndImage<StorePlanes>>), typeof(EndByElement<StoreMatrix>) })
            {
                string kernel = Ptx.Compile(typeof(TensorKernel<,,,>).MakeGenericType(unit, left, right, end));
                kernel.ShouldContain("mma.sync");
                Ptx.Division(kernel).ShouldBeEmpty();
                // The registers of the sums have names that are known in the kernel alone: nothing may be a function of its own.
                kernel.ShouldNotContain(".func");
                kernel.ShouldNotContain(".local");
            }
        }
    }

    static string Kernel(Type unit, Type left, Type right) => Ptx.Compile(typeof(TensorKernel<,,,>).MakeGenericType(unit, left, right, typeof(StoreVectors)));
}
