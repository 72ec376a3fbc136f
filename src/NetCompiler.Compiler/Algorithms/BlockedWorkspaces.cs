using System;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Algorithms;

/// <summary>
/// What the kernels of blocked images need for themselves, in bytes by use. The formulas are those of the kernels with vectors of 16 lanes.
/// </summary>
internal static class BlockedWorkspaces
{
    // Of Kernels/TransformedConvolution.cs and Kernels/TransformedFilterGradient.cs.
    const long TileRows = 14, CacheBytes = 1200 << 10, MinimumTiles = 56, GradientCacheBytes = 2400 << 10, LeastGradientTiles = 128, MostGradientTiles = 512;

    // Of Kernels/BlockedProblem.cs, Kernels/BlockedPlan.cs and Kernels/BlockedFilterGradient.cs.
    const long MostFolded = 1 << 16;
    const long BandBytes = 3 << 17, BandBytesOfLargeFilter = 1 << 19, SmallFilterBytes = 3 << 18, UnitsPerThread = 4, LeastRows = 4;
    const long WantedUnits = 16, LeastUnits = 8, MaximumSums = 1 << 15, WorkPerThread = 1 << 17, PartFloats = 1 << 22;

    /// <summary>Tells <paramref name="caller"/> or <paramref name="each"/> of what the thread that calls, or each thread, asks for.</summary>
    /// <param name="problem">The sizes, with the batch as it is.</param>
    /// <param name="algorithm">One that reads blocked images.</param>
    /// <param name="planarInput">Whether x is planar.</param>
    /// <param name="pool">The windows whose maxima are made at once; null for none.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="caller">Takes a use and its bytes.</param>
    /// <param name="each">Takes a use and its bytes.</param>
    public static void Add(
        ConvolutionProblem problem, ConvolutionAlgorithm algorithm, bool planarInput, PoolingWindow? pool, int threads, Action<string, long> caller, Action<string, long> each)
    {
        if (problem.Batch == 0 || problem.OutHeight * problem.OutWidth == 0)
            return;
        if (algorithm is WinogradConvolution or FourierConvolution)
            AddTransformed(problem, algorithm, threads, caller, each);
        else if (problem.IsDepthwise)
        {
            if (problem.Pass == ConvolutionPass.BackwardFilter)
            {
                long blocks = BlockedLayout.Blocks(problem.InChannels), size = problem.KernelHeight * problem.KernelWidth * 16;
                caller("Partials", 4 * blocks * size * Clamp((WantedUnits + blocks - 1) / blocks, 1, problem.Batch));
            }
        }
        else if (problem.Pass == ConvolutionPass.BackwardFilter)
            AddFilterGradient(problem, algorithm.Blocking, planarInput, caller, each);
        else if (FoldedVectors(problem) is { } vectors)
            (ThreadsFor(problem, threads) == 1 ? caller : each)("FoldedRow", 4 * 16 * (problem.OutWidth * vectors + 1));
        else
            AddBand(problem, algorithm.Blocking, planarInput, pool, threads, caller, each);
    }

    // Little work is cut for fewer threads, and for one it is done by the thread that calls.
    static int ThreadsFor(ConvolutionProblem problem, int threads) => (int)Clamp(problem.MultiplyAdds / WorkPerThread, 1, threads);

    // Vectors that hold the channels of all columns of the filter; null where those of one fill them well enough.
    static long? FoldedVectors(ConvolutionProblem problem)
    {
        long vectors = BlockedLayout.Blocks(problem.InChannels * problem.KernelWidth);
        bool folds = problem.Pass == ConvolutionPass.BackwardData && problem.Window.Groups == 1 && problem.HasUnitStride && problem.KernelWidth > 1 && problem.InChannels % 16 != 0
            && vectors * problem.OutChannels * problem.KernelHeight * 16 <= MostFolded
            && 4 * vectors * problem.OutWidth <= 3 * BlockedLayout.Blocks(problem.InChannels) * problem.KernelWidth * problem.InWidth;
        return folds ? vectors : null;
    }

