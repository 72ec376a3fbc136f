using System.Numerics;
using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests;

public class ConvolutionTests
{
    static readonly WorkerPool One = new(1), Two = new(2), Three = new(3);

    static readonly ConvolutionShape[] Shapes =
    [
        new(1, 1, 1, 1, 1, 1, 1),
        new(2, 3, 7, 5, 4, 1, 1),
        new(3, 2, 17, 33, 5, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1),
        new(2, 1, 28, 28, 20, 5, 5),
        new(2, 3, 13, 11, 4, 3, 2, StrideHeight: 2, StrideWidth: 3, PadTop: 2, PadLeft: 0, PadBottom: 1, PadRight: 3),
        new(2, 4, 12, 12, 6, 3, 3, DilationHeight: 2, DilationWidth: 3, PadTop: 3, PadLeft: 4, PadBottom: 2, PadRight: 1, Groups: 2),
        new(1, 6, 9, 9, 6, 3, 3, 1, 1, 1, 1, 1, 1, Groups: 6),
        new(2, 5, 9, 7, 10, 3, 3, StrideHeight: 2, StrideWidth: 2, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1, Groups: 5),
        new(3, 3, 37, 70, 3, 5, 3, StrideHeight: 1, StrideWidth: 3, PadTop: 2, PadLeft: 0, PadBottom: 1, PadRight: 2, DilationHeight: 2, DilationWidth: 2, Groups: 3),
        new(2, 4, 8, 8, 4, 2, 2, StrideHeight: 3, StrideWidth: 4, Groups: 4),
        new(1, 2, 1, 1, 4, 3, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1, Groups: 2),
        new(2, 3, 4, 4, 2, 3, 3, StrideHeight: 4, StrideWidth: 4, PadTop: 2, PadLeft: 2, PadBottom: 2, PadRight: 2),
        new(1, 2, 2, 2, 3, 5, 5, PadTop: 2, PadLeft: 2, PadBottom: 2, PadRight: 2),
        new(1, 2, 3, 3, 3, 1, 1, StrideHeight: 2, StrideWidth: 2),
        new(20, 1, 6, 6, 2, 3, 3),
        new(1, 16, 70, 65, 3, 5, 5),
    ];

    public static TheoryData<int> Indices => [.. Enumerable.Range(0, Shapes.Length)];

    [Theory]
    [MemberData(nameof(Indices))]
    public void Convolution_and_its_gradients_match_the_definition_in_float(int index) => Check<float>(Shapes[index], Im2ColConvolution.Forward, Im2ColConvolution.BackwardData, Im2ColConvolution.BackwardFilter);

    [Theory]
    [MemberData(nameof(Indices))]
    public void Convolution_and_its_gradients_match_the_definition_in_double(int index) => Check<double>(Shapes[index], Im2ColConvolution.Forward, Im2ColConvolution.BackwardData, Im2ColConvolution.BackwardFilter);

    [Theory]
    [MemberData(nameof(Indices))]
    public void Results_have_the_same_bits_for_any_number_of_threads(int index)
    {
        var shape = Shapes[index];
        var one = Compute(One);
        Compute(Two).ShouldBe(one);
        Compute(Three).ShouldBe(one);

        float[] Compute(WorkerPool pool)
        {
            using var data = new Data<float>(shape);
            Im2ColConvolution.Forward(pool, shape, data.X.Pointer, data.W.Pointer, data.Y.Pointer);
            var y = data.Y.Span.ToArray();
            Im2ColConvolution.BackwardFilter(pool, shape, data.X.Pointer, data.Y.Pointer, data.W.Pointer);
            Im2ColConvolution.BackwardData(pool, shape, data.Y.Pointer, data.W.Pointer, data.X.Pointer);
            return [.. y, .. data.W.Span, .. data.X.Span];
        }
    }

    [Fact]
    public void Empty_batch_has_a_zero_filter_gradient()
    {
        var shape = new ConvolutionShape(0, 2, 5, 5, 3, 3, 3);
        using var w = new GuardedBuffer<float>(3 * 2 * 9);
        w.Span.Fill(float.NaN);
        Im2ColConvolution.Forward(Two, shape, default, w.Pointer, default);
        Im2ColConvolution.BackwardData(Two, shape, default, w.Pointer, default);
        Im2ColConvolution.BackwardFilter(Two, shape, default, default, w.Pointer);
        w.Span.ToArray().ShouldAllBe(v => v == 0);
    }

