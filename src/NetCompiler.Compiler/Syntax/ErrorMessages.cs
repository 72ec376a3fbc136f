using Antlr4.Runtime;
using Antlr4.Runtime.Tree;
using NetCompiler.Text;
using static NetCompiler.Syntax.Generated.NetParser;

namespace NetCompiler.Syntax;

/// <summary>Says what is wrong at the parser's current token, in terms of what the reader wrote before it.</summary>
internal sealed class ErrorMessages(SourceText source)
{
    private static readonly string[] StatementWords =
        ["input", "param", "state", "function", "if", "for", "return", "yield", "check", "weights"];

    private static readonly string[] DeclarationWords = ["use", "namespace", "network", "layer", "optimizer"];

    /// <summary>A decision has no alternative for the current token.</summary>
    public Diagnostic NoAlternative(Parser parser)
    {
        var current = parser.CurrentToken;
        switch (parser.Context.RuleIndex)
        {
            case RULE_functionEnd:
                return Missing(parser, SEMICOLON);
            case RULE_networkDeclaration:
                return AtGap(parser, "'{'", "after the network's name");
            case RULE_ifStatement:
                return AtGap(parser, "'{' or 'if'", "after 'else'");
            case RULE_block:
                return Missing(parser, OPEN_BRACE);
            case RULE_indexItem when current.Type == CLOSE_BRACKET:
                return At(current, DiagnosticCatalog.ExpectedExpression, "between '[' and ']'");
            case >= RULE_expression and <= RULE_primary or RULE_dimension:
                if (current.Type == IF)
                    return At(current, DiagnosticCatalog.UnexpectedToken, "an 'if' inside an expression needs brackets: '(if c then a else b)'");
                var previous = Previous(parser);
                if (previous is null || IsOnSameLine(previous, current) && !IsClosing(current.Type))
                    return At(current, DiagnosticCatalog.ExpectedExpression, $"{After(previous)}, not {Show(current)}");
                return Diagnostic.Create(DiagnosticCatalog.ExpectedExpression, source.Locate(GapAfter(previous)), After(previous));
            default:
                return At(current, DiagnosticCatalog.UnexpectedToken, $"unexpected {Show(current)}");
        }
    }

    /// <summary>The token <paramref name="expected"/> must stand where the current one stands.</summary>
    public Diagnostic Missing(Parser parser, int expected)
    {
        var current = parser.CurrentToken;
        var previous = Previous(parser);
        var context = parser.Context;
        var rule = context.RuleIndex;
        switch (expected)
        {
            case SEMICOLON when rule == RULE_valueStatement && ReferenceEquals(context.Start, previous) && previous?.Type == IDENTIFIER
                                && (IsOnSameLine(previous, current) || current.Type == OPEN_BRACE):
                return At(previous, DiagnosticCatalog.UnknownStatement, previous.Text, StatementHint(previous.Text));
            case SEMICOLON or CLOSE_PAREN or CLOSE_BRACKET when IsOnSameLine(previous, current) && IsStrayCloser(parser, current.Type, expected):
                return At(current, DiagnosticCatalog.UnbalancedBracket, $"this {Show(current)} closes nothing");
            case SEMICOLON when context is VariableDeclarationContext variable && variable.COLON() is null && variable.ASSIGN() is null && IsOnSameLine(previous, current):
                return AtGap(parser, "':'", $"between the name {Show(previous!)} and its type");
            case SEMICOLON when rule == RULE_functionEnd && context.Parent is FunctionDeclarationContext function && function.ARROW() is null
                                && IsOnSameLine(previous, current) && current.Type is IDENTIFIER or OPEN_PAREN or NUMBER:
                return AtGap(parser, "'->'", "before the results of the function");
            case SEMICOLON when IsOnSameLine(previous, current) && !IsClosing(current.Type):
                return At(current, DiagnosticCatalog.UnexpectedToken,
                    $"{Show(current)} cannot follow {Show(previous!)}; expected an operator, or ';' at the end of the statement");
            case SEMICOLON:
                return AtGap(parser, "';'", $"after {Phrase(rule)}");
            case CLOSE_PAREN when rule == RULE_arguments && current.Type == ASSIGN && previous?.Type == IDENTIFIER:
                return At(current, DiagnosticCatalog.UnexpectedToken, $"a named argument is written with ':', as in '{previous.Text}: 5'");
            case OPEN_BRACE when current.Type == ASSIGN:
                return At(current, DiagnosticCatalog.UnexpectedToken, "'=' does not compare; write '=='");
            case CLOSE_PAREN or CLOSE_BRACKET when IsOnSameLine(previous, current) && !IsClosing(current.Type) && current.Type != OPEN_BRACE:
                return At(current, DiagnosticCatalog.UnexpectedToken,
                    $"{Show(current)} cannot follow {Show(previous!)}; expected ',' or {Name(expected)} {ToClose(parser, expected)}");
            case CLOSE_PAREN or CLOSE_BRACKET or CLOSE_BRACE:
                var diagnostic = AtGap(parser, Name(expected), ToClose(parser, expected));
                return Opener(parser, expected) is { } opener ? diagnostic.WithNote(source.Locate(SpanOf(opener)), "opened here") : diagnostic;
            case OPEN_BRACE:
                return AtGap(parser, "'{'", BlockPhrase(parser.Context));
            case IDENTIFIER when ErrorStrategy.IsReserved(current.Type) && current.Type != IN:
                return At(current, DiagnosticCatalog.KeywordAsName, current.Text);
            case IDENTIFIER:
                return AtGap(parser, "a name", After(previous));
            case STRING:
                return AtGap(parser, "a path in double quotes", After(previous));
            case IN:
                return AtGap(parser, "'in'", "after the name, as in 'x in xs'");
            case THEN:
                return AtGap(parser, "'then'", "after the condition");
            case ELSE:
                return AtGap(parser, "'else'", "because an 'if' expression needs both values");
            case OPEN_PAREN:
                return AtGap(parser, "'('", After(previous));
            case FOR:
                return AtGap(parser, "'for'", "and two names, of the parameter and its gradient, as in 'for w, g'");
            case WITH:
                return AtGap(parser, "'with'", "and an optimizer, after the parameters");
            case TokenConstants.EOF:
                return NotADeclaration(parser);
            default:
                return AtGap(parser, Name(expected), After(previous));
        }
    }

