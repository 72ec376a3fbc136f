using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;

namespace NetCompiler.Operators;

/// <summary>What a window covers along one axis of an image, which is at least as large.</summary>
/// <param name="Axis">The axis of the image.</param>
/// <param name="Window">How far the window reaches.</param>
/// <param name="Image">The extent of the image with its padding.</param>
internal readonly record struct WindowExtent(int Axis, Dim Window, Dim Image);

/// <summary>An operator that moves a window over an image.</summary>
internal interface IWindowed
{
    /// <summary>What the window covers of the operands, along each axis that it moves along.</summary>
    ImmutableArray<WindowExtent> Extents(ImmutableArray<Node> inputs);
}

/// <summary>How a kernel moves over an image. Padding is with zeros; each group of output channels sees its group of inputs.</summary>
internal readonly record struct ConvolutionWindow(
    int StrideHeight, int StrideWidth,
    int PadTop, int PadLeft, int PadBottom, int PadRight,
    int DilationHeight, int DilationWidth,
    int Groups)
{
    /// <summary>Stride 1, no padding, no dilation, one group.</summary>
    public static ConvolutionWindow Unit { get; } = new(1, 1, 0, 0, 0, 0, 1, 1, 1);

    /// <summary>The extent of the result along one axis: ⌊(extent + padding - dilation·(kernel-1) - 1) / stride⌋ + 1.</summary>
    public static Dim Extent(Dim extent, int padding, Dim kernel, int dilation, int stride) =>
        (extent + padding - (kernel - 1) * dilation - 1).FloorDivide(stride) + 1;

    /// <summary>The type of the convolution of <paramref name="data"/> [N, C, H, W] with <paramref name="filter"/> [O, C/groups, KH, KW].</summary>
    public Inference Infer(TensorType data, TensorType filter)
    {
        if ((Constraints.Elements(ElementKind.Float, data, filter) ?? Constraints.SameElements(data, filter)
            ?? Constraints.Rank(data, 4, "[N, C, H, W]") ?? Constraints.Rank(filter, 4, "[O, C / groups, KH, KW]")) is { } operand)
            return operand;
        if (StrideHeight < 1 || StrideWidth < 1 || DilationHeight < 1 || DilationWidth < 1 || Groups < 1)
            return new ShapeProblem($"needs strides, dilations and groups of at least 1, but gets {this}", "use 1");
        if (PadTop < 0 || PadLeft < 0 || PadBottom < 0 || PadRight < 0)
            return new ShapeProblem($"needs padding of at least 0, but gets {this}", "cut the image with a slice");

        var (x, w) = (data.Shape, filter.Shape);
        if (w[0].DivideExactly(Groups) is null)
            return new ShapeProblem($"needs a number of output channels that {Groups} groups divide, but {w} has {w[0]}", $"use a multiple of {Groups}");
        if (Constraints.SameDims(Groups == 1 ? "as many channels in the kernel as in the image" : $"channels of the kernel times {Groups} groups as in the image",
                w, w[1] * Groups, x, x[1], "change the number of channels or the groups") is { } channels)
            return channels;
        if ((Fits(x, 2, PadTop + PadBottom, w[2], DilationHeight) ?? Fits(x, 3, PadLeft + PadRight, w[3], DilationWidth)) is { } size)
            return size;
        return data.WithShape(new(
            x[0], w[0],
            Extent(x[2], PadTop + PadBottom, w[2], DilationHeight, StrideHeight),
            Extent(x[3], PadLeft + PadRight, w[3], DilationWidth, StrideWidth)));
    }

    /// <summary>What a kernel of the shape of <paramref name="w"/> covers of <paramref name="x"/>.</summary>
    public ImmutableArray<WindowExtent> Extents(Shape x, Shape w) =>
    [
        new(2, Reach(w[2], DilationHeight), x[2] + PadTop + PadBottom),
        new(3, Reach(w[3], DilationWidth), x[3] + PadLeft + PadRight),
    ];

    static Dim Reach(Dim kernel, int dilation) => (kernel - 1) * dilation + 1;

    static ShapeProblem? Fits(Shape x, int axis, int padding, Dim kernel, int dilation)
    {
        var reach = Reach(kernel, dilation);
        return (reach - x[axis] - padding).IsPositive
            ? new($"needs an image at least as large as its kernel, but the kernel reaches over {reach} and {x} has {x[axis] + padding} along axis {axis}"
                  + (padding == 0 ? "" : " with padding"), $"pad the image or use a smaller kernel")
            : null;
    }

    /// <summary>The multiply-adds of one convolution with this window: the same for its two gradients.</summary>
    public static Work Cost(Shape result, Shape filter)
    {
        var multiplyAdds = result.Size * filter[1] * filter[2] * filter[3];
        return new(multiplyAdds, multiplyAdds * 2);
    }

    /// <summary>
    /// Calls <paramref name="visit"/> with the offsets in x, w and y of every product y[n,o,i,j] += x[n,c,h,v] · w[o,c,u,v]:
    /// the convolution and its two transposes differ only in which of the three is the sum.
    /// </summary>
    public void VisitTaps(ReferenceTensor x, ReferenceTensor w, ReferenceTensor y, Action<int, int, int> visit)
    {
        int perGroup = w.Dims[0] / Groups, yAt = 0;
        var window = this;
        for (int n = 0; n < y.Dims[0]; n++)
        {
            for (int o = 0; o < y.Dims[1]; o++)
            {
                int firstChannel = perGroup == 0 ? 0 : o / perGroup * w.Dims[1];
                for (int i = 0; i < y.Dims[2]; i++)
                {
                    for (int j = 0; j < y.Dims[3]; j++, yAt++)
                    {
                        for (int c = 0; c < w.Dims[1]; c++)
                            VisitWindow(n * x.Dims[1] + firstChannel + c, o * w.Dims[1] + c, i, j);
                    }
                }
            }
        }

        void VisitWindow(int plane, int filter, int i, int j)
        {
            for (int u = 0; u < w.Dims[2]; u++)
            {
                int row = i * window.StrideHeight + u * window.DilationHeight - window.PadTop;
                if (row < 0 || row >= x.Dims[2])
                    continue;
                for (int v = 0; v < w.Dims[3]; v++)
                {
                    int column = j * window.StrideWidth + v * window.DilationWidth - window.PadLeft;
                    if (column >= 0 && column < x.Dims[3])
                        visit((plane * x.Dims[2] + row) * x.Dims[3] + column, (filter * w.Dims[2] + u) * w.Dims[3] + v, yAt);
                }
            }
        }
    }

    public override string ToString()
    {
        var parts = new List<string>();
        if (StrideHeight != 1 || StrideWidth != 1)
            parts.Add($"stride=[{StrideHeight}, {StrideWidth}]");
        if (PadTop != 0 || PadLeft != 0 || PadBottom != 0 || PadRight != 0)
            parts.Add($"pad=[{PadTop}, {PadLeft}, {PadBottom}, {PadRight}]");
        if (DilationHeight != 1 || DilationWidth != 1)
            parts.Add($"dilation=[{DilationHeight}, {DilationWidth}]");
        if (Groups != 1)
            parts.Add($"groups={Groups}");
        return string.Join(" ", parts);
    }
}

