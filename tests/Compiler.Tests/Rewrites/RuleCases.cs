using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Compiler.Tests.Rewrites;

/// <summary>At least one left side for every rule, with the name of the rule that must apply to it.</summary>
static class RuleCases
{
    public static IReadOnlyList<(string Rule, Func<RuleCase, Node> Left)> All { get; } = [.. Stability(), .. Algebra(), .. Shapes(), .. Reductions(), .. Joins()];

    static IEnumerable<(string, Func<RuleCase, Node>)> Stability() =>
    [
        ("LogOfExp", g => g.Make<Log>(g.Make<Exp>(g.X))),
        ("LogOfSigmoid", g => g.Make<Log>(g.Make<Sigmoid>(g.X))),
        ("LogOfExpQuotient", g => g.Make<Log>(g.Make<Divide>(g.Make<Exp>(g.X), g.Y))),
        ("LogOfExpProduct", g => g.Make<Log>(g.Make<Multiply>(g.Make<Exp>(g.X), g.Y))),
        ("LogOfExpProduct", g => g.Make<Log>(g.Make<Multiply>(g.Y, g.Make<Exp>(g.X)))),
        ("LogOfOnePlus", g => g.Make<Log>(g.Make<Add>(g.Number(1), g.X))),
        ("LogOfOnePlus", g => g.Make<Log>(g.Make<Add>(g.X, g.Number(1)))),
        ("LogOfOneMinus", g => g.Make<Log>(g.Make<Subtract>(g.Number(1), g.X))),
        ("Log1pOfExp", g => g.Make<Log1p>(g.Make<Exp>(g.X))),
        ("Log1pOfMinusSigmoid", g => g.Make<Log1p>(g.Negate(g.Make<Sigmoid>(g.X)))),
        ("Log1pOfExpm1", g => g.Make<Log1p>(g.Make<Expm1>(g.X))),
        ("ExpMinusOne", g => g.Make<Subtract>(g.Make<Exp>(g.X), g.Number(1))),
        ("ExpPlusMinusOne", g => g.Make<Add>(g.Make<Exp>(g.X), g.Number(-1))),
        ("OneMinusExp", g => g.Make<Subtract>(g.Number(1), g.Make<Exp>(g.X))),
        ("ExpOfMinusSoftplus", g => g.Make<Exp>(g.Negate(g.Make<Softplus>(g.X)))),
        ("TanhOfExp", g => Hyperbolic(g, g.X, g.Negate(g.X))),
        ("TanhOfExp", g => Hyperbolic(g, g.Negate(g.X), g.X)),
        ("TanhOfExpm1", g => g.Make<Divide>(g.Make<Expm1>(g.X), g.Make<Add>(g.Number(1), g.Make<Exp>(g.X)))),
        ("SigmoidOfExpQuotient", g => g.Make<Divide>(g.Make<Exp>(g.X), g.Make<Add>(g.Make<Exp>(g.X), g.Number(1)))),
        ("SigmoidOfReciprocal", g => g.Make<Divide>(g.Number(1), g.Make<Add>(g.Number(1), g.Make<Exp>(g.Negate(g.X))))),
        ("QuotientByOnePlusExp", g => g.Make<Divide>(g.Y, g.Make<Add>(g.Number(1), g.Make<Exp>(g.X)))),
        ("SigmoidTimesExp", g => g.Make<Multiply>(g.Make<Sigmoid>(g.Negate(g.X)), g.Make<Exp>(g.X))),
        ("SigmoidTimesExp", g => g.Make<Multiply>(g.Make<Exp>(g.Negate(g.X)), g.Make<Sigmoid>(g.X))),
        ("LogOfTwoExps", g => g.Make<Log>(g.Make<Add>(g.Make<Exp>(g.X), g.Make<Exp>(g.Y)))),
        ("LogOfSumOfExp", g => g.Make<Log>(g.Sum(g.Make<Exp>(g.X), 1))),
        ("LogOfSumOfExp", g => g.Make<Log>(g.Sum(g.Make<Exp>(g.X), 0, 1))),
        ("SoftmaxByMaximum", g => Softmax(g, g.X)),
        ("AttentionOfProducts", g => Attention(g, scores => scores)),
        ("AttentionOfProducts", g => Attention(g, scores => g.Make<Multiply>(scores, g.Number(0.3, scores)))),
        ("AttentionOfProducts", g => Attention(g, scores => g.Make<Add>(g.Make<Divide>(scores, g.Number(3, scores)), g.Broadcast(g.Input("bias", DType.F32, 5), scores.Shape, 2)))),
        ("AttentionOfProducts", g => Attention(g, scores => g.Make<Select>(g.Broadcast(g.Make<LessOrEqual>(g.Iota(1, 4, 5), g.Iota(0, 4, 5)), scores.Shape, 1, 2), scores, g.Number(-1e30, scores)))),
        ("AttentionOfProducts", g => Attention(g, scores => g.Make<Select>(g.Broadcast(g.Input("hidden", DType.Bool, RuleCase.N, 5), scores.Shape, 0, 2), g.Number(-1e30, scores), scores))),
        ("AttentionOfProducts", g => Attention(g, scores => g.Make<Select>(
            g.Make<And>(g.Broadcast(g.Input("seen", DType.Bool, 4, 5), scores.Shape, 1, 2), g.Broadcast(g.Input("keys", DType.Bool, RuleCase.N, 5), scores.Shape, 0, 2)), scores, g.Number(-1e30, scores)))),
        ("SumOfDeviations", g => g.Sum(g.Make<Subtract>(g.X, g.Broadcast(g.Make<Divide>(g.Sum(g.X, 1), g.Number(4, g.Sum(g.X, 1))), g.X.Shape, 0)), 1)),
        ("SumOfDouble", g => g.Sum(g.Make<Add>(g.X, g.X), 1)),
        ("SumOfCommonFactor", g => g.Sum(g.Make<Multiply>(g.X, g.Broadcast(g.Sum(g.Y, 1), g.X.Shape, 0)), 1)),
        ("SumOfCommonDivisor", g => g.Sum(g.Make<Divide>(g.X, g.Broadcast(g.Input("row", DType.F32, 4), g.X.Shape, 1)), 0)),
        ("SqrtOfSquare", g => g.Make<Sqrt>(g.Make<Multiply>(g.X, g.X))),
        ("Cube", g => g.Make<Power>(g.X, g.Number(3))),
        ("FourthPower", g => g.Make<Power>(g.X, g.Number(4))),
        ("ConstantFactorsTogether", g => g.Make<Multiply>(g.Make<Multiply>(g.X, g.Number(3)), g.Number(0.7))),
        ("ConstantTermsTogether", g => g.Make<Add>(g.Number(3), g.Make<Add>(g.X, g.Number(0.7)))),
    ];

