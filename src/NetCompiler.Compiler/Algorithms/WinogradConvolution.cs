using System;
using System.Collections.Immutable;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Algorithms;

/// <summary>
/// Minimal filtering F(m × m, K × K) (Winograd 1980; Lavin and Gray 2015): (m + K - 1)² products for m² results instead of m² K², after
/// transforms whose rounding grows with the tile.
/// </summary>
/// <param name="Outputs">m, the results of a tile along each axis.</param>
internal sealed record WinogradConvolution(int Outputs) : ConvolutionAlgorithm
{
    public override string Family => FormattableString.Invariant($"winograd{Outputs}");

    public override string Description => FormattableString.Invariant($"minimal filtering of tiles of {Outputs} x {Outputs} results");

    public override string Kernel => "WinogradConvolution";

    // Transformed tiles: of few channels, less leaves more of the cache to filters; sums over many tiles are read less often, over few stay with them in the cache.
    public override ImmutableArray<ConvolutionBlocking> Blockings(ConvolutionPass pass) => pass == ConvolutionPass.BackwardFilter
        ? [new(1200), new(9600)]
        : [new(0, ConvolutionCut.Pixels), new(0, ConvolutionCut.Channels), new(300)];

    public override int Tile => Outputs;

    protected override bool Computes(ConvolutionProblem problem) =>
        problem.Element == DType.F32
        && problem.KernelHeight == problem.KernelWidth && (problem.KernelHeight == 3 || problem.KernelHeight == 5 && Outputs < 6)
        && problem.HasUnitStride && problem.IsDense && problem.Window.Groups == 1;

    // Windows fill the tiles.
    public override bool AdmitsPooling(ConvolutionProblem problem, PoolingWindow window) =>
        problem.Pass == ConvolutionPass.Forward
        && window.KernelHeight == window.StrideHeight && window.KernelWidth == window.StrideWidth && Outputs % window.KernelHeight == 0 && Outputs % window.KernelWidth == 0
        && window.PadTop + window.PadLeft + window.PadBottom + window.PadRight == 0 && window.DilationHeight == 1 && window.DilationWidth == 1;

    public override string Conditions => $"f32, filters of 3 x 3{(Outputs < 6 ? " or 5 x 5" : "")}, stride 1, no dilation, one group";

    // Of filters of 3 x 3: the 64 products of tiles of 6 leave the caches sooner; measured, they are never faster than the 36 of tiles of 4.
    double Efficiency => Outputs == 6 ? 0.55 : 0.8;

    long Extent(ConvolutionProblem problem) => Outputs + problem.KernelHeight - 1;

    public override long PackedLength(ConvolutionProblem problem) => problem.Pass == ConvolutionPass.BackwardFilter ? 0
        : Extent(problem) * Extent(problem) * Math.Max(Pad(problem.OutChannels) * problem.InChannels, Pad(problem.InChannels) * problem.OutChannels);

    public override double Seconds(ConvolutionProblem problem, MachineModel machine)
    {
        bool backward = problem.Pass == ConvolutionPass.BackwardData;
        var (sums, results) = backward ? (problem.OutChannels, problem.InChannels) : (problem.InChannels, problem.OutChannels);
        var (height, width) = backward ? (problem.InHeight, problem.InWidth) : (problem.OutHeight, problem.OutWidth);
        double tiles = problem.Batch * Math.Ceiling(height / (double)Outputs) * Math.Ceiling(width / (double)Outputs);
        double points = Extent(problem) * Extent(problem);
        if (problem.Pass == ConvolutionPass.BackwardFilter)
        {
            // A tile of dy is the filter; sums over tiles are read and written for each part of them.
            double sumsBytes = 8.0 * points * sums * Pad(results) * Math.Ceiling(tiles / 128);
            return machine.Call(
                machine.Compute(tiles * points * sums * Pad(results), 0.9 * Efficiency * (tiles / (tiles + 24.0)))
                + Transforms(tiles * points * (Pad(sums) + Pad(results)), problem, machine) + sumsBytes / machine.CacheBytesPerSecond,
                machine.Move(Traffic(problem)));
        }
        double products = machine.Compute(tiles * points * sums * Pad(results), Efficiency * (sums / (sums + 24.0)));
        return machine.Call(products + Transforms(tiles * points * (Pad(sums) + Pad(results)), problem, machine), machine.Move(Traffic(problem))) + PackSeconds(problem, machine);
    }

    // Each transform takes some additions a number and axis, and moves its numbers through the cache.
    double Transforms(double numbers, ConvolutionProblem problem, MachineModel machine) =>
        machine.Compute(numbers * Extent(problem), 0.35) + 8 * numbers / machine.CacheBytesPerSecond;

    /// <summary>
    /// Four times the largest error measured against float64, as the runtime states it: what transforms round shows most in sums of few
    /// channels, what sums round in those of many.
    /// </summary>
    public override double Error(ConvolutionProblem problem)
    {
        if (problem.Pass == ConvolutionPass.BackwardFilter)
            return FilterError(problem);
        var (transforms, sums) = (problem.KernelHeight, Outputs) switch
        {
            (3, 2) => (5.0, 1.0),
            (3, 4) => (25.0, 1.5),
            (3, 6) => (130.0, 4.0),
            (5, 2) => (11.0, 1.0),
            (5, 4) => (56.0, 1.5),
            _ => throw new ArgumentException($"{this} does not compute {problem}", nameof(problem)),
        };
        double root = Math.Sqrt(Math.Max(1, problem.Pass == ConvolutionPass.BackwardData ? problem.OutChannels : problem.InChannels));
        return 4 * Math.Pow(2, -24) * (transforms / root + sums * root);
    }

    double FilterError(ConvolutionProblem problem)
    {
        var (transforms, sums) = (problem.KernelHeight, Outputs) switch
        {
            (3, 2) => (8.0, 0.7),
            (3, 4) => (17.0, 0.7),
            (3, 6) => (75.0, 0.9),
            (5, 2) => (45.0, 1.2),
            (5, 4) => (92.0, 1.2),
            _ => throw new ArgumentException($"{this} does not compute {problem}", nameof(problem)),
        };
        // What transforms round shows most in sums of few tiles: a batch that is not known may be of one image.
        long tiles = ((problem.OutHeight + Outputs - 1) / Outputs) * ((problem.OutWidth + Outputs - 1) / Outputs);
        double root = Math.Sqrt(Math.Max(1, problem.Batch * tiles)), leastRoot = problem.IsBatchSymbolic ? Math.Sqrt(Math.Max(1, tiles)) : root;
        return 4 * Math.Pow(2, -24) * (transforms / leastRoot + sums * root);
    }
}