    static void AddTransformed(ConvolutionProblem problem, ConvolutionAlgorithm algorithm, int threads, Action<string, long> caller, Action<string, long> each)
    {
        bool backward = problem.Pass == ConvolutionPass.BackwardData;
        var (inputs, outputs) = backward ? (problem.OutChannels, problem.InChannels) : (problem.InChannels, problem.OutChannels);
        var (height, width) = backward ? (problem.InHeight, problem.InWidth) : (problem.OutHeight, problem.OutWidth);
        long size = algorithm is FourierConvolution ? FourierConvolution.TileSize(problem, backward) : algorithm.Tile + problem.KernelHeight - 1;
        long slots = algorithm is FourierConvolution ? FourierConvolution.Slots(size) : size * size;
        long stepHeight = size - problem.KernelHeight + 1, stepWidth = size - problem.KernelWidth + 1;
        long tiles = problem.Batch * ((height + stepHeight - 1) / stepHeight) * ((width + stepWidth - 1) / stepWidth);
        long inBlocks = BlockedLayout.Blocks(inputs), outBlocks = BlockedLayout.Blocks(outputs), cache = (long)algorithm.Blocking.Kilobytes << 10;
        var cut = algorithm.Blocking.Cut;
        if (problem.Pass == ConvolutionPass.BackwardFilter)
        {
            long tileBytes = slots * (inBlocks + outBlocks) * 64;
            long most = cache > 0 ? Math.Max(1, cache / tileBytes) : Clamp(GradientCacheBytes / tileBytes, LeastGradientTiles, MostGradientTiles);
            long parts = (tiles + most - 1) / most, largest = (tiles + parts - 1) / parts;
            caller("TransformedInput", 4 * slots * (inBlocks + outBlocks) * (largest | 1) * 16);
            if (parts == 1)
                each("TransformedProduct", 4 * slots * 16 * 32);
            else
                caller("TransformedProduct", 4 * slots * inputs * outBlocks * 16);
            return;
        }
        long groups = (tiles + TileRows - 1) / TileRows, inputPitch = 4 * slots * inBlocks * TileRows * 16, productPitch = 4 * slots * outBlocks * TileRows * 16;
        long perBlock = cache > 0 ? Math.Max(1, cache / (inputPitch + productPitch)) : Math.Max(CacheBytes / (inputPitch + productPitch), MinimumTiles / TileRows), blocks = (groups + perBlock - 1) / perBlock;
        if (cut == ConvolutionCut.Pixels)
            blocks = Math.Max(blocks, Math.Min(groups, threads));
        long perPart = (groups + blocks - 1) / blocks;
        if (threads == 1 || cut == ConvolutionCut.Pixels || cut == ConvolutionCut.Automatic && blocks >= 2 * threads)
        {
            each("TransformedInput", perPart * inputPitch);
            each("TransformedProduct", perPart * productPitch);
        }
        else
        {
            caller("TransformedInput", perPart * inputPitch);
            // One pair of blocks is one thread's.
            (outBlocks <= 2 ? caller : each)("TransformedProduct", perPart * 4 * slots * 2 * TileRows * 16);
        }
    }

    static void AddFilterGradient(ConvolutionProblem problem, ConvolutionBlocking blocking, bool planarInput, Action<string, long> caller, Action<string, long> each)
    {
        long channels = planarInput ? 1 : 16, planes = problem.InPerGroup / channels + (problem.InPerGroup % channels > 0 ? 1 : 0), slabs = (BlockedLayout.Blocks(problem.OutPerGroup) + 1) / 2;
        long tile = problem.KernelHeight * problem.KernelWidth * channels * 32, unitPlanes = 1, unitSlabs = 1;
        double xSize = (double)planes * problem.InHeight * problem.InWidth * channels, dySize = (double)BlockedLayout.Blocks(problem.OutPerGroup) * problem.OutHeight * problem.OutWidth * 16;
        bool splits = blocking.Cut == ConvolutionCut.Pixels || blocking.Cut == ConvolutionCut.Automatic && problem.Window.Groups * planes * slabs < LeastUnits;
        long images = splits ? problem.Batch : 1;
        while (true)
        {
            double savedDy = unitPlanes < planes ? dySize / unitPlanes : 0, savedX = unitSlabs < slabs ? xSize / unitSlabs : 0;
            long morePlanes = savedDy >= savedX ? Math.Min(planes, 2 * unitPlanes) : unitPlanes, moreSlabs = savedDy >= savedX ? unitSlabs : Math.Min(slabs, 2 * unitSlabs);
            long groups = problem.Window.Groups * ((planes + morePlanes - 1) / morePlanes) * ((slabs + moreSlabs - 1) / moreSlabs);
            if ((morePlanes, moreSlabs) == (unitPlanes, unitSlabs) || morePlanes * moreSlabs * tile > MaximumSums || groups * images < LeastUnits)
                break;
            (unitPlanes, unitSlabs) = (morePlanes, moreSlabs);
        }
        long units = problem.Window.Groups * ((planes + unitPlanes - 1) / unitPlanes) * ((slabs + unitSlabs - 1) / unitSlabs);
        long floats = unitPlanes * unitSlabs * tile;
        long parts = Clamp(Math.Min((WantedUnits + units - 1) / units, PartFloats / (units * floats)), 1, images);
        if (parts > 1)
            caller("Partials", 4 * parts * units * floats);
        else
            (problem.MultiplyAdds < WorkPerThread ? caller : each)("BlockedGradient", 4 * floats);
    }

