using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Algorithms;

/// <summary>
/// A convolution in numbers, as algorithms are chosen for it. A symbolic batch counts what is typical of the function; an algorithm is
/// right for every batch.
/// </summary>
/// <param name="Pass">What is computed of y = x * w.</param>
/// <param name="Element">The element type.</param>
/// <param name="Window">How the filter moves.</param>
/// <param name="Batch">Images.</param>
/// <param name="InChannels">Channels of x.</param>
/// <param name="InHeight">Rows of x.</param>
/// <param name="InWidth">Columns of x.</param>
/// <param name="OutChannels">Channels of y.</param>
/// <param name="KernelHeight">Rows of w.</param>
/// <param name="KernelWidth">Columns of w.</param>
internal sealed record ConvolutionProblem(
    ConvolutionPass Pass, DType Element, ConvolutionWindow Window,
    long Batch, long InChannels, long InHeight, long InWidth,
    long OutChannels, long KernelHeight, long KernelWidth) : KernelProblem
{
    /// <summary>The images of one step where their number is symbolic, in functions that train and in others.</summary>
    public static long TypicalBatch(bool trains) => trains ? 16 : 1;

    /// <summary>The images in the program's symbols, where <see cref="Batch"/> is assumed rather than known; else null.</summary>
    public Dim? SymbolicBatch { get; init; }

    /// <summary>Whether <see cref="Batch"/> is assumed rather than known.</summary>
    public bool IsBatchSymbolic { get; init; }

    /// <summary>
    /// Whether the filter is the same for many calls, so that what depends on it alone is computed once: in functions that change no
    /// variable.
    /// </summary>
    public bool IsFilterPrepared { get; init; }

    public long OutHeight => Positions(InHeight + Window.PadTop + Window.PadBottom, (KernelHeight - 1) * Window.DilationHeight + 1, Window.StrideHeight);

    public long OutWidth => Positions(InWidth + Window.PadLeft + Window.PadRight, (KernelWidth - 1) * Window.DilationWidth + 1, Window.StrideWidth);

    /// <summary>Channels of x that one channel of y sees.</summary>
    public long InPerGroup => InChannels / Window.Groups;

    /// <summary>Channels of y that one group of channels of x gives.</summary>
    public long OutPerGroup => OutChannels / Window.Groups;

    /// <summary>Elements of x.</summary>
    public long InSize => Batch * InChannels * InHeight * InWidth;

    /// <summary>Elements of y.</summary>
    public long OutSize => Batch * OutChannels * OutHeight * OutWidth;

    /// <summary>Elements of w.</summary>
    public long FilterSize => OutChannels * InPerGroup * KernelHeight * KernelWidth;

    /// <summary>The multiply-adds by the definition; the same for all three passes.</summary>
    public long MultiplyAdds => OutSize * InPerGroup * KernelHeight * KernelWidth;

    /// <summary>Whether each channel is convolved by itself.</summary>
    public bool IsDepthwise => Window.Groups > 1 && Window.Groups == InChannels;

    /// <summary>Whether the filter is one element high and wide and visits every pixel.</summary>
    public bool IsPointwise => KernelHeight == 1 && KernelWidth == 1 && HasUnitStride && Window.PadTop + Window.PadLeft + Window.PadBottom + Window.PadRight == 0;

    /// <summary>Whether the filter moves by one pixel.</summary>
    public bool HasUnitStride => Window.StrideHeight == 1 && Window.StrideWidth == 1;

    /// <summary>Whether the filter has no gaps.</summary>
    public bool IsDense => Window.DilationHeight == 1 && Window.DilationWidth == 1;

    /// <summary>
    /// The problem of a convolution, or null where a size other than the batch is symbolic.
    /// </summary>
    /// <param name="node">A convolution or a gradient of one.</param>
    /// <param name="trains">Whether it stands in a function that trains.</param>
    public static ConvolutionProblem? Of(Node node, bool trains)
    {
        if (OperatorOf(node) is not { } op)
            return null;
        var (data, filter) = node.Operator is BlockedConv2D blocked ? (blocked.Data, blocked.Filter) : op.Shapes(node);
        if (!data.Dims.Skip(1).Concat(filter.Dims).All(dim => dim.IsConstant))
            return null;
        bool symbolic = !data[0].IsConstant;
        return new ConvolutionProblem(
            op.Pass, node.Element, op.Window,
            symbolic ? TypicalBatch(trains) : data[0].Value, data[1].Value, data[2].Value, data[3].Value,
            filter[0].Value, filter[2].Value, filter[3].Value)
        {
            IsBatchSymbolic = symbolic,
            SymbolicBatch = symbolic ? data[0] : null,
            IsFilterPrepared = !trains,
        };
    }

    /// <summary>What a node says of the convolution that it is, whatever its layout; null if it is none.</summary>
    public static Convolution? OperatorOf(Node node) => node.Operator switch
    {
        Convolution convolution => convolution,
        BlockedConv2D blocked => blocked.Planar,
        _ => null,
    };

    /// <summary>
    /// What names the problem in records of measurements: <c>conv2d forward f32 [N=1,64,56,56]*[64,64,3,3] pad=1</c>. Equal problems, and no
    /// others, have equal signatures.
    /// </summary>
    public override string Signature => FormattableString.Invariant(
        $"conv2d {PassName} {Element.Name()} [{(IsBatchSymbolic ? "N=" : "")}{Batch},{InChannels},{InHeight},{InWidth}]*[{OutChannels},{InPerGroup},{KernelHeight},{KernelWidth}]")
        + Pair("stride", Window.StrideHeight, Window.StrideWidth, 1) + Pads() + Pair("dilation", Window.DilationHeight, Window.DilationWidth, 1)
        + (Window.Groups == 1 ? "" : $" groups={Window.Groups.ToString(CultureInfo.InvariantCulture)}");

    string PassName => Pass switch
    {
        ConvolutionPass.Forward => "forward",
        ConvolutionPass.BackwardData => "backward-data",
        _ => "backward-filter",
    };

    string Pads() => Window.PadTop == Window.PadBottom && Window.PadLeft == Window.PadRight
        ? Pair("pad", Window.PadTop, Window.PadLeft, 0)
        : FormattableString.Invariant($" pad={Window.PadTop},{Window.PadLeft},{Window.PadBottom},{Window.PadRight}");

    static string Pair(string name, int height, int width, int usual) =>
        height == usual && width == usual ? ""
        : height == width ? FormattableString.Invariant($" {name}={height}")
        : FormattableString.Invariant($" {name}={height},{width}");

    static long Positions(long extent, long reach, long stride) => extent < reach ? 0 : (extent - reach) / stride + 1;

    public override long AssumedBatch => IsBatchSymbolic ? Batch : 0;

    public override bool IsPrepared => IsFilterPrepared;

    public override KernelProblem At(IReadOnlyDictionary<string, long> symbols) =>
        SymbolicBatch is { } batch && batch.Symbols.All(symbols.ContainsKey) ? this with { Batch = batch.Evaluate(symbols) } : this;

    public override ImmutableArray<KernelCandidate> Candidates(double budget) =>
        [.. ConvolutionAlgorithms.All.Select(algorithm => algorithm.Candidate(this, MachineModel.Default, budget))];

    public override ImmutableArray<KernelCandidate> GpuCandidates(double budget, OperandPrecision precision) =>
        [.. GpuConvolutionAlgorithm.All.Select(algorithm => algorithm.Candidate(this, GpuModel.Default, budget, precision))];
}
