using System;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;
using static NetCompiler.Rewrites.Patterns;

namespace NetCompiler.Rewrites;

/// <summary>
/// Equations of real numbers whose right side keeps its precision, or its value at all, where the left side cancels, overflows
/// or divides 0 by 0. Results may round differently, or be finite where they were not; <see cref="Rule.Specials"/> says where.
/// The list follows the stability rules that Theano documents, in a more general form where there is one. Its rules for 1 - erf
/// need the complementary error function and are not among these.
/// </summary>
internal static partial class StabilityRules
{
    public static RuleSet All { get; } = new("StabilityRules",
        [.. Logarithms(), .. Exponentials(), .. Sigmoids(), .. SumsOfExponentials(), .. PowersAndConstants(), .. SumsOverRepetitions()]);

    static ImmutableArray<Rule> Logarithms()
    {
        Pattern x = Any(), v = Any();
        return
        [
            new("LogOfExp", "log(exp(x)) = x", Log(Exp(x)), to: x,
                ends: "two nodes fewer", specials: "finite where exp(x) overflows or vanishes"),
            new("LogOfSigmoid", "log(sigmoid(x)) = -softplus(-x)", Log(Sigmoid(x)), to: Negate(Softplus(Negate(x))),
                ends: "one log fewer", specials: "x instead of -inf where sigmoid(x) vanishes"),
            // With the shifted maximum of SoftmaxByMaximum and LogOfSumOfExp this is log_softmax.
            new("LogOfExpQuotient", "log(exp(x) / v) = x - log(v)", Log(Divide(Exp(x), v)), to: Subtract(x, Log(v)),
                ends: "one node fewer below a log", specials: "finite where exp(x) overflows or vanishes; NaN for v < 0, as before"),
            new("LogOfExpProduct", "log(exp(x) * v) = x + log(v)", Log(Multiply(Exp(x), v)), to: Add(x, Log(v)),
                ends: "one node fewer below a log", specials: "finite where exp(x) overflows or vanishes; NaN for v < 0, as before"),
            new("LogOfOnePlus", "log(1 + x) = log1p(x)", Log(Add(1, x)), to: Log1p(x),
                ends: "one log fewer", specials: "as before"),
            new("LogOfOneMinus", "log(1 - x) = log1p(-x)", Log(Subtract(1, x)), to: Log1p(Negate(x)),
                ends: "one log fewer", specials: "as before"),
            new("Log1pOfExp", "log1p(exp(x)) = softplus(x)", Log1p(Exp(x)), to: Softplus(x),
                ends: "one log1p fewer", specials: "x instead of inf where exp(x) overflows"),
            new("Log1pOfMinusSigmoid", "log1p(-sigmoid(x)) = -softplus(x)", Log1p(Negate(Sigmoid(x))), to: Negate(Softplus(x)),
                ends: "one log1p fewer", specials: "-x instead of -inf where sigmoid(x) rounds to 1"),
            new("Log1pOfExpm1", "log1p(expm1(x)) = x", Log1p(Expm1(x)), to: x,
                ends: "two nodes fewer", specials: "finite where expm1(x) overflows or rounds to -1"),
        ];
    }

    static ImmutableArray<Rule> Exponentials()
    {
        Pattern x = Any(), minusX = Any();
        return
        [
            new("ExpMinusOne", "exp(x) - 1 = expm1(x)", Subtract(Exp(x), 1), to: Expm1(x),
                ends: "one exp fewer", specials: "as before"),
            new("ExpPlusMinusOne", "exp(x) + -1 = expm1(x)", Add(Exp(x), -1), to: Expm1(x),
                ends: "one exp fewer", specials: "as before"),
            new("OneMinusExp", "1 - exp(x) = -expm1(x)", Subtract(1, Exp(x)), to: Negate(Expm1(x)),
                ends: "one exp fewer", specials: "as before"),
            new("ExpOfMinusSoftplus", "exp(-softplus(x)) = sigmoid(-x)", Exp(Negate(Softplus(x))), to: Sigmoid(Negate(x)),
                ends: "one exp fewer", specials: "as before"),
            new("TanhOfExp", "(exp(x) - exp(-x)) / (exp(x) + exp(-x)) = tanh(x)",
                Divide(Subtract(Exp(x), Exp(minusX)), Add(Exp(x), Exp(minusX))), to: Tanh(x),
                ends: "one division fewer", when: m => Opposite(m, m[x], m[minusX]), specials: "1 or -1 instead of NaN where exp overflows"),
            new("TanhOfExpm1", "expm1(x) / (1 + exp(x)) = tanh(x / 2)", Divide(Expm1(x), Add(1, Exp(x))), to: Tanh(Multiply(x, 0.5)),
                ends: "one division fewer", specials: "1 instead of NaN where exp(x) overflows"),
        ];
    }

