using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>
/// Convolutions of each channel by itself. A product of matrices would have a depth of a few taps only, so taps are added to whole
/// planes: the padded plane is cut into phases, one for each residue of rows and columns modulo the strides, in which a tap is a shift by
/// a constant offset. What is computed between the end of one row and the start of the next is thrown away.
/// </summary>
static class DepthwiseConvolution<TLanes, T> where TLanes : struct, ILanes<TLanes, T> where T : unmanaged
{
    // Multiply-adds that a thread should have at least.
    const nint MinimumPerThread = 1 << 15;

    // A group of vectors hides the latency of their multiply-adds.
    static nint Step => 4 * TLanes.Count;

    public static void Forward(WorkerPool pool, in ConvolutionShape shape, Pointer<T> x, Pointer<T> w, Pointer<T> y)
    {
        var plane = new Plane(shape);
        pool.Run(new ForwardKernel(shape, plane, x, w, y), shape.Batch * shape.Groups, 1 + MinimumPerThread / Math.Max(1, plane.Work));
    }

    public static void BackwardData(WorkerPool pool, in ConvolutionShape shape, Pointer<T> dy, Pointer<T> w, Pointer<T> dx)
    {
        var plane = new Plane(shape);
        pool.Run(new BackwardDataKernel(shape, plane, dy, w, dx), shape.Batch * shape.Groups, 1 + MinimumPerThread / Math.Max(1, plane.Work));
    }

    // The batch of one channel is summed by one thread, image by image.
    public static void BackwardFilter(WorkerPool pool, in ConvolutionShape shape, Pointer<T> x, Pointer<T> dy, Pointer<T> dw) =>
        pool.Run(new BackwardFilterKernel(shape, new Plane(shape), x, dy, dw), shape.Groups, 1);

    // The phases of one padded plane: [phase, Height, Width], and behind them zeros that the last shifts may reach.
    readonly struct Plane
    {
        readonly ConvolutionShape _shape;

        public Plane(in ConvolutionShape shape)
        {
            _shape = shape;
            Height = (shape.PaddedHeight + shape.StrideHeight - 1) / shape.StrideHeight;
            Width = (shape.PaddedWidth + shape.StrideWidth - 1) / shape.StrideWidth;
            Taps = shape.KernelHeight * shape.KernelWidth;
            Filters = shape.OutChannels / shape.Groups;
            Results = RoundUp(shape.OutHeight * Width);
            Farthest = (shape.KernelHeight - 1) * shape.DilationHeight / shape.StrideHeight * Width
                + (shape.KernelWidth - 1) * shape.DilationWidth / shape.StrideWidth;
        }

        public nint Height { get; }

        public nint Width { get; }

        public nint Taps { get; }

        // Output channels of one input channel.
        public nint Filters { get; }

        // Elements of one output plane in rows of Width, up to whole groups of vectors.
        public nint Results { get; }

        // The largest shift within a phase.
        public nint Farthest { get; }

        public nint Phases => _shape.StrideHeight * _shape.StrideWidth;

        public nint Work => Results * Taps * Filters;

        public static nint RoundUp(nint count) => (count + Step - 1) / Step * Step;

        public nint PhaseOf(nint u, nint v) =>
            u * _shape.DilationHeight % _shape.StrideHeight * _shape.StrideWidth + v * _shape.DilationWidth % _shape.StrideWidth;

        public nint ShiftOf(nint u, nint v) => u * _shape.DilationHeight / _shape.StrideHeight * Width + v * _shape.DilationWidth / _shape.StrideWidth;

        public Pointer<T> Fill(Pointer<T> image)
        {
            nint count = Phases * Height * Width + Farthest + Results;
            var phases = Scratch.Get<T>(ScratchUse.PaddedImage, count);
            phases.AsSpan(checked((int)count)).Clear();
            for (nint i = 0; i < _shape.InHeight; i++)
            {
                nint row = i + _shape.PadTop;
                var target = phases.Offset((row % _shape.StrideHeight * _shape.StrideWidth * Height + row / _shape.StrideHeight) * Width);
                var source = image.Offset(i * _shape.InWidth);
                if (_shape.StrideWidth == 1)
                {
                    source.AsSpan((int)_shape.InWidth).CopyTo(target.Offset(_shape.PadLeft).AsSpan((int)_shape.InWidth));
                    continue;
                }
                for (nint residue = 0; residue < _shape.StrideWidth; residue++)
                {
                    nint skipped = Skipped(residue);
                    var columns = target.Offset(residue * Height * Width + skipped);
                    nint j = skipped * _shape.StrideWidth + residue - _shape.PadLeft;
                    for (nint q = 0; j < _shape.InWidth; q++, j += _shape.StrideWidth)
                        columns[q] = source[j];
                }
            }
            return phases;
        }

        // How many columns of the phases of a residue lie in the padding on the left.
        public nint Skipped(nint residue) => Math.Max(0, (_shape.PadLeft - residue + _shape.StrideWidth - 1) / _shape.StrideWidth);

        // The gradients of the outputs of one channel, each in rows of Width behind 'before' zeros, 'stride' elements apart.
        public Pointer<T> Spread(Pointer<T> dy, nint before, nint stride)
        {
            nint size = _shape.OutHeight * _shape.OutWidth;
            var spread = Scratch.Get<T>(ScratchUse.Columns, Filters * stride);
            spread.AsSpan(checked((int)(Filters * stride))).Clear();
            for (nint m = 0; m < Filters; m++)
                for (nint i = 0; i < _shape.OutHeight; i++)
                    dy.Offset(m * size + i * _shape.OutWidth).AsSpan((int)_shape.OutWidth).CopyTo(spread.Offset(m * stride + before + i * Width).AsSpan((int)_shape.OutWidth));
            return spread;
        }
    }

