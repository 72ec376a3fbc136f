using System.Numerics;
using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// Folds of a number of each thread of a group, which all threads get: within warps by exchange of registers, then over the warps. The
/// order is the same on every run. All threads of the group must call them.
/// </summary>
public static partial class GpuRow
{
    const int Warp = 32;
    const int Warps = GpuThread.Lanes / Warp;

    /// <summary>The thread's row; it has one.</summary>
    public static int Number => Grid.IdxX;

    /// <summary>Whether the thread is the one that stores for its row.</summary>
    public static bool IsFirst => Group.IdxX == 0;

    /// <summary>The thread's first element of the row.</summary>
    public static int First => Grid.IdxY * GpuThread.Lanes + Group.IdxX;

    /// <summary>From one of the thread's elements to the next.</summary>
    public static int Step(GpuParts parts) => parts.Count * GpuThread.Lanes;

    /// <summary>The first part whose kept sum the thread folds.</summary>
    public static int FirstKept => Group.IdxX;

    /// <summary>From one of these to the next.</summary>
    public const int StepOfKept = GpuThread.Lanes;

    /// <summary>The sum.</summary>
    public static float Sum(float value) => Fold<float, SumOf<float>>(value);

    /// <summary>The product.</summary>
    public static float Product(float value) => Fold<float, ProductOf<float>>(value);

    /// <summary>The largest, NaN if one is NaN.</summary>
    public static float Max(float value) => Fold<float, MaxOfFloats>(value);

    /// <summary>The smallest, NaN if one is NaN.</summary>
    public static float Min(float value) => Fold<float, MinOfFloats>(value);

    /// <inheritdoc cref="Sum(float)"/>
    public static double Sum(double value) => Fold<double, SumOf<double>>(value);

    /// <inheritdoc cref="Product(float)"/>
    public static double Product(double value) => Fold<double, ProductOf<double>>(value);

    /// <inheritdoc cref="Max(float)"/>
    public static double Max(double value) => Fold<double, MaxOfDoubles>(value);

    /// <inheritdoc cref="Min(float)"/>
    public static double Min(double value) => Fold<double, MinOfDoubles>(value);

    /// <inheritdoc cref="Sum(float)"/>
    public static int Sum(int value) => Fold<int, SumOf<int>>(value);

    /// <inheritdoc cref="Product(float)"/>
    public static int Product(int value) => Fold<int, ProductOf<int>>(value);

    /// <summary>The largest.</summary>
    public static int Max(int value) => Fold<int, MaxOf<int>>(value);

    /// <summary>The smallest.</summary>
    public static int Min(int value) => Fold<int, MinOf<int>>(value);

    /// <inheritdoc cref="Sum(float)"/>
    public static long Sum(long value) => Fold<long, SumOf<long>>(value);

    /// <inheritdoc cref="Product(float)"/>
    public static long Product(long value) => Fold<long, ProductOf<long>>(value);

    /// <inheritdoc cref="Max(int)"/>
    public static long Max(long value) => Fold<long, MaxOf<long>>(value);

    /// <inheritdoc cref="Min(int)"/>
    public static long Min(long value) => Fold<long, MinOf<long>>(value);

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
        if ((GpuThread.Lane & (Warp - 1)) == 0)
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

struct SumOf<T> : IGpuFold<T> where T : unmanaged, INumber<T>
{
    public T Of(T x, T y) => x + y;
}

struct ProductOf<T> : IGpuFold<T> where T : unmanaged, INumber<T>
{
    public T Of(T x, T y) => x * y;
}

struct MaxOf<T> : IGpuFold<T> where T : unmanaged, INumber<T>
{
    public T Of(T x, T y) => x > y ? x : y;
}

struct MinOf<T> : IGpuFold<T> where T : unmanaged, INumber<T>
{
    public T Of(T x, T y) => x < y ? x : y;
}

struct MaxOfFloats : IGpuFold<float>
{
    public float Of(float x, float y) => GpuMath.Max(x, y);
}

struct MinOfFloats : IGpuFold<float>
{
    public float Of(float x, float y) => GpuMath.Min(x, y);
}

struct MaxOfDoubles : IGpuFold<double>
{
    public double Of(double x, double y) => GpuMath.Max(x, y);
}

struct MinOfDoubles : IGpuFold<double>
{
    public double Of(double x, double y) => GpuMath.Min(x, y);
}
