using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>Computes a <see cref="BlockedProblem"/>: units of one band of rows and some slabs of output channels, any of which any thread may do.</summary>
readonly unsafe struct BlockedProduct<TOperations, TVector, TEpilogue>(
    BlockedProblem problem, BlockedPlan plan, BlockedPhases phases, Pointer<float> x, Pointer<float> packed, Pointer<float> y, PoolingShape pooling, TEpilogue epilogue) : IRangeKernel
    where TOperations : struct, ITileOperations<TVector, float>
    where TVector : struct
    where TEpilogue : struct, ITileEpilogue
{
    const int Lanes = BlockedProblem.Lanes;

    // Floats of the next band's input that are read ahead at each step: a line in four, faster than memory gives them would stop the tile.
    const int InputStep = ReadAhead.Line / 4;

    // A filter of more floats does not stay in the second-level cache.
    const nint CachedFilter = 1 << 18;

    // Rows of 7 share a tile in pairs, one per base.
    const int HalfTile = 7;

    readonly long _call = Interlocked.Increment(ref BlockedBand.Calls);

    /// <param name="pool">The threads.</param>
    /// <param name="problem">The convolution.</param>
    /// <param name="x">Its input.</param>
    /// <param name="packed">Its filter.</param>
    /// <param name="y">The result.</param>
    /// <param name="pooling">The windows whose maxima the result holds instead of the convolution itself; the default for none.</param>
    /// <param name="epilogue">What finishes the result.</param>
    /// <param name="blocking">How it is cut.</param>
    public static void Run(
        WorkerPool pool, in BlockedProblem problem, Pointer<float> x, Pointer<float> packed, Pointer<float> y, in PoolingShape pooling, in TEpilogue epilogue, ConvolutionBlocking blocking)
    {
        if (problem.Batch == 0 || problem.Outputs == 0 || problem.OutHeight == 0 || problem.OutWidth == 0 || pooling.IsPooled && (pooling.OutHeight == 0 || pooling.OutWidth == 0))
            return;
        // Below this a thread costs more than it gains.
        const double workPerThread = 1 << 17;
        int threads = (int)Math.Clamp(problem.Work / workPerThread, 1, pool.Threads);
        var plan = new BlockedPlan(problem, threads, blocking, pooling);
        var kernel = new BlockedProduct<TOperations, TVector, TEpilogue>(problem, plan, new BlockedPhases(problem, plan), x, packed, y, pooling, epilogue);
        nint units = plan.ImageBands * plan.RowBands * problem.Groups * plan.SlabGroups;
        pool.Run(kernel, units, threads == 1 ? units : 1);
    }

    public void Run(nint begin, nint end)
    {
        for (nint unit = begin; unit < end; unit++)
        {
            nint slabGroup = unit % plan.SlabGroups, rest = unit / plan.SlabGroups, rowBand = rest % plan.RowBands;
            rest /= plan.RowBands;
            nint images = rest % plan.ImageBands, group = rest / plan.ImageBands;
            var (firstRow, endRow) = plan.OutputRows(problem, rowBand);
            var band = new BlockedBand(problem, plan, _call, x, group, images * plan.Images, firstRow, endRow);
            float* convolved = pooling.IsPooled
                ? (float*)Scratch.Get<float>(ScratchUse.ConvolvedRows, plan.Images * 2 * plan.Rows * problem.OutWidth * Lanes).Address
                : null;
            var ahead = unit + 1 < end ? InputsOf(unit + 1) : default;
            nint firstSlab = problem.Slabs * slabGroup / plan.SlabGroups, endSlab = problem.Slabs * (slabGroup + 1) / plan.SlabGroups;
            for (nint slab = firstSlab; slab < endSlab; slab++)
            {
                for (nint cut = 0; cut < problem.Cuts; cut++)
                {
                    nint fetched = 0;
                    for (nint phase = 0; phase < problem.RowPhases; phase++)
                        RunRows(band, convolved, group, slab, cut, phase, ref fetched, ref ahead);
                }
                if (!pooling.IsPooled)
                    continue;
                if (TOperations.Lanes == 16)
                    Pool<F32x16>(band, convolved, group, slab, rowBand);
                else if (TOperations.Lanes == 8)
                    Pool<F32x8>(band, convolved, group, slab, rowBand);
                else
                    Pool<F32x1>(band, convolved, group, slab, rowBand);
            }
        }
    }

    // What the next unit of this thread reads, unless this one does too.
    ReadAhead InputsOf(nint unit)
    {
        nint rest = unit / plan.SlabGroups;
        var (firstRow, endRow) = plan.OutputRows(problem, rest % plan.RowBands);
        rest /= plan.RowBands;
        if (unit % plan.SlabGroups > 0)
            return default;
        nint image = rest % plan.ImageBands * plan.Images, group = rest / plan.ImageBands, images = Math.Min(plan.Images, problem.Batch - image);
        nint pitch = problem.InWidth * problem.Unit, plane = problem.InHeight * pitch, imageStride = problem.Groups * problem.Planes * plane;
        float* first = (float*)x.Address + image * imageStride + group * problem.Planes * plane;
        if (images > 1)
            return new(first, problem.Planes * plane, imageStride, images);
        var (top, end) = plan.InputRows(problem, firstRow, endRow);
        return new(first + top * pitch, (end - top) * pitch, plane, problem.Planes);
    }

    // All images and rows of the band, for one slab, one cut of the channels and one phase of the rows.
    void RunRows(in BlockedBand band, float* convolved, nint group, nint slab, nint cut, nint rowPhase, ref nint fetched, ref ReadAhead ahead)
    {
        var rows = problem.Rows(rowPhase);
        nint end = Math.Min(band.EndRow, rows.Positions), images = band.EndImage - band.FirstImage;
        bool paired = BlockedTiles<TOperations, TVector>.MaximumPixels == 2 * HalfTile && phases[0].Columns.Positions == HalfTile && problem.ColumnPhases == 1;
        nint count = Math.Max(0, end - band.FirstRow) * images;
        for (nint index = 0; index < count; index++)
        {
            nint row = band.FirstRow + index / images, image = band.FirstImage + index % images, nextRow = row, nextImage = image;
            var taps = rows.Inside(row);
            bool pair = false;
            if (paired && index + 1 < count)
            {
                (nextRow, nextImage) = (band.FirstRow + (index + 1) / images, band.FirstImage + (index + 1) % images);
                pair = nextRow == row || rows.Inside(nextRow) == taps;
            }

            RunRow(band, convolved, group, slab, cut, rowPhase, rows, taps, image, row, pair, nextImage, nextRow, ref fetched, ref ahead);
            if (!TEpilogue.IsNone && !pooling.IsPooled && cut == problem.Cuts - 1)
            {
                Finish(group, slab, image, rows.OutputFirst + row * rows.OutputStep);
                if (pair)
                    Finish(group, slab, nextImage, rows.OutputFirst + nextRow * rows.OutputStep);
            }
            if (pair)
                index++;
        }
    }

    void RunRow(
        in BlockedBand band, float* convolved, nint group, nint slab, nint cut, nint rowPhase, in BlockedAxis rows, (nint First, nint End) taps,
        nint image, nint row, bool pair, nint nextImage, nint nextRow, ref nint fetched, ref ReadAhead ahead)
    {
        int blocks = (int)Math.Min(2, problem.OutputBlocks - 2 * slab);
        nint plane = (pooling.IsPooled ? plan.Rows : problem.OutHeight) * problem.OutWidth * Lanes, channels = problem.BlocksPerCut * Lanes, firstChannel = cut * channels;
        channels = Math.Min(channels, problem.Channels - firstChannel);
        float* source = band.Row(problem, image, row * rows.InputStep), nextSource = pair ? band.Row(problem, nextImage, nextRow * rows.InputStep) : source;
        float* target = RowOf(band, convolved, group, slab, image, rows.OutputFirst + row * rows.OutputStep);
        float* nextTarget = pair ? RowOf(band, convolved, group, slab, nextImage, rows.OutputFirst + nextRow * rows.OutputStep) : target;
        for (nint b = 0; b < problem.ColumnPhases; b++)
        {
            ref var phase = ref phases[rowPhase * problem.ColumnPhases + b];
            ref readonly var columns = ref phase.Columns;
            nint depthOfTap = columns.Taps * channels, runsOfTap = problem.IsNarrow ? problem.Channels : columns.Taps * BlockedProblem.Blocks(channels);
            nint runsOfCut = problem.IsNarrow ? 0 : columns.Taps * problem.BlocksPerCut * phase.RowTaps;
            var call = new BlockedTileCall
            {
                Runs = phases.Runs(phase.FirstRun + cut * runsOfCut + taps.First * runsOfTap),
                RunCount = (taps.End - taps.First) * runsOfTap,
                XStep = problem.IsNarrow ? columns.OffsetStep * problem.Unit : 1,
                XStride = columns.InputStep * problem.Unit,
                WeightStride = blocks * Lanes,
                YStride = columns.OutputStep * Lanes,
                YVector = TOperations.Lanes == Lanes ? plane : TOperations.Lanes,
                Accumulate = cut > 0,
            };
            float* weights = (float*)packed.Address + group * problem.FilterLength + phase.Weights + slab * BlockedProblem.SlabChannels * phase.Depth
                + (phase.RowTaps * columns.Taps * firstChannel + taps.First * depthOfTap) * call.WeightStride;

            // The next slab's weights come from memory while these are used.
            nint slabWeights = phase.Depth * call.WeightStride;
            nint tiles = (columns.Positions + BlockedTiles<TOperations, TVector>.MaximumPixels - 1) / BlockedTiles<TOperations, TVector>.MaximumPixels;
            for (nint tile = 0; tile < tiles; tile++)
            {
                nint first = columns.Positions * tile / tiles, pixels = columns.Positions * (tile + 1) / tiles - first;
                bool fetches = problem.FilterLength > CachedFilter && fetched < slabWeights && slab + 1 < problem.Slabs;
                nint steps = (taps.End - taps.First) * depthOfTap;
                call.Ahead = fetches ? weights + (slabWeights - taps.First * depthOfTap * call.WeightStride) + fetched : ahead.Take(steps * InputStep);
                call.AheadStep = call.Ahead is null ? 0 : fetches ? ReadAhead.Line : InputStep;
                fetched += steps * ReadAhead.Line;
                call.X0 = source + first * call.XStride;
                call.X1 = pair ? nextSource : call.X0 + HalfTile * call.XStride;
                nint at = (columns.OutputFirst + first * columns.OutputStep) * Lanes;
                float* y0 = target + at, y1 = pair ? nextTarget + at : y0 + HalfTile * call.YStride;
                RunTile(ref call, weights, y0, y1, blocks, pair ? 2 * HalfTile : (int)pixels, plane);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void RunTile(ref BlockedTileCall reference, float* weights, float* y0, float* y1, int blocks, int pixels, nint plane)
    {
        var call = reference;
        if (TOperations.Lanes == Lanes)
        {
            call.Weights = weights;
            call.Y0 = y0;
            call.Y1 = y1;
            BlockedTiles<TOperations, TVector>.Of(call.XStride, pixels, blocks, call.XStep)(&call);
            return;
        }

        // Narrower vectors: pairs of them within each block.
        var kernel = BlockedTiles<TOperations, TVector>.Of(call.XStride, pixels, 2, call.XStep);
        for (int block = 0; block < blocks; block++)
            for (int lane = 0; lane < Lanes; lane += 2 * TOperations.Lanes)
            {
                call.Weights = weights + block * Lanes + lane;
                call.Y0 = y0 + block * plane + lane;
                call.Y1 = y1 + block * plane + lane;
                kernel(&call);
            }
    }

    // The rows of a band that are pooled lie in memory of the thread: [image, block of the slab, row, column, 16].
    float* RowOf(in BlockedBand band, float* convolved, nint group, nint slab, nint image, nint row) => convolved is null
        ? (float*)y.Offset(FirstPosition(group, 2 * slab, image, row) * Lanes).Address
        : convolved + ((image - band.FirstImage) * 2 * plan.Rows + row - band.FirstRow) * problem.OutWidth * Lanes;

    // The maxima of all windows of a band, for one slab.
    void Pool<TLanes>(in BlockedBand band, float* convolved, nint group, nint slab, nint rowBand) where TLanes : struct, ILanes<TLanes, float>
    {
        var ring = (float*)Scratch.Get<float>(ScratchUse.RowMaxima, RowMaxima<TLanes>.Length(pooling)).Address;
        nint pitch = problem.OutWidth * Lanes, height = pooling.OutHeight, width = pooling.OutWidth, end = Math.Min(height, (rowBand + 1) * plan.PooledRows);
        for (nint image = band.FirstImage; image < band.EndImage; image++)
            for (nint block = 2 * slab; block < Math.Min(2 * slab + 2, problem.OutputBlocks); block++)
            {
                float* rows = convolved + ((image - band.FirstImage) * 2 + block - 2 * slab) * plan.Rows * pitch;
                var maxima = new RowMaxima<TLanes>(pooling, ring);
                for (nint i = rowBand * plan.PooledRows; i < end; i++)
                {
                    nint position = (((image * problem.Groups + group) * problem.OutputBlocks + block) * height + i) * width;
                    maxima.Give(rows, band.FirstRow, i, (float*)y.Offset(position * Lanes).Address);
                    epilogue.Run(position, width, 0, Lanes);
                }
            }
    }

    nint FirstPosition(nint group, nint block, nint image, nint row) =>
        (((image * problem.Groups + group) * problem.OutputBlocks + block) * problem.OutHeight + row) * problem.OutWidth;

    void Finish(nint group, nint slab, nint image, nint row)
    {
        for (nint block = 2 * slab; block < Math.Min(2 * slab + 2, problem.OutputBlocks); block++)
            epilogue.Run(FirstPosition(group, block, image, row), problem.OutWidth, 0, Lanes);
    }
}
