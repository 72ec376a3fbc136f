using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <summary>The sums of four results below one another.</summary>
interface IDirectSums
{
    Float4 Of(in DirectProblem problem, DirectPlace place);
}

/// <summary>
/// Results one row apart see windows one row apart: what the second row of one's window reads is what the first row of the next one's does. A
/// column of the windows is read once, 3 elements more than its height for 4 results, by threads beside each other.
/// </summary>
struct SlidingColumn<TWindow> : IDirectSums where TWindow : struct, IDirectWindow
{
    public readonly Float4 Of(in DirectProblem problem, DirectPlace place)
    {
        TWindow window = default;
        Float4 sums = default;
        int width = problem.FromWidth, plane = place.From + place.Top * width, filters = place.Filter;
        for (int channel = 0; channel < problem.FromOfGroup; channel++)
        {
            for (int v = 0; v < window.Width(problem); v++)
            {
                int column = place.Left + v * problem.DilationWidth, at = plane + column, filter = filters + v * problem.FilterOfColumn, row = place.Top;
                bool isWithinWidth = (uint)column < (uint)width;
                float first = problem.At(at, row, isWithinWidth);
                float second = problem.At(at + width, row + 1, isWithinWidth);
                float third = problem.At(at + 2 * width, row + 2, isWithinWidth);
                at += 3 * width;
                row += 3;
                for (int u = 0; u < window.Height(problem); u++)
                {
                    float fourth = problem.At(at, row, isWithinWidth), factor = problem.Filter[filter];
                    sums.X += factor * first;
                    sums.Y += factor * second;
                    sums.Z += factor * third;
                    sums.W += factor * fourth;
                    first = second;
                    second = third;
                    third = fourth;
                    at += width;
                    row++;
                    filter += problem.FilterOfRow;
                }
            }
            plane += problem.FromHeight * width;
            filters += problem.FilterOfFrom;
        }
        return sums;
    }
}

/// <summary>The same for strides and dilations of rows, where windows share less.</summary>
struct SteppingColumn<TWindow> : IDirectSums where TWindow : struct, IDirectWindow
{
    public readonly Float4 Of(in DirectProblem problem, DirectPlace place)
    {
        TWindow window = default;
        Float4 sums = default;
        int width = problem.FromWidth, plane = place.From + place.Top * width, filters = place.Filter;
        int stride = problem.StrideHeight, toNext = stride * width, down = problem.DilationHeight * width;
        for (int channel = 0; channel < problem.FromOfGroup; channel++)
        {
            for (int v = 0; v < window.Width(problem); v++)
            {
                int column = place.Left + v * problem.DilationWidth, at = plane + column, filter = filters + v * problem.FilterOfColumn, row = place.Top;
                bool isWithinWidth = (uint)column < (uint)width;
                for (int u = 0; u < window.Height(problem); u++)
                {
                    float factor = problem.Filter[filter];
                    sums.X += factor * problem.At(at, row, isWithinWidth);
                    sums.Y += factor * problem.At(at + toNext, row + stride, isWithinWidth);
                    sums.Z += factor * problem.At(at + 2 * toNext, row + 2 * stride, isWithinWidth);
                    sums.W += factor * problem.At(at + 3 * toNext, row + 3 * stride, isWithinWidth);
                    at += down;
                    row += problem.DilationHeight;
                    filter += problem.FilterOfRow;
                }
            }
            plane += problem.FromHeight * width;
            filters += problem.FilterOfFrom;
        }
        return sums;
    }
}

/// <summary>A thread computes four results below one another; those of threads beside each other lie beside each other.</summary>
struct DirectKernel<TSums, TEpilogue> : IGpuKernel<DirectKernel<TSums, TEpilogue>> where TSums : struct, IDirectSums where TEpilogue : struct, IGpuEpilogue
{
    public DirectProblem Problem;
    public TEpilogue Epilogue;

