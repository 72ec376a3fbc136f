using NetCompiler.Runtime;

namespace NetCompiler.Comparison;

/// <summary>Our algorithms for one direction of a convolution, each ready to be called, with filters packed beforehand as inference has them.</summary>
static class ConvolutionCandidates
{
    public static IEnumerable<(string Algorithm, Action Call)> Of(WorkerPool pool, ConvolutionShape shape, string direction)
    {
        var x = Measure.Filled(shape.Batch * shape.InChannels * shape.InHeight * shape.InWidth).At<float>();
        var w = Measure.Filled(shape.OutChannels * (shape.InChannels / shape.Groups) * shape.KernelHeight * shape.KernelWidth).At<float>();
        var y = Measure.Filled(shape.Batch * shape.OutChannels * shape.OutHeight * shape.OutWidth).At<float>();
        yield return ("im2col", direction switch
        {
            "forward" => () => Im2ColConvolution.Forward(pool, shape, x, w, y),
            "backward-data" => () => Im2ColConvolution.BackwardData(pool, shape, y, w, x),
            _ => () => Im2ColConvolution.BackwardFilter(pool, shape, x, y, w),
        });
    }
}
