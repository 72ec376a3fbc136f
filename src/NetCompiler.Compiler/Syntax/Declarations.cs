using System.Collections.Immutable;
using NetCompiler.Text;

namespace NetCompiler.Syntax;

/// <summary>A whole file.</summary>
internal sealed class CompilationUnit(
    TextSpan span,
    SourceText source,
    ImmutableArray<UseDirective> uses,
    NamespaceDirective? @namespace,
    ImmutableArray<Declaration> declarations) : SyntaxNode(span)
{
    public SourceText Source { get; } = source;

    public ImmutableArray<UseDirective> Uses { get; } = uses;

    public NamespaceDirective? Namespace { get; } = @namespace;

    public ImmutableArray<Declaration> Declarations { get; } = declarations;
}

/// <summary><c>use "blocks.net";</c></summary>
internal sealed class UseDirective(TextSpan span, StringLiteral path) : SyntaxNode(span)
{
    public StringLiteral Path { get; } = path;
}

/// <summary><c>namespace A.B;</c></summary>
internal sealed class NamespaceDirective(TextSpan span, string name) : SyntaxNode(span)
{
    public string Name { get; } = name;
}

/// <summary>A declaration of a file. It knows its file, because layers are unfolded far from where they are written.</summary>
internal abstract class Declaration(TextSpan span, SourceText source, Identifier name, string? documentation) : SyntaxNode(span)
{
    public SourceText Source { get; } = source;

    public Identifier Name { get; } = name;

    /// <summary>The text of the <c>///</c> lines before the declaration, without the slashes.</summary>
    public string? Documentation { get; } = documentation;
}

/// <summary><c>network Name(a = 1) { … }</c></summary>
internal sealed class NetworkDeclaration(
    TextSpan span, SourceText source, Identifier name, ImmutableArray<Parameter> parameters, Block body, string? documentation)
    : Declaration(span, source, name, documentation)
{
    public ImmutableArray<Parameter> Parameters { get; } = parameters;

    public Block Body { get; } = body;
}

/// <summary><c>network ResNet152 = ResNet(blocks: [3, 8, 36, 3]);</c></summary>
internal sealed class NetworkInstance(TextSpan span, SourceText source, Identifier name, Expression value, string? documentation)
    : Declaration(span, source, name, documentation)
{
    /// <summary>A name, or a call of a name.</summary>
    public Expression Value { get; } = value;
}

/// <summary><c>layer dense(x, units, bias = true) { … return y; }</c></summary>
internal sealed class LayerDeclaration(
    TextSpan span,
    SourceText source,
    Identifier name,
    ImmutableArray<Parameter> parameters,
    Block body,
    GradientClause? gradient,
    string? documentation) : Declaration(span, source, name, documentation)
{
    public ImmutableArray<Parameter> Parameters { get; } = parameters;

    public Block Body { get; } = body;

    /// <summary>The gradient that replaces the derived one.</summary>
    public GradientClause? Gradient { get; } = gradient;
}

/// <summary><c>gradient (dy) { … return dx; }</c> after a layer's body, which it sees.</summary>
internal sealed class GradientClause(TextSpan span, ImmutableArray<Parameter> parameters, Block body) : SyntaxNode(span)
{
    /// <summary>The gradients of the layer's results, in their order.</summary>
    public ImmutableArray<Parameter> Parameters { get; } = parameters;

    /// <summary>Returns the gradients of the layer's tensor arguments, in their order.</summary>
    public Block Body { get; } = body;
}

/// <summary><c>optimizer sgd(rate, momentum = 0) for w, g { … }</c></summary>
internal sealed class OptimizerDeclaration(
    TextSpan span,
    SourceText source,
    Identifier name,
    ImmutableArray<Parameter> parameters,
    Identifier weight,
    Identifier gradient,
    Block body,
    string? documentation) : Declaration(span, source, name, documentation)
{
    public ImmutableArray<Parameter> Parameters { get; } = parameters;

    /// <summary>The name of the parameter being updated (w).</summary>
    public Identifier Weight { get; } = weight;

    /// <summary>The name of its gradient (g).</summary>
    public Identifier Gradient { get; } = gradient;

    public Block Body { get; } = body;
}

/// <summary><c>stride = 1</c>, <c>x : f32[N, C]</c></summary>
internal sealed class Parameter(TextSpan span, Identifier name, TypeSyntax? type, Expression? defaultValue) : SyntaxNode(span)
{
    public Identifier Name { get; } = name;

    public TypeSyntax? Type { get; } = type;

    public Expression? Default { get; } = defaultValue;
}
