using NetCompiler.Graph;
using NetCompiler.Operators;
using static NetCompiler.Numerics.Tests.Samples.Operand;

namespace NetCompiler.Numerics.Tests.Samples;

/// <summary>Leaves, moves of elements, reductions and matrix products.</summary>
internal static class TensorSamples
{
    static readonly Dim N = Dim.Symbol("N");

    static readonly Variable Weight = new(
        "w", new TensorType(DType.F64, new(2, 3)), VariableKind.Parameter, new Initializer.Constant(0), Origin.None);

    static readonly Operand _key = new Operand(TensorType.Scalar(DType.I64)).Holding(12345);

    public static IEnumerable<Sample> All => [.. Leaves, .. Shaping, .. Indexing, .. Reductions, .. Products];

    static IEnumerable<Sample> Leaves =>
    [
        Sample.Of("an argument", [F64(2, 3)], (_, x) => x[0]),
        new Sample("a variable", [F64(2, 3)], () =>
        {
            var graph = new GraphBuilder();
            var read = graph.Make(new VariableRead(Weight));
            return new(graph, read, [read]);
        }),
        new Sample("the training flag", [Bool()], () =>
        {
            var graph = new GraphBuilder();
            var flag = graph.Make(new TrainingFlag());
            return new(graph, flag, [flag]);
        }),
        Sample.Of(new Constant(0.5, new TensorType(DType.F64, new(N, 2)))).With("N", 3),
        Sample.Of(new Iota(new TensorType(DType.I32, new(2, N, 3)), 1)).With("N", 3),
        Sample.Of(new DimensionSize(N * 2 - 1, DType.F64)).With("N", 3),
    ];

    static IEnumerable<Sample> Shaping =>
    [
        Sample.Of(new Broadcast(new(2, 3), [1]), F64(3)),
        Sample.Of(new Broadcast(new(2, 3), []), F64()),
        Sample.Of(new Broadcast(new(2, 4, 3), [0, 1]), F64(2, 1)),
        Sample.Of(new Broadcast(new(5, 1, 3), [1, 2]), F64(1, 3)),
        Sample.Of(new Broadcast(new(N, 3, N), [0, 2]), F64(N, 1)).With("N", 4),
        Sample.Of(new Reshape(new(3, 4)), F64(2, 6)),
        Sample.Of(new Reshape(new(N, 6)), F64(N, 2, 3)).With("N", 3),
        Sample.Of(new Reshape(new()), F64(1, 1)),
        Sample.Of(new Transpose([1, 0]), F64(2, 5)),
        Sample.Of(new Transpose([2, 0, 1]), F64(2, N, 4)).With("N", 3),
        Sample.Of(new Slice([1], [3], [1]), F64(5)),
        Sample.Of(new Slice([4, 0], [3, 2], [-2, 1]), F64(5, 2)),
        Sample.Of(new Slice([N - 1, 1], [N, 1], [-1, 3]), F64(N, 3)).With("N", 4),
        Sample.Of(new Unslice(new(7), [1], [2]), F64(3)),
        Sample.Of(new Unslice(new(5, 3), [4, 1], [-2, 1]), F64(3, 2)),
        Sample.Of(new Unslice(new(N + 2, 2), [1, 0], [1, 1]), F64(N, 2)).With("N", 3),
        Sample.Of(new Concat(0), F64(3)),
        Sample.Of(new Concat(1), F64(2, 3), F64(2, 1), F64(2, 2)),
        Sample.Of(new Concat(0), F64(N, 2), F64(3, 2)).With("N", 2),
        Sample.Of("a tensor joined with itself", [F64(3)], (graph, x) => graph.Make(new Concat(0), x[0], graph.Multiply(x[0], x[0]), x[0])),
    ];

    static IEnumerable<Sample> Indexing =>
    [
        Sample.Of(new RandomUniform(new(3, 7), DType.F64, 5), _key),
        Sample.Of(new RandomUniform(new(N, 4, 5), DType.F64, 1), _key).With("N", 3),
        Sample.Of(new Gather(double.NaN), F64(4, 3), I32(5).Holding(1, 0, 1, 3, 1)),
        Sample.Of(new Gather(0), F64(4), I32(2, 3).Holding(1, -1, 1, 3, 4, 1)),
        Sample.Of(new Gather(0), F64(N, 2, 17), I32().Holding(2)).With("N", 3),
        Sample.Of(new Gather(7), I32(3, 2), I32(2).Holding(5, 2)),
        Sample.Of(new ScatterAdd(new(4, 3)), I32(5).Holding(1, 0, 1, 4, -1), F64(5, 3)) with { FlowsTo = [1] },
        Sample.Of(new ScatterAdd(new(N)), I32(2, 3).Holding(1, 1, 1, 3, 0, 1), F64(2, 3)).With("N", 5),
        Sample.Of(new ScatterAdd(new(3, 19)), I32(N).Holding(2, 2), F64(N, 19)).With("N", 2),
    ];

    static IEnumerable<Sample> Reductions =>
    [
        Sample.Of(new Sum([0]), F64(4)),
        Sample.Of(new Sum([0, 2]), F64(2, 3, N)).With("N", 5),
        Sample.Of(new Sum([1]), I32(2, 3)),
        Sample.Of(new Product([0]), F64(4)) with { Order = 3 },
        Sample.Of(new Product([0, 2]), F64(2, 3, 2).Holding(0.5, 0, -1.5, 0, 2, 1, 0.7, 1.2, 0, 3, -2, 1.1)) with { Order = 3 },
        Sample.Of(new Product([1]), F64(2, N)).With("N", 3),
        Sample.Of(new Max([1]), F64(3, 5)),
        Sample.Of(new Max([0, 1]), F64(3, 5)),
        Sample.Of(new Max([0]), F64(N, 1)).With("N", 4),
        Sample.Of(new Min([0, 2]), F64(2, 3, 2)),
        Sample.Of(new Max([0]), Bool(3, 2)),
        Sample.Of(new ArgSort(1), F64(3, 40)).WithoutGradient(),
        Sample.Of(new ArgSort(0, Descending: true), F64(N, 3)).WithoutGradient().With("N", 5),
        Sample.Of(new ArgSort(0), I32(19)),
        Sample.Of(new CumulativeSum(1), F64(2, 5, 3)),
        Sample.Of(new CumulativeSum(0, Reverse: true), F64(N, 70)).With("N", 3),
        Sample.Of(new CumulativeSum(0), I32(6)),
        Sample.Of(new ArgMax(1), F64(3, 5)).WithoutGradient(),
        Sample.Of(new ArgMin(0), F64(N, 2)).WithoutGradient().With("N", 3),
    ];

    static IEnumerable<Sample> Products =>
    [
        Sample.Of(new MatMul(), F64(3, 4), F64(4, 5)) with { Order = 3 },
        Sample.Of(new MatMul(), F64(1, 1), F64(1, 3)),
        Sample.Of(new MatMul(), F64(2, N, 3), F64(2, 3, 2)).With("N", 4),
        Sample.Of("a square matrix times itself", [F64(3, 3)], (graph, x) => graph.MatMul(x[0], x[0])),
    ];
}
