using System.Globalization;
using System.Text;

namespace NetCompiler.Text;

/// <summary>How grave a diagnostic is.</summary>
public enum DiagnosticSeverity
{
    /// <summary>Worth knowing; nothing is wrong.</summary>
    Info,

    /// <summary>Probably a mistake; code is generated all the same.</summary>
    Warning,

    /// <summary>A mistake; nothing is generated for what contains it.</summary>
    Error,
}

/// <summary>A place that helps to understand a diagnostic: an origin, a link in a chain of instantiations.</summary>
/// <param name="Location">The place.</param>
/// <param name="Message">What happens there.</param>
public sealed record DiagnosticNote(SourceLocation Location, string Message);

/// <summary>A finding about the user's text. Compares by value, so that it can travel through the generator's pipeline.</summary>
/// <param name="Code">The code, such as <c>NETC1001</c>, listed in docs/errors.md.</param>
/// <param name="Severity">How grave it is.</param>
/// <param name="Message">What is wrong, with the numbers and the cure.</param>
/// <param name="Location">The exact place.</param>
/// <param name="Notes">Further places: where a shape came from, which layers led here.</param>
public sealed record Diagnostic(
    string Code,
    DiagnosticSeverity Severity,
    string Message,
    SourceLocation Location,
    EquatableArray<DiagnosticNote> Notes)
{
    /// <summary>A diagnostic of a known kind; <paramref name="arguments"/> fill the kind's message.</summary>
    internal static Diagnostic Create(DiagnosticDescriptor descriptor, SourceLocation location, params object[] arguments) =>
        new(descriptor.Code, descriptor.Severity, string.Format(CultureInfo.InvariantCulture, descriptor.MessageFormat, arguments), location, []);

    /// <summary>The same diagnostic with one more note.</summary>
    internal Diagnostic WithNote(SourceLocation location, string message) =>
        this with { Notes = [.. Notes, new DiagnosticNote(location, message)] };

    /// <summary>
    /// The form that editors and MSBuild recognise, <c>path(line,column): error CODE: message</c>, with the notes below it.
    /// </summary>
    public override string ToString()
    {
        var severity = Severity switch
        {
            DiagnosticSeverity.Error => "error",
            DiagnosticSeverity.Warning => "warning",
            _ => "info",
        };
        var text = new StringBuilder().Append(Location).Append(": ").Append(severity).Append(' ').Append(Code).Append(": ").Append(Message);
        foreach (var note in Notes)
        {
            text.Append("\n  note: ");
            if (note.Location.Path != Location.Path)
                text.Append(note.Location.Path);
            text.Append(note.Location.Start).Append(": ").Append(note.Message);
        }
        return text.ToString();
    }
}
