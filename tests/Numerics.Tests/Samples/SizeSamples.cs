using NetCompiler.Graph;
using NetCompiler.Operators;
using static NetCompiler.Numerics.Tests.Samples.Operand;

namespace NetCompiler.Numerics.Tests.Samples;

/// <summary>Every operator over tensors with a symbolic extent N that may be 0.</summary>
internal static class SizeSamples
{
    static readonly Dim N = Dim.Symbol("N");

    static readonly ConvolutionWindow Wide = ConvolutionWindow.Unit with { PadTop = 1, PadBottom = 1, PadLeft = 1, PadRight = 1 };

    static readonly PoolingWindow Pool = new(2, 2, 1, 2, 1, 1, 1, 1);

    public static IEnumerable<Sample> All => [.. Elementwise(), .. Explicit];

    // Each scalar function over the first kind of operands that it takes.
    static IEnumerable<Sample> Elementwise() =>
        from type in typeof(Operator).Assembly.GetTypes()
        where type.IsSubclassOf(typeof(Elementwise)) && !type.IsAbstract && type.GetConstructor([]) is not null
        select (Operator)Activator.CreateInstance(type)! into op
        let operands = Candidates.First(operands => Fits(op, operands))
        select Sample.Of(op, operands);

    static readonly Operand[][] Candidates =
    [
        [F64(N, 3).Between(0.2, 2)],
        [F64(N, 3).Between(0.2, 2), F64(N, 3).Between(0.2, 2)],
        [Bool(N, 3)],
        [Bool(N, 3), Bool(N, 3)],
        [Bool(N, 3), F64(N, 3), F64(N, 3)],
    ];

    static bool Fits(Operator op, Operand[] operands)
    {
        try
        {
            return op.Infer([.. operands.Select(operand => operand.Type)]).Type is not null;
        }
        catch (ArgumentException) // another number of operands
        {
            return false;
        }
    }

    static IEnumerable<Sample> Explicit =>
    [
        Sample.Of(new Constant(0.5, new TensorType(DType.F64, new(N, 2)))),
        Sample.Of(new Iota(new TensorType(DType.I32, new(2, N)), 1)),
        Sample.Of(new DimensionSize(N + 1, DType.F64)),
        Sample.Of(new Cast(DType.I32), F64(N)),
        Sample.Of(new RoundAtRandom(DType.F16), F64(N), F64(N).Between(0, 1)) with { FlowsTo = [] },
        Sample.Of(new Broadcast(new(N, 3, N), [0, 2]), F64(N, 1)),
        Sample.Of(new Broadcast(new(N, 3), [1]), F64(3)),
        Sample.Of(new Reshape(new(N, 6)), F64(N, 2, 3)),
        Sample.Of(new Transpose([2, 0, 1]), F64(2, N, 3)),
        Sample.Of(new Slice([N - 1, 1], [N, 1], [-1, 3]), F64(N, 3)),
        Sample.Of(new Unslice(new(N + 2, 4), [1, 3], [1, -2]), F64(N, 2)),
        Sample.Of(new Concat(0), F64(N, 2), F64(3, 2), F64(N, 2)),
        Sample.Of(new Concat(1), F64(N, 2), F64(N, 0), F64(N, 1)),
        Sample.Of(new Gather(0), F64(N, 2), I32(3)),
        Sample.Of(new Gather(0), F64(3, N), I32(N)),
        Sample.Of(new ScatterAdd(new(N, 2)), I32(3), F64(3, 2)),
        Sample.Of(new ScatterAdd(new(4, N)), I32(N), F64(N, N)),
        Sample.Of(new Sum([0]), F64(N, 3)),
        Sample.Of(new Sum([1]), F64(N, 3)),
        Sample.Of(new Sum([0, 1]), F64(N, N)),
        Sample.Of(new Product([0]), F64(N, 3)),
        Sample.Of(new Max([0]), F64(N, 3)),
        Sample.Of(new Max([1]), F64(N, 3)),
        Sample.Of(new Min([0]), F64(N)),
        Sample.Of(new Max([0]), I32(N)),
        Sample.Of(new Min([0]), Bool(N)),
        Sample.Of(new ArgMax(1), F64(N, 3)),
        Sample.Of(new ArgMin(0), F64(3, N)),
        Sample.Of(new ArgSort(0), F64(N, 3)),
        Sample.Of(new ArgSort(1), F64(N, 3)),
        Sample.Of(new CumulativeSum(0), F64(N, 3)),
        Sample.Of(new CumulativeSum(0), F64(3, N)),
        Sample.Of(new RandomUniform(new(N, 3), DType.F64, 2), new Operand(TensorType.Scalar(DType.I64), 0, 9)),
        Sample.Of("a mean", [F64(N, 3)], (graph, x) =>
            graph.Divide(graph.Sum(x[0], [0]), graph.BroadcastTo(graph.Make(new DimensionSize(N, DType.F64)), new(3)))),
        Sample.Of(new MatMul(), F64(N, 3), F64(3, N)),
        Sample.Of(new MatMul(), F64(3, N), F64(N, 2)),
        Sample.Of(new MatMul(), F64(N, 2, 3), F64(N, 3, 2)),
        Sample.Of(new MatMul(), F64(2, 2, N), F64(2, N, 2)),
        Sample.Of(new Conv2D(Wide), F64(N, 2, 4, 3), F64(3, 2, 3, 2)),
        Sample.Of(new Conv2D(Wide), F64(2, 2, N, N), F64(3, 2, 2, 2)),
        Sample.Of(new Conv2D(ConvolutionWindow.Unit), F64(2, 2, N, 3), F64(3, 2, 1, 1)),
        Sample.Of(new Conv2D(ConvolutionWindow.Unit with { Groups = 2 }), F64(N, 2, N, 3), F64(2, 1, 1, 2)),
        Sample.Of(new Conv2DBackwardData(Wide, new(N, 2, 4, 3)), F64(N, 3, 4, 4), F64(3, 2, 3, 2)),
        Sample.Of(new Conv2DBackwardFilter(Wide, new(3, 2, 3, 2)), F64(N, 2, 4, 3), F64(N, 3, 4, 4)),
        Sample.Of(new Conv2DBackwardFilter(Wide, new(3, 2, 2, 2)), F64(1, 2, N, N), F64(1, 3, N + 1, N + 1)),
        Sample.Of("max pooling", [F64(N, 2, 3, 3)], (graph, x) => graph.Make(new MaxPoolGather(Pool), x[0], x[0])),
        Sample.Of(new MaxPoolGather(Pool), F64(1, 2, N, 3), F64(1, 2, N, 3)),
        Sample.Of(new MaxPoolScatter(Pool), F64(1, 2, N, 3), F64(1, 2, N + 1, 2)),
        Sample.Of(new MaxPoolGather(new(2, 2, 2, 2, 0, 0, 0, 0)), F64(N, 2, 4, 4), F64(N, 2, 4, 4)),
        Sample.Of(new AveragePool(Pool), F64(1, N, N, 3)),
        Sample.Of(new AveragePool(Pool, CountPadding: false), F64(1, 2, N, 3)),
        Sample.Of(new AveragePoolBackward(Pool, new(1, 2, N, 3)), F64(1, 2, N + 1, 2)),
    ];
}
