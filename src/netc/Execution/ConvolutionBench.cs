using System.Diagnostics;
using NetCompiler.Algorithms;
using NetCompiler.Operators;
using NetCompiler.Runtime;
using ConvolutionBlocking = NetCompiler.Runtime.ConvolutionBlocking;
using ConvolutionCut = NetCompiler.Runtime.ConvolutionCut;
using FftConvolution = NetCompiler.Runtime.FftConvolution;
using ImageLayout = NetCompiler.Runtime.ImageLayout;
using WinogradConvolution = NetCompiler.Runtime.WinogradConvolution;

namespace NetCompiler.CommandLine.Execution;

/// <summary>Times the algorithms of a convolution.</summary>
internal sealed class ConvolutionBench : KernelBench
{
    readonly WorkerPool _pool;
    readonly ConvolutionProblem _problem;
    readonly ConvolutionShape _shape;
    readonly PinnedBuffer _x, _y, _w;
    readonly Lazy<double> _conversions;

    /// <param name="pool">The threads.</param>
    /// <param name="problem">The sizes; their batch is what is measured.</param>
    public ConvolutionBench(WorkerPool pool, ConvolutionProblem problem)
    {
        _pool = pool;
        _problem = problem;
        var window = problem.Window;
        _shape = new ConvolutionShape(
            (nint)problem.Batch, (nint)problem.InChannels, (nint)problem.InHeight, (nint)problem.InWidth, (nint)problem.OutChannels, (nint)problem.KernelHeight, (nint)problem.KernelWidth,
            window.StrideHeight, window.StrideWidth, window.PadTop, window.PadLeft, window.PadBottom, window.PadRight, window.DilationHeight, window.DilationWidth, window.Groups);
        _x = RandomNumbers(problem.Batch * Blocked(problem.InChannels) * problem.InHeight * problem.InWidth);
        _y = RandomNumbers(problem.Batch * Blocked(problem.OutChannels) * problem.OutHeight * problem.OutWidth);
        _w = RandomNumbers(problem.FilterSize);
        _conversions = new(TimeConversions);
    }

    /// <inheritdoc/>
    public override double Conversions(string planned, string name) =>
        ConvolutionAlgorithms.Named(planned).Layout == ConvolutionAlgorithms.Named(name).Layout ? 0 : _conversions.Value;

    // Both images there or back once; their best time of some.
    double TimeConversions()
    {
        const int repeats = 10;
        var (x, y) = (_x.At<float>(), _y.At<float>());
        var planar = new PinnedBuffer(Math.Max(_x.Capacity, _y.Capacity));
        double best = double.PositiveInfinity;
        for (int i = 0; i < repeats; i++)
        {
            long start = Stopwatch.GetTimestamp();
            ImageLayouts.Unblock(_pool, _shape.Batch, _shape.InChannels, _shape.InHeight * _shape.InWidth, x, planar.At<float>());
            ImageLayouts.Block(_pool, _shape.Batch, _shape.OutChannels, _shape.OutHeight * _shape.OutWidth, planar.At<float>(), y);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        GC.KeepAlive(planar);
        return best;
    }

    static long Blocked(long channels) => BlockedLayout.Blocks(channels) * BlockedLayout.Lanes;

    /// <summary>A call as the emitted code makes it; the filter is packed each time unless it is prepared.</summary>
    protected override Action Call(string name)
    {
        var algorithm = ConvolutionAlgorithms.Named(name);
        var (x, y, w) = (_x.At<float>(), _y.At<float>(), _w.At<float>());
        var layout = algorithm.ReadsPlanar(_problem) ? ImageLayout.Planar : ImageLayout.Blocked;
        var none = default(NoEpilogue);
        var blocking = new ConvolutionBlocking(algorithm.Blocking.Kilobytes, (ConvolutionCut)algorithm.Blocking.Cut);
        var packed = new PinnedBuffer(4 * algorithm.PackedLength(_problem));
        Action<Pointer<float>>? pack = (algorithm.Kernel, _problem.Pass) switch
        {
            (_, ConvolutionPass.BackwardFilter) or (nameof(Im2ColConvolution), _) => null,
            (nameof(BlockedConvolution), ConvolutionPass.Forward) => p => BlockedConvolution.PackForward(_pool, _shape, w, p),
            (nameof(BlockedConvolution), _) => p => BlockedConvolution.PackBackward(_pool, _shape, w, p),
            (nameof(WinogradConvolution), ConvolutionPass.Forward) => p => WinogradConvolution.PackForward(_pool, _shape, algorithm.Tile, w, p),
            (nameof(WinogradConvolution), _) => p => WinogradConvolution.PackBackward(_pool, _shape, algorithm.Tile, w, p),
            (nameof(FftConvolution), ConvolutionPass.Forward) => p => FftConvolution.PackForward(_pool, _shape, w, p),
            (nameof(FftConvolution), _) => p => FftConvolution.PackBackward(_pool, _shape, w, p),
            _ => throw new InvalidOperationException($"no way to time {algorithm}"),
        };
        Action<Pointer<float>> run = (algorithm.Kernel, _problem.Pass) switch
        {
            (nameof(Im2ColConvolution), ConvolutionPass.Forward) => _ => Im2ColConvolution.Forward(_pool, _shape, x, w, y),
            (nameof(Im2ColConvolution), ConvolutionPass.BackwardData) => _ => Im2ColConvolution.BackwardData(_pool, _shape, y, w, x),
            (nameof(Im2ColConvolution), _) => _ => Im2ColConvolution.BackwardFilter(_pool, _shape, x, y, w),
            (nameof(BlockedConvolution), ConvolutionPass.Forward) => p => BlockedConvolution.Forward(_pool, _shape, layout, x, p, y, none, blocking),
            (nameof(BlockedConvolution), ConvolutionPass.BackwardData) => p => BlockedConvolution.BackwardData(_pool, _shape, y, p, x, none, blocking),
            (nameof(BlockedConvolution), _) => _ => BlockedConvolution.BackwardFilter(_pool, _shape, layout, x, y, w, blocking),
            (nameof(WinogradConvolution), ConvolutionPass.Forward) => p => WinogradConvolution.Forward(_pool, _shape, algorithm.Tile, x, p, y, none, blocking),
            (nameof(WinogradConvolution), ConvolutionPass.BackwardData) => p => WinogradConvolution.BackwardData(_pool, _shape, algorithm.Tile, y, p, x, none, blocking),
            (nameof(WinogradConvolution), _) => _ => WinogradConvolution.BackwardFilter(_pool, _shape, algorithm.Tile, x, y, w, blocking),
            (nameof(FftConvolution), ConvolutionPass.Forward) => p => FftConvolution.Forward(_pool, _shape, x, p, y, none),
            (nameof(FftConvolution), ConvolutionPass.BackwardData) => p => FftConvolution.BackwardData(_pool, _shape, y, p, x, none),
            (nameof(FftConvolution), _) => _ => FftConvolution.BackwardFilter(_pool, _shape, x, y, w),
            _ => throw new InvalidOperationException($"no way to time {algorithm} for {_problem.Pass}"),
        };
        var filter = packed.At<float>();
        pack?.Invoke(filter);
        bool packsEachTime = pack is not null && !_problem.IsFilterPrepared;
        return () =>
        {
            if (packsEachTime)
                pack!(filter);
            run(filter);
            GC.KeepAlive(packed);
        };
    }
}
