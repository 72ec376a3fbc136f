namespace NetCompiler.Runtime.Tests;

/// <summary>Operands of a convolution in both layouts, with guarded ends and NaN in lanes beyond the channels, and the results by definition in float64.</summary>
sealed class ConvolutionData : IDisposable
{
    readonly ConvolutionShape _shape;
    readonly float[] _y;

    public ConvolutionData(ConvolutionShape s)
    {
        _shape = s;
        X = new GuardedBuffer<float>(s.Batch * s.InChannels * s.InHeight * s.InWidth);
        W = new GuardedBuffer<float>(s.OutChannels * s.InChannels / s.Groups * s.KernelHeight * s.KernelWidth);
        Dw = new GuardedBuffer<float>(W.Count);
        Packed = new GuardedBuffer<float>(BlockedConvolution.PackedFilterLength(s));
        BlockedX = new GuardedBuffer<float>(ImageLayouts.BlockedLength(s.Batch, s.InChannels, s.InHeight * s.InWidth));
        BlockedDx = new GuardedBuffer<float>(BlockedX.Count);
        BlockedY = new GuardedBuffer<float>(ImageLayouts.BlockedLength(s.Batch, s.OutChannels, s.OutHeight * s.OutWidth));
        _y = new float[s.Batch * s.OutChannels * s.OutHeight * s.OutWidth];
        Close.Fill(X.Span, 1);
        Close.Fill(W.Span, 2);
        Close.Fill<float>(_y, 3);
        Block(X.Span, BlockedX, s.Batch, s.InChannels, s.InHeight * s.InWidth);
        ResetDy();

        (ExpectedY, MagnitudeY) = (new double[_y.Length], new double[_y.Length]);
        (ExpectedDx, MagnitudeDx) = (new double[X.Count], new double[X.Count]);
        (ExpectedDw, MagnitudeDw) = (new double[W.Count], new double[W.Count]);
        var (x, w) = (X.Span.ToArray(), W.Span.ToArray());
        ForEachTerm(s, (i, j, o) =>
        {
            Add(ExpectedY, MagnitudeY, o, (double)x[i] * w[j]);
            Add(ExpectedDx, MagnitudeDx, i, (double)_y[o] * w[j]);
            Add(ExpectedDw, MagnitudeDw, j, (double)_y[o] * x[i]);
        });

        static void Add(double[] sum, double[] magnitude, nint index, double term)
        {
            sum[index] += term;
            magnitude[index] += Math.Abs(term);
        }
    }

    public GuardedBuffer<float> X { get; }

    public GuardedBuffer<float> W { get; }

    public GuardedBuffer<float> Dw { get; }

    public GuardedBuffer<float> Packed { get; }

    public GuardedBuffer<float> BlockedX { get; }

    public GuardedBuffer<float> BlockedDx { get; }

    /// <summary>The output, or after <see cref="ResetDy"/> its gradient.</summary>
    public GuardedBuffer<float> BlockedY { get; }

    public double[] ExpectedY { get; }

    public double[] MagnitudeY { get; }

    public double[] ExpectedDx { get; }

    public double[] MagnitudeDx { get; }

    public double[] ExpectedDw { get; }

    public double[] MagnitudeDw { get; }

    public void ResetDy() => Block(_y, BlockedY, _shape.Batch, _shape.OutChannels, _shape.OutHeight * _shape.OutWidth);

    /// <summary>The planar images of a blocked tensor.</summary>
    public static float[] Unblock(GuardedBuffer<float> blocked, nint images, nint channels, nint positions)
    {
        var planar = new float[images * channels * positions];
        for (nint n = 0; n < images; n++)
            for (nint c = 0; c < channels; c++)
                for (nint p = 0; p < positions; p++)
                    planar[(n * channels + c) * positions + p] = blocked.Pointer[((n * ((channels + 15) / 16) + c / 16) * positions + p) * 16 + c % 16];
        return planar;
    }

    /// <summary>Fills a blocked tensor from planar images; lanes beyond the channels become NaN.</summary>
    public static void Block(ReadOnlySpan<float> planar, GuardedBuffer<float> blocked, nint images, nint channels, nint positions)
    {
        blocked.Span.Fill(float.NaN);
        for (nint n = 0; n < images; n++)
            for (nint c = 0; c < channels; c++)
                for (nint p = 0; p < positions; p++)
                    blocked.Pointer[((n * ((channels + 15) / 16) + c / 16) * positions + p) * 16 + c % 16] = planar[(int)((n * channels + c) * positions + p)];
    }

    public IEnumerable<float> LanesBeyond(GuardedBuffer<float> blocked, nint channels)
    {
        nint used = (channels - 1) % 16 + 1, blocks = (channels + 15) / 16, positions = blocked.Count is 0 ? 0 : (nint)blocked.Count / 16 / blocks / _shape.Batch;
        for (nint n = 0; n < _shape.Batch; n++)
            for (nint p = 0; p < positions; p++)
                for (nint lane = used; lane < 16; lane++)
                    yield return blocked.Pointer[((n * blocks + blocks - 1) * positions + p) * 16 + lane];
    }

    public void Dispose()
    {
        X.Dispose();
        W.Dispose();
        Dw.Dispose();
        Packed.Dispose();
        BlockedX.Dispose();
        BlockedDx.Dispose();
        BlockedY.Dispose();
    }

    // The indices (of input, filter, output) of every product in the convolution.
    static void ForEachTerm(ConvolutionShape s, Action<nint, nint, nint> term)
    {
        nint channels = s.InChannels / s.Groups, outputs = s.OutChannels / s.Groups;
        for (nint n = 0; n < s.Batch; n++)
            for (nint o = 0; o < s.OutChannels; o++)
                for (nint c = 0; c < channels; c++)
                    for (nint i = 0; i < s.OutHeight; i++)
                        for (nint j = 0; j < s.OutWidth; j++)
                            for (nint u = 0; u < s.KernelHeight; u++)
                                for (nint v = 0; v < s.KernelWidth; v++)
                                {
                                    nint row = i * s.StrideHeight + u * s.DilationHeight - s.PadTop, column = j * s.StrideWidth + v * s.DilationWidth - s.PadLeft;
                                    if (row >= 0 && row < s.InHeight && column >= 0 && column < s.InWidth)
                                        term(
                                            ((n * s.InChannels + o / outputs * channels + c) * s.InHeight + row) * s.InWidth + column,
                                            ((o * channels + c) * s.KernelHeight + u) * s.KernelWidth + v,
                                            ((n * s.OutChannels + o) * s.OutHeight + i) * s.OutWidth + j);
                                }
    }
}
