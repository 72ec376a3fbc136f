using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>
/// The micro-kernel of transformed convolutions: products of some tiles with one or two vectors of output channels for one of the
/// transform's numbers, held in registers over all input channels.
/// </summary>
/// <remarks>
/// Written out for the same reasons as <see cref="GemmTile"/>. Tiles lie 16 lanes apart, so that every operand is a constant offset from
/// one pointer and transforms store whole vectors.
/// </remarks>
static unsafe class TransformedTile
{
    /// <summary>
    /// m[r · 16 + j] = sum over c of v[c / 16 · blockStride + r · 16 + c % 16] · u[c · 16 + j] for r &lt; rows and the lanes j of one vector; the
    /// second vector reads u + secondU and is stored to m + secondM. Sums run over c in order, whatever the tile.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TOperations, TVector, TRows, TVectors>(nint channels, float* v, nint blockStride, float* u, nint secondU, float* m, nint secondM)
        where TOperations : struct, ITileOperations<TVector, float>
        where TVector : struct
        where TRows : struct, IConstant
        where TVectors : struct, IConstant
    {
        TVector m00 = default, m01 = default;
        TVector m10 = default, m11 = default;
        TVector m20 = default, m21 = default;
        TVector m30 = default, m31 = default;
        TVector m40 = default, m41 = default;
        TVector m50 = default, m51 = default;
        TVector m60 = default, m61 = default;
        TVector m70 = default, m71 = default;
        TVector m80 = default, m81 = default;
        TVector m90 = default, m91 = default;
        TVector m100 = default, m101 = default;
        TVector m110 = default, m111 = default;
        TVector m120 = default, m121 = default;
        TVector m130 = default, m131 = default;

        for (; channels > 0; channels -= 16, v += blockStride)
        {
            float* a = v, end = v + Math.Min(channels, 16);
            do
            {
                TVector u0 = TOperations.Load(u), u1 = TVectors.Value > 1 ? TOperations.Load(u + secondU) : default, x;

                x = TOperations.Splat(a[0]);
                m00 = TOperations.MultiplyAdd(x, u0, m00);
                if (TVectors.Value > 1) m01 = TOperations.MultiplyAdd(x, u1, m01);
                if (TRows.Value > 1)
                {
                    x = TOperations.Splat(a[16]);
                    m10 = TOperations.MultiplyAdd(x, u0, m10);
                    if (TVectors.Value > 1) m11 = TOperations.MultiplyAdd(x, u1, m11);
                }
                if (TRows.Value > 2)
                {
                    x = TOperations.Splat(a[32]);
                    m20 = TOperations.MultiplyAdd(x, u0, m20);
                    if (TVectors.Value > 1) m21 = TOperations.MultiplyAdd(x, u1, m21);
                }
                if (TRows.Value > 3)
                {
                    x = TOperations.Splat(a[48]);
                    m30 = TOperations.MultiplyAdd(x, u0, m30);
                    if (TVectors.Value > 1) m31 = TOperations.MultiplyAdd(x, u1, m31);
                }
                if (TRows.Value > 4)
                {
                    x = TOperations.Splat(a[64]);
                    m40 = TOperations.MultiplyAdd(x, u0, m40);
                    if (TVectors.Value > 1) m41 = TOperations.MultiplyAdd(x, u1, m41);
                }
                if (TRows.Value > 5)
                {
                    x = TOperations.Splat(a[80]);
                    m50 = TOperations.MultiplyAdd(x, u0, m50);
                    if (TVectors.Value > 1) m51 = TOperations.MultiplyAdd(x, u1, m51);
                }
                if (TRows.Value > 6)
                {
                    x = TOperations.Splat(a[96]);
                    m60 = TOperations.MultiplyAdd(x, u0, m60);
                    if (TVectors.Value > 1) m61 = TOperations.MultiplyAdd(x, u1, m61);
                }
                if (TRows.Value > 7)
                {
                    x = TOperations.Splat(a[112]);
                    m70 = TOperations.MultiplyAdd(x, u0, m70);
                    if (TVectors.Value > 1) m71 = TOperations.MultiplyAdd(x, u1, m71);
                }
                if (TRows.Value > 8)
                {
                    x = TOperations.Splat(a[128]);
                    m80 = TOperations.MultiplyAdd(x, u0, m80);
                    if (TVectors.Value > 1) m81 = TOperations.MultiplyAdd(x, u1, m81);
                }
                if (TRows.Value > 9)
                {
                    x = TOperations.Splat(a[144]);
                    m90 = TOperations.MultiplyAdd(x, u0, m90);
                    if (TVectors.Value > 1) m91 = TOperations.MultiplyAdd(x, u1, m91);
                }
                if (TRows.Value > 10)
                {
                    x = TOperations.Splat(a[160]);
                    m100 = TOperations.MultiplyAdd(x, u0, m100);
                    if (TVectors.Value > 1) m101 = TOperations.MultiplyAdd(x, u1, m101);
                }
                if (TRows.Value > 11)
                {
                    x = TOperations.Splat(a[176]);
                    m110 = TOperations.MultiplyAdd(x, u0, m110);
                    if (TVectors.Value > 1) m111 = TOperations.MultiplyAdd(x, u1, m111);
                }
                if (TRows.Value > 12)
                {
                    x = TOperations.Splat(a[192]);
                    m120 = TOperations.MultiplyAdd(x, u0, m120);
                    if (TVectors.Value > 1) m121 = TOperations.MultiplyAdd(x, u1, m121);
                }
                if (TRows.Value > 13)
                {
                    x = TOperations.Splat(a[208]);
                    m130 = TOperations.MultiplyAdd(x, u0, m130);
                    if (TVectors.Value > 1) m131 = TOperations.MultiplyAdd(x, u1, m131);
                }

                u += 16;
            }
            while (++a < end);
        }

        StoreRow<TOperations, TVector, TVectors>(m + 0, secondM, m00, m01);
        if (TRows.Value > 1) StoreRow<TOperations, TVector, TVectors>(m + 16, secondM, m10, m11);
        if (TRows.Value > 2) StoreRow<TOperations, TVector, TVectors>(m + 32, secondM, m20, m21);
        if (TRows.Value > 3) StoreRow<TOperations, TVector, TVectors>(m + 48, secondM, m30, m31);
        if (TRows.Value > 4) StoreRow<TOperations, TVector, TVectors>(m + 64, secondM, m40, m41);
        if (TRows.Value > 5) StoreRow<TOperations, TVector, TVectors>(m + 80, secondM, m50, m51);
        if (TRows.Value > 6) StoreRow<TOperations, TVector, TVectors>(m + 96, secondM, m60, m61);
        if (TRows.Value > 7) StoreRow<TOperations, TVector, TVectors>(m + 112, secondM, m70, m71);
        if (TRows.Value > 8) StoreRow<TOperations, TVector, TVectors>(m + 128, secondM, m80, m81);
        if (TRows.Value > 9) StoreRow<TOperations, TVector, TVectors>(m + 144, secondM, m90, m91);
        if (TRows.Value > 10) StoreRow<TOperations, TVector, TVectors>(m + 160, secondM, m100, m101);
        if (TRows.Value > 11) StoreRow<TOperations, TVector, TVectors>(m + 176, secondM, m110, m111);
        if (TRows.Value > 12) StoreRow<TOperations, TVector, TVectors>(m + 192, secondM, m120, m121);
        if (TRows.Value > 13) StoreRow<TOperations, TVector, TVectors>(m + 208, secondM, m130, m131);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void StoreRow<TOperations, TVector, TVectors>(float* row, nint secondM, TVector first, TVector second)
        where TOperations : struct, ITileOperations<TVector, float>
        where TVector : struct
        where TVectors : struct, IConstant
    {
        TOperations.Store(row, first);
        if (TVectors.Value > 1)
            TOperations.Store(row + secondM, second);
    }
}

/// <summary>The compiled micro-kernels of one vector type.</summary>
static unsafe class TransformedTiles<TOperations, TVector>
    where TOperations : struct, ITileOperations<TVector, float>
    where TVector : struct
{
    const int HighestTile = 14;

    // Addresses of methods that the JIT compiles when they are first called.
    static readonly nint[] Kernels =
    [
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C1, C1>,
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C2, C1>,
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C3, C1>,
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C4, C1>,
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C5, C1>,
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C6, C1>,
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C7, C1>,
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C8, C1>,
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C9, C1>,
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C10, C1>,
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C11, C1>,
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C12, C1>,
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C13, C1>,
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C14, C1>,
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C1, C2>,
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C2, C2>,
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C3, C2>,
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C4, C2>,
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C5, C2>,
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C6, C2>,
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C7, C2>,
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C8, C2>,
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C9, C2>,
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C10, C2>,
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C11, C2>,
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C12, C2>,
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C13, C2>,
        (nint)(delegate*<nint, float*, nint, float*, nint, float*, nint, void>)&TransformedTile.Run<TOperations, TVector, C14, C2>,
    ];

    /// <summary>The tiles that fit the registers, with two vectors each.</summary>
    public static int MaximumRows => TOperations.Lanes == 16 ? HighestTile : 6;

    /// <summary>The kernel for exactly this many tiles and vectors: (channels, v, blockStride, u, secondU, m, secondM).</summary>
    public static delegate*<nint, float*, nint, float*, nint, float*, nint, void> Of(int rows, int vectors) =>
        (delegate*<nint, float*, nint, float*, nint, float*, nint, void>)Kernels[(vectors - 1) * HighestTile + rows - 1];

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
