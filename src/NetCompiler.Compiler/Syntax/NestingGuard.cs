using System;
using System.Collections.Generic;
using Antlr4.Runtime;
using static NetCompiler.Syntax.Generated.NetParser;

namespace NetCompiler.Syntax;

/// <summary>
/// Bounds the depth of the tree before it is built: the parser and all that walk the tree recurse, and a stack overflow
/// cannot be caught. Counts, for each place, the brackets around it and the operators of the expressions they stand in.
/// </summary>
internal static class NestingGuard
{
    /// <summary>The greatest depth; no readable program has a tenth of it.</summary>
    public const int Limit = 500;

    // One bracket costs the parser a call for each level of precedence, one operator a call or two.
    private const int BracketWeight = 5;

    // A bracket that is open: operators since its last separator, and the deepest bracket closed since then.
    private struct Level
    {
        public int Closer;
        public int Operators;
        public int Deepest;
        public int Result;

        public void EndSegment()
        {
            Result = Math.Max(Result, Operators + Deepest);
            Operators = Deepest = 0;
        }
    }

    /// <summary>The first token that is too deep, or null.</summary>
    public static IToken? FindTooDeep(List<IToken> tokens)
    {
        var enclosing = new Stack<Level>();
        var level = new Level();
        var open = 0; // the weight of all enclosing levels
        for (var i = 0; i < tokens.Count; i++)
        {
            var type = tokens[i].Type;
            switch (type)
            {
                case OPEN_PAREN or OPEN_BRACKET or OPEN_BRACE:
                    level.Operators++;
                    open += level.Operators + BracketWeight;
                    enclosing.Push(level);
                    level = new Level { Closer = type switch { OPEN_PAREN => CLOSE_PAREN, OPEN_BRACKET => CLOSE_BRACKET, _ => CLOSE_BRACE } };
                    break;
                case CLOSE_PAREN or CLOSE_BRACKET or CLOSE_BRACE:
                    // A closer without partner is ignored, as the parser skips it; only '}' ends brackets left open inside.
                    while (enclosing.Count > 0 && (level.Closer == type || type == CLOSE_BRACE))
                    {
                        var closed = level.Closer;
                        level.EndSegment();
                        var depth = level.Result + BracketWeight;
                        level = enclosing.Pop();
                        open -= level.Operators + BracketWeight;
                        level.Deepest = Math.Max(level.Deepest, depth);
                        if (closed == type)
                            break;
                    }
                    // After a block a new statement starts, unless the next token carries this one on.
                    if (type == CLOSE_BRACE && tokens[i + 1].Type is not (ELSE or PIPE or PLUS or MINUS or STAR or OPEN_PAREN or OPEN_BRACKET or DOT))
                        level.EndSegment();
                    break;
                case COMMA or SEMICOLON:
                    level.EndSegment();
                    break;
                case PIPE or OR or AND or NOT or EQUAL or NOT_EQUAL or LESS or LESS_OR_EQUAL or GREATER or GREATER_OR_EQUAL or RANGE
                    or PLUS or MINUS or STAR or SLASH or PERCENT or AT or POWER or DOT or IF or ELSE or SCAN:
                    level.Operators++;
                    break;
            }
            if (open + level.Operators + level.Deepest > Limit)
                return tokens[i];
        }
        return null;
    }

}
