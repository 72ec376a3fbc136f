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
}
