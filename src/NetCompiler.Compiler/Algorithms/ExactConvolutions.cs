using System;
using System.Collections.Immutable;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Algorithms;

/// <summary>The planar algorithm for every problem: columns of the image, gathered as they are packed, times the filters.</summary>
internal sealed record PlanarConvolution : ConvolutionAlgorithm
{
    public override string Family => "im2col";

    public override string Description => "columns of the image, gathered as they are packed, times the filters";

    public override string Kernel => "Im2ColConvolution";

    public override ImageLayout Layout => ImageLayout.Planar;

    protected override bool Computes(ConvolutionProblem problem) => true;

    public override string Conditions => "every problem";

    // A padded image of a group, packed blocks of both operands, and sums by parts of the batch.
    public override long Workspace(ConvolutionProblem problem) =>
        problem.Element.Bytes() * (problem.InPerGroup * (problem.InHeight + problem.Window.PadTop + problem.Window.PadBottom) * (problem.InWidth + problem.Window.PadLeft + problem.Window.PadRight)
            + problem.FilterSize * (problem.Pass == ConvolutionPass.BackwardFilter ? Math.Min(16, problem.Batch) : 1)) + (5 << 18);

    public override double Seconds(ConvolutionProblem problem, MachineModel machine)
    {
        if (problem.IsDepthwise)
            return machine.Call(machine.Compute(problem.MultiplyAdds, 0.12), machine.Move(Traffic(problem)));
        // A product [O, K] @ [K, positions]: small sides leave register tiles half empty, packing costs most where K is small.
        double depth = problem.InPerGroup * problem.KernelHeight * problem.KernelWidth;
        double efficiency = (problem.Pass == ConvolutionPass.Forward ? 0.7 : 0.55)
            * Fill(problem.OutPerGroup, 12) * Fill(problem.OutHeight * problem.OutWidth, 32) * (depth / (depth + 48));
        return machine.Call(machine.Compute(problem.MultiplyAdds, efficiency), machine.Move(Traffic(problem)));
    }

    static double Fill(double size, double tile) => size / (Math.Ceiling(size / tile) * tile);
}

/// <summary>Channels in the lanes of vectors: each product of an element of the image with 16 filters is one instruction, without packing.</summary>
internal sealed record DirectConvolution : ConvolutionAlgorithm
{
    public override string Family => "direct";

    public override string Description => "16 channels in the lanes of vectors";

    public override string Kernel => "BlockedConvolution";

    public override bool HasLayoutArgument => true;

    public override bool ReadsPlanar(ConvolutionProblem problem) => ReadsFewChannels(problem);

    internal static bool ReadsFewChannels(ConvolutionProblem problem) =>
        problem.Pass != ConvolutionPass.BackwardData && problem.InChannels <= 4 && problem.Window.Groups == 1;

    public override ImmutableArray<ConvolutionBlocking> Blockings(ConvolutionPass pass) => OfProducts(pass);

    // Images of 49 KB beside the sums suit a first-level cache of 48 KB; 30 KB one of 32.
    internal static ImmutableArray<ConvolutionBlocking> OfProducts(ConvolutionPass pass) => pass == ConvolutionPass.BackwardFilter
        ? [new(0, ConvolutionCut.Pixels), new(30)]
        : [new(0, ConvolutionCut.Pixels), new(0, ConvolutionCut.Channels)];

    public override bool AdmitsPooling(ConvolutionProblem problem, PoolingWindow window) => PoolsRows(problem, window);

    // Rows that windows of two parts of an image share are computed twice. Beyond so many terms of a sum this costs about what
    // reading the image again does.
    const long SharedRowTerms = 256;

    internal static bool PoolsRows(ConvolutionProblem problem, PoolingWindow window) =>
        problem.Pass == ConvolutionPass.Forward && window.DilationHeight == 1 && window.DilationWidth == 1
        && (window.KernelHeight <= window.StrideHeight || problem.InPerGroup * problem.KernelHeight * problem.KernelWidth <= SharedRowTerms);

    // Groups that do not begin with a block of channels would need parts of vectors.
    protected override bool Computes(ConvolutionProblem problem) =>
        !problem.IsPointwise && AdmitsChannels(problem);

    public override string Conditions => "f32, filters larger than 1 x 1, groups of whole blocks of 16 channels";

    internal static bool AdmitsChannels(ConvolutionProblem problem) =>
        problem.Element == DType.F32 && !problem.IsDepthwise && FitsOffsets(problem)
        && (problem.Window.Groups == 1 || problem.InPerGroup % 16 == 0 && problem.OutPerGroup % 16 == 0);

