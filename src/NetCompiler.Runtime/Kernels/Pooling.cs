using System.Numerics;

namespace NetCompiler.Runtime;

/// <summary>Reductions over windows of planes. Results are the same bits for any number of threads.</summary>
public static class Pooling
{
    // Input elements that a thread should have at least.
    const nint MinimumPerThread = 1 << 14;

    /// <summary>
    /// y = v at the position where x is largest in each window, so that max pooling is <c>MaxGather(x, x)</c>. Of equal ones the first wins,
    /// in row-major order; the first NaN wins over all; padding never does.
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

    /// <summary>y = the sum of each window, divided by the full window size: padding counts as zeros.</summary>
    public static void AverageForward(WorkerPool pool, in PoolingShape shape, Pointer<float> x, Pointer<float> y) =>
        Run(pool, shape, new AverageForwardKernel<float>(shape, x, y));

    /// <inheritdoc cref="AverageForward(WorkerPool, in PoolingShape, Pointer{float}, Pointer{float})"/>
    public static void AverageForward(WorkerPool pool, in PoolingShape shape, Pointer<double> x, Pointer<double> y) =>
        Run(pool, shape, new AverageForwardKernel<double>(shape, x, y));

    /// <summary>The gradient of the input, dx: each window's dy, divided by the window size, at all its positions.</summary>
    public static void AverageBackward(WorkerPool pool, in PoolingShape shape, Pointer<float> dy, Pointer<float> dx) =>
        Run(pool, shape, new AverageBackwardKernel<float>(shape, dy, dx));

    /// <inheritdoc cref="AverageBackward(WorkerPool, in PoolingShape, Pointer{float}, Pointer{float})"/>
    public static void AverageBackward(WorkerPool pool, in PoolingShape shape, Pointer<double> dy, Pointer<double> dx) =>
        Run(pool, shape, new AverageBackwardKernel<double>(shape, dy, dx));

    static void Run<TKernel>(WorkerPool pool, in PoolingShape shape, in TKernel kernel) where TKernel : struct, IRangeKernel
    {
        shape.Validate();
        pool.Run(kernel, shape.Planes, 1 + MinimumPerThread / Math.Max(1, shape.InHeight * shape.InWidth));
    }

    // The part of one window that lies within the plane.
    readonly struct Window
    {
        readonly nint _width;

        public Window(in PoolingShape shape, nint i, nint j)
        {
            _width = shape.InWidth;
            nint top = i * shape.StrideHeight - shape.PadTop, left = j * shape.StrideWidth - shape.PadLeft;
            Top = Math.Max(top, 0);
            Bottom = Math.Min(top + shape.KernelHeight, shape.InHeight);
            Left = Math.Max(left, 0);
            Right = Math.Min(left + shape.KernelWidth, shape.InWidth);
        }

        public nint Top { get; }

        public nint Bottom { get; }

        public nint Left { get; }

        public nint Right { get; }

        // The index in the plane of the largest element.
        public nint Largest<T>(Pointer<T> plane) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            nint best = Top * _width + Left;
            for (nint r = Top; r < Bottom; r++)
                for (nint c = Left; c < Right; c++)
                {
                    nint index = r * _width + c;
                    if (Wins(plane[index], plane[best]))
                        best = index;
                }
            return best;
        }
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
                        y[index++] = v[plane * inSize + new Window(shape, i, j).Largest(x.Offset(plane * inSize))];
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
                    for (nint j = 0; j < shape.OutWidth; j++)
                        target[new Window(shape, i, j).Largest(x.Offset(plane * inSize))] += dy[index++];
            }
        }
    }

    readonly struct AverageForwardKernel<T>(PoolingShape shape, Pointer<T> x, Pointer<T> y) : IRangeKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(nint begin, nint end)
        {
            nint inSize = shape.InHeight * shape.InWidth, index = begin * shape.OutHeight * shape.OutWidth;
            var size = T.CreateChecked(shape.KernelHeight * shape.KernelWidth);
            for (nint plane = begin; plane < end; plane++)
                for (nint i = 0; i < shape.OutHeight; i++)
                    for (nint j = 0; j < shape.OutWidth; j++)
                    {
                        var window = new Window(shape, i, j);
                        var sum = T.Zero;
                        for (nint r = window.Top; r < window.Bottom; r++)
                            for (nint c = window.Left; c < window.Right; c++)
                                sum += x[plane * inSize + r * shape.InWidth + c];
                        y[index++] = sum / size;
                    }
        }
    }

    readonly struct AverageBackwardKernel<T>(PoolingShape shape, Pointer<T> dy, Pointer<T> dx) : IRangeKernel
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Run(nint begin, nint end)
        {
            nint inSize = shape.InHeight * shape.InWidth, index = begin * shape.OutHeight * shape.OutWidth;
            var size = T.CreateChecked(shape.KernelHeight * shape.KernelWidth);
            for (nint plane = begin; plane < end; plane++)
            {
                var target = dx.Offset(plane * inSize);
                target.AsSpan(checked((int)inSize)).Clear();
                for (nint i = 0; i < shape.OutHeight; i++)
                    for (nint j = 0; j < shape.OutWidth; j++)
                    {
                        var window = new Window(shape, i, j);
                        var share = dy[index++] / size;
                        for (nint r = window.Top; r < window.Bottom; r++)
                            for (nint c = window.Left; c < window.Right; c++)
                                target[r * shape.InWidth + c] += share;
                    }
            }
        }
    }
}
