using System.Runtime.Intrinsics;

namespace NetCompiler.Runtime;

/// <summary>The compiled micro-kernels of one vector type: one per height and number of vectors.</summary>
static unsafe class GemmTiles<TLanes, T> where TLanes : struct, ILanes<TLanes, T> where T : unmanaged
{
    /// <summary>The vectors of the widest tile.</summary>
    public const int MaximumVectors = 2;

    const int HighestTile = 14;

    static readonly nint[] Kernels =
        typeof(TLanes) == typeof(F32x16) ? GemmTileTable<TileOfSingle512, Vector512<float>, float>.Kernels
        : typeof(TLanes) == typeof(F32x8) ? GemmTileTable<TileOfSingle256, Vector256<float>, float>.Kernels
        : typeof(TLanes) == typeof(F32x1) ? GemmTileTable<TileOfSingle, float, float>.Kernels
        : typeof(TLanes) == typeof(F64x8) ? GemmTileTable<TileOfDouble512, Vector512<double>, double>.Kernels
        : typeof(TLanes) == typeof(F64x4) ? GemmTileTable<TileOfDouble256, Vector256<double>, double>.Kernels
        : GemmTileTable<TileOfDouble, double, double>.Kernels;

    /// <summary>The rows of the highest tile that fits the registers.</summary>
    public static int MaximumRows => TLanes.Count * sizeof(T) == 64 ? HighestTile : 6;

    /// <summary>The kernel for tiles of exactly this size: (depth, a, b, ldb, c, ldc, accumulate).</summary>
    public static delegate*<nint, T*, T*, nint, T*, nint, bool, void> Of(int rows, int vectors) =>
        (delegate*<nint, T*, T*, nint, T*, nint, bool, void>)Kernels[(vectors - 1) * HighestTile + rows - 1];
}

static unsafe class GemmTileTable<TOperations, TVector, T>
    where TOperations : struct, ITileOperations<TVector, T>
    where TVector : struct
    where T : unmanaged
{
    // Addresses of methods that the JIT compiles when they are first called.
    public static readonly nint[] Kernels =
    [
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C1, C1>,
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C2, C1>,
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C3, C1>,
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C4, C1>,
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C5, C1>,
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C6, C1>,
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C7, C1>,
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C8, C1>,
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C9, C1>,
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C10, C1>,
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C11, C1>,
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C12, C1>,
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C13, C1>,
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C14, C1>,
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C1, C2>,
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C2, C2>,
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C3, C2>,
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C4, C2>,
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C5, C2>,
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C6, C2>,
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C7, C2>,
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C8, C2>,
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C9, C2>,
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C10, C2>,
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C11, C2>,
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C12, C2>,
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C13, C2>,
        (nint)(delegate*<nint, T*, T*, nint, T*, nint, bool, void>)&GemmTile.Run<TOperations, TVector, T, C14, C2>,
    ];

    readonly struct C1 : IConstant { public static int Value => 1; }

    readonly struct C2 : IConstant { public static int Value => 2; }

    readonly struct C3 : IConstant { public static int Value => 3; }

    readonly struct C4 : IConstant { public static int Value => 4; }

    readonly struct C5 : IConstant { public static int Value => 5; }

    readonly struct C6 : IConstant { public static int Value => 6; }

    readonly struct C7 : IConstant { public static int Value => 7; }

    readonly struct C8 : IConstant { public static int Value => 8; }

    readonly struct C9 : IConstant { public static int Value => 9; }

    readonly struct C10 : IConstant { public static int Value => 10; }

    readonly struct C11 : IConstant { public static int Value => 11; }

    readonly struct C12 : IConstant { public static int Value => 12; }

    readonly struct C13 : IConstant { public static int Value => 13; }

    readonly struct C14 : IConstant { public static int Value => 14; }
}
