namespace NetCompiler.Runtime;

/// <summary>The micro-kernels for 32 registers: one per number of vectors and height.</summary>
static unsafe class WideTiles<TOperations, TVector, T, TVariant>
    where TOperations : struct, ITileOperations<TVector, T>
    where TVector : struct
    where T : unmanaged
    where TVariant : struct, ITileVariant
{
    // Addresses of methods that the JIT compiles when they are first called.
    public static readonly nint[][] Kernels =
    [
        [
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C1, C1, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C2, C1, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C3, C1, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C4, C1, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C5, C1, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C6, C1, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C7, C1, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C8, C1, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C9, C1, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C10, C1, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C11, C1, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C12, C1, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C13, C1, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C14, C1, TVariant>,
        ],
        [
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C1, C2, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C2, C2, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C3, C2, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C4, C2, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C5, C2, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C6, C2, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C7, C2, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C8, C2, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C9, C2, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C10, C2, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C11, C2, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C12, C2, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C13, C2, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C14, C2, TVariant>,
        ],
        [
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C1, C3, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C2, C3, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C3, C3, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C4, C3, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C5, C3, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C6, C3, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C7, C3, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C8, C3, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C9, C3, TVariant>,
        ],
        [
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C1, C4, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C2, C4, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C3, C4, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C4, C4, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C5, C4, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C6, C4, TVariant>,
        ],
    ];
}

/// <summary>The micro-kernels for 16 registers.</summary>
static unsafe class NarrowTiles<TOperations, TVector, T, TVariant>
    where TOperations : struct, ITileOperations<TVector, T>
    where TVector : struct
    where T : unmanaged
    where TVariant : struct, ITileVariant
{
    // Addresses of methods that the JIT compiles when they are first called.
    public static readonly nint[][] Kernels =
    [
        [
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C1, C1, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C2, C1, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C3, C1, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C4, C1, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C5, C1, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C6, C1, TVariant>,
        ],
        [
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C1, C2, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C2, C2, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C3, C2, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C4, C2, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C5, C2, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C6, C2, TVariant>,
        ],
        [
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C1, C3, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C2, C3, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C3, C3, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C4, C3, TVariant>,
        ],
        [
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C1, C4, TVariant>,
            (nint)(delegate*<nint, T*, nint, T*, nint, T*, nint, bool, int, byte*, nint, void>)&GemmTile.Run<TOperations, TVector, T, C2, C4, TVariant>,
        ],
    ];
}

readonly struct PackedTile : ITileVariant { public static bool ReadsRows => false; public static bool IsMasked => false; public static bool CopiesColumns => false; }

readonly struct MaskedPackedTile : ITileVariant { public static bool ReadsRows => false; public static bool IsMasked => true; public static bool CopiesColumns => false; }

readonly struct RowsTile : ITileVariant { public static bool ReadsRows => true; public static bool IsMasked => false; public static bool CopiesColumns => false; }

readonly struct MaskedRowsTile : ITileVariant { public static bool ReadsRows => true; public static bool IsMasked => true; public static bool CopiesColumns => false; }

readonly struct CopyingPackedTile : ITileVariant { public static bool ReadsRows => false; public static bool IsMasked => false; public static bool CopiesColumns => true; }

readonly struct CopyingMaskedPackedTile : ITileVariant { public static bool ReadsRows => false; public static bool IsMasked => true; public static bool CopiesColumns => true; }

readonly struct CopyingRowsTile : ITileVariant { public static bool ReadsRows => true; public static bool IsMasked => false; public static bool CopiesColumns => true; }

readonly struct CopyingMaskedRowsTile : ITileVariant { public static bool ReadsRows => true; public static bool IsMasked => true; public static bool CopiesColumns => true; }
