using System.Numerics;
using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests;

public class PoolingTests
{
    static readonly WorkerPool One = new(1), Two = new(2), Three = new(3);

    static readonly PoolingShape[] Shapes =
    [
        new(3, 1, 1, 1, 1, 1, 1),
        new(5, 24, 24, 2, 2, 2, 2),
        new(3, 8, 8, 2, 2, 2, 2),
        new(2, 7, 13, 2, 2, 2, 2),
        new(70, 17, 33, 2, 2, 2, 2),
        new(2, 33, 17, 3, 3, 2, 2),
        new(2, 10, 9, 3, 2, 1, 3, PadTop: 1, PadLeft: 1, PadBottom: 2, PadRight: 0),
        new(2, 6, 6, 2, 2, 3, 3),
        new(4, 5, 5, 5, 5, 1, 1, PadTop: 4, PadLeft: 4, PadBottom: 4, PadRight: 4),
        new(0, 4, 4, 2, 2, 2, 2),
        new(3, 7, 9, 2, 2, 2, 2, Ceil: true),
        new(3, 8, 6, 2, 2, 2, 2, Ceil: true),
        new(2, 9, 8, 3, 2, 2, 3, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 0, Ceil: true),
        new(2, 9, 8, 3, 2, 2, 1, PadTop: 2, PadLeft: 1, PadBottom: 3, PadRight: 2, DilationHeight: 2, DilationWidth: 3),
        // The one row lies between the two rows of each window.
        new(2, 1, 3, 2, 2, 1, 1, PadTop: 1, PadLeft: 0, PadBottom: 1, PadRight: 0, DilationHeight: 2),
    ];

    public static TheoryData<int> Indices => [.. Enumerable.Range(0, Shapes.Length)];

