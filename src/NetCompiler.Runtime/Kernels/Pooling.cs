using System.Runtime.CompilerServices;
using System.Numerics;

namespace NetCompiler.Runtime;

/// <summary>Reductions over windows of planes. Results are the same bits for any number of threads.</summary>
public static class Pooling
{
    // Input elements that a thread should have at least.
    const nint MinimumPerThread = 1 << 14;

    /// <summary>
    /// y = v at the position where x is largest in each window, so that max pooling is <c>MaxGather(x, x)</c>. Of equal ones the first wins,
    /// in row-major order; the first NaN wins over all; padding never does. -∞ where a window holds padding alone.
    /// </summary>
    public static void MaxGather(WorkerPool pool, in PoolingShape shape, Pointer<float> x, Pointer<float> v, Pointer<float> y)
    {
        if (shape.IsTwoByTwo && PoolingTwoByTwo.IsSupported)
            Run(pool, shape, new PoolingTwoByTwo.MaxGatherKernel(shape, x, v, y));
        else
            Run(pool, shape, new MaxGatherKernel<float>(shape, x, v, y));
    }

    /// <inheritdoc cref="MaxGather(WorkerPool, in PoolingShape, Pointer{float}, Pointer{float}, Pointer{float})"/>
    public static void MaxGather(WorkerPool pool, in PoolingShape shape, Pointer<double> x, Pointer<double> v, Pointer<double> y) =>
        Run(pool, shape, new MaxGatherKernel<double>(shape, x, v, y));

    /// <summary>
    /// The transpose of <see cref="MaxGather(WorkerPool, in PoolingShape, Pointer{float}, Pointer{float}, Pointer{float})"/>: adds each window's dy to dx at the
    /// position where x is largest; dx is zero elsewhere.
    /// </summary>
    public static void MaxScatter(WorkerPool pool, in PoolingShape shape, Pointer<float> x, Pointer<float> dy, Pointer<float> dx)
    {
        if (shape.IsTwoByTwo && PoolingTwoByTwo.IsSupported)
            Run(pool, shape, new PoolingTwoByTwo.MaxScatterKernel(shape, x, dy, dx));
        else
            Run(pool, shape, new MaxScatterKernel<float>(shape, x, dy, dx));
    }

    /// <inheritdoc cref="MaxScatter(WorkerPool, in PoolingShape, Pointer{float}, Pointer{float}, Pointer{float})"/>
    public static void MaxScatter(WorkerPool pool, in PoolingShape shape, Pointer<double> x, Pointer<double> dy, Pointer<double> dx) =>
        Run(pool, shape, new MaxScatterKernel<double>(shape, x, dy, dx));

    /// <summary>
    /// y = the sum of each window, divided by the number of its positions: those in the image and, if <paramref name="countPadding"/>, in the
    /// padding, which counts as zeros. What reaches beyond the padding never counts.
    /// </summary>
    public static void AverageForward(WorkerPool pool, in PoolingShape shape, Pointer<float> x, Pointer<float> y, bool countPadding = true) =>
        Run(pool, shape, new AverageForwardKernel<float>(shape, x, y, countPadding));

    /// <inheritdoc cref="AverageForward(WorkerPool, in PoolingShape, Pointer{float}, Pointer{float}, bool)"/>
    public static void AverageForward(WorkerPool pool, in PoolingShape shape, Pointer<double> x, Pointer<double> y, bool countPadding = true) =>
        Run(pool, shape, new AverageForwardKernel<double>(shape, x, y, countPadding));

    /// <summary>The gradient of the input, dx: each window's dy, divided by the number of its positions, at all that lie in the image.</summary>
    public static void AverageBackward(WorkerPool pool, in PoolingShape shape, Pointer<float> dy, Pointer<float> dx, bool countPadding = true) =>
        Run(pool, shape, new AverageBackwardKernel<float>(shape, dy, dx, countPadding));

    /// <inheritdoc cref="AverageBackward(WorkerPool, in PoolingShape, Pointer{float}, Pointer{float}, bool)"/>
    public static void AverageBackward(WorkerPool pool, in PoolingShape shape, Pointer<double> dy, Pointer<double> dx, bool countPadding = true) =>
        Run(pool, shape, new AverageBackwardKernel<double>(shape, dy, dx, countPadding));

    static void Run<TKernel>(WorkerPool pool, in PoolingShape shape, in TKernel kernel) where TKernel : struct, IRangeKernel
    {
        shape.Validate();
        pool.Run(kernel, shape.Planes, 1 + MinimumPerThread / Math.Max(1, shape.InHeight * shape.InWidth));
    }