    public static Node Softmax(RuleCase g, Node x) =>
        g.Make<Divide>(g.Make<Exp>(x), g.Broadcast(g.Sum(g.Make<Exp>(x), 1), x.Shape, 0));

    public static Node Attention(RuleCase g, Func<Node, Node> masked, Func<Node, Node>? divisor = null)
    {
        Node q = g.Input("q", DType.F32, RuleCase.N, 4, 3), k = g.Input("k", DType.F32, RuleCase.N, 5, 3), v = g.Input("v", DType.F32, RuleCase.N, 5, 2);
        var scores = masked(g.MatMul(q, g.Transpose(k, 0, 2, 1)));
        var exponentials = g.Make<Exp>(g.Make<Subtract>(scores, g.Broadcast(g.Max(scores, 2), scores.Shape, 0, 1)));
        var sum = g.Sum(exponentials, 2);
        return g.MatMul(g.Make<Divide>(exponentials, g.Broadcast(divisor?.Invoke(sum) ?? sum, scores.Shape, 0, 1)), v);
    }

    static Node Hyperbolic(RuleCase g, Node x, Node minusX) => g.Make<Divide>(
        g.Make<Subtract>(g.Make<Exp>(x), g.Make<Exp>(minusX)), g.Make<Add>(g.Make<Exp>(minusX), g.Make<Exp>(x)));