/// <summary>What is computed of a convolution y = x * w.</summary>
internal enum ConvolutionPass
{
    /// <summary>y from x and w.</summary>
    Forward,
    /// <summary>dx from dy and w.</summary>
    BackwardData,
    /// <summary>dw from x and dy.</summary>
    BackwardFilter,
}

/// <summary>A convolution or one of its two transposes.</summary>
internal abstract record Convolution(ConvolutionWindow Window) : Operator
{
    /// <summary>The relative error that an algorithm may add, 0 for what the network allows; the exact algorithm meets any.</summary>
    public double Error { get; init; }

    /// <summary>The algorithm that was chosen, empty before one is.</summary>
    public string Algorithm { get; init; } = "";

    public abstract ConvolutionPass Pass { get; }

    /// <summary>The shapes of x and w.</summary>
    public abstract (Shape Data, Shape Filter) Shapes(Node node);

    protected string Budget => (Error == 0 ? "" : " error=" + Error.ToString("R", System.Globalization.CultureInfo.InvariantCulture))
        + (Algorithm.Length == 0 ? "" : " by=" + Algorithm);

    protected Conv2D Forward => new(Window) { Error = Error };

    protected Conv2DBackwardData BackwardData(Shape data) => new(Window, data) { Error = Error };

    protected Conv2DBackwardFilter BackwardFilter(Shape filter) => new(Window, filter) { Error = Error };
}

/// <summary>
/// y[n,o,i,j] = Σ_{c,u,v} x[n, c, i·stride + u·dilation - pad, j·stride + v·dilation - pad] · w[o,c,u,v], with x = 0 outside
/// and c within the group of o: the cross-correlation that networks call convolution.
/// </summary>
internal sealed record Conv2D(ConvolutionWindow Window) : Convolution(Window), IWindowed
{
    public ImmutableArray<WindowExtent> Extents(ImmutableArray<Node> inputs) => Window.Extents(inputs[0].Shape, inputs[1].Shape);

