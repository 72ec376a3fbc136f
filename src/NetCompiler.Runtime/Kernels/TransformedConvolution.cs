using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>
/// Convolution by transformed tiles, in blocked layout: transform the input tiles of a block, multiply by the transformed filters for
/// each number of the transform, transform back, finish with the epilogue. Blocks are sized so that transformed tiles stay in the L2 cache.
/// </summary>
/// <remarks>
/// Packed filters are [slots, pairs of OutBlocks, InChannels, 32], a last single block [InChannels, 16], transformed tiles [group, slots, InBlocks, rows, 16], products [group, slots, OutBlocks,
/// rows, 16], where a group is the tiles of one micro-kernel. Each product is summed over the channels in order by one thread, and tiles
/// do not see each other: results do not depend on blocks or threads.
/// </remarks>
static unsafe class TransformedConvolution<TTransform, TOperations, TVector>
    where TTransform : struct, ITileTransform
    where TOperations : struct, ITileOperations<TVector, float>
    where TVector : struct
{
    // Of 2 MB; the filters of the current number need room too.
    const nint CacheBytes = 1200 << 10;

    // With fewer tiles in a block, reading the filters once per block costs more than reading tiles from the L3 cache.
    const nint MinimumTiles = 56;

    static int MaximumRows => BlockedTiles<TOperations, TVector>.MaximumPixels;

    /// <summary>The floats of filters packed for this convolution.</summary>
    public static nint PackedLength(in TTransform transform, nint inChannels, nint outChannels) =>
        transform.Slots * BlockedProblem.Blocks(outChannels) * inChannels * 16;

    /// <summary>Transforms the filters w[o · outStride + c · inStride + tap], with taps in reverse order if <paramref name="flip"/>.</summary>
    public static void Pack(WorkerPool pool, in TTransform transform, nint inChannels, nint outChannels, nint taps, float* w, nint outStride, nint inStride, bool flip, float* packed) =>
        pool.Run(new PackKernel(transform, inChannels, outChannels, taps, w, outStride, inStride, flip, packed), (outChannels + 15) / 16 * inChannels, 16);

    /// <summary>y = x ∗ w of filters from <see cref="Pack"/>.</summary>
    public static void Run<TEpilogue>(WorkerPool pool, in TTransform transform, in TransformedShape shape, float* x, float* packed, float* y, in TEpilogue epilogue, ConvolutionBlocking blocking)
        where TEpilogue : struct, ITileEpilogue
    {
        nint tiles = shape.Tiles;
        if (tiles == 0 || shape.OutChannels == 0)
            return;

        nint groups = (tiles + MaximumRows - 1) / MaximumRows;
        var work = new Work(transform, shape, groups, x, packed, y);
        nint groupBytes = (work.InputPitch + work.ProductPitch(shape.OutBlocks)) * sizeof(float);
        nint perBlock = blocking.Kilobytes > 0
            ? Math.Max(1, ((nint)blocking.Kilobytes << 10) / groupBytes)
            : Math.Max(CacheBytes / groupBytes, (MinimumTiles + MaximumRows - 1) / MaximumRows);
        nint blocks = (groups + perBlock - 1) / perBlock;
        if (blocking.Cut == ConvolutionCut.Pixels)
            blocks = Math.Max(blocks, Math.Min(groups, pool.Threads));
        if (pool.Threads == 1 || blocking.Cut == ConvolutionCut.Pixels || blocking.Cut == ConvolutionCut.Automatic && blocks >= 2 * pool.Threads)
        {
            pool.Run(new BlockKernel<TEpilogue>(work, blocks, epilogue), blocks, 1);
            return;
        }

        // Too few blocks for the threads: they share the transformed input and each makes some of the output channels.
        for (nint block = 0; block < blocks; block++)
        {
            nint begin = block * groups / blocks, end = (block + 1) * groups / blocks;
            var v = (float*)Scratch.Get<float>(ScratchUse.TransformedInput, (end - begin) * work.InputPitch).Address;
            pool.Run(new InputKernel(work, begin, v), (end - begin) * shape.InBlocks, 1);
            pool.Run(new OutputKernel<TEpilogue>(work, begin, end, v, epilogue), (shape.OutBlocks + 1) / 2, 1);
        }
    }

    readonly struct PackKernel(TTransform transform, nint inChannels, nint outChannels, nint taps, float* w, nint outStride, nint inStride, bool flip, float* packed) : IRangeKernel
    {
        [MethodImpl(Simd.Optimised)]
        public void Run(nint begin, nint end)
        {
            var scratch = (float*)Scratch.Get<float>(ScratchUse.TransformTile, transform.ScratchLength + taps * 16).Address;
            float* filter = scratch + transform.ScratchLength;
            nint blocks = BlockedProblem.Blocks(outChannels);
            for (nint index = begin; index < end; index++)
            {
                nint block = index / inChannels, c = index - block * inChannels;
                nint lanes = Math.Min(16, outChannels - block * 16);
                float* source = w + block * 16 * outStride + c * inStride;
                BlockedFilters.PackMatrix(source, outStride, 1, filter, taps, lanes, 16);
                for (nint tap = 0; flip && tap < taps / 2; tap++)
                {
                    float* opposite = filter + (taps - 1 - tap) * 16;
                    for (nint lane = 0; lane < 16; lane++)
                        (filter[tap * 16 + lane], opposite[lane]) = (opposite[lane], filter[tap * 16 + lane]);
                }
                nint width = Math.Min(32, (blocks - block / 2 * 2) * 16);
                transform.Filter<TOperations, TVector>(filter, packed + block / 2 * inChannels * 32 + c * width + block % 2 * 16, blocks * inChannels * 16, scratch);
            }
        }
    }

    // The steps of the computation for ranges of groups and of blocks of channels.
    readonly struct Work(TTransform transform, TransformedShape shape, nint groups, float* x, float* packed, float* y)
    {
        public TransformedShape Shape => shape;

        // Floats of one group of transformed tiles.
        public nint InputPitch => transform.Slots * shape.InBlocks * MaximumRows * 16;

        public nint ProductPitch(nint outBlocks) => transform.Slots * outBlocks * MaximumRows * 16;

        public nint Groups => groups;

        nint FirstTile(nint group) => group * shape.Tiles / groups;

        [MethodImpl(Simd.Optimised)]
        public void Input(nint group, nint block, float* v)
        {
            nint extent = transform.Extent, slotStride = shape.InBlocks * MaximumRows * 16, rowStride = shape.InWidth * 16;
            var scratch = (float*)Scratch.Get<float>(ScratchUse.TransformTile, transform.ScratchLength + extent * extent * 16).Address;
            float* padded = scratch + transform.ScratchLength;
            v += block * MaximumRows * 16;
            var place = new TilePlace(shape, FirstTile(group));
            for (nint tiles = FirstTile(group + 1) - FirstTile(group); tiles > 0; tiles--, place.Advance(shape), v += 16)
            {
                nint top = place.Top - shape.PadTop, left = place.Left - shape.PadLeft;
                float* image = x + (place.Image * shape.InBlocks + block) * shape.InHeight * rowStride;
                if (top >= 0 && left >= 0 && top + extent <= shape.InHeight && left + extent <= shape.InWidth)
                {
                    transform.Input<TOperations, TVector>(image + top * rowStride + left * 16, rowStride, v, slotStride, scratch);
                    continue;
                }
                TilePixels.Copy<TOperations, TVector>(image, shape.InHeight, shape.InWidth, top, left, padded, extent, extent);
                transform.Input<TOperations, TVector>(padded, extent * 16, v, slotStride, scratch);
            }
        }

        // The products of the groups' tiles with the output channels of some blocks, the first of them even; v and m start with the first group,
        // m with the first block.
        [MethodImpl(Simd.Optimised)]
        public void Products(nint firstGroup, nint lastGroup, nint firstBlock, nint lastBlock, float* v, float* m)
        {
            nint line = MaximumRows * 16, inBlocks = shape.InBlocks, outBlocks = lastBlock - firstBlock;
            nint inputPitch = InputPitch, productPitch = ProductPitch(outBlocks);
            var runs = (BlockedRun*)Scratch.Get<BlockedRun>(ScratchUse.TransformTile, inBlocks).Address;
            for (nint block = 0; block < inBlocks; block++)
                runs[block] = new BlockedRun((int)(block * line), (int)Math.Min(16, shape.InChannels - block * 16));
            var call = new BlockedTileCall
            {
                Runs = runs, RunCount = inBlocks, XStep = 1, XStride = 16, YStride = 16, YVector = TOperations.Lanes == 16 ? line : TOperations.Lanes,
            };
            for (nint slot = 0; slot < transform.Slots; slot++)
                for (nint lane = 0; lane < outBlocks * 16; lane += 2 * TOperations.Lanes)
                {
                    // Two vectors are two blocks at 512 bits.
                    int vectors = lane + TOperations.Lanes < outBlocks * 16 ? 2 : 1;
                    nint block = lane / 16, pair = (firstBlock + block) / 2;
                    call.WeightStride = Math.Min(32, (shape.OutBlocks - 2 * pair) * 16);
                    call.Weights = packed + (slot * shape.OutBlocks + 2 * pair) * shape.InChannels * 16 + lane % 32;
                    // The next filters come from the L3 cache or memory while the present ones are used; the first two groups fetch half of them each.
                    float* next = lane + 2 * TOperations.Lanes < outBlocks * 16
                        ? call.Weights + shape.InChannels * call.WeightStride
                        : packed + ((slot + 1) * shape.OutBlocks + firstBlock) * shape.InChannels * 16;
                    for (nint group = firstGroup; group < lastGroup; group++)
                    {
                        nint part = group - firstGroup;
                        call.Ahead = part < 2 ? next + part * shape.InChannels * 16 : null;
                        call.AheadStep = part < 2 ? 16 : 0;
                        call.X0 = v + (group - firstGroup) * inputPitch + slot * inBlocks * line;
                        call.X1 = call.X0 + 7 * 16;
                        call.Y0 = m + (group - firstGroup) * productPitch + (slot * outBlocks + block) * line + lane % 16;
                        call.Y1 = call.Y0 + 7 * 16;
                        BlockedTiles<TOperations, TVector>.Of(16, (int)(FirstTile(group + 1) - FirstTile(group)), vectors)(&call);
                    }
                }
        }

        [MethodImpl(Simd.Optimised)]
        public void Output<TEpilogue>(nint firstGroup, nint lastGroup, nint firstBlock, nint lastBlock, float* m, in TEpilogue epilogue) where TEpilogue : struct, ITileEpilogue
        {
            nint outBlocks = lastBlock - firstBlock, slotStride = outBlocks * MaximumRows * 16, pitch = ProductPitch(outBlocks);
            nint stepHeight = transform.StepHeight, stepWidth = transform.StepWidth;
            var scratch = (float*)Scratch.Get<float>(ScratchUse.TransformTile, transform.ScratchLength + stepHeight * stepWidth * 16).Address;
            float* partial = scratch + transform.ScratchLength;
            for (nint block = firstBlock; block < lastBlock; block++)
            {
                // The part of a row of tiles that is written but not finished yet.
                TilePlace first = default, place = new(shape, FirstTile(firstGroup));
                nint columns = 0;
                for (nint group = firstGroup; group < lastGroup; group++)
                {
                    float* products = m + (group - firstGroup) * pitch + (block - firstBlock) * MaximumRows * 16;
                    for (nint tiles = FirstTile(group + 1) - FirstTile(group); tiles > 0; tiles--, place.Advance(shape), products += 16)
                    {
                        if (columns > 0 && (place.Image != first.Image || place.Top != first.Top))
                        {
                            Finish(block, first, columns, epilogue);
                            columns = 0;
                        }
                        if (columns == 0)
                            first = place;
                        columns += place.Columns;

                        if (shape.Pooling.IsPooled)
                        {
                            transform.Output<TOperations, TVector>(products, slotStride, partial, stepWidth * 16, scratch);
                            Pool(block, place, partial);
                            continue;
                        }
                        float* target = y + Position(block, place.Image, place.Top, place.Left) * 16;
                        if (place.Rows == stepHeight && place.Columns == stepWidth)
                        {
                            transform.Output<TOperations, TVector>(products, slotStride, target, shape.OutWidth * 16, scratch);
                            continue;
                        }
                        transform.Output<TOperations, TVector>(products, slotStride, partial, stepWidth * 16, scratch);
                        TilePixels.CopyRows<TOperations, TVector>(partial, stepWidth * 16, target, shape.OutWidth * 16, place.Rows, place.Columns);
                    }
                }
                Finish(block, first, columns, epilogue);
            }
        }

        void Finish<TEpilogue>(nint block, in TilePlace first, nint columns, in TEpilogue epilogue) where TEpilogue : struct, ITileEpilogue
        {
            if (TEpilogue.IsNone)
                return;
            if (shape.Pooling.IsPooled)
            {
                nint left = first.Left / shape.Pooling.KernelWidth, count = shape.PooledColumns(first.Left + columns) - left, end = shape.PooledRows(first.Top + first.Rows);
                for (nint i = first.Top / shape.Pooling.KernelHeight; i < end && count > 0; i++)
                    epilogue.Run(PooledPosition(block, first.Image, i, left), count, 0, 16);
                return;
            }
            for (nint i = 0; i < first.Rows; i++)
                epilogue.Run(Position(block, first.Image, first.Top + i, first.Left), columns, 0, 16);
        }

        // The maxima of the windows in a tile.
        [MethodImpl(Simd.Optimised)]
        void Pool(nint block, in TilePlace place, float* tile)
        {
            nint height = shape.Pooling.KernelHeight, width = shape.Pooling.KernelWidth, pitch = shape.StepWidth * 16;
            nint firstRow = place.Top / height, endRow = shape.PooledRows(place.Top + place.Rows), firstColumn = place.Left / width, endColumn = shape.PooledColumns(place.Left + place.Columns);
            for (nint i = firstRow; i < endRow; i++)
            {
                float* target = y + PooledPosition(block, place.Image, i, firstColumn) * 16;
                nint top = (i - firstRow) * height, rows = Math.Min(height, place.Rows - top);
                for (nint j = firstColumn; j < endColumn; j++, target += 16)
                {
                    nint left = (j - firstColumn) * width, columns = Math.Min(width, place.Columns - left);
                    float* first = tile + top * pitch + left * 16;
                    if (TOperations.Lanes == 16)
                        BlockedPooling.Maximum<F32x16>(first, pitch, rows, columns, target);
                    else if (TOperations.Lanes == 8)
                        BlockedPooling.Maximum<F32x8>(first, pitch, rows, columns, target);
                    else
                        BlockedPooling.Maximum<F32x1>(first, pitch, rows, columns, target);
                }
            }
        }

        nint PooledPosition(nint block, nint image, nint row, nint column) =>
            ((image * shape.OutBlocks + block) * shape.Pooling.OutHeight + row) * shape.Pooling.OutWidth + column;

        nint Position(nint block, nint image, nint row, nint column) =>
            ((image * shape.OutBlocks + block) * shape.OutHeight + row) * shape.OutWidth + column;
    }

    // Whole blocks of tiles, one after the other.
    readonly struct BlockKernel<TEpilogue>(Work work, nint blocks, TEpilogue epilogue) : IRangeKernel where TEpilogue : struct, ITileEpilogue
    {
        public void Run(nint begin, nint end)
        {
            nint outBlocks = work.Shape.OutBlocks, largest = (work.Groups + blocks - 1) / blocks;
            var v = (float*)Scratch.Get<float>(ScratchUse.TransformedInput, largest * work.InputPitch).Address;
            var m = (float*)Scratch.Get<float>(ScratchUse.TransformedProduct, largest * work.ProductPitch(outBlocks)).Address;
            for (nint block = begin; block < end; block++)
            {
                nint first = block * work.Groups / blocks, last = (block + 1) * work.Groups / blocks;
                for (nint group = first; group < last; group++)
                    for (nint channels = 0; channels < work.Shape.InBlocks; channels++)
                        work.Input(group, channels, v + (group - first) * work.InputPitch);
                work.Products(first, last, 0, outBlocks, v, m);
                work.Output(first, last, 0, outBlocks, m, epilogue);
            }
        }
    }

    readonly struct InputKernel(Work work, nint firstGroup, float* v) : IRangeKernel
    {
        public void Run(nint begin, nint end)
        {
            for (nint index = begin; index < end; index++)
            {
                nint group = index / work.Shape.InBlocks;
                work.Input(firstGroup + group, index - group * work.Shape.InBlocks, v + group * work.InputPitch);
            }
        }
    }

    // All tiles of a block for pairs of blocks of output channels.
    readonly struct OutputKernel<TEpilogue>(Work work, nint firstGroup, nint lastGroup, float* v, TEpilogue epilogue) : IRangeKernel where TEpilogue : struct, ITileEpilogue
    {
        public void Run(nint begin, nint end)
        {
            var m = (float*)Scratch.Get<float>(ScratchUse.TransformedProduct, (lastGroup - firstGroup) * work.ProductPitch(2)).Address;
            for (nint pair = begin; pair < end; pair++)
            {
                nint first = 2 * pair, last = Math.Min(first + 2, work.Shape.OutBlocks);
                work.Products(firstGroup, lastGroup, first, last, v, m);
                work.Output(firstGroup, lastGroup, first, last, m, epilogue);
            }
        }
    }
}
