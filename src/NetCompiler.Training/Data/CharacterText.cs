using System.Text;

namespace NetCompiler.Training;

/// <summary>A text as numbers: each character of an alphabet is a symbol, numbered in the order of its code.</summary>
public sealed class CharacterText
{
    readonly int[] _symbols;
    readonly char[] _characters;

    /// <summary>The 96 characters of plain English text: the line feed, and those from space to tilde.</summary>
    public static string Ascii { get; } = "\n" + string.Concat(Enumerable.Range(' ', '~' - ' ' + 1).Select(code => (char)code));

    /// <summary>Numbers the characters of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="alphabet">The characters that it may have; those that occur in it unless given.</param>
    /// <exception cref="ArgumentException">The text is empty, or has a character that is not in the alphabet.</exception>
    public CharacterText(string text, string? alphabet = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        _characters = [.. (alphabet ?? text).Distinct().Order()];
        _symbols = Encode(text);
    }

    /// <summary>The number of characters in the alphabet.</summary>
    public int Vocabulary => _characters.Length;

    /// <summary>The whole text as symbols.</summary>
    public ReadOnlySpan<int> Symbols => _symbols;

    /// <summary>The symbols of a text.</summary>
    /// <exception cref="ArgumentException">A character is not in the alphabet.</exception>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. text.Select(character => Array.BinarySearch(_characters, character) is >= 0 and var symbol
            ? symbol
            : throw new ArgumentException($"the character '{character}' (U+{(int)character:X4}) is not one of the {Vocabulary} of the alphabet", nameof(text)))];
    }

    /// <summary>The text of symbols.</summary>
    public string Decode(ReadOnlySpan<int> symbols)
    {
        var text = new StringBuilder(symbols.Length);
        foreach (int symbol in symbols)
            text.Append(_characters[symbol]);
        return text.ToString();
    }

    /// <summary>
    /// Walks through a part of the text in <paramref name="streams"/> places at once, <paramref name="steps"/> symbols at a time:
    /// what follows in a stream is in the next window, so that a recurrent state can be carried on (truncated back-propagation
    /// through time). What fills no whole window is left out.
    /// </summary>
    /// <param name="start">The first symbol of the part.</param>
    /// <param name="count">The symbols of the part.</param>
    /// <param name="steps">T.</param>
    /// <param name="streams">N.</param>
    /// <returns>Symbols and those that follow them, each [T, N]; valid until the next window is asked for.</returns>
    public IEnumerable<(int[] Text, int[] Next)> Windows(int start, int count, int steps, int streams)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(streams);
        if (start < 0 || count < 0 || start > _symbols.Length - count)
            throw new ArgumentOutOfRangeException(nameof(count), count, $"symbols {start} to {start + (long)count} are not within the {_symbols.Length} there are");
        return Walk(start, count, steps, streams);
    }

    IEnumerable<(int[] Text, int[] Next)> Walk(int start, int count, int steps, int streams)
    {
        int length = (count - 1) / streams;
        var (text, next) = (new int[steps * streams], new int[steps * streams]);
        for (var first = 0; first + steps <= length; first += steps)
        {
            for (var stream = 0; stream < streams; stream++)
            {
                for (var step = 0; step < steps; step++)
                {
                    int at = start + stream * length + first + step;
                    text[step * streams + stream] = _symbols[at];
                    next[step * streams + stream] = _symbols[at + 1];
                }
            }
            yield return (text, next);
        }
    }
}
