using System.Collections.Immutable;
using System.Linq;
using Antlr4.Runtime;
using Antlr4.Runtime.Tree;
using NetCompiler.Text;
using static NetCompiler.Syntax.Generated.NetParser;

namespace NetCompiler.Syntax;

/// <summary>
/// Turns the parser's tree into the syntax tree, checks what the LL(1) grammar leaves open, and fills the gaps that errors
/// left: a part that is missing becomes an <see cref="ErrorExpression"/> or an empty name, and is not reported again.
/// </summary>
internal sealed partial class TreeBuilder(SourceText source, ScannedTokens scanned, DiagnosticBag diagnostics)
{
    public CompilationUnit Build(CompilationUnitContext context)
    {
        var uses = ImmutableArray.CreateBuilder<UseDirective>();
        var declarations = ImmutableArray.CreateBuilder<Declaration>();
        NamespaceDirective? @namespace = null;
        foreach (var declaration in context.declaration())
        {
            switch (declaration.ChildCount > 0 ? declaration.GetChild(0) : null)
            {
                case UseDirectiveContext use:
                    CheckIsAtTop(use, "use", declarations.Count);
                    // A path that is missing is reported: there is nothing to read.
                    if (use.STRING() is { } path)
                        uses.Add(new UseDirective(SpanOf(use), BuildString(path.Symbol)));
                    break;
                case NamespaceDirectiveContext directive:
                    CheckIsAtTop(directive, "namespace", declarations.Count);
                    if (@namespace is not null)
                        Report(DiagnosticCatalog.DuplicateClause, SpanOf(directive), "namespace");
                    @namespace ??= new NamespaceDirective(
                        SpanOf(directive), string.Join(".", directive.IDENTIFIER().Select(name => name.Symbol.Text)));
                    break;
                case NetworkDeclarationContext network:
                    declarations.Add(BuildNetwork(network));
                    break;
                case LayerDeclarationContext layer:
                    declarations.Add(BuildLayer(layer));
                    break;
                case OptimizerDeclarationContext optimizer:
                    declarations.Add(BuildOptimizer(optimizer));
                    break;
            }
        }
        return new CompilationUnit(
            new TextSpan(0, source.Text.Length), source, uses.ToImmutable(), @namespace, declarations.ToImmutable());
    }

    private void CheckIsAtTop(ParserRuleContext context, string word, int declarationsBefore)
    {
        if (declarationsBefore > 0)
            Report(DiagnosticCatalog.MisplacedUse, SpanOf(context), word);
    }

    private Declaration BuildNetwork(NetworkDeclarationContext context)
    {
        var name = BuildName(context, 0);
        var documentation = DocumentationOf(context);
        if (context.ASSIGN() is not null)
            return new NetworkInstance(SpanOf(context), source, name, BuildExpression(context.expression(), context), documentation);
        return new NetworkDeclaration(
            SpanOf(context), source, name, BuildParameters(context.parameterList()), BuildBlock(context.block(), context, Place.Network), documentation);
    }

    private LayerDeclaration BuildLayer(LayerDeclarationContext context)
    {
        var gradient = context.gradientClause();
        return new LayerDeclaration(
            SpanOf(context),
            source,
            BuildName(context, 0),
            BuildParameters(context.parameterList()),
            BuildBlock(context.block(), context, Place.Layer),
            gradient is null
                ? null
                : new GradientClause(SpanOf(gradient), BuildParameters(gradient.parameterList()), BuildBlock(gradient.block(), gradient, Place.Gradient)),
            DocumentationOf(context));
    }

    private OptimizerDeclaration BuildOptimizer(OptimizerDeclarationContext context) =>
        new(
            SpanOf(context),
            source,
            BuildName(context, 0),
            BuildParameters(context.parameterList()),
            BuildName(context, 1),
            BuildName(context, 2),
            BuildBlock(context.block(), context, Place.Optimizer),
            DocumentationOf(context));

    private ImmutableArray<Parameter> BuildParameters(ParameterListContext? context) =>
        context is null
            ? []
            :
            [
                .. context.parameter().Select(parameter => new Parameter(
                    SpanOf(parameter),
                    BuildName(parameter, 0),
                    parameter.type() is { } type ? BuildType(type) : null,
                    parameter.ASSIGN() is null ? null : BuildExpression(parameter.expression(), parameter))),
            ];

    private TypeSyntax BuildType(TypeContext context) =>
        new(SpanOf(context), BuildName(context, 0), [.. context.dimension().Select(BuildDimension)]);

    private DimensionSyntax BuildDimension(DimensionContext context)
    {
        if (context.ELLIPSIS() is not null)
            return new DimensionSyntax(SpanOf(context), null, null);
        var first = context.expression(0);
        return context.COLON() is null
            ? new DimensionSyntax(SpanOf(context), null, BuildExpression(first, context))
            : new DimensionSyntax(SpanOf(context), BuildLabel(first, context), BuildExpression(context.expression(1), context));
    }

    // The name before a ':'. The grammar takes any expression there, to stay LL(1).
    private Identifier BuildLabel(ExpressionContext? context, ParserRuleContext parent)
    {
        var value = BuildExpression(context, parent);
        if (value is NameExpression name)
            return new Identifier(name.Span, name.Name);
        if (value is not ErrorExpression)
            Report(DiagnosticCatalog.UnexpectedToken, value.Span, "only a name can stand before ':'");
        return new Identifier(value.Span, "");
    }

    // The name at a place among the names that a rule declares.
    private static Identifier BuildName(ParserRuleContext context, int index)
    {
        var parent = SpanOf(context);
        for (var i = 0; i < context.ChildCount; i++)
            if (context.GetChild(i) is ITerminalNode { Symbol: { Type: IDENTIFIER } token } && index-- == 0)
                // A made-up name stands at the end of the token before it, which may belong to another rule.
                return new Identifier(parent.Contains(SpanOf(token)) ? SpanOf(token) : new TextSpan(parent.Start, 0), token.Text);
        return new Identifier(new TextSpan(parent.End, 0), "");
    }

    private string? DocumentationOf(ParserRuleContext context) =>
        scanned.Documentation.TryGetValue(context.Start.StartIndex, out var text) ? text : null;

    private void Report(DiagnosticDescriptor descriptor, TextSpan span, params object[] arguments) =>
        diagnostics.Report(descriptor, source.Locate(span), arguments);

    private static TextSpan SpanOf(IToken token) => TextSpan.FromBounds(token.StartIndex, token.StopIndex + 1);

    // A rule that matched nothing is a place: the end of the token before it.
    private static TextSpan SpanOf(ParserRuleContext context)
    {
        var start = context.Start.StartIndex;
        if (context.Stop is not { } stop)
            return new TextSpan(start, 0);
        var end = stop.StopIndex + 1;
        return TextSpan.FromBounds(start < end ? start : end, end);
    }
}
