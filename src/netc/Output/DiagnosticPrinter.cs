using System.Globalization;
using System.Text;
using NetCompiler.Text;
using Spectre.Console;

namespace NetCompiler.CommandLine.Output;

/// <summary>Prints diagnostics with the line of the source and a mark under the place.</summary>
/// <param name="console">Where.</param>
/// <param name="sources">The texts by path, as far as they are known.</param>
internal sealed class DiagnosticPrinter(IAnsiConsole console, IReadOnlyDictionary<string, SourceText> sources)
{
    const int TabWidth = 4, Margin = 12;

    /// <summary>One diagnostic with its notes.</summary>
    public void Print(Diagnostic diagnostic)
    {
        var (word, colour) = diagnostic.Severity switch
        {
            DiagnosticSeverity.Error => ("error", "red"),
            DiagnosticSeverity.Warning => ("warning", "yellow"),
            _ => ("info", "blue"),
        };
        Line($"[bold]{Markup.Escape(diagnostic.Location.ToString())}:[/] [{colour} bold]{word} {diagnostic.Code}:[/] ", diagnostic.Message);
        Excerpt(diagnostic.Location, colour);
        foreach (var note in diagnostic.Notes)
        {
            Line($"[bold]{Markup.Escape(note.Location.ToString())}:[/] [cyan bold]note:[/] ", note.Message);
            Excerpt(note.Location, "cyan");
        }
    }

    /// <summary>How many errors and warnings there are, as a sentence.</summary>
    public static string Count(IEnumerable<Diagnostic> diagnostics)
    {
        int errors = diagnostics.Count(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
        int warnings = diagnostics.Count(diagnostic => diagnostic.Severity == DiagnosticSeverity.Warning);
        return (errors, warnings) switch
        {
            (0, 0) => "no mistakes found",
            (0, _) => Plural(warnings, "warning"),
            (_, 0) => Plural(errors, "error"),
            _ => $"{Plural(errors, "error")}, {Plural(warnings, "warning")}",
        };
    }

    public static string Plural(int count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");

    // The message goes to the writer itself: a console would break lines between words, and editors look for whole lines.
    void Line(string markup, string message)
    {
        console.Markup(markup);
        console.Profile.Out.Writer.WriteLine(message);
    }

    void Excerpt(SourceLocation location, string colour)
    {
        if (!sources.TryGetValue(location.Path, out var source) || location.Start.Line >= source.LineCount)
            return;
        var text = LineOf(source, location.Start.Line);
        int start = Math.Min(location.Start.Column, text.Length);
        int end = location.End.Line == location.Start.Line ? Math.Clamp(location.End.Column, start, text.Length) : text.Length;

        // Of a line wider than the terminal, show the part around the place.
        int room = Math.Max(40, console.Profile.Width - Margin);
        int from = end <= room ? 0 : Math.Max(0, start - room / 3);
        int to = Math.Min(text.Length, from + room);
        end = Math.Min(end, to);

        var number = (location.Start.Line + 1).ToString(CultureInfo.InvariantCulture);
        var shown = Visible(text[from..start]) + "\0" + Visible(text[start..end]) + "\0" + Visible(text[end..to]);
        var parts = shown.Split('\0');
        var mark = new string(' ', parts[0].Length) + "^" + new string('~', Math.Max(0, parts[1].Length - 1));
        console.Markup($"[grey]{number,5} |[/] ");
        console.Profile.Out.Writer.WriteLine(string.Concat(parts));
        console.Markup($"[grey]      |[/] [{colour}]{mark}[/]");
        console.Profile.Out.Writer.WriteLine();
    }

    static string LineOf(SourceText source, int line)
    {
        // Lines end as in SourceText: \n, \r\n or a lone \r.
        int start = 0;
        for (int at = 0; at < line; at++)
        {
            start += source.Text.AsSpan(start).IndexOfAny('\r', '\n') + 1;
            if (source.Text[start - 1] == '\r' && start < source.Text.Length && source.Text[start] == '\n')
                start++;
        }
        int length = source.Text.AsSpan(start).IndexOfAny('\r', '\n');
        return length < 0 ? source.Text[start..] : source.Text.Substring(start, length);
    }

    /// <summary>Tabs as spaces, other control characters as the replacement character: a file must not steer the terminal.</summary>
    static string Visible(string text)
    {
        var visible = new StringBuilder(text.Length);
        foreach (char c in text)
            visible.Append(c == '\t' ? new string(' ', TabWidth) : char.IsControl(c) ? "\uFFFD" : c.ToString());
        return visible.ToString();
    }
}
