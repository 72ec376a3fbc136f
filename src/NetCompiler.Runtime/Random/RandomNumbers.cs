using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NetCompiler.Runtime;

/// <summary>
/// Tensors of random numbers. Element i is the i-th number that <see cref="Philox4x32"/> hands out for a key and a stream, to the
/// last bit and whatever the number of threads and the width of vectors.
/// </summary>
public static class RandomNumbers
{
    // Blocks of four words for one piece of work: some ten microseconds.
    const nint Grain = 4096;

    /// <summary>Fills <paramref name="target"/> with numbers in [0, 1), multiples of 2^-24: one word each.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="key">The key.</param>
    /// <param name="stream">Which of the key's streams.</param>
    /// <param name="target">Where the numbers go.</param>
    /// <param name="count">How many.</param>
    public static void Uniform(WorkerPool pool, long key, long stream, Pointer<float> target, nint count)
    {
        ArgumentNullException.ThrowIfNull(pool);
        pool.Run(new Singles((ulong)key, (ulong)stream, target, count), (count + 3) / 4, Grain);
    }

    /// <summary>Fills <paramref name="target"/> with numbers in [0, 1), multiples of 2^-53: two words each, the low one first.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="key">The key.</param>
    /// <param name="stream">Which of the key's streams.</param>
    /// <param name="target">Where the numbers go.</param>
    /// <param name="count">How many.</param>
    public static void Uniform(WorkerPool pool, long key, long stream, Pointer<double> target, nint count)
    {
        ArgumentNullException.ThrowIfNull(pool);
        pool.Run(new Doubles((ulong)key, (ulong)stream, target, count), (count + 1) / 2, Grain);
    }

    readonly unsafe struct Singles(ulong key, ulong stream, Pointer<float> target, nint count) : IRangeKernel
    {
        [MethodImpl(Simd.Optimised)]
        public void Run(nint begin, nint end)
        {
            float* y = (float*)target.Address;
            nint block = begin;
            if (Avx2.IsSupported)
            {
                // The last block may be cut short: it is left to the scalar loop.
                nint whole = Math.Min(end, count / 4);
                for (; block <= whole - PhiloxBlocks.Count; block += PhiloxBlocks.Count)
                {
                    var (low, high) = new PhiloxBlocks(key, stream, (ulong)block).Words();
                    Store(low, y + 4 * block);
                    Store(high, y + 4 * block + 8);
                }
            }
            for (; block < end; block++)
            {
                var (a, b, c, d) = Philox4x32.Block(key, stream, (ulong)block);
                ReadOnlySpan<uint> words = [a, b, c, d];
                for (int i = 0; i < 4 && 4 * block + i < count; i++)
                    y[4 * block + i] = (words[i] >> 8) * (1f / (1 << 24));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Store(Vector256<uint> words, float* y) =>
            (Vector256.ConvertToSingle((words >> 8).AsInt32()) * (1f / (1 << 24))).Store(y);
    }

    readonly unsafe struct Doubles(ulong key, ulong stream, Pointer<double> target, nint count) : IRangeKernel
    {
        [MethodImpl(Simd.Optimised)]
        public void Run(nint begin, nint end)
        {
            double* y = (double*)target.Address;
            nint block = begin;
            if (Avx2.IsSupported)
            {
                nint whole = Math.Min(end, count / 2);
                for (; block <= whole - PhiloxBlocks.Count; block += PhiloxBlocks.Count)
                {
                    var (low, high) = new PhiloxBlocks(key, stream, (ulong)block).Words();
                    Store(low.AsUInt64(), y + 2 * block);
                    Store(high.AsUInt64(), y + 2 * block + 4);
                }
            }
            for (; block < end; block++)
            {
                var (a, b, c, d) = Philox4x32.Block(key, stream, (ulong)block);
                y[2 * block] = Fraction(a | (ulong)b << 32);
                if (2 * block + 1 < count)
                    y[2 * block + 1] = Fraction(c | (ulong)d << 32);
            }
        }

        static double Fraction(ulong bits) => (bits >> 11) * (1.0 / (1L << 53));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Store(Vector256<ulong> bits, double* y)
        {
            // There is no conversion of 64-bit integers before AVX-512. Halves of 32 and 21 bits are exact as mantissas of known
            // exponents, and so is their sum.
            var fraction = bits >> 11;
            var low = (fraction & Vector256.Create(0xFFFFFFFFul)) | Vector256.Create(0x4330000000000000ul); // 2^52 + low
            var high = (fraction >> 32) | Vector256.Create(0x4530000000000000ul); // 2^84 + high * 2^32
            var sum = high.AsDouble() - Vector256.Create(19342813113834066795298816.0) + (low.AsDouble() - Vector256.Create(4503599627370496.0));
            (sum * (1.0 / (1L << 53))).Store(y);
        }
    }
}

/// <summary>Four neighbouring blocks of Philox4x32-10 at once. It needs AVX2.</summary>
readonly struct PhiloxBlocks
{
    // One word in the low half of each lane; the high halves hold what is left over from products and are ignored.
    readonly Vector256<ulong> _a, _b, _c, _d;

    public static nint Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PhiloxBlocks(ulong key, ulong stream, ulong counter)
    {
        var counters = Vector256.Create(counter) + Vector256.Create(0ul, 1ul, 2ul, 3ul);
        var (a, b) = (counters, counters >> 32);
        var (c, d) = (Vector256.Create(stream), Vector256.Create(stream >> 32));
        var multiplier0 = Vector256.Create(0xD2511F53u);
        var multiplier1 = Vector256.Create(0xCD9E8D57u);
        var (key0, key1) = ((uint)key, (uint)(key >> 32));
        for (int round = 0; round < 10; round++)
        {
            var product0 = Avx2.Multiply(a.AsUInt32(), multiplier0);
            var product1 = Avx2.Multiply(c.AsUInt32(), multiplier1);
            (a, b, c, d) = ((product1 >> 32) ^ b ^ Vector256.Create((ulong)key0), product1, (product0 >> 32) ^ d ^ Vector256.Create((ulong)key1), product0);
            key0 += 0x9E3779B9;
            key1 += 0xBB67AE85;
        }
        (_a, _b, _c, _d) = (a, b, c, d);
    }

    /// <summary>The sixteen words in the order in which the blocks hand them out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (Vector256<uint> Low, Vector256<uint> High) Words()
    {
        var mask = Vector256.Create(0xFFFFFFFFul);
        var ab = (_a & mask) | (_b << 32);
        var cd = (_c & mask) | (_d << 32);
        var even = Avx2.UnpackLow(ab, cd); // blocks 0 and 2
        var odd = Avx2.UnpackHigh(ab, cd); // blocks 1 and 3
        return (Avx2.Permute2x128(even, odd, 0x20).AsUInt32(), Avx2.Permute2x128(even, odd, 0x31).AsUInt32());
    }
}
