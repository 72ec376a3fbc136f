namespace NetCompiler.Runtime;

/// <summary>
/// The input of some images, or of some rows of one: in place, or copied between columns of zeros. Rows of zeros are not needed: the taps
/// that would read them are left out of the sum.
/// </summary>
readonly unsafe struct BlockedBand
{
    /// <summary>Numbers the convolutions of this process, so that a thread knows which band it has already copied.</summary>
    public static long Calls;

    [ThreadStatic]
    static (long Call, nint Group, nint Image, nint FirstRow, nint EndRow) _copied;

    readonly float* _origin;
    readonly nint _imageStride, _pitch;

    public BlockedBand(in BlockedProblem problem, in BlockedPlan plan, long call, Pointer<float> x, nint group, nint firstImage, nint firstRow, nint endRow)
    {
        (FirstImage, EndImage) = (firstImage, Math.Min(problem.Batch, firstImage + plan.Images));
        (FirstRow, EndRow) = (firstRow, endRow);
        nint inputRow = problem.InWidth * problem.Unit, plane = problem.InHeight * inputRow, groupStride = problem.Planes * plane, sourceStride = problem.Groups * groupStride;
        float* source = (float*)x.Address + FirstImage * sourceStride + group * groupStride;
        _pitch = plan.Width * problem.Unit;
        if (!problem.IsPadded)
        {
            _origin = source;
            _imageStride = sourceStride;
            return;
        }

        var (top, end) = plan.InputRows(problem, FirstRow, EndRow);
        nint bandPlane = plan.BandHeight * _pitch;
        _imageStride = problem.Planes * bandPlane;
        float* target = (float*)Scratch.Get<float>(ScratchUse.BlockedBand, plan.Images * _imageStride).Address;
        _origin = target - top * _pitch;
        if (_copied == (call, group, firstImage, firstRow, endRow))
            return;
        nint before = problem.Before * problem.Unit, after = problem.After * problem.Unit;
        for (nint image = FirstImage; image < EndImage; image++, source += sourceStride, target += _imageStride)
            for (nint p = 0; p < problem.Planes; p++)
                for (nint row = top; row < end; row++)
                {
                    float* to = target + p * bandPlane + (row - top) * _pitch;
                    new Span<float>(to, (int)before).Clear();
                    new Span<float>(source + p * plane + row * inputRow, (int)inputRow).CopyTo(new Span<float>(to + before, (int)inputRow));
                    new Span<float>(to + before + inputRow, (int)after).Clear();
                }
        _copied = (call, group, firstImage, firstRow, endRow);
    }

    public nint FirstImage { get; }

    public nint EndImage { get; }

    /// <summary>The first output row, of each phase.</summary>
    public nint FirstRow { get; }

    public nint EndRow { get; }

    /// <summary>Where input row <paramref name="row"/> of the first plane is, or would be: it may lie outside.</summary>
    public float* Row(in BlockedProblem problem, nint image, nint row) => _origin + (image - FirstImage) * _imageStride + row * _pitch;
}