    /// <summary>The current token cannot start a statement, nor end a block.</summary>
    public Diagnostic NotAStatement(Parser parser)
    {
        var current = parser.CurrentToken;
        return current.Type switch
        {
            SEMICOLON => At(current, DiagnosticCatalog.UnexpectedToken, "this ';' ends nothing; remove it"),
            CLOSE_PAREN or CLOSE_BRACKET => At(current, DiagnosticCatalog.UnbalancedBracket, $"this {Show(current)} closes nothing"),
            ELSE => At(current, DiagnosticCatalog.UnexpectedToken, "this 'else' does not follow the '}' of an 'if'"),
            OPEN_BRACE => At(current, DiagnosticCatalog.UnexpectedToken, "a block follows 'if', 'else', 'for' or 'scan'; it does not stand alone"),
            _ => At(current, DiagnosticCatalog.UnknownStatement, current.Text, ""),
        };
    }

    /// <summary>The current token cannot start a declaration.</summary>
    public Diagnostic NotADeclaration(Parser parser)
    {
        var current = parser.CurrentToken;
        return current.Type switch
        {
            CLOSE_BRACE or CLOSE_PAREN or CLOSE_BRACKET => At(current, DiagnosticCatalog.UnbalancedBracket, $"this {Show(current)} closes nothing"),
            SEMICOLON => At(current, DiagnosticCatalog.UnexpectedToken, "this ';' ends nothing; remove it"),
            IDENTIFIER => At(current, DiagnosticCatalog.UnknownDeclaration, current.Text, Suggestions.DidYouMean(current.Text, DeclarationWords)),
            INPUT or PARAM or STATE or FUNCTION or CHECK or WEIGHTS or IF or FOR or RETURN or YIELD =>
                At(current, DiagnosticCatalog.MisplacedStatement, current.Text, "stands inside a network, a layer or an optimizer, not outside of them"),
            _ => At(current, DiagnosticCatalog.UnknownDeclaration, current.Text, ""),
        };
    }

    private static string StatementHint(string word) => word switch
    {
        "var" or "let" or "const" or "val" or "auto" or "def" => "; a value is bound with 'name = …;' alone",
        "elif" or "elseif" or "elsif" => "; write 'else if'",
        "while" or "foreach" or "do" => "; the only loop is 'for x in items { … }'",
        "import" or "using" or "include" => "; another file is read with 'use \"file.net\";' at the top of the file",
        "fn" or "func" or "fun" => "; did you mean 'function'?",
        _ => Suggestions.DidYouMean(word, StatementWords),
    };

