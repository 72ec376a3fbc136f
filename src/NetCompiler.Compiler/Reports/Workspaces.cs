using System;
using System.Collections.Generic;
using System.Linq;
using NetCompiler.Algorithms;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Plan;

namespace NetCompiler.Reports;

/// <summary>
/// What the runtime's kernels need for themselves: packed blocks of operands, an image in its padding, sums by parts. Each use has memory of
/// its own in each thread, which stays as large as its largest request. The formulas are those of the kernels.
/// </summary>
internal sealed class Workspaces
{
    // Of Kernels/Gemm.cs and Kernels/ImageProducts.cs.
    const long Lanes = 16, PanelWidth = 2 * Lanes;
    const long ColumnElements = 1 << 18, MaximumParts = 16, PartElements = 1 << 22, MinimumWorkPerThread = 1 << 18;

    // Of Kernels/AttentionBlock.cs.
    public const long AttentionRows = 192, AttentionColumns = 256;

    // By use: the thread that calls, and each thread.
    readonly Dictionary<string, long> _caller = [];
    readonly Dictionary<string, long> _each = [];
    readonly Func<Dim, long> _size;
    readonly int _threads;

    Workspaces(Func<Dim, long> size, int threads) => (_size, _threads) = (size, threads);

    /// <summary>The bytes for all steps of a plan on so many threads.</summary>
    public static long Of(IEnumerable<Step> steps, Func<Dim, long> size, int threads)
    {
        var workspaces = new Workspaces(size, threads);
        workspaces.Add(steps);
        long caller = workspaces._caller.Keys.Union(workspaces._each.Keys)
            .Sum(use => Math.Max(workspaces._caller.TryGetValue(use, out long own) ? own : 0, workspaces._each.TryGetValue(use, out long each) ? each : 0));
        return caller + (threads - 1) * workspaces._each.Values.Sum();
    }

    void Add(IEnumerable<Step> steps)
    {
        foreach (var step in steps)
        {
            switch (step.Node.Operator)
            {
                case MatrixProduct:
                    AddProduct(step.Node, isPassing: step.Writes.Any(write => write.Kind == BufferKind.Passing));
                    break;
                case AttentionOperator attention and not IFurtherResult:
                    AddAttention(attention, step.Node);
                    break;
                case BlockedConv2D blocked when ConvolutionProblem.Of(step.Node, trains: false) is { } problem:
                    BlockedWorkspaces.Add(
                        problem with { Batch = _size(blocked.Data[0]) }, ConvolutionAlgorithms.Named(blocked.Planar.Algorithm), blocked.PlanarInput, blocked.Pool, _threads,
                        (use, bytes) => Ask(_caller, use, bytes), (use, bytes) => Ask(_each, use, bytes));
                    break;
                // Rows of maxima. Of Kernels/RowMaxima.cs.
                case BlockedPool { Planar: MaxPoolGather { Window: { DilationHeight: 1, DilationWidth: 1 } window } }
                    when step.Node.Inputs[0] == step.Node.Inputs[1] && !IsTwoByTwo(window, step.Node.Inputs[0].Shape):
                    Ask(_each, "RowMaxima", sizeof(float) * BlockedLayout.Lanes * window.KernelHeight * _size(step.Node.Shape[3]));
                    break;
                case ChannelAverage average:
                    Ask(_each, "ChannelAverages", ChannelAverageBytes(average, _size(step.Node.Shape[2]) * _size(step.Node.Shape[3])));
                    break;
                case Conv2D forward:
                    AddConvolution(step.Node, forward.Window, step.Node.Inputs[0].Shape, step.Node.Inputs[1].Shape);
                    break;
                case Conv2DBackwardData data:
                    AddConvolution(step.Node, data.Window, data.Data, step.Node.Inputs[1].Shape);
                    break;
                case Conv2DBackwardFilter filter:
                    AddConvolution(step.Node, filter.Window, step.Node.Inputs[0].Shape, filter.Filter);
                    break;
            }
            if (step is ScanStep scan)
                Add(scan.Body.Steps);
        }
    }

    /// <summary>Whether windows tile the image in twos. Of Kernels/PoolingShape.cs.</summary>
    bool IsTwoByTwo(PoolingWindow window, Shape image) =>
        window with { Ceil = false } == new PoolingWindow(2, 2, 2, 2, 0, 0, 0, 0) && (!window.Ceil || _size(image[2]) % 2 == 0 && _size(image[3]) % 2 == 0);

