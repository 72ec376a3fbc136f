using System.Collections.Immutable;
using NetCompiler.Graph;
using NetCompiler.Operators;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>What the reference computes, against values worked out by hand or taken from tables.</summary>
public class OperatorValueTests
{
    const double NaN = double.NaN, Infinity = double.PositiveInfinity;

    internal sealed record Example(Operator Operator, ImmutableArray<(TensorType Type, double[] Data)> Inputs, double[] Expected);

    static (TensorType, double[])[] Attended => [(Type(DType.F32, 1, 1), [Math.Log(3)]), (Type(DType.F32, 2, 1), [0, 1]), (Type(DType.F32, 2, 1), [1, 3])];

    static (TensorType, double[])[] Kept => [(Type(DType.F32, 1, 1), [2.5]), (Type(DType.F32, 1, 2), [Math.Log(3), 4.0 / 3]), (Type(DType.F32, 1, 1), [1])];

    static readonly ImmutableArray<Example> Examples =
    [
        Of(new Constant(2.5, Type(DType.F64, 2)), [], [2.5, 2.5]),
        Of(new Iota(Type(DType.I32, 2, 3), 1), [], [0, 1, 2, 0, 1, 2]),
        Of(new DimensionSize(Dim.Of(7), DType.I32), [], [7]),

        Unary(new Negate(), [1, -2, 0], [-1, 2, 0]),
        Unary(new Abs(), [1, -2, 0, NaN], [1, 2, 0, NaN]),
        Unary(new Sign(), [1.5, -2, 0, NaN], [1, -1, 0, NaN]),
        Unary(new Exp(), [0, 1, -Infinity], [1, Math.E, 0]),
        Unary(new Expm1(), [0, 1e-12, 1, -50, -Infinity, Infinity], [0, 1.0000000000005e-12, Math.E - 1, -1, -1, Infinity]),
        Unary(new Log(), [1, Math.E, 0, -1], [0, 1, -Infinity, NaN]),
        Unary(new Log1p(), [0, 1e-12, 1, -1, Infinity, -2, -Infinity], [0, 0.9999999999995e-12, 0.69314718055994531, -Infinity, Infinity, NaN, NaN]),
        Unary(new Sqrt(), [4, 0, -1], [2, 0, NaN]),
        Unary(new Tanh(), [0, 1, 400], [0, 0.76159415595576485, 1]),
        Unary(new Sigmoid(), [0, 1, -800, 800], [0.5, 0.7310585786300049, 0, 1]),
        Unary(new Softplus(), [0, -40, 800, -800], [0.69314718055994531, 4.2483542552915890e-18, 800, 0]),
        Unary(new Sin(), [0, 1], [0, 0.8414709848078965]),
        Unary(new Cos(), [0, 1], [1, 0.54030230586813977]),
        // Abramowitz and Stegun, table 7.1, and both branches around 3.
        Unary(new Erf(), [0, 0.5, -1, 2, 2.999999, 3, 7, NaN],
            [0, 0.5204998778130465, -0.8427007929497149, 0.9953222650189527, 0.999977909363748, 0.9999779095030014, 1, NaN]),
        Unary(new Floor(), [1.5, -1.5, 2], [1, -2, 2]),
        Unary(new Ceiling(), [1.5, -1.5, 2], [2, -1, 2]),
        Unary(new Round(), [0.5, 1.5, 2.5, -0.5, 2.4], [0, 2, 2, 0, 2]),
        Of(new Not(), [(Type(DType.Bool, 2), [0, 1])], [1, 0]),
        Unary(new Cast(DType.I32), [1.9, -1.9, NaN, 1e10, -Infinity], [1, -1, 0, int.MaxValue, int.MinValue]),
        Unary(new Cast(DType.U8), [1.9, -1.9, 300], [1, 0, 255]),
        Unary(new Cast(DType.Bool), [0, 0.5, NaN], [0, 1, 1]),
        Unary(new StopGradient(), [3], [3]),
        Binary(new CustomGradient(0, 1, []), [3, 4], [5, 6], [3, 4]),

        Binary(new Add(), [1, 2], [10, 20], [11, 22]),
        Binary(new Subtract(), [1, 2], [10, 20], [-9, -18]),
        Binary(new Multiply(), [3, Infinity], [2, 0], [6, NaN]),
        Binary(new Divide(), [1, 1, 0], [4, 0, 0], [0.25, Infinity, NaN]),
        Binary(new Power(), [2, 0, -8, -8], [3, 0, 3, 0.5], [8, 1, -512, NaN]),
        Binary(new Maximum(), [1, 2, NaN, 1], [2, 1, 1, NaN], [2, 2, NaN, NaN]),
        Binary(new Minimum(), [1, 2, NaN, 1], [2, 1, 1, NaN], [1, 1, NaN, NaN]),
        Binary(new RoundAtRandom(DType.BF16), [257, 257, -257, 1, -Infinity, NaN, Math.ScaleB(1, -134), Math.ScaleB(1, -134), Math.ScaleB(255.25, 120), Math.ScaleB(255.5, 120)],
            [0.49, 0.5, 0.25, 0, 0, 0.5, 0.49, 0.5, 0, 0.9], [258, 256, -258, 1, -Infinity, NaN, Math.ScaleB(1, -133), 0, Math.ScaleB(255, 120), Infinity]),
        Binary(new RoundAtRandom(DType.F16), [2049, -2049, 65504, 65510, -65520, Math.ScaleB(1, -26), Math.ScaleB(1, -26), 1e-300],
            [0.25, 0.75, 0, 0, 0.9, 0.2, 0.25, 0.5], [2050, -2048, 65504, 65504, -Infinity, Math.ScaleB(1, -24), 0, 0]),
        Binary(new Equal(), [1, 2, NaN], [1, 3, NaN], [1, 0, 0]),
        Binary(new NotEqual(), [1, 2, NaN], [1, 3, NaN], [0, 1, 1]),
        Binary(new Less(), [1, 2, 3, NaN], [2, 2, 2, 1], [1, 0, 0, 0]),
        Binary(new LessOrEqual(), [1, 2, 3, NaN], [2, 2, 2, 1], [1, 1, 0, 0]),
        Of(new And(), [(Type(DType.Bool, 4), [0, 0, 1, 1]), (Type(DType.Bool, 4), [0, 1, 0, 1])], [0, 0, 0, 1]),
        Of(new Or(), [(Type(DType.Bool, 4), [0, 0, 1, 1]), (Type(DType.Bool, 4), [0, 1, 0, 1])], [0, 1, 1, 1]),
        Of(new Select(), [(Type(DType.Bool, 2), [1, 0]), (Type(DType.F64, 2), [1, NaN]), (Type(DType.F64, 2), [NaN, 2])], [1, 2]),
        Of(new Add(), [(Type(DType.I32, 1), [int.MaxValue]), (Type(DType.I32, 1), [1])], [int.MinValue]),
        Of(new Subtract(), [(Type(DType.U8, 1), [3]), (Type(DType.U8, 1), [5])], [254]),

        Of(new Broadcast(new(2, 2, 3), [0, 2]), [(Type(DType.F64, 2, 1), [1, 2])], [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2]),
        Of(new Reshape(new(3, 2)), [(Type(DType.F64, 2, 3), [1, 2, 3, 4, 5, 6])], [1, 2, 3, 4, 5, 6]),
        // x[a, b, c] = 100a + 10b + c becomes y[c, a, b].
        Of(new Transpose([2, 0, 1]), [(Type(DType.F64, 1, 2, 3), [0, 1, 2, 10, 11, 12])], [0, 10, 1, 11, 2, 12]),
        Of(new Slice([2, 0], [2, 2], [-2, 1]), [(Type(DType.F64, 3, 2), [1, 2, 3, 4, 5, 6])], [5, 6, 1, 2]),
        Of(new Unslice(new(5), [4], [-2]), [(Type(DType.F64, 2), [1, 2])], [0, 0, 2, 0, 1]),
        Of(new Concat(1), [(Type(DType.F64, 2, 1), [1, 2]), (Type(DType.F64, 2, 2), [3, 4, 5, 6])], [1, 3, 4, 2, 5, 6]),

        // Philox4x32-10 written out in Python, which gives the known answers of the Random123 distribution.
        Of(new RandomUniform(new(5), DType.F32, 3), [(Type(DType.I64), [7])], [0x97b356 / 16777216.0, 0x1fb03c / 16777216.0, 0x29a796 / 16777216.0, 0x998b46 / 16777216.0, 0x965f7e / 16777216.0]),
        Of(new RandomUniform(new(3), DType.F64, 3), [(Type(DType.I64), [7])], [0.12378288865847975, 0.5997813977679967, 0.45987247503069095]),
        Of(new Gather(NaN), [(Type(DType.F64, 2, 2), [1, 2, 3, 4]), (Type(DType.I32, 4), [1, -1, 0, 2])], [3, 4, NaN, NaN, 1, 2, NaN, NaN]),
        Of(new ScatterAdd(new(3)), [(Type(DType.I64, 2, 3), [0, 2, 0, -1, 3, 0]), (Type(DType.F64, 2, 3), [1, 2, 3, 4, 5, 6])], [10, 0, 2]),

        Of(new Sum([0]), [(Type(DType.F64, 2, 3), [1, 2, 3, 4, 5, 6])], [5, 7, 9]),
        Of(new Sum([0]), [(Type(DType.F64, 0, 2), [])], [0, 0]),
        Of(new Product([0, 1]), [(Type(DType.F64, 2, 3), [1, 2, 3, 4, 5, 6])], [720]),
        Of(new Product([0]), [(Type(DType.F64, 0), [])], [1]),
        Of(new Max([1]), [(Type(DType.F64, 2, 3), [1, 3, 2, 6, NaN, 4])], [3, NaN]),
        Of(new Max([0]), [(Type(DType.F64, 0), [])], [-Infinity]),
        Of(new Max([0]), [(Type(DType.I32, 0), [])], [int.MinValue]),
        Of(new Max([0]), [(Type(DType.Bool, 2), [0, 1])], [1]),
        Of(new Min([1]), [(Type(DType.F64, 2, 3), [1, 3, 2, 6, NaN, 4])], [1, NaN]),
        Of(new Min([0]), [(Type(DType.Bool, 0), [])], [1]),
        Of(new ArgSort(0), [(Type(DType.F64, 5), [2, NaN, 1, 2, -Infinity])], [4, 2, 0, 3, 1]),
        Of(new ArgSort(1, Descending: true), [(Type(DType.F64, 2, 4), [2, NaN, 1, 2, 0, 1, 2, 3])], [0, 3, 2, 1, 3, 2, 1, 0]),
        Of(new CumulativeSum(0), [(Type(DType.F64, 2, 2), [1, 2, 3, 4])], [1, 2, 4, 6]),
        Of(new CumulativeSum(1, Reverse: true), [(Type(DType.I32, 2, 3), [1, 2, 3, 4, 5, 6])], [6, 5, 3, 15, 11, 6]),
        Of(new ArgMax(1), [(Type(DType.F64, 3, 3), [1, 3, 3, 5, NaN, NaN, 2, 1, 0])], [1, 1, 0]),
        Of(new ArgMin(0), [(Type(DType.F64, 3, 2), [1, 4, 0, NaN, 0, 2])], [1, 1]),

        Of(new MatMul(), [(Type(DType.F64, 2, 1, 2), [1, 2, 3, 4]), (Type(DType.F64, 2, 2, 1), [10, 20, 30, 40])], [50, 250]),
        // The kernel is not flipped: 1·1 + 2·10, 2·1 + 3·10.
        Of(new Conv2D(ConvolutionWindow.Unit), [(Type(DType.F64, 1, 1, 1, 3), [1, 2, 3]), (Type(DType.F64, 1, 1, 1, 2), [1, 10])], [21, 32]),
        Of(new Conv2D(ConvolutionWindow.Unit with { PadLeft = 1, PadRight = 1, DilationWidth = 2, StrideWidth = 2 }),
            [(Type(DType.F64, 1, 1, 1, 3), [1, 2, 3]), (Type(DType.F64, 1, 1, 1, 2), [1, 10])], [20, 2]),
        Of(new Conv2D(ConvolutionWindow.Unit with { Groups = 2 }),
            [(Type(DType.F64, 1, 2, 1, 1), [1, 2]), (Type(DType.F64, 4, 1, 1, 1), [1, 10, 100, 1000])], [1, 10, 200, 2000]),
        Of(new Conv2DBackwardData(ConvolutionWindow.Unit, new(1, 1, 1, 3)), [(Type(DType.F64, 1, 1, 1, 2), [1, 2]), (Type(DType.F64, 1, 1, 1, 2), [1, 10])], [1, 12, 20]),
        Of(new Conv2DBackwardFilter(ConvolutionWindow.Unit, new(1, 1, 1, 2)), [(Type(DType.F64, 1, 1, 1, 3), [1, 2, 3]), (Type(DType.F64, 1, 1, 1, 2), [1, 10])], [21, 32]),

        // The first of equal maxima; the padding on the left never wins, though all values are negative.
        Of(new MaxPoolGather(new(1, 2, 1, 2, 0, 1, 0, 1)), [(Type(DType.F64, 1, 1, 1, 4), [-1, -2, -2, NaN]), (Type(DType.F64, 1, 1, 1, 4), [10, 20, 30, 40])], [10, 20, 40]),
        // Scores 0 and log 3, so weights 1/4 and 3/4; what flows back is 1.
        Of(new Attention(1, []), [.. Attended], [2.5]),
        Of(new AttentionStatistics(1, []), [(Type(DType.F32, 1, 1), [2.5]), .. Attended], [Math.Log(3), 4.0 / 3]),
        Of(new AttentionGradient(1, []), [.. Attended, .. Kept], [0.375]),
        Of(new AttentionFurtherGradient(1, [], OfValues: false), [(Type(DType.F32, 1, 1), [0.375]), .. Attended, .. Kept], [-0.375 * Math.Log(3), 0.375 * Math.Log(3)]),
        Of(new AttentionFurtherGradient(1, [], OfValues: true), [(Type(DType.F32, 1, 1), [0.375]), .. Attended, .. Kept], [0.25, 0.75]),
        Of(new Attention(0.5, [new(AttentionMaskKind.Causal, -1e30), new(AttentionMaskKind.Add, 0, [1]), new(AttentionMaskKind.Fill, -1e30, [0])]),
            [(Type(DType.F32, 3, 1), [0, 0, 2]), (Type(DType.F32, 3, 1), [0, 0, 1]), (Type(DType.F32, 3, 1), [1, 3, 8]),
                (Type(DType.F32, 3), [0, Math.Log(3), -1]), (Type(DType.Bool, 3), [1, 1, 0])], [1, 2.5, 4]),
        Of(new MaxPoolScatter(new(1, 2, 1, 1, 0, 0, 0, 0)), [(Type(DType.F64, 1, 1, 1, 3), [1, 3, 3]), (Type(DType.F64, 1, 1, 1, 2), [10, 20])], [0, 30, 0]),
        Of(new AveragePool(new(1, 2, 1, 2, 0, 1, 0, 0)), [(Type(DType.F64, 1, 1, 1, 3), [2, 4, 6])], [1, 5]),
        Of(new AveragePoolBackward(new(1, 2, 1, 2, 0, 1, 0, 0), new(1, 1, 1, 3)), [(Type(DType.F64, 1, 1, 1, 2), [2, 4])], [1, 2, 2]),

        // 17 channels of two pixels: the first of the second block lies alone in its lanes.
        Of(new ToBlocked(), [(Type(DType.F32, 1, 17, 1, 2), Channels(17, 2))], [.. Lanes(0, 16, 1), .. Lanes(0, 16, 2), .. Lanes(16, 1, 1), .. Lanes(16, 1, 2)]),
        Of(new FromBlocked(17), [(Type(DType.F32, 1, 2, 1, 2, 16), [.. Lanes(0, 16, 1), .. Lanes(0, 16, 2), .. Lanes(16, 1, 1, NaN), .. Lanes(16, 1, 2, NaN)])], Channels(17, 2)),
        Of(new BlockedPool(new AveragePool(new(1, 2, 1, 2, 0, 0, 0, 0))), [(Type(DType.F32, 1, 1, 1, 2, 16), [.. Lanes(0, 16, 1), .. Lanes(0, 16, 2)])], [.. Lanes(0, 16, 1.5)]),
        // The last two of 17 channels miss one and two of the two that follow.
        Of(new ChannelAverage(4, 1, 17), [(Type(DType.F32, 1, 2, 1, 1, 16), [.. Lanes(0, 16, 1), .. Lanes(16, 1, 1, NaN)])], [8.25, .. Enumerable.Range(1, 14).Select(c => 10.0 * c + 6), 113.25, 78, .. new double[15]]),
        Of(new PackFilter(new Conv2D(ConvolutionWindow.Unit), new(1, 1, 1, 2), 4), [(Type(DType.F32, 1, 1, 1, 2), [1, 10])], [1, 10, 0, 0]),
        Of(new PackMatrix(), [(Type(DType.F32, 2, 1), [1, 10])], [1, 10, .. new double[46]]),
        Of(new PackedMatMul(1), [(Type(DType.F32, 1, 2), [1, 2]), (Type(DType.F32, 48), [1, 10, .. new double[46]])], [21]),
        // 1·1 + 2·10 of channel 0; what lies in the lanes beyond it does not matter.
        Of(new BlockedConv2D(new Conv2D(ConvolutionWindow.Unit), new(1, 1, 1, 2), new(1, 1, 1, 2)),
            [(Type(DType.F32, 1, 1, 1, 2, 16), [.. Lanes(0, 1, 1, NaN), .. Lanes(0, 1, 2, NaN)]), (Type(DType.F32, 4), [1, 10, 0, 0])], [21, .. new double[15]]),
    ];

