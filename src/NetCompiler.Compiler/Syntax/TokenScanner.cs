using System.Collections.Generic;
using Antlr4.Runtime;
using NetCompiler.Text;
using static NetCompiler.Syntax.Generated.NetParser;

namespace NetCompiler.Syntax;

/// <summary>The tokens of a file, ready for the parser, and what stands beside them.</summary>
/// <param name="Tokens">All tokens but comments, the end of the file last.</param>
/// <param name="Documentation">The text of the doc comment before a token, by the token's start.</param>
/// <param name="Damage">Spans of text already reported as wrong: a syntax error next to one of them is its echo.</param>
internal sealed record ScannedTokens(List<IToken> Tokens, Dictionary<int, string> Documentation, List<TextSpan> Damage);

/// <summary>
/// Turns text into tokens: runs the lexer, reports text that is no token (and puts the nearest thing that is one in its
/// place), collects doc comments, and decides which contextual words are keywords.
/// </summary>
internal sealed class TokenScanner
{
    private readonly SourceText _source;
    private readonly DiagnosticBag _diagnostics;
    private readonly List<IToken> _tokens = [];
    private readonly Dictionary<int, string> _documentation = [];
    private readonly List<TextSpan> _damage = [];

    private TokenScanner(SourceText source, DiagnosticBag diagnostics) => (_source, _diagnostics) = (source, diagnostics);

    public static ScannedTokens Scan(SourceText source, DiagnosticBag diagnostics)
    {
        var scanner = new TokenScanner(source, diagnostics);
        scanner.ReadTokens();
        ContextualWords.Resolve(scanner._tokens);
        return new ScannedTokens(scanner._tokens, scanner._documentation, scanner._damage);
    }

    private void ReadTokens()
    {
        // Not CharStreams, which counts code points: all positions are UTF-16 units, as in Roslyn.
        var lexer = new Generated.NetLexer(new AntlrInputStream(_source.Text));
        lexer.RemoveErrorListeners();
        var comments = new List<string>();
        var strayEnd = -1;
        var commentedLine = -1;
        for (var token = lexer.NextToken(); ; token = lexer.NextToken())
        {
            if (token.Type == DOC_COMMENT)
            {
                var text = token.Text;
                if (text.Length == 3 || text[3] != '/')
                    comments.Add(text.Substring(text.Length > 3 && text[3] == ' ' ? 4 : 3).TrimEnd());
                continue;
            }
            if (token.Channel != TokenConstants.DefaultChannel)
                continue;
            if (token.Line == commentedLine && token.Type != TokenConstants.EOF)
                continue;
            if (token.Type == UNTERMINATED_COMMENT)
            {
                Damage(DiagnosticCatalog.UnterminatedComment, TextSpan.FromBounds(token.StartIndex, token.StartIndex + 2));
                _damage[_damage.Count - 1] = TextSpan.FromBounds(token.StartIndex, _source.Text.Length);
                _tokens.Add(EndOfFile());
                return;
            }
            if (token.Type == STRAY)
            {
                // A run of strange characters (a word in another script) is one mistake.
                if (token.StartIndex != strayEnd)
                    ReportStray(token);
                else
                    _damage[_damage.Count - 1] = TextSpan.FromBounds(_damage[_damage.Count - 1].Start, token.StopIndex + 1);
                strayEnd = token.StopIndex + 1;
                // What follows is the comment that a Python programmer meant.
                if (_source.Text[token.StartIndex] == '#')
                    commentedLine = token.Line;
                continue;
            }
            if (!Admit((CommonToken)token))
                continue;
            if (comments.Count > 0)
            {
                _documentation[token.StartIndex] = string.Join("\n", comments).Trim('\n');
                comments.Clear();
            }
            _tokens.Add(token);
            if (token.Type == TokenConstants.EOF)
                return;
        }
    }

    private CommonToken EndOfFile()
    {
        var end = _source.PositionOf(_source.Text.Length);
        return new CommonToken(TokenConstants.EOF, "<EOF>")
        {
            StartIndex = _source.Text.Length,
            StopIndex = _source.Text.Length - 1,
            Line = end.Line + 1,
            Column = end.Column,
        };
    }

