namespace NetCompiler.Runtime;

/// <summary>The compiled kernels of <see cref="BlockedTile"/> for one vector type: one per number of pixels, vectors and stride.</summary>
/// <remarks>Use <c>TileOfSingle512, Vector512&lt;float&gt;</c> where <see cref="Simd.Has512"/>, <c>TileOfSingle256, Vector256&lt;float&gt;</c> where
/// <see cref="Simd.Has256"/>, else <c>TileOfSingle, float</c>: results have the same bits.</remarks>
static unsafe class BlockedTiles<TOperations, TVector>
    where TOperations : struct, ITileOperations<TVector, float>
    where TVector : struct
{
    /// <summary>The vectors of the widest tile.</summary>
    public const int MaximumVectors = 2;

    /// <summary>The pixels of the longest tile that fits the registers.</summary>
    public static int MaximumPixels => TOperations.Lanes == 16 ? 14 : 6;

    /// <summary>The kernel for exactly so many pixels and vectors whose inputs are <paramref name="stride"/> floats apart, and their steps <paramref name="step"/>.</summary>
    public static delegate*<BlockedTileCall*, void> Of(nint stride, int pixels, int vectors, nint step = 1)
    {
        var kernels = step != 1 ? stride == 1 && step == -Transposed.Value ? Table<Transposed>.Kernels : Table<AnyStride>.Kernels : stride switch
        {
            1 => Table<C1>.Kernels,
            2 => Table<C2>.Kernels,
            4 => Table<C4>.Kernels,
            16 => Table<C16>.Kernels,
            32 => Table<C32>.Kernels,
            _ => Table<AnyStride>.Kernels,
        };
        return (delegate*<BlockedTileCall*, void>)kernels[(vectors - 1) * 14 + pixels - 1];
    }

    static class Table<TStride> where TStride : struct, IConstant
    {
        // Addresses of methods that the JIT compiles when they are first called.
        public static readonly nint[] Kernels =
        [
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C1, C1, TStride>,
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C2, C1, TStride>,
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C3, C1, TStride>,
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C4, C1, TStride>,
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C5, C1, TStride>,
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C6, C1, TStride>,
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C7, C1, TStride>,
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C8, C1, TStride>,
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C9, C1, TStride>,
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C10, C1, TStride>,
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C11, C1, TStride>,
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C12, C1, TStride>,
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C13, C1, TStride>,
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C14, C1, TStride>,
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C1, C2, TStride>,
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C2, C2, TStride>,
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C3, C2, TStride>,
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C4, C2, TStride>,
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C5, C2, TStride>,
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C6, C2, TStride>,
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C7, C2, TStride>,
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C8, C2, TStride>,
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C9, C2, TStride>,
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C10, C2, TStride>,
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C11, C2, TStride>,
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C12, C2, TStride>,
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C13, C2, TStride>,
            (nint)(delegate*<BlockedTileCall*, void>)&BlockedTile.Run<TOperations, TVector, C14, C2, TStride>,
        ];
    }

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

    readonly struct C16 : IConstant { public static int Value => 16; }

    readonly struct C32 : IConstant { public static int Value => 32; }
}
