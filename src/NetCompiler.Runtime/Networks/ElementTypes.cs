namespace NetCompiler.Runtime;

/// <summary>The element types that variables have: the name in .net source, in C#, and in safetensors files.</summary>
static class ElementTypes
{
    static readonly (Type Type, string Name, string FileName)[] s_all =
    [
        (typeof(float), "f32", "F32"),
        (typeof(double), "f64", "F64"),
        (typeof(int), "i32", "I32"),
        (typeof(long), "i64", "I64"),
        (typeof(byte), "u8", "U8"),
        (typeof(bool), "bool", "BOOL"),
        (typeof(Half), "f16", "F16"),
        (typeof(BFloat16), "bf16", "BF16"),
    ];

    /// <summary>The name in .net source, such as f32.</summary>
    public static string Name<T>() where T : unmanaged => Find<T>().Name;

    /// <summary>The name in safetensors files, such as F32.</summary>
    public static string FileName<T>() where T : unmanaged => Find<T>().FileName;

    static (Type Type, string Name, string FileName) Find<T>()
    {
        foreach (var entry in s_all)
            if (entry.Type == typeof(T))
                return entry;
        throw new NotSupportedException($"{typeof(T).Name} is no element type of variables: they are {string.Join(", ", s_all.Select(entry => entry.Type.Name))}");
    }
}
