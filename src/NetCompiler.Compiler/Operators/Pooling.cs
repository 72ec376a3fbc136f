using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using NetCompiler.Graph;

namespace NetCompiler.Operators;

/// <summary>
/// A rectangle of positions, <c>Dilation</c> apart, that moves over an image [N, C, H, W]. Padding belongs to no image: it is never the
/// maximum and counts 0 in averages. With <c>Ceil</c> a last window may reach beyond the padding, if it starts before it.
/// </summary>
internal readonly record struct PoolingWindow(
    int KernelHeight, int KernelWidth,
    int StrideHeight, int StrideWidth,
    int PadTop, int PadLeft, int PadBottom, int PadRight,
    int DilationHeight = 1, int DilationWidth = 1,
    bool Ceil = false)
{
    /// <summary>The number of positions in the window.</summary>
    public int Size => KernelHeight * KernelWidth;

    int ReachHeight => (KernelHeight - 1) * DilationHeight + 1;

    int ReachWidth => (KernelWidth - 1) * DilationWidth + 1;

    public Inference Infer(TensorType data)
    {
        if ((Constraints.Elements(ElementKind.Float, data) ?? Constraints.Rank(data, 4, "[N, C, H, W]")) is { } operand)
            return operand;
        if (KernelHeight < 1 || KernelWidth < 1 || StrideHeight < 1 || StrideWidth < 1 || DilationHeight < 1 || DilationWidth < 1)
            return new ShapeProblem($"needs a window, strides and dilations of at least 1, but gets {this}", "use 1");
        // Else a window could lie in the padding alone and have no maximum.
        if (PadTop < 0 || PadLeft < 0 || PadBottom < 0 || PadRight < 0
            || Math.Max(PadTop, PadBottom) >= ReachHeight || Math.Max(PadLeft, PadRight) >= ReachWidth)
            return new ShapeProblem($"needs padding of at least 0 and less than the window, but gets {this}", "pad less or use a larger window");
        if ((Fits(data.Shape, 2, PadTop + PadBottom, ReachHeight) ?? Fits(data.Shape, 3, PadLeft + PadRight, ReachWidth)) is { } size)
            return size;
        return data.WithShape(data.Shape
            .With(2, Positions(data.Shape[2], PadTop, PadBottom, ReachHeight, StrideHeight))
            .With(3, Positions(data.Shape[3], PadLeft, PadRight, ReachWidth, StrideWidth)));
    }

    /// <summary>How many windows there are along one axis.</summary>
    Dim Positions(Dim extent, int before, int after, int reach, int stride) => Ceil
        // As many as begin in the image or the padding before it, and as reach over all of it.
        ? (extent + Math.Min(before + after - reach + stride, before) + stride - 1).FloorDivide(stride)
        : ConvolutionWindow.Extent(extent, before + after, reach, 1, stride);

    /// <summary>What the window covers of <paramref name="x"/>.</summary>
    public ImmutableArray<WindowExtent> Extents(Shape x) =>
        [new(2, ReachHeight, x[2] + PadTop + PadBottom), new(3, ReachWidth, x[3] + PadLeft + PadRight)];

    static ShapeProblem? Fits(Shape x, int axis, int padding, int reach) => (Dim.Of(reach - padding) - x[axis]).IsPositive
        ? new($"needs an image at least as large as its window, but the window takes {reach} and {x} has {x[axis] + padding} along axis {axis}"
              + (padding == 0 ? "" : " with padding"), "pad the image or use a smaller window")
        : null;

    /// <summary>Calls <paramref name="visit"/> with the offsets in x and y of every position of every window, row by row.</summary>
    public void Visit(ReferenceTensor x, ReferenceTensor y, Action<int, int> visit)
    {
        for (int yAt = 0; yAt < y.Data.Length; yAt++)
        {
            var to = y.Position(yAt); // n, c, i, j
            for (int u = 0; u < KernelHeight; u++)
            {
                int row = to[2] * StrideHeight + u * DilationHeight - PadTop;
                if (row < 0 || row >= x.Dims[2])
                    continue;
                for (int v = 0; v < KernelWidth; v++)
                {
                    int column = to[3] * StrideWidth + v * DilationWidth - PadLeft;
                    if (column >= 0 && column < x.Dims[3])
                        visit(x.Offset([to[0], to[1], row, column]), yAt);
                }
            }
        }
    }

    /// <summary>For each element of y the offset in x of the first maximum of its window, or -1 if it holds nothing; NaN counts as the largest.</summary>
    public int[] Maxima(ReferenceTensor x, ReferenceTensor y)
    {
        var best = new int[y.Data.Length];
        for (int i = 0; i < best.Length; i++)
            best[i] = -1;
        Visit(x, y, (from, to) =>
        {
            if (best[to] < 0 || x.Data[from] > x.Data[best[to]] || double.IsNaN(x.Data[from]) && !double.IsNaN(x.Data[best[to]]))
                best[to] = from;
        });
        return best;
    }

    /// <summary>
    /// For each element of y what the sum of its window is divided by: its positions in the image and, if <paramref name="countPadding"/>, in
    /// the padding, but not beyond it.
    /// </summary>
    public double[] Counts(ReferenceTensor x, ReferenceTensor y, bool countPadding)
    {
        var counts = new double[y.Data.Length];
        if (!countPadding)
        {
            Visit(x, y, (_, to) => counts[to]++);
            return counts;
        }
        for (int i = 0; i < counts.Length; i++)
        {
            var to = y.Position(i);
            counts[i] = Within(KernelHeight, to[2] * StrideHeight - PadTop, DilationHeight, x.Dims[2] + PadBottom)
                * Within(KernelWidth, to[3] * StrideWidth - PadLeft, DilationWidth, x.Dims[3] + PadRight);
        }
        return counts;
    }

    static int Within(int kernel, int first, int dilation, int end) => Math.Min(kernel, (end - first + dilation - 1) / dilation);

    public override string ToString() =>
        $"kernel=[{KernelHeight}, {KernelWidth}]"
        + (StrideHeight == 1 && StrideWidth == 1 ? "" : $" stride=[{StrideHeight}, {StrideWidth}]")
        + (PadTop == 0 && PadLeft == 0 && PadBottom == 0 && PadRight == 0 ? "" : $" pad=[{PadTop}, {PadLeft}, {PadBottom}, {PadRight}]")
        + (DilationHeight == 1 && DilationWidth == 1 ? "" : $" dilation=[{DilationHeight}, {DilationWidth}]")
        + (Ceil ? " ceil" : "");
}

