using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>
/// Computes a <see cref="BlockedProblem"/> of few output channels, whose vectors would be half empty: the lanes hold the channels of all column
/// taps, side by side. A row of input then gives, for each of its positions, what it adds to as many outputs, and these shares are added up.
/// </summary>
/// <remarks>
/// y[i, j] = sum over column taps v of t[j + v][v], with t[q][v] = sum over row taps u and channels of x[i + u, q] · w[u, v]. Of 6 channels and
/// 5 taps 30 of 32 lanes are full, instead of 6 of 16. Each output is summed in the same order, whatever the cut.
/// </remarks>
readonly unsafe struct BlockedFoldedProduct<TOperations, TVector, TEpilogue>(
    BlockedProblem problem, nint rowsOfUnit, Pointer<BlockedRun> runs, Pointer<float> x, Pointer<float> packed, Pointer<float> y, TEpilogue epilogue) : IRangeKernel
    where TOperations : struct, ITileOperations<TVector, float>
    where TVector : struct
    where TEpilogue : struct, ITileEpilogue
{
    const int Lanes = BlockedProblem.Lanes;

    // Below this a thread costs more than it gains.
    const double WorkPerThread = 1 << 17;

    const int UnitsPerThread = 4, HalfTile = 7;

    // A block of sums may begin at any channel, and is read whole.
    const int Slack = Lanes;

    public static void Run(WorkerPool pool, in BlockedProblem problem, Pointer<float> x, Pointer<float> packed, Pointer<float> y, in TEpilogue epilogue)
    {
        if (problem.Batch == 0 || problem.Outputs == 0 || problem.OutHeight <= 0 || problem.OutWidth <= 0)
            return;
        int threads = (int)Math.Clamp(problem.Work / WorkPerThread, 1, pool.Threads);
        nint bands = threads == 1 ? 1 : Math.Clamp((threads * UnitsPerThread + problem.Batch - 1) / problem.Batch, 1, problem.OutHeight);
        nint rows = (problem.OutHeight + bands - 1) / bands;
        var kernel = new BlockedFoldedProduct<TOperations, TVector, TEpilogue>(problem, rows, Runs(problem), x, packed, y, epilogue);
        nint units = problem.Batch * kernel.BandsOfImage;
        pool.Run(kernel, units, threads == 1 ? units : 1);
    }

    /// <summary>Packs the filter in the order [slab of 32 lanes, row tap, channel, lane].</summary>
    public static void Pack(in BlockedProblem problem, Pointer<float> w, Pointer<float> packed)
    {
        BlockedAxis rows = problem.Rows(0), columns = problem.Columns(0);
        nint lanes = columns.Taps * problem.Outputs, vectors = problem.FoldedVectors, next = 0;
        for (nint slab = 0; slab < vectors; slab += 2)
            for (nint u = 0; u < rows.Taps; u++)
                for (nint channel = 0; channel < problem.Channels; channel++)
                    for (nint lane = slab * Lanes; lane < Math.Min(vectors, slab + 2) * Lanes; lane++)
                    {
                        var (v, output) = Math.DivRem(lane, problem.Outputs);
                        packed[next++] = lane >= lanes ? 0
                            : w[problem.FilterIndex(0, output, channel, rows.FirstTap + u * rows.TapStep, columns.FirstTap + v * columns.TapStep)];
                    }
    }

    nint BandsOfImage => (problem.OutHeight + rowsOfUnit - 1) / rowsOfUnit;

    // Of every row tap and block of channels; they last until the next call on the thread.
    static Pointer<BlockedRun> Runs(in BlockedProblem problem)
    {
        var rows = problem.Rows(0);
        nint blocks = BlockedProblem.Blocks(problem.Channels), pitch = problem.InWidth * Lanes, plane = problem.InHeight * pitch;
        var runs = Scratch.Get<BlockedRun>(ScratchUse.BlockedRuns, rows.Taps * blocks);
        for (nint u = 0; u < rows.Taps; u++)
            for (nint block = 0; block < blocks; block++)
                runs[u * blocks + block] = new((int)((rows.Offset + u * rows.OffsetStep) * pitch + block * plane), (int)Math.Min(Lanes, problem.Channels - block * Lanes));
        return runs;
    }

    public void Run(nint begin, nint end)
    {
        nint sums = Math.Max(0, problem.InWidth) * problem.FoldedVectors * Lanes;
        float* shares = (float*)Scratch.Get<float>(ScratchUse.FoldedRow, sums + Slack).Address;
        new Span<float>(shares + sums, Slack).Clear();
        for (nint unit = begin; unit < end; unit++)
        {
            var (image, band) = Math.DivRem(unit, BandsOfImage);
            for (nint row = band * rowsOfUnit; row < Math.Min(problem.OutHeight, (band + 1) * rowsOfUnit); row++)
            {
                Share(image, row, shares);
                for (nint block = 0; block < problem.OutputBlocks; block++)
                {
                    nint position = ((image * problem.OutputBlocks + block) * problem.OutHeight + row) * problem.OutWidth;
                    for (int lane = 0; lane < Lanes; lane += TOperations.Lanes)
                        Add(shares + block * Lanes + lane, (float*)y.Offset(position * Lanes).Address + lane);
                    if (!TEpilogue.IsNone)
                        epilogue.Run(position, problem.OutWidth, 0, Lanes);
                }
            }
        }
    }

    // What the input positions that output row `row` reads give to all outputs of the row.
    void Share(nint image, nint row, float* shares)
    {
        var rows = problem.Rows(0);
        var taps = rows.Inside(row);
        nint vectors = problem.FoldedVectors, width = problem.InWidth, pitch = width * Lanes, blocks = BlockedProblem.Blocks(problem.Channels);
        nint tiles = (width + BlockedTiles<TOperations, TVector>.MaximumPixels - 1) / BlockedTiles<TOperations, TVector>.MaximumPixels;
        float* source = (float*)x.Address + image * blocks * problem.InHeight * pitch + row * rows.InputStep * pitch, weights = (float*)packed.Address;
        for (nint slab = 0; slab < vectors; slab += 2)
        {
            int ofSlab = (int)Math.Min(2, vectors - slab);
            var call = new BlockedTileCall
            {
                Runs = (BlockedRun*)runs.Offset(taps.First * blocks).Address, RunCount = (taps.End - taps.First) * blocks, XStep = 1, XStride = Lanes,
                WeightStride = ofSlab * Lanes, YStride = vectors * Lanes, YVector = TOperations.Lanes,
            };
            for (nint tile = 0; tile < tiles; tile++)
            {
                nint first = width * tile / tiles;
                int pixels = (int)(width * (tile + 1) / tiles - first), atOnce = TOperations.Lanes == Lanes ? ofSlab : 2;
                call.X0 = source + first * Lanes;
                call.X1 = call.X0 + HalfTile * Lanes;
                for (int lane = 0; lane < ofSlab * Lanes; lane += atOnce * TOperations.Lanes)
                {
                    call.Weights = weights + taps.First * problem.Channels * call.WeightStride + lane;
                    call.Y0 = shares + first * call.YStride + slab * Lanes + lane;
                    call.Y1 = call.Y0 + HalfTile * call.YStride;
                    BlockedTiles<TOperations, TVector>.Of(Lanes, pixels, atOnce)(&call);
                }
            }
            weights += rows.Taps * problem.Channels * call.WeightStride;
        }
    }

    // Each output of a row is the sum of what the positions under its taps give it.
    [MethodImpl(Simd.Optimised)]
    void Add(float* shares, float* target)
    {
        var columns = problem.Columns(0);
        nint pitch = problem.FoldedVectors * Lanes, step = columns.OffsetStep * pitch + problem.Outputs, width = problem.OutWidth;
        for (nint j = 0; j < width; j++, target += Lanes)
        {
            nint at = j * columns.InputStep;
            var (first, end) = at + columns.Least >= 0 && at + columns.Greatest < columns.Extent ? (0, columns.Taps) : columns.Inside(j);
            var sum = TOperations.Splat(0);
            float* share = shares + (at + columns.Offset) * pitch + first * step;
            for (nint v = first; v < end; v++, share += step)
                sum = TOperations.Add(sum, TOperations.Load(share));
            TOperations.Store(target, sum);
        }
    }
}
