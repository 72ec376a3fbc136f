using System.Collections.Generic;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Binding;

internal static partial class Builtins
{
    static IEnumerable<Builtin> Images() =>
    [
        Function("convolve2d", "x, filter, stride?, pad?, dilation?, groups?, error?",
            "The cross-correlation of images [N, C, H, W] with filters [O, C / groups, KH, KW]; 'conv2d' is the layer that owns its filters. 'stride' and 'dilation' are a number or [height, width], 'pad' a number, [height, width], [top, left, bottom, right], or \"same\" for as many zeros as make the result extent / stride in size, rounded up, one more behind than before where they do not come out even. 'error' is the relative error that an algorithm may add; the exact one, which is always taken today, meets any.", Convolved),
        Function("convolve_transpose2d", "x, filter, stride?, pad?, output_pad?, dilation?, groups?",
            "The transpose of convolve2d, of images [N, C, H, W] with filters [C, O / groups, KH, KW]: what a convolution with these options takes to the size of x. Of the sizes that it does, the result has the smallest, extents (H - 1) * stride + dilation * (KH - 1) + 1 less the padding, plus 'output_pad', which is less than the stride.", ConvolvedBack),
        Function("max_pool2d", "x, kernel, stride?, pad?, dilation?, ceil?",
            "The largest value in each window of images [N, C, H, W]; windows do not overlap if no stride is given. With ceil: true the last windows may reach beyond image and padding. Options are given as for convolve2d.", call =>
            call.Tensor("x") is { } x && Window(call, x) is { } window ? call.Make(new MaxPoolGather(window), x, x) : PoisonValue.Instance),
        Function("avg_pool2d", "x, kernel, stride?, pad?, ceil?, count_include_pad?",
            "The mean of each window of images [N, C, H, W], padding included unless count_include_pad: false; windows do not overlap if no stride is given. With ceil: true the last windows may reach beyond image and padding; what lies there never counts.", call =>
            call.Tensor("x") is { } x && Window(call, x) is { } window && call.Boolean("count_include_pad", true) is { } counts
                ? call.Make(new AveragePool(window, counts), x)
                : PoisonValue.Instance),
        Function("max_unpool2d", "y, x, kernel, stride?, pad?, dilation?, ceil?",
            "Zeros of the shape of x, images [N, C, H, W], with each element of y where max_pool2d with these options takes its maximum of x. Elements of windows that share their maximum are added.", call =>
            call.Tensor("y") is { } y && call.Tensor("x") is { } x && Window(call, x) is { } window
                ? call.Make(new MaxPoolScatter(window), x, y)
                : PoisonValue.Instance),
    ];

    static Value Convolved(BuiltinCall call)
    {
        if (call.Tensor("x") is not { } x || call.Tensor("filter") is not { } filter || Stride(call) is not var (strideHeight, strideWidth)
            || Dilation(call) is not var (dilationHeight, dilationWidth) || call.Integer("groups", 1, 1) is not { } groups)
            return PoisonValue.Instance;
        if (x.Shape.Rank != 4 || filter.Shape.Rank != 4) // The operator says what is wrong.
            return call.Make(new Conv2D(ConvolutionWindow.Unit), x, filter);
        if (call.Number("error", 0) is not (>= 0 and < 1 and var error))
            return call["error"] is PoisonValue || call["error"].AsNumber() is null ? PoisonValue.Instance : call.Wrong("error", "a number between 0 and 1, such as 1e-4");
        var reach = (Reach(filter.Shape[2], dilationHeight), Reach(filter.Shape[3], dilationWidth));
        return call.Padding("pad", x.Shape, reach, (strideHeight, strideWidth)) is var (top, left, bottom, right)
            ? call.Make(new Conv2D(new(strideHeight, strideWidth, top, left, bottom, right, dilationHeight, dilationWidth, groups)) { Error = error }, x, filter)
            : PoisonValue.Instance;
    }

    static Dim Reach(Dim kernel, int dilation) => (kernel - 1) * dilation + 1;

    static (int, int)? Stride(BuiltinCall call) => call.Extents("stride", (1, 1), 1);

    static (int, int)? Dilation(BuiltinCall call) => call.Extents("dilation", (1, 1), 1);

    static Value ConvolvedBack(BuiltinCall call)
    {
        if (call.Tensor("x") is not { } x || call.Tensor("filter") is not { } filter || Stride(call) is not var (strideHeight, strideWidth)
            || Dilation(call) is not var (dilationHeight, dilationWidth) || call.Integer("groups", 1, 1) is not { } groups
            || call.Padding("pad") is not var (top, left, bottom, right) || call.Extents("output_pad", (0, 0), 0) is not var (moreHeight, moreWidth))
            return PoisonValue.Instance;
        if (x.Shape.Rank != 4 || filter.Shape.Rank != 4)
            return call.Broken($"needs images [N, C, H, W] and filters [C, O / groups, KH, KW], but gets {x.Shape} and {filter.Shape}", "reshape them");
        if (moreHeight >= strideHeight || moreWidth >= strideWidth)
            return call.Broken(
                $"needs an output_pad below the stride, but gets [{moreHeight}, {moreWidth}] and [{strideHeight}, {strideWidth}]",
                "a larger result is one of other images: pad them, or use a larger kernel");
        var window = new ConvolutionWindow(strideHeight, strideWidth, top, left, bottom, right, dilationHeight, dilationWidth, groups);
        var result = new Shape(
            x.Shape[0], filter.Shape[1] * groups,
            (x.Shape[2] - 1) * strideHeight + Reach(filter.Shape[2], dilationHeight) - top - bottom + moreHeight,
            (x.Shape[3] - 1) * strideWidth + Reach(filter.Shape[3], dilationWidth) - left - right + moreWidth);
        for (int axis = 2; axis < 4; axis++)
        {
            if (result[axis].IsConstant && result[axis].Value < 1)
                return call.Broken($"needs less padding than it produces, but axis {axis} of the result has {result[axis]}", "pad less, or use a larger kernel");
        }
        if (Dim.Compare(x.Shape[1], filter.Shape[0]) == DimRelation.Unequal)
            return call.Broken(
                $"needs as many channels in the images as filters, but {x.Shape} has {x.Shape[1]} channels and {filter.Shape} has {filter.Shape[0]} filters",
                "a transposed filter is [C, O / groups, KH, KW]");
        if (!call.Tensors.IsRepresentable(call.Site, result) || call.Make(new Conv2DBackwardData(window, result), x, filter) is not TensorValue { Node: var y })
            return PoisonValue.Instance;
        for (int axis = 2; axis < 4; axis++)
            call.Tensors.AssumeAtMost(call.Site, call.Name, y, Dim.One, x.Shape[axis]);
        return new TensorValue(call.Tensors.AssumeExtents(call.Site, call.Name, y));
    }

    static PoolingWindow? Window(BuiltinCall call, Node x) =>
        call.Extents("kernel", (1, 1), 1) is var (height, width) && call.Extents("stride", (height, width), 1) is var (strideHeight, strideWidth)
            && Dilation(call) is var (dilationHeight, dilationWidth) && call.Boolean("ceil", false) is { } ceil
            && call.Padding("pad", x.Shape, (Reach(height, dilationHeight), Reach(width, dilationWidth)), (strideHeight, strideWidth)) is var (top, left, bottom, right)
            ? new PoolingWindow(height, width, strideHeight, strideWidth, top, left, bottom, right, dilationHeight, dilationWidth, ceil)
            : null;
}
