using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// What a direct convolution reads and in which steps: to[n, t, i, j] = the sum over the channels f of the group, u and v of
/// from[n, f, i * stride + u * dilation - pad, …] * w[first + group, t, f, u and v times their steps]. The gradient of images at stride 1 is
/// one too, of the results' gradients with turned filters.
/// </summary>
readonly struct DirectProblem
{
    /// <summary>Results of a column that a thread computes.</summary>
    public const int Rows = 4;

    public readonly ArrayView<float> From, Filter;
    public readonly int FromChannels, FromHeight, FromWidth, FromOfGroup, ToHeight;
    public readonly int KernelHeight, KernelWidth, StrideHeight, StrideWidth, PadTop, PadLeft, DilationHeight, DilationWidth;

    /// <summary>Elements of the filter from one group, channel, row or column to the next, and where the first ones begin.</summary>
    public readonly int FilterFirst, FilterOfGroup, FilterOfTo, FilterOfFrom, FilterOfRow, FilterOfColumn;

    /// <summary>Threads of the launch.</summary>
    public readonly long Threads;

    readonly Divisor _width, _blocks, _channels, _channelsOfGroup;

    DirectProblem(in ConvolutionSizes sizes, ArrayView<float> from, ArrayView<float> filter, bool isGradient)
    {
        (From, Filter) = (from, filter);
        int toChannels, toOfGroup, toWidth, window = sizes.WindowSize;
        (DilationHeight, DilationWidth, KernelHeight, KernelWidth) = (sizes.DilationHeight, sizes.DilationWidth, sizes.KernelHeight, sizes.KernelWidth);
        FilterOfGroup = sizes.OutOfGroup * sizes.FilterSize;
        if (isGradient)
        {
            (FromChannels, FromHeight, FromWidth, FromOfGroup) = (sizes.OutChannels, sizes.OutHeight, sizes.OutWidth, sizes.OutOfGroup);
            (toChannels, ToHeight, toWidth, toOfGroup) = (sizes.InChannels, sizes.InHeight, sizes.InWidth, sizes.InOfGroup);
            (StrideHeight, StrideWidth) = (1, 1);
            (PadTop, PadLeft) = ((KernelHeight - 1) * DilationHeight - sizes.PadTop, (KernelWidth - 1) * DilationWidth - sizes.PadLeft);
            (FilterFirst, FilterOfTo, FilterOfFrom, FilterOfRow, FilterOfColumn) = (window - 1, window, sizes.FilterSize, -KernelWidth, -1);
        }
        else
        {
            (FromChannels, FromHeight, FromWidth, FromOfGroup) = (sizes.InChannels, sizes.InHeight, sizes.InWidth, sizes.InOfGroup);
            (toChannels, ToHeight, toWidth, toOfGroup) = (sizes.OutChannels, sizes.OutHeight, sizes.OutWidth, sizes.OutOfGroup);
            (StrideHeight, StrideWidth, PadTop, PadLeft) = (sizes.StrideHeight, sizes.StrideWidth, sizes.PadTop, sizes.PadLeft);
            (FilterFirst, FilterOfTo, FilterOfFrom, FilterOfRow, FilterOfColumn) = (0, sizes.FilterSize, window, KernelWidth, 1);
        }
        int blocks = (ToHeight + Rows - 1) / Rows;
        (_width, _blocks, _channels, _channelsOfGroup) = (new(toWidth), new(blocks), new(toChannels), new(toOfGroup));
        Threads = (long)sizes.Images * toChannels * blocks * toWidth;
    }

    /// <summary>The convolution of images.</summary>
    public static DirectProblem Forward(in ConvolutionSizes sizes, ArrayView<float> x, ArrayView<float> w) => new(sizes, x, w, false);

    /// <summary>The gradient of images where strides are 1.</summary>
    public static DirectProblem Gradient(in ConvolutionSizes sizes, ArrayView<float> dy, ArrayView<float> w) => new(sizes, dy, w, true);

    public int ToWidth => _width.Value;

    /// <summary>The results of a thread: their plane, first row and column.</summary>
    public DirectPlace PlaceOf(int thread)
    {
        var block = new PlanePosition(thread, _blocks, _width);
        int image = _channels.Quotient(block.Plane), channel = block.Plane - image * _channels.Value;
        int group = _channelsOfGroup.Quotient(channel), row = block.Row * Rows;
        return new()
        {
            Plane = block.Plane, Row = row, Column = block.Column,
            Top = row * StrideHeight - PadTop, Left = block.Column * StrideWidth - PadLeft,
            From = (image * FromChannels + group * FromOfGroup) * FromHeight * FromWidth,
            Filter = FilterFirst + group * FilterOfGroup + (channel - group * _channelsOfGroup.Value) * FilterOfTo,
        };
    }

    /// <summary>An element of a plane, 0 beyond its borders. Numbers of places that do not exist are not used, and may be beyond those of ints.</summary>
    public float At(int place, int row, bool isWithinWidth)
    {
        float value = 0f;
        // One comparison for both ends: negative numbers are large unsigned ones.
        if (isWithinWidth & (uint)row < (uint)FromHeight)
            value = From[place];
        return value;
    }
}

/// <summary>Four results below one another, and where what they see begins.</summary>
struct DirectPlace
{
    public int Plane, Row, Column, Top, Left, From, Filter;
}

/// <summary>The size of a window, which a kernel knows where it is a constant.</summary>
interface IDirectWindow
{
    int Height(in DirectProblem problem);

    int Width(in DirectProblem problem);
}

struct Window3x3 : IDirectWindow
{
    public readonly int Height(in DirectProblem problem) => 3;

    public readonly int Width(in DirectProblem problem) => 3;
}

struct Window5x5 : IDirectWindow
{
    public readonly int Height(in DirectProblem problem) => 5;

    public readonly int Width(in DirectProblem problem) => 5;
}

struct WindowOfAnySize : IDirectWindow
{
    public readonly int Height(in DirectProblem problem) => problem.KernelHeight;

    public readonly int Width(in DirectProblem problem) => problem.KernelWidth;
}
