namespace NetCompiler.Runtime;

/// <summary>
/// The sizes of a two-dimensional convolution: input [Batch, InChannels, InHeight, InWidth], filter [OutChannels, InChannels / Groups,
/// KernelHeight, KernelWidth], output [Batch, OutChannels, OutHeight, OutWidth], all contiguous and row-major.
/// </summary>
/// <param name="Batch">Images.</param>
/// <param name="InChannels">Channels of the input; a multiple of the groups.</param>
/// <param name="InHeight">Rows of the input.</param>
/// <param name="InWidth">Columns of the input.</param>
/// <param name="OutChannels">Channels of the output; a multiple of the groups.</param>
/// <param name="KernelHeight">Rows of the filter.</param>
/// <param name="KernelWidth">Columns of the filter.</param>
/// <param name="StrideHeight">Input rows from one output row to the next.</param>
/// <param name="StrideWidth">Input columns from one output column to the next.</param>
/// <param name="PadTop">Rows of zeros above the input.</param>
/// <param name="PadLeft">Columns of zeros left of the input.</param>
/// <param name="PadBottom">Rows of zeros below the input.</param>
/// <param name="PadRight">Columns of zeros right of the input.</param>
/// <param name="DilationHeight">Input rows from one filter row to the next.</param>
/// <param name="DilationWidth">Input columns from one filter column to the next.</param>
/// <param name="Groups">Parts of the channels that do not see each other.</param>
public readonly record struct ConvolutionShape(
    nint Batch, nint InChannels, nint InHeight, nint InWidth,
    nint OutChannels, nint KernelHeight, nint KernelWidth,
    nint StrideHeight = 1, nint StrideWidth = 1,
    nint PadTop = 0, nint PadLeft = 0, nint PadBottom = 0, nint PadRight = 0,
    nint DilationHeight = 1, nint DilationWidth = 1,
    nint Groups = 1)
{
    /// <summary>Rows of the output; 0 if the dilated filter is higher than the padded input.</summary>
    public nint OutHeight => Positions(PaddedHeight, (KernelHeight - 1) * DilationHeight + 1, StrideHeight);

    /// <summary>Columns of the output; 0 if the dilated filter is wider than the padded input.</summary>
    public nint OutWidth => Positions(PaddedWidth, (KernelWidth - 1) * DilationWidth + 1, StrideWidth);

    /// <summary>Weights of one output channel: the depth of the matrix product.</summary>
    internal nint FilterDepth => InChannels / Groups * KernelHeight * KernelWidth;

    /// <summary>Whether the input itself is the matrix whose product with the filters is the convolution.</summary>
    internal bool IsPointwise => KernelHeight == 1 && KernelWidth == 1 && StrideHeight == 1 && StrideWidth == 1 && !IsPadded;

    /// <summary>Whether each channel is convolved by itself.</summary>
    internal bool IsDepthwise => Groups == InChannels && Groups > 1;

    internal bool IsPadded => PadTop + PadLeft + PadBottom + PadRight > 0;

    internal nint PaddedHeight => InHeight + PadTop + PadBottom;

    internal nint PaddedWidth => InWidth + PadLeft + PadRight;

    /// <summary>The places of a window that lie within a padded extent.</summary>
    internal static nint Positions(nint extent, nint window, nint stride) => extent < window ? 0 : (extent - window) / stride + 1;

    /// <summary>Throws for sizes that describe no convolution.</summary>
    internal void Validate()
    {
        if (Batch < 0 || InChannels < 0 || InHeight < 0 || InWidth < 0 || OutChannels < 0 || PadTop < 0 || PadLeft < 0 || PadBottom < 0 || PadRight < 0)
            throw new ArgumentException($"a convolution's sizes and pads are not negative: {this}");
        if (KernelHeight < 1 || KernelWidth < 1 || StrideHeight < 1 || StrideWidth < 1 || DilationHeight < 1 || DilationWidth < 1 || Groups < 1)
            throw new ArgumentException($"a convolution's kernel, strides, dilations and groups are at least 1: {this}");
        if (InChannels % Groups != 0 || OutChannels % Groups != 0)
            throw new ArgumentException($"{Groups} groups divide neither or not both of {InChannels} input and {OutChannels} output channels");
        if (InChannels / Groups * PaddedHeight * PaddedWidth > int.MaxValue)
            throw new ArgumentException($"a convolution's padded image has at most {int.MaxValue} elements per group: {this}");
    }
}
