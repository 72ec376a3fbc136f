using NetCompiler.Graph;
using NetCompiler.Operators;
using static NetCompiler.Numerics.Tests.Samples.Operand;

namespace NetCompiler.Numerics.Tests.Samples;

/// <summary>Convolutions and pooling.</summary>
internal static class ImageSamples
{
    static readonly Dim N = Dim.Symbol("N");

    static readonly ConvolutionWindow Unit = ConvolutionWindow.Unit;

    public static IEnumerable<Sample> All => [.. Convolutions, .. Pooling];

    static IEnumerable<Sample> Convolutions =>
    [
        Sample.Of(new Conv2D(Unit), F64(1, 2, 4, 5), F64(3, 2, 3, 2)) with { Order = 3 },
        Sample.Of(new Conv2D(Unit with { StrideHeight = 3, StrideWidth = 2 }), F64(1, 1, 5, 4), F64(2, 1, 2, 1)),
        Sample.Of(new Conv2D(Unit with { PadTop = 1, PadLeft = 2, PadRight = 1 }), F64(1, 1, 3, 3), F64(1, 1, 3, 3)),
        Sample.Of(new Conv2D(Unit with { PadTop = 3, PadBottom = 3 }), F64(1, 1, 2, 2), F64(1, 1, 2, 1)),
        Sample.Of(new Conv2D(Unit with { DilationHeight = 2, DilationWidth = 3, PadTop = 1 }), F64(1, 1, 5, 5), F64(1, 1, 2, 2)),
        Sample.Of(new Conv2D(Unit with { Groups = 2 }), F64(1, 4, 3, 3), F64(6, 2, 2, 2)),
        Sample.Of(new Conv2D(Unit with { Groups = 3, StrideHeight = 2, PadTop = 1 }), F64(N, 3, 3, 2), F64(3, 1, 3, 1)).With("N", 2),
        Sample.Of(new Conv2D(Unit with { StrideHeight = 2, StrideWidth = 2 }), F64(1, 1, N, N + 1), F64(1, 1, 3, 3)).With("N", 6),
        Sample.Of(new Conv2DBackwardData(Unit with { StrideHeight = 2, PadTop = 1, DilationWidth = 2 }, new(N, 2, 4, 5)), F64(N, 3, 2, 3), F64(3, 2, 2, 2)).With("N", 2),
        Sample.Of(new Conv2DBackwardData(Unit with { Groups = 2 }, new(1, 2, 3, 3)), F64(1, 4, 2, 2), F64(4, 1, 2, 2)),
        Sample.Of(new Conv2DBackwardFilter(Unit with { StrideHeight = 2, PadTop = 1, DilationWidth = 2 }, new(3, 2, 2, 2)), F64(N, 2, 4, 5), F64(N, 3, 2, 3)).With("N", 2),
        Sample.Of(new Conv2DBackwardFilter(Unit with { Groups = 2 }, new(4, 1, 2, 2)), F64(1, 2, 3, 3), F64(1, 4, 2, 2)),
    ];

    static IEnumerable<Sample> Pooling =>
    [
        MaxPool("disjoint windows", new(2, 2, 2, 2, 0, 0, 0, 0), F64(N, 2, 4, 5)).With("N", 2),
        MaxPool("overlapping padded windows", new(3, 3, 2, 2, 1, 1, 1, 1), F64(1, 2, 5, 4)),
        MaxPool("windows that reach beyond", new(3, 2, 2, 3, 1, 0, 0, 0, 1, 1, Ceil: true), F64(1, 2, N, 5)).With("N", 6),
        MaxPool("dilated windows", new(2, 2, 1, 2, 1, 2, 1, 0, 2, 3), F64(1, 2, 4, 5)),
        MaxPool("strides beyond the window", new(1, 2, 3, 3, 0, 1, 0, 0), F64(1, 1, 5, 5)),
        // The selector only selects: the difference quotient in it is 0 too.
        Sample.Of(new MaxPoolGather(new(2, 3, 1, 2, 1, 1, 0, 1)), F64(1, 2, 3, 4), F64(1, 2, 3, 4)) with { FlowsTo = [1] },
        Sample.Of(new MaxPoolScatter(new(2, 3, 1, 2, 1, 1, 0, 1)), F64(1, 2, 3, 4), F64(1, 2, 3, 2)) with { FlowsTo = [1] },
        Sample.Of(new AveragePool(new(2, 2, 2, 2, 0, 0, 0, 0)), F64(N, 2, 4, 5)).With("N", 2),
        Sample.Of(new AveragePool(new(3, 2, 2, 1, 1, 1, 0, 0)), F64(1, 1, 4, 3)),
        Sample.Of(new AveragePool(new(3, 2, 2, 3, 1, 1, 1, 0, Ceil: true)), F64(1, 2, N, 6)).With("N", 4),
        Sample.Of(new AveragePool(new(3, 2, 2, 1, 1, 1, 1, 1, DilationHeight: 2, Ceil: true), CountPadding: false), F64(1, 1, 6, 3)),
        Sample.Of(new AveragePoolBackward(new(3, 2, 2, 1, 1, 1, 0, 0, Ceil: true), new(1, 1, 4, 3), CountPadding: false), F64(1, 1, 2, 3)),
        Sample.Of(new AveragePoolBackward(new(3, 2, 2, 1, 1, 1, 0, 0), new(1, 1, 4, 3)), F64(1, 1, 2, 3)),
    ];

    static Sample MaxPool(string name, PoolingWindow window, Operand image) =>
        Sample.Of($"max pooling, {name}", [image], (graph, x) => graph.Make(new MaxPoolGather(window), x[0], x[0]));
}
