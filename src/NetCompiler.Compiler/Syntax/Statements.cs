using System.Collections.Immutable;
using NetCompiler.Text;

namespace NetCompiler.Syntax;

/// <summary>One step of a network, a layer, an optimizer or a block in them.</summary>
internal abstract class Statement(TextSpan span) : SyntaxNode(span);

/// <summary><c>{ … }</c></summary>
internal sealed class Block(TextSpan span, ImmutableArray<Statement> statements) : SyntaxNode(span)
{
    public ImmutableArray<Statement> Statements { get; } = statements;
}

/// <summary><c>h, c = lstm_cell(x, h, c);</c></summary>
internal sealed class AssignmentStatement(
    TextSpan span, ImmutableArray<Expression> targets, Expression value, string? documentation) : Statement(span)
{
    /// <summary>Each a <see cref="NameExpression"/>, or in updates a <see cref="MemberExpression"/> over names (<c>c1.weight</c>).</summary>
    public ImmutableArray<Expression> Targets { get; } = targets;

    public Expression Value { get; } = value;

    public string? Documentation { get; } = documentation;
}

internal enum VariableKind
{
    Input,
    Param,
    State,
}

/// <summary><c>input x : f32[N];</c>, <c>param w : f32[784] = zeros;</c>, <c>state h, c : f32[N, 5] = zeros;</c></summary>
internal sealed class VariableDeclaration(
    TextSpan span,
    VariableKind kind,
    ImmutableArray<Identifier> names,
    TypeSyntax? type,
    Expression? initializer,
    string? documentation) : Statement(span)
{
    public VariableKind Kind { get; } = kind;

    public ImmutableArray<Identifier> Names { get; } = names;

    public TypeSyntax? Type { get; } = type;

    public Expression? Initializer { get; } = initializer;

    public string? Documentation { get; } = documentation;
}

/// <summary><c>f32</c> or <c>f32[N, channels: 3, 28, 28]</c></summary>
internal sealed class TypeSyntax(TextSpan span, Identifier element, ImmutableArray<DimensionSyntax> dimensions) : SyntaxNode(span)
{
    /// <summary><c>f32</c>, <c>i32</c>, …; binding knows which exist.</summary>
    public Identifier Element { get; } = element;

    /// <summary>Empty for a scalar.</summary>
    public ImmutableArray<DimensionSyntax> Dimensions { get; } = dimensions;
}

/// <summary>One axis of a type: a size, with a name in <c>channels: 3</c>; or <c>...</c> for any number of axes.</summary>
internal sealed class DimensionSyntax(TextSpan span, Identifier? axis, Expression? size) : SyntaxNode(span)
{
    public Identifier? Axis { get; } = axis;

    /// <summary>Null for <c>...</c>. A name that is not bound to a compile-time value is a symbolic dimension.</summary>
    public Expression? Size { get; } = size;

    public bool IsEllipsis => Size is null;
}

/// <summary><c>if c { … } else { … }</c>, decided at compile time. <c>else if</c> is an else block of one statement.</summary>
internal sealed class IfStatement(TextSpan span, Expression condition, Block then, Block? otherwise) : Statement(span)
{
    public Expression Condition { get; } = condition;

    public Block Then { get; } = then;

    public Block? Else { get; } = otherwise;
}

/// <summary><c>for i in 0 .. 4 { … }</c>, unfolded at compile time.</summary>
internal sealed class ForStatement(TextSpan span, Identifier variable, Expression items, Block body) : Statement(span)
{
    public Identifier Variable { get; } = variable;

    public Expression Items { get; } = items;

    public Block Body { get; } = body;
}

/// <summary><c>return h, c;</c></summary>
internal sealed class ReturnStatement(TextSpan span, ImmutableArray<Expression> values) : Statement(span)
{
    public ImmutableArray<Expression> Values { get; } = values;
}

/// <summary><c>yield h;</c> in a scan: what each step adds to the sequence of results.</summary>
internal sealed class YieldStatement(TextSpan span, ImmutableArray<Expression> values) : Statement(span)
{
    public ImmutableArray<Expression> Values { get; } = values;
}

/// <summary><c>check c1 : f32[N, 20, 12, 12];</c>, <c>check parameters &lt; 5M;</c> or <c>check heads > 0, "needs a head";</c></summary>
internal sealed class CheckStatement(TextSpan span, Expression subject, TypeSyntax? type, Expression? message) : Statement(span)
{
    public Expression Subject { get; } = subject;

    public TypeSyntax? Type { get; } = type;

    /// <summary>What to say where a condition does not hold.</summary>
    public Expression? Message { get; } = message;
}

/// <summary><c>weights "file.safetensors";</c></summary>
internal sealed class WeightsStatement(TextSpan span, StringLiteral path) : Statement(span)
{
    public StringLiteral Path { get; } = path;
}

/// <summary><c>precision: tf32;</c>, <c>error: 1e-4;</c>: a setting of the whole network.</summary>
internal sealed class SettingStatement(TextSpan span, Identifier name, Expression value) : Statement(span)
{
    public Identifier Name { get; } = name;

    public Expression Value { get; } = value;
}

/// <summary>
/// <c>function train(x, y) -> (loss, accuracy) minimizing loss with sgd(0.1) updates { … }</c>: what becomes a C# method.
/// </summary>
internal sealed class FunctionDeclaration(
    TextSpan span,
    Identifier name,
    ImmutableArray<Parameter> parameters,
    ImmutableArray<FunctionResult> results,
    ImmutableArray<MinimizeClause> minimize,
    Block? updates,
    string? documentation) : Statement(span)
{
    public Identifier Name { get; } = name;

    public ImmutableArray<Parameter> Parameters { get; } = parameters;

    /// <summary>Empty for a function that only updates.</summary>
    public ImmutableArray<FunctionResult> Results { get; } = results;

    public ImmutableArray<MinimizeClause> Minimize { get; } = minimize;

    /// <summary>Assignments, and <c>if</c> and <c>for</c> around them.</summary>
    public Block? Updates { get; } = updates;

    public string? Documentation { get; } = documentation;
}

/// <summary><c>loss</c> or <c>loss: mean(e)</c></summary>
internal sealed class FunctionResult(TextSpan span, Identifier? name, Expression value) : SyntaxNode(span)
{
    public Identifier? Name { get; } = name;

    public Expression Value { get; } = value;
}

/// <summary><c>minimizing loss over "fc8.*" with sgd(0.1) over "*" with sgd(0.01) clipping 5.0</c></summary>
internal sealed class MinimizeClause(
    TextSpan span, Expression loss, ImmutableArray<OptimizeGroup> groups, Expression? clipping, Expression? scaling) : SyntaxNode(span)
{
    public Expression Loss { get; } = loss;

    /// <summary>Tried in order: a parameter belongs to the first group that names it, and is frozen when none does.</summary>
    public ImmutableArray<OptimizeGroup> Groups { get; } = groups;

    /// <summary>The norm to which gradients are clipped.</summary>
    public Expression? Clipping { get; } = clipping;

    /// <summary>By what the loss is multiplied while gradients are taken.</summary>
    public Expression? Scaling { get; } = scaling;
}

/// <summary><c>over "fc8.*", w with sgd(0.1)</c></summary>
internal sealed class OptimizeGroup(TextSpan span, ImmutableArray<Expression> selectors, Expression optimizer) : SyntaxNode(span)
{
    /// <summary>Strings are patterns over parameter names; other expressions are parameters. Empty: all parameters.</summary>
    public ImmutableArray<Expression> Selectors { get; } = selectors;

    public Expression Optimizer { get; } = optimizer;
}
