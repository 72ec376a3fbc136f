using System;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Algorithms;

/// <summary>
/// Products of the spectra of overlapping tiles (Mathieu, Henaff and LeCun 2013): the larger the filter, the more it saves. Tiles have 8, 16,
/// 32 or 64 pixels a side, whichever takes the least time.
/// </summary>
internal sealed record FourierConvolution : ConvolutionAlgorithm
{
    public override string Family => "fft";

    public override string Description => "products of the spectra of overlapping tiles";

    public override string Kernel => "FftConvolution";

    protected override bool Computes(ConvolutionProblem problem) =>
        problem.Element == DType.F32 && problem.KernelHeight <= 64 && problem.KernelWidth <= 64
        && problem.HasUnitStride && problem.IsDense && problem.Window.Groups == 1;

    public override string Conditions => "f32, filters of at most 64 x 64, stride 1, no dilation, one group";

    public override long PackedLength(ConvolutionProblem problem) => problem.Pass == ConvolutionPass.BackwardFilter ? 0 : Math.Max(
        Slots(TileSize(problem, backward: false)) * Pad(problem.OutChannels) * problem.InChannels,
        Slots(TileSize(problem, backward: true)) * Pad(problem.InChannels) * problem.OutChannels);

    public override double Seconds(ConvolutionProblem problem, MachineModel machine)
    {
        bool backward = problem.Pass == ConvolutionPass.BackwardData;
        var (sums, results) = backward ? (problem.OutChannels, problem.InChannels) : (problem.InChannels, problem.OutChannels);
        int size = TileSize(problem, backward);
        double tiles = problem.Batch * Tiles(problem, backward, size);
        double numbers = tiles * size * size * (Pad(sums) + Pad(results));
        double transforms = machine.Compute(2 * numbers * Math.Log(size, 2), 0.08) + 8 * numbers / machine.CacheBytesPerSecond;
        if (problem.Pass == ConvolutionPass.BackwardFilter)
        {
            // Few tiles leave the sums over them short, and each of the filters is transformed back.
            double sumsBytes = 8.0 * Slots(size) * sums * Pad(results) * Math.Ceiling(tiles / 128);
            double filters = 2.0 * size * size * Math.Log(size, 2) * sums * Pad(results);
            return machine.Call(
                machine.Compute(tiles * Slots(size) * sums * Pad(results), 0.7 * (tiles / (tiles + 24.0)))
                + transforms + machine.Compute(filters, 0.08) + sumsBytes / machine.CacheBytesPerSecond,
                machine.Move(Traffic(problem)));
        }
        double products = machine.Compute(tiles * Slots(size) * sums * Pad(results), 0.75 * (sums / (sums + 24.0)));
        return machine.Call(products + transforms, machine.Move(Traffic(problem))) + PackSeconds(problem, machine);
    }

    // The images that the error of a gradient of the filter, which grows with their root, holds for where their number is symbolic.
    const long MostImages = 256;

    /// <summary>
    /// Four times the largest error measured against float64, as the runtime states it; a gradient of the filter sums over all tiles, of at most 256
    /// images where their number is symbolic.
    /// </summary>
    public override double Error(ConvolutionProblem problem) => 4 * Math.Pow(2, -24) * (6 + Math.Sqrt(problem.Pass switch
    {
        ConvolutionPass.BackwardData => problem.OutChannels,
        ConvolutionPass.Forward => problem.InChannels,
        _ => (problem.IsBatchSymbolic ? Math.Max(MostImages, problem.Batch) : problem.Batch) * Tiles(problem, backward: false, TileSize(problem, backward: false)),
    }));

    /// <summary>The tiles that the runtime takes for this shape, whatever the batch.</summary>
    internal static int TileSize(ConvolutionProblem problem, bool backward)
    {
        int best = 0;
        double least = double.PositiveInfinity;
        var (inputs, outputs) = backward ? (problem.OutChannels, problem.InChannels) : (problem.InChannels, problem.OutChannels);
        for (int size = 8; size <= 64; size *= 2)
        {
            if (size < problem.KernelHeight || size < problem.KernelWidth)
                continue;
            double products = (double)Slots(size) * inputs * (Pad(outputs) / 16);
            double transforms = 2.0 * size * size * Math.Log(size, 2) * (Pad(inputs) / 16 + Pad(outputs) / 16);
            double time = Tiles(problem, backward, size) * (products / 2 + transforms) + products * 4;
            if (time < least)
                (best, least) = (size, time);
        }
        return best;
    }

    static double Tiles(ConvolutionProblem problem, bool backward, int size)
    {
        var (height, width) = backward ? (problem.InHeight, problem.InWidth) : (problem.OutHeight, problem.OutWidth);
        long stepHeight = size - problem.KernelHeight + 1, stepWidth = size - problem.KernelWidth + 1;
        return (double)((height + stepHeight - 1) / stepHeight) * ((width + stepWidth - 1) / stepWidth);
    }

    // A product of complex numbers is three real ones; the spectrum of a real tile holds half of its numbers, four of them real.
    internal static long Slots(long size) => 4 + 3 * ((size / 2 - 1) * size + size - 2);
}
