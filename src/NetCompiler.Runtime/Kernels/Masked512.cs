using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NetCompiler.Runtime;

/// <summary>Loads and stores of those lanes of 512 bits whose mask is set; the other lanes' memory is not touched. .NET 9 has them for 256 bits only.</summary>
static unsafe class Masked512
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* source, Vector512<float> mask) =>
#if NET10_0_OR_GREATER
        Avx512F.MaskLoad(source, mask, Vector512<float>.Zero);
#else
        Vector512.Create(Avx.MaskLoad(source, mask.GetLower()), Avx.MaskLoad(source + 8, mask.GetUpper()));
#endif

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Load(double* source, Vector512<double> mask) =>
#if NET10_0_OR_GREATER
        Avx512F.MaskLoad(source, mask, Vector512<double>.Zero);
#else
        Vector512.Create(Avx.MaskLoad(source, mask.GetLower()), Avx.MaskLoad(source + 4, mask.GetUpper()));
#endif

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, Vector512<float> mask, Vector512<float> value)
    {
#if NET10_0_OR_GREATER
        Avx512F.MaskStore(target, mask, value);
#else
        Avx.MaskStore(target, mask.GetLower(), value.GetLower());
        Avx.MaskStore(target + 8, mask.GetUpper(), value.GetUpper());
#endif
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(double* target, Vector512<double> mask, Vector512<double> value)
    {
#if NET10_0_OR_GREATER
        Avx512F.MaskStore(target, mask, value);
#else
        Avx.MaskStore(target, mask.GetLower(), value.GetLower());
        Avx.MaskStore(target + 4, mask.GetUpper(), value.GetUpper());
#endif
    }
}
