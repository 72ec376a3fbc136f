using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>
/// The gradient of a convolution's filters by transformed tiles, in blocked layout. It is a sum over tiles of convolutions in which a tile of dy
/// is the filter and the filter's gradient the result; its transforms are summed, and transformed back once.
/// </summary>
/// <remarks>
/// Transformed input is [slots, InBlocks, tiles, 16], transformed dy [slots, pairs of OutBlocks, tiles, 32], a last single block [tiles, 16], sums
/// [slots, InChannels, OutBlocks · 16]. The tiles of a sum are added in order by one thread at a time: results do not depend on threads or blocks.
/// </remarks>
static unsafe class TransformedFilterGradient<TTransform, TOperations, TVector>
    where TTransform : struct, ITileTransform
    where TOperations : struct, ITileOperations<TVector, float>
    where TVector : struct
{
    // The L2 caches of two cores, less what sums need.
    const nint CacheBytes = 2400 << 10;

    const nint MinimumTiles = 32, MaximumTiles = 512;

    /// <summary>dw [O, C, KH, KW] of a transform whose filters are tiles of dy; steps of <paramref name="shape"/> are their sizes.</summary>
    public static void Run(WorkerPool pool, in TTransform transform, in TransformedShape shape, float* x, float* dy, float* dw)
    {
        nint tiles = shape.Tiles, taps = transform.StepHeight * transform.StepWidth;
        if (tiles == 0 || shape.InChannels == 0)
        {
            for (nint i = 0; i < shape.OutChannels * shape.InChannels * taps; i++)
                dw[i] = 0;
            return;
        }

        nint most = Math.Clamp(CacheBytes / (transform.Slots * (shape.InBlocks + shape.OutBlocks) * 64), MinimumTiles, MaximumTiles);
        nint blocks = (tiles + most - 1) / most, largest = (tiles + blocks - 1) / blocks;
        var sums = (float*)Scratch.Get<float>(ScratchUse.TransformedProduct, transform.Slots * shape.InChannels * shape.OutBlocks * 16).Address;
        // A line between the slots' parts, lest all slots of a tile fall into one set of the cache.
        nint inputPitch = shape.InBlocks * largest * 16 + 16, gradientPitch = shape.OutBlocks * largest * 16 + 16;
        var inputs = (float*)Scratch.Get<float>(ScratchUse.TransformedInput, transform.Slots * (inputPitch + gradientPitch)).Address;
        var work = new Work(transform, shape, largest, x, dy, inputs, inputPitch, inputs + transform.Slots * inputPitch, gradientPitch, sums);
        for (nint block = 0; block < blocks; block++)
        {
            nint first = block * tiles / blocks, count = (block + 1) * tiles / blocks - first;
            pool.Run(new TransformKernel(work, first, count), count * (shape.InBlocks + shape.OutBlocks), 1);
            pool.Run(new ProductKernel(work, count, accumulate: block > 0), transform.Slots * ((shape.OutBlocks + 1) / 2), 1);
        }
        pool.Run(new FinishKernel(work, dw), shape.OutBlocks * shape.InChannels, 16);
    }

    readonly struct Work(TTransform transform, TransformedShape shape, nint largest, float* x, float* dy, float* inputs, nint inputPitch, float* gradients, nint gradientPitch, float* sums)
    {
        public TransformedShape Shape => shape;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Input(nint block, nint tile, nint index)
        {
            nint extent = transform.Extent, rowStride = shape.InWidth * 16;
            var scratch = (float*)Scratch.Get<float>(ScratchUse.TransformTile, transform.ScratchLength + extent * extent * 16).Address;
            var place = new TilePlace(shape, tile);
            nint top = place.Top - shape.PadTop, left = place.Left - shape.PadLeft;
            float* image = x + (place.Image * shape.InBlocks + block) * shape.InHeight * rowStride;
            float* target = inputs + (block * largest + index) * 16;
            if (top >= 0 && left >= 0 && top + extent <= shape.InHeight && left + extent <= shape.InWidth)
            {
                transform.Input<TOperations, TVector>(image + top * rowStride + left * 16, rowStride, target, inputPitch, scratch);
                return;
            }
            float* padded = scratch + transform.ScratchLength;
            TilePixels.Copy(image, shape.InHeight, shape.InWidth, top, left, padded, extent, extent);
            transform.Input<TOperations, TVector>(padded, extent * 16, target, inputPitch, scratch);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Gradient(nint block, nint tile, nint index)
        {
            var scratch = (float*)Scratch.Get<float>(ScratchUse.TransformTile, transform.ScratchLength + shape.StepHeight * shape.StepWidth * 16).Address;
            float* padded = scratch + transform.ScratchLength;
            var place = new TilePlace(shape, tile);
            float* image = dy + (place.Image * shape.OutBlocks + block) * shape.OutHeight * shape.OutWidth * 16;
            TilePixels.Copy(image, shape.OutHeight, shape.OutWidth, place.Top, place.Left, padded, shape.StepHeight, shape.StepWidth);
            nint width = PairWidth(block / 2);
            transform.Filter<TOperations, TVector>(padded, gradients + block / 2 * largest * 32 + index * width + block % 2 * 16, gradientPitch, scratch);
        }

        nint PairWidth(nint pair) => Math.Min(32, (shape.OutBlocks - 2 * pair) * 16);

        // sums[c, o] (+)= sum over tiles of input[tile, c] · gradient[tile, o], for one slot and pair of blocks of output channels.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Product(nint slot, nint pair, nint count, bool accumulate)
        {
            nint width = PairWidth(pair), outChannels = shape.OutBlocks * 16;
            var run = new BlockedRun(0, (int)count);
            var call = new BlockedTileCall
            {
                Runs = &run, RunCount = 1, XStep = 16, XStride = 1, WeightStride = width, YStride = outChannels, YVector = TOperations.Lanes, Accumulate = accumulate,
            };
            for (nint block = 0; block < shape.InBlocks; block++)
            {
                nint channels = Math.Min(16, shape.InChannels - block * 16), most = BlockedTiles<TOperations, TVector>.MaximumPixels, parts = (channels + most - 1) / most;
                for (nint lane = 0; lane < width; lane += 2 * TOperations.Lanes)
                {
                    int vectors = lane + TOperations.Lanes < width ? 2 : 1;
                    call.Weights = gradients + slot * gradientPitch + pair * largest * 32 + lane;
                    for (nint part = 0; part < parts; part++)
                    {
                        nint first = part * channels / parts, rows = (part + 1) * channels / parts - first;
                        call.X0 = inputs + slot * inputPitch + block * largest * 16 + first;
                        call.X1 = call.X0 + 7;
                        call.Y0 = sums + (slot * shape.InChannels + block * 16 + first) * outChannels + pair * 32 + lane;
                        call.Y1 = call.Y0 + 7 * outChannels;
                        BlockedTiles<TOperations, TVector>.Of(1, (int)rows, vectors)(&call);
                    }
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Finish(nint block, nint channel, float* dw)
        {
            nint height = transform.StepHeight, width = transform.StepWidth, taps = height * width, outChannels = shape.OutBlocks * 16;
            var scratch = (float*)Scratch.Get<float>(ScratchUse.TransformTile, transform.ScratchLength + taps * 16).Address;
            float* result = scratch + transform.ScratchLength;
            transform.Output<TOperations, TVector>(sums + channel * outChannels + block * 16, shape.InChannels * outChannels, result, width * 16, scratch);
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

    readonly struct ProductKernel(Work work, nint count, bool accumulate) : IRangeKernel
    {
        public void Run(nint begin, nint end)
        {
            nint pairs = (work.Shape.OutBlocks + 1) / 2;
            for (nint index = begin; index < end; index++)
                work.Product(index / pairs, index % pairs, count, accumulate);
        }
    }

    readonly struct FinishKernel(Work work, float* dw) : IRangeKernel
    {
        public void Run(nint begin, nint end)
        {
            for (nint index = begin; index < end; index++)
                work.Finish(index / work.Shape.InChannels, index % work.Shape.InChannels, dw);
        }
    }
}
