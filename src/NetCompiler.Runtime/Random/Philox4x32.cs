using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>
/// The counter-based generator Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3"
/// (SC 2011). Block i of a stream is a function of (key, stream, i) alone, so that numbers do not depend on the order
/// in which, or the thread on which, they are drawn. An instance walks one stream; it is not safe for concurrent use.
/// </summary>
/// <param name="key">The seed.</param>
/// <param name="stream">Which of the key's 2^64 independent streams.</param>
public sealed class Philox4x32(ulong key, ulong stream = 0)
{
    const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57;
    const uint Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;
    const int Rounds = 10;

    (uint A, uint B, uint C, uint D) _block;
    int _unused; // how many words of the block have not been handed out
    double _spareNormal = double.NaN;

    /// <summary>The seed.</summary>
    public ulong Key { get; } = key;

    /// <summary>The stream's number.</summary>
    public ulong Stream { get; } = stream;

    /// <summary>The number of the next block of four words.</summary>
    public ulong Counter { get; private set; }

    /// <summary>The same stream from its block <paramref name="counter"/> on.</summary>
    internal Philox4x32 At(ulong counter) => new(Key, Stream) { Counter = counter };

    /// <summary>The four words of block <paramref name="counter"/> of a stream: the 128-bit counter is (counter, stream), low words first.</summary>
    public static (uint A, uint B, uint C, uint D) Block(ulong key, ulong stream, ulong counter)
    {
        var (a, b, c, d) = ((uint)counter, (uint)(counter >> 32), (uint)stream, (uint)(stream >> 32));
        var (key0, key1) = ((uint)key, (uint)(key >> 32));
        for (var round = 0; round < Rounds; round++)
        {
            var product0 = (ulong)Multiplier0 * a;
            var product1 = (ulong)Multiplier1 * c;
            (a, b, c, d) = ((uint)(product1 >> 32) ^ b ^ key0, (uint)product1, (uint)(product0 >> 32) ^ d ^ key1, (uint)product0);
            key0 += Weyl0;
            key1 += Weyl1;
        }
        return (a, b, c, d);
    }

    /// <summary>32 random bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint NextUInt32()
    {
        if (_unused == 0)
        {
            _block = Block(Key, Stream, Counter++);
            _unused = 4;
        }
        return _unused-- switch { 4 => _block.A, 3 => _block.B, 2 => _block.C, _ => _block.D };
    }

    /// <summary>64 random bits.</summary>
    public ulong NextUInt64() => NextUInt32() | (ulong)NextUInt32() << 32;

    /// <summary>Uniform in [0, 1): a multiple of 2^-24.</summary>
    public float NextSingle() => (NextUInt32() >> 8) * (1f / (1 << 24));

    /// <summary>Uniform in [0, 1): a multiple of 2^-53.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1L << 53));

    /// <summary>Normal with mean 0 and deviation 1, by Box and Muller's transform in double precision.</summary>
    public double NextNormal()
    {
        if (!double.IsNaN(_spareNormal))
        {
            var spare = _spareNormal;
            _spareNormal = double.NaN;
            return spare;
        }
        // 1 - u lies in (0, 1], so that the logarithm is finite.
        var radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        var (sine, cosine) = Math.SinCos(2 * Math.PI * NextDouble());
        _spareNormal = radius * sine;
        return radius * cosine;
    }

    /// <summary>Uniform in [0, <paramref name="bound"/>), each value exactly equally likely (Lemire, "Fast random integer generation in an interval", 2019).</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bound"/> is not positive.</exception>
    public int Next(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        var product = (ulong)NextUInt32() * (uint)bound;
        if ((uint)product < (uint)bound)
        {
            var threshold = (uint)-bound % (uint)bound;
            while ((uint)product < threshold)
                product = (ulong)NextUInt32() * (uint)bound;
        }
        return (int)(product >> 32);
    }

    /// <summary>Puts the values in an order of which each is equally likely (Fisher and Yates).</summary>
    /// <typeparam name="T">What the values are.</typeparam>
    public void Shuffle<T>(Span<T> values)
    {
        for (var last = values.Length - 1; last > 0; last--)
        {
            var other = Next(last + 1);
            (values[last], values[other]) = (values[other], values[last]);
        }
    }
}
