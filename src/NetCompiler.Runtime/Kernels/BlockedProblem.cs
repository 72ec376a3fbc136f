namespace NetCompiler.Runtime;

/// <summary>
/// What <see cref="BlockedProduct{TOperations, TVector, TEpilogue}"/> computes: a convolution, or its transpose for the gradient of the input, whose output is
/// blocked.
/// </summary>
readonly struct BlockedProblem
{
    /// <summary>The lanes of the blocked layout.</summary>
    public const int Lanes = 16;

    /// <summary>The output channels that share a register tile, two blocks.</summary>
    public const int SlabChannels = 2 * Lanes;

    // At most so many channels are summed filter row by filter row: there would be little to sum over channels.
    const nint NarrowChannels = 4;

    // Weights of a slab that leave room for images in the second-level cache; longer sums are cut.
    const nint SlabElements = 1 << 18;

    // Weights that all rows of an image read from the second-level cache.
    const nint MostFolded = 1 << 16;

    readonly ConvolutionShape _shape;
    readonly bool _transposed;

    BlockedProblem(in ConvolutionShape shape, ImageLayout layout, bool transposed, bool keepsRows)
    {
        // Where neighbours do not matter, an image of narrow rows is one long row.
        bool flat = shape.IsPointwise && layout == ImageLayout.Blocked && shape.InWidth < 12 && !keepsRows;
        _shape = flat ? shape with { InHeight = 1, InWidth = shape.InHeight * shape.InWidth } : shape;
        _transposed = transposed;
        Layout = layout;
        var (inputs, outputs) = transposed ? (shape.OutChannels, shape.InChannels) : (shape.InChannels, shape.OutChannels);
        Channels = inputs / shape.Groups;
        Outputs = outputs / shape.Groups;
        IsNarrow = !transposed && Channels <= NarrowChannels;
        (InHeight, InWidth, OutHeight, OutWidth) = (_shape.InHeight, _shape.InWidth, _shape.OutHeight, _shape.OutWidth);
        if (transposed)
            (InHeight, InWidth, OutHeight, OutWidth) = (OutHeight, OutWidth, InHeight, InWidth);
        for (nint phase = 0; phase < ColumnPhases; phase++)
        {
            var columns = Columns(phase);
            Before = Math.Max(Before, columns.Before);
            After = Math.Max(After, columns.After);
        }
        nint blocks = Blocks(Channels), cuts = (Channels * shape.KernelHeight * shape.KernelWidth * SlabChannels + SlabElements - 1) / SlabElements;
        BlocksPerCut = Math.Max(1, (blocks + cuts - 1) / Math.Max(1, cuts));
        IsFolded = transposed && shape.Groups == 1 && shape.StrideHeight == 1 && shape.StrideWidth == 1 && shape.KernelWidth > 1 && Outputs % Lanes != 0
            && FoldedVectors * Channels * shape.KernelHeight * Lanes <= MostFolded
            && 4 * FoldedVectors * InWidth <= 3 * OutputBlocks * shape.KernelWidth * OutWidth;
    }

    /// <param name="shape">The sizes.</param>
    /// <param name="layout">The layout of the input.</param>
    /// <param name="keepsRows">Whether rows stay rows even where neighbours do not matter.</param>
    public static BlockedProblem Forward(in ConvolutionShape shape, ImageLayout layout, bool keepsRows = false) => new(shape, layout, transposed: false, keepsRows);

    public static BlockedProblem Transpose(in ConvolutionShape shape) => new(shape, ImageLayout.Blocked, transposed: true, keepsRows: false);

    /// <summary>The blocks of 16 that hold so many channels.</summary>
    public static nint Blocks(nint channels) => (channels + Lanes - 1) / Lanes;

    public ImageLayout Layout { get; }

    public nint Batch => _shape.Batch;

    public nint Groups => _shape.Groups;

    /// <summary>Whether each channel has one filter of its own.</summary>
    public bool IsDepthwise => BlockedConvolution.IsDepthwise(_shape);

    /// <summary>Input channels of a group.</summary>
    public nint Channels { get; }

    /// <summary>Output channels of a group.</summary>
    public nint Outputs { get; }

    public nint OutputBlocks => Blocks(Outputs);

    public nint Slabs => (OutputBlocks + 1) / 2;

    public nint InHeight { get; }

    public nint InWidth { get; }

    public nint OutHeight { get; }

    public nint OutWidth { get; }

    /// <summary>Whether a run of the sum is one row of the filter over one channel, instead of one tap over 16 channels.</summary>
    public bool IsNarrow { get; }

    /// <summary>Floats of one position in a plane of the input.</summary>
    public nint Unit => Layout == ImageLayout.Planar ? 1 : Lanes;

    /// <summary>The planes of one group's input.</summary>
    public nint Planes => Layout == ImageLayout.Planar ? Channels : Blocks(Channels);

    public nint RowPhases => _transposed ? _shape.StrideHeight : 1;

    public nint ColumnPhases => _transposed ? _shape.StrideWidth : 1;

    /// <summary>Columns of zeros that the input needs in front.</summary>
    public nint Before { get; }

    /// <summary>Columns of zeros that the input needs behind.</summary>
    public nint After { get; }

    public bool IsPadded => Before + After > 0;

    /// <summary>Blocks of input channels that are summed before the next slab of output channels; the rest is added later.</summary>
    public nint BlocksPerCut { get; }

    public nint Cuts => Math.Max(1, (Blocks(Channels) + BlocksPerCut - 1) / BlocksPerCut);

    public nint KernelWidth => _shape.KernelWidth;

    public nint KernelTaps => _shape.KernelHeight * _shape.KernelWidth;

    /// <summary>Floats of one group's packed filter, or somewhat more if it is folded.</summary>
    public nint FilterLength => OutputBlocks * Lanes * Channels * KernelTaps;

    /// <summary>
    /// Whether vectors hold the channels of all column taps, because those of one alone would leave many lanes empty. The gradient of an
    /// image then takes a quarter less at least.
    /// </summary>
    public bool IsFolded { get; }

    /// <summary>Vectors of the channels of all column taps.</summary>
    public nint FoldedVectors => Blocks(Outputs * KernelWidth);

    /// <summary>Multiply-adds in all.</summary>
    public double Work => (double)Batch * Groups * Outputs * Channels * KernelTaps * (_transposed ? InHeight * InWidth : OutHeight * OutWidth);

    public BlockedAxis Rows(nint phase) => _transposed
        ? BlockedAxis.Transpose(InHeight, OutHeight, _shape.KernelHeight, _shape.StrideHeight, _shape.DilationHeight, _shape.PadTop, phase)
        : BlockedAxis.Forward(InHeight, OutHeight, _shape.KernelHeight, _shape.StrideHeight, _shape.DilationHeight, _shape.PadTop);

    public BlockedAxis Columns(nint phase) => _transposed
        ? BlockedAxis.Transpose(InWidth, OutWidth, _shape.KernelWidth, _shape.StrideWidth, _shape.DilationWidth, _shape.PadLeft, phase)
        : BlockedAxis.Forward(InWidth, OutWidth, _shape.KernelWidth, _shape.StrideWidth, _shape.DilationWidth, _shape.PadLeft);

    /// <summary>Where the weight of (output, channel, tap) of a group lies in the filter [O, C / groups, KH, KW].</summary>
    public nint FilterIndex(nint group, nint output, nint channel, nint row, nint column)
    {
        nint o = _transposed ? group * Channels + channel : group * Outputs + output, c = _transposed ? output : channel;
        return ((o * (_shape.InChannels / Groups) + c) * _shape.KernelHeight + row) * _shape.KernelWidth + column;
    }
}
