using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace NetCompiler.Runtime;

/// <summary>How a tile reads its operands and what it leaves of its last vector, as a type.</summary>
interface ITileVariant
{
    /// <summary>Whether a row of A lies in memory as it is: element (row, p) at row · lda + p, else at p · lda + row.</summary>
    static abstract bool ReadsRows { get; }

    /// <summary>Whether only the first lanes of the last vector exist, in B and in C.</summary>
    static abstract bool IsMasked { get; }

    /// <summary>Whether the columns of B are copied while they are read.</summary>
    static abstract bool CopiesColumns { get; }
}

/// <summary>
/// The micro-kernel: a tile of C of some rows by one to four vectors, held in registers over the whole depth.
/// </summary>
/// <remarks>
/// Accumulators must be separate locals of the bare vector type: the JIT keeps no array in registers, and copies a struct around a
/// vector once per step. Rows and vectors are constants, so what lies beyond them is not compiled. At 512 bits 14 rows by 2 vectors,
/// 9 by 3 and 6 by 4 take 27 to 31 of 32 registers, and one row more would spill; at 256 bits it is 6 by 2, 4 by 3 and 2 by 4. The
/// depth loop is not unrolled because its overhead hides behind the multiply-adds. Rows of A read in place need a pointer for
/// every third: the two behind it are one and two strides away, which an address can say.
/// </remarks>
static unsafe class GemmTile
{
    // What must be in flight to hide a fetch of C behind the sums; shorter sums gain nothing.
    const nint PrefetchDepth = 32;

    // Of the largest tile, 14 rows of two or 6 of four vectors of 64 bytes.
    const int TileBytes = 28 * 64;

