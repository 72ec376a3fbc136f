using System.Collections.Immutable;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Emit;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Plan;
using NetCompiler.Runtime;
using Shouldly;
using Xunit;
using Elementwise = NetCompiler.Operators.Elementwise;

namespace NetCompiler.Numerics.Tests;

/// <summary>Every element-wise operator at every element type that it admits, at the ends of the types and at what is not a number.</summary>
public sealed class ElementTypeTests
{
    const double LargestExact = 1L << 53;

    static readonly DType[] _types = [DType.F32, DType.F64, DType.I32, DType.I64, DType.U8, DType.Bool, DType.F16, DType.BF16];

    readonly GraphBuilder _graph = new();

    [Fact]
    public void Emitted_code_computes_every_elementwise_operator_at_every_element_type()
    {
        var cases = Operators().SelectMany(op => _types.Select(type => Of(op, type))).OfType<Case>().ToList();
        cases.Select(each => each.Operator.GetType()).Distinct().Count().ShouldBe(Kinds().Count());
        cases.Count(each => each.Operator is Cast).ShouldBe(_types.Length * _types.Length);

        var functions = cases.Select((each, i) => new FunctionModel($"f{i}", each.Arguments, [new Output("y", each.Value)], [], [], false, Origin.None, ""));
        var network = new NetworkModel("", "Types", [], [.. functions], _graph, Origin.None, "");
        var compiled = CompiledNetwork.Compile(NetworkWriter.Write(network, [.. network.Functions.Select(BuildPlan.Run)], lineDirectives: false)).Create("Types", seed: 0);
        cases.SelectMany((each, i) => each.Differences(compiled, $"f{i}")).ShouldBeEmpty();
    }

    static IEnumerable<Type> Kinds() => typeof(Elementwise).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Elementwise)) && !type.IsAbstract);

    static IEnumerable<Elementwise> Operators() => Kinds().SelectMany(kind =>
        kind == typeof(Cast) ? _types.Select(to => (Elementwise)new Cast(to))
        : kind == typeof(RoundAtRandom) ? [new RoundAtRandom(DType.F16), new RoundAtRandom(DType.BF16)] : [(Elementwise)Activator.CreateInstance(kind)!]);

    /// <summary>The operator at all combinations of the extreme values of <paramref name="type"/>; null if it does not admit the type.</summary>
    Case? Of(Elementwise op, DType type)
    {
        DType[] types = op is Unary ? [type] : op is Binary ? [type, type] : [DType.Bool, type, type];
        IEnumerable<ImmutableArray<double>> rows = [[]];
        foreach (var operand in types)
            rows = rows.SelectMany(row => Extremes(operand).Select(value => row.Add(value)));
        ImmutableArray<ImmutableArray<double>> kept = [.. rows.Where(row => IsExact(op, row, type))];
        ImmutableArray<Argument> arguments = [.. types.Select((element, i) => new Argument($"x{i}", new TensorType(element, new Shape(kept.Length)), Origin.None))];
        ImmutableArray<Node> leaves = [.. arguments.Select(argument => _graph.Make(new FunctionArgument(argument.Name, argument.Type)))];
        return _graph.TryMake(op, leaves, out var value) is null ? new Case(op, value!, arguments, leaves, kept) : null;
    }

    // The reference computes integers in float64; sines of what is far beyond one turn are promised by nobody.
    static bool IsExact(Elementwise op, ImmutableArray<double> row, DType type)
    {
        if (op is Sin or Cos)
            return !double.IsFinite(row[0]) || Math.Abs(row[0]) <= 1000;
        bool isArithmetic = op is Add or Subtract or Multiply or Negate or Abs;
        return type.IsFloat() || !isArithmetic || Math.Abs(op.Apply(row.AsSpan())) <= LargestExact;
    }

    static double[] Extremes(DType type) => type switch
    {
        DType.F32 or DType.F64 =>
        [
            double.NaN, double.NegativeInfinity, double.PositiveInfinity, 0, double.NegativeZero, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3, 100, -100, 1e10f, -1e10f,
            type == DType.F32 ? float.MaxValue : double.MaxValue, type == DType.F32 ? float.MinValue : double.MinValue, Math.ScaleB(1, -100),
            // Halfway between neighbours of the half types, at even and odd ones, among them denormals and the greatest.
            257, 259, -2049, 2051, 65519.99609375, 65520, Math.ScaleB(1, -25), Math.ScaleB(3, -25), Math.ScaleB(1, -134), Math.ScaleB(511, 119),
        ],
        DType.F16 => [double.NaN, double.NegativeInfinity, double.PositiveInfinity, 0, double.NegativeZero, 1, -1, 0.5, -1.5, 2.5, 100, -100, 65504, -65504, Math.ScaleB(1, -24), -Math.ScaleB(3, -24), 2050],
        DType.BF16 => [double.NaN, double.NegativeInfinity, double.PositiveInfinity, 0, double.NegativeZero, 1, -1, 0.5, -1.5, 2.5, 100, -100, Math.ScaleB(255, 120), -Math.ScaleB(255, 120), Math.ScaleB(1, -133), -Math.ScaleB(3, -133), 258],
        DType.I32 => [int.MinValue, int.MinValue + 1, -46341, -1, 0, 1, 7, 65536, int.MaxValue],
        DType.I64 => [long.MinValue, -LargestExact, int.MinValue - 1L, -1, 0, 1, 7, 256, uint.MaxValue, LargestExact],
        DType.U8 => [0, 1, 2, 7, 16, 127, 128, 254, 255],
        _ => [0, 1],
    };

    sealed record Case(Elementwise Operator, Node Value, ImmutableArray<Argument> Arguments, ImmutableArray<Node> Leaves, ImmutableArray<ImmutableArray<double>> Rows)
    {
        public IEnumerable<string> Differences(Network network, string function)
        {
            var operands = Leaves.Select((leaf, i) => (Leaf: leaf, Values: new ReferenceTensor([Rows.Length], [.. Rows.Select(row => row[i])]))).ToList();
            var expected = ReferenceEvaluator.Evaluate(
                [Value], ImmutableDictionary<string, long>.Empty, operands.ToDictionary(operand => operand.Leaf, operand => operand.Values))[0];
            var actual = EmittedFunction.Unbox(network.Invoke(function, [.. operands.Select(operand => EmittedFunction.Box(operand.Values, operand.Leaf.Type))])[0]);
            actual.Length.ShouldBe(Rows.Length);
            for (int i = 0; i < actual.Length; i++)
            {
                double right = Value.Element == DType.F32 ? (float)expected.Data[i] : expected.Data[i];
                if (!IsClose(actual[i], right))
                    yield return $"{Operator.Name}({string.Join(", ", Rows[i].Select(value => $"{value:R}"))}) of {Leaves[^1].Element} as {Value.Element} is {actual[i]:R} instead of {right:R}";
            }
        }

        // What IEEE 754 and integers define is exact; elementary functions may miss by 8 ulps, and the smallest of their values become 0.
        bool IsClose(double actual, double right)
        {
            bool elementary = Operator is Exp or Expm1 or Log or Log1p or Tanh or Sigmoid or Softplus or Sin or Cos or Erf or Power;
            if (actual.Equals(right) || !elementary || !double.IsFinite(right))
                return actual.Equals(right);
            var (ulp, smallest) = Value.Element == DType.F32 ? (Math.ScaleB(1, -23), Math.ScaleB(1, -126)) : (Math.ScaleB(1, -52), Math.ScaleB(1, -1022));
            return Math.Abs(actual - right) <= Math.Max(8 * ulp * Math.Abs(right), smallest);
        }
    }
}
