using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace NetCompiler.Runtime;

/// <summary>Consecutive steps of a sum: the i-th reads its input <see cref="X"/> + i · <see cref="BlockedTileCall.XStep"/> floats from the tile's bases.</summary>
/// <param name="X">Offset of the first step's input, in floats.</param>
/// <param name="Count">Steps, at least 1; of 16 blocked channels usually the real ones, so that lanes beyond them are never read.</param>
readonly record struct BlockedRun(int X, int Count);

/// <summary>What a call of <see cref="BlockedTile"/> works on. All strides are in floats.</summary>
unsafe struct BlockedTileCall
{
    /// <summary>The sum: runs one after the other.</summary>
    public BlockedRun* Runs;

    /// <summary>How many; with none the tile is zero.</summary>
    public nint RunCount;

    /// <summary>From the input of one step of a run to the next. Read by kernels of stride <see cref="AnyStride"/>; for the others it is 1.</summary>
    public nint XStep;

    /// <summary>The base of pixels 0 to 6.</summary>
    public float* X0;

    /// <summary>The base of pixels 7 to 13: X0 + 7 pixels, or another row or image. Read only if there are more than 7 pixels.</summary>
    public float* X1;

    /// <summary>From the input of one pixel to the next; used only by kernels of stride <see cref="AnyStride"/>.</summary>
    public nint XStride;

    /// <summary>The weights of the first step: vectors · lanes floats. The steps of all runs follow each other.</summary>
    public float* Weights;

    /// <summary>
    /// From the weights of one step to the next: 32 for a slab of two blocks of channels, 16 for one block. Vectors of 16 lanes fill it.
    /// </summary>
    public nint WeightStride;

    /// <summary>The result of pixels 0 to 6.</summary>
    public float* Y0;

    /// <summary>The result of pixels 7 to 13.</summary>
    public float* Y1;

    /// <summary>From one pixel's result to the next.</summary>
    public nint YStride;

    /// <summary>From the result of the first vector to that of the second: a plane of 16 channels, or the lanes of narrower vectors.</summary>
    public nint YVector;

    /// <summary>What to bring to the second-level cache meanwhile, a cache line and <see cref="AheadStep"/> floats on at each step; null for nothing.</summary>
    public float* Ahead;

    /// <summary>From the line fetched ahead at one step to that of the next.</summary>
    public nint AheadStep;

    /// <summary>Whether the sum goes on from what the result holds, with the same bits as if it had never been cut.</summary>
    public bool Accumulate;
}

/// <summary>The stride of kernels that read <see cref="BlockedTileCall.XStride"/>: for rare strides, slower.</summary>
readonly struct AnyStride : IConstant
{
    public static int Value => 0;
}

/// <summary>The stride of kernels whose "pixels" are the channels of a block and whose steps are pixels: 1, with steps of 16.</summary>
readonly struct Transposed : IConstant
{
    public static int Value => -16;
}

/// <summary>
/// The micro-kernel of the blocked layout: up to 14 pixels by one or two vectors of output channels, held in registers over the whole sum.
/// </summary>
/// <remarks>
/// y[p, v] (+)= sum over runs, and steps i of each, of x[p · stride + run.X + i · step] · weights[step, v], in this order for every element
/// whatever the tile, so that results do not depend on how the work is cut. A run is a filter's tap with its block of input channels, one
/// filter row of a planar image, or a block of channels of a matrix: what is summed is the caller's business. Two bases of 7 pixels let
/// rows of 7 share a tile. Each vector of weights serves 14 pixels and each broadcast of x two vectors, so loads stay below the pace of
/// the two FMA units. Accumulators are separate locals because the JIT keeps no array in registers; what lies beyond the constants
/// is not compiled. 14 pixels by 2 vectors take 28 of 32 registers at 512 bits; at 256 bits it is 6 by 2.
/// </remarks>
static unsafe class BlockedTile
{
    // Steps at a time: counting and moving pointers take slots of the ports that multiply.
    const int Unrolled = 4;

