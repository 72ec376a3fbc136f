using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>
/// Averages over neighbouring channels of blocked images. The channels of some pixels are laid side by side between zeros, where each
/// sum is of vectors one element apart.
/// </summary>
readonly unsafe struct BlockedChannelAverage<TLanes>(nint channels, nint positions, nint size, nint before, Pointer<float> x, Pointer<float> y) : IRangeKernel
    where TLanes : struct, ILanes<TLanes, float>
{
    const int Lanes = BlockedProblem.Lanes;

    // Floats of a strip of pixels, a third of the first-level cache.
    const nint StripFloats = 1 << 12;

    // Input elements that a thread should have at least.
    const nint MinimumPerThread = 1 << 14;

    readonly nint _blocks = BlockedProblem.Blocks(channels), _stride = BlockedProblem.Blocks(channels) * Lanes + size - 1;

    nint Strip => Math.Clamp(StripFloats / _stride, 1, Math.Max(1, positions));

    nint Strips => (positions + Strip - 1) / Strip;

    public void Run(WorkerPool pool, nint images) => pool.Run(this, images * Strips, 1 + MinimumPerThread / (Strip * _stride));

    [MethodImpl(Simd.Optimised)]
    public void Run(nint begin, nint end)
    {
        nint strips = Strips, strip = Strip, blockStride = positions * Lanes;
        var pixels = Scratch.Get<float>(ScratchUse.ChannelAverages, strip * _stride);
        var count = TLanes.Splat(size);
        for (nint index = begin; index < end; index++)
        {
            nint image = index / strips, first = index % strips * strip, length = Math.Min(strip, positions - first);
            var from = x.Offset((image * _blocks * positions + first) * Lanes);
            for (nint block = 0; block < _blocks; block++)
                for (nint p = 0; p < length; p++)
                    for (nint lane = 0; lane < Lanes; lane += TLanes.Count)
                        TLanes.Store(pixels, p * _stride + before + block * Lanes + lane, TLanes.Load(from, block * blockStride + p * Lanes + lane));
            for (nint p = 0; p < length; p++)
            {
                float* pixel = (float*)pixels.Address + p * _stride;
                new Span<float>(pixel, (int)before).Clear();
                new Span<float>(pixel + before + channels, (int)(_stride - before - channels)).Clear();
            }
            var to = y.Offset((image * _blocks * positions + first) * Lanes);
            for (nint block = 0; block < _blocks; block++)
                for (nint p = 0; p < length; p++)
                    for (nint lane = 0; lane < Lanes; lane += TLanes.Count)
                    {
                        nint at = p * _stride + block * Lanes + lane;
                        var sum = TLanes.Load(pixels, at);
                        for (nint t = 1; t < size; t++)
                            sum += TLanes.Load(pixels, at + t);
                        TLanes.Store(to, block * blockStride + p * Lanes + lane, sum / count);
                    }
        }
    }
}