    static IEnumerable<(string, Func<RuleCase, Node>)> Algebra() =>
    [
        ("ElementwiseOfConstants", g => g.Make<Add>(g.Number(2), g.Number(3))),
        ("ElementwiseOfConstants", g => g.Make<Select>(g.Graph.Constant(1, g.Condition().Type), g.Number(3), g.Number(4))),
        ("ElementwiseOfConstants", g => g.Make<Multiply>(g.Number(123456, g.Integers()), g.Number(654321, g.Integers()))),
        ("ElementwiseOfConstants", g => g.Make<Less>(g.Number(2), g.Number(3))),
        ("DimensionOfConstant", g => g.Graph.Make(new DimensionSize(5, DType.I32))),
        ("DivisionByPowerOfTwo", g => g.Make<Divide>(g.X, g.Number(-8))),
        ("ConstantOnTheRight", g => g.Make<Multiply>(g.Number(3), g.X)),
        ("AddOfZero", g => g.Make<Add>(g.Number(0), g.X)),
        ("SubtractOfZero", g => g.Make<Subtract>(g.X, g.Number(0))),
        ("SubtractOfConstant", g => g.Make<Subtract>(g.X, g.Number(0.3))),
        ("SubtractFromZero", g => g.Make<Subtract>(g.Number(0), g.X)),
        ("MultiplyByOne", g => g.Make<Multiply>(g.X, g.Number(1))),
        ("MultiplyByMinusOne", g => g.Make<Multiply>(g.X, g.Number(-1))),
        ("DivideByOne", g => g.Make<Divide>(g.X, g.Number(1))),
        ("DivideByMinusOne", g => g.Make<Divide>(g.X, g.Number(-1))),
        ("PowerOfOne", g => g.Make<Power>(g.X, g.Number(1))),
        ("PowerOfZero", g => g.Make<Power>(g.X, g.Number(0))),
        ("PowerOfTwo", g => g.Make<Power>(g.X, g.Number(2))),
        ("PowerOfMinusOne", g => g.Make<Power>(g.X, g.Number(-1))),
        ("MaximumWithLeast", g => g.Make<Maximum>(g.X, g.Number(double.NegativeInfinity))),
        ("MinimumWithGreatest", g => g.Make<Minimum>(g.X, g.Number(double.PositiveInfinity))),
        ("DoubleNegation", g => g.Negate(g.Negate(g.X))),
        ("AddOfNegation", g => g.Make<Add>(g.Negate(g.X), g.Y)),
        ("SubtractOfNegation", g => g.Make<Subtract>(g.X, g.Negate(g.Y))),
        ("NegationOfDifference", g => g.Negate(g.Make<Subtract>(g.X, g.Y))),
        ("ProductOfNegations", g => g.Make<Multiply>(g.Negate(g.X), g.Negate(g.Y))),
        ("QuotientOfNegations", g => g.Make<Divide>(g.Negate(g.X), g.Negate(g.Y))),
        ("NegationTimesConstant", g => g.Make<Multiply>(g.Negate(g.X), g.Number(3))),
        ("NegationOfConstantProduct", g => g.Negate(g.Make<Multiply>(g.X, g.Number(3)))),
        ("ProductWithNegation", g => g.Make<Multiply>(g.X, g.Negate(g.Y))),
        ("QuotientOfNegation", g => g.Make<Divide>(g.Negate(g.X), g.Y)),
        ("QuotientByNegation", g => g.Make<Divide>(g.X, g.Negate(g.Y))),
        ("AbsOfNegation", g => g.Make<Abs>(g.Negate(g.X))),
        ("CosOfNegation", g => g.Make<Cos>(g.Negate(g.X))),
        ("MaximumOfSame", g => g.Make<Maximum>(g.X, g.X)),
        ("MinimumOfSame", g => g.Make<Minimum>(g.X, g.X)),
        ("MaximumOfMaximum", g => g.Make<Maximum>(g.Make<Maximum>(g.X, g.Number(0.2)), g.Number(0.6))),
        ("MinimumOfMinimum", g => g.Make<Minimum>(g.Make<Minimum>(g.X, g.Number(0.2)), g.Number(0.6))),
        ("AbsOfAbs", g => g.Make<Abs>(g.Make<Abs>(g.X))),
        ("AbsOfSquare", g => g.Make<Abs>(g.Make<Multiply>(g.X, g.X))),
        ("RoundingOfRounded", g => g.Make<Floor>(g.Make<Round>(g.X))),
        ("LessThanItself", g => g.Make<Less>(g.X, g.X)),
        ("EqualToItself", g => g.Make<Equal>(g.Integers(), g.Integers())),
        ("UnequalToItself", g => g.Make<NotEqual>(g.Integers(), g.Integers())),
        ("AtMostItself", g => g.Make<LessOrEqual>(g.Integers(), g.Integers())),
        ("SelectByConstant", g => g.Make<Select>(g.Number(1, g.Condition()), g.X, g.Y)),
        ("SelectByConstant", g => g.Make<Select>(g.Number(0, g.Condition()), g.X, g.Y)),
        ("SelectOfSame", g => g.Make<Select>(g.Condition(), g.X, g.X)),
        ("SelectByNot", g => g.Make<Select>(g.Make<Not>(g.Condition()), g.X, g.Y)),
        ("SelectInFirstBranch", g => g.Make<Select>(g.Condition(), g.Make<Select>(g.Condition(), g.X, g.Y), g.Negate(g.X))),
        ("SelectInSecondBranch", g => g.Make<Select>(g.Condition(), g.X, g.Make<Select>(g.Condition(), g.Negate(g.X), g.Y))),
        ("DoubleNot", g => g.Make<Not>(g.Make<Not>(g.Condition()))),
        ("NotOfEqual", g => g.Make<Not>(g.Make<Equal>(g.X, g.Y))),
        ("NotOfUnequal", g => g.Make<Not>(g.Make<NotEqual>(g.X, g.Y))),
        ("NotOfLess", g => g.Make<Not>(g.Make<Less>(g.Integers(), g.Integers("j")))),
        ("NotOfAtMost", g => g.Make<Not>(g.Make<LessOrEqual>(g.Integers(), g.Integers("j")))),
        ("AndWithTrue", g => g.Make<And>(g.Condition(), g.Number(1, g.Condition()))),
        ("AndWithFalse", g => g.Make<And>(g.Number(0, g.Condition()), g.Condition())),
        ("AndOfSame", g => g.Make<And>(g.Condition(), g.Condition())),
        ("OrWithFalse", g => g.Make<Or>(g.Condition(), g.Number(0, g.Condition()))),
        ("OrWithTrue", g => g.Make<Or>(g.Number(1, g.Condition()), g.Condition())),
        ("OrOfSame", g => g.Make<Or>(g.Condition(), g.Condition())),
        ("EqualToTrue", g => g.Make<Equal>(g.Condition(), g.Number(1, g.Condition()))),
        ("EqualToFalse", g => g.Make<Equal>(g.Condition(), g.Number(0, g.Condition()))),
        ("UnequalToFalse", g => g.Make<NotEqual>(g.Condition(), g.Number(0, g.Condition()))),
        ("UnequalToTrue", g => g.Make<NotEqual>(g.Condition(), g.Number(1, g.Condition()))),
        ("CastToItself", g => g.Graph.Make(new Cast(DType.F32), g.X)),
        ("CastOfCast", g => g.Graph.Make(new Cast(DType.F32), g.Graph.Make(new Cast(DType.F64), g.X))),
        ("CastOfCast", g => g.Graph.Make(new Cast(DType.F32), g.Graph.Make(new Cast(DType.I64), g.Integers()))),
        ("CastOfDimension", g => g.Graph.Make(new Cast(DType.F32), g.Graph.Make(new DimensionSize(RuleCase.N + 2, DType.I32)))),
    ];

