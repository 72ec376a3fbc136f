using System;
using System.Collections.Immutable;
using System.Linq;
using Antlr4.Runtime;
using Antlr4.Runtime.Tree;
using NetCompiler.Text;
using static NetCompiler.Syntax.Generated.NetParser;

namespace NetCompiler.Syntax;

internal sealed partial class TreeBuilder
{
    private Expression BuildExpression(ExpressionContext? context, ParserRuleContext parent)
    {
        if (context is null)
            return new ErrorExpression(new TextSpan(SpanOf(parent).End, 0));
        if (context.pipeline() is { } pipeline)
            return BuildPipeline(pipeline);
        if (context.conditional() is not { } choice)
            return new ErrorExpression(SpanOf(context));
        return new ConditionalExpression(
            SpanOf(choice),
            BuildExpression(choice.expression(0), choice),
            BuildExpression(choice.expression(1), choice),
            BuildExpression(choice.expression(2), choice));
    }

    private Expression BuildPipeline(PipelineContext context)
    {
        var value = BuildOperators(context.disjunction(0), context);
        for (var i = 1; i < context.disjunction().Length; i++)
            value = BuildStage(value, context.disjunction(i));
        return value;
    }

    // x |> f(a) is f(x, a); x |> f is f(x).
    private Expression BuildStage(Expression piped, DisjunctionContext stage)
    {
        var first = new Argument(piped.Span, null, piped);
        var span = piped.Span.Union(SpanOf(stage));
        switch (Skeleton(stage))
        {
            // The parser gave up here, and said so.
            case { exception: not null }:
                break;
            case PostfixContext postfix when postfix.GetChild(postfix.ChildCount - 1) is ArgumentsContext arguments:
                var callee = BuildPostfix(postfix, postfix.ChildCount - 1);
                return new CallExpression(span, callee, [first, .. BuildArguments(arguments)], isPiped: true);
            case ParserRuleContext context and (PostfixContext or PrimaryContext or GroupContext or ListContext or ScanContext):
                var layer = BuildOperators(context, stage);
                // A hole left by a syntax error is reported already.
                return layer is ErrorExpression ? new ErrorExpression(span) : new CallExpression(span, layer, [first], isPiped: true);
            case { ChildCount: > 1 } operation:
                var offender = Enumerable.Range(0, operation.ChildCount).Select(operation.GetChild).OfType<ITerminalNode>().First();
                Report(DiagnosticCatalog.PipeIntoOperator, SpanOf(offender.Symbol), $"the operator '{offender.Symbol.Text}'");
                break;
        }
        return new ErrorExpression(span);
    }

    // Leaves out the levels of precedence that an expression has no operator of.
    private static ParserRuleContext? Skeleton(ParserRuleContext? context)
    {
        while (context is { ChildCount: 1 } && context.GetChild(0) is ParserRuleContext child)
            context = child;
        return context;
    }

    private Expression BuildOperators(ParserRuleContext? context, ParserRuleContext parent)
    {
        context = Skeleton(context);
        switch (context)
        {
            case null:
                return new ErrorExpression(new TextSpan(SpanOf(parent).End, 0));
            case { ChildCount: 0 } or { exception: not null }:
                return new ErrorExpression(SpanOf(context));
            case PostfixContext postfix:
                return BuildPostfix(postfix, postfix.ChildCount);
            case PrimaryContext primary:
                return BuildPrimary(primary);
            case GroupContext group:
                return BuildGroup(group);
            case ListContext list when list.comprehension() is { } each:
                return new ComprehensionExpression(
                    SpanOf(list), BuildExpression(list.expression(0), list), BuildName(each, 0), BuildExpression(each.expression(), each));
            case ListContext list:
                return new ListExpression(SpanOf(list), [.. list.expression().Select(element => BuildExpression(element, list))]);
            case ScanContext scan:
                return BuildScan(scan);
            case NegationContext or SignContext:
                return BuildPrefix(context);
            case ComparisonContext or SumContext or ProductContext or DisjunctionContext or ConjunctionContext or RangeContext or PowerContext:
                return BuildBinary(context);
            default:
                return new ErrorExpression(SpanOf(context));
        }
    }