    /// <summary>A strip of pixels with all their channels. Of Kernels/BlockedChannelAverage.cs.</summary>
    static long ChannelAverageBytes(ChannelAverage average, long positions)
    {
        long pixel = BlockedLayout.Blocks(average.Channels) * BlockedLayout.Lanes + average.Size - 1;
        return sizeof(float) * pixel * Math.Max(1, Math.Min(positions, (1 << 12) / pixel));
    }

    /// <summary>A block of scores, and what flows to them, with the products that make them. Of Kernels/AttentionBlock.cs.</summary>
    void AddAttention(AttentionOperator attention, Node node)
    {
        var (q, k, v) = (node.Inputs[0].Shape, node.Inputs[1].Shape, node.Inputs[2].Shape);
        long queries = _size(q[q.Rank - 2]), keys = _size(k[k.Rank - 2]), width = _size(q[q.Rank - 1]), values = _size(v[v.Rank - 1]);
        if (queries == 0 || keys == 0)
            return;
        long chunks = RoundUp(queries, AttentionRows) / AttentionRows, rows = (queries + chunks - 1) / chunks, columns = Math.Min(AttentionColumns, keys), stride = RoundUp(columns, Lanes);
        bool isGradient = attention is AttentionGradient;
        Ask(_each, "AttentionScores", rows * stride * sizeof(float) * (isGradient ? 2 : 1));
        if (!isGradient)
            Ask(_each, "AttentionRows", rows * 2 * sizeof(float));
        // Keys, and in the gradient values, are turned into panels; whatever else products take is read where it lies.
        AddBlocks(rows, columns, Math.Max(width, isGradient ? values : 0), sizeof(float), spread: false, packsA: false);
    }

    static void Ask(Dictionary<string, long> uses, string use, long bytes) =>
        uses[use] = Math.Max(uses.TryGetValue(use, out long known) ? known : 0, bytes);

    void AddProduct(Node node, bool isPassing)
    {
        var (a, shape) = (node.Inputs[0].Shape, node.Shape);
        long m = _size(shape[shape.Rank - 2]), n = _size(shape[shape.Rank - 1]), k = _size(a[a.Rank - 1]), element = node.Element.Bytes();
        long batch = _size(Dim.Product(shape.Dims.RemoveRange(shape.Rank - 2, 2)));
        var choice = ProductProblem.Chosen(node);
        bool isPacked = node.Operator is PackedMatMul;
        // A matrix times a vector copies nothing.
        if (batch == 0 || m < 1 || n < 1 || !isPacked && (m == 1 || n == 1))
            return;
        if (choice == StrassenProduct.StrassenName)
        {
            Ask(_caller, "Strassen", StrassenProduct.Additions(m, n, k) * element);
            (m, n, k) = StrassenProduct.Halves(m, n, k);
        }
        bool transposesLeft = MatMulOperand.Of(node, 0).Transposed, transposesRight = !isPacked && MatMulOperand.Of(node, 1).Transposed;
        var blocking = choice is null ? null : ProductAlgorithm.Named(choice) as BlockedProduct;
        var (rows, columns, parts) = Rectangle(m, n, k, (int)((isPacked ? 4 : 2) * 4 * Lanes / element));
        AddBlocks(
            isPacked ? ProductWorkspace.OfPacked(rows, columns, k, transposesLeft, element, m) : ProductWorkspace.Of(rows, columns, k, transposesLeft, transposesRight, blocking, element, m, n),
            parts == 1 && batch < Math.Max(2, _threads) ? _caller : _each);
        if (isPassing)
            Ask(parts == 1 ? _caller : _each, "ProductRows", ProductWorkspace.PassingRows(rows, columns, k, blocking, element) * n * element);
    }

