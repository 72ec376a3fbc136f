using System;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using static NetCompiler.Rewrites.Patterns;

namespace NetCompiler.Rewrites;

internal static partial class SimplifyRules
{
    static ImmutableArray<Rule> Constants()
    {
        Pattern x = Any(), c = AnyConstant(), power = AnyConstant(IsPowerOfTwo);
        return
        [
            new("ElementwiseOfConstants", "f(c, d) = the value of f", AnyOf<Elementwise>(), to: FoldElementwise,
                ends: "one operator fewer"),
            new("DimensionOfConstant", "dimension(5) = 5", AnyOf<DimensionSize>(),
                to: m => ((DimensionSize)m.Root.Operator).Dim is { IsConstant: true } dim ? m.Graph.Constant(dim.Value, m.Root.Type) : null,
                ends: "one dimension fewer"),
            new("DivisionByPowerOfTwo", "x / 2^n = x * 2^-n", Divide(x, power),
                to: m => m.Graph.Multiply(m[x], 1 / m.Value(power)), ends: "one division fewer"),
            new("ConstantOnTheRight", "c * x = x * c, c + x = x + c", AnyOf<Binary>(), to: ConstantToTheRight,
                ends: "one constant fewer on the left"),
        ];
    }

    // Floats in float64, as everything the program says about constants is: they are rounded once, when they are emitted.
    static Node? FoldElementwise(Match m)
    {
        var inputs = m.Root.Inputs;
        if (inputs.Any(input => m.See<Constant>(input) is null))
            return null;
        double[] operands = [.. inputs.Select(input => ((Constant)input.Operator).Value)];
        double value = m.Root.Element.IsInteger() && OfIntegers(m.Root.Operator, operands) is { } whole
            ? Wrap(whole, m.Root.Element)
            : Wrap(((Elementwise)m.Root.Operator).Apply(operands), m.Root.Element);
        // A constant of the graph holds integers to 2^53: what is beyond is left to the run time, which has all 64 bits.
        return m.Root.Element == DType.I64 && !(Math.Abs(value) < 1L << 53) ? null : m.Graph.Constant(value, m.Root.Type);
    }

    /// <summary>The low 64 bits of a sum or product, which float64 would round; null for other operators, which are exact in it.</summary>
    static long? OfIntegers(Operator op, double[] operands) => op switch
    {
        Operators.Add => unchecked((long)operands[0] + (long)operands[1]),
        Operators.Subtract => unchecked((long)operands[0] - (long)operands[1]),
        Operators.Multiply => unchecked((long)operands[0] * (long)operands[1]),
        _ => null,
    };

    static double Wrap(long value, DType element) => element switch
    {
        DType.U8 => unchecked((byte)value),
        DType.I32 => unchecked((int)value),
        _ => value,
    };

    static double Wrap(double value, DType element) => element is DType.U8 or DType.I32 ? Wrap((long)value, element) : value;

    static Node? ConstantToTheRight(Match m)
    {
        var (a, b) = (m.Root.Inputs[0], m.Root.Inputs[1]);
        bool commutes = m.Root.Operator is Operators.Add or Operators.Multiply or Operators.Maximum or Operators.Minimum
            or Operators.Equal or Operators.NotEqual or Operators.And or Operators.Or;
        return commutes && m.See<Constant>(a) is not null && m.See<Constant>(b) is null ? m.Over(m.Root, b, a) : null;
    }

    /// <summary>A power of two whose reciprocal is an ordinary number in every float type, so that multiplying by it is exact.</summary>
    static bool IsPowerOfTwo(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(Math.Abs(value));
        long exponent = (bits >> 52) - 1023;
        return (bits & ((1L << 52) - 1)) == 0 && exponent is >= -100 and <= 100 && exponent != 0;
    }

    static ImmutableArray<Rule> NeutralElements()
    {
        Pattern x = Any(), c = AnyConstant();
        return
        [
            new("AddOfZero", "x + 0 = x", Add(x, 0), to: x, ends: "one addition fewer"),
            new("SubtractOfZero", "x - 0 = x", Subtract(x, 0), to: x, ends: "one subtraction fewer"),
            new("SubtractOfConstant", "x - c = x + -c", Subtract(x, c), to: m => m.Graph.Add(m[x], -m.Value(c)), ends: "one subtraction fewer",
                when: m => m.Root.Element.IsFloat()),
            new("SubtractFromZero", "0 - x = -x", Subtract(0, x), to: Negate(x), ends: "one subtraction fewer"),
            new("MultiplyByOne", "x * 1 = x", Multiply(x, 1), to: x, ends: "one multiplication fewer"),
            new("MultiplyByMinusOne", "x * -1 = -x", Multiply(x, -1), to: Negate(x), ends: "one multiplication fewer"),
            new("DivideByOne", "x / 1 = x", Divide(x, 1), to: x, ends: "one division fewer"),
            new("DivideByMinusOne", "x / -1 = -x", Divide(x, -1), to: Negate(x), ends: "one division fewer"),
            new("PowerOfOne", "x^1 = x", Power(x, 1), to: x, ends: "one power fewer"),
            // Also where x is NaN: so the operator is defined.
            new("PowerOfZero", "x^0 = 1", Power(x, 0), to: 1, ends: "one power fewer"),
            new("PowerOfTwo", "x^2 = x * x", Power(x, 2), to: Multiply(x, x), ends: "one power fewer"),
            new("PowerOfMinusOne", "x^-1 = 1 / x", Power(x, -1), to: Divide(1, x), ends: "one power fewer"),
            new("MaximumWithLeast", "max(x, -inf) = x", Maximum(x, double.NegativeInfinity), to: x, ends: "one maximum fewer"),
            new("MinimumWithGreatest", "min(x, inf) = x", Minimum(x, double.PositiveInfinity), to: x, ends: "one minimum fewer"),
        ];
    }

