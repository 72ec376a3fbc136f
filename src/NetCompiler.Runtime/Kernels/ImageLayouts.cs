using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NetCompiler.Runtime;

/// <summary>Copies images between the layouts of <see cref="ImageLayout"/>.</summary>
public static unsafe class ImageLayouts
{
    const int Lanes = BlockedProblem.Lanes;

    // Elements that a thread should have at least.
    const nint MinimumPerThread = 1 << 15;

    // The unit of work: positions of one block whose 16 planes and result share the first-level cache.
    const nint Chunk = 256;

    /// <summary>The floats of so many images in the blocked layout.</summary>
    public static nint BlockedLength(nint images, nint channels, nint positions) => images * BlockedProblem.Blocks(channels) * positions * Lanes;

    /// <summary>
    /// to [n, channels / 16 rounded up, positions, 16] = from [n, channels, positions]; lanes beyond the channels become zeros.
    /// </summary>
    public static void Block(WorkerPool pool, nint n, nint channels, nint positions, Pointer<float> from, Pointer<float> to)
    {
        nint chunks = (positions + Chunk - 1) / Chunk;
        pool.Run(new BlockKernel(channels, positions, chunks, from, to), n * BlockedProblem.Blocks(channels) * chunks, ChunksPerThread(positions));
    }

    /// <summary>to [n, channels, positions] = from [n, channels / 16 rounded up, positions, 16]; lanes beyond the channels are not read.</summary>
    public static void Unblock(WorkerPool pool, nint n, nint channels, nint positions, Pointer<float> from, Pointer<float> to)
    {
        nint chunks = (positions + Chunk - 1) / Chunk;
        pool.Run(new UnblockKernel(channels, positions, chunks, from, to), n * BlockedProblem.Blocks(channels) * chunks, ChunksPerThread(positions));
    }

    /// <summary>
    /// to [n, channels / 16 rounded up, positions, 16] = from [n, positions, channels]; lanes beyond the channels become zeros.
    /// </summary>
    public static void BlockChannelsLast(WorkerPool pool, nint n, nint channels, nint positions, Pointer<float> from, Pointer<float> to) =>
        pool.Run(new ChannelsLastKernel(channels, positions, from, to, blocks: true), n * positions, 1 + MinimumPerThread / Math.Max(1, channels));

    /// <summary>to [n, positions, channels] = from [n, channels / 16 rounded up, positions, 16]; lanes beyond the channels are not read.</summary>
    public static void UnblockChannelsLast(WorkerPool pool, nint n, nint channels, nint positions, Pointer<float> from, Pointer<float> to) =>
        pool.Run(new ChannelsLastKernel(channels, positions, to, from, blocks: false), n * positions, 1 + MinimumPerThread / Math.Max(1, channels));

    static nint ChunksPerThread(nint positions) => 1 + MinimumPerThread / (Math.Min(Chunk, Math.Max(1, positions)) * Lanes);

    // Pixels [n, positions, channels] into blocks, or out of them.
    readonly struct ChannelsLastKernel(nint channels, nint positions, Pointer<float> pixels, Pointer<float> blocked, bool blocks) : IRangeKernel
    {
        [MethodImpl(Simd.Optimised)]
        public void Run(nint begin, nint end)
        {
            nint blockStride = positions * Lanes, imageStride = BlockedProblem.Blocks(channels) * blockStride, whole = channels / Lanes, rest = channels % Lanes;
            for (nint index = begin; index < end; index++)
            {
                float* pixel = (float*)pixels.Address + index * channels, block = (float*)blocked.Address + index / positions * imageStride + index % positions * Lanes;
                for (nint i = 0; i < whole; i++, pixel += Lanes, block += blockStride)
                {
                    float* source = blocks ? pixel : block, target = blocks ? block : pixel;
                    Vector256.Store(Vector256.Load(source), target);
                    Vector256.Store(Vector256.Load(source + 8), target + 8);
                }
                if (rest == 0)
                    continue;
                if (blocks)
                    for (nint lane = 0; lane < Lanes; lane++)
                        block[lane] = lane < rest ? pixel[lane] : 0;
                else
                    for (nint lane = 0; lane < rest; lane++)
                        pixel[lane] = block[lane];
            }
        }
    }

