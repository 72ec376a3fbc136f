using System;

namespace NetCompiler.Algorithms;

/// <summary>What products round their operands to; sums are f32.</summary>
internal enum OperandPrecision
{
    /// <summary>To nothing: operands are f32.</summary>
    F32,
    /// <summary>11 significant bits and the range of f32.</summary>
    Tf32,
    /// <summary>8 significant bits and the range of f32.</summary>
    BF16,
    /// <summary>11 significant bits, numbers up to 65504.</summary>
    F16,
}

internal static class OperandPrecisions
{
    /// <summary>What a network says in <c>precision</c>; F32 where it says nothing.</summary>
    public static OperandPrecision Of(string? setting) => setting switch
    {
        "tf32" => OperandPrecision.Tf32,
        "bf16" => OperandPrecision.BF16,
        "f16" => OperandPrecision.F16,
        _ => OperandPrecision.F32,
    };

    /// <summary>
    /// Whether a network of this precision may be computed with operands of another: with those that hold all its numbers. Tf32 holds those
    /// of bf16 and of f16; of these two, one has less range and the other fewer bits.
    /// </summary>
    public static bool Permits(this OperandPrecision precision, OperandPrecision operands) =>
        operands == precision || operands == OperandPrecision.F32 || operands == OperandPrecision.Tf32 && precision != OperandPrecision.F32;

    /// <summary>
    /// The most that rounding both operands changes a product: each by half a unit of its last place, 2^-11 of 11 significant bits. Of f16 this holds between
    /// 2^-14 and 65504; smaller numbers lose more, larger ones become infinite.
    /// </summary>
    public static double Rounding(this OperandPrecision operands)
    {
        double unit = operands switch
        {
            OperandPrecision.Tf32 or OperandPrecision.F16 => Math.Pow(2, -11),
            OperandPrecision.BF16 => Math.Pow(2, -8),
            _ => 0,
        };
        return 2 * unit + unit * unit;
    }

    /// <summary>As programs write it.</summary>
    public static string Name(this OperandPrecision operands) => operands switch
    {
        OperandPrecision.Tf32 => "tf32",
        OperandPrecision.BF16 => "bf16",
        OperandPrecision.F16 => "f16",
        _ => "f32",
    };
}