    /// <summary>
    /// c[r, j] (+)= sum over p of A[r, p] · b[p · ldb + j], for r &lt; rows and j &lt; vectors · lanes (of which the last vector has
    /// <paramref name="lastLanes"/> if masked), in the order of p for every element, whatever the tile. With each step one line
    /// at <paramref name="side"/>, which moves on by <paramref name="sideStep"/> bytes, is fetched, or the step's columns of B are copied there.
    /// </summary>
    // Tier-0 code of this method would run for its whole first call, which may be long.
    [MethodImpl(Simd.Optimised)]
    [SkipLocalsInit]
    public static void Run<TOperations, TVector, T, TRows, TVectors, TVariant>(
        nint depth, T* a, nint lda, T* b, nint ldb, T* c, nint ldc, bool accumulate, int lastLanes, byte* side, nint sideStep)
        where TOperations : struct, ITileOperations<TVector, T>
        where TVector : struct
        where T : unmanaged
        where TRows : struct, IConstant
        where TVectors : struct, IConstant
        where TVariant : struct, ITileVariant
    {
        TVector c0a = default, c0b = default, c0c = default, c0d = default;
        TVector c1a = default, c1b = default, c1c = default, c1d = default;
        TVector c2a = default, c2b = default, c2c = default, c2d = default;
        TVector c3a = default, c3b = default, c3c = default, c3d = default;
        TVector c4a = default, c4b = default, c4c = default, c4d = default;
        TVector c5a = default, c5b = default, c5c = default, c5d = default;
        TVector c6a = default, c6b = default, c6c = default;
        TVector c7a = default, c7b = default, c7c = default;
        TVector c8a = default, c8b = default, c8c = default;
        TVector c9a = default, c9b = default;
        TVector c10a = default, c10b = default;
        TVector c11a = default, c11b = default;
        TVector c12a = default, c12b = default;
        TVector c13a = default, c13b = default;

        var mask = TVariant.IsMasked ? TOperations.FirstLanes(lastLanes) : default;
        if (depth >= PrefetchDepth)
            FetchTile<TOperations, TVector, T, TRows, TVectors>(c, ldc);

        T* a3 = a + 3 * lda, a6 = a + 6 * lda, a9 = a + 9 * lda, a12 = a + 12 * lda;
        for (nint p = depth; p > 0; p--)
        {
            TVector b0 = LoadColumns<TOperations, TVector, T, TVectors, TVariant>(b, 0, mask), x;
            TVector b1 = TVectors.Value > 1 ? LoadColumns<TOperations, TVector, T, TVectors, TVariant>(b, 1, mask) : default;
            TVector b2 = TVectors.Value > 2 ? LoadColumns<TOperations, TVector, T, TVectors, TVariant>(b, 2, mask) : default;
            TVector b3 = TVectors.Value > 3 ? LoadColumns<TOperations, TVector, T, TVectors, TVariant>(b, 3, mask) : default;
            if (TVariant.CopiesColumns)
            {
                TOperations.Store((T*)side, b0);
                if (TVectors.Value > 1) TOperations.Store((T*)side + TOperations.Lanes, b1);
                if (TVectors.Value > 2) TOperations.Store((T*)side + 2 * TOperations.Lanes, b2);
                if (TVectors.Value > 3) TOperations.Store((T*)side + 3 * TOperations.Lanes, b3);
            }
            else
                PrefetchFar(side);

            x = TOperations.Splat(TVariant.ReadsRows ? a[0] : a[0]);
            c0a = TOperations.MultiplyAdd(x, b0, c0a);
            if (TVectors.Value > 1) c0b = TOperations.MultiplyAdd(x, b1, c0b);
            if (TVectors.Value > 2) c0c = TOperations.MultiplyAdd(x, b2, c0c);
            if (TVectors.Value > 3) c0d = TOperations.MultiplyAdd(x, b3, c0d);
            if (TRows.Value > 1)
            {
                x = TOperations.Splat(TVariant.ReadsRows ? a[lda] : a[1]);
                c1a = TOperations.MultiplyAdd(x, b0, c1a);
                if (TVectors.Value > 1) c1b = TOperations.MultiplyAdd(x, b1, c1b);
                if (TVectors.Value > 2) c1c = TOperations.MultiplyAdd(x, b2, c1c);
                if (TVectors.Value > 3) c1d = TOperations.MultiplyAdd(x, b3, c1d);
            }
            if (TRows.Value > 2)
            {
                x = TOperations.Splat(TVariant.ReadsRows ? a[2 * lda] : a[2]);
                c2a = TOperations.MultiplyAdd(x, b0, c2a);
                if (TVectors.Value > 1) c2b = TOperations.MultiplyAdd(x, b1, c2b);
                if (TVectors.Value > 2) c2c = TOperations.MultiplyAdd(x, b2, c2c);
                if (TVectors.Value > 3) c2d = TOperations.MultiplyAdd(x, b3, c2d);
            }
            if (TRows.Value > 3)
            {
                x = TOperations.Splat(TVariant.ReadsRows ? a3[0] : a[3]);
                c3a = TOperations.MultiplyAdd(x, b0, c3a);
                if (TVectors.Value > 1) c3b = TOperations.MultiplyAdd(x, b1, c3b);
                if (TVectors.Value > 2) c3c = TOperations.MultiplyAdd(x, b2, c3c);
                if (TVectors.Value > 3) c3d = TOperations.MultiplyAdd(x, b3, c3d);
            }
            if (TRows.Value > 4)
            {
                x = TOperations.Splat(TVariant.ReadsRows ? a3[lda] : a[4]);
                c4a = TOperations.MultiplyAdd(x, b0, c4a);
                if (TVectors.Value > 1) c4b = TOperations.MultiplyAdd(x, b1, c4b);
                if (TVectors.Value > 2) c4c = TOperations.MultiplyAdd(x, b2, c4c);
                if (TVectors.Value > 3) c4d = TOperations.MultiplyAdd(x, b3, c4d);
            }
            if (TRows.Value > 5)
            {
                x = TOperations.Splat(TVariant.ReadsRows ? a3[2 * lda] : a[5]);
                c5a = TOperations.MultiplyAdd(x, b0, c5a);
                if (TVectors.Value > 1) c5b = TOperations.MultiplyAdd(x, b1, c5b);
                if (TVectors.Value > 2) c5c = TOperations.MultiplyAdd(x, b2, c5c);
                if (TVectors.Value > 3) c5d = TOperations.MultiplyAdd(x, b3, c5d);
            }
            if (TRows.Value > 6)
            {
                x = TOperations.Splat(TVariant.ReadsRows ? a6[0] : a[6]);
                c6a = TOperations.MultiplyAdd(x, b0, c6a);
                if (TVectors.Value > 1) c6b = TOperations.MultiplyAdd(x, b1, c6b);
                if (TVectors.Value > 2) c6c = TOperations.MultiplyAdd(x, b2, c6c);
            }
            if (TRows.Value > 7)
            {
                x = TOperations.Splat(TVariant.ReadsRows ? a6[lda] : a[7]);
                c7a = TOperations.MultiplyAdd(x, b0, c7a);
                if (TVectors.Value > 1) c7b = TOperations.MultiplyAdd(x, b1, c7b);
                if (TVectors.Value > 2) c7c = TOperations.MultiplyAdd(x, b2, c7c);
            }
            if (TRows.Value > 8)
            {
                x = TOperations.Splat(TVariant.ReadsRows ? a6[2 * lda] : a[8]);
                c8a = TOperations.MultiplyAdd(x, b0, c8a);
                if (TVectors.Value > 1) c8b = TOperations.MultiplyAdd(x, b1, c8b);
                if (TVectors.Value > 2) c8c = TOperations.MultiplyAdd(x, b2, c8c);
            }
            if (TRows.Value > 9)
            {
                x = TOperations.Splat(TVariant.ReadsRows ? a9[0] : a[9]);
                c9a = TOperations.MultiplyAdd(x, b0, c9a);
                if (TVectors.Value > 1) c9b = TOperations.MultiplyAdd(x, b1, c9b);
            }
            if (TRows.Value > 10)
            {
                x = TOperations.Splat(TVariant.ReadsRows ? a9[lda] : a[10]);
                c10a = TOperations.MultiplyAdd(x, b0, c10a);
                if (TVectors.Value > 1) c10b = TOperations.MultiplyAdd(x, b1, c10b);
            }
            if (TRows.Value > 11)
            {
                x = TOperations.Splat(TVariant.ReadsRows ? a9[2 * lda] : a[11]);
                c11a = TOperations.MultiplyAdd(x, b0, c11a);
                if (TVectors.Value > 1) c11b = TOperations.MultiplyAdd(x, b1, c11b);
            }
            if (TRows.Value > 12)
            {
                x = TOperations.Splat(TVariant.ReadsRows ? a12[0] : a[12]);
                c12a = TOperations.MultiplyAdd(x, b0, c12a);
                if (TVectors.Value > 1) c12b = TOperations.MultiplyAdd(x, b1, c12b);
            }
            if (TRows.Value > 13)
            {
                x = TOperations.Splat(TVariant.ReadsRows ? a12[lda] : a[13]);
                c13a = TOperations.MultiplyAdd(x, b0, c13a);
                if (TVectors.Value > 1) c13b = TOperations.MultiplyAdd(x, b1, c13b);
            }

            a += TVariant.ReadsRows ? 1 : lda;
            if (TVariant.ReadsRows && TRows.Value > 3) a3++;
            if (TVariant.ReadsRows && TRows.Value > 6) a6++;
            if (TVariant.ReadsRows && TRows.Value > 9) a9++;
            if (TVariant.ReadsRows && TRows.Value > 12) a12++;
            b += ldb;
            side += sideStep;
        }

        // What is added to C, or cut off at its edge, takes the way through memory: the code for it, in line, would quadruple the time to compile this.
        bool direct = !accumulate && !TVariant.IsMasked;
        var tile = stackalloc T[TileBytes / sizeof(T)];
        T* target = direct ? c : tile;
        nint step = direct ? ldc : TVectors.Value * TOperations.Lanes;
        TOperations.Store(target, c0a);
        if (TRows.Value > 1) TOperations.Store(target + 1 * step, c1a);
        if (TRows.Value > 2) TOperations.Store(target + 2 * step, c2a);
        if (TRows.Value > 3) TOperations.Store(target + 3 * step, c3a);
        if (TRows.Value > 4) TOperations.Store(target + 4 * step, c4a);
        if (TRows.Value > 5) TOperations.Store(target + 5 * step, c5a);
        if (TRows.Value > 6) TOperations.Store(target + 6 * step, c6a);
        if (TRows.Value > 7) TOperations.Store(target + 7 * step, c7a);
        if (TRows.Value > 8) TOperations.Store(target + 8 * step, c8a);
        if (TRows.Value > 9) TOperations.Store(target + 9 * step, c9a);
        if (TRows.Value > 10) TOperations.Store(target + 10 * step, c10a);
        if (TRows.Value > 11) TOperations.Store(target + 11 * step, c11a);
        if (TRows.Value > 12) TOperations.Store(target + 12 * step, c12a);
        if (TRows.Value > 13) TOperations.Store(target + 13 * step, c13a);
        if (TVectors.Value > 1)
        {
            target += TOperations.Lanes;
            TOperations.Store(target, c0b);
            if (TRows.Value > 1) TOperations.Store(target + 1 * step, c1b);
            if (TRows.Value > 2) TOperations.Store(target + 2 * step, c2b);
            if (TRows.Value > 3) TOperations.Store(target + 3 * step, c3b);
            if (TRows.Value > 4) TOperations.Store(target + 4 * step, c4b);
            if (TRows.Value > 5) TOperations.Store(target + 5 * step, c5b);
            if (TRows.Value > 6) TOperations.Store(target + 6 * step, c6b);
            if (TRows.Value > 7) TOperations.Store(target + 7 * step, c7b);
            if (TRows.Value > 8) TOperations.Store(target + 8 * step, c8b);
            if (TRows.Value > 9) TOperations.Store(target + 9 * step, c9b);
            if (TRows.Value > 10) TOperations.Store(target + 10 * step, c10b);
            if (TRows.Value > 11) TOperations.Store(target + 11 * step, c11b);
            if (TRows.Value > 12) TOperations.Store(target + 12 * step, c12b);
            if (TRows.Value > 13) TOperations.Store(target + 13 * step, c13b);
        }
        if (TVectors.Value > 2)
        {
            target += TOperations.Lanes;
            TOperations.Store(target, c0c);
            if (TRows.Value > 1) TOperations.Store(target + 1 * step, c1c);
            if (TRows.Value > 2) TOperations.Store(target + 2 * step, c2c);
            if (TRows.Value > 3) TOperations.Store(target + 3 * step, c3c);
            if (TRows.Value > 4) TOperations.Store(target + 4 * step, c4c);
            if (TRows.Value > 5) TOperations.Store(target + 5 * step, c5c);
            if (TRows.Value > 6) TOperations.Store(target + 6 * step, c6c);
            if (TRows.Value > 7) TOperations.Store(target + 7 * step, c7c);
            if (TRows.Value > 8) TOperations.Store(target + 8 * step, c8c);
        }
        if (TVectors.Value > 3)
        {
            target += TOperations.Lanes;
            TOperations.Store(target, c0d);
            if (TRows.Value > 1) TOperations.Store(target + 1 * step, c1d);
            if (TRows.Value > 2) TOperations.Store(target + 2 * step, c2d);
            if (TRows.Value > 3) TOperations.Store(target + 3 * step, c3d);
            if (TRows.Value > 4) TOperations.Store(target + 4 * step, c4d);
            if (TRows.Value > 5) TOperations.Store(target + 5 * step, c5d);
        }
        if (!direct)
            Finish<TOperations, TVector, T>(tile, TRows.Value, TVectors.Value, TVariant.IsMasked ? lastLanes : TOperations.Lanes, c, ldc, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Prefetch(void* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(address);
    }

    // Into the second-level cache: it is for another tile, and must not push this one's operands out of the first.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void PrefetchFar(void* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch1(address);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void FetchTile<TOperations, TVector, T, TRows, TVectors>(T* c, nint ldc)
        where TOperations : struct, ITileOperations<TVector, T>
        where TVector : struct
        where T : unmanaged
        where TRows : struct, IConstant
        where TVectors : struct, IConstant
    {
        for (int r = 0; r < TRows.Value; r++, c += ldc)
        {
            Prefetch(c);
            if (TVectors.Value > 1) Prefetch(c + TOperations.Lanes);
            if (TVectors.Value > 2) Prefetch(c + 2 * TOperations.Lanes);
            if (TVectors.Value > 3) Prefetch(c + 3 * TOperations.Lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector LoadColumns<TOperations, TVector, T, TVectors, TVariant>(T* row, int vector, TVector mask)
        where TOperations : struct, ITileOperations<TVector, T>
        where TVector : struct
        where T : unmanaged
        where TVectors : struct, IConstant
        where TVariant : struct, ITileVariant =>
        TVariant.IsMasked && vector == TVectors.Value - 1
            ? TOperations.LoadMasked(row + vector * TOperations.Lanes, mask)
            : TOperations.Load(row + vector * TOperations.Lanes);

    [MethodImpl(Simd.Optimised | MethodImplOptions.NoInlining)]
    static void Finish<TOperations, TVector, T>(T* tile, int rows, int vectors, int lastLanes, T* c, nint ldc, bool accumulate)
        where TOperations : struct, ITileOperations<TVector, T>
        where TVector : struct
        where T : unmanaged
    {
        var mask = TOperations.FirstLanes(lastLanes);
        for (int r = 0; r < rows; r++, c += ldc)
        {
            T* target = c;
            for (int j = 1; j < vectors; j++, tile += TOperations.Lanes, target += TOperations.Lanes)
            {
                var value = TOperations.Load(tile);
                TOperations.Store(target, accumulate ? TOperations.Add(TOperations.Load(target), value) : value);
            }
            var last = TOperations.Load(tile);
            TOperations.StoreMasked(target, accumulate ? TOperations.Add(TOperations.LoadMasked(target, mask), last) : last, mask);
            tile += TOperations.Lanes;
        }
    }
}