    /// <summary>Runs the kernel; <typeparamref name="TStride"/> is the distance of two pixels' inputs in floats.</summary>
    // Tier-0 code of this method would run for its whole first call, which may be long.
    [MethodImpl(Simd.Optimised)]
    public static void Run<TOperations, TVector, TPixels, TVectors, TStride>(BlockedTileCall* call)
        where TOperations : struct, ITileOperations<TVector, float>
        where TVector : struct
        where TPixels : struct, IConstant
        where TVectors : struct, IConstant
        where TStride : struct, IConstant
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
        nint yStride = call->YStride, yVector = call->YVector;
        if (call->Accumulate)
        {
            float* y = call->Y0;
            c00 = TOperations.Load(y);
            if (TVectors.Value > 1) c01 = TOperations.Load(y + yVector);
            if (TPixels.Value > 1) c10 = TOperations.Load(y + 1 * yStride);
            if (TPixels.Value > 1 && TVectors.Value > 1) c11 = TOperations.Load(y + yVector + 1 * yStride);
            if (TPixels.Value > 2) c20 = TOperations.Load(y + 2 * yStride);
            if (TPixels.Value > 2 && TVectors.Value > 1) c21 = TOperations.Load(y + yVector + 2 * yStride);
            if (TPixels.Value > 3) c30 = TOperations.Load(y + 3 * yStride);
            if (TPixels.Value > 3 && TVectors.Value > 1) c31 = TOperations.Load(y + yVector + 3 * yStride);
            if (TPixels.Value > 4) c40 = TOperations.Load(y + 4 * yStride);
            if (TPixels.Value > 4 && TVectors.Value > 1) c41 = TOperations.Load(y + yVector + 4 * yStride);
            if (TPixels.Value > 5) c50 = TOperations.Load(y + 5 * yStride);
            if (TPixels.Value > 5 && TVectors.Value > 1) c51 = TOperations.Load(y + yVector + 5 * yStride);
            if (TPixels.Value > 6) c60 = TOperations.Load(y + 6 * yStride);
            if (TPixels.Value > 6 && TVectors.Value > 1) c61 = TOperations.Load(y + yVector + 6 * yStride);
            y = call->Y1;
            if (TPixels.Value > 7) c70 = TOperations.Load(y);
            if (TPixels.Value > 7 && TVectors.Value > 1) c71 = TOperations.Load(y + yVector);
            if (TPixels.Value > 8) c80 = TOperations.Load(y + 1 * yStride);
            if (TPixels.Value > 8 && TVectors.Value > 1) c81 = TOperations.Load(y + yVector + 1 * yStride);
            if (TPixels.Value > 9) c90 = TOperations.Load(y + 2 * yStride);
            if (TPixels.Value > 9 && TVectors.Value > 1) c91 = TOperations.Load(y + yVector + 2 * yStride);
            if (TPixels.Value > 10) c100 = TOperations.Load(y + 3 * yStride);
            if (TPixels.Value > 10 && TVectors.Value > 1) c101 = TOperations.Load(y + yVector + 3 * yStride);
            if (TPixels.Value > 11) c110 = TOperations.Load(y + 4 * yStride);
            if (TPixels.Value > 11 && TVectors.Value > 1) c111 = TOperations.Load(y + yVector + 4 * yStride);
            if (TPixels.Value > 12) c120 = TOperations.Load(y + 5 * yStride);
            if (TPixels.Value > 12 && TVectors.Value > 1) c121 = TOperations.Load(y + yVector + 5 * yStride);
            if (TPixels.Value > 13) c130 = TOperations.Load(y + 6 * yStride);
            if (TPixels.Value > 13 && TVectors.Value > 1) c131 = TOperations.Load(y + yVector + 6 * yStride);
        }