    // An image between columns of zeros, or some rows of it.
    static void AddBand(ConvolutionProblem problem, ConvolutionBlocking blocking, bool planarInput, PoolingWindow? pool, int threads, Action<string, long> caller, Action<string, long> each)
    {
        bool transposed = problem.Pass == ConvolutionPass.BackwardData;
        var window = problem.Window;
        var (inputs, outputs) = transposed ? (problem.OutPerGroup, problem.InPerGroup) : (problem.InPerGroup, problem.OutPerGroup);
        var (inHeight, inWidth) = transposed ? (problem.OutHeight, problem.OutWidth) : (problem.InHeight, problem.InWidth);
        var (outHeight, outWidth) = transposed ? (problem.InHeight, problem.InWidth) : (problem.OutHeight, problem.OutWidth);
        long reachHeight = (problem.KernelHeight - 1) * window.DilationHeight, reachWidth = (problem.KernelWidth - 1) * window.DilationWidth;
        long phases = transposed ? window.StrideHeight : 1, step = transposed ? 1 : window.StrideHeight;
        long before = transposed ? Math.Max(0, (reachWidth - window.PadLeft) / window.StrideWidth) : window.PadLeft;
        long after = transposed
            ? Math.Max(0, (outWidth - 1 + window.PadLeft) / window.StrideWidth + 1 - inWidth)
            : Math.Max(0, (outWidth - 1) * window.StrideWidth + reachWidth - window.PadLeft + 1 - inWidth);
        if (before + after == 0 && pool is null)
            return;
        long unit = planarInput ? 1 : 16, planes = planarInput ? inputs : BlockedLayout.Blocks(inputs), width = inWidth + before + after;
        long phaseRows = (outHeight + phases - 1) / phases, rowBytes = planes * width * unit * 4 * step, imageBytes = rowBytes * phaseRows;
        bool small = BlockedLayout.Blocks(outputs) * 16 * inputs * problem.KernelHeight * problem.KernelWidth * 4 <= SmallFilterBytes;
        threads = ThreadsFor(problem, threads);
        long budget = blocking.Kilobytes > 0 ? (long)blocking.Kilobytes << 10 : small ? BandBytes : BandBytesOfLargeFilter, wanted = threads == 1 ? 1 : threads * UnitsPerThread, slabs = window.Groups * ((BlockedLayout.Blocks(outputs) + 1) / 2);
        long wantedBands = blocking.Cut switch
        {
            ConvolutionCut.Pixels => wanted,
            ConvolutionCut.Channels => 1,
            _ => small ? wanted : (wanted + slabs - 1) / slabs,
        };
        long images = Clamp(Math.Min(budget / imageBytes, problem.Batch / Math.Max(1, wantedBands)), 1, problem.Batch), imageBands = (problem.Batch + images - 1) / images;
        var pooled = pool?.Infer(new(DType.F32, new(1, 1, outHeight, outWidth))).Type is TensorType { Shape: var shape } ? shape : null;
        bool sharesRows = pool?.KernelHeight > pool?.StrideHeight;
        long cutRows = sharesRows ? pooled![2].Value : phaseRows, rowBands = wantedBands / imageBands;
        if (sharesRows && blocking.Cut == ConvolutionCut.Automatic)
        {
            long units = imageBands * window.Groups, slabGroups = Clamp((wanted + units - 1) / units, 1, slabs / window.Groups);
            rowBands = (wanted + units * slabGroups - 1) / (units * slabGroups);
        }
        long cuts = images > 1 ? 1 : Clamp(Math.Max((imageBytes + budget - 1) / budget, Math.Min(rowBands, cutRows / LeastRows)), 1, cutRows);
        long rows = (phaseRows + cuts - 1) / cuts;
        // One unit is one thread's.
        if (blocking.Cut == ConvolutionCut.Channels && imageBands * cuts * slabs == 1)
            threads = 1;
        if (pool is { } pooling)
        {
            long pooledRows = cuts == 1 || sharesRows ? (pooled![2].Value + cuts - 1) / cuts : Math.Max(1, (rows - pooling.KernelHeight) / pooling.StrideHeight + 1);
            rows = Math.Min(outHeight, (pooledRows - 1) * pooling.StrideHeight + pooling.KernelHeight);
            (threads == 1 ? caller : each)("RowMaxima", 4 * pooling.KernelHeight * pooled![3].Value * 16);
            (threads == 1 ? caller : each)("ConvolvedRows", 4 * images * 2 * rows * outWidth * 16);
            if (before + after == 0)
                return;
        }
        long reach = transposed ? reachHeight / window.StrideHeight : reachHeight;
        var asked = threads == 1 ? caller : each;
        asked("BlockedBand", 4 * images * planes * Math.Min(inHeight, (rows - 1) * step + reach + 1) * width * unit);
    }

    static long Clamp(long value, long least, long most) => Math.Max(least, Math.Min(value, Math.Max(least, most)));
}