    // Offsets within an image are ints.
    internal static bool FitsOffsets(ConvolutionProblem problem) =>
        (problem.InPerGroup + 15.0) * (problem.InHeight + problem.Window.PadTop + problem.Window.PadBottom) * (problem.InWidth + problem.Window.PadLeft + problem.Window.PadRight) <= int.MaxValue
        && (problem.OutPerGroup + 15.0) * (problem.OutHeight + problem.KernelHeight) * (problem.OutWidth + problem.KernelWidth) <= int.MaxValue;

    public override long PackedLength(ConvolutionProblem problem) => LengthOf(problem);

    // One length for the filter and its transpose.
    internal static long LengthOf(ConvolutionProblem problem) => problem.Pass == ConvolutionPass.BackwardFilter ? 0
        : problem.KernelHeight * problem.KernelWidth * Math.Max(Pad(problem.OutChannels) * problem.InPerGroup, Pad(problem.InChannels) * problem.OutPerGroup);

    public override double Seconds(ConvolutionProblem problem, MachineModel machine)
    {
        var (results, sums) = problem.Pass == ConvolutionPass.BackwardData
            ? (problem.InChannels, problem.OutPerGroup) : (problem.OutChannels, problem.InPerGroup);
        double work = (double)problem.MultiplyAdds / results * Pad(results);
        // Each register tile is stored once for all its products; narrow images leave tiles half empty.
        double depth = sums * problem.KernelHeight * problem.KernelWidth;
        double efficiency = (problem.Pass == ConvolutionPass.BackwardFilter ? 0.75 : 0.9)
            * (depth / (depth + 24)) * Math.Min(1, 0.5 + problem.OutWidth / 28.0);
        return machine.Call(machine.Compute(work, efficiency), machine.Move(Traffic(problem))) + PackSeconds(problem, machine);
    }
}

/// <summary>A filter of one element: a product of matrices that lie as they are needed.</summary>
internal sealed record PointwiseConvolution : ConvolutionAlgorithm
{
    public override string Family => "pointwise";

    public override string Description => "a product of blocks of channels, as a filter of 1 x 1 is";

    public override string Kernel => "BlockedConvolution";

    public override bool HasLayoutArgument => true;

    public override bool ReadsPlanar(ConvolutionProblem problem) => DirectConvolution.ReadsFewChannels(problem);

    public override ImmutableArray<ConvolutionBlocking> Blockings(ConvolutionPass pass) => DirectConvolution.OfProducts(pass);

    public override bool AdmitsPooling(ConvolutionProblem problem, PoolingWindow window) => DirectConvolution.PoolsRows(problem, window);

    protected override bool Computes(ConvolutionProblem problem) => problem.IsPointwise && DirectConvolution.AdmitsChannels(problem);

    public override string Conditions => "f32, filters of 1 x 1 at each pixel, groups of whole blocks of 16 channels";

    public override long PackedLength(ConvolutionProblem problem) => DirectConvolution.LengthOf(problem);

    public override double Seconds(ConvolutionProblem problem, MachineModel machine)
    {
        var (results, sums) = problem.Pass == ConvolutionPass.BackwardData
            ? (problem.InChannels, problem.OutPerGroup) : (problem.OutChannels, problem.InPerGroup);
        double work = (double)problem.MultiplyAdds / results * Pad(results);
        double efficiency = (problem.Pass == ConvolutionPass.BackwardFilter ? 0.75 : 0.88) * (sums / (sums + 24.0));
        return machine.Call(machine.Compute(work, efficiency), machine.Move(Traffic(problem))) + PackSeconds(problem, machine);
    }
}

/// <summary>Each channel by itself, 16 of them in the lanes of a vector.</summary>
internal sealed record BlockedDepthwiseConvolution : ConvolutionAlgorithm
{
    public override string Family => "depthwise";

    public override string Description => "16 channels, each by itself, in the lanes of vectors";

    public override string Kernel => "BlockedConvolution";

    public override bool HasLayoutArgument => true;

    protected override bool Computes(ConvolutionProblem problem) =>
        problem.Element == DType.F32 && problem.IsDepthwise && problem.OutChannels == problem.InChannels && DirectConvolution.FitsOffsets(problem);

    public override string Conditions => "f32, one filter for each channel";

    public override long PackedLength(ConvolutionProblem problem) =>
        problem.Pass == ConvolutionPass.BackwardFilter ? 0 : Pad(problem.OutChannels) * problem.KernelHeight * problem.KernelWidth;

    public override double Seconds(ConvolutionProblem problem, MachineModel machine)
    {
        double work = (double)problem.MultiplyAdds / problem.OutChannels * Pad(problem.OutChannels);
        return machine.Call(machine.Compute(work, 0.35), machine.Move(Traffic(problem))) + PackSeconds(problem, machine);
    }
}