    // target[p] = the sum over t of weights[t] · source[p + offsets[t]], for whole groups of vectors.
    [MethodImpl(Simd.Optimised)]
    static void AddShifted(nint taps, Pointer<T> weights, Pointer<int> offsets, Pointer<T> source, Pointer<T> target, nint count)
    {
        for (nint p = 0; p < count; p += Step)
        {
            TLanes s0 = default, s1 = default, s2 = default, s3 = default;
            for (nint t = 0; t < taps; t++)
            {
                var weight = TLanes.Splat(weights[t]);
                nint at = p + offsets[t];
                s0 = TLanes.MultiplyAdd(weight, TLanes.Load(source, at), s0);
                s1 = TLanes.MultiplyAdd(weight, TLanes.Load(source, at + TLanes.Count), s1);
                s2 = TLanes.MultiplyAdd(weight, TLanes.Load(source, at + 2 * TLanes.Count), s2);
                s3 = TLanes.MultiplyAdd(weight, TLanes.Load(source, at + 3 * TLanes.Count), s3);
            }
            TLanes.Store(target, p, s0);
            TLanes.Store(target, p + TLanes.Count, s1);
            TLanes.Store(target, p + 2 * TLanes.Count, s2);
            TLanes.Store(target, p + 3 * TLanes.Count, s3);
        }
    }

    [MethodImpl(Simd.Optimised)]
    static T Dot(Pointer<T> a, Pointer<T> b, nint count)
    {
        TLanes s0 = default, s1 = default, s2 = default, s3 = default;
        for (nint p = 0; p < count; p += Step)
        {
            s0 = TLanes.MultiplyAdd(TLanes.Load(a, p), TLanes.Load(b, p), s0);
            s1 = TLanes.MultiplyAdd(TLanes.Load(a, p + TLanes.Count), TLanes.Load(b, p + TLanes.Count), s1);
            s2 = TLanes.MultiplyAdd(TLanes.Load(a, p + 2 * TLanes.Count), TLanes.Load(b, p + 2 * TLanes.Count), s2);
            s3 = TLanes.MultiplyAdd(TLanes.Load(a, p + 3 * TLanes.Count), TLanes.Load(b, p + 3 * TLanes.Count), s3);
        }
        return TLanes.SumLanes(s0 + s1 + (s2 + s3));
    }

    // Where each tap reads in the phases.
    static Pointer<int> Offsets(in ConvolutionShape shape, in Plane plane)
    {
        var offsets = Scratch.Get<int>(ScratchUse.Offsets, plane.Taps);
        for (nint u = 0; u < shape.KernelHeight; u++)
            for (nint v = 0; v < shape.KernelWidth; v++)
                offsets[u * shape.KernelWidth + v] = (int)(plane.PhaseOf(u, v) * plane.Height * plane.Width + plane.ShiftOf(u, v));
        return offsets;
    }