    static ImmutableArray<Rule> Signs()
    {
        Pattern x = Any(), y = Any(), c = AnyConstant(c => !double.IsNaN(c)), product = Multiply(Negate(x), y);
        return
        [
            new("DoubleNegation", "--x = x", Negate(Negate(x)), to: x, ends: "two negations fewer"),
            new("AddOfNegation", "x + -y = x - y", Add(x, Negate(y)), to: Subtract(x, y), ends: "one negation fewer"),
            new("SubtractOfNegation", "x - -y = x + y", Subtract(x, Negate(y)), to: Add(x, y), ends: "one negation fewer"),
            new("NegationOfDifference", "-(x - y) = y - x", Negate(Subtract(x, y)), to: Subtract(y, x), ends: "one negation fewer"),
            new("ProductOfNegations", "-x * -y = x * y", Multiply(Negate(x), Negate(y)), to: Multiply(x, y), ends: "two negations fewer"),
            new("QuotientOfNegations", "-x / -y = x / y", Divide(Negate(x), Negate(y)), to: Divide(x, y), ends: "two negations fewer"),
            new("NegationTimesConstant", "-x * c = x * -c", Multiply(Negate(x), c), to: m => m.Graph.Multiply(m[x], -m.Value(c)), ends: "one negation fewer",
                when: m => m.Root.Element.IsFloat()),
            new("NegationOfConstantProduct", "-(x * c) = x * -c", Negate(Multiply(x, c)), to: m => m.Graph.Multiply(m[x], -m.Value(c)), ends: "one negation fewer",
                when: m => m.Root.Element.IsFloat()),
            new("ProductWithNegation", "-x * y = -(x * y)", product, to: Negate(Multiply(x, y)), ends: "a negation is nearer to the result"),
            new("QuotientOfNegation", "-x / y = -(x / y)", Divide(Negate(x), y), to: Negate(Divide(x, y)), ends: "a negation is nearer to the result"),
            new("QuotientByNegation", "x / -y = -(x / y)", Divide(x, Negate(y)), to: Negate(Divide(x, y)), ends: "a negation is nearer to the result"),
            new("AbsOfNegation", "|-x| = |x|", Abs(Negate(x)), to: Abs(x), ends: "one negation fewer"),
            new("CosOfNegation", "cos(-x) = cos(x)", Cos(Negate(x)), to: Cos(x), ends: "one negation fewer"),
        ];
    }

    static ImmutableArray<Rule> Repetitions()
    {
        Pattern x = Any(), y = Any(), c = AnyConstant(), d = AnyConstant();
        return
        [
            new("MaximumOfSame", "max(x, x) = x", Maximum(x, x), to: x, ends: "one maximum fewer"),
            new("MinimumOfSame", "min(x, x) = x", Minimum(x, x), to: x, ends: "one minimum fewer"),
            new("MaximumOfMaximum", "max(max(x, c), d) = max(x, max(c, d))", Maximum(Maximum(x, c), d),
                to: m => m.Graph.Maximum(m[x], m.Graph.Constant(Math.Max(m.Value(c), m.Value(d)), m.Root.Type)), ends: "one maximum fewer"),
            new("MinimumOfMinimum", "min(min(x, c), d) = min(x, min(c, d))", Minimum(Minimum(x, c), d),
                to: m => m.Graph.Minimum(m[x], m.Graph.Constant(Math.Min(m.Value(c), m.Value(d)), m.Root.Type)), ends: "one minimum fewer"),
            new("AbsOfAbs", "||x|| = |x|", Abs(Abs(x)), to: Abs(x), ends: "one abs fewer"),
            new("AbsOfSquare", "|x * x| = x * x", Abs(Multiply(x, x)), to: Multiply(x, x), ends: "one abs fewer", when: m => m.Root.Element.IsFloat()),
            new("RoundingOfRounded", "floor(round(x)) = round(x)", AnyOf<PiecewiseConstant>(),
                to: m => IsRounding(m.Root) && m.See<PiecewiseConstant>(m.Root.Inputs[0]) is not null && IsRounding(m.Root.Inputs[0]) ? m.Root.Inputs[0] : null,
                ends: "one rounding fewer"),
            new("LessThanItself", "x < x is false", Less(x, x), to: 0, ends: "one comparison fewer"),
            new("EqualToItself", "x = x is true", Equal(x, x), to: 1, ends: "one comparison fewer", when: m => !m[x].Element.IsFloat()),
            new("UnequalToItself", "x != x is false", NotEqual(x, x), to: 0, ends: "one comparison fewer", when: m => !m[x].Element.IsFloat()),
            new("AtMostItself", "x <= x is true", LessOrEqual(x, x), to: 1, ends: "one comparison fewer", when: m => !m[x].Element.IsFloat()),
        ];
    }

