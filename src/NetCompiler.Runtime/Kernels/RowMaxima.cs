using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>
/// The maxima of windows without gaps over rows of blocked pixels: first along each row, where a row serves all windows that share it, then down
/// the rows. The last rows of maxima are kept in a ring.
/// </summary>
/// <param name="shape">The windows.</param>
/// <param name="ring"><see cref="Length"/> floats.</param>
unsafe struct RowMaxima<TLanes>(PoolingShape shape, float* ring) where TLanes : struct, ILanes<TLanes, float>
{
    const int Lanes = BlockedProblem.Lanes;

    // The input row that is taken next.
    nint _next;

    /// <summary>The floats of a ring.</summary>
    public static nint Length(in PoolingShape shape) => shape.KernelHeight * shape.OutWidth * Lanes;

    /// <summary>Gives a row of windows of one plane, with those above before those below.</summary>
    /// <param name="rows">The first row of the plane that is in memory.</param>
    /// <param name="firstRow">Its number.</param>
    /// <param name="i">The row of windows.</param>
    /// <param name="y">Their maxima; -∞ for windows that hold nothing.</param>
    public void Give(float* rows, nint firstRow, nint i, float* y)
    {
        nint pitch = shape.OutWidth * Lanes, top = Math.Max(0, i * shape.StrideHeight - shape.PadTop), bottom = Math.Min(i * shape.StrideHeight - shape.PadTop + shape.KernelHeight, shape.InHeight);
        for (nint row = Math.Max(_next, top); row < bottom; row++)
            Across(rows + (row - firstRow) * shape.InWidth * Lanes, ring + row % shape.KernelHeight * pitch);
        _next = Math.Max(_next, bottom);
        if (top >= bottom)
            new Span<float>(y, (int)pitch).Fill(float.NegativeInfinity);
        else
            Down(top, bottom, pitch, y);
    }

    // All windows of one input row. Of equal elements the first stays, and of NaNs and others a NaN.
    [MethodImpl(Simd.Optimised)]
    readonly void Across(float* row, float* maxima)
    {
        nint width = shape.KernelWidth, stride = shape.StrideWidth, extent = shape.InWidth, outWidth = shape.OutWidth, left = -shape.PadLeft;
        for (nint j = 0; j < outWidth; j++, left += stride, maxima += Lanes)
        {
            nint first = Math.Max(left, 0), end = Math.Min(left + width, extent);
            for (int lane = 0; lane < Lanes; lane += TLanes.Count)
            {
                var pixels = new Pointer<float>((nint)(row + lane));
                var best = TLanes.Splat(float.NegativeInfinity);
                if (width == 3 && end - first == 3)
                    best = TLanes.Max(TLanes.Load(pixels, (first + 2) * Lanes), TLanes.Max(TLanes.Load(pixels, (first + 1) * Lanes), TLanes.Load(pixels, first * Lanes)));
                else
                    for (nint c = first; c < end; c++)
                        best = TLanes.Max(TLanes.Load(pixels, c * Lanes), best);
                TLanes.Store(new Pointer<float>((nint)maxima), lane, best);
            }
        }
    }

    [MethodImpl(Simd.Optimised)]
    readonly void Down(nint top, nint bottom, nint pitch, float* y)
    {
        var target = new Pointer<float>((nint)y);
        var (first, second, third) = (Row(top), Row(top + 1), Row(top + 2));
        for (nint at = 0; at < pitch; at += TLanes.Count)
        {
            var best = TLanes.Load(first, at);
            if (bottom - top == 3)
                best = TLanes.Max(TLanes.Load(third, at), TLanes.Max(TLanes.Load(second, at), best));
            else
                for (nint row = top + 1; row < bottom; row++)
                    best = TLanes.Max(TLanes.Load(Row(row), at), best);
            TLanes.Store(target, at, best);
        }
    }

    readonly Pointer<float> Row(nint row) => new((nint)(ring + row % shape.KernelHeight * shape.OutWidth * Lanes));
}
