using System.Collections.Generic;
using Antlr4.Runtime;
using NetCompiler.Text;
using static NetCompiler.Syntax.Generated.NetParser;

namespace NetCompiler.Syntax;

/// <summary>
/// What the parser does at an error: one message in the reader's words, then on to the nearest place where parsing can
/// resume. From the error until the next token that fits, the strategy keeps silent (<see cref="_recovering"/>), so that
/// one mistake gives one error. Rules between the error and that place end with made-up tokens; nothing is thrown past the
/// rule where it happened.
/// </summary>
internal sealed class ErrorStrategy(SourceText source, ScannedTokens scanned, DiagnosticBag diagnostics) : IAntlrErrorStrategy
{
    private readonly ErrorMessages _messages = new(source);
    private bool _recovering;

    public void Reset(Parser recognizer) => _recovering = false;

    public bool InErrorRecoveryMode(Parser recognizer) => _recovering;

    public void ReportMatch(Parser recognizer) => _recovering = false;

    /// <summary>Called where a decision found no alternative for the current token.</summary>
    public void ReportError(Parser recognizer, RecognitionException e)
    {
        if (!_recovering)
            Report(recognizer, _messages.NoAlternative(recognizer));
        _recovering = true;
    }

    /// <summary>Called after <see cref="ReportError"/>, in the same rule, which ends afterwards.</summary>
    public void Recover(Parser recognizer, RecognitionException e)
    {
        var endsHere = recognizer.Context.RuleIndex == RULE_functionEnd && CanEndStatement(recognizer);
        if (!endsHere)
            SkipToSafePlace(recognizer);
    }

    /// <summary>Called where one particular token must stand and another one does; returns what to use in its place.</summary>
    public IToken RecoverInline(Parser recognizer)
    {
        var expected = recognizer.GetExpectedTokens().MinElement;
        var current = recognizer.CurrentToken;
        if (!_recovering)
        {
            Report(recognizer, _messages.Missing(recognizer, expected));
            _recovering = true;
            if (IsReplaced(recognizer, expected))
            {
                recognizer.Consume();
                return MakeUp(recognizer, expected, expected == IDENTIFIER ? current.Text : "");
            }
            if (!CanBeMadeUp(recognizer, expected))
                SkipToSafePlace(recognizer);
        }
        // A block without '{' must not swallow the statements after it: leave its rule.
        if (expected == OPEN_BRACE && recognizer.CurrentToken.Type != OPEN_BRACE)
            throw new InputMismatchException(recognizer);
        if (recognizer.CurrentToken.Type == expected)
        {
            var token = recognizer.CurrentToken;
            ReportMatch(recognizer);
            recognizer.Consume();
            return token;
        }
        return MakeUp(recognizer, expected, "");
    }

    /// <summary>Called before each turn of a loop. Lists of statements and declarations skip what cannot start one.</summary>
    public void Sync(Parser recognizer)
    {
        switch (recognizer.Context.RuleIndex)
        {
            case RULE_block:
                while (!StartsStatement(recognizer.CurrentToken.Type) && !EndsBlock(recognizer.CurrentToken.Type))
                    SkipNonStatement(recognizer);
                break;
            case RULE_compilationUnit:
                while (!StartsDeclaration(recognizer.CurrentToken.Type) && recognizer.CurrentToken.Type != TokenConstants.EOF)
                    SkipNonDeclaration(recognizer);
                break;
        }
    }

    private void SkipNonStatement(Parser recognizer)
    {
        var type = recognizer.CurrentToken.Type;
        if (!_recovering)
            Report(recognizer, _messages.NotAStatement(recognizer));
        _recovering = true;
        if (type == OPEN_BRACE)
        {
            ((Generated.NetParser)recognizer).block();
            if (recognizer.CurrentToken.Type == SEMICOLON)
                recognizer.Consume();
            return;
        }
        recognizer.Consume();
        if (type == SEMICOLON)
            _recovering = false;
        else if (type is not (CLOSE_PAREN or CLOSE_BRACKET))
            SkipToSafePlace(recognizer);
    }

    private void SkipNonDeclaration(Parser recognizer)
    {
        if (!_recovering)
            Report(recognizer, _messages.NotADeclaration(recognizer));
        _recovering = true;
        while (!StartsDeclaration(recognizer.CurrentToken.Type))
        {
            switch (recognizer.CurrentToken.Type)
            {
                case TokenConstants.EOF:
                    return;
                case OPEN_BRACE:
                    ((Generated.NetParser)recognizer).block();
                    _recovering = false;
                    return;
                case SEMICOLON or CLOSE_BRACE:
                    recognizer.Consume();
                    _recovering = false;
                    return;
                default:
                    recognizer.Consume();
                    break;
            }
        }
    }

    // Skips to a token at which one of the rules under way can go on: the closer of the innermost bracket, a block, the end
    // of the statement, or what can only be the start of the next one.
    private static void SkipToSafePlace(Parser recognizer)
    {
        int? closer = null;
        RuleContext? context = recognizer.Context;
        var column = 0;
        for (; context is not null; context = context.Parent)
        {
            closer ??= context.RuleIndex switch
            {
                RULE_parameterList or RULE_arguments or RULE_group => CLOSE_PAREN,
                RULE_index or RULE_list or RULE_type => CLOSE_BRACKET,
                _ => null,
            };
            if (context.RuleIndex is RULE_statement or RULE_declaration)
            {
                column = ((ParserRuleContext)context).Start.Column;
                break;
            }
        }
        var depth = 0;
        while (true)
        {
            var token = recognizer.CurrentToken;
            switch (token.Type)
            {
                case TokenConstants.EOF or SEMICOLON or CLOSE_BRACE or OPEN_BRACE:
                case ARROW when context?.RuleIndex == RULE_statement && closer == CLOSE_PAREN && depth == 0:
                    return;
                case CLOSE_PAREN or CLOSE_BRACKET when depth == 0 && token.Type == closer:
                    return;
                case OPEN_PAREN or OPEN_BRACKET:
                    depth++;
                    break;
                case CLOSE_PAREN or CLOSE_BRACKET when depth > 0:
                    depth--;
                    break;
                default:
                    if (StartsDeclaration(token.Type) || StartsLineLikeStatement(recognizer, column))
                        return;
                    break;
            }
            recognizer.Consume();
        }
    }

