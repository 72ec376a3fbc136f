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
public readonly record struct PoolingShape(
    nint Planes, nint InHeight, nint InWidth,
    nint KernelHeight, nint KernelWidth, nint StrideHeight, nint StrideWidth,
    nint PadTop = 0, nint PadLeft = 0, nint PadBottom = 0, nint PadRight = 0)
{
    /// <summary>Rows of the output; 0 if the window is higher than the padded input.</summary>
    public nint OutHeight => ConvolutionShape.Positions(InHeight + PadTop + PadBottom, KernelHeight, StrideHeight);

    /// <summary>Columns of the output; 0 if the window is wider than the padded input.</summary>
    public nint OutWidth => ConvolutionShape.Positions(InWidth + PadLeft + PadRight, KernelWidth, StrideWidth);

    /// <summary>Windows that tile the plane in twos, without padding.</summary>
    internal bool IsTwoByTwo => KernelHeight == 2 && KernelWidth == 2 && StrideHeight == 2 && StrideWidth == 2 && PadTop == 0 && PadLeft == 0 && PadBottom == 0 && PadRight == 0;

    /// <summary>Throws for sizes that describe no pooling, and for padding as large as the window: such a window would hold nothing.</summary>
    internal void Validate()
    {
        if (Planes < 0 || InHeight < 0 || InWidth < 0 || PadTop < 0 || PadLeft < 0 || PadBottom < 0 || PadRight < 0)
            throw new ArgumentException($"a pooling's sizes and pads are not negative: {this}");
        if (KernelHeight < 1 || KernelWidth < 1 || StrideHeight < 1 || StrideWidth < 1)
            throw new ArgumentException($"a pooling's kernel and strides are at least 1: {this}");
        if (Math.Max(PadTop, PadBottom) >= KernelHeight || Math.Max(PadLeft, PadRight) >= KernelWidth)
            throw new ArgumentException($"a pooling's pads are less than its kernel: {this}");
    }
}
