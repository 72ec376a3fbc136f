using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace NetCompiler.Runtime;

/// <summary>
/// Which vector widths this machine has. Both are constants to the JIT, so a branch on them costs nothing.
/// </summary>
/// <remarks>
/// <c>Vector512.IsHardwareAccelerated</c> is not asked: it is false on CPUs that have AVX-512 but might clock lower with it,
/// where 512-bit code still wins.
/// </remarks>
public static class Simd
{
    /// <summary>Whether <see cref="F32x16"/> and <see cref="F64x8"/> run in single instructions.</summary>
    public static bool Has512 => Avx512F.IsSupported && Avx512DQ.IsSupported;

    /// <summary>Whether <see cref="F32x8"/> and <see cref="F64x4"/> run in single instructions.</summary>
    public static bool Has256 => Avx2.IsSupported && Fma.IsSupported;

    /// <summary>
    /// How methods with a loop over elements are compiled. By the JIT at once as well as it can: its first, quick version of one would take
    /// tens of times as long, and would run long before a better one is made. In the form for publishing ahead of time nothing is asked for,
    /// since what asks for the JIT's best is left to the JIT.
    /// </summary>
    public const MethodImplOptions Optimised =
#if PRECOMPILED
        0;
#else
        MethodImplOptions.AggressiveOptimization;
#endif
}
