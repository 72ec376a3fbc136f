using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>Tensors of random numbers: to the last bit those of the CPU.</summary>
public static class RandomNumbers
{
    /// <summary>Fills <paramref name="target"/> with numbers in [0, 1), multiples of 2^-24, of a stream of the key that <paramref name="key"/> holds.</summary>
    public static void Uniform(GpuDevice device, DevicePointer<long> key, long stream, DevicePointer<float> target, nint count)
    {
        ArgumentNullException.ThrowIfNull(device);
        device.LaunchFor((count + 3) / 4, new UniformKernel { Key = key.View, Stream = stream, Target = target.View, Count = count });
    }

    /// <summary>Fills <paramref name="target"/> with numbers in [0, 1), multiples of 2^-53.</summary>
    public static void Uniform(GpuDevice device, DevicePointer<long> key, long stream, DevicePointer<double> target, nint count)
    {
        ArgumentNullException.ThrowIfNull(device);
        device.LaunchFor((count + 1) / 2, new UniformDoubleKernel { Key = key.View, Stream = stream, Target = target.View, Count = count });
    }
}

/// <summary>A block of Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", 2011): four words.</summary>
struct PhiloxWords
{
    public uint A, B, C, D;

    public PhiloxWords(ulong key, ulong stream, long block)
    {
        uint a = unchecked((uint)block), b = unchecked((uint)(block >> 32)), c = unchecked((uint)stream), d = unchecked((uint)(stream >> 32));
        uint key0 = unchecked((uint)key), key1 = unchecked((uint)(key >> 32));
        for (int round = 0; round < 10; round++)
        {
            ulong product0 = 0xD2511F53ul * a, product1 = 0xCD9E8D57ul * c;
            uint high0 = unchecked((uint)(product0 >> 32)), high1 = unchecked((uint)(product1 >> 32));
            a = high1 ^ b ^ key0;
            b = unchecked((uint)product1);
            c = high0 ^ d ^ key1;
            d = unchecked((uint)product0);
            key0 = unchecked(key0 + 0x9E3779B9);
            key1 = unchecked(key1 + 0xBB67AE85);
        }
        (A, B, C, D) = (a, b, c, d);
    }
}

/// <summary>A block for each thread: four numbers.</summary>
struct UniformKernel : IGpuKernel<UniformKernel>
{
    public ArrayView<long> Key;
    public ArrayView<float> Target;
    public long Stream, Count;

    public static void Run(UniformKernel kernel)
    {
        long block = Grid.GlobalLinearIndex;
        long first = 4 * block;
        if (first >= kernel.Count)
            return;
        var words = new PhiloxWords(unchecked((ulong)kernel.Key[0]), unchecked((ulong)kernel.Stream), block);
        kernel.Store(first, words.A);
        kernel.Store(first + 1, words.B);
        kernel.Store(first + 2, words.C);
        kernel.Store(first + 3, words.D);
    }

    readonly void Store(long at, uint word)
    {
        if (at < Count)
            Target[at] = (word >> 8) * (1f / (1 << 24));
    }
}

/// <summary>A block for each thread: two numbers.</summary>
struct UniformDoubleKernel : IGpuKernel<UniformDoubleKernel>
{
    public ArrayView<long> Key;
    public ArrayView<double> Target;
    public long Stream, Count;

    public static void Run(UniformDoubleKernel kernel)
    {
        long block = Grid.GlobalLinearIndex;
        long first = 2 * block;
        if (first >= kernel.Count)
            return;
        var words = new PhiloxWords(unchecked((ulong)kernel.Key[0]), unchecked((ulong)kernel.Stream), block);
        kernel.Target[first] = Fraction(words.A, words.B);
        if (first + 1 < kernel.Count)
            kernel.Target[first + 1] = Fraction(words.C, words.D);
    }

    // 53 bits are a long, which devices convert as they are.
    static double Fraction(uint low, uint high) => (long)((low | (ulong)high << 32) >> 11) * (1.0 / (1L << 53));
}
