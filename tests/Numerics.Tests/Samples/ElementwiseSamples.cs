using NetCompiler.Graph;
using NetCompiler.Operators;
using static NetCompiler.Numerics.Tests.Samples.Operand;

namespace NetCompiler.Numerics.Tests.Samples;

internal static class ElementwiseSamples
{
    public static IEnumerable<Sample> All =>
    [
        Sample.Of(new Negate(), F64(2, 3)),
        Sample.Of(new Negate(), I32(5)),
        Sample.Of(new Abs(), F64(7)),
        Sample.Of(new Sign(), F64(7)).WithoutGradient(),
        Sample.Of(new Exp(), F64(7)),
        Sample.Of(new Exp(), F32()),
        Sample.Of(new Expm1(), F64(7)) with { Order = 3 },
        Sample.Of(new Log(), F64(7).Between(0.3, 3)) with { Order = 3 },
        Sample.Of(new Log1p(), F64(7).Between(-0.7, 2)),
        Sample.Of(new Sqrt(), F64(7).Between(0.3, 3)) with { Order = 3 },
        Sample.Of(new Tanh(), F64(7)) with { Order = 3 },
        Sample.Of(new Sigmoid(), F64(7)) with { Order = 3 },
        Sample.Of(new Softplus(), F64(7).Between(-4, 4)) with { Order = 3 },
        Sample.Of(new Sin(), F64(1, 7)),
        Sample.Of(new Cos(), F64(7, 1)),
        Sample.Of(new Erf(), F64(9).Between(-4, 4)) with { Order = 3 },
        Sample.Of(new Floor(), F64(7).Between(-3, 3)).WithoutGradient(),
        Sample.Of(new Ceiling(), F64(7).Between(-3, 3)).WithoutGradient(),
        Sample.Of(new Round(), F64(7).Between(-3, 3)).WithoutGradient(),
        Sample.Of(new Not(), Bool(5)),
        Sample.Of(new Cast(DType.F64), F32(2, 3)),
        Sample.Of(new Cast(DType.F64), I32(5)),
        Sample.Of(new Cast(DType.F64), Bool(5)),
        Sample.Of(new Cast(DType.I32), F64(7).Between(-3, 3)).WithoutGradient(),
        Sample.Of(new StopGradient(), F64(5)).WithoutGradient() with { NotCompared = [0] },

        Sample.Of("a custom gradient", [F64(5), F64(5)], (graph, x) =>
        {
            var flow = graph.StandIn(x[0].Type);
            return CustomGradient.Of(graph, [graph.Multiply(graph.Sin(x[0]), x[1])], [x[0], x[1]], [flow],
                [graph.Multiply(flow, graph.Multiply(graph.Cos(x[0]), x[1])), graph.Multiply(flow, graph.Sin(x[0]))])[0];
        }) with { Order = 3 },

        Sample.Of(new Add(), F64(2, 3), F64(2, 3)),
        Sample.Of(new Add(), I32(5), I32(5)),
        Sample.Of(new Subtract(), F64(2, 3), F64(2, 3)),
        Sample.Of(new Multiply(), F64(Dim.Symbol("N"), 3), F64(Dim.Symbol("N"), 3)).With("N", 5),
        Sample.Of("a square of one node", [F64(5)], (graph, x) => graph.Multiply(x[0], x[0])),
        Sample.Of(new Divide(), F64(5), F64(5).Between(0.4, 2)) with { Order = 3 },
        Sample.Of(new Power(), F64(5).Between(0.4, 2), F64(5)),
        // Around an integer exponent of a negative base there are only NaNs.
        Sample.Of(new Power(), F64(4).Holding(-1.5, -0.5, 0, 2), F64(4).Holding(2, 3, 2, 3)) with { FlowsTo = [0], NotCompared = [1] },
        Sample.Of("a constant power 2", [F64(4).Holding(-1.5, 0, 1, 2)], (graph, x) => graph.Power(x[0], graph.ConstantLike(2, x[0]))) with { Order = 3 },
        Sample.Of("a constant power 3", [F64(4).Holding(-1.5, 0, 1, 2)], (graph, x) => graph.Power(x[0], graph.ConstantLike(3, x[0]))) with { Order = 4 },
        Sample.Of("a constant power 0", [F64(3).Holding(-1.5, 0, 1)], (graph, x) => graph.Power(x[0], graph.ConstantLike(0, x[0]))) with { FlowsTo = [] },
        Sample.Of("a constant power -0.5", [F64(3).Between(0.4, 2)], (graph, x) => graph.Power(x[0], graph.ConstantLike(-0.5, x[0]))),
        // The gradient is that of the mean, which another test has.
        Sample.Of(new RoundAtRandom(DType.BF16), F64(7), F64(7).Between(0, 1)).WithoutGradient() with { NotCompared = [0] },
        Sample.Of(new RoundAtRandom(DType.F16), F64(7), F64(7).Between(0, 1)).WithoutGradient() with { NotCompared = [0] },
        Sample.Of(new Maximum(), F64(7), F64(7)),
        Sample.Of(new Minimum(), F64(7), F64(7)),
        Sample.Of(new Maximum(), I32(7), I32(7)),
        Sample.Of("relu", [F64(7)], (graph, x) => graph.Maximum(x[0], graph.ConstantLike(0, x[0]))),
        Sample.Of(new Equal(), F64(5), F64(5)).WithoutGradient(),
        Sample.Of(new NotEqual(), F64(5), F64(5)).WithoutGradient(),
        Sample.Of(new Less(), F64(5), F64(5)).WithoutGradient(),
        Sample.Of(new LessOrEqual(), F64(5), F64(5)).WithoutGradient(),
        Sample.Of(new And(), Bool(5), Bool(5)),
        Sample.Of(new Or(), Bool(5), Bool(5)),
        Sample.Of(new Select(), Bool(2, 3), F64(2, 3), F64(2, 3)),
        Sample.Of(new Select(), Bool(4), I32(4), I32(4)),
    ];
}
