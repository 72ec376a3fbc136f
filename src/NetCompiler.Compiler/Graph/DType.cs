using System;

namespace NetCompiler.Graph;

/// <summary>What one element of a tensor is.</summary>
public enum DType
{
    /// <summary>IEEE single precision.</summary>
    F32,
    /// <summary>IEEE double precision.</summary>
    F64,
    /// <summary>Signed 32-bit integer.</summary>
    I32,
    /// <summary>Signed 64-bit integer.</summary>
    I64,
    /// <summary>Unsigned 8-bit integer.</summary>
    U8,
    /// <summary>True or false, one byte each.</summary>
    Bool,
    /// <summary>IEEE half precision: 11 binary digits, to 65504. Storage only: arithmetic is done in f32.</summary>
    F16,
    /// <summary>The upper half of single precision: 8 binary digits. Storage only: arithmetic is done in f32.</summary>
    BF16,
}

internal static class DTypes
{
    /// <summary>The name in <c>.net</c> files, safetensors aside.</summary>
    public static string Name(this DType type) => type switch
    {
        DType.F32 => "f32",
        DType.F64 => "f64",
        DType.I32 => "i32",
        DType.I64 => "i64",
        DType.U8 => "u8",
        DType.Bool => "bool",
        DType.F16 => "f16",
        DType.BF16 => "bf16",
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    public static bool TryParse(string name, out DType type)
    {
        foreach (DType candidate in Enum.GetValues(typeof(DType)))
        {
            if (candidate.Name() == name)
            {
                type = candidate;
                return true;
            }
        }
        type = default;
        return false;
    }

    public static int Bytes(this DType type) => type switch
    {
        DType.F64 or DType.I64 => 8,
        DType.F32 or DType.I32 => 4,
        DType.F16 or DType.BF16 => 2,
        _ => 1,
    };

    public static bool IsFloat(this DType type) => type is DType.F32 or DType.F64 || type.IsHalf();

    /// <summary>Whether values are only stored in the type and computed with in f32.</summary>
    public static bool IsHalf(this DType type) => type is DType.F16 or DType.BF16;

    /// <summary>The type in which values of a type are computed with.</summary>
    public static DType Widened(this DType type) => type.IsHalf() ? DType.F32 : type;

    public static bool IsInteger(this DType type) => type is DType.I32 or DType.I64 or DType.U8;

    /// <summary>
    /// The type in which two operands meet: a float wins over an integer, an integer over a bool, the wider over the narrower.
    /// </summary>
    public static DType Promote(DType a, DType b) => Rank(a) >= Rank(b) ? a : b;

    static int Rank(DType type) => type switch
    {
        DType.Bool => 0,
        DType.U8 => 1,
        DType.I32 => 2,
        DType.I64 => 3,
        DType.F16 or DType.BF16 => 4,
        DType.F32 => 5,
        _ => 6,
    };
}