    static IEnumerable<(string, Func<RuleCase, Node>)> Shapes()
    {
        var n = RuleCase.N;
        var image = new Shape(n, 3, 4, 5);
        return
        [
            ("ReshapeToItself", g => g.Reshape(g.X, n, 4)),
            ("ReshapeOfReshape", g => g.Reshape(g.Reshape(g.X, n * 4), 2, 2, n)),
            ("ReshapeOfConstant", g => g.Reshape(g.Number(3), 2, n, 2)),
            ("ReshapeOfIota", g => g.Reshape(g.Iota(1, n, 6, 4), n, 1, 6, 2, 2)),
            ("ReshapeOfBroadcast", g => g.Reshape(g.Broadcast(g.Input("x", DType.F32, n), image, 0), n, 60)),
            ("ReshapeOfBroadcast", g => g.Reshape(g.Broadcast(g.Input("x", DType.F32, 4, 5), image, 2, 3), n, 3, 2, 10)),
            ("ReshapeOfBroadcast", g => g.Reshape(g.Broadcast(g.Input("x", DType.F32), image), n * 60)),
            ("TransposeToItself", g => g.Transpose(g.X, 0, 1)),
            ("TransposeOfTranspose", g => g.Transpose(g.Transpose(g.Input("x", DType.F32, 2, n, 3), 1, 2, 0), 2, 1, 0)),
            ("TransposeOfConstant", g => g.Transpose(g.Number(3), 1, 0)),
            ("TransposeOfIota", g => g.Transpose(g.Iota(1, 2, n, 3), 1, 2, 0)),
            ("TransposeOfIota", g => g.Transpose(g.Iota(0, 2, n, 3), 1, 2, 0)),
            ("TransposeOfUnits", g => g.Transpose(g.Input("x", DType.F32, n, 1, 3), 1, 0, 2)),
            ("TransposeOfBroadcast", g => g.Transpose(g.Broadcast(g.Input("x", DType.F32, 3, 5), image, 1, 3), 3, 0, 1, 2)),
            ("TransposeOfUnitReshape", g => g.Transpose(g.Reshape(g.X, n, 1, 4), 1, 2, 0)),
            ("TransposeOfMatMul", g => g.Transpose(g.MatMul(g.Transpose(g.X, 1, 0), g.Input("b", DType.F32, n, 3)), 1, 0)),
            ("TransposeOfMatMul", g => g.Transpose(g.MatMul(g.Input("a", DType.F32, 2, 3, n), g.Transpose(g.Input("b", DType.F32, 2, 4, n), 0, 2, 1)), 0, 2, 1)),
            ("BroadcastOfConstant", g => g.Broadcast(g.Number(3), new Shape(2, n, 4), 1, 2)),
            ("BroadcastOfIota", g => g.Broadcast(g.Iota(0, n, 1), new Shape(2, n, 4), 1, 2)),
            ("IotaOfOne", g => g.Iota(1, n, 1, 4)),
            ("BroadcastWithoutRepetition", g => g.Broadcast(g.X, new Shape(1, n, 1, 4), 1, 3)),
            ("BroadcastOfBroadcast", g => g.Broadcast(g.Broadcast(g.Input("x", DType.F32, n, 1), new Shape(n, 4), 0, 1), new Shape(2, n, 3, 4), 1, 3)),
            ("BroadcastOfBroadcast", g => g.Broadcast(g.Broadcast(g.Input("x", DType.F32, n), new Shape(1, n), 1), new Shape(2, n, 3), 0, 1)),
            ("BroadcastOfUnits", g => g.Broadcast(g.Input("x", DType.F32, 3, 1, 1), image, 1, 2, 3)),
            ("ElementwiseOverBroadcasts", g => g.Make<Exp>(g.Broadcast(g.X, new Shape(3, n, 4), 1, 2))),
            ("ElementwiseOverBroadcasts", g => g.Make<Add>(
                g.Broadcast(g.Input("x", DType.F32, n), image, 0), g.Broadcast(g.Input("y", DType.F32, 4), image, 2))),
            ("ElementwiseOverBroadcasts", g => g.Make<Select>(g.Make<Less>(
                g.Broadcast(g.Input("i", DType.I32, n), new Shape(n, 3, 5), 0), g.Iota(2, n, 3, 5)),
                g.Number(2, g.Input("z", DType.F32, n, 3, 5)), g.Broadcast(g.Input("y", DType.F32), new Shape(n, 3, 5)))),
            ("ElementwiseOverReshapes", g => g.Make<Exp>(g.Reshape(g.X, 2, n, 2))),
            ("ElementwiseOverReshapes", g => g.Make<Add>(g.Reshape(g.X, 2, n, 2), g.Reshape(g.Y, 2, n, 2))),
            ("ElementwiseOverReshapes", g => g.Make<Maximum>(
                g.Reshape(g.Input("x", DType.F32, n, 6), n, 2, 3), g.Broadcast(g.Input("y", DType.F32, n), new Shape(n, 2, 3), 0))),
            ("ElementwiseOverReshapes", g => g.Make<Multiply>(g.Number(3, g.Input("z", DType.F32, 2, n, 2)), g.Reshape(g.X, 2, n, 2))),
            ("ElementwiseOverReshapes", g => g.Make<Equal>(g.Iota(2, n, 2, 4), g.Reshape(g.Input("i", DType.I32, 2, n, 4, 1), n, 2, 4))),
            ("ElementwiseOverTransposes", g => g.Make<Exp>(g.Transpose(g.X, 1, 0))),
            ("ElementwiseOverTransposes", g => g.Make<Add>(g.Transpose(g.X, 1, 0), g.Transpose(g.Y, 1, 0))),
            ("ElementwiseOverTransposes", g => g.Make<Less>(
                g.Broadcast(g.Input("y", DType.I32, 3), new Shape(4, n, 3), 2), g.Transpose(g.Input("i", DType.I32, 3, 4, n), 1, 2, 0))),
            ("ElementwiseOverTransposes", g => g.Make<Less>(g.Iota(0, 4, n, 3), g.Transpose(g.Input("i", DType.I32, 3, 4, n), 1, 2, 0))),
        ];
    }

