using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>An integer as a type, so that the JIT compiles a kernel for each value.</summary>
interface IConstant
{
    static abstract int Value { get; }
}

/// <summary>
/// The micro-kernel: a tile of C of some rows by one or two vectors, held in registers over the whole depth.
/// </summary>
/// <remarks>
/// Accumulators must be separate locals of the bare vector type: the JIT keeps no array in registers, and copies a struct around a
/// vector once per step. Rows and vectors are constants, so what lies beyond them is not compiled. At 512 bits 14 rows by 2 vectors
/// take 28 of 32 registers, and a 15th row would spill; at 256 bits it is 6 by 2. Two vectors of B serve each broadcast of A, so
/// loads stay below the two FMA units' pace; the depth loop is not unrolled because its overhead hides behind them.
/// </remarks>
static unsafe class GemmTile
{
    /// <summary>
    /// c[r, j] (+)= sum over p of a[p · rows + r] · b[p · ldb + j], for r &lt; rows and j &lt; vectors · lanes, in the order of p for every
    /// element, whatever the tile.
    /// </summary>
    // Tier-0 code of this method would run for its whole first call, which may be long.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TOperations, TVector, T, TRows, TVectors>(nint depth, T* a, T* b, nint ldb, T* c, nint ldc, bool accumulate)
        where TOperations : struct, ITileOperations<TVector, T>
        where TVector : struct
        where T : unmanaged
        where TRows : struct, IConstant
        where TVectors : struct, IConstant
    {
        TVector c00 = default, c01 = default;
        TVector c10 = default, c11 = default;
        TVector c20 = default, c21 = default;
        TVector c30 = default, c31 = default;
        TVector c40 = default, c41 = default;
        TVector c50 = default, c51 = default;
        TVector c60 = default, c61 = default;
        TVector c70 = default, c71 = default;
        TVector c80 = default, c81 = default;
        TVector c90 = default, c91 = default;
        TVector c100 = default, c101 = default;
        TVector c110 = default, c111 = default;
        TVector c120 = default, c121 = default;
        TVector c130 = default, c131 = default;

        for (nint p = depth; p > 0; p--)
        {
            TVector b0 = TOperations.Load(b), b1 = TVectors.Value > 1 ? TOperations.Load(b + TOperations.Lanes) : default, x;

            x = TOperations.Splat(a[0]);
            c00 = TOperations.MultiplyAdd(x, b0, c00);
            if (TVectors.Value > 1) c01 = TOperations.MultiplyAdd(x, b1, c01);
            if (TRows.Value > 1)
            {
                x = TOperations.Splat(a[1]);
                c10 = TOperations.MultiplyAdd(x, b0, c10);
                if (TVectors.Value > 1) c11 = TOperations.MultiplyAdd(x, b1, c11);
            }
            if (TRows.Value > 2)
            {
                x = TOperations.Splat(a[2]);
                c20 = TOperations.MultiplyAdd(x, b0, c20);
                if (TVectors.Value > 1) c21 = TOperations.MultiplyAdd(x, b1, c21);
            }
            if (TRows.Value > 3)
            {
                x = TOperations.Splat(a[3]);
                c30 = TOperations.MultiplyAdd(x, b0, c30);
                if (TVectors.Value > 1) c31 = TOperations.MultiplyAdd(x, b1, c31);
            }
            if (TRows.Value > 4)
            {
                x = TOperations.Splat(a[4]);
                c40 = TOperations.MultiplyAdd(x, b0, c40);
                if (TVectors.Value > 1) c41 = TOperations.MultiplyAdd(x, b1, c41);
            }
            if (TRows.Value > 5)
            {
                x = TOperations.Splat(a[5]);
                c50 = TOperations.MultiplyAdd(x, b0, c50);
                if (TVectors.Value > 1) c51 = TOperations.MultiplyAdd(x, b1, c51);
            }
            if (TRows.Value > 6)
            {
                x = TOperations.Splat(a[6]);
                c60 = TOperations.MultiplyAdd(x, b0, c60);
                if (TVectors.Value > 1) c61 = TOperations.MultiplyAdd(x, b1, c61);
            }
            if (TRows.Value > 7)
            {
                x = TOperations.Splat(a[7]);
                c70 = TOperations.MultiplyAdd(x, b0, c70);
                if (TVectors.Value > 1) c71 = TOperations.MultiplyAdd(x, b1, c71);
            }
            if (TRows.Value > 8)
            {
                x = TOperations.Splat(a[8]);
                c80 = TOperations.MultiplyAdd(x, b0, c80);
                if (TVectors.Value > 1) c81 = TOperations.MultiplyAdd(x, b1, c81);
            }
            if (TRows.Value > 9)
            {
                x = TOperations.Splat(a[9]);
                c90 = TOperations.MultiplyAdd(x, b0, c90);
                if (TVectors.Value > 1) c91 = TOperations.MultiplyAdd(x, b1, c91);
            }
            if (TRows.Value > 10)
            {
                x = TOperations.Splat(a[10]);
                c100 = TOperations.MultiplyAdd(x, b0, c100);
                if (TVectors.Value > 1) c101 = TOperations.MultiplyAdd(x, b1, c101);
            }
            if (TRows.Value > 11)
            {
                x = TOperations.Splat(a[11]);
                c110 = TOperations.MultiplyAdd(x, b0, c110);
                if (TVectors.Value > 1) c111 = TOperations.MultiplyAdd(x, b1, c111);
            }
            if (TRows.Value > 12)
            {
                x = TOperations.Splat(a[12]);
                c120 = TOperations.MultiplyAdd(x, b0, c120);
                if (TVectors.Value > 1) c121 = TOperations.MultiplyAdd(x, b1, c121);
            }
            if (TRows.Value > 13)
            {
                x = TOperations.Splat(a[13]);
                c130 = TOperations.MultiplyAdd(x, b0, c130);
                if (TVectors.Value > 1) c131 = TOperations.MultiplyAdd(x, b1, c131);
            }

            a += TRows.Value;
            b += ldb;
        }

        StoreRow<TOperations, TVector, T, TVectors>(c, c00, c01, accumulate);
        if (TRows.Value > 1) StoreRow<TOperations, TVector, T, TVectors>(c + 1 * ldc, c10, c11, accumulate);
        if (TRows.Value > 2) StoreRow<TOperations, TVector, T, TVectors>(c + 2 * ldc, c20, c21, accumulate);
        if (TRows.Value > 3) StoreRow<TOperations, TVector, T, TVectors>(c + 3 * ldc, c30, c31, accumulate);
        if (TRows.Value > 4) StoreRow<TOperations, TVector, T, TVectors>(c + 4 * ldc, c40, c41, accumulate);
        if (TRows.Value > 5) StoreRow<TOperations, TVector, T, TVectors>(c + 5 * ldc, c50, c51, accumulate);
        if (TRows.Value > 6) StoreRow<TOperations, TVector, T, TVectors>(c + 6 * ldc, c60, c61, accumulate);
        if (TRows.Value > 7) StoreRow<TOperations, TVector, T, TVectors>(c + 7 * ldc, c70, c71, accumulate);
        if (TRows.Value > 8) StoreRow<TOperations, TVector, T, TVectors>(c + 8 * ldc, c80, c81, accumulate);
        if (TRows.Value > 9) StoreRow<TOperations, TVector, T, TVectors>(c + 9 * ldc, c90, c91, accumulate);
        if (TRows.Value > 10) StoreRow<TOperations, TVector, T, TVectors>(c + 10 * ldc, c100, c101, accumulate);
        if (TRows.Value > 11) StoreRow<TOperations, TVector, T, TVectors>(c + 11 * ldc, c110, c111, accumulate);
        if (TRows.Value > 12) StoreRow<TOperations, TVector, T, TVectors>(c + 12 * ldc, c120, c121, accumulate);
        if (TRows.Value > 13) StoreRow<TOperations, TVector, T, TVectors>(c + 13 * ldc, c130, c131, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void StoreRow<TOperations, TVector, T, TVectors>(T* row, TVector first, TVector second, bool accumulate)
        where TOperations : struct, ITileOperations<TVector, T>
        where TVector : struct
        where T : unmanaged
        where TVectors : struct, IConstant
    {
        TOperations.Store(row, accumulate ? TOperations.Add(TOperations.Load(row), first) : first);
        if (TVectors.Value > 1)
            TOperations.Store(row + TOperations.Lanes, accumulate ? TOperations.Add(TOperations.Load(row + TOperations.Lanes), second) : second);
    }
}
