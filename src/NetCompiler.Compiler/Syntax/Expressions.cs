using System.Collections.Immutable;
using NetCompiler.Text;

namespace NetCompiler.Syntax;

/// <summary>Something with a value: a compile-time value or a tensor, which binding tells apart.</summary>
internal abstract class Expression(TextSpan span) : SyntaxNode(span)
{
    /// <summary>The part that a diagnostic underlines: of a pipeline over many lines the one stage in question.</summary>
    public virtual TextSpan Focus => Span;
}

/// <summary>Stands where a value was wrong or missing. An error is reported already: binding says nothing more about it.</summary>
internal sealed class ErrorExpression(TextSpan span) : Expression(span);

/// <summary><c>5</c>, <c>1_000</c>, <c>5M</c>, <c>512MB</c>: a whole number, its suffix multiplied in.</summary>
internal sealed class IntegerLiteral(TextSpan span, long value) : Expression(span)
{
    public long Value { get; } = value;
}

/// <summary><c>0.5</c>, <c>1e-4</c>.</summary>
internal sealed class FloatLiteral(TextSpan span, double value) : Expression(span)
{
    public double Value { get; } = value;
}

/// <summary><c>true</c>, <c>false</c>.</summary>
internal sealed class BooleanLiteral(TextSpan span, bool value) : Expression(span)
{
    public bool Value { get; } = value;
}

/// <summary>A string, its escapes resolved.</summary>
internal sealed class StringLiteral(TextSpan span, string value) : Expression(span)
{
    public string Value { get; } = value;
}

/// <summary>A name that is used. Element types such as <c>f32</c> are names too.</summary>
internal sealed class NameExpression(TextSpan span, string name) : Expression(span)
{
    public string Name { get; } = name;
}

/// <summary><c>[a, b, c]</c></summary>
internal sealed class ListExpression(TextSpan span, ImmutableArray<Expression> elements) : Expression(span)
{
    public ImmutableArray<Expression> Elements { get; } = elements;
}

/// <summary><c>[dense(width) for width in widths]</c></summary>
internal sealed class ComprehensionExpression(TextSpan span, Expression element, Identifier variable, Expression items) : Expression(span)
{
    /// <summary>Evaluated once for each item.</summary>
    public Expression Element { get; } = element;

    public Identifier Variable { get; } = variable;

    public Expression Items { get; } = items;
}

internal enum UnaryOperator
{
    Negate,
    Plus,
    Not,
}

/// <summary><c>-a</c>, <c>+a</c>, <c>not a</c></summary>
internal sealed class UnaryExpression(TextSpan span, UnaryOperator op, Expression operand) : Expression(span)
{
    public UnaryOperator Operator { get; } = op;

    public Expression Operand { get; } = operand;
}

internal enum BinaryOperator
{
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,

    /// <summary><c>@</c>, the (batched) matrix product.</summary>
    MatrixProduct,
    Power,
}

/// <summary><c>a + b</c> and every other operator between two operands.</summary>
internal sealed class BinaryExpression(TextSpan span, BinaryOperator op, TextSpan operatorSpan, Expression left, Expression right) : Expression(span)
{
    public BinaryOperator Operator { get; } = op;

    public TextSpan OperatorSpan { get; } = operatorSpan;

    public Expression Left { get; } = left;

    public Expression Right { get; } = right;
}

/// <summary><c>a .. b</c>: the whole numbers from a up to, not including, b.</summary>
internal sealed class RangeExpression(TextSpan span, Expression start, Expression end) : Expression(span)
{
    public Expression Start { get; } = start;

    public Expression End { get; } = end;
}

/// <summary><c>if c then a else b</c>, decided at compile time.</summary>
internal sealed class ConditionalExpression(TextSpan span, Expression condition, Expression whenTrue, Expression whenFalse) : Expression(span)
{
    public Expression Condition { get; } = condition;

    public Expression WhenTrue { get; } = whenTrue;

