using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Antlr4.Runtime;
using Antlr4.Runtime.Tree;
using NetCompiler.Text;
using static NetCompiler.Syntax.Generated.NetParser;

namespace NetCompiler.Syntax;

internal sealed partial class TreeBuilder
{
    // What a block belongs to, which decides the statements that may stand in it.
    private enum Place
    {
        Network,
        Layer,
        Gradient,
        Optimizer,
        Scan,
        Updates,
    }

    private Block BuildBlock(BlockContext? context, ParserRuleContext parent, Place place)
    {
        if (context is null)
            return new Block(new TextSpan(SpanOf(parent).End, 0), []);
        var statements = ImmutableArray.CreateBuilder<Statement>();
        AddStatements(context, place, statements);
        return new Block(SpanOf(context), statements.ToImmutable());
    }

    private void AddStatements(BlockContext context, Place place, ImmutableArray<Statement>.Builder statements)
    {
        for (var i = 0; i < context.ChildCount; i++)
        {
            switch (context.GetChild(i))
            {
                case StatementContext { ChildCount: > 0 } statement:
                    if (BuildStatement((ParserRuleContext)statement.GetChild(0), place) is { } built)
                        statements.Add(built);
                    break;
                // What recovery found between braces after an error.
                case BlockContext block:
                    AddStatements(block, place, statements);
                    break;
            }
        }
    }

    private Statement? BuildStatement(ParserRuleContext context, Place place)
    {
        var isAllowed = CheckPlace(context, place);
        switch (context)
        {
            case VariableDeclarationContext variable:
                var declaration = BuildVariable(variable);
                // The names stay known, so that their uses are not reported as well.
                return isAllowed
                    ? declaration
                    : new AssignmentStatement(
                        declaration.Span,
                        [.. declaration.Names.Select(name => new NameExpression(name.Span, name.Text))],
                        new ErrorExpression(declaration.Span),
                        null);
            case FunctionDeclarationContext function:
                var built = BuildFunction(function);
                return isAllowed ? built : null;
            case IfStatementContext choice:
                return BuildIf(choice, place);
            case ForStatementContext loop:
                return new ForStatement(
                    SpanOf(loop), BuildName(loop, 0), BuildExpression(loop.expression(), loop), BuildBlock(loop.block(), loop, place));
            case ReturnStatementContext result:
                var returned = BuildValues(result.expression(), result);
                return isAllowed ? new ReturnStatement(SpanOf(result), returned)
                    : place == Place.Scan ? new YieldStatement(SpanOf(result), returned)
                    : null;
            case YieldStatementContext result:
                var yielded = BuildValues(result.expression(), result);
                return isAllowed ? new YieldStatement(SpanOf(result), yielded) : null;
            case CheckStatementContext check:
                return isAllowed
                    ? new CheckStatement(
                        SpanOf(check), BuildExpression(check.expression(0), check), check.type() is { } type ? BuildType(type) : null,
                        check.expression().Length > 1 ? BuildExpression(check.expression(1), check) : null)
                    : null;
            case WeightsStatementContext weights:
                return isAllowed && weights.STRING() is { } path ? new WeightsStatement(SpanOf(weights), BuildString(path.Symbol)) : null;
            case ValueStatementContext value:
                return BuildValueStatement(value, place);
            default:
                return null;
        }
    }