    static IEnumerable<(string, Func<RuleCase, Node>)> Reductions()
    {
        var n = RuleCase.N;
        return
        [
            ("ReductionOverNothing", g => g.Sum(g.X)),
            ("ReductionOverUnits", g => g.Max(g.Input("x", DType.F32, n, 1, 3, 1), 1, 2)),
            ("ReductionOverUnits", g => g.Sum(g.Input("x", DType.F32, n, 1), 1)),
            ("ReductionOfReduction", g => g.Sum(g.Sum(g.Input("x", DType.F32, 2, n, 3, 4), 1), 0, 2)),
            ("ReductionOfReduction", g => g.Max(g.Max(g.X, 0), 0)),
            ("ReductionOfConstant", g => g.Sum(g.Number(3), 1)),
            ("ReductionOfConstant", g => g.Sum(g.Number(3), 0, 1)),
            ("ReductionOfConstant", g => g.Max(g.Number(3), 1)),
            ("ReductionOfBroadcast", g => g.Sum(g.Broadcast(g.Input("x", DType.F32, 2, 3), new Shape(2, n, 3, 4), 0, 2), 1, 2, 3)),
            ("ReductionOfBroadcast", g => g.Sum(g.Broadcast(g.Input("x", DType.F32), new Shape(4, 3)), 1)),
            ("ReductionOfBroadcast", g => g.Max(g.Broadcast(g.Input("x", DType.F32, 3), new Shape(4, 3), 1), 0)),
            ("ReductionOfBroadcast", g => g.Graph.Make(new Product([1]), g.Broadcast(g.Input("x", DType.F32, 3), new Shape(4, 3), 1))),
            ("ReductionOfBroadcast", g => g.Sum(g.Broadcast(g.Input("i", DType.I32, 3), new Shape(n, 3), 1), 0)),
            ("ReductionOfTranspose", g => g.Sum(g.Transpose(g.Input("x", DType.F32, 2, n, 3, 4), 3, 1, 0, 2), 1)),
            ("ReductionOfReshape", g => g.Sum(g.Reshape(g.Input("x", DType.F32, 2, n, 3, 4), 2, n, 12), 1)),
            ("ReductionOfReshape", g => g.Sum(g.Reshape(g.Input("x", DType.F32, n, 12), n, 3, 1, 4), 1, 2, 3)),
            ("ReductionOfReshape", g => g.Max(g.Reshape(g.X, n * 4), 0)),
            ("SumOfProducts", g => g.Sum(g.MatMul(g.Input("a", DType.F32, n, 2, 3), g.Input("b", DType.F32, n, 3, 4)), 0)),
            ("SumOfProducts", g => g.Sum(g.MatMul(g.Transpose(g.Input("a", DType.F32, n, 3, 2), 0, 2, 1), g.Input("b", DType.F32, n, 3, 4)), 0)),
            ("SumOfProducts", g => g.Sum(g.MatMul(g.Input("a", DType.F32, n, 5, 2, 3), g.Input("b", DType.F32, n, 5, 3, 4)), 0, 1)),
            ("SumOfNegation", g => g.Sum(g.Negate(g.X), 0)),
            ("MaskOfMaxPoolScatter", g => Masked(g, new PoolingWindow(2, 2, 2, 2, 0, 0, 0, 0))),
            ("MaskOfMaxPoolScatter", g => Masked(g, new PoolingWindow(3, 2, 2, 1, 1, 0, 2, 1))),
            ("SumOfMaxPoolScatter", g => g.Sum(Scatter(g, new PoolingWindow(3, 2, 2, 1, 1, 0, 2, 1), out _), 0, 2, 3)),
            ("SumOfMaxPoolScatter", g => g.Sum(Scatter(g, new PoolingWindow(2, 2, 2, 2, 0, 0, 0, 0), out _), 2, 3)),
        ];
    }

