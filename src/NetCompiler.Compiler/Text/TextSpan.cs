using System;
using System.Globalization;

namespace NetCompiler.Text;

/// <summary>A range of a source text, in UTF-16 units as Roslyn counts.</summary>
/// <param name="Start">The first unit.</param>
/// <param name="Length">The number of units; zero for a place between two units.</param>
public readonly record struct TextSpan(int Start, int Length)
{
    /// <summary>The unit after the last one.</summary>
    public int End => Start + Length;

    /// <summary>The span from <paramref name="start"/> up to, not including, <paramref name="end"/>.</summary>
    public static TextSpan FromBounds(int start, int end) => new(start, end - start);

    /// <summary>The smallest span that covers both.</summary>
    public TextSpan Union(TextSpan other) => FromBounds(Math.Min(Start, other.Start), Math.Max(End, other.End));

    /// <summary>Whether <paramref name="other"/> lies inside this span.</summary>
    public bool Contains(TextSpan other) => other.Start >= Start && other.End <= End;

    /// <inheritdoc/>
    public override string ToString() => string.Format(CultureInfo.InvariantCulture, "{0}..{1}", Start, End);
}

/// <summary>A place in a text by line and column, both counted from 0; columns in UTF-16 units.</summary>
/// <param name="Line">The line, from 0.</param>
/// <param name="Column">The column, from 0.</param>
public readonly record struct LinePosition(int Line, int Column)
{
    /// <summary>The place as people and editors count it: <c>(line,column)</c>, both from 1.</summary>
    public override string ToString() => string.Format(CultureInfo.InvariantCulture, "({0},{1})", Line + 1, Column + 1);
}

/// <summary>A span of a named file, with its lines and columns: a value that needs no text to be shown.</summary>
/// <param name="Path">The file.</param>
/// <param name="Span">The span in UTF-16 units.</param>
/// <param name="Start">The line and column of the first unit.</param>
/// <param name="End">The line and column after the last unit.</param>
public readonly record struct SourceLocation(string Path, TextSpan Span, LinePosition Start, LinePosition End)
{
    /// <summary><c>path(line,column)</c>, counted from 1.</summary>
    public override string ToString() => Path + Start;

    /// <summary>The same with the file's name alone: for what goes into emitted code, which does not depend on the folder it is built in.</summary>
    public string WithoutFolder => Path.Substring(Path.LastIndexOfAny(['/', '\\']) + 1) + Start;
}