    public static TheoryData<int, string> Rows
    {
        get
        {
            var rows = new TheoryData<int, string>();
            for (int row = 0; row < Examples.Length; row++)
                rows.Add(row, Examples[row].Operator.ToString());
            return rows;
        }
    }

    /// <summary>h becomes 2 h + x, and x - h is yielded.</summary>
    [Theory]
    [InlineData(false, new double[] { 19 }, new double[] { 0, -1, -5 })]
    [InlineData(true, new double[] { 25 }, new double[] { -11, -3, 2 })]
    public void A_scan_gives_the_worked_values(bool reverse, double[] last, double[] yielded)
    {
        var graph = new GraphBuilder();
        var scalar = TensorType.Scalar(DType.F64);
        Node x = graph.Make(new BodyArgument(0, scalar)), h = graph.Make(new BodyArgument(1, scalar));
        var op = new Scan(3, 1, 1, [graph.Add(graph.Multiply(h, 2), x), graph.Subtract(x, h)], reverse);
        Node xs = graph.Make(new FunctionArgument("xs", Type(DType.F64, 3))), start = graph.Constant(1, scalar);
        var scan = graph.Make(op, xs, start);
        ImmutableArray<Node> results = [.. Enumerable.Range(0, 2).Select(i => graph.Make(new ScanResult(i, op.ResultType(i)), scan))];

        var values = ReferenceEvaluator.Evaluate(results, ImmutableDictionary<string, long>.Empty, new Dictionary<Node, ReferenceTensor> { [xs] = new([3], [1, 2, 3]) });

        values[0].Data.ShouldBe(last);
        values[1].Data.ShouldBe(yielded);
    }