    [Fact]
    public void Filter_larger_than_the_input_has_no_output()
    {
        var shape = new ConvolutionShape(2, 1, 3, 3, 1, 5, 5);
        shape.OutHeight.ShouldBe(0);
        using var x = new GuardedBuffer<float>(18);
        using var w = new GuardedBuffer<float>(25);
        x.Span.Fill(1);
        w.Span.Fill(1);
        Im2ColConvolution.BackwardData(Two, shape, default, w.Pointer, x.Pointer);
        Im2ColConvolution.BackwardFilter(Two, shape, x.Pointer, default, w.Pointer);
        x.Span.ToArray().ShouldAllBe(v => v == 0);
        w.Span.ToArray().ShouldAllBe(v => v == 0);
    }

    [Fact]
    public void Groups_that_do_not_divide_the_channels_are_refused() =>
        Should.Throw<ArgumentException>(() => Im2ColConvolution.Forward(One, new ConvolutionShape(1, 3, 5, 5, 4, 3, 3, Groups: 2), default(Pointer<float>), default, default));

    delegate void Kernel<T>(WorkerPool pool, in ConvolutionShape shape, Pointer<T> first, Pointer<T> second, Pointer<T> result) where T : unmanaged;

    static void Check<T>(ConvolutionShape shape, Kernel<T> forward, Kernel<T> backwardData, Kernel<T> backwardFilter) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var data = new Data<T>(shape);
        double[] x = Doubles(data.X), w = Doubles(data.W), dy = Doubles(data.Y);
        double[] y = new double[dy.Length], dx = new double[x.Length], dw = new double[w.Length];
        double[] magnitudeY = new double[y.Length], magnitudeX = new double[x.Length], magnitudeW = new double[w.Length];
        ForEachTerm(shape, (i, j, o) =>
        {
            Add(y, magnitudeY, o, x[i] * w[j]);
            Add(dx, magnitudeX, i, dy[o] * w[j]);
            Add(dw, magnitudeW, j, dy[o] * x[i]);
        });

        backwardData(Two, shape, data.Y.Pointer, data.W.Pointer, data.Dx.Pointer);
        backwardFilter(Two, shape, data.X.Pointer, data.Y.Pointer, data.Dw.Pointer);
        forward(Two, shape, data.X.Pointer, data.W.Pointer, data.Y.Pointer);
        Close.ShouldBe<T>(data.Y.Span, y, magnitudeY, shape.InChannels * shape.KernelHeight * shape.KernelWidth, $"y of {shape}");
        Close.ShouldBe<T>(data.Dx.Span, dx, magnitudeX, shape.OutChannels * shape.KernelHeight * shape.KernelWidth, $"dx of {shape}");
        Close.ShouldBe<T>(data.Dw.Span, dw, magnitudeW, shape.Batch * shape.OutHeight * shape.OutWidth, $"dw of {shape}");

        static double[] Doubles(GuardedBuffer<T> buffer) => [.. buffer.Span.ToArray().Select(double.CreateChecked)];

        static void Add(double[] sum, double[] magnitude, nint index, double term)
        {
            sum[index] += term;
            magnitude[index] += Math.Abs(term);
        }
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

    sealed class Data<T> : IDisposable where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public Data(ConvolutionShape s)
        {
            X = new GuardedBuffer<T>(s.Batch * s.InChannels * s.InHeight * s.InWidth);
            Dx = new GuardedBuffer<T>(X.Count);
            W = new GuardedBuffer<T>(s.OutChannels * s.InChannels / s.Groups * s.KernelHeight * s.KernelWidth);
            Dw = new GuardedBuffer<T>(W.Count);
            Y = new GuardedBuffer<T>(s.Batch * s.OutChannels * s.OutHeight * s.OutWidth);
            Close.Fill(X.Span, 1);
            Close.Fill(W.Span, 2);
            Close.Fill(Y.Span, 3);
            Dx.Span.Fill(T.NaN);
            Dw.Span.Fill(T.NaN);
        }

        public GuardedBuffer<T> X { get; }

        public GuardedBuffer<T> Dx { get; }

        public GuardedBuffer<T> W { get; }

        public GuardedBuffer<T> Dw { get; }

        public GuardedBuffer<T> Y { get; }

        public void Dispose()
        {
            X.Dispose();
            Dx.Dispose();
            W.Dispose();
            Dw.Dispose();
            Y.Dispose();
        }
    }
}
