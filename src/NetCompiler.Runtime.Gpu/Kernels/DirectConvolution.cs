namespace NetCompiler.Runtime.Gpu;

/// <summary>
/// Two-dimensional convolutions of images [N, C, H, W] with filters [O, C / groups, KH, KW] by their definition, a thread for each four results:
/// for groups of few channels, such as depthwise convolutions, of which a tile of a product would compute a row or two. It computes every
/// convolution.
/// </summary>
public static class DirectConvolution
{
    /// <summary>y = the convolution of x with w.</summary>
    public static void Forward(GpuDevice device, in ConvolutionShape shape, DevicePointer<float> x, DevicePointer<float> w, DevicePointer<float> y) =>
        Forward(device, shape, x, w, y, new StorePlanes(y.View, new ConvolutionSizes(shape).OutPositions));

    /// <summary>
    /// The convolution of x with w; <paramref name="epilogue"/> takes its elements, the planes of all images as rows and the positions in
    /// them as columns, and y alone is not written.
    /// </summary>
    public static void Forward<TEpilogue>(
        GpuDevice device, in ConvolutionShape shape, DevicePointer<float> x, DevicePointer<float> w, DevicePointer<float> y, TEpilogue epilogue)
        where TEpilogue : struct, IGpuEpilogue
    {
        ArgumentNullException.ThrowIfNull(device);
        var sizes = new ConvolutionSizes(shape);
        Launch(device, DirectProblem.Forward(sizes, x.View, w.View), sizes.StrideHeight, epilogue);
    }

    /// <summary>dx = the gradient of the images.</summary>
    public static void BackwardData(GpuDevice device, in ConvolutionShape shape, DevicePointer<float> dy, DevicePointer<float> w, DevicePointer<float> dx) =>
        BackwardData(device, shape, dy, w, dx, new StorePlanes(dx.View, new ConvolutionSizes(shape).InPositions));

    /// <summary>The gradient of the images; <paramref name="epilogue"/> takes its elements.</summary>
    /// <inheritdoc cref="Forward{TEpilogue}"/>
    public static void BackwardData<TEpilogue>(
        GpuDevice device, in ConvolutionShape shape, DevicePointer<float> dy, DevicePointer<float> w, DevicePointer<float> dx, TEpilogue epilogue)
        where TEpilogue : struct, IGpuEpilogue
    {
        ArgumentNullException.ThrowIfNull(device);
        var sizes = new ConvolutionSizes(shape);
        if (sizes.StrideHeight == 1 && sizes.StrideWidth == 1)
            Launch(device, DirectProblem.Gradient(sizes, dy.View, w.View), 1, epilogue);
        else
            device.LaunchFor((long)sizes.Images * sizes.InChannels * sizes.InPositions, new StridedGradientKernel<TEpilogue>(sizes, dy.View, w.View, epilogue));
    }

    /// <summary>dw = the gradient of the filters.</summary>
    public static void BackwardFilter(GpuDevice device, in ConvolutionShape shape, DevicePointer<float> x, DevicePointer<float> dy, DevicePointer<float> dw)
    {
        ArgumentNullException.ThrowIfNull(device);
        var sizes = new ConvolutionSizes(shape);
        var kernel = new DirectFilterKernel(sizes, x.View, dy.View, dw.View);
        device.LaunchRowParts(kernel.Blocks, (long)sizes.Images * sizes.OutPositions, new RowSteps(1, DirectFilterKernel.Sums, false, true), kernel);
    }

    static void Launch<TEpilogue>(GpuDevice device, in DirectProblem problem, int strideHeight, TEpilogue epilogue) where TEpilogue : struct, IGpuEpilogue
    {
        bool slides = strideHeight == 1 && problem.DilationHeight == 1;
        if (problem.KernelHeight == 3 && problem.KernelWidth == 3)
            Launch<Window3x3, TEpilogue>(device, problem, slides, epilogue);
        else if (problem.KernelHeight == 5 && problem.KernelWidth == 5)
            Launch<Window5x5, TEpilogue>(device, problem, slides, epilogue);
        else
            Launch<WindowOfAnySize, TEpilogue>(device, problem, slides, epilogue);
    }

    static void Launch<TWindow, TEpilogue>(GpuDevice device, in DirectProblem problem, bool slides, TEpilogue epilogue)
        where TWindow : struct, IDirectWindow where TEpilogue : struct, IGpuEpilogue
    {
        if (slides)
            device.LaunchFor(problem.Threads, new DirectKernel<SlidingColumn<TWindow>, TEpilogue> { Problem = problem, Epilogue = epilogue });
        else
            device.LaunchFor(problem.Threads, new DirectKernel<SteppingColumn<TWindow>, TEpilogue> { Problem = problem, Epilogue = epilogue });
    }
}
