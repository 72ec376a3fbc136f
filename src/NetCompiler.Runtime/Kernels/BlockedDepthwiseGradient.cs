using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>
/// The gradient of depthwise filters in blocked layout. Parts of the batch, cut by sizes alone, are added in order, so the bits do not
/// depend on threads.
/// </summary>
readonly unsafe struct BlockedDepthwiseGradient<TOperations, TVector>(
    BlockedProblem problem, nint parts, Pointer<float> x, Pointer<float> dy, Pointer<float> partial) : IRangeKernel
    where TOperations : struct, ITileOperations<TVector, float>
    where TVector : struct
{
    const int Lanes = BlockedProblem.Lanes;

    // Units and parts together, so that many threads find work.
    const nint WantedUnits = 16;

    // Taps of a filter's row that are summed together.
    const int TilePixels = 4;

    public static void Run(WorkerPool pool, in BlockedProblem problem, Pointer<float> x, Pointer<float> dy, Pointer<float> dw)
    {
        nint blocks = BlockedProblem.Blocks(problem.Groups), size = problem.KernelTaps * Lanes;
        nint parts = Math.Clamp((WantedUnits + blocks - 1) / blocks, 1, Math.Max(1, problem.Batch));
        var partial = Scratch.Get<float>(ScratchUse.Partials, parts * blocks * size);
        pool.Run(new BlockedDepthwiseGradient<TOperations, TVector>(problem, parts, x, dy, partial), parts * blocks, 1);
        for (nint channel = 0; channel < problem.Groups; channel++)
            for (nint tap = 0; tap < problem.KernelTaps; tap++)
            {
                nint at = channel / Lanes * size + tap * Lanes + channel % Lanes;
                float sum = partial[at];
                for (nint part = 1; part < parts; part++)
                    sum += partial[part * blocks * size + at];
                dw[channel * problem.KernelTaps + tap] = sum;
            }
    }

    public void Run(nint begin, nint end)
    {
        nint blocks = BlockedProblem.Blocks(problem.Groups), size = problem.KernelTaps * Lanes, pitch = problem.InWidth * Lanes;
        BlockedAxis rows = problem.Rows(0), columns = problem.Columns(0);
        for (nint unit = begin; unit < end; unit++)
        {
            nint part = unit / blocks, block = unit % blocks;
            float* sums = (float*)partial.Address + unit * size;
            Placement.Clear(new Pointer<float>((nint)sums), size);
            for (nint image = problem.Batch * part / parts; image < problem.Batch * (part + 1) / parts; image++)
            {
                nint plane = image * blocks + block;
                for (nint u = 0; u < rows.Taps; u++)
                {
                    var (top, bottom) = rows.Reached(u);
                    if (top >= bottom)
                        continue;
                    float* rowX = (float*)x.Address + (plane * problem.InHeight + top * rows.InputStep + rows.Offset + u * rows.OffsetStep) * pitch;
                    float* rowDy = (float*)dy.Address + (plane * problem.OutHeight + top) * problem.OutWidth * Lanes;
                    for (nint v = 0; v < columns.Taps; v++)
                    {
                        var (left, right) = columns.Reached(v);
                        if (left < right)
                            for (int lane = 0; lane < Lanes; lane += TOperations.Lanes)
                                SumTap(
                                    rowX + (left * columns.InputStep + columns.Offset + v * columns.OffsetStep) * Lanes + lane, columns.InputStep * Lanes, rows.InputStep * pitch,
                                    rowDy + left * Lanes + lane, problem.OutWidth * Lanes, bottom - top, right - left, sums + (u * columns.Taps + v) * Lanes + lane);
                    }
                }
            }
        }
    }

    // Four sums, one for each column modulo 4, hide the latency of their multiply-adds.
    [MethodImpl(Simd.Optimised)]
    static void SumTap(float* x, nint stride, nint xRow, float* dy, nint dyRow, nint rows, nint columns, float* sums)
    {
        TVector s0 = TOperations.Load(sums), s1 = default, s2 = default, s3 = default;
        for (nint row = 0; row < rows; row++, x += xRow, dy += dyRow)
        {
            float* a = x, d = dy;
            nint column = columns;
            for (; column >= TilePixels; column -= TilePixels)
            {
                s0 = TOperations.MultiplyAdd(TOperations.Load(a), TOperations.Load(d), s0);
                s1 = TOperations.MultiplyAdd(TOperations.Load(a + stride), TOperations.Load(d + Lanes), s1);
                s2 = TOperations.MultiplyAdd(TOperations.Load(a + 2 * stride), TOperations.Load(d + 2 * Lanes), s2);
                s3 = TOperations.MultiplyAdd(TOperations.Load(a + 3 * stride), TOperations.Load(d + 3 * Lanes), s3);
                a += TilePixels * stride;
                d += TilePixels * Lanes;
            }
            for (; column > 0; column--, a += stride, d += Lanes)
                s0 = TOperations.MultiplyAdd(TOperations.Load(a), TOperations.Load(d), s0);
        }
        TOperations.Store(sums, TOperations.Add(TOperations.Add(s0, s1), TOperations.Add(s2, s3)));
    }
}