    readonly struct BlockKernel(nint channels, nint positions, nint chunks, Pointer<float> from, Pointer<float> to) : IRangeKernel
    {
        [MethodImpl(Simd.Optimised)]
        public void Run(nint begin, nint end)
        {
            nint blocks = BlockedProblem.Blocks(channels);
            for (nint unit = begin; unit < end; unit++)
            {
                nint block = unit / chunks, position = unit % chunks * Chunk, last = Math.Min(positions, position + Chunk), first = block % blocks * Lanes;
                int lanes = (int)Math.Min(Lanes, channels - first);
                float* source = (float*)from.Address + (block / blocks * channels + first) * positions, target = (float*)to.Address + block * positions * Lanes;
                if (lanes == Lanes && Avx.IsSupported)
                    for (; position + 8 <= last; position += 8)
                    {
                        Transpose8(source + position, positions, target + position * Lanes, Lanes);
                        Transpose8(source + 8 * positions + position, positions, target + position * Lanes + 8, Lanes);
                    }
                for (; position < last; position++)
                    for (int lane = 0; lane < Lanes; lane++)
                        target[position * Lanes + lane] = lane < lanes ? source[lane * positions + position] : 0;
            }
        }
    }

    readonly struct UnblockKernel(nint channels, nint positions, nint chunks, Pointer<float> from, Pointer<float> to) : IRangeKernel
    {
        [MethodImpl(Simd.Optimised)]
        public void Run(nint begin, nint end)
        {
            nint blocks = BlockedProblem.Blocks(channels);
            for (nint unit = begin; unit < end; unit++)
            {
                nint block = unit / chunks, position = unit % chunks * Chunk, last = Math.Min(positions, position + Chunk), first = block % blocks * Lanes;
                int lanes = (int)Math.Min(Lanes, channels - first);
                float* source = (float*)from.Address + block * positions * Lanes, target = (float*)to.Address + (block / blocks * channels + first) * positions;
                if (lanes == Lanes && Avx.IsSupported)
                    for (; position + 8 <= last; position += 8)
                    {
                        Transpose8(source + position * Lanes, Lanes, target + position, positions);
                        Transpose8(source + position * Lanes + 8, Lanes, target + 8 * positions + position, positions);
                    }
                for (; position < last; position++)
                    for (int lane = 0; lane < lanes; lane++)
                        target[lane * positions + position] = source[position * Lanes + lane];
            }
        }
    }

    /// <summary>target[j, i] = source[i, j] for 8 rows and columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Transpose8(float* source, nint sourceStride, float* target, nint targetStride)
    {
        // Halves of rows 0-3 and 4-7 side by side, so that what remains are 4 by 4 transposes within 128 bits.
        var a0 = Halves(source, source + 4 * sourceStride);
        var a1 = Halves(source + sourceStride, source + 5 * sourceStride);
        var a2 = Halves(source + 2 * sourceStride, source + 6 * sourceStride);
        var a3 = Halves(source + 3 * sourceStride, source + 7 * sourceStride);
        Transpose4(a0, a1, a2, a3, target, targetStride);
        a0 = Halves(source + 4, source + 4 * sourceStride + 4);
        a1 = Halves(source + sourceStride + 4, source + 5 * sourceStride + 4);
        a2 = Halves(source + 2 * sourceStride + 4, source + 6 * sourceStride + 4);
        a3 = Halves(source + 3 * sourceStride + 4, source + 7 * sourceStride + 4);
        Transpose4(a0, a1, a2, a3, target + 4 * targetStride, targetStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Halves(float* low, float* high) => Vector256.Create(Vector128.Load(low), Vector128.Load(high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Transpose4(Vector256<float> a0, Vector256<float> a1, Vector256<float> a2, Vector256<float> a3, float* target, nint stride)
    {
        var b0 = Avx.UnpackLow(a0, a1).AsDouble();
        var b1 = Avx.UnpackLow(a2, a3).AsDouble();
        var b2 = Avx.UnpackHigh(a0, a1).AsDouble();
        var b3 = Avx.UnpackHigh(a2, a3).AsDouble();
        Avx.UnpackLow(b0, b1).AsSingle().Store(target);
        Avx.UnpackHigh(b0, b1).AsSingle().Store(target + stride);
        Avx.UnpackLow(b2, b3).AsSingle().Store(target + 2 * stride);
        Avx.UnpackHigh(b2, b3).AsSingle().Store(target + 3 * stride);
    }
}