    public static void Run(DirectKernel<TSums, TEpilogue> kernel)
    {
        int thread = GpuThread.Element;
        if (thread >= kernel.Problem.Threads)
            return;
        var place = kernel.Problem.PlaceOf(thread);
        var sums = default(TSums).Of(kernel.Problem, place);
        int at = place.Row * kernel.Problem.ToWidth + place.Column, rows = kernel.Problem.ToHeight - place.Row;
        kernel.Epilogue.Store(place.Plane, at, sums.X);
        if (rows > 1)
            kernel.Epilogue.Store(place.Plane, at + kernel.Problem.ToWidth, sums.Y);
        if (rows > 2)
            kernel.Epilogue.Store(place.Plane, at + 2 * kernel.Problem.ToWidth, sums.Z);
        if (rows > 3)
            kernel.Epilogue.Store(place.Plane, at + 3 * kernel.Problem.ToWidth, sums.W);
    }
}

/// <summary>The gradient of images at strides: a thread for each element asks which results saw it.</summary>
struct StridedGradientKernel<TEpilogue>(ConvolutionSizes sizes, ArrayView<float> dy, ArrayView<float> w, TEpilogue epilogue)
    : IGpuKernel<StridedGradientKernel<TEpilogue>> where TEpilogue : struct, IGpuEpilogue
{
    readonly ConvolutionSizes _sizes = sizes;
    readonly ArrayView<float> _dy = dy, _w = w;
    readonly long _elements = (long)sizes.Images * sizes.InChannels * sizes.InPositions;
    readonly Divisor _height = new(sizes.InHeight), _width = new(sizes.InWidth), _channels = new(sizes.InChannels), _channelsOfGroup = new(sizes.InOfGroup);
    readonly Divisor _strideHeight = new(sizes.StrideHeight), _strideWidth = new(sizes.StrideWidth);
    // Kernels would divide by the groups each time that they ask for these.
    readonly int _outOfGroup = sizes.OutOfGroup, _filterSize = sizes.FilterSize;
    TEpilogue _epilogue = epilogue;

    public static void Run(StridedGradientKernel<TEpilogue> kernel)
    {
        int element = GpuThread.Element;
        if (element >= kernel._elements)
            return;
        var position = new PlanePosition(element, kernel._height, kernel._width);
        kernel._epilogue.Store(position.Plane, position.Row * kernel._width.Value + position.Column, kernel.Sum(position));
    }

    readonly float Sum(PlanePosition position)
    {
        var s = _sizes;
        int image = _channels.Quotient(position.Plane), channel = position.Plane - image * _channels.Value;
        int group = _channelsOfGroup.Quotient(channel);
        int planes = (image * s.OutChannels + group * _outOfGroup) * s.OutPositions;
        int filters = group * _outOfGroup * _filterSize + (channel - group * _channelsOfGroup.Value) * s.WindowSize;
        float sum = 0f;
        for (int u = 0; u < s.KernelHeight; u++)
        {
            // The quotient of a negative number is wrong, and not used.
            int down = position.Row + s.PadTop - u * s.DilationHeight, row = _strideHeight.Quotient(down);
            if (down < 0 | row >= s.OutHeight | row * s.StrideHeight != down)
                continue;
            for (int v = 0; v < s.KernelWidth; v++)
            {
                int right = position.Column + s.PadLeft - v * s.DilationWidth, column = _strideWidth.Quotient(right);
                if (right < 0 | column >= s.OutWidth | column * s.StrideWidth != right)
                    continue;
                int at = planes + row * s.OutWidth + column, filter = filters + u * s.KernelWidth + v;
                for (int channelOfGroup = 0; channelOfGroup < _outOfGroup; channelOfGroup++)
                {
                    sum += _w[filter] * _dy[at];
                    at += s.OutPositions;
                    filter += _filterSize;
                }
            }
        }
        return sum;
    }
}
