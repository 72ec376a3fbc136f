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
}

/// <summary>A block of Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", 2011) for each thread: four numbers.</summary>
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
        ulong key = unchecked((ulong)kernel.Key[0]), stream = unchecked((ulong)kernel.Stream);
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
        kernel.Store(first, a);
        kernel.Store(first + 1, b);
        kernel.Store(first + 2, c);
        kernel.Store(first + 3, d);
    }

    readonly void Store(long at, uint word)
    {
        if (at < Count)
            Target[at] = (word >> 8) * (1f / (1 << 24));
    }
}
