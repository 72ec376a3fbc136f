using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace NetCompiler.Runtime;

/// <summary>What a call of <see cref="BlockedGradientTile"/> works on. All strides are in floats.</summary>
unsafe struct BlockedGradientCall
{
    /// <summary>The input that the first tap or channel meets at the first pixel.</summary>
    public float* X;

    public nint XStride, XRowStride, XImageStride;

    /// <summary>From one channel or tap of the tile to the next; used only by kernels of stride <see cref="AnyStride"/>.</summary>
    public nint XTapStride;

    /// <summary>The gradient of the output at the first pixel, which is dense in a row.</summary>
    public float* Dy;

    public nint DyRowStride, DyImageStride;

    /// <summary>From the first vector to the second.</summary>
    public nint DyVector;

    /// <summary>The pixels of the sum.</summary>
    public nint Images, Rows, Columns;

    /// <summary>The sums so far: a row of vectors for each channel or tap.</summary>
    public float* Sums;

    public nint SumsStride;

    /// <summary>What to bring to the second-level cache meanwhile, <see cref="AheadStep"/> floats for each pixel; null for nothing.</summary>
    public float* Ahead;

    public nint AheadStep;
}

/// <summary>
/// The micro-kernel of filters' gradients: up to 14 channels (or taps of a filter's row) by one or two vectors of output channels, held
/// in registers while pixels pass.
/// </summary>
/// <remarks>
/// sums[r, v] += sum over images, rows and columns, in this order, of x[pixel, r] · dy[pixel, v]. See <see cref="BlockedTile"/> for why it is
/// written out.
/// </remarks>
static unsafe class BlockedGradientTile
{
    const int Lanes = BlockedProblem.Lanes;