    private static string Phrase(int rule) => rule switch
    {
        RULE_useDirective => "this 'use'",
        RULE_namespaceDirective => "the namespace",
        RULE_networkDeclaration => "the network",
        RULE_functionEnd => "this function",
        RULE_variableDeclaration => "this declaration",
        RULE_returnStatement or RULE_yieldStatement => "the value",
        RULE_checkStatement => "this check",
        RULE_weightsStatement => "the path",
        _ => "this statement",
    };

    private static string BlockPhrase(RuleContext block)
    {
        var parent = block.RuleIndex == RULE_block ? block.Parent : block;
        return parent?.RuleIndex switch
        {
            RULE_ifStatement => "after the condition",
            RULE_forStatement => "after the items of the loop",
            RULE_layerDeclaration or RULE_gradientClause => "after the parameters",
            RULE_networkDeclaration => "after the network's name",
            RULE_optimizerDeclaration => "after the names of the parameter and its gradient",
            RULE_updatesClause => "after 'updates'",
            RULE_scan => "to start what each step does",
            _ => "to start a block",
        };
    }

    // A closer for which no bracket is open. (One of another kind that is open is an error of that bracket.)
    private static bool IsStrayCloser(Parser parser, int type, int expected)
    {
        if (type is not (CLOSE_PAREN or CLOSE_BRACKET) || expected != SEMICOLON)
            return false;
        for (RuleContext? context = parser.Context; context is not null && context.RuleIndex != RULE_statement; context = context.Parent)
            if (context.RuleIndex is RULE_arguments or RULE_group or RULE_parameterList or RULE_index or RULE_list or RULE_type)
                return false;
        return true;
    }

    private string ToClose(Parser parser, int closer) =>
        Opener(parser, closer) is { } opener
            ? $"to close the {Show(opener)} at {source.PositionOf(opener.StartIndex)}"
            : $"to close the bracket";

    // The bracket that the closer would close: the last one of its kind among the parts of the current rule.
    private static IToken? Opener(Parser parser, int closer)
    {
        var type = closer switch { CLOSE_PAREN => OPEN_PAREN, CLOSE_BRACKET => OPEN_BRACKET, _ => OPEN_BRACE };
        for (var i = parser.Context.ChildCount - 1; i >= 0; i--)
            if (parser.Context.GetChild(i) is ITerminalNode terminal && terminal.Symbol.Type == type)
                return terminal.Symbol;
        return null;
    }

    private static string After(IToken? previous) => previous is null ? "at the start of the file" : $"after {Show(previous)}";

    private static string Show(IToken token)
    {
        if (token.Type == TokenConstants.EOF)
            return "the end of the file";
        var text = token.Text;
        return text.Length > 30 ? $"'{text.Substring(0, 27)}…'" : $"'{text}'";
    }

    private static string Name(int type) => DefaultVocabulary.GetLiteralName(type) ?? "'" + DefaultVocabulary.GetSymbolicName(type).ToLowerInvariant() + "'";

    private static bool IsClosing(int type) => type is SEMICOLON or CLOSE_BRACE or CLOSE_PAREN or CLOSE_BRACKET or TokenConstants.EOF;

    private static bool IsOnSameLine(IToken? previous, IToken current) => previous is not null && previous.Line == current.Line;

    private static IToken? Previous(Parser parser) => ((ITokenStream)parser.InputStream).LT(-1);

    // What is missing belongs where the text before it ends, not at whatever follows, perhaps lines below.
    private Diagnostic AtGap(Parser parser, string expected, string where)
    {
        var previous = Previous(parser);
        var span = previous is null ? new TextSpan(0, 0) : GapAfter(previous);
        return Diagnostic.Create(DiagnosticCatalog.MissingToken, source.Locate(span), expected, where);
    }

    private Diagnostic At(IToken token, DiagnosticDescriptor descriptor, params object[] arguments) =>
        Diagnostic.Create(descriptor, source.Locate(SpanOf(token)), arguments);

    private static TextSpan GapAfter(IToken token) => new(token.StopIndex + 1, 0);

    private static TextSpan SpanOf(IToken token) => TextSpan.FromBounds(token.StartIndex, token.StopIndex + 1);
}
