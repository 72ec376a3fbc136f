using System.Numerics;
using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <content>
/// Folds of a number of each thread and its position in the row, negative where the thread has none. NaN beats every number, and of equal
/// numbers the first wins: the position does not depend on the order.
/// </content>
public static partial class GpuRow
{
    /// <summary>The position of the largest.</summary>
    public static int ArgMax(float value, int position) => Position<float, LargerFloat>(value, position);

    /// <summary>The position of the smallest.</summary>
    public static int ArgMin(float value, int position) => Position<float, SmallerFloat>(value, position);

    /// <inheritdoc cref="ArgMax(float, int)"/>
    public static int ArgMax(double value, int position) => Position<double, LargerDouble>(value, position);

    /// <inheritdoc cref="ArgMin(float, int)"/>
    public static int ArgMin(double value, int position) => Position<double, SmallerDouble>(value, position);

    /// <inheritdoc cref="ArgMax(float, int)"/>
    public static int ArgMax(int value, int position) => Position<int, Larger<int>>(value, position);

    /// <inheritdoc cref="ArgMin(float, int)"/>
    public static int ArgMin(int value, int position) => Position<int, Smaller<int>>(value, position);

    /// <inheritdoc cref="ArgMax(float, int)"/>
    public static int ArgMax(long value, int position) => Position<long, Larger<long>>(value, position);

    /// <inheritdoc cref="ArgMin(float, int)"/>
    public static int ArgMin(long value, int position) => Position<long, Smaller<long>>(value, position);

    static int Position<T, TOrder>(T value, int position) where T : unmanaged where TOrder : struct, IGpuOrder<T>
    {
        var values = SharedMemory.Allocate<T>(Warps);
        var positions = SharedMemory.Allocate<int>(Warps);
        for (int distance = Warp / 2; distance > 0; distance >>= 1)
        {
            var other = LaneExchange.Across(value, distance);
            int otherPosition = LaneExchange.Across(position, distance);
            bool isOther = Wins<T, TOrder>(other, otherPosition, value, position);
            value = isOther ? other : value;
            position = isOther ? otherPosition : position;
        }
        int warp = GpuThread.Lane / Warp;
        if ((GpuThread.Lane & (Warp - 1)) == 0)
        {
            values[warp] = value;
            positions[warp] = position;
        }
        Group.Barrier();
        value = values[0];
        position = positions[0];
        for (int i = 1; i < Warps; i++)
        {
            var other = values[i];
            int otherPosition = positions[i];
            bool isOther = Wins<T, TOrder>(other, otherPosition, value, position);
            value = isOther ? other : value;
            position = isOther ? otherPosition : position;
        }
        // The next fold may write there.
        Group.Barrier();
        return position;
    }

    // Whether x wins against y.
    static bool Wins<T, TOrder>(T x, int positionOfX, T y, int positionOfY) where T : unmanaged where TOrder : struct, IGpuOrder<T>
    {
        TOrder order = default;
        bool isBetter = order.IsBetter(x, y), isAsGood = !order.IsBetter(y, x) & positionOfX < positionOfY;
        return positionOfX >= 0 & (positionOfY < 0 | isBetter | isAsGood);
    }
}

interface IGpuOrder<T>
{
    /// <summary>Whether one number beats another; equal ones do not beat each other.</summary>
    bool IsBetter(T x, T y);
}

struct Larger<T> : IGpuOrder<T> where T : unmanaged, INumber<T>
{
    public readonly bool IsBetter(T x, T y) => x > y;
}

struct Smaller<T> : IGpuOrder<T> where T : unmanaged, INumber<T>
{
    public readonly bool IsBetter(T x, T y) => x < y;
}

struct LargerFloat : IGpuOrder<float>
{
    public readonly bool IsBetter(float x, float y) => x > y | (float.IsNaN(x) & !float.IsNaN(y));
}

struct SmallerFloat : IGpuOrder<float>
{
    public readonly bool IsBetter(float x, float y) => x < y | (float.IsNaN(x) & !float.IsNaN(y));
}

struct LargerDouble : IGpuOrder<double>
{
    public readonly bool IsBetter(double x, double y) => x > y | (double.IsNaN(x) & !double.IsNaN(y));
}

struct SmallerDouble : IGpuOrder<double>
{
    public readonly bool IsBetter(double x, double y) => x < y | (double.IsNaN(x) & !double.IsNaN(y));
}