    // Tier-0 code of this method would run for its whole first call, which may be long.
    [MethodImpl(Simd.Optimised)]
    public static void Run<TOperations, TVector, TTaps, TVectors, TStride>(BlockedGradientCall* call)
        where TOperations : struct, ITileOperations<TVector, float>
        where TVector : struct
        where TTaps : struct, IConstant
        where TVectors : struct, IConstant
        where TStride : struct, IConstant
    {
        float* sums = call->Sums;
        nint sumsStride = call->SumsStride;
        TVector c00 = TOperations.Load(sums), c01 = TVectors.Value > 1 ? TOperations.Load(sums + TOperations.Lanes) : default;
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
        if (TTaps.Value > 1) c10 = TOperations.Load(sums + 1 * sumsStride);
        if (TTaps.Value > 1 && TVectors.Value > 1) c11 = TOperations.Load(sums + 1 * sumsStride + TOperations.Lanes);
        if (TTaps.Value > 2) c20 = TOperations.Load(sums + 2 * sumsStride);
        if (TTaps.Value > 2 && TVectors.Value > 1) c21 = TOperations.Load(sums + 2 * sumsStride + TOperations.Lanes);
        if (TTaps.Value > 3) c30 = TOperations.Load(sums + 3 * sumsStride);
        if (TTaps.Value > 3 && TVectors.Value > 1) c31 = TOperations.Load(sums + 3 * sumsStride + TOperations.Lanes);
        if (TTaps.Value > 4) c40 = TOperations.Load(sums + 4 * sumsStride);
        if (TTaps.Value > 4 && TVectors.Value > 1) c41 = TOperations.Load(sums + 4 * sumsStride + TOperations.Lanes);
        if (TTaps.Value > 5) c50 = TOperations.Load(sums + 5 * sumsStride);
        if (TTaps.Value > 5 && TVectors.Value > 1) c51 = TOperations.Load(sums + 5 * sumsStride + TOperations.Lanes);
        if (TTaps.Value > 6) c60 = TOperations.Load(sums + 6 * sumsStride);
        if (TTaps.Value > 6 && TVectors.Value > 1) c61 = TOperations.Load(sums + 6 * sumsStride + TOperations.Lanes);
        if (TTaps.Value > 7) c70 = TOperations.Load(sums + 7 * sumsStride);
        if (TTaps.Value > 7 && TVectors.Value > 1) c71 = TOperations.Load(sums + 7 * sumsStride + TOperations.Lanes);
        if (TTaps.Value > 8) c80 = TOperations.Load(sums + 8 * sumsStride);
        if (TTaps.Value > 8 && TVectors.Value > 1) c81 = TOperations.Load(sums + 8 * sumsStride + TOperations.Lanes);
        if (TTaps.Value > 9) c90 = TOperations.Load(sums + 9 * sumsStride);
        if (TTaps.Value > 9 && TVectors.Value > 1) c91 = TOperations.Load(sums + 9 * sumsStride + TOperations.Lanes);
        if (TTaps.Value > 10) c100 = TOperations.Load(sums + 10 * sumsStride);
        if (TTaps.Value > 10 && TVectors.Value > 1) c101 = TOperations.Load(sums + 10 * sumsStride + TOperations.Lanes);
        if (TTaps.Value > 11) c110 = TOperations.Load(sums + 11 * sumsStride);
        if (TTaps.Value > 11 && TVectors.Value > 1) c111 = TOperations.Load(sums + 11 * sumsStride + TOperations.Lanes);
        if (TTaps.Value > 12) c120 = TOperations.Load(sums + 12 * sumsStride);
        if (TTaps.Value > 12 && TVectors.Value > 1) c121 = TOperations.Load(sums + 12 * sumsStride + TOperations.Lanes);
        if (TTaps.Value > 13) c130 = TOperations.Load(sums + 13 * sumsStride);
        if (TTaps.Value > 13 && TVectors.Value > 1) c131 = TOperations.Load(sums + 13 * sumsStride + TOperations.Lanes);

        nint stride = TStride.Value > 0 ? TStride.Value : call->XTapStride;
        nint xStride = call->XStride, dyVector = call->DyVector;
        float* imageX = call->X, imageDy = call->Dy, ahead = call->Ahead is null ? imageX : call->Ahead;
        nint aheadStep = call->Ahead is null ? 0 : call->AheadStep;
        for (nint image = call->Images; image > 0; image--, imageX += call->XImageStride, imageDy += call->DyImageStride)
        {
            float* rowX = imageX, rowDy = imageDy;
            for (nint row = call->Rows; row > 0; row--, rowX += call->XRowStride, rowDy += call->DyRowStride)
            {
                float* x = rowX, dy = rowDy;
                TVector d0, d1 = default, s;
                nint column = call->Columns;
                for (; column >= 2; column -= 2)
                {
                    d0 = TOperations.Load(dy);
                    if (TVectors.Value > 1) d1 = TOperations.Load(dy + dyVector);
                    { s = TOperations.Splat(x[0]); c00 = TOperations.MultiplyAdd(s, d0, c00); if (TVectors.Value > 1) c01 = TOperations.MultiplyAdd(s, d1, c01); }
                    if (TTaps.Value > 1) { s = TOperations.Splat(x[stride]); c10 = TOperations.MultiplyAdd(s, d0, c10); if (TVectors.Value > 1) c11 = TOperations.MultiplyAdd(s, d1, c11); }
                    if (TTaps.Value > 2) { s = TOperations.Splat(x[2 * stride]); c20 = TOperations.MultiplyAdd(s, d0, c20); if (TVectors.Value > 1) c21 = TOperations.MultiplyAdd(s, d1, c21); }
                    if (TTaps.Value > 3) { s = TOperations.Splat(x[3 * stride]); c30 = TOperations.MultiplyAdd(s, d0, c30); if (TVectors.Value > 1) c31 = TOperations.MultiplyAdd(s, d1, c31); }
                    if (TTaps.Value > 4) { s = TOperations.Splat(x[4 * stride]); c40 = TOperations.MultiplyAdd(s, d0, c40); if (TVectors.Value > 1) c41 = TOperations.MultiplyAdd(s, d1, c41); }
                    if (TTaps.Value > 5) { s = TOperations.Splat(x[5 * stride]); c50 = TOperations.MultiplyAdd(s, d0, c50); if (TVectors.Value > 1) c51 = TOperations.MultiplyAdd(s, d1, c51); }
                    if (TTaps.Value > 6) { s = TOperations.Splat(x[6 * stride]); c60 = TOperations.MultiplyAdd(s, d0, c60); if (TVectors.Value > 1) c61 = TOperations.MultiplyAdd(s, d1, c61); }
                    if (TTaps.Value > 7) { s = TOperations.Splat(x[7 * stride]); c70 = TOperations.MultiplyAdd(s, d0, c70); if (TVectors.Value > 1) c71 = TOperations.MultiplyAdd(s, d1, c71); }
                    if (TTaps.Value > 8) { s = TOperations.Splat(x[8 * stride]); c80 = TOperations.MultiplyAdd(s, d0, c80); if (TVectors.Value > 1) c81 = TOperations.MultiplyAdd(s, d1, c81); }
                    if (TTaps.Value > 9) { s = TOperations.Splat(x[9 * stride]); c90 = TOperations.MultiplyAdd(s, d0, c90); if (TVectors.Value > 1) c91 = TOperations.MultiplyAdd(s, d1, c91); }
                    if (TTaps.Value > 10) { s = TOperations.Splat(x[10 * stride]); c100 = TOperations.MultiplyAdd(s, d0, c100); if (TVectors.Value > 1) c101 = TOperations.MultiplyAdd(s, d1, c101); }
                    if (TTaps.Value > 11) { s = TOperations.Splat(x[11 * stride]); c110 = TOperations.MultiplyAdd(s, d0, c110); if (TVectors.Value > 1) c111 = TOperations.MultiplyAdd(s, d1, c111); }
                    if (TTaps.Value > 12) { s = TOperations.Splat(x[12 * stride]); c120 = TOperations.MultiplyAdd(s, d0, c120); if (TVectors.Value > 1) c121 = TOperations.MultiplyAdd(s, d1, c121); }
                    if (TTaps.Value > 13) { s = TOperations.Splat(x[13 * stride]); c130 = TOperations.MultiplyAdd(s, d0, c130); if (TVectors.Value > 1) c131 = TOperations.MultiplyAdd(s, d1, c131); }

                    d0 = TOperations.Load(dy + Lanes);
                    if (TVectors.Value > 1) d1 = TOperations.Load(dy + Lanes + dyVector);
                    { s = TOperations.Splat(x[xStride]); c00 = TOperations.MultiplyAdd(s, d0, c00); if (TVectors.Value > 1) c01 = TOperations.MultiplyAdd(s, d1, c01); }
                    if (TTaps.Value > 1) { s = TOperations.Splat(x[xStride + stride]); c10 = TOperations.MultiplyAdd(s, d0, c10); if (TVectors.Value > 1) c11 = TOperations.MultiplyAdd(s, d1, c11); }
                    if (TTaps.Value > 2) { s = TOperations.Splat(x[xStride + 2 * stride]); c20 = TOperations.MultiplyAdd(s, d0, c20); if (TVectors.Value > 1) c21 = TOperations.MultiplyAdd(s, d1, c21); }
                    if (TTaps.Value > 3) { s = TOperations.Splat(x[xStride + 3 * stride]); c30 = TOperations.MultiplyAdd(s, d0, c30); if (TVectors.Value > 1) c31 = TOperations.MultiplyAdd(s, d1, c31); }
                    if (TTaps.Value > 4) { s = TOperations.Splat(x[xStride + 4 * stride]); c40 = TOperations.MultiplyAdd(s, d0, c40); if (TVectors.Value > 1) c41 = TOperations.MultiplyAdd(s, d1, c41); }
                    if (TTaps.Value > 5) { s = TOperations.Splat(x[xStride + 5 * stride]); c50 = TOperations.MultiplyAdd(s, d0, c50); if (TVectors.Value > 1) c51 = TOperations.MultiplyAdd(s, d1, c51); }
                    if (TTaps.Value > 6) { s = TOperations.Splat(x[xStride + 6 * stride]); c60 = TOperations.MultiplyAdd(s, d0, c60); if (TVectors.Value > 1) c61 = TOperations.MultiplyAdd(s, d1, c61); }
                    if (TTaps.Value > 7) { s = TOperations.Splat(x[xStride + 7 * stride]); c70 = TOperations.MultiplyAdd(s, d0, c70); if (TVectors.Value > 1) c71 = TOperations.MultiplyAdd(s, d1, c71); }
                    if (TTaps.Value > 8) { s = TOperations.Splat(x[xStride + 8 * stride]); c80 = TOperations.MultiplyAdd(s, d0, c80); if (TVectors.Value > 1) c81 = TOperations.MultiplyAdd(s, d1, c81); }
                    if (TTaps.Value > 9) { s = TOperations.Splat(x[xStride + 9 * stride]); c90 = TOperations.MultiplyAdd(s, d0, c90); if (TVectors.Value > 1) c91 = TOperations.MultiplyAdd(s, d1, c91); }
                    if (TTaps.Value > 10) { s = TOperations.Splat(x[xStride + 10 * stride]); c100 = TOperations.MultiplyAdd(s, d0, c100); if (TVectors.Value > 1) c101 = TOperations.MultiplyAdd(s, d1, c101); }
                    if (TTaps.Value > 11) { s = TOperations.Splat(x[xStride + 11 * stride]); c110 = TOperations.MultiplyAdd(s, d0, c110); if (TVectors.Value > 1) c111 = TOperations.MultiplyAdd(s, d1, c111); }
                    if (TTaps.Value > 12) { s = TOperations.Splat(x[xStride + 12 * stride]); c120 = TOperations.MultiplyAdd(s, d0, c120); if (TVectors.Value > 1) c121 = TOperations.MultiplyAdd(s, d1, c121); }
                    if (TTaps.Value > 13) { s = TOperations.Splat(x[xStride + 13 * stride]); c130 = TOperations.MultiplyAdd(s, d0, c130); if (TVectors.Value > 1) c131 = TOperations.MultiplyAdd(s, d1, c131); }

                    x += 2 * xStride;
                    dy += 2 * Lanes;
                    if (TOperations.Lanes == Lanes)
                    {
                        // In the shadow of the multiply-adds; not compiled for the narrower vectors, which are slower than memory.
                        Sse.Prefetch1(ahead);
                        Sse.Prefetch1(ahead + aheadStep);
                        ahead += 2 * aheadStep;
                    }
                }
                if (column > 0)
                {
                    d0 = TOperations.Load(dy);
                    if (TVectors.Value > 1) d1 = TOperations.Load(dy + dyVector);
                    { s = TOperations.Splat(x[0]); c00 = TOperations.MultiplyAdd(s, d0, c00); if (TVectors.Value > 1) c01 = TOperations.MultiplyAdd(s, d1, c01); }
                    if (TTaps.Value > 1) { s = TOperations.Splat(x[stride]); c10 = TOperations.MultiplyAdd(s, d0, c10); if (TVectors.Value > 1) c11 = TOperations.MultiplyAdd(s, d1, c11); }
                    if (TTaps.Value > 2) { s = TOperations.Splat(x[2 * stride]); c20 = TOperations.MultiplyAdd(s, d0, c20); if (TVectors.Value > 1) c21 = TOperations.MultiplyAdd(s, d1, c21); }
                    if (TTaps.Value > 3) { s = TOperations.Splat(x[3 * stride]); c30 = TOperations.MultiplyAdd(s, d0, c30); if (TVectors.Value > 1) c31 = TOperations.MultiplyAdd(s, d1, c31); }
                    if (TTaps.Value > 4) { s = TOperations.Splat(x[4 * stride]); c40 = TOperations.MultiplyAdd(s, d0, c40); if (TVectors.Value > 1) c41 = TOperations.MultiplyAdd(s, d1, c41); }
                    if (TTaps.Value > 5) { s = TOperations.Splat(x[5 * stride]); c50 = TOperations.MultiplyAdd(s, d0, c50); if (TVectors.Value > 1) c51 = TOperations.MultiplyAdd(s, d1, c51); }
                    if (TTaps.Value > 6) { s = TOperations.Splat(x[6 * stride]); c60 = TOperations.MultiplyAdd(s, d0, c60); if (TVectors.Value > 1) c61 = TOperations.MultiplyAdd(s, d1, c61); }
                    if (TTaps.Value > 7) { s = TOperations.Splat(x[7 * stride]); c70 = TOperations.MultiplyAdd(s, d0, c70); if (TVectors.Value > 1) c71 = TOperations.MultiplyAdd(s, d1, c71); }
                    if (TTaps.Value > 8) { s = TOperations.Splat(x[8 * stride]); c80 = TOperations.MultiplyAdd(s, d0, c80); if (TVectors.Value > 1) c81 = TOperations.MultiplyAdd(s, d1, c81); }
                    if (TTaps.Value > 9) { s = TOperations.Splat(x[9 * stride]); c90 = TOperations.MultiplyAdd(s, d0, c90); if (TVectors.Value > 1) c91 = TOperations.MultiplyAdd(s, d1, c91); }
                    if (TTaps.Value > 10) { s = TOperations.Splat(x[10 * stride]); c100 = TOperations.MultiplyAdd(s, d0, c100); if (TVectors.Value > 1) c101 = TOperations.MultiplyAdd(s, d1, c101); }
                    if (TTaps.Value > 11) { s = TOperations.Splat(x[11 * stride]); c110 = TOperations.MultiplyAdd(s, d0, c110); if (TVectors.Value > 1) c111 = TOperations.MultiplyAdd(s, d1, c111); }
                    if (TTaps.Value > 12) { s = TOperations.Splat(x[12 * stride]); c120 = TOperations.MultiplyAdd(s, d0, c120); if (TVectors.Value > 1) c121 = TOperations.MultiplyAdd(s, d1, c121); }
                    if (TTaps.Value > 13) { s = TOperations.Splat(x[13 * stride]); c130 = TOperations.MultiplyAdd(s, d0, c130); if (TVectors.Value > 1) c131 = TOperations.MultiplyAdd(s, d1, c131); }
                }
            }
        }

        Store<TOperations, TVector, TVectors>(sums, c00, c01);
        if (TTaps.Value > 1) Store<TOperations, TVector, TVectors>(sums + 1 * sumsStride, c10, c11);
        if (TTaps.Value > 2) Store<TOperations, TVector, TVectors>(sums + 2 * sumsStride, c20, c21);
        if (TTaps.Value > 3) Store<TOperations, TVector, TVectors>(sums + 3 * sumsStride, c30, c31);
        if (TTaps.Value > 4) Store<TOperations, TVector, TVectors>(sums + 4 * sumsStride, c40, c41);
        if (TTaps.Value > 5) Store<TOperations, TVector, TVectors>(sums + 5 * sumsStride, c50, c51);
        if (TTaps.Value > 6) Store<TOperations, TVector, TVectors>(sums + 6 * sumsStride, c60, c61);
        if (TTaps.Value > 7) Store<TOperations, TVector, TVectors>(sums + 7 * sumsStride, c70, c71);
        if (TTaps.Value > 8) Store<TOperations, TVector, TVectors>(sums + 8 * sumsStride, c80, c81);
        if (TTaps.Value > 9) Store<TOperations, TVector, TVectors>(sums + 9 * sumsStride, c90, c91);
        if (TTaps.Value > 10) Store<TOperations, TVector, TVectors>(sums + 10 * sumsStride, c100, c101);
        if (TTaps.Value > 11) Store<TOperations, TVector, TVectors>(sums + 11 * sumsStride, c110, c111);
        if (TTaps.Value > 12) Store<TOperations, TVector, TVectors>(sums + 12 * sumsStride, c120, c121);
        if (TTaps.Value > 13) Store<TOperations, TVector, TVectors>(sums + 13 * sumsStride, c130, c131);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store<TOperations, TVector, TVectors>(float* target, TVector first, TVector second)
        where TOperations : struct, ITileOperations<TVector, float>
        where TVector : struct
        where TVectors : struct, IConstant
    {
        TOperations.Store(target, first);
        if (TVectors.Value > 1)
            TOperations.Store(target + TOperations.Lanes, second);
    }
}