    private bool CheckPlace(ParserRuleContext context, Place place)
    {
        var where = context switch
        {
            VariableDeclarationContext variable when variable.INPUT() is not null && place != Place.Network =>
                "stands in a network only; a layer gets its tensors as arguments",
            VariableDeclarationContext variable when variable.PARAM() is not null && place is not (Place.Network or Place.Layer or Place.Scan) =>
                "stands in a network or a layer",
            VariableDeclarationContext when place == Place.Scan => "stands before the 'scan', whose steps all share it",
            VariableDeclarationContext when place is Place.Gradient or Place.Updates =>
                "stands in a network, a layer or an optimizer",
            FunctionDeclarationContext when place != Place.Network => "stands in a network only",
            WeightsStatementContext when place != Place.Network => "stands in a network only",
            ReturnStatementContext when place == Place.Scan => "stands in a layer only; a step hands out values with 'yield'",
            ReturnStatementContext when place is not (Place.Layer or Place.Gradient) => "stands in a layer only; a network hands out results through 'function'",
            YieldStatementContext when place != Place.Scan => "stands in a 'scan' only",
            CheckStatementContext when place == Place.Updates => "cannot stand in 'updates', which only assigns",
            _ => null,
        };
        if (where is null)
            return true;
        Report(DiagnosticCatalog.MisplacedStatement, SpanOf(context.Start), context.Start.Text, where);
        return false;
    }

    private VariableDeclaration BuildVariable(VariableDeclarationContext context)
    {
        var kind = context.INPUT() is not null ? VariableKind.Input : context.PARAM() is not null ? VariableKind.Param : VariableKind.State;
        return new VariableDeclaration(
            SpanOf(context),
            kind,
            [.. context.IDENTIFIER().Select(name => new Identifier(SpanOf(name.Symbol), name.Symbol.Text))],
            context.type() is { } type ? BuildType(type) : null,
            context.ASSIGN() is null ? null : BuildExpression(context.expression(), context),
            DocumentationOf(context));
    }

    private IfStatement BuildIf(IfStatementContext context, Place place)
    {
        Block? otherwise = null;
        if (context.ELSE() is not null)
        {
            otherwise = context.ifStatement() is { } nested
                ? new Block(SpanOf(nested), [BuildIf(nested, place)])
                : BuildBlock(context.block(1), context, place);
        }
        return new IfStatement(
            SpanOf(context), BuildExpression(context.expression(), context), BuildBlock(context.block(0), context, place), otherwise);
    }

    private FunctionDeclaration BuildFunction(FunctionDeclarationContext context)
    {
        var end = context.functionEnd();
        var updates = end?.updatesClause();
        var minimize = context.minimizeClause().Concat(end?.minimizeClause() ?? []);
        return new FunctionDeclaration(
            SpanOf(context),
            BuildName(context, 0),
            BuildParameters(context.parameterList()),
            context.item() is { } results ? BuildResults(results) : [],
            [.. minimize.Select(BuildMinimize)],
            updates is null ? null : BuildBlock(updates.block(), updates, Place.Updates),
            DocumentationOf(context));
    }

    // '-> a', '-> name: a', '-> (a, name: b)'
    private ImmutableArray<FunctionResult> BuildResults(ItemContext context)
    {
        if (context.COLON() is null && Skeleton(context.expression(0)) is GroupContext group)
            return [.. group.item().Select(BuildResult)];
        return [BuildResult(context)];
    }

    private FunctionResult BuildResult(ItemContext context)
    {
        var (name, value) = BuildItem(context);
        return new FunctionResult(SpanOf(context), name, value);
    }

    private MinimizeClause BuildMinimize(MinimizeClauseContext context)
    {
        var clippings = context.clippingClause();
        if (clippings.Length > 1)
            Report(DiagnosticCatalog.DuplicateClause, SpanOf(clippings[1]), "clipping");
        var scalings = context.scalingClause();
        if (scalings.Length > 1)
            Report(DiagnosticCatalog.DuplicateClause, SpanOf(scalings[1]), "scaling");
        return new MinimizeClause(
            SpanOf(context),
            BuildExpression(context.expression(), context),
            [.. context.optimizeGroup().Select(BuildGroup)],
            clippings.Length > 0 ? BuildExpression(clippings[0].expression(), clippings[0]) : null,
            scalings.Length > 0 ? BuildExpression(scalings[0].expression(), scalings[0]) : null);
    }

