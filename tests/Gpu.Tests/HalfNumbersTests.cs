using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;
using Shouldly;
using Xunit;

namespace NetCompiler.Gpu.Tests;

/// <summary>The conversions of kernels, which are plain C#, beside those of the processor: bit for bit.</summary>
public sealed class HalfNumbersTests
{
    [Fact]
    public void Every_half_number_is_read_as_itself()
    {
        for (int bits = 0; bits <= ushort.MaxValue; bits++)
        {
            float half = (float)BitConverter.UInt16BitsToHalf((ushort)bits), brain = (float)BFloat16.FromBits((ushort)bits);
            Same(HalfNumbers.ToSingle(Float16.FromBits((ushort)bits)), half, $"f16 {bits:X4}");
            Same(HalfNumbers.ToSingle(BFloat16.FromBits((ushort)bits)), brain, $"bf16 {bits:X4}");
        }
    }

    [Fact]
    public void Floats_and_doubles_are_rounded_as_on_the_processor()
    {
        foreach (float x in Floats())
        {
            HalfNumbers.ToFloat16(x).ToBits().ShouldBe(BitConverter.HalfToUInt16Bits((Half)x), $"f16 of {x:R}");
            HalfNumbers.ToBFloat16(x).ToBits().ShouldBe(((BFloat16)x).ToBits(), $"bf16 of {x:R}");
            // Around a float and around ties, where rounding twice would go wrong.
            foreach (double d in new[] { x, Math.BitIncrement((double)x), Math.BitDecrement((double)x), x * 1e-30, x * 1.5e30 })
            {
                if (double.IsNaN(d))
                    continue;
                HalfNumbers.ToFloat16(d).ToBits().ShouldBe(BitConverter.HalfToUInt16Bits((Half)d), $"f16 of {d:R}");
                HalfNumbers.ToBFloat16(d).ToBits().ShouldBe(((BFloat16)d).ToBits(), $"bf16 of {d:R}");
            }
        }
    }

    [Fact]
    public void Numbers_are_rounded_at_random_as_on_the_processor()
    {
        var random = new Random(5);
        foreach (float x in Floats().Where(x => !float.IsNaN(x)))
        {
            foreach (float u in new[] { 0, random.Next(1 << 24) * (1f / (1 << 24)), 0.5f, 1 - 1f / (1 << 24) })
            {
                HalfNumbers.RoundToFloat16(x, u).ToBits().ShouldBe(BitConverter.HalfToUInt16Bits(RandomRounding.ToHalf(x, u)), $"f16 of {x:R} by {u:R}");
                HalfNumbers.RoundToBFloat16(x, u).ToBits().ShouldBe(RandomRounding.ToBFloat16(x, u).ToBits(), $"bf16 of {x:R} by {u:R}");
                double d = x * (1 + 1e-12);
                HalfNumbers.RoundToFloat16(d, u).ToBits().ShouldBe(BitConverter.HalfToUInt16Bits(RandomRounding.ToHalf(d, (double)u)), $"f16 of {d:R} by {u:R}");
                HalfNumbers.RoundToBFloat16(d, u).ToBits().ShouldBe(RandomRounding.ToBFloat16(d, (double)u).ToBits(), $"bf16 of {d:R} by {u:R}");
            }
        }
    }

    /// <summary>Floats of all exponents, and those at, just below and just above what halves have and where halves lie half-way.</summary>
    static IEnumerable<float> Floats()
    {
        var random = new Random(4);
        for (int i = 0; i < 30_000; i++)
            yield return BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
        for (int i = 0; i < 6_000; i++)
        {
            float half = (float)BitConverter.UInt16BitsToHalf((ushort)random.Next(0x10000));
            float between = (half + (float)BitConverter.UInt16BitsToHalf((ushort)(BitConverter.HalfToUInt16Bits((Half)half) + 1))) / 2;
            int brain = random.Next(0x10000) << 16 | 0x8000;
            foreach (int bits in new[] { BitConverter.SingleToInt32Bits(half), BitConverter.SingleToInt32Bits(between), brain, brain & ~0x8000 })
            {
                yield return BitConverter.Int32BitsToSingle(bits - 1);
                yield return BitConverter.Int32BitsToSingle(bits);
                yield return BitConverter.Int32BitsToSingle(bits + 1);
            }
        }
    }

    static void Same(float actual, float expected, string what)
    {
        if (float.IsNaN(expected))
            float.IsNaN(actual).ShouldBeTrue(what);
        else
            BitConverter.SingleToInt32Bits(actual).ShouldBe(BitConverter.SingleToInt32Bits(expected), what);
    }
}
