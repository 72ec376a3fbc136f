using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>
/// Reductions over windows of float images in the blocked layout [Planes, H, W, 16], where a plane is a block of 16 channels of an image. Everything else,
/// bits included but the payloads of NaN, is as in <see cref="Pooling"/>; lanes do not mix.
/// </summary>
public static class BlockedPooling
{
    const int Lanes = BlockedProblem.Lanes;

    // Input elements that a thread should have at least.
    const nint MinimumPerThread = 1 << 14;

    /// <inheritdoc cref="Pooling.MaxGather(WorkerPool, in PoolingShape, Pointer{float}, Pointer{float}, Pointer{float})"/>
    public static void MaxGather(WorkerPool pool, in PoolingShape shape, Pointer<float> x, Pointer<float> v, Pointer<float> y)
    {
        if (Simd.Has512)
            ForRows(pool, shape, new MaxGatherKernel<F32x16>(shape, x, v, y));
        else if (Simd.Has256)
            ForRows(pool, shape, new MaxGatherKernel<F32x8>(shape, x, v, y));
        else
            ForRows(pool, shape, new MaxGatherKernel<F32x1>(shape, x, v, y));
    }

    /// <inheritdoc cref="Pooling.MaxScatter(WorkerPool, in PoolingShape, Pointer{float}, Pointer{float}, Pointer{float})"/>
    public static void MaxScatter(WorkerPool pool, in PoolingShape shape, Pointer<float> x, Pointer<float> dy, Pointer<float> dx)
    {
        if (Simd.Has512)
            ForPlanes(pool, shape, new MaxScatterKernel<F32x16>(shape, x, dy, dx));
        else if (Simd.Has256)
            ForPlanes(pool, shape, new MaxScatterKernel<F32x8>(shape, x, dy, dx));
        else
            ForPlanes(pool, shape, new MaxScatterKernel<F32x1>(shape, x, dy, dx));
    }

    /// <inheritdoc cref="Pooling.AverageForward(WorkerPool, in PoolingShape, Pointer{float}, Pointer{float}, bool)"/>
    public static void AverageForward(WorkerPool pool, in PoolingShape shape, Pointer<float> x, Pointer<float> y, bool countPadding = true)
    {
        if (Simd.Has512)
            ForRows(pool, shape, new AverageForwardKernel<F32x16>(shape, x, y, countPadding));
        else if (Simd.Has256)
            ForRows(pool, shape, new AverageForwardKernel<F32x8>(shape, x, y, countPadding));
        else
            ForRows(pool, shape, new AverageForwardKernel<F32x1>(shape, x, y, countPadding));
    }

    /// <inheritdoc cref="Pooling.AverageBackward(WorkerPool, in PoolingShape, Pointer{float}, Pointer{float}, bool)"/>
    public static void AverageBackward(WorkerPool pool, in PoolingShape shape, Pointer<float> dy, Pointer<float> dx, bool countPadding = true)
    {
        if (Simd.Has512)
            ForPlanes(pool, shape, new AverageBackwardKernel<F32x16>(shape, dy, dx, countPadding));
        else if (Simd.Has256)
            ForPlanes(pool, shape, new AverageBackwardKernel<F32x8>(shape, dy, dx, countPadding));
        else
            ForPlanes(pool, shape, new AverageBackwardKernel<F32x1>(shape, dy, dx, countPadding));
    }

    /// <summary>
    /// y[n, c, p] = the sum of x[n, c - <paramref name="before"/> + t, p] for t from 0 to <paramref name="size"/> - 1, over <paramref name="size"/>, of images
    /// [n, channels / 16 rounded up, positions, 16]; zeros beyond the first and the last channel.
    /// </summary>
    /// <exception cref="ArgumentException">The window does not hold its own channel.</exception>
    public static void AverageChannels(WorkerPool pool, nint n, nint channels, nint positions, nint size, nint before, Pointer<float> x, Pointer<float> y)
    {
        if (before < 0 || before >= size)
            throw new ArgumentException($"a window of {size} channels has no {before} before its own");
        if (n * channels * positions == 0)
            return;
        if (Simd.Has512)
            new BlockedChannelAverage<F32x16>(channels, positions, size, before, x, y).Run(pool, n);
        else if (Simd.Has256)
            new BlockedChannelAverage<F32x8>(channels, positions, size, before, x, y).Run(pool, n);
        else
            new BlockedChannelAverage<F32x1>(channels, positions, size, before, x, y).Run(pool, n);
    }

    // Windows gather: rows of output are independent.
    internal static void ForRows<TKernel>(WorkerPool pool, in PoolingShape shape, in TKernel kernel) where TKernel : struct, IRangeKernel
    {
        shape.Validate();
        pool.Run(kernel, shape.Planes * shape.OutHeight, 1 + MinimumPerThread / Math.Max(1, shape.OutWidth * shape.KernelHeight * shape.KernelWidth * Lanes));
    }