    static Node Masked(RuleCase g, PoolingWindow window)
    {
        var scatter = Scatter(g, window, out var x);
        return g.Make<Select>(g.Make<Less>(g.Number(0, x), x), scatter, g.Number(0, x));
    }

    static Node Scatter(RuleCase g, PoolingWindow window, out Node x)
    {
        x = g.Input("x", DType.F32, RuleCase.N, 2, 5, 4);
        var most = g.Graph.Make(new MaxPoolGather(window), x, x);
        return g.Graph.Make(new MaxPoolScatter(window), x, g.Input("y", DType.F32, [.. most.Shape.Dims]));
    }

    static IEnumerable<(string, Func<RuleCase, Node>)> Joins()
    {
        var n = RuleCase.N;
        return
        [
            ("SliceOfAll", g => g.Slice(g.X, [0, 0], [n, 4])),
            ("SliceOfConstant", g => g.Slice(g.Number(3), [0, 1], [n, 2])),
            ("SliceOfIota", g => g.Slice(g.Iota(1, n, 6), [0, 0], [n, 3])),
            ("SliceOfSlice", g => g.Slice(g.Slice(g.Input("x", DType.F32, n, 20), [0, 18], [n, 6], 1, -3), [0, 1], [n, 2], 1, 2)),
            ("SliceOfUnslice", g => g.Slice(g.Unslice(g.X, new Shape(n, 9), [0, 1], 1, 2), [0, 1], [n, 4], 1, 2)),
            ("SliceOfBroadcast", g => g.Slice(g.Broadcast(g.Input("x", DType.F32, 6), new Shape(n, 6, 5), 1), [0, 5, 1], [n, 3, 2], 1, -2, 1)),
            ("SliceOfTranspose", g => g.Slice(g.Transpose(g.X, 1, 0), [1, 0], [2, n], 2, 1)),
            ("SliceOfConcat", g => g.Slice(g.Concat(1, g.X, g.Y), [0, 5], [n, 2])),
            ("SliceOfConcat", g => g.Slice(g.Concat(0, g.X, g.Y), [n, 1], [n, 2])),
            ("SliceOfConcat", g => g.Slice(g.Concat(1, g.X, g.Y), [0, 7], [n, 2], 1, -3)),
            ("UnsliceToItself", g => g.Unslice(g.X, new Shape(n, 4), [0, 0])),
            ("UnsliceOfZero", g => g.Unslice(g.Number(0), new Shape(n, 9), [0, 2])),
            ("UnsliceOfUnslice", g => g.Unslice(g.Unslice(g.X, new Shape(n, 9), [0, 1], 1, 2), new Shape(n, 30), [0, 28], 1, -3)),
            ("SumOfAdjacentUnslices", g => g.Make<Add>(g.Unslice(g.X, new Shape(n, 9), [0, 5]), g.Unslice(g.Y, new Shape(n, 9), [0, 1]))),
            ("SumOfAdjacentUnslices", g => g.Make<Add>(g.Unslice(g.X, new Shape(2 * n, 4), [0, 0]), g.Unslice(g.Y, new Shape(2 * n, 4), [n, 0]))),
            ("ConcatOfOne", g => g.Concat(0, g.X)),
            ("ConcatWithEmpty", g => g.Concat(1, g.X, g.Input("y", DType.F32, n, 0))),
            ("ConcatOfConcat", g => g.Concat(1, g.X, g.Concat(1, g.Y, g.X))),
            ("ConcatOfEqualConstants", g => g.Concat(1, g.Number(3), g.Number(3))),
            ("ConcatOfAdjacentSlices", g => g.Concat(1, g.Y, g.Slice(g.X, [0, 0], [n, 1]), g.Slice(g.X, [0, 1], [n, 2]))),
        ];
    }
}
