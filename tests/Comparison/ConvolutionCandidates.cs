using NetCompiler.Runtime;

namespace NetCompiler.Comparison;

/// <summary>
/// Our algorithms for one direction of a convolution, each ready to be called, with images in the layout that it likes best and, where
/// the direction does not change them, filters packed beforehand: as the peers have them.
/// </summary>
static class ConvolutionCandidates
{
    public static IEnumerable<(string Algorithm, Action Call)> Of(WorkerPool pool, ConvolutionShape shape, string direction)
    {
        // Blocks of 16 channels, the last one full.
        nint blocked(nint channels) => (channels + 15) / 16 * 16;
        var x = Measure.Filled(shape.Batch * blocked(shape.InChannels) * shape.InHeight * shape.InWidth).At<float>();
        var w = Measure.Filled(shape.OutChannels * (shape.InChannels / shape.Groups) * shape.KernelHeight * shape.KernelWidth).At<float>();
        var y = Measure.Filled(shape.Batch * blocked(shape.OutChannels) * shape.OutHeight * shape.OutWidth).At<float>();
        yield return ("im2col", direction switch
        {
            "forward" => () => Im2ColConvolution.Forward(pool, shape, x, w, y),
            "backward-data" => () => Im2ColConvolution.BackwardData(pool, shape, y, w, x),
            _ => () => Im2ColConvolution.BackwardFilter(pool, shape, x, y, w),
        });

        // A first layer reads its few channels as they come.
        var input = shape.InChannels < 16 ? ImageLayout.Planar : ImageLayout.Blocked;
        if (BlockedConvolution.Admits(shape, input) && (direction != "backward-data" || input == ImageLayout.Blocked))
        {
            var packed = Measure.Filled(BlockedConvolution.PackedFilterLength(shape)).At<float>();
            yield return ("direct", direction switch
            {
                "forward" => () => BlockedConvolution.Forward(pool, shape, input, x, packed, y, default(NoEpilogue)),
                "backward-data" => () => BlockedConvolution.BackwardData(pool, shape, y, packed, x, default(NoEpilogue)),
                _ => () => BlockedConvolution.BackwardFilter(pool, shape, input, x, y, w),
            });
        }
        // What may be wrong by more than a network allows unless it says otherwise is left out, as it is there: winograd6.
        foreach (int tile in new[] { 2, 4 })
        {
            if (input != ImageLayout.Blocked || !WinogradConvolution.Admits(shape, tile))
                continue;
            var packed = Measure.Filled(WinogradConvolution.PackedFilterLength(shape, tile)).At<float>();
            yield return ($"winograd{tile}", direction switch
            {
                "forward" => () => WinogradConvolution.Forward(pool, shape, tile, x, packed, y, default(NoEpilogue)),
                "backward-data" => () => WinogradConvolution.BackwardData(pool, shape, tile, y, packed, x, default(NoEpilogue)),
                _ => () => WinogradConvolution.BackwardFilter(pool, shape, tile, x, y, w),
            });
        }
    }
}
