using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>The matrix products behind <see cref="Im2ColConvolution"/>: one per image and group, which follow each other as units.</summary>
static unsafe class ImageProducts<TLanes, T> where TLanes : struct, ILanes<TLanes, T> where T : unmanaged
{
    // The gradient's columns then share the second-level cache with the packed blocks of the product.
    const nint ColumnElements = 1 << 18;

    // The batch is summed in at most this many parts, and fewer where the filter is large: each part has a gradient of its own.
    const nint MaximumParts = 16;
    const nint PartElements = 1 << 22;

    public static void Forward(WorkerPool pool, in ConvolutionShape shape, Pointer<T> x, Pointer<T> w, Pointer<T> y)
    {
        shape.Validate();
        var sizes = new Sizes(shape);
        if (sizes.Outputs == 0 || sizes.Positions == 0)
            return;
        if (sizes.Depth == 0)
        {
            Clear(y, shape.Batch * shape.OutChannels * sizes.Positions);
            return;
        }
        // With a stride, cutting planes into phases takes as long as the products.
        if (shape.IsDepthwise && shape.StrideWidth == 1)
        {
            DepthwiseConvolution<TLanes, T>.Forward(pool, shape, x, w, y);
            return;
        }

        nint units = shape.Batch * shape.Groups;
        bool spread = units >= pool.Threads;
        var kernel = new ForwardKernel(spread ? null : pool, shape, sizes, Offsets(shape), x, w, y);
        RunUnits(pool, spread && shape.Batch > 1 ? kernel.WithPackedFilters() : kernel, units, spread);
    }

    public static void BackwardData(WorkerPool pool, in ConvolutionShape shape, Pointer<T> dy, Pointer<T> w, Pointer<T> dx)
    {
        shape.Validate();
        var sizes = new Sizes(shape);
        if (sizes.Outputs == 0 || sizes.Positions == 0 || sizes.Depth == 0)
        {
            Clear(dx, shape.Batch * shape.InChannels * shape.InHeight * shape.InWidth);
            return;
        }
        if (shape.IsDepthwise)
        {
            DepthwiseConvolution<TLanes, T>.BackwardData(pool, shape, dy, w, dx);
            return;
        }

        nint units = shape.Batch * shape.Groups;
        bool spread = units >= pool.Threads;
        var kernel = new BackwardDataKernel(spread ? null : pool, shape, sizes, dy, w, dx);
        RunUnits(pool, spread && shape.Batch > 1 ? kernel.WithPackedFilters() : kernel, units, spread);
    }

    public static void BackwardFilter(WorkerPool pool, in ConvolutionShape shape, Pointer<T> x, Pointer<T> dy, Pointer<T> dw)
    {
        shape.Validate();
        var sizes = new Sizes(shape);
        nint size = shape.OutChannels * sizes.Depth;
        if (size == 0 || sizes.Positions == 0 || shape.Batch == 0)
        {
            Clear(dw, size);
            return;
        }
        if (shape.IsDepthwise)
        {
            DepthwiseConvolution<TLanes, T>.BackwardFilter(pool, shape, x, dy, dw);
            return;
        }

        // A partition of the batch that depends on sizes alone; its parts are added in order.
        nint parts = Math.Clamp(Math.Min(shape.Batch, PartElements / size), 1, MaximumParts);
        bool spread = parts >= pool.Threads;
        var partial = parts == 1 ? dw : Scratch.Get<T>(ScratchUse.Partials, parts * size);
        RunUnits(pool, new BackwardFilterKernel(spread ? null : pool, shape, sizes, Offsets(shape), parts, x, dy, partial), parts, spread);
        if (parts > 1)
            pool.Run(new SumKernel(parts, size, partial, dw), size, 1 << 14);
    }

    // Too few units for the threads are done one after the other, each with all threads in its product.
    static void RunUnits<TKernel>(WorkerPool pool, in TKernel kernel, nint units, bool spread) where TKernel : struct, IRangeKernel
    {
        if (spread)
            pool.Run(kernel, units, 1);
        else
            kernel.Run(0, units);
    }

    static void RunProduct<TA, TB>(WorkerPool? pool, in GemmProduct<T, TA, TB> product) where TA : struct, IGemmOperand<T> where TB : struct, IGemmOperand<T>
    {
        if (pool is null)
            product.Run<TLanes, NoEpilogue>(0, product.M, 0, product.N, new());
        else
            Gemm.Multiply<TLanes, T, TA, TB, NoEpilogue>(pool, product, new());
    }

    static void Clear(Pointer<T> data, nint count)
    {
        for (nint done = 0; done < count; done += int.MaxValue)
            data.Offset(done).AsSpan((int)Math.Min(int.MaxValue, count - done)).Clear();
    }

