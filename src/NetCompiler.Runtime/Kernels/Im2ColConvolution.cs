namespace NetCompiler.Runtime;

/// <summary>
/// Two-dimensional convolution as a matrix product over the columns of each image (Chellapilla, Puri and Simard, 2006):
/// y[n,o,i,j] = sum over c,u,v of x[n, c, i·s+u·d-p, j·s+v·d-p] · w[o,c,u,v]. Results are the same bits for any number of threads.
/// </summary>
/// <remarks>Columns are made for a few output rows at a time, so that the working memory stays in cache for images of any size.</remarks>
public static class Im2ColConvolution
{
    // A thread's columns then share its second-level cache with the packed blocks of the product.
    const nint ColumnElements = 1 << 18;

    // The batch is summed in at most this many parts, and fewer where the filter is large: each part has a gradient of its own.
    const nint MaximumParts = 16;
    const nint PartElements = 1 << 22;

    /// <summary>y = x ∗ w.</summary>
    public static void Forward(WorkerPool pool, in ConvolutionShape shape, Pointer<float> x, Pointer<float> w, Pointer<float> y) => Forward<float>(pool, shape, x, w, y);

    /// <inheritdoc cref="Forward(WorkerPool, in ConvolutionShape, Pointer{float}, Pointer{float}, Pointer{float})"/>
    public static void Forward(WorkerPool pool, in ConvolutionShape shape, Pointer<double> x, Pointer<double> w, Pointer<double> y) => Forward<double>(pool, shape, x, w, y);

    /// <summary>The gradient of the input, dx, from that of the output, dy.</summary>
    public static void BackwardData(WorkerPool pool, in ConvolutionShape shape, Pointer<float> dy, Pointer<float> w, Pointer<float> dx) =>
        BackwardData<float>(pool, shape, dy, w, dx);

    /// <inheritdoc cref="BackwardData(WorkerPool, in ConvolutionShape, Pointer{float}, Pointer{float}, Pointer{float})"/>
    public static void BackwardData(WorkerPool pool, in ConvolutionShape shape, Pointer<double> dy, Pointer<double> w, Pointer<double> dx) =>
        BackwardData<double>(pool, shape, dy, w, dx);

    /// <summary>The gradient of the filter, dw, summed over the batch; zeros for an empty one.</summary>
    public static void BackwardFilter(WorkerPool pool, in ConvolutionShape shape, Pointer<float> x, Pointer<float> dy, Pointer<float> dw) =>
        BackwardFilter<float>(pool, shape, x, dy, dw);

    /// <inheritdoc cref="BackwardFilter(WorkerPool, in ConvolutionShape, Pointer{float}, Pointer{float}, Pointer{float})"/>
    public static void BackwardFilter(WorkerPool pool, in ConvolutionShape shape, Pointer<double> x, Pointer<double> dy, Pointer<double> dw) =>
        BackwardFilter<double>(pool, shape, x, dy, dw);

    static void Forward<T>(WorkerPool pool, in ConvolutionShape shape, Pointer<T> x, Pointer<T> w, Pointer<T> y) where T : unmanaged
    {
        shape.Validate();
        nint blocks = (shape.OutHeight + RowsPerBlock(shape) - 1) / RowsPerBlock(shape);
        RunUnits(pool, new ForwardKernel<T>(pool, shape, blocks, x, w, y), shape.Batch * shape.Groups * blocks);
    }

    static void BackwardData<T>(WorkerPool pool, in ConvolutionShape shape, Pointer<T> dy, Pointer<T> w, Pointer<T> dx) where T : unmanaged
    {
        shape.Validate();
        RunUnits(pool, new BackwardDataKernel<T>(pool, shape, dy, w, dx), shape.Batch * shape.Groups);
    }

    static void BackwardFilter<T>(WorkerPool pool, in ConvolutionShape shape, Pointer<T> x, Pointer<T> dy, Pointer<T> dw) where T : unmanaged
    {
        shape.Validate();
        nint size = shape.OutChannels * shape.FilterDepth;
        nint parts = Math.Clamp(Math.Min(shape.Batch, PartElements / Math.Max(1, size)), 1, MaximumParts);
        var partial = parts == 1 ? dw : Scratch.Get<T>(ScratchUse.Partials, parts * size);
        RunUnits(pool, new BackwardFilterKernel<T>(pool, shape, parts, x, dy, partial), parts);
        if (parts > 1)
            pool.Run(new SumKernel<T>(parts, size, partial, dw), size, 1 << 14);
    }

    // Too few units for the threads are done one after the other, each with all threads in its product.
    static void RunUnits<TKernel>(WorkerPool pool, in TKernel kernel, nint units) where TKernel : struct, IRangeKernel
    {
        if (units >= pool.Threads)
            pool.Run(kernel, units, 1);
        else
            kernel.Run(0, units);
    }

    static nint RowsPerBlock(in ConvolutionShape shape) =>
        shape.IsPointwise ? Math.Max(1, shape.OutHeight) : Math.Clamp(ColumnElements / Math.Max(1, shape.FilterDepth * shape.OutWidth), 1, Math.Max(1, shape.OutHeight));

