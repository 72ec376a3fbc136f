namespace NetCompiler.Runtime.Tests;

/// <summary>A convolution of stride 1 with random data, its exact results and the sums of magnitudes that errors are measured in.</summary>
sealed class TransformedCase : IDisposable
{
    public delegate void Packing(WorkerPool pool, in ConvolutionShape shape, Pointer<float> w, Pointer<float> packed);

    public delegate void Product(WorkerPool pool, in ConvolutionShape shape, Pointer<float> x, Pointer<float> packed, Pointer<float> y);

    readonly float[] _x, _w, _dy;
    (double[] Sums, double[] Magnitudes)? _y, _dx, _dw;

    public TransformedCase(in ConvolutionShape shape, bool positive = false)
    {
        Shape = shape;
        InPositions = shape.InHeight * shape.InWidth;
        OutPositions = shape.OutHeight * shape.OutWidth;
        _x = new float[shape.Batch * shape.InChannels * InPositions];
        _w = new float[shape.OutChannels * shape.InChannels * shape.KernelHeight * shape.KernelWidth];
        _dy = new float[shape.Batch * shape.OutChannels * OutPositions];
        Close.Fill<float>(_x, 1);
        Close.Fill<float>(_w, 2);
        Close.Fill<float>(_dy, 3);
        if (positive)
            foreach (var data in new[] { _x, _w, _dy })
                for (int i = 0; i < data.Length; i++)
                    data[i] = Math.Abs(data[i]);
        W = new GuardedBuffer<float>(_w.Length);
        _w.CopyTo(W.Span);
        X = new GuardedBuffer<float>(BlockedImages.Length(shape.Batch, shape.InChannels, InPositions));
        Y = new GuardedBuffer<float>(BlockedImages.Length(shape.Batch, shape.OutChannels, OutPositions));
        Dy = new GuardedBuffer<float>(Y.Count);
        Dx = new GuardedBuffer<float>(X.Count);
        BlockedImages.Block(_x, X.Span, shape.Batch, shape.InChannels, InPositions);
        BlockedImages.Block(_dy, Dy.Span, shape.Batch, shape.OutChannels, OutPositions);
    }

    public ConvolutionShape Shape { get; }

    public nint InPositions { get; }

    public nint OutPositions { get; }

    public GuardedBuffer<float> X { get; }

    public GuardedBuffer<float> W { get; }

    public GuardedBuffer<float> Y { get; }

    public GuardedBuffer<float> Dy { get; }

    public GuardedBuffer<float> Dx { get; }

    /// <summary>The largest error of y in units of the largest sum of magnitudes of terms in its plane.</summary>
    public double ForwardError(WorkerPool pool, long packedLength, Packing pack, Product forward)
    {
        using var packed = new GuardedBuffer<float>(packedLength);
        packed.Span.Fill(float.NaN);
        Y.Span.Fill(float.NaN);
        pack(pool, Shape, W.Pointer, packed.Pointer);
        forward(pool, Shape, X.Pointer, packed.Pointer, Y.Pointer);
        var (sums, magnitudes) = _y ??= Exact(_dy.Length, (i, j, o) => (o, (double)_x[i] * _w[j]));
        return Largest(BlockedImages.Unblock(Y.Span, Shape.Batch, Shape.OutChannels, OutPositions), sums, magnitudes, OutPositions);
    }

    /// <summary>The largest error of dx in units of the largest sum of magnitudes of terms in its plane.</summary>
    public double BackwardError(WorkerPool pool, long packedLength, Packing pack, Product backward)
    {
        using var packed = new GuardedBuffer<float>(packedLength);
        packed.Span.Fill(float.NaN);
        Dx.Span.Fill(float.NaN);
        pack(pool, Shape, W.Pointer, packed.Pointer);
        backward(pool, Shape, Dy.Pointer, packed.Pointer, Dx.Pointer);
        var (sums, magnitudes) = _dx ??= Exact(_x.Length, (i, j, o) => (i, (double)_dy[o] * _w[j]));
        return Largest(BlockedImages.Unblock(Dx.Span, Shape.Batch, Shape.InChannels, InPositions), sums, magnitudes, InPositions);
    }

    /// <summary>The largest error of dw [O, C, KH, KW] in units of the largest sum of magnitudes of terms in its plane.</summary>
    public double FilterError(ReadOnlySpan<float> dw)
    {
        var (sums, magnitudes) = _dw ??= Exact(_w.Length, (i, j, o) => (j, (double)_dy[o] * _x[i]));
        return Largest(dw, sums, magnitudes, Shape.KernelHeight * Shape.KernelWidth);
    }

    public void Dispose()
    {
        X.Dispose();
        W.Dispose();
        Y.Dispose();
        Dy.Dispose();
        Dx.Dispose();
    }

    // Every product belongs to one sum.
    (double[] Sums, double[] Magnitudes) Exact(int count, Func<nint, nint, nint, (nint Sum, double Term)> product)
    {
        var sums = new double[count];
        var magnitudes = new double[count];
        ForEachTerm((i, j, o) =>
        {
            var (sum, term) = product(i, j, o);
            sums[sum] += term;
            magnitudes[sum] += Math.Abs(term);
        });
        return (sums, magnitudes);
    }

    // Infinite where anything is NaN. A plane is what one channel of one image, or one filter's plane, holds.
    static double Largest(ReadOnlySpan<float> actual, double[] sums, double[] magnitudes, nint plane)
    {
        double largest = 0;
        for (int first = 0; first < sums.Length; first += (int)plane)
        {
            double unit = magnitudes.AsSpan(first, (int)plane).ToArray().Max();
            for (int i = first; i < first + plane; i++)
            {
                double error = Math.Abs(actual[i] - sums[i]) / unit;
                largest = double.IsNaN(error) ? double.PositiveInfinity : Math.Max(largest, error);
            }
        }
        return largest;
    }

    // (index in x, index in w, index in y) of every product.
    void ForEachTerm(Action<nint, nint, nint> term)
    {
        var s = Shape;
        for (nint n = 0; n < s.Batch; n++)
            for (nint o = 0; o < s.OutChannels; o++)
                for (nint i = 0; i < s.OutHeight; i++)
                    for (nint j = 0; j < s.OutWidth; j++)
                        for (nint c = 0; c < s.InChannels; c++)
                            for (nint u = 0; u < s.KernelHeight; u++)
                                for (nint v = 0; v < s.KernelWidth; v++)
                                {
                                    nint row = i + u - s.PadTop, column = j + v - s.PadLeft;
                                    if (row >= 0 && row < s.InHeight && column >= 0 && column < s.InWidth)
                                        term(((n * s.InChannels + c) * s.InHeight + row) * s.InWidth + column,
                                            ((o * s.InChannels + c) * s.KernelHeight + u) * s.KernelWidth + v,
                                            ((n * s.OutChannels + o) * s.OutHeight + i) * s.OutWidth + j);
                                }
    }
}

/// <summary>Adds 1 to each element: one that is finished twice, or not at all, is off by 1.</summary>
readonly struct AddOne(Pointer<float> y) : ITileEpilogue
{
    public void Run(nint row, nint rows, nint column, nint columns)
    {
        for (nint i = 0; i < rows; i++)
            for (nint j = 0; j < columns; j++)
                y[(row + i) * 16 + column + j] += 1;
    }
}
