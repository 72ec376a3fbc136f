using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

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
/// Accumulators must be separate locals: the JIT keeps no array in registers. Rows and vectors are constants, so what lies beyond
/// them is not compiled. At 512 bits 14 rows by 2 vectors take 28 of 32 registers, and a 15th row would spill; at 256 bits it is 6
/// by 2. Two vectors of B serve each broadcast of A, so loads stay below the two FMA units' pace; the depth loop is not
/// unrolled because its overhead hides behind them.
/// </remarks>
static unsafe class GemmTile
{
    /// <summary>
    /// c[r, j] (+)= sum over p of a[p · rows + r] · b[p · ldb + j], for r &lt; rows and j &lt; vectors · lanes, in the order of p for every
    /// element, whatever the tile.
    /// </summary>
    // Tier-0 code of this method would run for its whole first call, which may be long.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TLanes, T, TRows, TVectors>(nint depth, T* a, T* b, nint ldb, T* c, nint ldc, bool accumulate)
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged
        where TRows : struct, IConstant
        where TVectors : struct, IConstant
    {
        TLanes c00 = default, c01 = default;
        TLanes c10 = default, c11 = default;
        TLanes c20 = default, c21 = default;
        TLanes c30 = default, c31 = default;
        TLanes c40 = default, c41 = default;
        TLanes c50 = default, c51 = default;
        TLanes c60 = default, c61 = default;
        TLanes c70 = default, c71 = default;
        TLanes c80 = default, c81 = default;
        TLanes c90 = default, c91 = default;
        TLanes c100 = default, c101 = default;
        TLanes c110 = default, c111 = default;
        TLanes c120 = default, c121 = default;
        TLanes c130 = default, c131 = default;

        PrefetchRows<T>(TRows.Value, c, ldc);
        for (nint p = depth; p > 0; p--)
        {
            TLanes b0 = Load<TLanes, T>(b), b1 = TVectors.Value > 1 ? Load<TLanes, T>(b + TLanes.Count) : default, x;

            x = TLanes.Splat(a[0]);
            c00 = TLanes.MultiplyAdd(x, b0, c00);
            if (TVectors.Value > 1) c01 = TLanes.MultiplyAdd(x, b1, c01);
            if (TRows.Value > 1)
            {
                x = TLanes.Splat(a[1]);
                c10 = TLanes.MultiplyAdd(x, b0, c10);
                if (TVectors.Value > 1) c11 = TLanes.MultiplyAdd(x, b1, c11);
            }
            if (TRows.Value > 2)
            {
                x = TLanes.Splat(a[2]);
                c20 = TLanes.MultiplyAdd(x, b0, c20);
                if (TVectors.Value > 1) c21 = TLanes.MultiplyAdd(x, b1, c21);
            }
            if (TRows.Value > 3)
            {
                x = TLanes.Splat(a[3]);
                c30 = TLanes.MultiplyAdd(x, b0, c30);
                if (TVectors.Value > 1) c31 = TLanes.MultiplyAdd(x, b1, c31);
            }
            if (TRows.Value > 4)
            {
                x = TLanes.Splat(a[4]);
                c40 = TLanes.MultiplyAdd(x, b0, c40);
                if (TVectors.Value > 1) c41 = TLanes.MultiplyAdd(x, b1, c41);
            }
            if (TRows.Value > 5)
            {
                x = TLanes.Splat(a[5]);
                c50 = TLanes.MultiplyAdd(x, b0, c50);
                if (TVectors.Value > 1) c51 = TLanes.MultiplyAdd(x, b1, c51);
            }
            if (TRows.Value > 6)
            {
                x = TLanes.Splat(a[6]);
                c60 = TLanes.MultiplyAdd(x, b0, c60);
                if (TVectors.Value > 1) c61 = TLanes.MultiplyAdd(x, b1, c61);
            }
            if (TRows.Value > 7)
            {
                x = TLanes.Splat(a[7]);
                c70 = TLanes.MultiplyAdd(x, b0, c70);
                if (TVectors.Value > 1) c71 = TLanes.MultiplyAdd(x, b1, c71);
            }
            if (TRows.Value > 8)
            {
                x = TLanes.Splat(a[8]);
                c80 = TLanes.MultiplyAdd(x, b0, c80);
                if (TVectors.Value > 1) c81 = TLanes.MultiplyAdd(x, b1, c81);
            }
            if (TRows.Value > 9)
            {
                x = TLanes.Splat(a[9]);
                c90 = TLanes.MultiplyAdd(x, b0, c90);
                if (TVectors.Value > 1) c91 = TLanes.MultiplyAdd(x, b1, c91);
            }
            if (TRows.Value > 10)
            {
                x = TLanes.Splat(a[10]);
                c100 = TLanes.MultiplyAdd(x, b0, c100);
                if (TVectors.Value > 1) c101 = TLanes.MultiplyAdd(x, b1, c101);
            }
            if (TRows.Value > 11)
            {
                x = TLanes.Splat(a[11]);
                c110 = TLanes.MultiplyAdd(x, b0, c110);
                if (TVectors.Value > 1) c111 = TLanes.MultiplyAdd(x, b1, c111);
            }
            if (TRows.Value > 12)
            {
                x = TLanes.Splat(a[12]);
                c120 = TLanes.MultiplyAdd(x, b0, c120);
                if (TVectors.Value > 1) c121 = TLanes.MultiplyAdd(x, b1, c121);
            }
            if (TRows.Value > 13)
            {
                x = TLanes.Splat(a[13]);
                c130 = TLanes.MultiplyAdd(x, b0, c130);
                if (TVectors.Value > 1) c131 = TLanes.MultiplyAdd(x, b1, c131);
            }

            a += TRows.Value;
            b += ldb;
        }

        StoreRow<TLanes, T, TVectors>(c, c00, c01, accumulate);
        if (TRows.Value > 1) StoreRow<TLanes, T, TVectors>(c + 1 * ldc, c10, c11, accumulate);
        if (TRows.Value > 2) StoreRow<TLanes, T, TVectors>(c + 2 * ldc, c20, c21, accumulate);
        if (TRows.Value > 3) StoreRow<TLanes, T, TVectors>(c + 3 * ldc, c30, c31, accumulate);
        if (TRows.Value > 4) StoreRow<TLanes, T, TVectors>(c + 4 * ldc, c40, c41, accumulate);
        if (TRows.Value > 5) StoreRow<TLanes, T, TVectors>(c + 5 * ldc, c50, c51, accumulate);
        if (TRows.Value > 6) StoreRow<TLanes, T, TVectors>(c + 6 * ldc, c60, c61, accumulate);
        if (TRows.Value > 7) StoreRow<TLanes, T, TVectors>(c + 7 * ldc, c70, c71, accumulate);
        if (TRows.Value > 8) StoreRow<TLanes, T, TVectors>(c + 8 * ldc, c80, c81, accumulate);
        if (TRows.Value > 9) StoreRow<TLanes, T, TVectors>(c + 9 * ldc, c90, c91, accumulate);
        if (TRows.Value > 10) StoreRow<TLanes, T, TVectors>(c + 10 * ldc, c100, c101, accumulate);
        if (TRows.Value > 11) StoreRow<TLanes, T, TVectors>(c + 11 * ldc, c110, c111, accumulate);
        if (TRows.Value > 12) StoreRow<TLanes, T, TVectors>(c + 12 * ldc, c120, c121, accumulate);
        if (TRows.Value > 13) StoreRow<TLanes, T, TVectors>(c + 13 * ldc, c130, c131, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TLanes Load<TLanes, T>(T* source) where TLanes : struct, ILanes<TLanes, T> where T : unmanaged =>
        TLanes.Load(new Pointer<T>((nint)source), 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void StoreRow<TLanes, T, TVectors>(T* row, TLanes first, TLanes second, bool accumulate)
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged
        where TVectors : struct, IConstant
    {
        if (accumulate)
        {
            first = Load<TLanes, T>(row) + first;
            if (TVectors.Value > 1)
                second = Load<TLanes, T>(row + TLanes.Count) + second;
        }
        var target = new Pointer<T>((nint)row);
        TLanes.Store(target, 0, first);
        if (TVectors.Value > 1)
            TLanes.Store(target, TLanes.Count, second);
    }

    // C is touched only at the end of the depth loop, by which time its lines have come.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void PrefetchRows<T>(int rows, T* c, nint ldc) where T : unmanaged
    {
        if (!Sse.IsSupported)
            return;
        for (int r = 0; r < rows; r++)
        {
            Sse.Prefetch0(c + r * ldc);
            Sse.Prefetch0((byte*)(c + r * ldc) + 64);
        }
    }
}
