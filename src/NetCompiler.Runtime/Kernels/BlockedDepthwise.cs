using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>
/// Convolutions of each channel by itself, in blocked layout: lanes are channels, so a tap is a multiplication of vectors. Filters are
/// packed as [channels / 16 rounded up, KH · KW, 16] for both directions.
/// </summary>
readonly unsafe struct BlockedDepthwise<TOperations, TVector, TEpilogue>(
    BlockedProblem problem, Pointer<float> x, Pointer<float> packed, Pointer<float> y, TEpilogue epilogue) : IRangeKernel
    where TOperations : struct, ITileOperations<TVector, float>
    where TVector : struct
    where TEpilogue : struct, ITileEpilogue
{
    const int Lanes = BlockedProblem.Lanes;

    // Accumulators that hide the latency of their multiply-adds.
    const int TilePixels = 8;

    public static void Run(WorkerPool pool, in BlockedProblem problem, Pointer<float> x, Pointer<float> packed, Pointer<float> y, in TEpilogue epilogue)
    {
        const nint workPerThread = 1 << 17;
        nint planes = problem.Batch * BlockedProblem.Blocks(problem.Groups), rows = planes * problem.OutHeight;
        pool.Run(
            new BlockedDepthwise<TOperations, TVector, TEpilogue>(problem, x, packed, y, epilogue), rows,
            1 + workPerThread / Math.Max(1, problem.OutWidth * problem.KernelTaps * Lanes));
    }

    // Indices are the rows of all output planes.
    public void Run(nint begin, nint end)
    {
        nint blocks = BlockedProblem.Blocks(problem.Groups), pitch = problem.InWidth * Lanes;
        for (nint index = begin; index < end; index++)
        {
            nint plane = index / problem.OutHeight, row = index % problem.OutHeight;
            var rows = problem.Rows(row % problem.RowPhases);
            row /= problem.RowPhases;
            var (first, last) = rows.Inside(row);
            float* source = (float*)x.Address + (plane * problem.InHeight + row * rows.InputStep + rows.Offset) * pitch;
            float* weights = (float*)packed.Address + plane % blocks * problem.KernelTaps * Lanes;
            float* target = (float*)y.Address + index * problem.OutWidth * Lanes;
            for (nint b = 0; b < problem.ColumnPhases; b++)
            {
                var columns = problem.Columns(b);
                nint inside = 0, outside = columns.Positions;
                for (nint v = 0; v < columns.Taps; v++)
                {
                    var (reached, reachedEnd) = columns.Reached(v);
                    (inside, outside) = (Math.Max(inside, reached), Math.Min(outside, reachedEnd));
                }
                outside = Math.Max(inside, outside);
                var taps = new Taps(rows, columns, first, last, pitch, problem.KernelWidth);
                for (int lane = 0; lane < Lanes; lane += TOperations.Lanes)
                {
                    for (nint j = 0; j < columns.Positions; j++)
                    {
                        float* at = source + j * columns.InputStep * Lanes + lane, to = target + (columns.OutputFirst + j * columns.OutputStep) * Lanes + lane;
                        if (j >= inside && j + TilePixels <= outside)
                        {
                            Pixels(taps, columns.InputStep * Lanes, at, weights + lane, to, columns.OutputStep * Lanes);
                            j += TilePixels - 1;
                            continue;
                        }
                        Pixel(taps, columns.Inside(j), at, weights + lane, to);
                    }
                }
            }
            if (!TEpilogue.IsNone)
                epilogue.Run(index * problem.OutWidth, problem.OutWidth, 0, Lanes);
        }
    }

    // The taps of a row, as offsets in floats.
    readonly struct Taps(BlockedAxis rows, BlockedAxis columns, nint first, nint end, nint pitch, nint kernelWidth)
    {
        public nint FirstRow { get; } = first;

        public nint EndRow { get; } = end;

        public nint Columns { get; } = columns.Taps;

        public nint RowStep { get; } = rows.OffsetStep * pitch;

        public nint ColumnOffset { get; } = columns.Offset * Lanes;

        public nint ColumnStep { get; } = columns.OffsetStep * Lanes;

        public nint FirstWeight { get; } = (rows.FirstTap * kernelWidth + columns.FirstTap) * Lanes;

        public nint WeightRowStep { get; } = rows.TapStep * kernelWidth * Lanes;

        public nint WeightStep { get; } = columns.TapStep * Lanes;
    }

    [MethodImpl(Simd.Optimised)]
    static void Pixel(in Taps taps, (nint First, nint End) columns, float* source, float* weights, float* target)
    {
        TVector sum = default;
        for (nint u = taps.FirstRow; u < taps.EndRow; u++)
            for (nint v = columns.First; v < columns.End; v++)
                sum = TOperations.MultiplyAdd(
                    TOperations.Load(source + u * taps.RowStep + taps.ColumnOffset + v * taps.ColumnStep),
                    TOperations.Load(weights + taps.FirstWeight + u * taps.WeightRowStep + v * taps.WeightStep), sum);
        TOperations.Store(target, sum);
    }

    [MethodImpl(Simd.Optimised)]
    static void Pixels(in Taps taps, nint stride, float* source, float* weights, float* target, nint targetStride)
    {
        TVector s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        for (nint u = taps.FirstRow; u < taps.EndRow; u++)
        {
            float* at = source + u * taps.RowStep + taps.ColumnOffset, weight = weights + taps.FirstWeight + u * taps.WeightRowStep;
            for (nint v = taps.Columns; v > 0; v--)
            {
                var w = TOperations.Load(weight);
                float* far = at + 4 * stride;
                s0 = TOperations.MultiplyAdd(TOperations.Load(at), w, s0);
                s1 = TOperations.MultiplyAdd(TOperations.Load(at + stride), w, s1);
                s2 = TOperations.MultiplyAdd(TOperations.Load(at + 2 * stride), w, s2);
                s3 = TOperations.MultiplyAdd(TOperations.Load(at + 3 * stride), w, s3);
                s4 = TOperations.MultiplyAdd(TOperations.Load(far), w, s4);
                s5 = TOperations.MultiplyAdd(TOperations.Load(far + stride), w, s5);
                s6 = TOperations.MultiplyAdd(TOperations.Load(far + 2 * stride), w, s6);
                s7 = TOperations.MultiplyAdd(TOperations.Load(far + 3 * stride), w, s7);
                at += taps.ColumnStep;
                weight += taps.WeightStep;
            }
        }
        TOperations.Store(target, s0);
        TOperations.Store(target + targetStride, s1);
        TOperations.Store(target + 2 * targetStride, s2);
        TOperations.Store(target + 3 * targetStride, s3);
        TOperations.Store(target + 4 * targetStride, s4);
        TOperations.Store(target + 5 * targetStride, s5);
        TOperations.Store(target + 6 * targetStride, s6);
        TOperations.Store(target + 7 * targetStride, s7);
    }
}
