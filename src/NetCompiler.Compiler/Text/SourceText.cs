using System;
using System.Collections.Generic;

namespace NetCompiler.Text;

/// <summary>The text of one <c>.net</c> file. Two are equal when path and text are.</summary>
/// <param name="Path">The path as it appears in diagnostics.</param>
/// <param name="Text">The whole text.</param>
public sealed record SourceText(string Path, string Text)
{
    private int[]? _lineStarts;

    /// <summary>Where each line starts. Lines end with <c>\n</c>, <c>\r\n</c> or a lone <c>\r</c>, as Roslyn has it.</summary>
    private int[] LineStarts => _lineStarts ??= FindLineStarts(Text);

    /// <summary>The number of lines; an empty text has one.</summary>
    public int LineCount => LineStarts.Length;

    /// <summary>The line and column of a position; positions outside the text are moved to its nearest end.</summary>
    public LinePosition PositionOf(int offset)
    {
        offset = Math.Max(0, Math.Min(offset, Text.Length));
        var line = Array.BinarySearch(LineStarts, offset);
        if (line < 0)
            line = ~line - 1;
        return new LinePosition(line, offset - LineStarts[line]);
    }

    /// <summary>A span of this text as a value that stands on its own.</summary>
    public SourceLocation Locate(TextSpan span) => new(Path, span, PositionOf(span.Start), PositionOf(span.End));

    /// <summary>The text of a span.</summary>
    public string Slice(TextSpan span) => Text.Substring(span.Start, span.Length);

    /// <summary>Whether path and text are the same.</summary>
    public bool Equals(SourceText? other) =>
        other is not null && (ReferenceEquals(this, other) || (Path == other.Path && Text == other.Text));

    /// <inheritdoc/>
    public override int GetHashCode() => unchecked(StringComparer.Ordinal.GetHashCode(Path) * 31 + StringComparer.Ordinal.GetHashCode(Text));

    private static int[] FindLineStarts(string text)
    {
        var starts = new List<int> { 0 };
        for (var i = 0; i < text.Length; i++)
            if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.Length || text[i + 1] != '\n')))
                starts.Add(i + 1);
        return [.. starts];
    }
}