    // The last expression is the optimizer, those before it say which parameters it gets.
    private OptimizeGroup BuildGroup(OptimizeGroupContext context)
    {
        var expressions = context.expression();
        var hasOptimizer = context.GetChild(context.ChildCount - 1) is ExpressionContext && context.WITH() is not null;
        var selectors = expressions.Take(expressions.Length - (hasOptimizer ? 1 : 0)).Select(selector => BuildExpression(selector, context));
        return new OptimizeGroup(SpanOf(context), [.. selectors], BuildExpression(hasOptimizer ? expressions[expressions.Length - 1] : null, context));
    }

    // 'return a, b;' and 'return (a, b);' say the same.
    private ImmutableArray<Expression> BuildValues(ExpressionContext[] contexts, ParserRuleContext parent)
    {
        if (contexts.Length == 1 && Skeleton(contexts[0]) is GroupContext { } group && group.item().Length > 1)
            return [.. group.item().Select(item => BuildItem(item).Value)];
        return contexts.Length == 0 ? [BuildExpression(null, parent)] : [.. contexts.Select(context => BuildExpression(context, parent))];
    }

    private Statement? BuildValueStatement(ValueStatementContext context, Place place)
    {
        var targets = ImmutableArray.CreateBuilder<Expression>();
        foreach (var target in context.pipeline())
            targets.Add(BuildPipeline(target));
        if (context.COLON() is not (null or IErrorNode))
            return BuildSetting(context, targets, place);
        if (context.ASSIGN() is not (null or IErrorNode))
        {
            foreach (var target in targets)
                if (!IsTarget(target))
                    Report(DiagnosticCatalog.InvalidTarget, target.Span);
            return new AssignmentStatement(
                SpanOf(context), targets.ToImmutable(), BuildExpression(context.expression(), context), DocumentationOf(context));
        }
        if (!HasErrorNode(context))
            Report(DiagnosticCatalog.UnusedValue, TextSpan.FromBounds(targets[0].Span.Start, targets[targets.Count - 1].Span.End));
        return SalvageNames(context);
    }

    private SettingStatement? BuildSetting(ValueStatementContext context, ImmutableArray<Expression>.Builder names, Place place)
    {
        var value = BuildExpression(context.expression(), context);
        if (names.Count == 1 && names[0] is NameExpression name)
        {
            if (place == Place.Network)
                return new SettingStatement(SpanOf(context), new Identifier(name.Span, name.Name), value);
            Report(DiagnosticCatalog.MisplacedStatement, name.Span, name.Name + ":", "is a setting, which stands in a network only; a value is bound with '='");
        }
        else if (names[0] is not ErrorExpression)
        {
            Report(DiagnosticCatalog.UnexpectedToken, names[0].Span, "only the name of a setting can stand before ':'; a value is bound with '='");
        }
        return null;
    }

    // In 'inptu image : f32[N];' the name image is meant to exist. Knowing it spares the reader errors about its uses.
    private static AssignmentStatement? SalvageNames(ValueStatementContext context)
    {
        var names = new List<Expression>();
        for (var i = 0; i < context.ChildCount; i++)
        {
            if (context.GetChild(i) is not IErrorNode node)
                continue;
            if (node.Symbol.Type == IDENTIFIER)
                names.Add(new NameExpression(SpanOf(node.Symbol), node.Symbol.Text));
            else if (node.Symbol.Type is COLON or ASSIGN && names.Count > 0)
                return new AssignmentStatement(SpanOf(context), [.. names], new ErrorExpression(SpanOf(context)), null);
            else if (node.Symbol.Type != COMMA)
                break;
        }
        return null;
    }

    private static bool HasErrorNode(ParserRuleContext context)
    {
        for (var i = 0; i < context.ChildCount; i++)
            if (context.GetChild(i) is IErrorNode)
                return true;
        return false;
    }

    private static bool IsTarget(Expression target) =>
        target is NameExpression or ErrorExpression || (target is MemberExpression member && IsTarget(member.Target));
}
