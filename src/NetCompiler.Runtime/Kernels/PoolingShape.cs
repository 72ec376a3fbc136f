namespace NetCompiler.Runtime;

/// <summary>
/// The sizes of a two-dimensional pooling of planes [Planes, InHeight, InWidth] to [Planes, OutHeight, OutWidth], contiguous and
/// row-major; the planes are the channels of all images.
/// </summary>
/// <param name="Planes">Images times channels.</param>
/// <param name="InHeight">Rows of the input.</param>
/// <param name="InWidth">Columns of the input.</param>
/// <param name="KernelHeight">Rows of the window.</param>
/// <param name="KernelWidth">Columns of the window.</param>
/// <param name="StrideHeight">Input rows from one window to the next.</param>
/// <param name="StrideWidth">Input columns from one window to the next.</param>
/// <param name="PadTop">Rows above the input that windows may cover.</param>
/// <param name="PadLeft">Columns left of the input that windows may cover.</param>
/// <param name="PadBottom">Rows below the input that windows may cover.</param>
/// <param name="PadRight">Columns right of the input that windows may cover.</param>
/// <param name="DilationHeight">Input rows from one row of the window to the next.</param>
/// <param name="DilationWidth">Input columns from one column of the window to the next.</param>
/// <param name="Ceil">Whether a last window may reach beyond the padding, if it starts before it.</param>
public readonly record struct PoolingShape(
    nint Planes, nint InHeight, nint InWidth,
    nint KernelHeight, nint KernelWidth, nint StrideHeight, nint StrideWidth,
    nint PadTop = 0, nint PadLeft = 0, nint PadBottom = 0, nint PadRight = 0,
    nint DilationHeight = 1, nint DilationWidth = 1, bool Ceil = false)
{
    /// <summary>Rows of the output; 0 if the window is higher than the padded input.</summary>
    public nint OutHeight => Positions(InHeight, PadTop, PadBottom, ReachHeight, StrideHeight);

    /// <summary>Columns of the output; 0 if the window is wider than the padded input.</summary>
    public nint OutWidth => Positions(InWidth, PadLeft, PadRight, ReachWidth, StrideWidth);

    /// <summary>Rows from the first to the last of a window.</summary>
    internal nint ReachHeight => (KernelHeight - 1) * DilationHeight + 1;

    /// <summary>Columns from the first to the last of a window.</summary>
    internal nint ReachWidth => (KernelWidth - 1) * DilationWidth + 1;

    nint Positions(nint extent, nint before, nint after, nint reach, nint stride)
    {
        if (!Ceil)
            return ConvolutionShape.Positions(extent + before + after, reach, stride);
        nint begins = extent + Math.Min(before + after - reach + stride, before);
        return begins <= 0 ? 0 : (begins + stride - 1) / stride;
    }

    /// <summary>Whether it is a pooling at all: the default of the type stands for none.</summary>
    internal bool IsPooled => KernelHeight > 0;

    /// <summary>Whether windows share rows with those below them.</summary>
    internal bool SharesRows => IsPooled && ReachHeight > StrideHeight;

    /// <summary>Windows that tile the plane in twos, without padding.</summary>
    internal bool IsTwoByTwo => KernelHeight == 2 && KernelWidth == 2 && StrideHeight == 2 && StrideWidth == 2 && PadTop == 0 && PadLeft == 0 && PadBottom == 0 && PadRight == 0
        && DilationHeight == 1 && DilationWidth == 1 && (!Ceil || (InHeight % 2 == 0 && InWidth % 2 == 0));

    /// <summary>Throws for sizes that describe no pooling, and for padding as large as the window: such a window would hold nothing.</summary>
    internal void Validate()
    {
        if (Planes < 0 || InHeight < 0 || InWidth < 0 || PadTop < 0 || PadLeft < 0 || PadBottom < 0 || PadRight < 0)
            throw new ArgumentException($"a pooling's sizes and pads are not negative: {this}");
        if (KernelHeight < 1 || KernelWidth < 1 || StrideHeight < 1 || StrideWidth < 1 || DilationHeight < 1 || DilationWidth < 1)
            throw new ArgumentException($"a pooling's kernel, strides and dilations are at least 1: {this}");
        if (Math.Max(PadTop, PadBottom) >= ReachHeight || Math.Max(PadLeft, PadRight) >= ReachWidth)
            throw new ArgumentException($"a pooling's pads are less than its kernel: {this}");
    }
}
