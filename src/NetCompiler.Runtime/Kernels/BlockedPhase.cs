namespace NetCompiler.Runtime;

/// <summary>The columns of one phase of a <see cref="BlockedProblem"/>, with where its weights and runs begin.</summary>
struct BlockedPhase
{
    public BlockedAxis Columns;

    /// <summary>Row taps of the phase.</summary>
    public nint RowTaps;

    /// <summary>Floats before its weights in the packed filter of a group.</summary>
    public nint Weights;

    /// <summary>Steps of the sum of one output.</summary>
    public nint Depth;

    /// <summary>Runs before its own.</summary>
    public nint FirstRun;
}

/// <summary>The phases of a problem, and the runs of each: of every cut, row tap, block of channels and column tap, in this order.</summary>
readonly unsafe struct BlockedPhases
{
    readonly Pointer<BlockedPhase> _phases;
    readonly Pointer<BlockedRun> _runs;

    /// <summary>Fills tables of the calling thread; they last until its next call.</summary>
    public BlockedPhases(in BlockedProblem problem, in BlockedPlan plan)
    {
        nint blocks = problem.IsNarrow ? problem.Channels : BlockedProblem.Blocks(problem.Channels), runs = 0, weights = 0;
        _phases = Scratch.Get<BlockedPhase>(ScratchUse.BlockedPhases, problem.RowPhases * problem.ColumnPhases);
        for (nint a = 0; a < problem.RowPhases; a++)
            for (nint b = 0; b < problem.ColumnPhases; b++)
            {
                BlockedAxis rows = problem.Rows(a), columns = problem.Columns(b);
                nint depth = rows.Taps * columns.Taps * problem.Channels;
                _phases[a * problem.ColumnPhases + b] = new() { Columns = columns, RowTaps = rows.Taps, Weights = weights, Depth = depth, FirstRun = runs };
                weights += depth * problem.OutputBlocks * BlockedProblem.Lanes;
                runs += rows.Taps * blocks * (problem.IsNarrow ? 1 : columns.Taps);
            }

        _runs = Scratch.Get<BlockedRun>(ScratchUse.BlockedRuns, runs);
        nint next = 0, pitch = plan.Width * problem.Unit, plane = plan.BandHeight * pitch;
        for (nint a = 0; a < problem.RowPhases; a++)
            for (nint b = 0; b < problem.ColumnPhases; b++)
            {
                BlockedAxis rows = problem.Rows(a), columns = problem.Columns(b);
                for (nint cut = 0; cut < blocks; cut += problem.IsNarrow ? blocks : problem.BlocksPerCut)
                    for (nint u = 0; u < rows.Taps; u++)
                    {
                        nint row = (rows.Offset + u * rows.OffsetStep) * pitch + (columns.Offset + problem.Before) * problem.Unit;
                        if (problem.IsNarrow)
                        {
                            for (nint channel = 0; channel < blocks; channel++)
                                _runs[next++] = new((int)(row + channel * (problem.Layout == ImageLayout.Planar ? plane : 1)), (int)columns.Taps);
                            continue;
                        }
                        for (nint block = cut; block < Math.Min(blocks, cut + problem.BlocksPerCut); block++)
                            for (nint v = 0; v < columns.Taps; v++)
                                _runs[next++] = new(
                                    (int)(row + block * plane + v * columns.OffsetStep * problem.Unit),
                                    (int)Math.Min(BlockedProblem.Lanes, problem.Channels - block * BlockedProblem.Lanes));
                    }
            }
    }

    public ref BlockedPhase this[nint index] => ref _phases[index];

    public BlockedRun* Runs(nint first) => (BlockedRun*)_runs.Offset(first).Address;
}
