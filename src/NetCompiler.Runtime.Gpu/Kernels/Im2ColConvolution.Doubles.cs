using ILGPU;

namespace NetCompiler.Runtime.Gpu;

/// <content>Convolutions of doubles: the path for checking. A thread adds up each element of the result, in the order of the definition.</content>
public static partial class Im2ColConvolution
{
    /// <summary>y = the convolution of x with w.</summary>
    public static void Forward(GpuDevice device, in ConvolutionShape shape, DevicePointer<double> x, DevicePointer<double> w, DevicePointer<double> y)
    {
        ArgumentNullException.ThrowIfNull(device);
        var sizes = new ConvolutionSizes(shape);
        device.LaunchFor((long)sizes.Images * sizes.OutChannels * sizes.OutPositions, new DoubleForwardKernel { Sizes = sizes, X = x.View, W = w.View, Y = y.View });
    }

    /// <summary>dx = the gradient of the images.</summary>
    public static void BackwardData(GpuDevice device, in ConvolutionShape shape, DevicePointer<double> dy, DevicePointer<double> w, DevicePointer<double> dx)
    {
        ArgumentNullException.ThrowIfNull(device);
        var sizes = new ConvolutionSizes(shape);
        device.LaunchFor((long)sizes.Images * sizes.InChannels * sizes.InPositions, new DoubleBackwardDataKernel { Sizes = sizes, Dy = dy.View, W = w.View, Dx = dx.View });
    }

    /// <summary>dw = the gradient of the filters.</summary>
    public static void BackwardFilter(GpuDevice device, in ConvolutionShape shape, DevicePointer<double> x, DevicePointer<double> dy, DevicePointer<double> dw)
    {
        ArgumentNullException.ThrowIfNull(device);
        var sizes = new ConvolutionSizes(shape);
        device.LaunchFor((long)sizes.OutChannels * sizes.FilterSize, new DoubleBackwardFilterKernel { Sizes = sizes, X = x.View, Dy = dy.View, Dw = dw.View });
    }
}

struct DoubleForwardKernel : IGpuKernel<DoubleForwardKernel>
{
    public ConvolutionSizes Sizes;
    public ArrayView<double> X, W, Y;

    public static void Run(DoubleForwardKernel kernel)
    {
        int element = GpuThread.Element;
        var sizes = kernel.Sizes;
        if (element >= (long)sizes.Images * sizes.OutChannels * sizes.OutPositions)
            return;
        var result = new PlanePosition(element, sizes.OutHeight, sizes.OutWidth);
        int image = result.Plane / sizes.OutChannels, channel = result.Plane - image * sizes.OutChannels;
        int firstPlane = image * sizes.InChannels + channel / sizes.OutOfGroup * sizes.InOfGroup;
        double sum = 0;
        for (int c = 0; c < sizes.InOfGroup; c++)
        {
            for (int u = 0; u < sizes.KernelHeight; u++)
            {
                int y = result.Row * sizes.StrideHeight - sizes.PadTop + u * sizes.DilationHeight;
                if (y < 0 || y >= sizes.InHeight)
                    continue;
                for (int v = 0; v < sizes.KernelWidth; v++)
                {
                    int x = result.Column * sizes.StrideWidth - sizes.PadLeft + v * sizes.DilationWidth;
                    if (x >= 0 && x < sizes.InWidth)
                        sum += kernel.X[((long)(firstPlane + c) * sizes.InHeight + y) * sizes.InWidth + x] * kernel.W[((long)channel * sizes.InOfGroup + c) * sizes.WindowSize + u * sizes.KernelWidth + v];
                }
            }
        }
        kernel.Y[element] = sum;
    }
}

struct DoubleBackwardDataKernel : IGpuKernel<DoubleBackwardDataKernel>
{
    public ConvolutionSizes Sizes;
    public ArrayView<double> Dy, W, Dx;

    public static void Run(DoubleBackwardDataKernel kernel)
    {
        int element = GpuThread.Element;
        var sizes = kernel.Sizes;
        if (element >= (long)sizes.Images * sizes.InChannels * sizes.InPositions)
            return;
        var position = new PlanePosition(element, sizes.InHeight, sizes.InWidth);
        int image = position.Plane / sizes.InChannels, channel = position.Plane - image * sizes.InChannels;
        int group = channel / sizes.InOfGroup, within = channel - group * sizes.InOfGroup;
        double sum = 0;
        for (int o = group * sizes.OutOfGroup; o < (group + 1) * sizes.OutOfGroup; o++)
        {
            for (int u = 0; u < sizes.KernelHeight; u++)
            {
                int down = position.Row + sizes.PadTop - u * sizes.DilationHeight, row = down / sizes.StrideHeight;
                if (down < 0 || row * sizes.StrideHeight != down || row >= sizes.OutHeight)
                    continue;
                for (int v = 0; v < sizes.KernelWidth; v++)
                {
                    int right = position.Column + sizes.PadLeft - v * sizes.DilationWidth, column = right / sizes.StrideWidth;
                    if (right >= 0 && column * sizes.StrideWidth == right && column < sizes.OutWidth)
                        sum += kernel.Dy[((long)(image * sizes.OutChannels + o) * sizes.OutHeight + row) * sizes.OutWidth + column] * kernel.W[((long)o * sizes.InOfGroup + within) * sizes.WindowSize + u * sizes.KernelWidth + v];
                }
            }
        }
        kernel.Dx[element] = sum;
    }
}

struct DoubleBackwardFilterKernel : IGpuKernel<DoubleBackwardFilterKernel>
{
    public ConvolutionSizes Sizes;
    public ArrayView<double> X, Dy, Dw;

    public static void Run(DoubleBackwardFilterKernel kernel)
    {
        int element = GpuThread.Element;
        var sizes = kernel.Sizes;
        if (element >= (long)sizes.OutChannels * sizes.FilterSize)
            return;
        var place = new PlanePosition(element, sizes.KernelHeight, sizes.KernelWidth);
        int channel = place.Plane / sizes.InOfGroup, within = place.Plane - channel * sizes.InOfGroup;
        int input = channel / sizes.OutOfGroup * sizes.InOfGroup + within;
        double sum = 0;
        for (int image = 0; image < sizes.Images; image++)
        {
            for (int row = 0; row < sizes.OutHeight; row++)
            {
                int y = row * sizes.StrideHeight - sizes.PadTop + place.Row * sizes.DilationHeight;
                if (y < 0 || y >= sizes.InHeight)
                    continue;
                for (int column = 0; column < sizes.OutWidth; column++)
                {
                    int x = column * sizes.StrideWidth - sizes.PadLeft + place.Column * sizes.DilationWidth;
                    if (x >= 0 && x < sizes.InWidth)
                        sum += kernel.X[((long)(image * sizes.InChannels + input) * sizes.InHeight + y) * sizes.InWidth + x] * kernel.Dy[((long)(image * sizes.OutChannels + channel) * sizes.OutHeight + row) * sizes.OutWidth + column];
                }
            }
        }
        kernel.Dw[element] = sum;
    }
}