    // One image's group, seen as matrices.
    readonly unsafe struct Views<T>(ConvolutionShape shape) where T : unmanaged
    {
        public nint Depth { get; } = shape.FilterDepth;

        public nint Positions { get; } = shape.OutHeight * shape.OutWidth;

        public nint OutChannels { get; } = shape.OutChannels / shape.Groups;

        // Groups of an image, and images, follow each other.
        public Pointer<T> Input(Pointer<T> x, nint unit) => x.Offset(unit * (shape.InChannels / shape.Groups) * shape.InHeight * shape.InWidth);

        public Pointer<T> Output(Pointer<T> y, nint unit) => y.Offset(unit * OutChannels * Positions);

        public Pointer<T> Filter(Pointer<T> w, nint group) => w.Offset(group * OutChannels * Depth);

        // The columns of the output rows [begin, end), and the elements from one row of that matrix to the next.
        public Pointer<T> Columns(Pointer<T> image, nint begin, nint end, out nint stride)
        {
            if (shape.IsPointwise)
            {
                stride = Positions;
                return image.Offset(begin * shape.OutWidth);
            }
            stride = (end - begin) * shape.OutWidth;
            var columns = Scratch.Get<T>(ScratchUse.Columns, Depth * stride);
            ImageColumns.Gather(shape, (T*)image.Address, begin, end, (T*)columns.Address);
            return columns;
        }
    }

    readonly struct ForwardKernel<T>(WorkerPool pool, ConvolutionShape shape, nint blocks, Pointer<T> x, Pointer<T> w, Pointer<T> y) : IRangeKernel
        where T : unmanaged
    {
        public void Run(nint begin, nint end)
        {
            var views = new Views<T>(shape);
            nint rows = RowsPerBlock(shape);
            for (nint i = begin; i < end; i++)
            {
                nint unit = i / blocks, first = i % blocks * rows, last = Math.Min(first + rows, shape.OutHeight);
                var columns = views.Columns(views.Input(x, unit), first, last, out nint stride);
                Gemm.Multiply(
                    pool, false, false, views.OutChannels, (last - first) * shape.OutWidth, views.Depth,
                    views.Filter(w, unit % shape.Groups), views.Depth, columns, stride,
                    views.Output(y, unit).Offset(first * shape.OutWidth), views.Positions, false);
            }
        }
    }

    readonly unsafe struct BackwardDataKernel<T>(WorkerPool pool, ConvolutionShape shape, Pointer<T> dy, Pointer<T> w, Pointer<T> dx) : IRangeKernel
        where T : unmanaged
    {
        public void Run(nint begin, nint end)
        {
            var views = new Views<T>(shape);
            nint rows = RowsPerBlock(shape);
            for (nint unit = begin; unit < end; unit++)
            {
                var filter = views.Filter(w, unit % shape.Groups);
                var image = views.Input(dx, unit);
                if (shape.IsPointwise)
                {
                    Gemm.Multiply(
                        pool, true, false, views.Depth, views.Positions, views.OutChannels,
                        filter, views.Depth, views.Output(dy, unit), views.Positions, image, views.Positions, false);
                    continue;
                }

                new Span<T>((T*)image.Address, checked((int)(shape.InChannels / shape.Groups * shape.InHeight * shape.InWidth))).Clear();
                for (nint first = 0; first < shape.OutHeight; first += rows)
                {
                    nint last = Math.Min(first + rows, shape.OutHeight), stride = (last - first) * shape.OutWidth;
                    var columns = Scratch.Get<T>(ScratchUse.Columns, views.Depth * stride);
                    Gemm.Multiply(
                        pool, true, false, views.Depth, stride, views.OutChannels,
                        filter, views.Depth, views.Output(dy, unit).Offset(first * shape.OutWidth), views.Positions, columns, stride, false);
                    ImageColumns.ScatterAdd(shape, (T*)columns.Address, first, last, (T*)image.Address);
                }
            }
        }
    }

    readonly unsafe struct BackwardFilterKernel<T>(WorkerPool pool, ConvolutionShape shape, nint parts, Pointer<T> x, Pointer<T> dy, Pointer<T> partial) : IRangeKernel
        where T : unmanaged
    {
        public void Run(nint begin, nint end)
        {
            nint size = shape.OutChannels * shape.FilterDepth;
            for (nint part = begin; part < end; part++)
            {
                var gradient = partial.Offset(part * size);
                new Span<T>((T*)gradient.Address, checked((int)size)).Clear();
                for (nint image = shape.Batch * part / parts; image < shape.Batch * (part + 1) / parts; image++)
                    for (nint group = 0; group < shape.Groups; group++)
                        AddImage(image * shape.Groups + group, gradient);
            }
        }

        void AddImage(nint unit, Pointer<T> gradient)
        {
            var views = new Views<T>(shape);
            nint rows = RowsPerBlock(shape);
            for (nint first = 0; first < shape.OutHeight; first += rows)
            {
                nint last = Math.Min(first + rows, shape.OutHeight);
                var columns = views.Columns(views.Input(x, unit), first, last, out nint stride);
                Gemm.Multiply(
                    pool, false, true, views.OutChannels, views.Depth, (last - first) * shape.OutWidth,
                    views.Output(dy, unit).Offset(first * shape.OutWidth), views.Positions, columns, stride,
                    views.Filter(gradient, unit % shape.Groups), views.Depth, true);
            }
        }
    }

    readonly struct SumKernel<T>(nint parts, nint size, Pointer<T> partial, Pointer<T> sum) : IRangeKernel where T : unmanaged
    {
        public void Run(nint begin, nint end)
        {
            for (nint i = begin; i < end; i++)
            {
                var total = partial[i];
                for (nint part = 1; part < parts; part++)
                    total = Scalar.Add(total, partial[part * size + i]);
                sum[i] = total;
            }
        }
    }
}