    private UnaryExpression BuildPrefix(ParserRuleContext context)
    {
        var token = ((ITerminalNode)context.GetChild(0)).Symbol;
        var op = token.Type switch { MINUS => UnaryOperator.Negate, PLUS => UnaryOperator.Plus, _ => UnaryOperator.Not };
        return new UnaryExpression(SpanOf(context), op, BuildOperators(Operand(context, 1), context));
    }

    // A chain of operators of one level: operand, operator, operand, …, grouped to the left.
    private Expression BuildBinary(ParserRuleContext context)
    {
        var left = BuildOperators(Operand(context, 0), context);
        IToken? comparison = null;
        for (var i = 1; i < context.ChildCount; i += 2)
        {
            if (context.GetChild(i) is not ITerminalNode { Symbol: var token })
                break;
            var right = BuildOperators(Operand(context, i + 1), context);
            var span = left.Span.Union(right.Span);
            if (token.Type == RANGE)
            {
                left = new RangeExpression(span, left, right);
                continue;
            }
            if (OperatorOf(token.Type) is not { } op)
                break;
            if (context is ComparisonContext)
            {
                if (comparison is not null)
                    Report(DiagnosticCatalog.ChainedComparison, SpanOf(token), token.Text, comparison.Text);
                comparison = token;
            }
            left = new BinaryExpression(span, op, SpanOf(token), left, right);
        }
        return left;
    }

    private static ParserRuleContext? Operand(ParserRuleContext context, int index) =>
        index < context.ChildCount ? context.GetChild(index) as ParserRuleContext : null;

    private static BinaryOperator? OperatorOf(int type) => type switch
    {
        OR => BinaryOperator.Or,
        AND => BinaryOperator.And,
        EQUAL => BinaryOperator.Equal,
        NOT_EQUAL => BinaryOperator.NotEqual,
        LESS => BinaryOperator.Less,
        LESS_OR_EQUAL => BinaryOperator.LessOrEqual,
        GREATER => BinaryOperator.Greater,
        GREATER_OR_EQUAL => BinaryOperator.GreaterOrEqual,
        PLUS => BinaryOperator.Add,
        MINUS => BinaryOperator.Subtract,
        STAR => BinaryOperator.Multiply,
        SLASH => BinaryOperator.Divide,
        PERCENT => BinaryOperator.Remainder,
        AT => BinaryOperator.MatrixProduct,
        POWER => BinaryOperator.Power,
        _ => null,
    };

    // The first count parts: the value, then calls, indices and members.
    private Expression BuildPostfix(PostfixContext context, int count)
    {
        var value = BuildOperators(Operand(context, 0), context);
        for (var i = 1; i < count; i++)
        {
            if (context.GetChild(i) is not ParserRuleContext suffix)
                continue;
            var span = value.Span.Union(SpanOf(suffix));
            value = suffix switch
            {
                ArgumentsContext arguments => new CallExpression(span, value, BuildArguments(arguments), isPiped: false),
                IndexContext index => new IndexExpression(span, value, [.. index.indexItem().Select(BuildIndexItem)]),
                MemberContext member => new MemberExpression(span, value, BuildName(member, 0)),
                _ => value,
            };
        }
        return value;
    }

    private ImmutableArray<Argument> BuildArguments(ArgumentsContext context)
    {
        var arguments = ImmutableArray.CreateBuilder<Argument>();
        Identifier? named = null;
        foreach (var item in context.item())
        {
            var (name, value) = BuildItem(item);
            if (name is null && named is { IsMissing: false } && value is not ErrorExpression)
                Report(DiagnosticCatalog.PositionalAfterNamed, value.Span, named.Text);
            named ??= name;
            arguments.Add(new Argument(SpanOf(item), name, value));
        }
        return arguments.ToImmutable();
    }

    private (Identifier? Name, Expression Value) BuildItem(ItemContext context) =>
        context.COLON() is null
            ? (null, BuildExpression(context.expression(0), context))
            : (BuildLabel(context.expression(0), context), BuildExpression(context.expression(1), context));

