using System;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Emit.Gpu;

/// <summary>Numbers of half types as bits.</summary>
internal static class HalfBits
{
    /// <summary>The bits of the nearest number of a half type.</summary>
    public static int Of(double value, DType type)
    {
        var (digits, least) = type == DType.F16 ? (10, -14) : (7, -126);
        double near = new Cast(type).Apply(value), magnitude = Math.Abs(near);
        int sign = near < 0 || near == 0 && 1 / near < 0 ? 0x8000 : 0, infinity = 0x7FFF >> digits << digits;
        if (double.IsNaN(near))
            return infinity | 1 << (digits - 1);
        if (double.IsInfinity(near))
            return sign | infinity;
        // Counted in units of its last digit, a number has the first digit 1, to which the exponent is added, or the least exponent.
        int exponent = Math.Max(least, (int)((BitConverter.DoubleToInt64Bits(magnitude) >> 52) & 2047) - 1023);
        return sign | (exponent - least << digits) + (int)(magnitude / Math.Pow(2, exponent - digits));
    }
}
