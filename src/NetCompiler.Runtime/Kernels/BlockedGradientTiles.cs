namespace NetCompiler.Runtime;

/// <summary>The compiled kernels of <see cref="BlockedGradientTile"/> for one vector type: one per number of taps, vectors and stride.</summary>
static unsafe class BlockedGradientTiles<TOperations, TVector>
    where TOperations : struct, ITileOperations<TVector, float>
    where TVector : struct
{
    /// <summary>The channels or taps of the largest tile that fits the registers.</summary>
    public static int MaximumTaps => TOperations.Lanes == 16 ? 14 : 6;

    /// <summary>The kernel for exactly so many taps and vectors; taps are <paramref name="stride"/> floats apart, which is also <see cref="BlockedGradientCall.XTapStride"/>.</summary>
    public static delegate*<BlockedGradientCall*, void> Of(nint stride, int taps, int vectors)
    {
        var kernels = stride == 1 ? Table<C1>.Kernels : Table<AnyStride>.Kernels;
        return (delegate*<BlockedGradientCall*, void>)kernels[(vectors - 1) * 14 + taps - 1];
    }

    static class Table<TStride> where TStride : struct, IConstant
    {
        // Addresses of methods that the JIT compiles when they are first called.
        public static readonly nint[] Kernels =
        [
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C1, C1, TStride>,
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C2, C1, TStride>,
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C3, C1, TStride>,
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C4, C1, TStride>,
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C5, C1, TStride>,
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C6, C1, TStride>,
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C7, C1, TStride>,
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C8, C1, TStride>,
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C9, C1, TStride>,
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C10, C1, TStride>,
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C11, C1, TStride>,
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C12, C1, TStride>,
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C13, C1, TStride>,
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C14, C1, TStride>,
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C1, C2, TStride>,
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C2, C2, TStride>,
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C3, C2, TStride>,
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C4, C2, TStride>,
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C5, C2, TStride>,
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C6, C2, TStride>,
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C7, C2, TStride>,
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C8, C2, TStride>,
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C9, C2, TStride>,
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C10, C2, TStride>,
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C11, C2, TStride>,
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C12, C2, TStride>,
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C13, C2, TStride>,
            (nint)(delegate*<BlockedGradientCall*, void>)&BlockedGradientTile.Run<TOperations, TVector, C14, C2, TStride>,
        ];
    }
}
