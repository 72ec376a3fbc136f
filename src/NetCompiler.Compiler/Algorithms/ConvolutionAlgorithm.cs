using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Operators;

namespace NetCompiler.Algorithms;

/// <summary>How the channels of an image lie in memory.</summary>
internal enum ImageLayout
{
    /// <summary>[N, C, H, W].</summary>
    Planar,
    /// <summary>[N, ⌈C / 16⌉, H, W, 16].</summary>
    Blocked,
}

/// <summary>
/// One way to compute a convolution or a gradient of it: on what problems it works, what it costs, how far its results may be from exact
/// ones. The kernels themselves are in the runtime, under the name <see cref="Kernel"/>.
/// </summary>
internal abstract record ConvolutionAlgorithm : KernelAlgorithm<ConvolutionProblem, MachineModel>
{
    public sealed override string Name => Family + Blocking.Suffix;

    public abstract override string Family { get; }

    /// <summary>The blocking parameters of a variant.</summary>
    public ConvolutionBlocking Blocking { get; init; }

    /// <summary>The parameters that are faster than those by the sizes somewhere.</summary>
    public virtual ImmutableArray<ConvolutionBlocking> Blockings(ConvolutionPass pass) => [];

    public sealed override bool Admits(ConvolutionProblem problem) =>
        Computes(problem) && (Blocking == default || Blockings(problem.Pass).Contains(Blocking));

    /// <summary>Whether it computes this problem, however its work is cut.</summary>
    protected abstract bool Computes(ConvolutionProblem problem);

    /// <summary>The class of the runtime.</summary>
    public abstract string Kernel { get; }

    /// <summary>The tile that its kernels take besides the sizes; 0 if they take none.</summary>
    public virtual int Tile => 0;

    /// <summary>Whether its kernels are told the layout of x.</summary>
    public virtual bool HasLayoutArgument => false;

    /// <summary>What images it reads and writes.</summary>
    public virtual ImageLayout Layout => ImageLayout.Blocked;

    /// <summary>Whether x may be planar though <see cref="Layout"/> is blocked: an image of few channels is read as it is given.</summary>
    public virtual bool ReadsPlanar(ConvolutionProblem problem) => false;

    /// <summary>
    /// Whether it gives the maxima of windows of its result as fast as the result itself, which is then never stored.
    /// </summary>
    public virtual bool AdmitsPooling(ConvolutionProblem problem, PoolingWindow window) => false;

    /// <summary>The elements of the filter in the order that it reads them; 0 where it takes the filter as it is.</summary>
    public virtual long PackedLength(ConvolutionProblem problem) => 0;

    public override long Workspace(ConvolutionProblem problem)
    {
        long bytes = 0;
        void Ask(string use, long more) => bytes += more;
        BlockedWorkspaces.Add(problem, this, planarInput: false, pool: null, threads: 1, Ask, Ask);
        return bytes;
    }

    /// <summary>Whole blocks of 16 channels.</summary>
    protected static long Pad(long channels) => BlockedLayout.Blocks(channels) * BlockedLayout.Lanes;

    /// <summary>The time to pack the filter, if that is done at each call.</summary>
    protected double PackSeconds(ConvolutionProblem problem, MachineModel machine) =>
        problem.IsFilterPrepared || problem.Pass == ConvolutionPass.BackwardFilter ? 0
        : machine.CallSeconds + machine.Move(4.0 * (problem.FilterSize + PackedLength(problem)));

    /// <summary>The bytes of both images and of the filter as it is read.</summary>
    protected double Traffic(ConvolutionProblem problem) =>
        4.0 * (problem.InSize + problem.OutSize + Math.Max(problem.FilterSize, PackedLength(problem)));
}

/// <summary>All algorithms.</summary>
internal static class ConvolutionAlgorithms
{
    /// <summary>
    /// What an algorithm may add to the error of exact algorithms where the program says nothing, relative to the largest Σ |x| |w|.
    /// </summary>
    public const double DefaultError = 1e-5;

    /// <summary>Each with its variants after it. The first computes every problem.</summary>
    public static ImmutableArray<ConvolutionAlgorithm> All { get; } =
    [
        .. new ConvolutionAlgorithm[]
        {
            new PlanarConvolution(), new DirectConvolution(), new PointwiseConvolution(), new BlockedDepthwiseConvolution(),
            new WinogradConvolution(2), new WinogradConvolution(4), new WinogradConvolution(6), new FourierConvolution(),
        }.SelectMany(Variants),
    ];

    static IEnumerable<ConvolutionAlgorithm> Variants(ConvolutionAlgorithm algorithm) =>
        new[] { ConvolutionPass.Forward, ConvolutionPass.BackwardData, ConvolutionPass.BackwardFilter }.SelectMany(pass => algorithm.Blockings(pass)).Distinct()
            .Select(blocking => algorithm with { Blocking = blocking }).Prepend(algorithm);

    /// <exception cref="InvalidOperationException">There is none of that name.</exception>
    public static ConvolutionAlgorithm Named(string name) => All.Single(algorithm => algorithm.Name == name);
}