    private IndexItem BuildIndexItem(IndexItemContext context)
    {
        if (context.ELLIPSIS() is not null)
            return new IndexEllipsis(SpanOf(context));
        var start = context.expression() is { } first ? BuildExpression(first, context) : null;
        if (context.slice() is not { } slice)
            return new IndexPosition(SpanOf(context), start ?? new ErrorExpression(SpanOf(context)));
        Expression? stop = null, step = null;
        var colons = 0;
        for (var i = 0; i < slice.ChildCount; i++)
        {
            if (slice.GetChild(i) is ExpressionContext part && colons == 1)
                stop = BuildExpression(part, slice);
            else if (slice.GetChild(i) is ExpressionContext last)
                step = BuildExpression(last, slice);
            else
                colons++;
        }
        return new IndexSlice(SpanOf(context), start, stop, step);
    }

    private Expression BuildGroup(GroupContext context)
    {
        var items = context.item();
        if (items.Length == 1 && items[0].COLON() is null)
            return BuildExpression(items[0].expression(0), items[0]);
        if (items.Length > 0)
            Report(DiagnosticCatalog.UnexpectedToken, SpanOf(context), "several values in brackets can only be the results of a function; a list is written '[a, b]'");
        return new ErrorExpression(SpanOf(context));
    }

    private ScanExpression BuildScan(ScanContext context) =>
        new(
            SpanOf(context),
            HeadOf(context),
            context.REVERSE() is not null,
            [
                .. context.scanSequence().Select(sequence => new ScanSequence(
                    SpanOf(sequence), BuildName(sequence, 0), BuildExpression(sequence.expression(), sequence))),
            ],
            [
                .. context.scanCarry().Select(carry => new ScanCarry(
                    SpanOf(carry), BuildName(carry, 0), carry.ASSIGN() is null ? null : BuildExpression(carry.expression(), carry))),
            ],
            BuildBlock(context.block(), context, Place.Scan));

    // From 'scan' to what stands before the body.
    private static TextSpan HeadOf(ScanContext context)
    {
        var before = context.scanCarry().LastOrDefault() ?? (ParserRuleContext?)context.scanSequence().LastOrDefault();
        var span = SpanOf(context);
        return before is null ? span : TextSpan.FromBounds(span.Start, SpanOf(before).End);
    }

    private Expression BuildPrimary(PrimaryContext context)
    {
        if (context.GetChild(0) is not ITerminalNode { Symbol: var token })
            return new ErrorExpression(SpanOf(context));
        var span = SpanOf(token);
        switch (token.Type)
        {
            case IDENTIFIER:
                return new NameExpression(span, token.Text);
            case NUMBER:
                return BuildNumber(token);
            case STRING:
                return BuildString(token);
            case TRUE or FALSE:
                return new BooleanLiteral(span, token.Type == TRUE);
            default:
                return new ErrorExpression(span);
        }
    }

    private Expression BuildNumber(IToken token)
    {
        var span = SpanOf(token);
        var number = NumberValue.Parse(token.Text);
        switch (number.Kind)
        {
            case NumberKind.Whole:
                return new IntegerLiteral(span, number.Whole);
            case NumberKind.Real:
                return new FloatLiteral(span, number.Real);
            case NumberKind.WholeTooLarge or NumberKind.RealTooLarge:
                var shown = token.Text.Length > 30 ? token.Text.Substring(0, 27) + "…" : token.Text;
                Report(DiagnosticCatalog.NumberOutOfRange, span, shown, number.Kind == NumberKind.WholeTooLarge ? "64 bits" : "64-bit floating point");
                break;
        }
        return new ErrorExpression(span);
    }

    private StringLiteral BuildString(IToken token)
    {
        var text = token.Text;
        var isClosed = text.Length > 1 && text[text.Length - 1] == text[0];
        var content = text.Length < 2 ? "" : text.Substring(1, text.Length - (isClosed ? 2 : 1));
        var value = StringEscapes.Resolve(content, (offset, length) =>
        {
            var span = new TextSpan(token.StartIndex + 1 + offset, length);
            Report(DiagnosticCatalog.InvalidEscape, span, source.Slice(span));
        });
        return new StringLiteral(SpanOf(token), value);
    }
}