        nint stride = TStride.Value > 0 ? TStride.Value : TStride.Value < 0 ? 1 : call->XStride, step = TStride.Value > 0 ? 1 : TStride.Value < 0 ? -TStride.Value : call->XStep;
        nint weightStride = TOperations.Lanes == BlockedProblem.Lanes ? TVectors.Value * BlockedProblem.Lanes : call->WeightStride;
        float* w = call->Weights, x0 = call->X0, x1 = call->X1, ahead = call->Ahead is null ? w : call->Ahead;
        nint aheadStep = call->AheadStep;
        for (BlockedRun* run = call->Runs, end = run + call->RunCount; run < end; run++)
        {
            float* p0 = x0 + run->X, p1 = x1 + run->X;
            nint next = run + 1 < end ? run[1].X : run->X;
            float* next0 = x0 + next, next1 = x1 + next;
            int i = run->Count;
            TVector w0, w1 = default, x;
            for (; TStride.Value != 0 && i >= Unrolled; i -= Unrolled)
            {
                w0 = TOperations.Load(w);
                if (TVectors.Value > 1) w1 = TOperations.Load(w + TOperations.Lanes);
                { x = TOperations.Splat(p0[0]); c00 = TOperations.MultiplyAdd(x, w0, c00); if (TVectors.Value > 1) c01 = TOperations.MultiplyAdd(x, w1, c01); }
                if (TPixels.Value > 1) { x = TOperations.Splat(p0[stride]); c10 = TOperations.MultiplyAdd(x, w0, c10); if (TVectors.Value > 1) c11 = TOperations.MultiplyAdd(x, w1, c11); }
                if (TPixels.Value > 2) { x = TOperations.Splat(p0[2 * stride]); c20 = TOperations.MultiplyAdd(x, w0, c20); if (TVectors.Value > 1) c21 = TOperations.MultiplyAdd(x, w1, c21); }
                if (TPixels.Value > 3) { x = TOperations.Splat(p0[3 * stride]); c30 = TOperations.MultiplyAdd(x, w0, c30); if (TVectors.Value > 1) c31 = TOperations.MultiplyAdd(x, w1, c31); }
                if (TPixels.Value > 4) { x = TOperations.Splat(p0[4 * stride]); c40 = TOperations.MultiplyAdd(x, w0, c40); if (TVectors.Value > 1) c41 = TOperations.MultiplyAdd(x, w1, c41); }
                if (TPixels.Value > 5) { x = TOperations.Splat(p0[5 * stride]); c50 = TOperations.MultiplyAdd(x, w0, c50); if (TVectors.Value > 1) c51 = TOperations.MultiplyAdd(x, w1, c51); }
                if (TPixels.Value > 6) { x = TOperations.Splat(p0[6 * stride]); c60 = TOperations.MultiplyAdd(x, w0, c60); if (TVectors.Value > 1) c61 = TOperations.MultiplyAdd(x, w1, c61); }
                if (TPixels.Value > 7) { x = TOperations.Splat(p1[0]); c70 = TOperations.MultiplyAdd(x, w0, c70); if (TVectors.Value > 1) c71 = TOperations.MultiplyAdd(x, w1, c71); }
                if (TPixels.Value > 8) { x = TOperations.Splat(p1[stride]); c80 = TOperations.MultiplyAdd(x, w0, c80); if (TVectors.Value > 1) c81 = TOperations.MultiplyAdd(x, w1, c81); }
                if (TPixels.Value > 9) { x = TOperations.Splat(p1[2 * stride]); c90 = TOperations.MultiplyAdd(x, w0, c90); if (TVectors.Value > 1) c91 = TOperations.MultiplyAdd(x, w1, c91); }
                if (TPixels.Value > 10) { x = TOperations.Splat(p1[3 * stride]); c100 = TOperations.MultiplyAdd(x, w0, c100); if (TVectors.Value > 1) c101 = TOperations.MultiplyAdd(x, w1, c101); }
                if (TPixels.Value > 11) { x = TOperations.Splat(p1[4 * stride]); c110 = TOperations.MultiplyAdd(x, w0, c110); if (TVectors.Value > 1) c111 = TOperations.MultiplyAdd(x, w1, c111); }
                if (TPixels.Value > 12) { x = TOperations.Splat(p1[5 * stride]); c120 = TOperations.MultiplyAdd(x, w0, c120); if (TVectors.Value > 1) c121 = TOperations.MultiplyAdd(x, w1, c121); }
                if (TPixels.Value > 13) { x = TOperations.Splat(p1[6 * stride]); c130 = TOperations.MultiplyAdd(x, w0, c130); if (TVectors.Value > 1) c131 = TOperations.MultiplyAdd(x, w1, c131); }

                w0 = TOperations.Load(w + weightStride);
                if (TVectors.Value > 1) w1 = TOperations.Load(w + weightStride + TOperations.Lanes);
                { x = TOperations.Splat(p0[step]); c00 = TOperations.MultiplyAdd(x, w0, c00); if (TVectors.Value > 1) c01 = TOperations.MultiplyAdd(x, w1, c01); }
                if (TPixels.Value > 1) { x = TOperations.Splat(p0[stride + step]); c10 = TOperations.MultiplyAdd(x, w0, c10); if (TVectors.Value > 1) c11 = TOperations.MultiplyAdd(x, w1, c11); }
                if (TPixels.Value > 2) { x = TOperations.Splat(p0[2 * stride + step]); c20 = TOperations.MultiplyAdd(x, w0, c20); if (TVectors.Value > 1) c21 = TOperations.MultiplyAdd(x, w1, c21); }
                if (TPixels.Value > 3) { x = TOperations.Splat(p0[3 * stride + step]); c30 = TOperations.MultiplyAdd(x, w0, c30); if (TVectors.Value > 1) c31 = TOperations.MultiplyAdd(x, w1, c31); }
                if (TPixels.Value > 4) { x = TOperations.Splat(p0[4 * stride + step]); c40 = TOperations.MultiplyAdd(x, w0, c40); if (TVectors.Value > 1) c41 = TOperations.MultiplyAdd(x, w1, c41); }
                if (TPixels.Value > 5) { x = TOperations.Splat(p0[5 * stride + step]); c50 = TOperations.MultiplyAdd(x, w0, c50); if (TVectors.Value > 1) c51 = TOperations.MultiplyAdd(x, w1, c51); }
                if (TPixels.Value > 6) { x = TOperations.Splat(p0[6 * stride + step]); c60 = TOperations.MultiplyAdd(x, w0, c60); if (TVectors.Value > 1) c61 = TOperations.MultiplyAdd(x, w1, c61); }
                if (TPixels.Value > 7) { x = TOperations.Splat(p1[step]); c70 = TOperations.MultiplyAdd(x, w0, c70); if (TVectors.Value > 1) c71 = TOperations.MultiplyAdd(x, w1, c71); }
                if (TPixels.Value > 8) { x = TOperations.Splat(p1[stride + step]); c80 = TOperations.MultiplyAdd(x, w0, c80); if (TVectors.Value > 1) c81 = TOperations.MultiplyAdd(x, w1, c81); }
                if (TPixels.Value > 9) { x = TOperations.Splat(p1[2 * stride + step]); c90 = TOperations.MultiplyAdd(x, w0, c90); if (TVectors.Value > 1) c91 = TOperations.MultiplyAdd(x, w1, c91); }
                if (TPixels.Value > 10) { x = TOperations.Splat(p1[3 * stride + step]); c100 = TOperations.MultiplyAdd(x, w0, c100); if (TVectors.Value > 1) c101 = TOperations.MultiplyAdd(x, w1, c101); }
                if (TPixels.Value > 11) { x = TOperations.Splat(p1[4 * stride + step]); c110 = TOperations.MultiplyAdd(x, w0, c110); if (TVectors.Value > 1) c111 = TOperations.MultiplyAdd(x, w1, c111); }
                if (TPixels.Value > 12) { x = TOperations.Splat(p1[5 * stride + step]); c120 = TOperations.MultiplyAdd(x, w0, c120); if (TVectors.Value > 1) c121 = TOperations.MultiplyAdd(x, w1, c121); }
                if (TPixels.Value > 13) { x = TOperations.Splat(p1[6 * stride + step]); c130 = TOperations.MultiplyAdd(x, w0, c130); if (TVectors.Value > 1) c131 = TOperations.MultiplyAdd(x, w1, c131); }

                w0 = TOperations.Load(w + 2 * weightStride);
                if (TVectors.Value > 1) w1 = TOperations.Load(w + 2 * weightStride + TOperations.Lanes);
                { x = TOperations.Splat(p0[2 * step]); c00 = TOperations.MultiplyAdd(x, w0, c00); if (TVectors.Value > 1) c01 = TOperations.MultiplyAdd(x, w1, c01); }
                if (TPixels.Value > 1) { x = TOperations.Splat(p0[stride + 2 * step]); c10 = TOperations.MultiplyAdd(x, w0, c10); if (TVectors.Value > 1) c11 = TOperations.MultiplyAdd(x, w1, c11); }
                if (TPixels.Value > 2) { x = TOperations.Splat(p0[2 * stride + 2 * step]); c20 = TOperations.MultiplyAdd(x, w0, c20); if (TVectors.Value > 1) c21 = TOperations.MultiplyAdd(x, w1, c21); }
                if (TPixels.Value > 3) { x = TOperations.Splat(p0[3 * stride + 2 * step]); c30 = TOperations.MultiplyAdd(x, w0, c30); if (TVectors.Value > 1) c31 = TOperations.MultiplyAdd(x, w1, c31); }
                if (TPixels.Value > 4) { x = TOperations.Splat(p0[4 * stride + 2 * step]); c40 = TOperations.MultiplyAdd(x, w0, c40); if (TVectors.Value > 1) c41 = TOperations.MultiplyAdd(x, w1, c41); }
                if (TPixels.Value > 5) { x = TOperations.Splat(p0[5 * stride + 2 * step]); c50 = TOperations.MultiplyAdd(x, w0, c50); if (TVectors.Value > 1) c51 = TOperations.MultiplyAdd(x, w1, c51); }
                if (TPixels.Value > 6) { x = TOperations.Splat(p0[6 * stride + 2 * step]); c60 = TOperations.MultiplyAdd(x, w0, c60); if (TVectors.Value > 1) c61 = TOperations.MultiplyAdd(x, w1, c61); }
                if (TPixels.Value > 7) { x = TOperations.Splat(p1[2 * step]); c70 = TOperations.MultiplyAdd(x, w0, c70); if (TVectors.Value > 1) c71 = TOperations.MultiplyAdd(x, w1, c71); }
                if (TPixels.Value > 8) { x = TOperations.Splat(p1[stride + 2 * step]); c80 = TOperations.MultiplyAdd(x, w0, c80); if (TVectors.Value > 1) c81 = TOperations.MultiplyAdd(x, w1, c81); }
                if (TPixels.Value > 9) { x = TOperations.Splat(p1[2 * stride + 2 * step]); c90 = TOperations.MultiplyAdd(x, w0, c90); if (TVectors.Value > 1) c91 = TOperations.MultiplyAdd(x, w1, c91); }
                if (TPixels.Value > 10) { x = TOperations.Splat(p1[3 * stride + 2 * step]); c100 = TOperations.MultiplyAdd(x, w0, c100); if (TVectors.Value > 1) c101 = TOperations.MultiplyAdd(x, w1, c101); }
                if (TPixels.Value > 11) { x = TOperations.Splat(p1[4 * stride + 2 * step]); c110 = TOperations.MultiplyAdd(x, w0, c110); if (TVectors.Value > 1) c111 = TOperations.MultiplyAdd(x, w1, c111); }
                if (TPixels.Value > 12) { x = TOperations.Splat(p1[5 * stride + 2 * step]); c120 = TOperations.MultiplyAdd(x, w0, c120); if (TVectors.Value > 1) c121 = TOperations.MultiplyAdd(x, w1, c121); }
                if (TPixels.Value > 13) { x = TOperations.Splat(p1[6 * stride + 2 * step]); c130 = TOperations.MultiplyAdd(x, w0, c130); if (TVectors.Value > 1) c131 = TOperations.MultiplyAdd(x, w1, c131); }

                w0 = TOperations.Load(w + 3 * weightStride);
                if (TVectors.Value > 1) w1 = TOperations.Load(w + 3 * weightStride + TOperations.Lanes);
                { x = TOperations.Splat(p0[3 * step]); c00 = TOperations.MultiplyAdd(x, w0, c00); if (TVectors.Value > 1) c01 = TOperations.MultiplyAdd(x, w1, c01); }
                if (TPixels.Value > 1) { x = TOperations.Splat(p0[stride + 3 * step]); c10 = TOperations.MultiplyAdd(x, w0, c10); if (TVectors.Value > 1) c11 = TOperations.MultiplyAdd(x, w1, c11); }
                if (TPixels.Value > 2) { x = TOperations.Splat(p0[2 * stride + 3 * step]); c20 = TOperations.MultiplyAdd(x, w0, c20); if (TVectors.Value > 1) c21 = TOperations.MultiplyAdd(x, w1, c21); }
                if (TPixels.Value > 3) { x = TOperations.Splat(p0[3 * stride + 3 * step]); c30 = TOperations.MultiplyAdd(x, w0, c30); if (TVectors.Value > 1) c31 = TOperations.MultiplyAdd(x, w1, c31); }
                if (TPixels.Value > 4) { x = TOperations.Splat(p0[4 * stride + 3 * step]); c40 = TOperations.MultiplyAdd(x, w0, c40); if (TVectors.Value > 1) c41 = TOperations.MultiplyAdd(x, w1, c41); }
                if (TPixels.Value > 5) { x = TOperations.Splat(p0[5 * stride + 3 * step]); c50 = TOperations.MultiplyAdd(x, w0, c50); if (TVectors.Value > 1) c51 = TOperations.MultiplyAdd(x, w1, c51); }
                if (TPixels.Value > 6) { x = TOperations.Splat(p0[6 * stride + 3 * step]); c60 = TOperations.MultiplyAdd(x, w0, c60); if (TVectors.Value > 1) c61 = TOperations.MultiplyAdd(x, w1, c61); }
                if (TPixels.Value > 7) { x = TOperations.Splat(p1[3 * step]); c70 = TOperations.MultiplyAdd(x, w0, c70); if (TVectors.Value > 1) c71 = TOperations.MultiplyAdd(x, w1, c71); }
                if (TPixels.Value > 8) { x = TOperations.Splat(p1[stride + 3 * step]); c80 = TOperations.MultiplyAdd(x, w0, c80); if (TVectors.Value > 1) c81 = TOperations.MultiplyAdd(x, w1, c81); }
                if (TPixels.Value > 9) { x = TOperations.Splat(p1[2 * stride + 3 * step]); c90 = TOperations.MultiplyAdd(x, w0, c90); if (TVectors.Value > 1) c91 = TOperations.MultiplyAdd(x, w1, c91); }
                if (TPixels.Value > 10) { x = TOperations.Splat(p1[3 * stride + 3 * step]); c100 = TOperations.MultiplyAdd(x, w0, c100); if (TVectors.Value > 1) c101 = TOperations.MultiplyAdd(x, w1, c101); }
                if (TPixels.Value > 11) { x = TOperations.Splat(p1[4 * stride + 3 * step]); c110 = TOperations.MultiplyAdd(x, w0, c110); if (TVectors.Value > 1) c111 = TOperations.MultiplyAdd(x, w1, c111); }
                if (TPixels.Value > 12) { x = TOperations.Splat(p1[5 * stride + 3 * step]); c120 = TOperations.MultiplyAdd(x, w0, c120); if (TVectors.Value > 1) c121 = TOperations.MultiplyAdd(x, w1, c121); }
                if (TPixels.Value > 13) { x = TOperations.Splat(p1[6 * stride + 3 * step]); c130 = TOperations.MultiplyAdd(x, w0, c130); if (TVectors.Value > 1) c131 = TOperations.MultiplyAdd(x, w1, c131); }

                p0 += Unrolled * step;
                p1 += Unrolled * step;
                w += Unrolled * weightStride;
                if (TOperations.Lanes == BlockedProblem.Lanes)
                {
                    // In the shadow of the multiply-adds; not compiled for the narrower vectors, which are slower than memory.
                    Sse.Prefetch1(ahead);
                    Sse.Prefetch1(ahead + aheadStep);
                    Sse.Prefetch1(ahead + 2 * aheadStep);
                    Sse.Prefetch1(ahead + 3 * aheadStep);
                    ahead += Unrolled * aheadStep;
                    if (TStride.Value >= BlockedProblem.Lanes)
                    {
                        Sse.Prefetch0(next0);
                        Sse.Prefetch0(next0 + stride);
                        next0 += 2 * stride;
                        if (TPixels.Value > 7)
                        {
                            Sse.Prefetch0(next1);
                            Sse.Prefetch0(next1 + stride);
                            next1 += 2 * stride;
                        }
                    }
                }
            }
            for (; i > 0; i--)
            {
                w0 = TOperations.Load(w);
                if (TVectors.Value > 1) w1 = TOperations.Load(w + TOperations.Lanes);
                { x = TOperations.Splat(p0[0]); c00 = TOperations.MultiplyAdd(x, w0, c00); if (TVectors.Value > 1) c01 = TOperations.MultiplyAdd(x, w1, c01); }
                if (TPixels.Value > 1) { x = TOperations.Splat(p0[stride]); c10 = TOperations.MultiplyAdd(x, w0, c10); if (TVectors.Value > 1) c11 = TOperations.MultiplyAdd(x, w1, c11); }
                if (TPixels.Value > 2) { x = TOperations.Splat(p0[2 * stride]); c20 = TOperations.MultiplyAdd(x, w0, c20); if (TVectors.Value > 1) c21 = TOperations.MultiplyAdd(x, w1, c21); }
                if (TPixels.Value > 3) { x = TOperations.Splat(p0[3 * stride]); c30 = TOperations.MultiplyAdd(x, w0, c30); if (TVectors.Value > 1) c31 = TOperations.MultiplyAdd(x, w1, c31); }
                if (TPixels.Value > 4) { x = TOperations.Splat(p0[4 * stride]); c40 = TOperations.MultiplyAdd(x, w0, c40); if (TVectors.Value > 1) c41 = TOperations.MultiplyAdd(x, w1, c41); }
                if (TPixels.Value > 5) { x = TOperations.Splat(p0[5 * stride]); c50 = TOperations.MultiplyAdd(x, w0, c50); if (TVectors.Value > 1) c51 = TOperations.MultiplyAdd(x, w1, c51); }
                if (TPixels.Value > 6) { x = TOperations.Splat(p0[6 * stride]); c60 = TOperations.MultiplyAdd(x, w0, c60); if (TVectors.Value > 1) c61 = TOperations.MultiplyAdd(x, w1, c61); }
                if (TPixels.Value > 7) { x = TOperations.Splat(p1[0]); c70 = TOperations.MultiplyAdd(x, w0, c70); if (TVectors.Value > 1) c71 = TOperations.MultiplyAdd(x, w1, c71); }
                if (TPixels.Value > 8) { x = TOperations.Splat(p1[stride]); c80 = TOperations.MultiplyAdd(x, w0, c80); if (TVectors.Value > 1) c81 = TOperations.MultiplyAdd(x, w1, c81); }
                if (TPixels.Value > 9) { x = TOperations.Splat(p1[2 * stride]); c90 = TOperations.MultiplyAdd(x, w0, c90); if (TVectors.Value > 1) c91 = TOperations.MultiplyAdd(x, w1, c91); }
                if (TPixels.Value > 10) { x = TOperations.Splat(p1[3 * stride]); c100 = TOperations.MultiplyAdd(x, w0, c100); if (TVectors.Value > 1) c101 = TOperations.MultiplyAdd(x, w1, c101); }
                if (TPixels.Value > 11) { x = TOperations.Splat(p1[4 * stride]); c110 = TOperations.MultiplyAdd(x, w0, c110); if (TVectors.Value > 1) c111 = TOperations.MultiplyAdd(x, w1, c111); }
                if (TPixels.Value > 12) { x = TOperations.Splat(p1[5 * stride]); c120 = TOperations.MultiplyAdd(x, w0, c120); if (TVectors.Value > 1) c121 = TOperations.MultiplyAdd(x, w1, c121); }
                if (TPixels.Value > 13) { x = TOperations.Splat(p1[6 * stride]); c130 = TOperations.MultiplyAdd(x, w0, c130); if (TVectors.Value > 1) c131 = TOperations.MultiplyAdd(x, w1, c131); }
                p0 += step;
                p1 += step;
                w += weightStride;
            }
        }