    public Expression WhenFalse { get; } = whenFalse;
}

/// <summary>An argument of a call, with its name in <c>kernel: 5</c>.</summary>
internal sealed class Argument(TextSpan span, Identifier? name, Expression value) : SyntaxNode(span)
{
    public Identifier? Name { get; } = name;

    public Expression Value { get; } = value;
}

/// <summary>
/// <c>f(a, k: b)</c>. A pipeline is a call too: <c>x |> f(a)</c> is <c>f(x, a)</c> and <c>x |> f</c> is <c>f(x)</c>, with
/// <see cref="IsPiped"/> set and x as the first argument.
/// </summary>
internal sealed class CallExpression(TextSpan span, Expression callee, ImmutableArray<Argument> arguments, bool isPiped) : Expression(span)
{
    public Expression Callee { get; } = callee;

    public ImmutableArray<Argument> Arguments { get; } = arguments;

    /// <summary>Whether the first argument stands left of <c>|></c>.</summary>
    public bool IsPiped { get; } = isPiped;

    /// <inheritdoc/>
    public override TextSpan Focus => IsPiped ? TextSpan.FromBounds(Callee.Span.Start, Span.End) : Span;
}

/// <summary><c>c1.weight</c></summary>
internal sealed class MemberExpression(TextSpan span, Expression target, Identifier member) : Expression(span)
{
    public Expression Target { get; } = target;

    public Identifier Member { get; } = member;
}

/// <summary><c>x[0, 1:3, ...]</c></summary>
internal sealed class IndexExpression(TextSpan span, Expression target, ImmutableArray<IndexItem> items) : Expression(span)
{
    public Expression Target { get; } = target;

    public ImmutableArray<IndexItem> Items { get; } = items;
}

/// <summary>What one place between the brackets of an index says.</summary>
internal abstract class IndexItem(TextSpan span) : SyntaxNode(span);

/// <summary>One element of an axis, counted from its end when negative.</summary>
internal sealed class IndexPosition(TextSpan span, Expression value) : IndexItem(span)
{
    public Expression Value { get; } = value;
}

/// <summary><c>start:stop:step</c>, each of which may be missing.</summary>
internal sealed class IndexSlice(TextSpan span, Expression? start, Expression? stop, Expression? step) : IndexItem(span)
{
    public Expression? Start { get; } = start;

    public Expression? Stop { get; } = stop;

    public Expression? Step { get; } = step;
}

/// <summary><c>...</c>: all axes not named.</summary>
internal sealed class IndexEllipsis(TextSpan span) : IndexItem(span);

/// <summary><c>scan x in xs, y in ys from h, c = zeros { … yield h; }</c></summary>
internal sealed class ScanExpression(
    TextSpan span, TextSpan head, bool isReverse, ImmutableArray<ScanSequence> sequences, ImmutableArray<ScanCarry> carries, Block body) : Expression(span)
{
    /// <summary>What stands before the body.</summary>
    public override TextSpan Focus { get; } = head;

    /// <summary>Whether the last element comes first.</summary>
    public bool IsReverse { get; } = isReverse;

    /// <summary>What is walked along, step by step, over the first axis.</summary>
    public ImmutableArray<ScanSequence> Sequences { get; } = sequences;

    /// <summary>What one step hands to the next.</summary>
    public ImmutableArray<ScanCarry> Carries { get; } = carries;

    public Block Body { get; } = body;
}

/// <summary><c>x in xs</c></summary>
internal sealed class ScanSequence(TextSpan span, Identifier name, Expression source) : SyntaxNode(span)
{
    public Identifier Name { get; } = name;

    public Expression Source { get; } = source;
}

/// <summary><c>h</c> (starts as the h outside) or <c>h = zeros</c>.</summary>
internal sealed class ScanCarry(TextSpan span, Identifier name, Expression? initial) : SyntaxNode(span)
{
    public Identifier Name { get; } = name;

    public Expression? Initial { get; } = initial;
}