    static ImmutableArray<Rule> Sigmoids()
    {
        Pattern x = Any(), y = Any(), minusX = Any();
        return
        [
            new("SigmoidOfExpQuotient", "exp(x) / (1 + exp(x)) = sigmoid(x)", Divide(Exp(x), Add(1, Exp(x))), to: Sigmoid(x),
                ends: "one division fewer", specials: "1 instead of NaN where exp(x) overflows"),
            new("SigmoidOfReciprocal", "1 / (1 + exp(x)) = sigmoid(-x)", Divide(1, Add(1, Exp(x))), to: Sigmoid(Negate(x)),
                ends: "one division fewer", specials: "as before"),
            new("QuotientByOnePlusExp", "y / (1 + exp(x)) = y * sigmoid(-x)", Divide(y, Add(1, Exp(x))), to: Multiply(y, Sigmoid(Negate(x))),
                ends: "one division fewer", specials: "as before"),
            new("SigmoidTimesExp", "sigmoid(-x) * exp(x) = sigmoid(x)", Multiply(Sigmoid(minusX), Exp(x)), to: Sigmoid(x),
                ends: "one exp fewer", when: m => Opposite(m, m[x], m[minusX]), specials: "1 instead of NaN where exp(x) overflows"),
        ];
    }

    static ImmutableArray<Rule> SumsOfExponentials()
    {
        Pattern x = Any(), y = Any();
        Pattern exp = Exp(x), sum = Sum(exp), spread = Broadcast(sum);
        return
        [
            // Written by the greater and the smaller of the two rather than by max and |x - y|: either choice is the same smooth
            // function at x = y, so that derivatives of every order are right there.
            new("LogOfTwoExps", "log(exp(x) + exp(y)) = max(x, y) + softplus(min(x, y) - max(x, y))", Log(Add(Exp(x), Exp(y))),
                to: m =>
                {
                    var graph = m.Graph;
                    var yLess = graph.Less(m[y], m[x]);
                    var (greater, smaller) = (graph.Select(yLess, m[x], m[y]), graph.Select(yLess, m[y], m[x]));
                    return graph.Add(greater, graph.Softplus(graph.Subtract(smaller, FiniteOrZero(graph, greater))));
                },
                ends: "one log fewer", specials: "finite where exp overflows or vanishes"),
            new("LogOfSumOfExp", "log(sum(exp(x))) = m + log(sum(exp(x - m))), m = max(x)", Log(sum),
                to: m =>
                {
                    var (graph, axes) = (m.Graph, m.Of<Sum>(sum).Axes);
                    var maximum = Maximum(graph, m[x], axes);
                    return graph.Add(maximum, graph.Log(graph.Sum(graph.Exp(Shifted(graph, m[x], maximum, axes)), axes)));
                },
                ends: "an x that is shifted by its maximum is left alone", when: m => !IsShifted(m, m[x], m.Of<Sum>(sum).Axes),
                specials: "finite where exp overflows or all of it vanishes; infinite x as before"),
            new("SoftmaxByMaximum", "exp(x) / sum(exp(x)) = exp(x - m) / sum(exp(x - m)), m = max(x)", Divide(exp, spread),
                to: m =>
                {
                    var (graph, axes) = (m.Graph, m.Of<Sum>(sum).Axes);
                    var shifted = graph.Exp(Shifted(graph, m[x], Maximum(graph, m[x], axes), axes));
                    return graph.Divide(shifted, m.Over(m[spread], graph.Sum(shifted, axes)));
                },
                ends: "an x that is shifted by its maximum is left alone", when: m => !IsShifted(m, m[x], m.Of<Sum>(sum).Axes) && SpreadsBack(m, spread, sum),
                specials: "finite where exp overflows or all of it vanishes; infinite x as before"),
        ];
    }

