using NetCompiler.Algorithms;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Operators;
using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;
using DirectConvolution = NetCompiler.Runtime.Gpu.DirectConvolution;
using Gemm = NetCompiler.Runtime.Gpu.Gemm;
using Im2ColConvolution = NetCompiler.Runtime.Gpu.Im2ColConvolution;
using WinogradConvolution = NetCompiler.Runtime.Gpu.WinogradConvolution;

namespace NetCompiler.CommandLine.Gpu;

/// <summary>Times the algorithms of a kernel on a GPU, on numbers that are brought there once.</summary>
internal sealed class GpuBench : KernelBench, IDisposable
{
    readonly GpuDevice _device;
    readonly KernelProblem _problem;
    readonly List<DeviceBuffer> _buffers = [];
    readonly DevicePointer<float> _left, _right, _result;

    /// <param name="device">The GPU.</param>
    /// <param name="problem">The sizes; their batch is what is measured.</param>
    public GpuBench(GpuDevice device, KernelProblem problem)
    {
        _device = device;
        _problem = problem;
        var (left, right, result) = problem switch
        {
            ProductProblem product => (product.Batch * product.Rows * product.Depth, product.Batch * product.Depth * product.Columns, product.Batch * product.Rows * product.Columns),
            ConvolutionProblem convolution => (convolution.InSize, convolution.FilterSize, convolution.OutSize),
            _ => throw new InvalidOperationException($"no way to time {problem}"),
        };
        (_left, _right, _result) = (Numbers(left), Numbers(right), Numbers(result));
    }

    // Waiting for the device takes some of what a small kernel takes: many of them are queued before.
    protected override double SampleMilliseconds => 1;

    protected override void Synchronize() => _device.Stream.Synchronize();

    protected override Action Call(string name)
    {
        var method = GpuAccess.MethodOf(_problem, name) ?? ProductMethod.BySize;
        return _problem is ProductProblem product ? Call(product, method) : Call((ConvolutionProblem)_problem, GpuConvolutionAlgorithm.Named(name), method);
    }

    Action Call(ProductProblem product, ProductMethod method)
    {
        nint m = (nint)product.Rows, n = (nint)product.Columns, k = (nint)product.Depth;
        return () => Gemm.MultiplyBatched(
            _device, (nint)product.Batch, product.TransposesLeft, product.TransposesRight, m, n, k,
            _left, product.TransposesLeft ? m : k, m * k, _right, product.TransposesRight ? k : n, k * n, _result, n, m * n, method);
    }

    Action Call(ConvolutionProblem convolution, GpuConvolutionAlgorithm algorithm, ProductMethod method)
    {
        int tile = algorithm.Tile;
        var window = convolution.Window;
        var shape = new ConvolutionShape(
            (nint)convolution.Batch, (nint)convolution.InChannels, (nint)convolution.InHeight, (nint)convolution.InWidth,
            (nint)convolution.OutChannels, (nint)convolution.KernelHeight, (nint)convolution.KernelWidth,
            window.StrideHeight, window.StrideWidth, window.PadTop, window.PadLeft, window.PadBottom, window.PadRight, window.DilationHeight, window.DilationWidth, window.Groups);
        if (tile > 0)
        {
            return convolution.Pass switch
            {
                ConvolutionPass.Forward => () => WinogradConvolution.Forward(_device, shape, tile, _left, _right, _result),
                ConvolutionPass.BackwardData => () => WinogradConvolution.BackwardData(_device, shape, tile, _result, _right, _left),
                _ => () => WinogradConvolution.BackwardFilter(_device, shape, tile, _left, _result, _right),
            };
        }
        if (algorithm is GpuDirect)
        {
            return convolution.Pass switch
            {
                ConvolutionPass.Forward => () => DirectConvolution.Forward(_device, shape, _left, _right, _result),
                ConvolutionPass.BackwardData => () => DirectConvolution.BackwardData(_device, shape, _result, _right, _left),
                _ => () => DirectConvolution.BackwardFilter(_device, shape, _left, _result, _right),
            };
        }
        return convolution.Pass switch
        {
            ConvolutionPass.Forward => () => Im2ColConvolution.Forward(_device, shape, _left, _right, _result, method),
            ConvolutionPass.BackwardData => () => Im2ColConvolution.BackwardData(_device, shape, _result, _right, _left, method),
            _ => () => Im2ColConvolution.BackwardFilter(_device, shape, _left, _result, _right, method),
        };
    }

    DevicePointer<float> Numbers(long count)
    {
        var buffer = _device.NewBuffer();
        _buffers.Add(buffer);
        buffer.EnsureCapacity(4 * count);
        var numbers = RandomNumbers(count);
        _device.Upload<float>(numbers.At<float>().AsSpan(checked((int)count)), buffer.At<float>());
        Synchronize();
        return buffer.At<float>();
    }

    /// <summary>Gives the memory back: a network has more kernels than fit beside one another.</summary>
    public void Dispose()
    {
        Synchronize();
        foreach (var buffer in _buffers)
            buffer.Dispose();
    }
}