    [Theory]
    [MemberData(nameof(Indices))]
    public void Max_pooling_gathers_and_scatters_at_the_first_largest_element(int index)
    {
        Check<float>(Shapes[index], Pooling.MaxGather, Pooling.MaxScatter);
        Check<double>(Shapes[index], Pooling.MaxGather, Pooling.MaxScatter);

        static void Check<T>(PoolingShape shape, Kernel<T> gather, Kernel<T> scatter) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            using var x = new GuardedBuffer<T>(shape.Planes * shape.InHeight * shape.InWidth);
            using var v = new GuardedBuffer<T>(x.Count);
            using var dx = new GuardedBuffer<T>(x.Count);
            using var y = new GuardedBuffer<T>(shape.Planes * shape.OutHeight * shape.OutWidth);
            using var dy = new GuardedBuffer<T>(y.Count);
            Close.Fill(v.Span, 1);
            Close.Fill(dy.Span, 2);

            // Few different values, so that there are ties; and infinities, zeros of both signs and NaN.
            var random = new System.Random(3);
            double[] values = [-2, -1, -1, 0, -0.0, 1, 1, 2, double.NegativeInfinity, double.PositiveInfinity, double.NaN];
            foreach (ref T value in x.Span)
                value = T.CreateSaturating(values[random.Next(values.Length)]);

            var expectedDx = new double[x.Count];
            var expectedY = new double[y.Count];
            ForEachWindow(shape, (output, inputs) =>
            {
                if (inputs.Count == 0)
                {
                    expectedY[output] = double.NegativeInfinity;
                    return;
                }
                nint best = inputs[0];
                foreach (nint input in inputs)
                    if (!T.IsNaN(x.Span[(int)best]) && (T.IsNaN(x.Span[(int)input]) || x.Span[(int)input] > x.Span[(int)best]))
                        best = input;
                expectedY[output] = double.CreateChecked(v.Span[(int)best]);
                expectedDx[best] += double.CreateChecked(dy.Span[(int)output]);
            });

            dx.Span.Fill(T.NaN);
            gather(Two, shape, x.Pointer, v.Pointer, y.Pointer);
            scatter(Two, shape, x.Pointer, dy.Pointer, dx.Pointer);
            y.Span.ToArray().Select(double.CreateChecked).ShouldBe(expectedY);
            nint overlap = shape.KernelHeight * shape.KernelWidth;
            Close.ShouldBe<T>(dx.Span, expectedDx, expectedDx.Select(e => Math.Abs(e) + overlap).ToArray(), expectedDx.All(e => e == 0) ? 0 : overlap, $"dx of {shape}");
        }
    }

    [Theory]
    [MemberData(nameof(Indices))]
    public void Average_pooling_divides_by_the_positions_in_the_image_and_its_padding(int index)
    {
        foreach (bool countPadding in new[] { true, false })
        {
            Check<float>(Shapes[index], Pooling.AverageForward, Pooling.AverageBackward, countPadding);
            Check<double>(Shapes[index], Pooling.AverageForward, Pooling.AverageBackward, countPadding);
        }

        static void Check<T>(PoolingShape shape, Unary<T> forward, Unary<T> backward, bool countPadding) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            using var x = new GuardedBuffer<T>(shape.Planes * shape.InHeight * shape.InWidth);
            using var dx = new GuardedBuffer<T>(x.Count);
            using var y = new GuardedBuffer<T>(shape.Planes * shape.OutHeight * shape.OutWidth);
            using var dy = new GuardedBuffer<T>(y.Count);
            Close.Fill(x.Span, 1);
            Close.Fill(dy.Span, 2);
            dx.Span.Fill(T.NaN);

            double[] expectedY = new double[y.Count], expectedDx = new double[x.Count];
            nint terms = shape.KernelHeight * shape.KernelWidth;
            ForEachWindow(shape, (output, inputs) =>
            {
                if (inputs.Count == 0 && !countPadding)
                    expectedY[output] = double.NaN;
                double size = countPadding ? PositionsUpToPadding(shape, output) : inputs.Count;
                foreach (nint input in inputs)
                {
                    expectedY[output] += double.CreateChecked(x.Span[(int)input]) / size;
                    expectedDx[input] += double.CreateChecked(dy.Span[(int)output]) / size;
                }
            });

            forward(Two, shape, x.Pointer, y.Pointer, countPadding);
            backward(Two, shape, dy.Pointer, dx.Pointer, countPadding);
            for (int i = 0; i < expectedY.Length; i++)
            {
                T.IsNaN(y.Span[i]).ShouldBe(double.IsNaN(expectedY[i]));
                if (T.IsNaN(y.Span[i]))
                    (y.Span[i], expectedY[i]) = (T.Zero, 0);
            }
            bool empty = expectedDx.All(value => value == 0);
            Close.ShouldBe<T>(y.Span, expectedY, expectedY.Select(_ => 1.0).ToArray(), empty ? 0 : terms, $"y of {shape}");
            Close.ShouldBe<T>(dx.Span, expectedDx, expectedDx.Select(_ => 1.0).ToArray(), empty ? 0 : terms, $"dx of {shape}");
        }
    }

    [Fact]
    public void Results_have_the_same_bits_for_any_number_of_threads()
    {
        var shape = new PoolingShape(130, 31, 29, 3, 3, 2, 2, 1, 1, 1, 1);
        var one = Compute(One);
        Compute(Two).ShouldBe(one);
        Compute(Three).ShouldBe(one);

        float[] Compute(WorkerPool pool)
        {
            using var x = new GuardedBuffer<float>(shape.Planes * shape.InHeight * shape.InWidth);
            using var y = new GuardedBuffer<float>(shape.Planes * shape.OutHeight * shape.OutWidth);
            Close.Fill(x.Span, 1);
            Pooling.AverageForward(pool, shape, x.Pointer, y.Pointer);
            var average = y.Span.ToArray();
            Pooling.MaxGather(pool, shape, x.Pointer, x.Pointer, y.Pointer);
            using var dx = new GuardedBuffer<float>(x.Count);
            Pooling.MaxScatter(pool, shape, x.Pointer, y.Pointer, dx.Pointer);
            return [.. average, .. y.Span, .. dx.Span];
        }
    }

    [Fact]
    public void Window_larger_than_the_plane_leaves_a_zero_gradient()
    {
        var shape = new PoolingShape(2, 1, 5, 2, 2, 2, 2);
        shape.OutHeight.ShouldBe(0);
        using var dx = new GuardedBuffer<float>(10);
        dx.Span.Fill(1);
        Pooling.MaxScatter(Two, shape, dx.Pointer, default, dx.Pointer);
        dx.Span.ToArray().ShouldAllBe(v => v == 0);
        dx.Span.Fill(1);
        Pooling.AverageBackward(Two, shape, default, dx.Pointer);
        dx.Span.ToArray().ShouldAllBe(v => v == 0);
    }

    [Fact]
    public void Padding_as_large_as_the_window_is_refused() =>
        Should.Throw<ArgumentException>(() => Pooling.MaxGather(One, new PoolingShape(1, 4, 4, 2, 2, 2, 2, PadTop: 2), default(Pointer<float>), default, default));

    delegate void Kernel<T>(WorkerPool pool, in PoolingShape shape, Pointer<T> x, Pointer<T> second, Pointer<T> result) where T : unmanaged;

    delegate void Unary<T>(WorkerPool pool, in PoolingShape shape, Pointer<T> x, Pointer<T> result, bool countPadding) where T : unmanaged;

    static int PositionsUpToPadding(PoolingShape s, nint output)
    {
        int count = 0;
        nint i = output / s.OutWidth % s.OutHeight, j = output % s.OutWidth;
        for (nint u = 0; u < s.KernelHeight; u++)
            for (nint v = 0; v < s.KernelWidth; v++)
            {
                if (i * s.StrideHeight + u * s.DilationHeight - s.PadTop < s.InHeight + s.PadBottom
                    && j * s.StrideWidth + v * s.DilationWidth - s.PadLeft < s.InWidth + s.PadRight)
                    count++;
            }
        return count;
    }

    // Each output index with the input indices of its window, in row-major order.
    static void ForEachWindow(PoolingShape s, Action<nint, List<nint>> window)
    {
        for (nint p = 0; p < s.Planes; p++)
            for (nint i = 0; i < s.OutHeight; i++)
                for (nint j = 0; j < s.OutWidth; j++)
                {
                    var inputs = new List<nint>();
                    for (nint u = 0; u < s.KernelHeight; u++)
                        for (nint v = 0; v < s.KernelWidth; v++)
                        {
                            nint row = i * s.StrideHeight + u * s.DilationHeight - s.PadTop, column = j * s.StrideWidth + v * s.DilationWidth - s.PadLeft;
                            if (row >= 0 && row < s.InHeight && column >= 0 && column < s.InWidth)
                                inputs.Add((p * s.InHeight + row) * s.InWidth + column);
                        }
                    window((p * s.OutHeight + i) * s.OutWidth + j, inputs);
                }
    }
}
