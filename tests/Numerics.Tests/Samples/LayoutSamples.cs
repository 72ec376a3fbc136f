using NetCompiler.Graph;
using NetCompiler.Operators;
using static NetCompiler.Numerics.Tests.Samples.Operand;

namespace NetCompiler.Numerics.Tests.Samples;

/// <summary>What the choice of layouts makes: operators of f32 without gradients.</summary>
internal static class LayoutSamples
{
    static readonly Dim N = Dim.Symbol("N");

    static readonly ConvolutionWindow Window = ConvolutionWindow.Unit with { PadTop = 1, PadLeft = 1, PadBottom = 1 };

    public static IEnumerable<Sample> All =>
    [
        Of(new ToBlocked(), F32(N, 19, 2, 3)).With("N", 2),
        Of(new FromBlocked(19), F32(N, 2, 2, 3, 16)).With("N", 2),
        Of(new BlockedPool(new MaxPoolGather(Pool)), F32(N, 2, 4, 3, 16), F32(N, 2, 4, 3, 16)).With("N", 2),
        Of(new BlockedPool(new MaxPoolScatter(Pool)), F32(1, 1, 4, 3, 16), F32(1, 1, 4, 2, 16)),
        Of(new BlockedPool(new AveragePool(Pool, CountPadding: false)), F32(1, 1, 4, 3, 16)),
        Of(new BlockedPool(new AveragePoolBackward(Pool, new(1, 16, 4, 3))), F32(1, 1, 4, 2, 16)),
        Of(new ChannelAverage(5, 1, 19), F32(N, 2, 3, 2, 16)).With("N", 2),
        Of(new PackFilter(Chosen(new Conv2D(Window)), new(N, 3, 4, 5), 16 * 3 * 6), F32(5, 3, 3, 2)).With("N", 1),
        Of(new BlockedConv2D(Chosen(new Conv2D(Window)), new(N, 19, 4, 5), new(5, 19, 3, 2)), F32(N, 2, 4, 5, 16), F32(16 * 19 * 6)).With("N", 2),
        Of(new BlockedConv2D(Chosen(new Conv2D(Window)), new(N, 3, 4, 5), new(5, 3, 3, 2), PlanarInput: true), F32(N, 3, 4, 5), F32(16 * 3 * 6)).With("N", 2),
        Of(new BlockedConv2D(Chosen(new Conv2DBackwardData(Window, new(N, 19, 4, 5))), new(N, 19, 4, 5), new(5, 19, 3, 2)), F32(N, 1, 4, 5, 16), F32(32 * 5 * 6)).With("N", 2),
        Of(new BlockedConv2D(Chosen(new Conv2DBackwardFilter(Window, new(5, 19, 3, 2))), new(N, 19, 4, 5), new(5, 19, 3, 2)), F32(N, 2, 4, 5, 16), F32(N, 1, 4, 5, 16)).With("N", 2),
        Of(new PackMatrix(), F32(7, 19)),
        Of(new PackMatrix(), F32(N, 5)).With("N", 3),
        Of(new PackedMatMul(19), F32(N, 7), F32(7 * 32 + 16)).With("N", 3),
    ];

    static readonly PoolingWindow Pool = new(2, 2, 1, 2, 1, 1, 0, 1, Ceil: false);

    static Convolution Chosen(Convolution convolution) => convolution with { Algorithm = "direct" };

    // No gradient is ever taken, but the values are not constant.
    static Sample Of(Operator op, params Operand[] operands) =>
        Sample.Of(op, operands) with { FlowsTo = [], NotCompared = [.. Enumerable.Range(0, operands.Length)] };
}
