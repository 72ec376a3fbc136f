using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>
/// The gradient of a convolution's filters by transformed tiles, in blocked layout. It is a sum over tiles of convolutions in which a tile of dy
/// is the filter and the filter's gradient the result; its transforms are summed, and transformed back once.
/// </summary>
/// <remarks>
/// Transformed input is [InBlocks, slots, tiles, 16], transformed dy [pairs of OutBlocks, slots, tiles, 32], of a last single block [slots, tiles, 16], sums
/// [slots, InChannels, OutBlocks · 16] or, where all tiles are summed at once, [slots, 16, 32] of a thread. The tiles of a sum are added in order by one thread at a time: results do not depend on threads or blocks.
/// </remarks>
static unsafe class TransformedFilterGradient<TTransform, TOperations, TVector>
    where TTransform : struct, ITileTransform
    where TOperations : struct, ITileOperations<TVector, float>
    where TVector : struct
{
    // The L2 caches of two cores, less what sums need.
    const nint CacheBytes = 2400 << 10;

    // Sums of fewer tiles at a time cost more than reading tiles from the L3 cache.
    const nint MinimumTiles = 128, MaximumTiles = 512;

    /// <summary>dw [O, C, KH, KW] of a transform whose filters are tiles of dy; steps of <paramref name="shape"/> are their sizes.</summary>
    public static void Run(WorkerPool pool, in TTransform transform, in TransformedShape shape, float* x, float* dy, float* dw, ConvolutionBlocking blocking)
    {
        nint tiles = shape.Tiles, taps = transform.StepHeight * transform.StepWidth;
        if (tiles == 0 || shape.InChannels == 0)
        {
            for (nint i = 0; i < shape.OutChannels * shape.InChannels * taps; i++)
                dw[i] = 0;
            return;
        }

        nint tileBytes = transform.Slots * (shape.InBlocks + shape.OutBlocks) * 64;
        nint most = blocking.Kilobytes > 0 ? Math.Max(1, ((nint)blocking.Kilobytes << 10) / tileBytes) : Math.Clamp(CacheBytes / tileBytes, MinimumTiles, MaximumTiles);
        nint blocks = (tiles + most - 1) / most, largest = (tiles + blocks - 1) / blocks;
        // An odd number, lest all slots of a tile fall into one set of the cache.
        nint pitch = largest | 1, inputLength = transform.Slots * shape.InBlocks * pitch * 16;
        var inputs = (float*)Scratch.Get<float>(ScratchUse.TransformedInput, inputLength + transform.Slots * shape.OutBlocks * pitch * 16).Address;
        var work = new Work(transform, shape, pitch, x, dy, inputs, inputs + inputLength);
        if (blocks == 1)
        {
            // Sums are complete at once, so those of 16 by 32 channels are transformed back while they are in the cache.
            pool.Run(new TransformKernel(work, 0, tiles), tiles * (shape.InBlocks + shape.OutBlocks), 1);
            pool.Run(new DirectKernel(work, tiles, dw), (shape.OutBlocks + 1) / 2 * shape.InBlocks, 1);
            return;
        }
        var sums = (float*)Scratch.Get<float>(ScratchUse.TransformedProduct, transform.Slots * shape.InChannels * shape.OutBlocks * 16).Address;
        for (nint block = 0; block < blocks; block++)
        {
            nint first = block * tiles / blocks, count = (block + 1) * tiles / blocks - first;
            pool.Run(new TransformKernel(work, first, count), count * (shape.InBlocks + shape.OutBlocks), 1);
            pool.Run(new ProductKernel(work, count, sums, accumulate: block > 0), transform.Slots * ((shape.OutBlocks + 1) / 2), 1);
        }
        pool.Run(new FinishKernel(work, sums, dw), shape.OutBlocks * shape.InChannels, 16);
    }

    readonly struct Work(TTransform transform, TransformedShape shape, nint pitch, float* x, float* dy, float* inputs, float* gradients)
    {
        public TransformedShape Shape => shape;

        public nint Slots => transform.Slots;

        [MethodImpl(Simd.Optimised)]
        public void Input(nint block, nint tile, nint index)
        {
            nint extent = transform.Extent, rowStride = shape.InWidth * 16;
            var scratch = (float*)Scratch.Get<float>(ScratchUse.TransformTile, transform.ScratchLength + extent * extent * 16).Address;
            var place = new TilePlace(shape, tile);
            nint top = place.Top - shape.PadTop, left = place.Left - shape.PadLeft;
            float* image = x + (place.Image * shape.InBlocks + block) * shape.InHeight * rowStride;
            float* target = inputs + (block * transform.Slots * pitch + index) * 16;
            if (top >= 0 && left >= 0 && top + extent <= shape.InHeight && left + extent <= shape.InWidth)
            {
                transform.Input<TOperations, TVector>(image + top * rowStride + left * 16, rowStride, target, pitch * 16, scratch);
                return;
            }
            float* padded = scratch + transform.ScratchLength;
            TilePixels.Copy<TOperations, TVector>(image, shape.InHeight, shape.InWidth, top, left, padded, extent, extent);
            transform.Input<TOperations, TVector>(padded, extent * 16, target, pitch * 16, scratch);
        }

        [MethodImpl(Simd.Optimised)]
        public void Gradient(nint block, nint tile, nint index)
        {
            var scratch = (float*)Scratch.Get<float>(ScratchUse.TransformTile, transform.ScratchLength + shape.StepHeight * shape.StepWidth * 16).Address;
            float* padded = scratch + transform.ScratchLength;
            var place = new TilePlace(shape, tile);
            float* image = dy + (place.Image * shape.OutBlocks + block) * shape.OutHeight * shape.OutWidth * 16;
            TilePixels.Copy<TOperations, TVector>(image, shape.OutHeight, shape.OutWidth, place.Top, place.Left, padded, shape.StepHeight, shape.StepWidth);
            nint width = PairWidth(block / 2);
            transform.Filter<TOperations, TVector>(padded, gradients + block / 2 * transform.Slots * pitch * 32 + index * width + block % 2 * 16, pitch * width, scratch);
        }

        nint PairWidth(nint pair) => Math.Min(32, (shape.OutBlocks - 2 * pair) * 16);

        // sums[c · stride + o] (+)= sum over tiles of input[tile, c] · gradient[tile, o], for one slot, block of input channels and pair of blocks of
        // output channels.
        [MethodImpl(Simd.Optimised)]
        public void Product(nint slot, nint block, nint pair, nint count, float* sums, nint stride, bool accumulate)
        {
            nint width = PairWidth(pair);
            var run = new BlockedRun(0, (int)count);
            var call = new BlockedTileCall
            {
                Runs = &run, RunCount = 1, XStep = 16, XStride = 1, WeightStride = width, YStride = stride, YVector = TOperations.Lanes, Accumulate = accumulate,
            };
            nint channels = Channels(block), most = BlockedTiles<TOperations, TVector>.MaximumPixels, parts = (channels + most - 1) / most;
            for (nint lane = 0; lane < width; lane += 2 * TOperations.Lanes)
            {
                int vectors = lane + TOperations.Lanes < width ? 2 : 1;
                call.Weights = gradients + pair * transform.Slots * pitch * 32 + slot * pitch * width + lane;
                for (nint part = 0; part < parts; part++)
                {
                    nint first = part * channels / parts, rows = (part + 1) * channels / parts - first;
                    call.X0 = inputs + (block * transform.Slots + slot) * pitch * 16 + first;
                    call.X1 = call.X0 + 7;
                    // The next slot's input, which comes from the L3 cache.
                    call.Ahead = part == 0 ? call.X0 + pitch * 16 : null;
                    call.AheadStep = part == 0 ? 16 : 0;
                    call.Y0 = sums + first * stride + lane;
                    call.Y1 = call.Y0 + 7 * stride;
                    BlockedTiles<TOperations, TVector>.Of(1, (int)rows, vectors, call.XStep)(&call);
                }
            }
        }

        public nint Channels(nint block) => Math.Min(16, shape.InChannels - block * 16);

        // The filters of one input channel and a block of output channels, from their sums.
        [MethodImpl(Simd.Optimised)]
        public void Finish(nint block, nint channel, float* sums, nint slotStride, float* dw)
        {
            nint height = transform.StepHeight, width = transform.StepWidth, taps = height * width;
            var scratch = (float*)Scratch.Get<float>(ScratchUse.TransformTile, transform.ScratchLength + taps * 16).Address;
            float* result = scratch + transform.ScratchLength;
            transform.Output<TOperations, TVector>(sums, slotStride, result, width * 16, scratch);
            for (nint lane = 0, lanes = Math.Min(16, shape.OutChannels - block * 16); lane < lanes; lane++)
            {
                float* target = dw + ((block * 16 + lane) * shape.InChannels + channel) * taps;
                for (nint tap = 0; tap < taps; tap++)
                    target[tap] = result[tap * 16 + lane];
            }
        }
    }

    // All blocks of channels of x, then those of dy, each with all tiles.
    readonly struct TransformKernel(Work work, nint firstTile, nint count) : IRangeKernel
    {
        public void Run(nint begin, nint end)
        {
            for (nint index = begin; index < end; index++)
            {
                nint block = index / count, tile = index - block * count;
                if (block < work.Shape.InBlocks)
                    work.Input(block, firstTile + tile, tile);
                else
                    work.Gradient(block - work.Shape.InBlocks, firstTile + tile, tile);
            }
        }
    }

    readonly struct ProductKernel(Work work, nint count, float* sums, bool accumulate) : IRangeKernel
    {
        public void Run(nint begin, nint end)
        {
            nint outBlocks = work.Shape.OutBlocks, pairs = (outBlocks + 1) / 2;
            for (nint index = begin; index < end; index++)
            {
                nint slot = index / pairs, pair = index - slot * pairs;
                for (nint block = 0; block < work.Shape.InBlocks; block++)
                    work.Product(slot, block, pair, count, sums + (slot * work.Shape.InChannels + block * 16) * outBlocks * 16 + pair * 32, outBlocks * 16, accumulate);
            }
        }
    }

    readonly struct FinishKernel(Work work, float* sums, float* dw) : IRangeKernel
    {
        public void Run(nint begin, nint end)
        {
            nint channels = work.Shape.InChannels, outChannels = work.Shape.OutBlocks * 16;
            for (nint index = begin; index < end; index++)
            {
                nint block = index / channels, channel = index - block * channels;
                work.Finish(block, channel, sums + channel * outChannels + block * 16, channels * outChannels, dw);
            }
        }
    }

    // For pairs of blocks of output channels, blocks of input channels: all sums and the filters' gradients.
    readonly struct DirectKernel(Work work, nint count, float* dw) : IRangeKernel
    {
        public void Run(nint begin, nint end)
        {
            nint inBlocks = work.Shape.InBlocks;
            var sums = (float*)Scratch.Get<float>(ScratchUse.TransformedProduct, work.Slots * 16 * 32).Address;
            for (nint index = begin; index < end; index++)
            {
                nint pair = index / inBlocks, block = index - pair * inBlocks;
                for (nint slot = 0; slot < work.Slots; slot++)
                    work.Product(slot, block, pair, count, sums + slot * 16 * 32, 32, accumulate: false);
                for (nint outBlock = 2 * pair; outBlock < Math.Min(2 * pair + 2, work.Shape.OutBlocks); outBlock++)
                    for (nint channel = 0; channel < work.Channels(block); channel++)
                        work.Finish(outBlock, block * 16 + channel, sums + channel * 32 + outBlock % 2 * 16, 16 * 32, dw);
            }
        }
    }
}
