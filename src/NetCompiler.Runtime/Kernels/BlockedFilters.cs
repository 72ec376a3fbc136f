using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NetCompiler.Runtime;

/// <summary>
/// Packs filters in the order in which the tiles read them: [group, row phase, column phase, slab of 32 outputs, cut, row tap, block of
/// channels, column tap, channel, output]. For few channels the column tap comes after the channel. Outputs that do not exist are zeros.
/// </summary>
readonly unsafe struct BlockedFilters(BlockedProblem problem, Pointer<float> w, Pointer<float> packed) : IRangeKernel
{
    public void Run(WorkerPool pool)
    {
        nint slabs = problem.Groups * problem.Slabs;
        pool.Run(this, slabs, 1 + (1 << 14) / Math.Max(1, problem.FilterLength / Math.Max(1, problem.Slabs)));
    }

    public void Run(nint begin, nint end)
    {
        for (nint unit = begin; unit < end; unit++)
        {
            nint group = unit / problem.Slabs, slab = unit % problem.Slabs, phaseStart = group * problem.FilterLength;
            nint width = Math.Min(2, problem.OutputBlocks - 2 * slab) * BlockedProblem.Lanes;
            for (nint a = 0; a < problem.RowPhases; a++)
                for (nint b = 0; b < problem.ColumnPhases; b++)
                {
                    BlockedAxis rows = problem.Rows(a), columns = problem.Columns(b);
                    nint depth = rows.Taps * columns.Taps * problem.Channels;
                    Pack(group, slab, width, rows, columns, (float*)packed.Offset(phaseStart + slab * BlockedProblem.SlabChannels * depth).Address);
                    phaseStart += depth * problem.OutputBlocks * BlockedProblem.Lanes;
                }
        }
    }

    // It runs once for each filter, and its loops are long.
    [MethodImpl(Simd.Optimised)]
    void Pack(nint group, nint slab, nint width, in BlockedAxis rows, in BlockedAxis columns, float* target)
    {
        nint first = slab * BlockedProblem.SlabChannels, count = Math.Min(width, problem.Outputs - first), perCut = problem.BlocksPerCut * BlockedProblem.Lanes;
        nint stride = problem.FilterIndex(group, 1, 0, 0, 0) - problem.FilterIndex(group, 0, 0, 0, 0);
        nint channelStride = problem.FilterIndex(group, 0, 1, 0, 0) - problem.FilterIndex(group, 0, 0, 0, 0);
        float* source = (float*)w.Address, taps = (float*)Scratch.Get<float>(ScratchUse.PackedFilter, problem.KernelTaps * width).Address;
        for (nint cut = 0; cut < problem.Channels; cut += perCut)
        {
            nint cutEnd = Math.Min(problem.Channels, cut + perCut), cutChannels = cutEnd - cut;
            for (nint block = cut; block < cutEnd; block += BlockedProblem.Lanes)
            {
                nint blockEnd = Math.Min(cutEnd, block + BlockedProblem.Lanes), channels = blockEnd - block;
                if (problem.KernelTaps == 1 && columns.Taps * rows.Taps == 1)
                {
                    PackMatrix(source + problem.FilterIndex(group, first, block, 0, 0), stride, channelStride, target + (block - cut) * width, channels, count, width);
                    continue;
                }
                float* blockTarget = target + (block - cut) * columns.Taps * width;
                nint rowStep = cutChannels * columns.Taps * width;
                if (problem.RowPhases * problem.ColumnPhases > 1)
                {
                    // A phase reads few of the taps.
                    for (nint u = 0; u < rows.Taps; u++)
                        for (nint v = 0; v < columns.Taps; v++)
                        {
                            float* from = source + problem.FilterIndex(group, first, block, rows.FirstTap + u * rows.TapStep, columns.FirstTap + v * columns.TapStep);
                            for (nint channel = 0; channel < channels; channel++)
                                PackStep(from + channel * channelStride, stride, blockTarget + u * rowStep + (v * channels + channel) * width, count, width);
                        }
                    continue;
                }
                for (nint channel = block; channel < blockEnd; channel++)
                {
                    // The taps of a channel lie side by side, for each output far from the next; what the tiles read are rows of outputs.
                    PackMatrix(source + problem.FilterIndex(group, first, channel, 0, 0), stride, 1, taps, problem.KernelTaps, count, width);
                    for (nint u = 0; u < rows.Taps; u++)
                        for (nint v = 0; v < columns.Taps; v++)
                        {
                            nint step = problem.IsNarrow ? (channel - block) * columns.Taps + v : v * channels + channel - block;
                            nint tap = (rows.FirstTap + u * rows.TapStep) * problem.KernelWidth + columns.FirstTap + v * columns.TapStep;
                            CopyStep(taps + tap * width, blockTarget + u * rowStep + step * width, width);
                        }
                }
            }
            target += rows.Taps * columns.Taps * cutChannels * width;
        }
    }

    static void CopyStep(float* source, float* target, nint width)
    {
        for (nint i = 0; i < width; i += 8)
            Vector256.Store(Vector256.Load(source + i), target + i);
    }

    // Matrices are copied or transposed: element by element, rows a power of two apart would evict each other from the cache.
    [MethodImpl(Simd.Optimised)]
    internal static void PackMatrix(float* source, nint stride, nint channelStride, float* target, nint channels, nint count, nint width)
    {
        nint done = 0;
        if (stride != 1 && channelStride == 1 && Avx.IsSupported)
            for (; done + 8 <= channels; done += 8)
            {
                nint o = 0;
                for (; o + 8 <= count; o += 8)
                    ImageLayouts.Transpose8(source + o * stride + done, stride, target + done * width + o, width);
                for (nint channel = done; channel < done + 8; channel++)
                    PackStep(source + o * stride + channel, stride, target + channel * width + o, count - o, width - o);
            }
        for (; done < channels; done++)
            PackStep(source + done * channelStride, stride, target + done * width, count, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void PackStep(float* source, nint stride, float* target, nint count, nint width)
    {
        nint o = 0;
        if (stride == 1)
        {
            new Span<float>(source, (int)count).CopyTo(new Span<float>(target, (int)width));
            o = count;
        }
        for (; o < count; o++)
            target[o] = source[o * stride];
        for (; o < width; o++)
            target[o] = 0;
    }
}