    // The part of one window that lies within the plane: every so many rows and columns from the first.
    internal readonly struct Window
    {
        readonly nint _width, _rowStep, _columnStep;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Window(in PoolingShape shape, nint i, nint j)
        {
            (_width, _rowStep, _columnStep) = (shape.InWidth, shape.DilationHeight, shape.DilationWidth);
            nint top = i * shape.StrideHeight - shape.PadTop, left = j * shape.StrideWidth - shape.PadLeft;
            Top = Inside(top, _rowStep);
            Bottom = Math.Min(top + shape.ReachHeight, shape.InHeight);
            Left = Inside(left, _columnStep);
            Right = Math.Min(left + shape.ReachWidth, shape.InWidth);
        }

        public nint Top { get; }

        public nint Bottom { get; }

        public nint Left { get; }

        public nint Right { get; }

        static nint Inside(nint first, nint step) => first >= 0 ? first : (first % step + step) % step;

        // The index in the plane of the largest element; -1 if there is none.
        public nint Largest<T>(Pointer<T> plane) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            if (Top >= Bottom || Left >= Right)
                return -1;
            nint best = Top * _width + Left;
            for (nint r = Top; r < Bottom; r += _rowStep)
                for (nint c = Left; c < Right; c += _columnStep)
                {
                    nint index = r * _width + c;
                    if (Wins(plane[index], plane[best]))
                        best = index;
                }
            return best;
        }

        // How many positions an average is taken over.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static nint Count(in PoolingShape shape, nint i, nint j, bool countPadding)
        {
            nint top = i * shape.StrideHeight - shape.PadTop, left = j * shape.StrideWidth - shape.PadLeft;
            var (firstRow, firstColumn, bottom, right) = countPadding
                ? (top, left, shape.InHeight + shape.PadBottom, shape.InWidth + shape.PadRight)
                : (Inside(top, shape.DilationHeight), Inside(left, shape.DilationWidth), shape.InHeight, shape.InWidth);
            return Positions(firstRow, Math.Min(top + shape.ReachHeight, bottom), shape.DilationHeight)
                * Positions(firstColumn, Math.Min(left + shape.ReachWidth, right), shape.DilationWidth);
        }

        static nint Positions(nint first, nint end, nint step) => Math.Max(0, (end - first + step - 1) / step);
    }

    // A NaN neither loses to a number nor wins over a NaN.
    internal static bool Wins<T>(T candidate, T best) where T : unmanaged, IBinaryFloatingPointIeee754<T> => !(candidate <= best) && !T.IsNaN(best);

    readonly struct MaxGatherKernel<T>(PoolingShape shape, Pointer<T> x, Pointer<T> v, Pointer<T> y) : IRangeKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(nint begin, nint end)
        {
            nint inSize = shape.InHeight * shape.InWidth, index = begin * shape.OutHeight * shape.OutWidth;
            for (nint plane = begin; plane < end; plane++)
                for (nint i = 0; i < shape.OutHeight; i++)
                    for (nint j = 0; j < shape.OutWidth; j++)
                    {
                        nint best = new Window(shape, i, j).Largest(x.Offset(plane * inSize));
                        y[index++] = best < 0 ? T.NegativeInfinity : v[plane * inSize + best];
                    }
        }
    }

    readonly struct MaxScatterKernel<T>(PoolingShape shape, Pointer<T> x, Pointer<T> dy, Pointer<T> dx) : IRangeKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(nint begin, nint end)
        {
            nint inSize = shape.InHeight * shape.InWidth, index = begin * shape.OutHeight * shape.OutWidth;
            for (nint plane = begin; plane < end; plane++)
            {
                var target = dx.Offset(plane * inSize);
                target.AsSpan(checked((int)inSize)).Clear();
                for (nint i = 0; i < shape.OutHeight; i++)
                    for (nint j = 0; j < shape.OutWidth; j++, index++)
                    {
                        nint best = new Window(shape, i, j).Largest(x.Offset(plane * inSize));
                        if (best >= 0)
                            target[best] += dy[index];
                    }
            }
        }
    }

    readonly struct AverageForwardKernel<T>(PoolingShape shape, Pointer<T> x, Pointer<T> y, bool countPadding) : IRangeKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(nint begin, nint end)
        {
            nint inSize = shape.InHeight * shape.InWidth, index = begin * shape.OutHeight * shape.OutWidth;
            for (nint plane = begin; plane < end; plane++)
                for (nint i = 0; i < shape.OutHeight; i++)
                    for (nint j = 0; j < shape.OutWidth; j++)
                    {
                        var window = new Window(shape, i, j);
                        var sum = T.Zero;
                        for (nint r = window.Top; r < window.Bottom; r += shape.DilationHeight)
                            for (nint c = window.Left; c < window.Right; c += shape.DilationWidth)
                                sum += x[plane * inSize + r * shape.InWidth + c];
                        y[index++] = sum / T.CreateChecked(Window.Count(shape, i, j, countPadding));
                    }
        }
    }

    readonly struct AverageBackwardKernel<T>(PoolingShape shape, Pointer<T> dy, Pointer<T> dx, bool countPadding) : IRangeKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(nint begin, nint end)
        {
            nint inSize = shape.InHeight * shape.InWidth, index = begin * shape.OutHeight * shape.OutWidth;
            for (nint plane = begin; plane < end; plane++)
            {
                var target = dx.Offset(plane * inSize);
                target.AsSpan(checked((int)inSize)).Clear();
                for (nint i = 0; i < shape.OutHeight; i++)
                    for (nint j = 0; j < shape.OutWidth; j++)
                    {
                        var window = new Window(shape, i, j);
                        var share = dy[index++] / T.CreateChecked(Window.Count(shape, i, j, countPadding));
                        for (nint r = window.Top; r < window.Bottom; r += shape.DilationHeight)
                            for (nint c = window.Left; c < window.Right; c += shape.DilationWidth)
                                target[r * shape.InWidth + c] += share;
                    }
            }
        }
    }
}