/// <summary>
/// y[n,c,i,j] = v at the first position, row by row, of the maximum of x in the window (i, j), -∞ if the window holds no position of x.
/// Max-pooling is the case v = x. Linear in v; x only selects and gets no gradient.
/// </summary>
internal sealed record MaxPoolGather(PoolingWindow Window) : Operator, IWindowed
{
    public ImmutableArray<WindowExtent> Extents(ImmutableArray<Node> inputs) => Window.Extents(inputs[0].Shape);

    public override string Name => "max_pool_gather";

    protected override string Attributes => Window.ToString();

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 2);
        var problem = Constraints.SameElements(inputs) ?? Constraints.SameShapes(inputs);
        return problem is null ? Window.Infer(inputs[0]) : problem;
    }

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) =>
        Gradient.Of(null, graph.Make(new MaxPoolScatter(Window), node.Inputs[0], seed));

    public override Work Cost(Node node) => new(Dim.Zero, node.Shape.Size * Window.Size);

    public override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols)
    {
        var maxima = Window.Maxima(inputs[0], output);
        for (int i = 0; i < maxima.Length; i++)
            output.Data[i] = maxima[i] < 0 ? double.NegativeInfinity : inputs[1].Data[maxima[i]];
    }
}

/// <summary>
/// The transpose of <see cref="MaxPoolGather"/> in v: each dy[n,c,i,j] is added to the position that x selects in its window.
/// Linear in dy; x only selects and gets no gradient.
/// </summary>
internal sealed record MaxPoolScatter(PoolingWindow Window) : Operator
{
    public override string Name => "max_pool_scatter";

    protected override string Attributes => Window.ToString();

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 2);
        var forward = Window.Infer(inputs[0]);
        if (forward.Type is null)
            return forward;
        var problem = Constraints.SameElements(inputs) ?? Constraints.SameShapes(inputs[1], forward.Type);
        return problem is null ? inputs[0] : problem;
    }

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) =>
        Gradient.Of(null, graph.Make(new MaxPoolGather(Window), node.Inputs[0], seed));

    public override Work Cost(Node node) => new(Dim.Zero, node.Inputs[1].Shape.Size * Window.Size);

    public override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols)
    {
        var maxima = Window.Maxima(inputs[0], inputs[1]);
        for (int i = 0; i < maxima.Length; i++)
        {
            if (maxima[i] >= 0)
                output.Data[maxima[i]] += inputs[1].Data[i];
        }
    }
}

/// <summary>
/// y[n,c,i,j] = (Σ x over the window) / (positions of the window), of which those in the padding count or not, and those beyond it never.
/// </summary>
internal sealed record AveragePool(PoolingWindow Window, bool CountPadding = true) : Operator, IWindowed
{
    public ImmutableArray<WindowExtent> Extents(ImmutableArray<Node> inputs) => Window.Extents(inputs[0].Shape);

    public override string Name => "average_pool";

    protected override string Attributes => Window + (CountPadding ? "" : " image only");

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 1);
        return Window.Infer(inputs[0]);
    }

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) =>
        Gradient.Of(graph.Make(new AveragePoolBackward(Window, node.Inputs[0].Shape, CountPadding), seed));

    public override Work Cost(Node node) => new(Dim.Zero, node.Shape.Size * Window.Size);

    public override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols)
    {
        double[] counts = Window.Counts(inputs[0], output, CountPadding);
        Window.Visit(inputs[0], output, (x, y) => output.Data[y] += inputs[0].Data[x]);
        for (int i = 0; i < counts.Length; i++)
            output.Data[i] /= counts[i];
    }
}

/// <summary>The transpose of <see cref="AveragePool"/>: each dy[n,c,i,j] / (positions of the window) is added to all positions of its window.</summary>
internal sealed record AveragePoolBackward(PoolingWindow Window, Shape Data, bool CountPadding = true) : Operator
{
    public override string Name => "average_pool_backward";

    protected override string Attributes => $"to={Data} {Window}" + (CountPadding ? "" : " image only");

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 1);
        var forward = Window.Infer(inputs[0].WithShape(Data));
        if (forward.Type is null)
            return forward;
        var problem = Constraints.SameShapes(inputs[0], forward.Type);
        return problem is null ? inputs[0].WithShape(Data) : problem;
    }

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) =>
        Gradient.Of(graph.Make(new AveragePool(Window, CountPadding), seed));

    public override Work Cost(Node node) => new(Dim.Zero, node.Inputs[0].Shape.Size * Window.Size);

    public override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols)
    {
        double[] counts = Window.Counts(output, inputs[0], CountPadding);
        Window.Visit(output, inputs[0], (x, y) => output.Data[x] += inputs[0].Data[y] / counts[y]);
    }
}
