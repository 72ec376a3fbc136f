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
        _ => 1,
    };

    public static bool IsFloat(this DType type) => type is DType.F32 or DType.F64;

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
        DType.F32 => 4,
        _ => 5,
    };
}