    static bool IsRounding(Node node) => node.Operator is Floor or Ceiling or Round;

    static ImmutableArray<Rule> Conditions()
    {
        Pattern a = Any(), b = Any(), c = Any(), d = Any(), known = AnyConstant();
        return
        [
            new("SelectByConstant", "select(true, a, b) = a", Select(known, a, b), to: m => m.Value(known) != 0 ? m[a] : m[b], ends: "one select fewer"),
            new("SelectOfSame", "select(c, a, a) = a", Select(c, a, a), to: a, ends: "one select fewer"),
            new("SelectByNot", "select(not c, a, b) = select(c, b, a)", Select(Not(c), a, b), to: Select(c, b, a), ends: "one not fewer"),
            new("SelectInFirstBranch", "select(c, select(c, a, b), d) = select(c, a, d)", Select(c, Select(c, a, b), d), to: Select(c, a, d), ends: "one select fewer"),
            new("SelectInSecondBranch", "select(c, a, select(c, b, d)) = select(c, a, d)", Select(c, a, Select(c, b, d)), to: Select(c, a, d), ends: "one select fewer"),
            new("DoubleNot", "not not a = a", Not(Not(a)), to: a, ends: "two nots fewer"),
            new("NotOfEqual", "not (a = b) is a != b", Not(Equal(a, b)), to: NotEqual(a, b), ends: "one not fewer"),
            new("NotOfUnequal", "not (a != b) is a = b", Not(NotEqual(a, b)), to: Equal(a, b), ends: "one not fewer"),
            // Not for floats: neither a < b nor b <= a where one of them is NaN.
            new("NotOfLess", "not (a < b) is b <= a", Not(Less(a, b)), to: LessOrEqual(b, a), ends: "one not fewer", when: m => !m[a].Element.IsFloat()),
            new("NotOfAtMost", "not (a <= b) is b < a", Not(LessOrEqual(a, b)), to: Less(b, a), ends: "one not fewer", when: m => !m[a].Element.IsFloat()),
            new("AndWithTrue", "a and true = a", And(a, 1), to: a, ends: "one and fewer"),
            new("AndWithFalse", "a and false = false", And(a, 0), to: 0, ends: "one and fewer"),
            new("AndOfSame", "a and a = a", And(a, a), to: a, ends: "one and fewer"),
            new("OrWithFalse", "a or false = a", Or(a, 0), to: a, ends: "one or fewer"),
            new("OrWithTrue", "a or true = true", Or(a, 1), to: 1, ends: "one or fewer"),
            new("OrOfSame", "a or a = a", Or(a, a), to: a, ends: "one or fewer"),
            new("EqualToTrue", "(a = true) is a", Equal(a, 1), to: a, ends: "one comparison fewer", when: IsBool(a)),
            new("EqualToFalse", "(a = false) is not a", Equal(a, 0), to: Not(a), ends: "one comparison fewer", when: IsBool(a)),
            new("UnequalToFalse", "(a != false) is a", NotEqual(a, 0), to: a, ends: "one comparison fewer", when: IsBool(a)),
            new("UnequalToTrue", "(a != true) is not a", NotEqual(a, 1), to: Not(a), ends: "one comparison fewer", when: IsBool(a)),
        ];
    }

    static Func<Match, bool> IsBool(Pattern x) => m => m[x].Element == DType.Bool;

    static ImmutableArray<Rule> Casts()
    {
        Pattern x = Any(), inner = Cast(x), leaf = AnyOf<DimensionSize>();
        return
        [
            new("CastToItself", "cast f32 (x) = x for x of f32", Cast(x), to: x, ends: "one cast fewer", when: m => m.Root.Element == m[x].Element),
            new("CastOfCast", "cast(cast(x)) = cast(x)", Cast(inner), to: m => m.Graph.Cast(m[x], m.Root.Element), ends: "one cast fewer",
                when: m => KeepsValues(m[x].Element, m[inner].Element)),
            new("CastOfDimension", "cast f32 (dimension n as i32) = dimension n as f32", Cast(leaf),
                to: m => m.Make(new DimensionSize(m.Of<DimensionSize>(leaf).Dim, m.Root.Element)), ends: "one cast fewer",
                when: m => m.Root.Element is not (DType.Bool or DType.U8)),
        ];
    }

    /// <summary>Whether every value of one type is a value of the other.</summary>
    static bool KeepsValues(DType from, DType to) => from == to || from switch
    {
        DType.Bool => true,
        DType.U8 => to is not (DType.Bool or DType.BF16),
        DType.I32 => to is DType.I64 or DType.F64,
        DType.F32 => to is DType.F64,
        DType.F16 or DType.BF16 => to is DType.F32 or DType.F64,
        _ => false,
    };
}
