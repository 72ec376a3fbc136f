using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using NetCompiler.Text;
using Diagnostic = NetCompiler.Text.Diagnostic;
using DiagnosticDescriptor = Microsoft.CodeAnalysis.DiagnosticDescriptor;
using DiagnosticSeverity = NetCompiler.Text.DiagnosticSeverity;
using LinePosition = NetCompiler.Text.LinePosition;
using RoslynDiagnostic = Microsoft.CodeAnalysis.Diagnostic;
using RoslynSeverity = Microsoft.CodeAnalysis.DiagnosticSeverity;
using TextSpan = NetCompiler.Text.TextSpan;

namespace NetCompiler.Generator;

/// <summary>Turns the compiler's findings into Roslyn's.</summary>
internal static class Reporting
{
    private static readonly ImmutableDictionary<string, DiagnosticDescriptor> Descriptors = DiagnosticCatalog.All
        .Select(kind => new DiagnosticDescriptor(
            kind.Code,
            kind.Title,
            "{0}",
            "NetCompiler",
            SeverityOf(kind.Severity),
            isEnabledByDefault: true,
            description: kind.Explanation + " " + kind.Cure))
        .ToImmutableDictionary(descriptor => descriptor.Id);

    /// <summary>Every kind of finding.</summary>
    public static ImmutableArray<DiagnosticDescriptor> All { get; } = [.. Descriptors.Values.OrderBy(descriptor => descriptor.Id)];

    /// <summary>The findings of all units, each once: a mistake in a file is found again by every file that uses it.</summary>
    public static EquatableArray<Diagnostic> Distinct(IEnumerable<EquatableArray<Diagnostic>> units) => Except(units.SelectMany(unit => unit), []);

    /// <summary>The different ones among <paramref name="findings"/> that are not in <paramref name="others"/>.</summary>
    public static EquatableArray<Diagnostic> Except(IEnumerable<Diagnostic> findings, IEnumerable<Diagnostic> others)
    {
        // The notes do not count: they tell through which file the mistake was found.
        var seen = new HashSet<(string Code, SourceLocation Location, string Message)>(others.Select(Key));
        return [.. findings.Where(found => seen.Add(Key(found)))];

        static (string, SourceLocation, string) Key(Diagnostic found) => (found.Code, found.Location, found.Message);
    }

    /// <summary>The finding as Roslyn has it, at its place in the <c>.net</c> file.</summary>
    public static RoslynDiagnostic ToRoslyn(Diagnostic found) =>
        RoslynDiagnostic.Create(
            Descriptors[found.Code],
            ToRoslyn(found.Location),
            SeverityOf(found.Severity),
            found.Notes.Select(note => ToRoslyn(note.Location)),
            properties: null,
            messageArgs: [MessageOf(found)]);

    // A build shows one line and no additional locations, so the notes are part of the message.
    private static string MessageOf(Diagnostic found) =>
        string.Concat([found.Message, .. found.Notes.Select(note =>
            $" | {(note.Location.Path == found.Location.Path ? "" : FileName(note.Location.Path))}{note.Location.Start}: {note.Message}")]);

    private static string FileName(string path) => path.Substring(path.LastIndexOfAny(['/', '\\']) + 1);

    private static Location ToRoslyn(SourceLocation location) =>
        Location.Create(location.Path, ToRoslyn(location.Span), new LinePositionSpan(ToRoslyn(location.Start), ToRoslyn(location.End)));

    private static Microsoft.CodeAnalysis.Text.TextSpan ToRoslyn(TextSpan span) => new(span.Start, span.Length);

    private static Microsoft.CodeAnalysis.Text.LinePosition ToRoslyn(LinePosition position) => new(position.Line, position.Column);

    private static RoslynSeverity SeverityOf(DiagnosticSeverity severity) => severity switch
    {
        DiagnosticSeverity.Error => RoslynSeverity.Error,
        DiagnosticSeverity.Warning => RoslynSeverity.Warning,
        _ => RoslynSeverity.Info,
    };
}