    static ImmutableArray<Rule> PowersAndConstants()
    {
        Pattern x = Any(), c = AnyConstant(), d = AnyConstant(), product = Multiply(Multiply(x, c), d), sum = Add(Add(x, c), d);
        return
        [
            new("SqrtOfSquare", "sqrt(x * x) = |x|", Sqrt(Multiply(x, x)), to: Abs(x),
                ends: "one sqrt fewer", specials: "finite where x * x overflows; the gradient at 0 is 0 instead of NaN"),
            new("Cube", "x^3 = x * (x * x)", Power(x, 3), to: Multiply(x, Multiply(x, x)),
                ends: "one power fewer", specials: "as before"),
            new("FourthPower", "x^4 = (x * x) * (x * x)", Power(x, 4), to: Multiply(Multiply(x, x), Multiply(x, x)),
                ends: "one power fewer", specials: "as before"),
            new("ConstantFactorsTogether", "(x * c) * d = x * (c * d)", product,
                to: m => Together(m, x, m.Value(c) * m.Value(d), new Multiply()),
                ends: "one multiplication fewer", specials: "finite where x * c overflows"),
            new("ConstantTermsTogether", "(x + c) + d = x + (c + d)", sum,
                to: m => Together(m, x, m.Value(c) + m.Value(d), new Add()),
                ends: "one addition fewer", specials: "as before"),
        ];
    }

    // Only where the joint constant is an ordinary number of the element type: 1e-30 * 1e-30 is 0 in f32.
    static Node? Together(Match m, Pattern x, double constant, Operator op)
    {
        var type = m.Root.Type;
        double magnitude = Math.Abs(constant);
        bool ordinary = type.Element == DType.F32 ? magnitude is >= 1.2e-38 and <= 3.4e38 : magnitude is >= 2.3e-308 and <= 1.7e308;
        return type.Element is DType.F32 or DType.F64 && (ordinary || op is Add && magnitude == 0)
            ? m.Make(op, m[x], m.Graph.Constant(constant, type)) : null;
    }

    /// <summary>Whether one is written as the negative of the other.</summary>
    static bool Opposite(Match m, Node a, Node b) =>
        m.See<Negate>(a) is not null && a.Inputs[0] == b || m.See<Negate>(b) is not null && b.Inputs[0] == a;

    /// <summary>
    /// The maximum along the axes, 0 where it is infinite: x - max(x) would be NaN there. Gradients do not flow through it: the
    /// result does not depend on it.
    /// </summary>
    static Node Maximum(GraphBuilder graph, Node x, EquatableArray<int> axes) =>
        graph.StopGradient(FiniteOrZero(graph, graph.Max(x, axes)));

    static Node FiniteOrZero(GraphBuilder graph, Node x) => graph.Select(
        graph.Less(graph.Abs(x), graph.ConstantLike(double.PositiveInfinity, x)), x, graph.ConstantLike(0, x));

    static Node Shifted(GraphBuilder graph, Node x, Node maximum, EquatableArray<int> axes) =>
        graph.Subtract(x, graph.Broadcast(maximum, x.Shape, Enumerable.Range(0, x.Shape.Rank).Except(axes)));

    /// <summary>Whether its own maximum along the axes is already subtracted, by one of these rules or by the program.</summary>
    static bool IsShifted(Match m, Node x, EquatableArray<int> axes)
    {
        if (m.See<Subtract>(x) is null)
            return false;
        var (value, shift) = (x.Inputs[0], x.Inputs[1]);
        while (shift.Operator is Operators.Broadcast or Operators.Reshape or Operators.Transpose or Operators.StopGradient || IsZeroIfInfinite(shift))
            shift = shift.Inputs[shift.Operator is Operators.Select ? 1 : 0];
        if (shift.Operator is not Max maximum)
            return false;
        // Rules take the maximum of a reshape, a transpose or a maximum from what is below it, so that its axes are others.
        return shift.Inputs[0] == value ? maximum.Axes == axes : Source(shift) == Source(value);
    }

    internal static bool IsZeroIfInfinite(Node node) =>
        node.Operator is Operators.Select && node.Inputs[0].Operator is Less && node.Inputs[2].Operator is Constant { Value: 0 };

    static Node Source(Node node)
    {
        while (node.Operator is Operators.Broadcast or Operators.Reshape or Operators.Transpose or Max)
            node = node.Inputs[0];
        return node;
    }

    /// <summary>Whether each sum goes back to the elements that it is the sum of.</summary>
    static bool SpreadsBack(Match m, Pattern spread, Pattern sum) =>
        m.Of<Broadcast>(spread).Axes.Items.SequenceEqual(Enumerable.Range(0, m.Root.Shape.Rank).Except(m.Of<Sum>(sum).Axes));
}
