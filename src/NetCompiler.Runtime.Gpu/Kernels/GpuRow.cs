using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// Folds of a number of each thread of a group, which all threads get: within warps by exchange of registers, then over the warps. The
/// order is the same on every run. All threads of the group must call them.
/// </summary>
public static class GpuRow
{
    const int Warp = 32;
    const int Warps = GpuThread.Lanes / Warp;

    /// <summary>The sum.</summary>
    public static float Sum(float value) => Fold<float, SumOfFloats>(value);

    /// <summary>The product.</summary>
    public static float Product(float value) => Fold<float, ProductOfFloats>(value);

    /// <summary>The largest, NaN if one is NaN.</summary>
    public static float Max(float value) => Fold<float, MaxOfFloats>(value);

    /// <summary>The smallest, NaN if one is NaN.</summary>
    public static float Min(float value) => Fold<float, MinOfFloats>(value);

    /// <inheritdoc cref="Sum(float)"/>
    public static int Sum(int value) => Fold<int, SumOfInts>(value);

    /// <inheritdoc cref="Product(float)"/>
    public static int Product(int value) => Fold<int, ProductOfInts>(value);

    /// <summary>The largest.</summary>
    public static int Max(int value) => Fold<int, MaxOfInts>(value);

    /// <summary>The smallest.</summary>
    public static int Min(int value) => Fold<int, MinOfInts>(value);

    /// <inheritdoc cref="Sum(float)"/>
    public static long Sum(long value) => Fold<long, SumOfLongs>(value);

    /// <inheritdoc cref="Product(float)"/>
    public static long Product(long value) => Fold<long, ProductOfLongs>(value);

    /// <inheritdoc cref="Max(int)"/>
    public static long Max(long value) => Fold<long, MaxOfLongs>(value);

    /// <inheritdoc cref="Min(int)"/>
    public static long Min(long value) => Fold<long, MinOfLongs>(value);

    /// <inheritdoc cref="Sum(float)"/>
    public static byte Sum(byte value) => unchecked((byte)Sum((int)value));

    /// <inheritdoc cref="Product(float)"/>
    public static byte Product(byte value) => unchecked((byte)Product((int)value));

    /// <inheritdoc cref="Max(int)"/>
    public static byte Max(byte value) => (byte)Max((int)value);

    /// <inheritdoc cref="Min(int)"/>
    public static byte Min(byte value) => (byte)Min((int)value);

    /// <summary>Whether one is true.</summary>
    public static bool Any(bool value) => Max(value ? 1 : 0) != 0;

    /// <summary>Whether all are true.</summary>
    public static bool All(bool value) => Min(value ? 1 : 0) != 0;

    static T Fold<T, TFold>(T value) where T : unmanaged where TFold : struct, IGpuFold<T>
    {
        TFold fold = default;
        var warps = SharedMemory.Allocate<T>(Warps);
        for (int distance = Warp / 2; distance > 0; distance >>= 1)
            value = fold.Of(value, LaneExchange.Across(value, distance));
        int warp = GpuThread.Lane / Warp;
        if (GpuThread.Lane % Warp == 0)
            warps[warp] = value;
        Group.Barrier();
        value = warps[0];
        for (int i = 1; i < Warps; i++)
            value = fold.Of(value, warps[i]);
        // The next fold may write there.
        Group.Barrier();
        return value;
    }
}

interface IGpuFold<T>
{
    T Of(T x, T y);
}

struct SumOfFloats : IGpuFold<float>
{
    public float Of(float x, float y) => x + y;
}

struct ProductOfFloats : IGpuFold<float>
{
    public float Of(float x, float y) => x * y;
}

struct MaxOfFloats : IGpuFold<float>
{
    public float Of(float x, float y) => GpuMath.Max(x, y);
}

struct MinOfFloats : IGpuFold<float>
{
    public float Of(float x, float y) => GpuMath.Min(x, y);
}

struct SumOfInts : IGpuFold<int>
{
    public int Of(int x, int y) => x + y;
}

struct ProductOfInts : IGpuFold<int>
{
    public int Of(int x, int y) => x * y;
}

struct MaxOfInts : IGpuFold<int>
{
    public int Of(int x, int y) => x > y ? x : y;
}

struct MinOfInts : IGpuFold<int>
{
    public int Of(int x, int y) => x < y ? x : y;
}

struct SumOfLongs : IGpuFold<long>
{
    public long Of(long x, long y) => x + y;
}

struct ProductOfLongs : IGpuFold<long>
{
    public long Of(long x, long y) => x * y;
}

struct MaxOfLongs : IGpuFold<long>
{
    public long Of(long x, long y) => x > y ? x : y;
}

struct MinOfLongs : IGpuFold<long>
{
    public long Of(long x, long y) => x < y ? x : y;
}