    readonly struct ForwardKernel(ConvolutionShape shape, Plane plane, Pointer<T> x, Pointer<T> w, Pointer<T> y) : IRangeKernel
    {
        public void Run(nint begin, nint end)
        {
            var offsets = Offsets(shape, plane);
            var target = Scratch.Get<T>(ScratchUse.Columns, plane.Results);
            nint size = shape.OutHeight * shape.OutWidth;
            for (nint unit = begin; unit < end; unit++)
            {
                var phases = plane.Fill(x.Offset(unit * shape.InHeight * shape.InWidth));
                for (nint m = 0; m < plane.Filters; m++)
                {
                    nint filter = unit % shape.Groups * plane.Filters + m;
                    AddShifted(plane.Taps, w.Offset(filter * plane.Taps), offsets, phases, target, plane.Results);
                    var image = y.Offset((unit * plane.Filters + m) * size);
                    for (nint i = 0; i < shape.OutHeight; i++)
                        target.Offset(i * plane.Width).AsSpan((int)shape.OutWidth).CopyTo(image.Offset(i * shape.OutWidth).AsSpan((int)shape.OutWidth));
                }
            }
        }
    }

    readonly struct BackwardDataKernel(ConvolutionShape shape, Plane plane, Pointer<T> dy, Pointer<T> w, Pointer<T> dx) : IRangeKernel
    {
        public void Run(nint begin, nint end)
        {
            // Each phase is the sum of the outputs' gradients, shifted back by the taps that read it.
            nint count = Plane.RoundUp(plane.Height * plane.Width), stride = plane.Farthest + count + plane.Results;
            var target = Scratch.Get<T>(ScratchUse.PaddedImage, count);
            var offsets = Scratch.Get<int>(ScratchUse.Offsets, plane.Taps * plane.Filters);
            var weights = Scratch.Get<T>(ScratchUse.PackedFilter, plane.Taps * plane.Filters);
            for (nint unit = begin; unit < end; unit++)
            {
                var spread = plane.Spread(dy.Offset(unit * plane.Filters * shape.OutHeight * shape.OutWidth), plane.Farthest, stride);
                var image = dx.Offset(unit * shape.InHeight * shape.InWidth);
                for (nint phase = 0; phase < plane.Phases; phase++)
                {
                    nint taps = 0;
                    for (nint m = 0; m < plane.Filters; m++)
                        for (nint u = 0; u < shape.KernelHeight; u++)
                            for (nint v = 0; v < shape.KernelWidth; v++)
                            {
                                if (plane.PhaseOf(u, v) != phase)
                                    continue;
                                offsets[taps] = checked((int)(m * stride + plane.Farthest - plane.ShiftOf(u, v)));
                                weights[taps++] = w[((unit % shape.Groups * plane.Filters + m) * shape.KernelHeight + u) * shape.KernelWidth + v];
                            }
                    AddShifted(taps, weights, offsets, spread, target, count);
                    Unfold(phase / shape.StrideWidth, phase % shape.StrideWidth, target, image);
                }
            }
        }

        // The part of a phase that is not padding.
        void Unfold(nint firstRow, nint firstColumn, Pointer<T> phase, Pointer<T> image)
        {
            for (nint row = firstRow; row < shape.PadTop + shape.InHeight; row += shape.StrideHeight)
            {
                if (row < shape.PadTop)
                    continue;
                var (source, target) = (phase.Offset(row / shape.StrideHeight * plane.Width), image.Offset((row - shape.PadTop) * shape.InWidth));
                nint skipped = plane.Skipped(firstColumn), j = skipped * shape.StrideWidth + firstColumn - shape.PadLeft;
                source = source.Offset(skipped);
                if (shape.StrideWidth == 1)
                {
                    source.AsSpan((int)shape.InWidth).CopyTo(target.AsSpan((int)shape.InWidth));
                    continue;
                }
                for (nint q = 0; j < shape.InWidth; q++, j += shape.StrideWidth)
                    target[j] = source[q];
            }
        }
    }

    readonly struct BackwardFilterKernel(ConvolutionShape shape, Plane plane, Pointer<T> x, Pointer<T> dy, Pointer<T> dw) : IRangeKernel
    {
        public void Run(nint begin, nint end)
        {
            var offsets = Offsets(shape, plane);
            for (nint channel = begin; channel < end; channel++)
            {
                var filters = dw.Offset(channel * plane.Filters * plane.Taps);
                for (nint n = 0; n < shape.Batch; n++)
                {
                    nint unit = n * shape.Groups + channel;
                    var phases = plane.Fill(x.Offset(unit * shape.InHeight * shape.InWidth));
                    var spread = plane.Spread(dy.Offset(unit * plane.Filters * shape.OutHeight * shape.OutWidth), 0, plane.Results);
                    for (nint m = 0; m < plane.Filters; m++)
                        for (nint t = 0; t < plane.Taps; t++)
                        {
                            T part = Dot(spread.Offset(m * plane.Results), phases.Offset(offsets[t]), plane.Results);
                            ref T sum = ref filters[m * plane.Taps + t];
                            sum = n == 0 ? part : Scalar.Add(sum, part);
                        }
                }
            }
        }
    }
}