    // The two tables of ImageMatrix, one after the other; they are the same for all images.
    static Pointer<int> Offsets(in ConvolutionShape shape)
    {
        nint depth = shape.FilterDepth, positions = shape.OutHeight * shape.OutWidth;
        var offsets = Scratch.Get<int>(ScratchUse.Offsets, depth + positions + ImageMatrix<T>.ExtraPositions);
        nint next = 0;
        for (nint channel = 0; channel < shape.InChannels / shape.Groups; channel++)
            for (nint u = 0; u < shape.KernelHeight; u++)
                for (nint v = 0; v < shape.KernelWidth; v++)
                    offsets[next++] = (int)((channel * shape.PaddedHeight + u * shape.DilationHeight) * shape.PaddedWidth + v * shape.DilationWidth);
        for (nint i = 0; i < shape.OutHeight; i++)
            for (nint j = 0; j < shape.OutWidth; j++)
                offsets[next++] = (int)(i * shape.StrideHeight * shape.PaddedWidth + j * shape.StrideWidth);

        // Smaller than the last one, so that they never look like its neighbours.
        offsets.Offset(next).AsSpan(ImageMatrix<T>.ExtraPositions).Clear();
        return offsets;
    }

    // The matrix of one unit's image, which is first copied into its padding if it has any.
    static ImageMatrix<T> MatrixOf(in ConvolutionShape shape, Pointer<T> image, Pointer<int> offsets)
    {
        if (shape.IsPadded)
        {
            nint channels = shape.InChannels / shape.Groups, width = shape.PaddedWidth, count = channels * shape.PaddedHeight * width;
            var padded = Scratch.Get<T>(ScratchUse.PaddedImage, count);
            Clear(padded, count);
            for (nint channel = 0; channel < channels; channel++)
                for (nint i = 0; i < shape.InHeight; i++)
                    image.Offset((channel * shape.InHeight + i) * shape.InWidth).AsSpan((int)shape.InWidth).CopyTo(
                        padded.Offset((channel * shape.PaddedHeight + shape.PadTop + i) * width + shape.PadLeft).AsSpan((int)shape.InWidth));
            image = padded;
        }
        return new ImageMatrix<T>((T*)image.Address, (int*)offsets.Address, (int*)offsets.Offset(shape.FilterDepth).Address);
    }

    // What the parts of one unit measure, in elements.
    readonly struct Sizes(ConvolutionShape shape)
    {
        public nint Depth { get; } = shape.FilterDepth;

        public nint Positions { get; } = shape.OutHeight * shape.OutWidth;

        public nint Outputs { get; } = shape.OutChannels / shape.Groups;

        public nint Input { get; } = shape.InChannels / shape.Groups * shape.InHeight * shape.InWidth;

        public nint Output => Outputs * Positions;

        public nint Filter => Outputs * Depth;
    }

    readonly record struct ForwardKernel(
        WorkerPool? Pool, ConvolutionShape Shape, Sizes Sizes, Pointer<int> Offsets, Pointer<T> X, Pointer<T> W, Pointer<T> Y, Pointer<T> Packed = default) : IRangeKernel
    {
        public ForwardKernel WithPackedFilters()
        {
            nint size = Product(0, default(MatrixOperand<T>)).PackedSizeA;
            var packed = Scratch.Get<T>(ScratchUse.PackedFilter, Shape.Groups * size);
            for (nint group = 0; group < Shape.Groups; group++)
                Product(group, default(MatrixOperand<T>)).PrepackA<TLanes>(packed.Offset(group * size));
            return this with { Packed = packed };
        }

        public void Run(nint begin, nint end)
        {
            for (nint unit = begin; unit < end; unit++)
            {
                var image = X.Offset(unit * Sizes.Input);
                if (Shape.IsPointwise)
                    RunProduct(Pool, Product(unit, new MatrixOperand<T>(image, Sizes.Positions, alongDepth: false)));
                else
                    RunProduct(Pool, Product(unit, new PositionColumns<T>(MatrixOf(Shape, image, Offsets))));
            }
        }

        GemmProduct<T, MatrixOperand<T>, TB> Product<TB>(nint unit, TB b) where TB : struct, IGemmOperand<T>
        {
            nint group = unit % Shape.Groups;
            return new()
            {
                M = Sizes.Outputs, N = Sizes.Positions, K = Sizes.Depth, A = new(W.Offset(group * Sizes.Filter), Sizes.Depth, alongDepth: true), B = b,
                C = Y.Offset(unit * Sizes.Output), StrideC = Sizes.Positions, Accumulate = false,
                PackedA = Packed.Address == 0 ? default : Packed.Offset(group * (Sizes.Filter + GemmPacking.Slack)),
            };
        }
    }

