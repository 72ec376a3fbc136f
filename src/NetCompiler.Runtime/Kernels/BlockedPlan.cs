namespace NetCompiler.Runtime;

/// <summary>
/// How a <see cref="BlockedProblem"/> is cut: bands of images or of the rows of one image, whose input stays in the second-level cache while some
/// slabs of output channels are computed. What is cut decides no bit of the result.
/// </summary>
readonly struct BlockedPlan
{
    // Input of a band that leaves room for weights that all fit as well, or for one slab of many at a time.
    const nint BandBytes = 3 << 17, BandBytesOfLargeFilter = 1 << 19;
    const nint SmallFilterBytes = 3 << 18;

    // More units than threads, so that a slow thread costs a fraction of its share.
    const nint UnitsPerThread = 4;

    // Bands of fewer rows copy too many twice.
    const nint LeastRows = 4;

    readonly nint _pooledStep, _pooledOffset, _pooledSpan;

    /// <param name="problem">The convolution.</param>
    /// <param name="threads">Threads that share it.</param>
    /// <param name="blocking">What to choose otherwise than by the sizes.</param>
    /// <param name="pooling">What its result is pooled by, so that bands hold whole windows; the default for nothing.</param>
    public BlockedPlan(in BlockedProblem problem, int threads, ConvolutionBlocking blocking = default, in PoolingShape pooling = default)
    {
        nint phaseRows = (problem.OutHeight + problem.RowPhases - 1) / problem.RowPhases;
        var axis = problem.Rows(0);
        nint rowBytes = Math.Max(1, problem.Planes * (problem.InWidth + problem.Before + problem.After) * problem.Unit * sizeof(float) * axis.InputStep);
        nint imageBytes = rowBytes * Math.Max(1, phaseRows);
        bool small = problem.FilterLength * sizeof(float) <= SmallFilterBytes;
        nint budget = blocking.Kilobytes > 0 ? (nint)blocking.Kilobytes << 10 : small ? BandBytes : BandBytesOfLargeFilter, wanted = threads == 1 ? 1 : threads * UnitsPerThread;
        nint slabs = problem.Groups * problem.Slabs, bands;

        // Weights that stay in the cache are cheap to read again: then more bands rather than fewer slabs at a time.
        nint wantedBands = blocking.Cut switch
        {
            ConvolutionCut.Pixels => wanted,
            ConvolutionCut.Channels => 1,
            _ => small ? wanted : (wanted + slabs - 1) / Math.Max(1, slabs),
        };
        Images = Math.Clamp(Math.Min(budget / imageBytes, problem.Batch / Math.Max(1, wantedBands)), 1, Math.Max(1, problem.Batch));
        nint imageBands = (problem.Batch + Images - 1) / Images, cuts = 1;
        if (Images == 1)
        {
            nint rowBands = wantedBands / Math.Max(1, imageBands), rows = pooling.SharesRows ? pooling.OutHeight : phaseRows;
            if (pooling.SharesRows && blocking.Cut == ConvolutionCut.Automatic)
            {
                // Rows that two bands share are computed twice: then slabs are divided first.
                nint units = Math.Max(1, imageBands * problem.Groups), slabGroups = Math.Clamp((wanted + units - 1) / units, 1, Math.Max(1, problem.Slabs));
                rowBands = (wanted + units * slabGroups - 1) / (units * slabGroups);
            }
            cuts = Math.Max((imageBytes + budget - 1) / budget, Math.Min(rowBands, rows / LeastRows));
            cuts = Math.Clamp(cuts, 1, Math.Max(1, rows));
        }
        Rows = Math.Max(1, (phaseRows + cuts - 1) / cuts);
        RowBands = (phaseRows + Rows - 1) / Rows;
        if (pooling.IsPooled)
        {
            PooledRows = cuts == 1 || pooling.SharesRows ? (pooling.OutHeight + cuts - 1) / cuts : Math.Max(1, (Rows - pooling.ReachHeight) / pooling.StrideHeight + 1);
            RowBands = (pooling.OutHeight + PooledRows - 1) / PooledRows;
            (_pooledStep, _pooledOffset) = (PooledRows * pooling.StrideHeight, -pooling.PadTop);
            _pooledSpan = (PooledRows - 1) * pooling.StrideHeight + pooling.ReachHeight;
            Rows = Math.Min(problem.OutHeight, _pooledSpan);
        }
        ImageBands = imageBands;
        bands = Math.Max(1, imageBands * RowBands);
        nint wantedUnits = blocking.Cut switch { ConvolutionCut.Pixels => 1, ConvolutionCut.Channels => wanted * bands, _ => wanted };
        SlabGroups = Math.Clamp((wantedUnits + bands * problem.Groups - 1) / (bands * problem.Groups), 1, Math.Max(1, problem.Slabs));

        nint least = 0, greatest = 0;
        for (nint a = 0; a < problem.RowPhases; a++)
        {
            var rows = problem.Rows(a);
            least = Math.Min(least, rows.Least);
            greatest = Math.Max(greatest, rows.Greatest);
        }
        (Least, Greatest, InputStep) = (least, greatest, axis.InputStep);
        Width = problem.InWidth + problem.Before + problem.After;
        BandHeight = problem.IsPadded ? Math.Min(problem.InHeight, (Rows - 1) * InputStep + greatest - least + 1) : problem.InHeight;
    }

    /// <summary>Images of a band; only one if it is cut by rows.</summary>
    public nint Images { get; }

    public nint ImageBands { get; }

    /// <summary>Output rows, of each phase, of a band.</summary>
    public nint Rows { get; }

    public nint RowBands { get; }

    /// <summary>Rows of windows of a band; 0 if nothing is pooled.</summary>
    public nint PooledRows { get; }

    /// <summary>The output rows, of each phase, of a band: those that its windows hold, some of them the next band's too.</summary>
    public (nint First, nint End) OutputRows(in BlockedProblem problem, nint band)
    {
        if (PooledRows == 0)
            return (band * Rows, band * Rows + Rows);
        nint first = band * _pooledStep + _pooledOffset;
        return (Math.Max(0, first), Math.Min(problem.OutHeight, first + _pooledSpan));
    }

    public nint SlabGroups { get; }

    /// <summary>Rows of a band's input in memory.</summary>
    public nint BandHeight { get; }

    /// <summary>Columns of a band's input in memory.</summary>
    public nint Width { get; }

    nint Least { get; }

    nint Greatest { get; }

    nint InputStep { get; }

    /// <summary>The input rows that output rows <paramref name="first"/> to <paramref name="end"/> read.</summary>
    public (nint First, nint End) InputRows(in BlockedProblem problem, nint first, nint end)
    {
        nint top = Math.Clamp(first * InputStep + Least, 0, problem.InHeight);
        return (top, Math.Clamp((end - 1) * InputStep + Greatest + 1, top, problem.InHeight));
    }
}