    // Reports a token that is almost one, and gives it the type it was meant to have. False: no type fits, leave it out.
    private bool Admit(CommonToken token)
    {
        switch (token.Type)
        {
            case MALFORMED_NUMBER:
                Damage(DiagnosticCatalog.MalformedNumber, SpanOf(token), token.Text, NumberHint(token.Text));
                token.Type = NUMBER;
                return true;
            case UNTERMINATED_STRING:
                Damage(DiagnosticCatalog.UnterminatedString, SpanOf(token));
                token.Type = STRING;
                return true;
            case SINGLE_QUOTED:
                Damage(DiagnosticCatalog.StrayCharacter, new TextSpan(token.StartIndex, 1), "\"'\"", "; strings stand in double quotes");
                token.Type = STRING;
                return true;
            case FOREIGN_OPERATOR:
                var (type, hint) = ForeignOperator(token.Text);
                Damage(DiagnosticCatalog.ForeignOperator, SpanOf(token), token.Text, hint);
                token.Type = type;
                return type != TokenConstants.InvalidType;
            default:
                return true;
        }
    }

    private static (int Type, string Hint) ForeignOperator(string text) => text switch
    {
        "&&" or "&" => (AND, "write 'and'"),
        "||" or "|" => (OR, "write 'or', or '|>' for a pipeline"),
        "!" or "~" => (NOT, "write 'not'"),
        "^" => (POWER, "a power is written 'a ** b'"),
        "=>" => (ARROW, "the results of a function follow '->'"),
        "?" => (TokenConstants.InvalidType, "a choice is written 'if c then a else b'"),
        _ => (ASSIGN, $"write 'x = x {text.TrimEnd('=')} …'"),
    };

    private static string NumberHint(string text)
    {
        var last = text[text.Length - 1];
        if (text.StartsWith("0x", System.StringComparison.OrdinalIgnoreCase))
            return "; numbers are decimal";
        if (last is 'f' or 'F' or 'd' or 'D' or 'L' or 'l' && IsDigits(text, text.Length - 1))
            return "; leave out the letter at its end: the type of a number follows from its use";
        if (last is 'k' or 'm' or 'g' or 't' && IsDigits(text, text.Length - 1))
            return $"; did you mean '{text.Substring(0, text.Length - 1)}{char.ToUpperInvariant(last)}'?";
        return "; a name cannot start with a digit";
    }

    private static bool IsDigits(string text, int length)
    {
        for (var i = 0; i < length; i++)
            if (text[i] is not (>= '0' and <= '9' or '.' or '_'))
                return false;
        return true;
    }

    private void ReportStray(IToken token)
    {
        var start = token.StartIndex;
        var c = _source.Text[start];
        var isPair = char.IsHighSurrogate(c) && start + 1 < _source.Text.Length && char.IsLowSurrogate(_source.Text[start + 1]);
        var code = isPair ? char.ConvertToUtf32(c, _source.Text[start + 1]) : c;
        var shown = char.IsControl(c) || char.IsWhiteSpace(c) || (char.IsSurrogate(c) && !isPair) ? "" : $"'{char.ConvertFromUtf32(code)}' ";
        Damage(DiagnosticCatalog.StrayCharacter, new TextSpan(start, 1), $"{shown}(U+{code:X4})", StrayHint(c));
    }

    private static string StrayHint(char c) => c switch
    {
        '#' => "; comments start with '//'",
        '\'' or '“' or '”' or '„' or '‘' or '’' or '«' or '»' => "; strings stand between two '\"'",
        '−' or '–' or '—' => "; did you mean '-'?",
        '×' or '·' => "; did you mean '*'?",
        '÷' => "; did you mean '/'?",
        '→' => "; did you mean '->'?",
        '≤' => "; did you mean '<='?",
        '≥' => "; did you mean '>='?",
        '≠' => "; did you mean '!='?",
        '…' => "; did you mean '...'?",
        _ when char.IsWhiteSpace(c) => "; write an ordinary blank",
        _ when char.IsLetter(c) => "; names are made of the letters a to z, digits and '_'",
        _ => "",
    };

    private void Damage(DiagnosticDescriptor descriptor, TextSpan span, params object[] arguments)
    {
        _damage.Add(span);
        _diagnostics.Report(descriptor, _source.Locate(span), arguments);
    }

    private static TextSpan SpanOf(CommonToken token) => TextSpan.FromBounds(token.StartIndex, token.StopIndex + 1);
}