    // Windows scatter, and may overlap: only planes are independent.
    internal static void ForPlanes<TKernel>(WorkerPool pool, in PoolingShape shape, in TKernel kernel) where TKernel : struct, IRangeKernel
    {
        shape.Validate();
        pool.Run(kernel, shape.Planes, 1 + MinimumPerThread / Math.Max(1, shape.InHeight * shape.InWidth * Lanes));
    }

    // The lanes where a candidate wins over the best so far: as Pooling.Wins.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static TLanes Wins<TLanes>(TLanes candidate, TLanes best) where TLanes : struct, ILanes<TLanes, float> =>
        TLanes.And(TLanes.Not(TLanes.LessOrEqual(candidate, best)), TLanes.Equal(best, best));

    /// <summary>y[lane] = the maximum of a window of pixels, as <see cref="MaxGather"/> has it; -∞ if it holds none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static unsafe void Maximum<TLanes>(float* x, nint rowStride, nint rows, nint columns, float* y) where TLanes : struct, ILanes<TLanes, float>
    {
        for (int lane = 0; lane < Lanes; lane += TLanes.Count)
        {
            var best = TLanes.Splat(float.NegativeInfinity);
            for (nint r = 0; r < rows; r++)
                for (nint c = 0; c < columns; c++)
                    best = TLanes.Max(TLanes.Load(new Pointer<float>((nint)(x + r * rowStride + c * Lanes)), lane), best);
            TLanes.Store(new Pointer<float>((nint)y), lane, best);
        }
    }

    internal readonly struct MaxGatherKernel<TLanes>(PoolingShape shape, Pointer<float> x, Pointer<float> v, Pointer<float> y) : IRangeKernel
        where TLanes : struct, ILanes<TLanes, float>
    {
        [MethodImpl(Simd.Optimised)]
        public void Run(nint begin, nint end)
        {
            bool same = x.Address == v.Address;
            if (same && shape.IsTwoByTwo)
            {
                BlockedTwoByTwo<TLanes>.Gather(shape, x, y, begin, end);
                return;
            }
            nint outHeight = shape.OutHeight, outWidth = shape.OutWidth;
            if (same && shape.DilationHeight == 1 && shape.DilationWidth == 1)
            {
                GatherRows(begin, end);
                return;
            }
            for (nint index = begin; index < end; index++)
            {
                nint plane = index / outHeight * shape.InHeight * shape.InWidth, i = index % outHeight;
                for (nint j = 0; j < outWidth; j++)
                {
                    var window = new Pooling.Window(shape, i, j);
                    nint target = (index * outWidth + j) * Lanes;
                    bool any = window.Top < window.Bottom && window.Left < window.Right;
                    for (int lane = 0; lane < Lanes; lane += TLanes.Count)
                    {
                        TLanes best = TLanes.Splat(float.NegativeInfinity), value = best;
                        if (any)
                        {
                            nint first = (plane + window.Top * shape.InWidth + window.Left) * Lanes + lane;
                            (best, value) = (TLanes.Load(x, first), TLanes.Load(v, first));
                        }
                        for (nint r = window.Top; r < window.Bottom; r += shape.DilationHeight)
                            for (nint c = window.Left; c < window.Right; c += shape.DilationWidth)
                            {
                                nint at = (plane + r * shape.InWidth + c) * Lanes + lane;
                                var candidate = TLanes.Load(x, at);
                                var wins = Wins(candidate, best);
                                best = TLanes.Select(wins, candidate, best);
                                value = same ? best : TLanes.Select(wins, TLanes.Load(v, at), value);
                            }
                        TLanes.Store(y, target + lane, value);
                    }
                }
            }
        }

        // Windows share what is computed along rows.
        unsafe void GatherRows(nint begin, nint end)
        {
            nint outHeight = shape.OutHeight, outPitch = shape.OutWidth * Lanes, plane = shape.InHeight * shape.InWidth * Lanes;
            var ring = (float*)Scratch.Get<float>(ScratchUse.RowMaxima, RowMaxima<TLanes>.Length(shape)).Address;
            RowMaxima<TLanes> maxima = default;
            for (nint index = begin; index < end; index++)
            {
                nint i = index % outHeight;
                if (index == begin || i == 0)
                    maxima = new(shape, ring);
                maxima.Give((float*)x.Address + index / outHeight * plane, 0, i, (float*)y.Address + index * outPitch);
            }
        }
    }