    public override string Name => "conv2d";

    public override ConvolutionPass Pass => ConvolutionPass.Forward;

    public override (Shape Data, Shape Filter) Shapes(Node node) => (node.Inputs[0].Shape, node.Inputs[1].Shape);

    protected override string Attributes => $"{Window}{Budget}".Trim();

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 2);
        return Window.Infer(inputs[0], inputs[1]);
    }

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) => Gradient.Of(
        graph.Make(BackwardData(node.Inputs[0].Shape), seed, node.Inputs[1]),
        graph.Make(BackwardFilter(node.Inputs[1].Shape), node.Inputs[0], seed));

    public override Work Cost(Node node) => ConvolutionWindow.Cost(node.Shape, node.Inputs[1].Shape);

    public override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols) =>
        Window.VisitTaps(inputs[0], inputs[1], output, (x, w, y) => output.Data[y] += inputs[0].Data[x] * inputs[1].Data[w]);
}

/// <summary>dx[n,c,h,l] = Σ dy[n,o,i,j] · w[o,c,u,v] over all taps of <see cref="Conv2D"/> that read x[n,c,h,l]: its transpose in x.</summary>
internal sealed record Conv2DBackwardData(ConvolutionWindow Window, Shape Data) : Convolution(Window)
{
    public override string Name => "conv2d_backward_data";

    public override ConvolutionPass Pass => ConvolutionPass.BackwardData;

    public override (Shape Data, Shape Filter) Shapes(Node node) => (Data, node.Inputs[1].Shape);

    protected override string Attributes => $"to={Data} {Window}".TrimEnd() + Budget;

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 2);
        var forward = Window.Infer(inputs[0].WithShape(Data), inputs[1]);
        if (forward.Type is null)
            return forward;
        var problem = Constraints.SameShapes(inputs[0], forward.Type);
        return problem is null ? inputs[0].WithShape(Data) : problem;
    }

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) => Gradient.Of(
        graph.Make(Forward, seed, node.Inputs[1]),
        graph.Make(BackwardFilter(node.Inputs[1].Shape), seed, node.Inputs[0]));

    public override Work Cost(Node node) => ConvolutionWindow.Cost(node.Inputs[0].Shape, node.Inputs[1].Shape);

    public override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols) =>
        Window.VisitTaps(output, inputs[1], inputs[0], (x, w, y) => output.Data[x] += inputs[0].Data[y] * inputs[1].Data[w]);
}

/// <summary>dw[o,c,u,v] = Σ x[n,c,h,l] · dy[n,o,i,j] over all taps of <see cref="Conv2D"/> that read w[o,c,u,v]: its transpose in w.</summary>
internal sealed record Conv2DBackwardFilter(ConvolutionWindow Window, Shape Filter) : Convolution(Window)
{
    public override string Name => "conv2d_backward_filter";

    public override ConvolutionPass Pass => ConvolutionPass.BackwardFilter;

    public override (Shape Data, Shape Filter) Shapes(Node node) => (node.Inputs[0].Shape, Filter);

    protected override string Attributes => $"to={Filter} {Window}".TrimEnd() + Budget;

    public override Inference Infer(ImmutableArray<TensorType> inputs)
    {
        Constraints.Arity(this, inputs, 2);
        var forward = Window.Infer(inputs[0], inputs[0].WithShape(Filter));
        if (forward.Type is null)
            return forward;
        var problem = Constraints.SameElements(inputs) ?? Constraints.SameShapes(inputs[1], forward.Type);
        return problem is null ? inputs[0].WithShape(Filter) : problem;
    }

    public override Gradient Differentiate(Node node, Node seed, GraphBuilder graph) => Gradient.Of(
        graph.Make(BackwardData(node.Inputs[0].Shape), node.Inputs[1], seed),
        graph.Make(Forward, node.Inputs[0], seed));

    public override Work Cost(Node node) => ConvolutionWindow.Cost(node.Inputs[1].Shape, Filter);

    public override void Evaluate(
        ImmutableArray<ReferenceTensor> inputs, ReferenceTensor output, IReadOnlyDictionary<string, long> symbols) =>
        Window.VisitTaps(inputs[0], output, inputs[1], (x, w, y) => output.Data[w] += inputs[0].Data[x] * inputs[1].Data[y]);
}
