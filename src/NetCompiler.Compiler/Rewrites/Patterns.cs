using System;
using System.Collections.Immutable;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Rewrites;

/// <summary>The words in which rules are written: one function for each operator, under its name.</summary>
internal static class Patterns
{
    public static Pattern Any() => new Pattern.Variable();

    /// <summary>Any node that fulfils a condition.</summary>
    public static Pattern Any(Func<Node, bool> condition) => new Pattern.Variable((node, _) => condition(node));

    public static Pattern AnyConstant() => new Pattern.Variable((node, match) => match.See<Constant>(node) is not null);

    /// <summary>A constant whose value fulfils a condition.</summary>
    public static Pattern AnyConstant(Func<double, bool> condition) =>
        new Pattern.Variable((node, match) => match.See<Constant>(node) is { } constant && condition(constant.Value));

    /// <summary>Any node of an operator or a family of operators.</summary>
    public static Pattern AnyOf<T>() where T : Operator => new Pattern.Of<T>(false);

    /// <summary>An operator with attributes or of a family; it can be matched, not built.</summary>
    public static Pattern Of<T>(params ImmutableArray<Pattern> operands) where T : Operator => new Pattern.Of<T>(false, operands);

    public static Pattern Negate(Pattern x) => Of<Negate>(x);

    public static Pattern Abs(Pattern x) => Of<Abs>(x);

    public static Pattern Exp(Pattern x) => Of<Exp>(x);

    public static Pattern Expm1(Pattern x) => Of<Expm1>(x);

    public static Pattern Log(Pattern x) => Of<Log>(x);

    public static Pattern Log1p(Pattern x) => Of<Log1p>(x);

    public static Pattern Sqrt(Pattern x) => Of<Sqrt>(x);

    public static Pattern Tanh(Pattern x) => Of<Tanh>(x);

    public static Pattern Sigmoid(Pattern x) => Of<Sigmoid>(x);

    public static Pattern Softplus(Pattern x) => Of<Softplus>(x);

    public static Pattern Cos(Pattern x) => Of<Cos>(x);

    public static Pattern Not(Pattern x) => Of<Not>(x);

    public static Pattern StopGradient(Pattern x) => Of<StopGradient>(x);

    public static Pattern Cast(Pattern x) => Of<Cast>(x);

    public static Pattern Add(Pattern a, Pattern b) => new Pattern.Of<Add>(true, a, b);

    public static Pattern Subtract(Pattern a, Pattern b) => Of<Subtract>(a, b);

    public static Pattern Multiply(Pattern a, Pattern b) => new Pattern.Of<Multiply>(true, a, b);

    public static Pattern Divide(Pattern a, Pattern b) => Of<Divide>(a, b);

    public static Pattern Power(Pattern a, Pattern b) => Of<Power>(a, b);

    public static Pattern Maximum(Pattern a, Pattern b) => new Pattern.Of<Maximum>(true, a, b);

    public static Pattern Minimum(Pattern a, Pattern b) => new Pattern.Of<Minimum>(true, a, b);

    public static Pattern Equal(Pattern a, Pattern b) => new Pattern.Of<Equal>(true, a, b);

    public static Pattern NotEqual(Pattern a, Pattern b) => new Pattern.Of<NotEqual>(true, a, b);

    public static Pattern Less(Pattern a, Pattern b) => Of<Less>(a, b);

    public static Pattern LessOrEqual(Pattern a, Pattern b) => Of<LessOrEqual>(a, b);

    public static Pattern And(Pattern a, Pattern b) => new Pattern.Of<And>(true, a, b);

    public static Pattern Or(Pattern a, Pattern b) => new Pattern.Of<Or>(true, a, b);

    public static Pattern Select(Pattern condition, Pattern a, Pattern b) => Of<Select>(condition, a, b);

    public static Pattern Broadcast(Pattern x) => Of<Broadcast>(x);

    public static Pattern Reshape(Pattern x) => Of<Reshape>(x);

    public static Pattern Transpose(Pattern x) => Of<Transpose>(x);

    public static Pattern Slice(Pattern x) => Of<Slice>(x);

    public static Pattern Unslice(Pattern x) => Of<Unslice>(x);

    public static Pattern Sum(Pattern x) => Of<Sum>(x);

    public static Pattern MatMul(Pattern a, Pattern b) => Of<MatMul>(a, b);
}
