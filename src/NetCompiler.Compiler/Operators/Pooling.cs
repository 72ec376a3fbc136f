using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using NetCompiler.Graph;

namespace NetCompiler.Operators;

/// <summary>A rectangle that moves over an image [N, C, H, W]. Padding belongs to no image: it is never the maximum and counts 0 in averages.</summary>
internal readonly record struct PoolingWindow(
    int KernelHeight, int KernelWidth,
    int StrideHeight, int StrideWidth,
    int PadTop, int PadLeft, int PadBottom, int PadRight)
{
    /// <summary>The number of positions in the window.</summary>
    public int Size => KernelHeight * KernelWidth;

    public Inference Infer(TensorType data)
    {
        if ((Constraints.Elements(ElementKind.Float, data) ?? Constraints.Rank(data, 4, "[N, C, H, W]")) is { } operand)
            return operand;
        if (KernelHeight < 1 || KernelWidth < 1 || StrideHeight < 1 || StrideWidth < 1)
            return new ShapeProblem($"needs a window and strides of at least 1, but gets {this}", "use 1");
        // Else a window could lie in the padding alone and have no maximum.
        if (PadTop < 0 || PadLeft < 0 || PadBottom < 0 || PadRight < 0
            || Math.Max(PadTop, PadBottom) >= KernelHeight || Math.Max(PadLeft, PadRight) >= KernelWidth)
            return new ShapeProblem($"needs padding of at least 0 and less than the window, but gets {this}", "pad less or use a larger window");
        if ((Fits(data.Shape, 2, PadTop + PadBottom, KernelHeight) ?? Fits(data.Shape, 3, PadLeft + PadRight, KernelWidth)) is { } size)
            return size;
        return data.WithShape(data.Shape
            .With(2, ConvolutionWindow.Extent(data.Shape[2], PadTop + PadBottom, KernelHeight, 1, StrideHeight))
            .With(3, ConvolutionWindow.Extent(data.Shape[3], PadLeft + PadRight, KernelWidth, 1, StrideWidth)));
    }

    /// <summary>What the window covers of <paramref name="x"/>.</summary>
    public ImmutableArray<WindowExtent> Extents(Shape x) =>
        [new(2, KernelHeight, x[2] + PadTop + PadBottom), new(3, KernelWidth, x[3] + PadLeft + PadRight)];

    static ShapeProblem? Fits(Shape x, int axis, int padding, int kernel) => (Dim.Of(kernel - padding) - x[axis]).IsPositive
        ? new($"needs an image at least as large as its window, but the window takes {kernel} and {x} has {x[axis] + padding} along axis {axis}"
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
                int row = to[2] * StrideHeight + u - PadTop;
                if (row < 0 || row >= x.Dims[2])
                    continue;
                for (int v = 0; v < KernelWidth; v++)
                {
                    int column = to[3] * StrideWidth + v - PadLeft;
                    if (column >= 0 && column < x.Dims[3])
                        visit(x.Offset([to[0], to[1], row, column]), yAt);
                }
            }
        }
    }

    /// <summary>For each element of y the offset in x of the first maximum of its window; NaN counts as the largest.</summary>
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

    public override string ToString() =>
        $"kernel=[{KernelHeight}, {KernelWidth}]"
        + (StrideHeight == 1 && StrideWidth == 1 ? "" : $" stride=[{StrideHeight}, {StrideWidth}]")
        + (PadTop == 0 && PadLeft == 0 && PadBottom == 0 && PadRight == 0 ? "" : $" pad=[{PadTop}, {PadLeft}, {PadBottom}, {PadRight}]");
}

/// <summary>
/// y[n,c,i,j] = v at the first position, row by row, of the maximum of x in the window (i, j). Max-pooling is the case v = x.
/// Linear in v; x only selects and gets no gradient.
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
            output.Data[i] = inputs[1].Data[maxima[i]];
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
            output.Data[maxima[i]] += inputs[1].Data[i];
    }
}

/// <summary>y[n,c,i,j] = (Σ x over the window) / (size of the window), padding included in the size.</summary>
internal sealed record AveragePool(PoolingWindow Window) : Operator, IWindowed
{
    public ImmutableArray<WindowExtent> Extents(ImmutableArray<Node> inputs) => Window.Extents(inputs[0].Shape);

    public override string Name => "average_pool";

    protected override string Attributes => Window.ToString();

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 1);
        return Window.Infer(inputs[0]);
    }

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) =>
        Gradient.Of(graph.Make(new AveragePoolBackward(Window, node.Inputs[0].Shape), seed));

    public override Work Cost(Node node) => new(Dim.Zero, node.Shape.Size * Window.Size);

    public override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols)
    {
        double size = Window.Size;
        Window.Visit(inputs[0], output, (x, y) => output.Data[y] += inputs[0].Data[x] / size);
    }
}

/// <summary>The transpose of <see cref="AveragePool"/>: each dy[n,c,i,j] / (size of the window) is added to all positions of its window.</summary>
internal sealed record AveragePoolBackward(PoolingWindow Window, Shape Data) : Operator
{
    public override string Name => "average_pool_backward";

    protected override string Attributes => $"to={Data} {Window}";

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
        Gradient.Of(graph.Make(new AveragePool(Window), seed));

    public override Work Cost(Node node) => new(Dim.Zero, node.Inputs[0].Shape.Size * Window.Size);

    public override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols)
    {
        double size = Window.Size;
        Window.Visit(output, inputs[0], (x, y) => output.Data[x] += inputs[0].Data[y] / size);
    }
}