    /// <summary>The largest of the rectangles that a product is cut into, as <c>GemmGrid</c> cuts it, and how many there are.</summary>
    (long Rows, long Columns, long Count) Rectangle(long m, long n, long k, long tileColumns)
    {
        long threads = Math.Min(_threads, 2 * m * n * k / MinimumWorkPerThread), tiles = (n + tileColumns - 1) / tileColumns;
        var best = (Rows: m, Columns: n, Count: 1L);
        double least = double.MaxValue;
        for (long rows = 1; rows <= Math.Min(threads, m); rows++)
        {
            long columns = Math.Min(threads / rows, tiles), height = (m + rows - 1) / rows, width = (tiles + columns - 1) / columns * tileColumns;
            double cost = (double)height * width + 8 * (height + width);
            if (cost < least)
                (best, least) = ((height, Math.Min(n, width), rows * columns), cost);
        }
        return best;
    }

    static void AddBlocks(ProductWorkspace blocks, Dictionary<string, long> uses, bool packsA = true)
    {
        if (packsA)
            Ask(uses, "PackedA", blocks.LeftBytes);
        Ask(uses, "PackedB", blocks.RightBytes);
    }

    /// <summary>The blocks of a product of a filter and an image, which is copied into panels whatever its size.</summary>
    void AddBlocks(long m, long n, long k, long element, bool spread, bool packsA)
    {
        var (rows, columns, count) = spread ? Rectangle(m, n, k, PanelWidth * 4 / element) : (m, n, 1);
        AddBlocks(ProductWorkspace.Of(rows, columns, k, transposesLeft: false, transposesRight: true, null, element, m, n), spread && count == 1 ? _caller : _each, packsA);
    }

    void AddConvolution(Node node, ConvolutionWindow window, Shape data, Shape filter)
    {
        long element = node.Element.Bytes();
        long batch = _size(data[0]), channels = _size(filter[1]), outputs = _size(filter[0]) / window.Groups;
        long height = _size(data[2]), width = _size(data[3]), kernelHeight = _size(filter[2]), kernelWidth = _size(filter[3]);
        long paddedHeight = height + window.PadTop + window.PadBottom, paddedWidth = width + window.PadLeft + window.PadRight;
        long outHeight = (paddedHeight - (kernelHeight - 1) * window.DilationHeight - 1) / window.StrideHeight + 1;
        long outWidth = (paddedWidth - (kernelWidth - 1) * window.DilationWidth - 1) / window.StrideWidth + 1;
        long depth = channels * kernelHeight * kernelWidth, positions = outHeight * outWidth, size = window.Groups * outputs * depth;
        if (batch == 0 || size == 0 || positions <= 0 || channels == 1 && window.Groups > 1)
            return;
        bool pointwise = kernelHeight * kernelWidth == 1 && window is { StrideHeight: 1, StrideWidth: 1 } && (paddedHeight, paddedWidth) == (height, width);
        bool padded = (paddedHeight, paddedWidth) != (height, width);
        if (node.Operator is Conv2DBackwardFilter)
        {
            long parts = Math.Max(1, Math.Min(Math.Min(batch, PartElements / size), MaximumParts));
            bool spreadParts = parts >= _threads;
            if (parts > 1)
                Ask(_caller, "Partials", parts * size * element);
            AddBlocks(outputs, depth, positions, element, !spreadParts, packsA: true);
            if (!pointwise)
                Ask(_each, "MatrixRows", PanelWidth * Math.Min(256, RoundUp(positions, 16)) * element);
            AddImage(spreadParts);
            return;
        }
        bool spread = batch * window.Groups >= _threads;
        if (spread && batch > 1)
            Ask(_caller, "PackedFilter", (size + window.Groups * Lanes) * element);
        if (node.Operator is Conv2D)
        {
            AddBlocks(outputs, positions, depth, element, !spread, packsA: !(spread && batch > 1));
            AddImage(spread);
        }
        else
        {
            long rows = Math.Max(1, Math.Min(outHeight, ColumnElements / (depth * outWidth)));
            AddBlocks(depth, pointwise ? positions : rows * outWidth, outputs, element, !spread, packsA: !(spread && batch > 1));
            if (!pointwise)
                Ask(spread ? _each : _caller, "Columns", depth * rows * outWidth * element);
        }

        void AddImage(bool byEach)
        {
            Ask(_caller, "Offsets", (depth + positions) * sizeof(int));
            if (padded)
                Ask(byEach ? _each : _caller, "PaddedImage", channels * paddedHeight * paddedWidth * element);
        }
    }

    static long RoundUp(long value, long step) => (value + step - 1) / step * step;
}