    readonly record struct BackwardDataKernel(
        WorkerPool? Pool, ConvolutionShape Shape, Sizes Sizes, Pointer<T> DY, Pointer<T> W, Pointer<T> DX, Pointer<T> Packed = default) : IRangeKernel
    {
        public BackwardDataKernel WithPackedFilters()
        {
            nint size = Product(0, 0, 1, default).PackedSizeA;
            var packed = Scratch.Get<T>(ScratchUse.PackedFilter, Shape.Groups * size);
            for (nint group = 0; group < Shape.Groups; group++)
                Product(group, 0, 1, default).PrepackA<TLanes>(packed.Offset(group * size));
            return this with { Packed = packed };
        }

        public void Run(nint begin, nint end)
        {
            nint outWidth = Shape.OutWidth, rows = Math.Clamp(ColumnElements / (Sizes.Depth * outWidth), 1, Shape.OutHeight);
            for (nint unit = begin; unit < end; unit++)
            {
                var image = DX.Offset(unit * Sizes.Input);
                if (Shape.IsPointwise)
                {
                    RunProduct(Pool, Product(unit, 0, Sizes.Positions, image));
                    continue;
                }

                Clear(image, Sizes.Input);
                for (nint first = 0; first < Shape.OutHeight; first += rows)
                {
                    nint last = Math.Min(first + rows, Shape.OutHeight), count = (last - first) * outWidth;
                    var columns = Scratch.Get<T>(ScratchUse.Columns, Sizes.Depth * count);
                    RunProduct(Pool, Product(unit, first * outWidth, count, columns));
                    ImageColumns.ScatterAdd(Shape, (T*)columns.Address, first, last, (T*)image.Address);
                }
            }
        }

        // The gradient of some columns of the image's matrix: w' · dy.
        GemmProduct<T, MatrixOperand<T>, MatrixOperand<T>> Product(nint unit, nint position, nint count, Pointer<T> columns)
        {
            nint group = unit % Shape.Groups;
            return new()
            {
                M = Sizes.Depth, N = count, K = Sizes.Outputs, A = new(W.Offset(group * Sizes.Filter), Sizes.Depth, alongDepth: false),
                B = new(DY.Offset(unit * Sizes.Output + position), Sizes.Positions, alongDepth: false), C = columns, StrideC = count, Accumulate = false,
                PackedA = Packed.Address == 0 ? default : Packed.Offset(group * (Sizes.Filter + GemmPacking.Slack)),
            };
        }
    }

    readonly record struct BackwardFilterKernel(
        WorkerPool? Pool, ConvolutionShape Shape, Sizes Sizes, Pointer<int> Offsets, nint Parts, Pointer<T> X, Pointer<T> DY, Pointer<T> Partial) : IRangeKernel
    {
        public void Run(nint begin, nint end)
        {
            for (nint part = begin; part < end; part++)
            {
                nint first = Shape.Batch * part / Parts, last = Shape.Batch * (part + 1) / Parts;
                for (nint unit = first * Shape.Groups; unit < last * Shape.Groups; unit++)
                {
                    var image = X.Offset(unit * Sizes.Input);
                    var gradient = Partial.Offset((part * Shape.Groups + unit % Shape.Groups) * Sizes.Filter);
                    bool accumulate = unit / Shape.Groups > first;
                    if (Shape.IsPointwise)
                        RunProduct(Pool, Product(unit, new MatrixOperand<T>(image, Sizes.Positions, alongDepth: true), gradient, accumulate));
                    else
                        RunProduct(Pool, Product(unit, new FilterColumns<T>(MatrixOf(Shape, image, Offsets)), gradient, accumulate));
                }
            }
        }

        // dy · (the image's matrix)'
        GemmProduct<T, MatrixOperand<T>, TB> Product<TB>(nint unit, TB b, Pointer<T> gradient, bool accumulate) where TB : struct, IGemmOperand<T> => new()
        {
            M = Sizes.Outputs, N = Sizes.Depth, K = Sizes.Positions, A = new(DY.Offset(unit * Sizes.Output), Sizes.Positions, alongDepth: true), B = b,
            C = gradient, StrideC = Sizes.Depth, Accumulate = accumulate,
        };
    }

    readonly struct SumKernel(nint parts, nint size, Pointer<T> partial, Pointer<T> sum) : IRangeKernel
    {
        [MethodImpl(Simd.Optimised)]
        public void Run(nint begin, nint end)
        {
            nint i = begin;
            for (; i + TLanes.Count <= end; i += TLanes.Count)
            {
                var total = TLanes.Load(partial, i);
                for (nint part = 1; part < parts; part++)
                    total += TLanes.Load(partial, part * size + i);
                TLanes.Store(sum, i, total);
            }
            for (; i < end; i++)
            {
                var total = partial[i];
                for (nint part = 1; part < parts; part++)
                    total = Scalar.Add(total, partial[part * size + i]);
                sum[i] = total;
            }
        }
    }
}