        float* target = call->Y0;
        Store<TOperations, TVector, TVectors>(target, yVector, c00, c01);
        if (TPixels.Value > 1) Store<TOperations, TVector, TVectors>(target + 1 * yStride, yVector, c10, c11);
        if (TPixels.Value > 2) Store<TOperations, TVector, TVectors>(target + 2 * yStride, yVector, c20, c21);
        if (TPixels.Value > 3) Store<TOperations, TVector, TVectors>(target + 3 * yStride, yVector, c30, c31);
        if (TPixels.Value > 4) Store<TOperations, TVector, TVectors>(target + 4 * yStride, yVector, c40, c41);
        if (TPixels.Value > 5) Store<TOperations, TVector, TVectors>(target + 5 * yStride, yVector, c50, c51);
        if (TPixels.Value > 6) Store<TOperations, TVector, TVectors>(target + 6 * yStride, yVector, c60, c61);
        target = call->Y1;
        if (TPixels.Value > 7) Store<TOperations, TVector, TVectors>(target, yVector, c70, c71);
        if (TPixels.Value > 8) Store<TOperations, TVector, TVectors>(target + 1 * yStride, yVector, c80, c81);
        if (TPixels.Value > 9) Store<TOperations, TVector, TVectors>(target + 2 * yStride, yVector, c90, c91);
        if (TPixels.Value > 10) Store<TOperations, TVector, TVectors>(target + 3 * yStride, yVector, c100, c101);
        if (TPixels.Value > 11) Store<TOperations, TVector, TVectors>(target + 4 * yStride, yVector, c110, c111);
        if (TPixels.Value > 12) Store<TOperations, TVector, TVectors>(target + 5 * yStride, yVector, c120, c121);
        if (TPixels.Value > 13) Store<TOperations, TVector, TVectors>(target + 6 * yStride, yVector, c130, c131);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store<TOperations, TVector, TVectors>(float* target, nint yVector, TVector first, TVector second)
        where TOperations : struct, ITileOperations<TVector, float>
        where TVector : struct
        where TVectors : struct, IConstant
    {
        TOperations.Store(target, first);
        if (TVectors.Value > 1)
            TOperations.Store(target + yVector, second);
    }
}
