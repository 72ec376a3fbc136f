using System;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Rewrites;

/// <summary>
/// One side of a rule. A part that occurs twice stands for one node. The operands of a commutative operator match in either
/// order; the first order that fits is taken, so such operands must tell themselves apart.
/// </summary>
internal abstract class Pattern
{
    /// <summary>A number stands for a constant tensor of that value, of whatever type its place asks for.</summary>
    public static implicit operator Pattern(double value) => new Literal(value);

    /// <summary>Whether a node of this operator can match.</summary>
    public virtual bool Admits(Type operatorType) => true;

    public abstract bool Matches(Node node, Match match);

    /// <summary>The node that the pattern describes. <paramref name="like"/> is the type that a number takes.</summary>
    public abstract Node Build(Match match, TensorType like);

    /// <summary>The type of the result where it is known before it is built, from which numbers beside it take theirs.</summary>
    protected virtual TensorType? Known(Match match) => null;

    protected static TensorType? KnownOf(Pattern pattern, Match match) => pattern.Known(match);

    /// <summary>Any node, or any that fulfils a condition.</summary>
    public sealed class Variable(Func<Node, Match, bool>? condition = null) : Pattern
    {
        public override bool Matches(Node node, Match match) => (condition is null || condition(node, match)) && match.Bind(this, node);

        public override Node Build(Match match, TensorType like) => match[this];

        protected override TensorType? Known(Match match) => match[this].Type;
    }

    sealed class Literal(double value) : Pattern
    {
        public override bool Admits(Type operatorType) => operatorType == typeof(Constant);

        public override bool Matches(Node node, Match match) => match.See<Constant>(node) is { } constant && constant.Value == value;

        public override Node Build(Match match, TensorType like) => match.Graph.Constant(value, like);
    }

    /// <summary>
    /// A node of operator <typeparamref name="T"/> or one derived from it. Without operands listed it matches whatever they are.
    /// </summary>
    public sealed class Of<T>(bool commutative, params ImmutableArray<Pattern> operands) : Pattern where T : Operator
    {
        public override bool Admits(Type operatorType) => typeof(T).IsAssignableFrom(operatorType);

        public override bool Matches(Node node, Match match)
        {
            if (match.See<T>(node) is null || !match.Bind(this, node))
                return false;
            if (operands.IsEmpty)
                return true;
            if (operands.Length != node.Inputs.Length)
                return false;
            int bound = match.Count;
            if (MatchesInOrder(node.Inputs, match))
                return true;
            match.Return(bound);
            return commutative && MatchesInOrder([node.Inputs[1], node.Inputs[0]], match);
        }

        bool MatchesInOrder(ImmutableArray<Node> inputs, Match match)
        {
            for (int i = 0; i < inputs.Length; i++)
            {
                if (!operands[i].Matches(inputs[i], match))
                    return false;
            }
            return true;
        }

        public override Node Build(Match match, TensorType like)
        {
            // An element-wise operator without attributes: numbers among the operands have the type of the other operands.
            var op = Activator.CreateInstance<T>();
            var operandType = operands.Select(operand => KnownOf(operand, match)).FirstOrDefault(type => type is not null) ?? like;
            return match.Make(op, [.. operands.Select(operand => operand.Build(match, operandType))]);
        }

        protected override TensorType? Known(Match match) =>
            operands.Select(operand => KnownOf(operand, match)).FirstOrDefault(type => type is not null);
    }
}
