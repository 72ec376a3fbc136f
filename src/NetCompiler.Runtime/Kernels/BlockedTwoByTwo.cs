using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>Max pooling of blocked images in disjoint windows of 2 by 2: nothing is counted or added up, and each element is touched once.</summary>
static class BlockedTwoByTwo<TLanes> where TLanes : struct, ILanes<TLanes, float>
{
    const int Lanes = BlockedProblem.Lanes;

    /// <summary>Rows <paramref name="begin"/> … of the output, those of all planes below each other.</summary>
    [MethodImpl(Simd.Optimised)]
    public static void Gather(in PoolingShape shape, Pointer<float> x, Pointer<float> y, nint begin, nint end)
    {
        nint outHeight = shape.OutHeight, outWidth = shape.OutWidth, stride = shape.InWidth * Lanes;
        for (nint index = begin; index < end; index++)
        {
            nint upper = (index / outHeight * shape.InHeight + index % outHeight * 2) * stride, target = index * outWidth * Lanes;
            for (nint j = 0; j < outWidth; j++, upper += 2 * Lanes, target += Lanes)
                for (int lane = 0; lane < Lanes; lane += TLanes.Count)
                {
                    nint a = upper + lane, c = a + stride;
                    var best = Larger(TLanes.Load(x, a + Lanes), TLanes.Load(x, a));
                    best = Larger(TLanes.Load(x, c), best);
                    TLanes.Store(y, target + lane, Larger(TLanes.Load(x, c + Lanes), best));
                }
        }
    }

    /// <summary>All of plane <paramref name="plane"/> of <paramref name="dx"/>.</summary>
    [MethodImpl(Simd.Optimised)]
    public static void Scatter(in PoolingShape shape, Pointer<float> x, Pointer<float> dy, Pointer<float> dx, nint plane)
    {
        nint outHeight = shape.OutHeight, outWidth = shape.OutWidth, stride = shape.InWidth * Lanes;
        nint origin = plane * shape.InHeight * stride, source = plane * outHeight * outWidth * Lanes;
        TLanes zero = default;
        for (nint i = 0; i < outHeight; i++)
        {
            nint upper = origin + 2 * i * stride;
            for (nint j = 0; j < outWidth; j++, upper += 2 * Lanes, source += Lanes)
                for (int lane = 0; lane < Lanes; lane += TLanes.Count)
                {
                    nint a = upper + lane, b = a + Lanes, c = a + stride, d = c + Lanes;
                    TLanes first = TLanes.Load(x, a), second = TLanes.Load(x, b), third = TLanes.Load(x, c), fourth = TLanes.Load(x, d);
                    var wins = BlockedPooling.Wins(second, first);
                    var best = TLanes.Select(wins, second, first);
                    var thirdWins = BlockedPooling.Wins(third, best);
                    best = TLanes.Select(thirdWins, third, best);
                    var fourthWins = BlockedPooling.Wins(fourth, best);

                    // 0 + g as in windows that overlap: a gradient of -0 becomes 0.
                    var rest = zero + TLanes.Load(dy, source + lane);
                    TLanes.Store(dx, d, TLanes.Select(fourthWins, rest, zero));
                    rest = TLanes.Select(fourthWins, zero, rest);
                    TLanes.Store(dx, c, TLanes.Select(thirdWins, rest, zero));
                    rest = TLanes.Select(thirdWins, zero, rest);
                    TLanes.Store(dx, b, TLanes.Select(wins, rest, zero));
                    TLanes.Store(dx, a, TLanes.Select(wins, zero, rest));
                }
            if (shape.InWidth > 2 * outWidth)
            {
                Placement.Clear(dx.Offset(upper), Lanes);
                Placement.Clear(dx.Offset(upper + stride), Lanes);
            }
        }
        if (shape.InHeight > 2 * outHeight)
            Placement.Clear(dx.Offset(origin + 2 * outHeight * stride), stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TLanes Larger(TLanes candidate, TLanes best) => TLanes.Max(candidate, best);
}
