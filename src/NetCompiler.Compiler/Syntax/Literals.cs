using System;
using System.Globalization;
using System.Text;

namespace NetCompiler.Syntax;

internal enum NumberKind
{
    /// <summary>No number: the scanner reported it.</summary>
    Malformed,
    Whole,
    Real,
    WholeTooLarge,
    RealTooLarge,
}

/// <summary>The value of a NUMBER token.</summary>
internal readonly record struct NumberValue(NumberKind Kind, long Whole = 0, double Real = 0)
{
    /// <summary>
    /// Reads a number. K, M, G, T at its end are powers of 1000; KB, MB, GB, TB powers of 1024, as memory is counted. A
    /// product that is whole is a whole number: 1.5M.
    /// </summary>
    public static NumberValue Parse(string text)
    {
        text = text.Replace("_", "");
        var unit = text.EndsWith("B", StringComparison.Ordinal) ? 1024L : 1000L;
        var length = unit == 1024 ? text.Length - 1 : text.Length;
        var power = length > 0 ? "KMGT".IndexOf(text[length - 1]) + 1 : 0;
        var factor = 1L;
        for (var i = 0; i < power; i++)
            factor *= unit;
        if (power > 0)
            text = text.Substring(0, length - 1);
        if (text.Length == 0 || text.TrimStart('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '.', 'e', 'E', '+', '-').Length > 0
            || !char.IsDigit(text[text.Length - 1]))
            return new NumberValue(NumberKind.Malformed);
        if (text.IndexOfAny(['.', 'e', 'E']) < 0)
        {
            return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var whole) && whole <= long.MaxValue / factor
                ? new NumberValue(NumberKind.Whole, Whole: whole * factor)
                : new NumberValue(NumberKind.WholeTooLarge);
        }
        // The .NET Framework refuses what newer runtimes read as infinity.
        if (!double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var real)
            || double.IsInfinity(real * factor))
            return new NumberValue(NumberKind.RealTooLarge);
        real *= factor;
        // 2^53: beyond it a double no longer tells neighbouring whole numbers apart.
        return power > 0 && real == Math.Floor(real) && real <= 9007199254740992.0
            ? new NumberValue(NumberKind.Whole, Whole: (long)real)
            : new NumberValue(NumberKind.Real, Real: real);
    }
}

/// <summary>Resolves the escapes of a string.</summary>
internal static class StringEscapes
{
    /// <summary>The text that <paramref name="content"/> stands for; calls <paramref name="invalid"/> (offset, length) for each escape that is none.</summary>
    public static string Resolve(string content, Action<int, int> invalid)
    {
        if (content.IndexOf('\\') < 0)
            return content;
        var text = new StringBuilder(content.Length);
        for (var i = 0; i < content.Length; i++)
        {
            if (content[i] != '\\')
            {
                text.Append(content[i]);
                continue;
            }
            // A backslash at the very end belongs to a string without end, which is reported.
            if (++i == content.Length)
                break;
            switch (content[i])
            {
                case '"' or '\\':
                    text.Append(content[i]);
                    break;
                case 'n':
                    text.Append('\n');
                    break;
                case 't':
                    text.Append('\t');
                    break;
                case 'r':
                    text.Append('\r');
                    break;
                case '0':
                    text.Append('\0');
                    break;
                case 'u' when i + 4 < content.Length
                              && ushort.TryParse(content.Substring(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit):
                    text.Append((char)unit);
                    i += 4;
                    break;
                default:
                    invalid(i - 1, 2);
                    break;
            }
        }
        return text.ToString();
    }
}