    internal readonly struct MaxScatterKernel<TLanes>(PoolingShape shape, Pointer<float> x, Pointer<float> dy, Pointer<float> dx) : IRangeKernel
        where TLanes : struct, ILanes<TLanes, float>
    {
        [MethodImpl(Simd.Optimised)]
        public void Run(nint begin, nint end)
        {
            nint inSize = shape.InHeight * shape.InWidth, outHeight = shape.OutHeight, outWidth = shape.OutWidth, index = begin * outHeight * outWidth;
            bool isTwoByTwo = shape.IsTwoByTwo;
            for (nint plane = begin; plane < end; plane++)
            {
                if (isTwoByTwo)
                {
                    BlockedTwoByTwo<TLanes>.Scatter(shape, x, dy, dx, plane);
                    continue;
                }
                Placement.Clear(dx.Offset(plane * inSize * Lanes), inSize * Lanes);
                for (nint i = 0; i < outHeight; i++)
                    for (nint j = 0; j < outWidth; j++, index++)
                        Scatter(new Pooling.Window(shape, i, j), plane * inSize, index * Lanes);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void Scatter(in Pooling.Window window, nint plane, nint source)
        {
            if (window.Top >= window.Bottom || window.Left >= window.Right)
                return;
            for (int lane = 0; lane < Lanes; lane += TLanes.Count)
            {
                // Which position of the window is largest, counted from 0.
                var best = TLanes.Load(x, (plane + window.Top * shape.InWidth + window.Left) * Lanes + lane);
                TLanes winner = default, gradient = TLanes.Load(dy, source + lane);
                nint position = 0;
                for (nint r = window.Top; r < window.Bottom; r += shape.DilationHeight)
                    for (nint c = window.Left; c < window.Right; c += shape.DilationWidth, position++)
                    {
                        var candidate = TLanes.Load(x, (plane + r * shape.InWidth + c) * Lanes + lane);
                        var wins = Wins(candidate, best);
                        best = TLanes.Select(wins, candidate, best);
                        winner = TLanes.Select(wins, TLanes.Splat(position), winner);
                    }
                position = 0;
                for (nint r = window.Top; r < window.Bottom; r += shape.DilationHeight)
                    for (nint c = window.Left; c < window.Right; c += shape.DilationWidth, position++)
                    {
                        nint at = (plane + r * shape.InWidth + c) * Lanes + lane;
                        TLanes.Store(dx, at, TLanes.Load(dx, at) + TLanes.Select(TLanes.Equal(winner, TLanes.Splat(position)), gradient, default));
                    }
            }
        }
    }

    internal readonly struct AverageForwardKernel<TLanes>(PoolingShape shape, Pointer<float> x, Pointer<float> y, bool countPadding) : IRangeKernel
        where TLanes : struct, ILanes<TLanes, float>
    {
        [MethodImpl(Simd.Optimised)]
        public void Run(nint begin, nint end)
        {
            nint outHeight = shape.OutHeight, outWidth = shape.OutWidth;
            for (nint index = begin; index < end; index++)
            {
                nint plane = index / outHeight * shape.InHeight * shape.InWidth, i = index % outHeight;
                for (nint j = 0; j < outWidth; j++)
                {
                    var window = new Pooling.Window(shape, i, j);
                    var count = TLanes.Splat(Pooling.Window.Count(shape, i, j, countPadding));
                    for (int lane = 0; lane < Lanes; lane += TLanes.Count)
                    {
                        TLanes sum = default;
                        for (nint r = window.Top; r < window.Bottom; r += shape.DilationHeight)
                            for (nint c = window.Left; c < window.Right; c += shape.DilationWidth)
                                sum += TLanes.Load(x, (plane + r * shape.InWidth + c) * Lanes + lane);
                        TLanes.Store(y, (index * outWidth + j) * Lanes + lane, sum / count);
                    }
                }
            }
        }
    }

    internal readonly struct AverageBackwardKernel<TLanes>(PoolingShape shape, Pointer<float> dy, Pointer<float> dx, bool countPadding) : IRangeKernel
        where TLanes : struct, ILanes<TLanes, float>
    {
        [MethodImpl(Simd.Optimised)]
        public void Run(nint begin, nint end)
        {
            nint inSize = shape.InHeight * shape.InWidth, outHeight = shape.OutHeight, outWidth = shape.OutWidth, index = begin * outHeight * outWidth;
            for (nint plane = begin; plane < end; plane++)
            {
                Placement.Clear(dx.Offset(plane * inSize * Lanes), inSize * Lanes);
                for (nint i = 0; i < outHeight; i++)
                    for (nint j = 0; j < outWidth; j++, index++)
                    {
                        var window = new Pooling.Window(shape, i, j);
                        var count = TLanes.Splat(Pooling.Window.Count(shape, i, j, countPadding));
                        for (int lane = 0; lane < Lanes; lane += TLanes.Count)
                        {
                            var share = TLanes.Load(dy, index * Lanes + lane) / count;
                            for (nint r = window.Top; r < window.Bottom; r += shape.DilationHeight)
                                for (nint c = window.Left; c < window.Right; c += shape.DilationWidth)
                                {
                                    nint at = (plane * inSize + r * shape.InWidth + c) * Lanes + lane;
                                    TLanes.Store(dx, at, TLanes.Load(dx, at) + share);
                                }
                        }
                    }
            }
        }
    }
}