    // The first token of a line that is not indented deeper than the statement in which the error is, and could start another.
    private static bool StartsLineLikeStatement(Parser recognizer, int column)
    {
        var token = recognizer.CurrentToken;
        if (!StartsLine(recognizer))
            return false;
        return IsStatementKeyword(token.Type) || (token.Column <= column && token.Type is IDENTIFIER or IF or FOR);
    }

    private static bool StartsLine(Parser recognizer)
    {
        var previous = ((ITokenStream)recognizer.InputStream).LT(-1);
        return previous is null || previous.Line < recognizer.CurrentToken.Line;
    }

    private static bool CanEndStatement(Parser recognizer)
    {
        var type = recognizer.CurrentToken.Type;
        return type is CLOSE_BRACE or TokenConstants.EOF || StartsDeclaration(type) || IsStatementKeyword(type)
            || (StartsLine(recognizer) && StartsStatement(type));
    }

    // Whether parsing can go on as if the expected token stood before the current one.
    private static bool CanBeMadeUp(Parser recognizer, int expected)
    {
        var current = recognizer.CurrentToken.Type;
        return expected switch
        {
            CLOSE_BRACE => true,
            SEMICOLON => CanEndStatement(recognizer),
            CLOSE_PAREN => current is OPEN_BRACE or ARROW or SEMICOLON or CLOSE_BRACKET || CanEndStatement(recognizer),
            CLOSE_BRACKET => current is OPEN_BRACE or SEMICOLON or CLOSE_PAREN || CanEndStatement(recognizer),
            IDENTIFIER => current is COLON or ASSIGN or COMMA or OPEN_PAREN or OPEN_BRACE or CLOSE_PAREN or SEMICOLON or IN,
            IN or THEN or ASSIGN or COMMA => current is IDENTIFIER or NUMBER or OPEN_PAREN or OPEN_BRACKET or STRING or MINUS,
            _ => false,
        };
    }

    // Whether the current token was written in place of the expected one: '=' or 'of' for 'in', a keyword for a name,
    // the wrong closing bracket.
    private static bool IsReplaced(Parser recognizer, int expected)
    {
        var current = recognizer.CurrentToken.Type;
        var next = ((ITokenStream)recognizer.InputStream).LA(2);
        return expected switch
        {
            IN => current is ASSIGN or COLON or IDENTIFIER && next is IDENTIFIER or NUMBER or OPEN_BRACKET or OPEN_PAREN,
            IDENTIFIER => IsReserved(current) && !(current == IN && recognizer.Context.RuleIndex is RULE_forStatement or RULE_scanSequence),
            CLOSE_PAREN => current == CLOSE_BRACKET && !Encloses(recognizer, RULE_index, RULE_list, RULE_type),
            CLOSE_BRACKET => current == CLOSE_PAREN && !Encloses(recognizer, RULE_arguments, RULE_group, RULE_parameterList),
            _ => false,
        };
    }

    private static bool Encloses(Parser recognizer, int first, int second, int third)
    {
        for (var context = recognizer.Context.Parent; context is not null && context.RuleIndex != RULE_statement; context = context.Parent)
            if (context.RuleIndex == first || context.RuleIndex == second || context.RuleIndex == third)
                return true;
        return false;
    }

    private static CommonToken MakeUp(Parser recognizer, int type, string text)
    {
        var previous = ((ITokenStream)recognizer.InputStream).LT(-1) ?? recognizer.CurrentToken;
        return new CommonToken(type, text)
        {
            StartIndex = previous.StopIndex + 1,
            StopIndex = previous.StopIndex,
            Line = previous.Line,
            Column = previous.Column,
        };
    }

    // An error next to text that is already reported as damaged is the echo of it.
    private void Report(Parser recognizer, Diagnostic diagnostic)
    {
        var previous = ((ITokenStream)recognizer.InputStream).LT(-1);
        var around = TextSpan.FromBounds(previous?.StartIndex ?? 0, recognizer.CurrentToken.StopIndex + 1);
        foreach (var damage in scanned.Damage)
            if (damage.Start <= around.End && damage.End > around.Start)
                return;
        diagnostics.Report(diagnostic);
    }

    internal static bool IsReserved(int type) => type is >= IF and <= FALSE;

    private static bool StartsDeclaration(int type) => type is USE or NAMESPACE or NETWORK or LAYER or OPTIMIZER;

    private static bool IsStatementKeyword(int type) => type is INPUT or PARAM or STATE or FUNCTION or CHECK or WEIGHTS or RETURN or YIELD;

    private static bool StartsStatement(int type) =>
        IsStatementKeyword(type) || type is IF or FOR or IDENTIFIER or NUMBER or STRING or TRUE or FALSE or NOT or PLUS or MINUS
            or OPEN_PAREN or OPEN_BRACKET or SCAN;

    private static bool EndsBlock(int type) => type is CLOSE_BRACE or TokenConstants.EOF || StartsDeclaration(type);
}
