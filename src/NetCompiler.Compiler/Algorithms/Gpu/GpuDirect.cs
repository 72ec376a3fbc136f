using System;
using NetCompiler.Operators;

namespace NetCompiler.Algorithms;

/// <summary>The sums of the definition, some of them in each thread: for groups of so few channels that a tile of a product would be mostly empty.</summary>
internal sealed record GpuDirect : GpuConvolutionAlgorithm
{
    public override string Name => "direct";

    public override string Description => "the sums of the definition, a few in each thread";

    public override string Kernel => "DirectConvolution";

    // With more, tiles have enough to do.
    const int MostChannels = 8;

    public override string Conditions => FormattableString.Invariant($"groups of at most {MostChannels} channels or {MostChannels} filters");

    public override bool Admits(ConvolutionProblem problem) => Math.Min(problem.InPerGroup, problem.OutPerGroup) <= MostChannels;

    // Of Kernels/DirectKernels.cs of the runtime for GPUs: results of a thread, the elements of a filter that a group of threads folds, threads of a group.
    const int ResultsOfThread = 4, BlockRows = 3, BlockColumns = 4, Threads = 256;

    // As in the runtime, whose tests hold the parts against these.
    const long EnoughGroups = 1024, FewestOfPart = 4096, MostParts = 256;

    // The multiply-adds among the instructions of a thread, by their count, and half of that, as they wait for loads: where rows slide, where
    // they step, for gradients of images at strides, where most of a window is only asked whether a result saw it, and for gradients of filters.
    const double Sliding = 0.08, Stepping = 0.05, Asking = 0.03, Folding = 0.08;

    public override long Workspace(ConvolutionProblem problem) =>
        problem.Pass == ConvolutionPass.BackwardFilter && Parts(problem) is > 1 and var parts ? 4 * BlockRows * BlockColumns * parts * FilterBlocks(problem) : 0;

    public override double Seconds(ConvolutionProblem problem, GpuModel machine)
    {
        var window = problem.Window;
        long places = problem.KernelHeight * problem.KernelWidth;
        var (groups, flopsOfGroup, share, read) = problem.Pass switch
        {
            ConvolutionPass.Forward => Of(
                problem.Batch * problem.OutChannels * Blocks(problem.OutHeight) * problem.OutWidth, ResultsOfThread * problem.InPerGroup * places,
                window.StrideHeight == 1 && window.DilationHeight == 1 ? Sliding : Stepping, problem.OutSize * problem.InPerGroup * window.StrideHeight * window.StrideWidth),
            ConvolutionPass.BackwardData when problem.HasUnitStride => Of(
                problem.Batch * problem.InChannels * Blocks(problem.InHeight) * problem.InWidth, ResultsOfThread * problem.OutPerGroup * places,
                window.DilationHeight == 1 ? Sliding : Stepping, problem.InSize * problem.OutPerGroup),
            ConvolutionPass.BackwardData => Of(problem.InSize, problem.OutPerGroup * places, Asking, problem.InSize * problem.OutPerGroup),
            _ => (
                FilterBlocks(problem) * Parts(problem), 2.0 * BlockRows * BlockColumns * Positions(problem) / Parts(problem), Folding,
                4.0 * 2 * FilterBlocks(problem) * Positions(problem)),
        };
        double sums = problem.Pass == ConvolutionPass.BackwardFilter && Parts(problem) > 1 ? machine.LaunchSeconds : 0;
        double compute = machine.Groups(groups, flopsOfGroup, share * machine.Peak(OperandPrecision.F32));
        return machine.LaunchSeconds + sums + Math.Max(Math.Max(compute, read / machine.CacheBytesPerSecond), Traffic(problem) / machine.MemoryBytesPerSecond);
    }

    static (double Groups, double FlopsOfGroup, double Share, double Read) Of(long threads, long termsOfThread, double share, long elements) =>
        (Math.Ceiling(threads / (double)Threads), 2.0 * Threads * termsOfThread, share, 4.0 * elements);

    static long Blocks(long height) => (height + ResultsOfThread - 1) / ResultsOfThread;

    static long FilterBlocks(ConvolutionProblem problem) =>
        problem.OutChannels * problem.InPerGroup * ((problem.KernelHeight + BlockRows - 1) / BlockRows) * ((problem.KernelWidth + BlockColumns - 1) / BlockColumns);

    static long Positions(ConvolutionProblem problem) => problem.Batch * problem.OutHeight * problem.OutWidth;

    static long Parts(ConvolutionProblem problem) => Math.Max(1, Math.Min(Math.Min(EnoughGroups / Math.Max(1, FilterBlocks(problem)), Positions(problem) / FewestOfPart), MostParts));
}
