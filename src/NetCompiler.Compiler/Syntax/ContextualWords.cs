using System.Collections.Generic;
using Antlr4.Runtime;
using static NetCompiler.Syntax.Generated.NetParser;

namespace NetCompiler.Syntax;

/// <summary>
/// Decides which of the contextual words (listed at the top of the grammar) are keywords where they stand, by the tokens on
/// both sides. Two names in a row are never valid otherwise, which is why looking at neighbours is enough.
/// </summary>
internal static class ContextualWords
{
    private enum Place
    {
        Declaration,
        Statement,
        Clause,
        Gradient,
        Direction,
    }

    private static readonly Dictionary<string, (int Type, Place Place)> Words = new()
    {
        ["namespace"] = (NAMESPACE, Place.Declaration),
        ["network"] = (NETWORK, Place.Declaration),
        ["layer"] = (LAYER, Place.Declaration),
        ["optimizer"] = (OPTIMIZER, Place.Declaration),
        ["use"] = (USE, Place.Declaration),
        ["input"] = (INPUT, Place.Statement),
        ["param"] = (PARAM, Place.Statement),
        ["state"] = (STATE, Place.Statement),
        ["function"] = (FUNCTION, Place.Statement),
        ["check"] = (CHECK, Place.Statement),
        ["weights"] = (WEIGHTS, Place.Statement),
        ["minimizing"] = (MINIMIZING, Place.Clause),
        ["over"] = (OVER, Place.Clause),
        ["with"] = (WITH, Place.Clause),
        ["clipping"] = (CLIPPING, Place.Clause),
        ["scaling"] = (SCALING, Place.Clause),
        ["updates"] = (UPDATES, Place.Clause),
        ["from"] = (FROM, Place.Clause),
        ["gradient"] = (GRADIENT, Place.Gradient),
        ["reverse"] = (REVERSE, Place.Direction),
    };

    /// <summary>Gives every contextual word in <paramref name="tokens"/> the type it has where it stands.</summary>
    public static void Resolve(List<IToken> tokens)
    {
        var braces = 0;
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            if (token.Type == OPEN_BRACE)
                braces++;
            else if (token.Type == CLOSE_BRACE && braces > 0)
                braces--;
            else if (token.Type == IDENTIFIER && Words.TryGetValue(token.Text, out var word))
            {
                var before = i == 0 ? SEMICOLON : tokens[i - 1].Type;
                var after = tokens[i + 1].Type;
                var startsLine = i == 0 || tokens[i - 1].Line < token.Line;
                if (IsKeyword(word.Type, word.Place, before, after, startsLine, braces))
                    ((CommonToken)token).Type = word.Type;
            }
        }
    }

    private static bool IsKeyword(int type, Place place, int before, int after, bool startsLine, int braces)
    {
        var startsStatement = before is SEMICOLON or OPEN_BRACE or CLOSE_BRACE;
        return place switch
        {
            // Between declarations the words stay keywords whatever follows, so that 'network {' misses a name.
            Place.Declaration when type == USE => (startsStatement || startsLine) && (after == STRING || braces == 0),
            Place.Declaration => (startsStatement || startsLine) && (after == IDENTIFIER || braces == 0),
            Place.Statement when type == WEIGHTS => (startsStatement || startsLine) && after == STRING,
            // A line that starts with two names is a new statement, even if the ';' before it is missing.
            Place.Statement => startsStatement
                ? after is not (ASSIGN or COMMA or DOT)
                : startsLine && after == IDENTIFIER,
            Place.Clause when before == CLOSE_BRACE => type == UPDATES
                ? after == OPEN_BRACE
                : after is IDENTIFIER or NUMBER or STRING,
            // 'minimizing with sgd(1)' misses a loss; it does not minimize something called 'with'.
            Place.Clause when before is MINIMIZING or OVER or WITH or CLIPPING or SCALING => after is IDENTIFIER or NUMBER or STRING,
            Place.Clause => before is IDENTIFIER or NUMBER or STRING or TRUE or FALSE or CLOSE_PAREN or CLOSE_BRACKET && after != ASSIGN,
            Place.Direction => before == SCAN && after == IDENTIFIER,
            _ => before == CLOSE_BRACE && after == OPEN_PAREN && braces == 0,
        };
    }
}