    [Fact]
    public void Every_computed_operator_has_a_worked_example()
    {
        var shown = Examples.Select(example => example.Operator.GetType()).Concat([typeof(Scan), typeof(ScanResult)]).ToHashSet();
        var operators = typeof(Operator).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(Operator)) && !type.IsAbstract && !type.IsAssignableTo(typeof(IWhileBinding)) && !type.IsSubclassOf(typeof(Supplied)));
        operators.Where(type => !shown.Contains(type)).Select(type => type.Name).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void The_reference_gives_the_worked_values(int row, string name)
    {
        var example = Examples[row];
        var graph = new GraphBuilder();
        ImmutableArray<Node> leaves = [.. example.Inputs.Select((input, i) => graph.Make(new FunctionArgument($"x{i}", input.Type)))];
        var supplied = leaves.Select((leaf, i) => KeyValuePair.Create(leaf, new ReferenceTensor(Extents(leaf.Shape), example.Inputs[i].Data)));

        var value = ReferenceEvaluator.Evaluate([graph.Make(example.Operator, leaves)], ImmutableDictionary<string, long>.Empty, supplied.ToImmutableDictionary())[0];

        value.Data.Length.ShouldBe(example.Expected.Length, name);
        foreach (var (actual, expected) in value.Data.Zip(example.Expected))
        {
            // Elementary functions and a handful of operations upon them: 8 ulps.
            double tolerance = double.IsFinite(expected) ? 8 * Math.Pow(2, -52) * Math.Abs(expected) : 0;
            (double.IsNaN(expected) ? double.IsNaN(actual) : actual == expected || Math.Abs(actual - expected) <= tolerance)
                .ShouldBeTrue($"{name} gives {actual:R}, not {expected:R}");
        }
    }

    /// <summary>Element c · 10 + p + 1 for pixel p of channel c.</summary>
    static double[] Channels(int channels, int pixels) => [.. Enumerable.Range(0, channels * pixels).Select(i => i / pixels * 10.0 + i % pixels + 1)];

    /// <summary>A block of lanes of one pixel: channel c holds c · 10 + value, lanes beyond <paramref name="count"/> hold <paramref name="beyond"/>.</summary>
    static IEnumerable<double> Lanes(int first, int count, double value, double beyond = 0) =>
        Enumerable.Range(0, 16).Select(lane => lane < count ? (first + lane) * 10 + value : beyond);

    static Example Of(Operator op, ImmutableArray<(TensorType, double[])> inputs, double[] expected) => new(op, inputs, expected);

    static Example Unary(Operator op, double[] x, double[] expected) => Of(op, [(Type(DType.F64, x.Length), x)], expected);

    static Example Binary(Operator op, double[] a, double[] b, double[] expected) =>
        Of(op, [(Type(DType.F64, a.Length), a), (Type(DType.F64, b.Length), b)], expected);

    static TensorType Type(DType element, params int[] dims) => new(element, new(dims.Select(dim => Dim.Of(dim))));

    static ImmutableArray<int> Extents(Shape shape) => [.. shape.Dims.Select(dim => (int)dim.Value)];
}
