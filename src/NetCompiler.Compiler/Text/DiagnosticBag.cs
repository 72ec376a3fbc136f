using System.Collections.Generic;
using System.Linq;

namespace NetCompiler.Text;

/// <summary>
/// Collects diagnostics. The same kind at the same place counts once, and a file that is wrong throughout is cut off
/// at <see cref="LimitPerFile"/>: after that many errors the next edit changes everything anyway.
/// </summary>
internal sealed class DiagnosticBag
{
    /// <summary>How many diagnostics of one file are kept.</summary>
    public const int LimitPerFile = 200;

    private readonly List<Diagnostic> _diagnostics = [];
    private readonly HashSet<(string Code, SourceLocation Location)> _seen = [];
    private readonly Dictionary<string, int> _countByPath = [];

    /// <summary>Whether an error was reported.</summary>
    public bool HasErrors { get; private set; }

    /// <summary>The number of diagnostics kept.</summary>
    public int Count => _diagnostics.Count;

    /// <summary>Adds a diagnostic of a known kind.</summary>
    public void Report(DiagnosticDescriptor descriptor, SourceLocation location, params object[] arguments) =>
        Report(Diagnostic.Create(descriptor, location, arguments));

    /// <summary>Adds a diagnostic.</summary>
    public void Report(Diagnostic diagnostic)
    {
        HasErrors |= diagnostic.Severity == DiagnosticSeverity.Error;
        var path = diagnostic.Location.Path;
        _countByPath.TryGetValue(path, out var count);
        if (count >= LimitPerFile || !_seen.Add((diagnostic.Code, diagnostic.Location)))
            return;
        _countByPath[path] = count + 1;
        _diagnostics.Add(diagnostic);
    }

    /// <summary>Adds all of <paramref name="diagnostics"/>.</summary>
    public void AddRange(IEnumerable<Diagnostic> diagnostics)
    {
        foreach (var diagnostic in diagnostics)
            Report(diagnostic);
    }

    /// <summary>The diagnostics of each file in the order of the text; files in the order in which they first appear.</summary>
    public EquatableArray<Diagnostic> ToArray()
    {
        var order = _countByPath.Keys.Select((path, index) => (path, index)).ToDictionary(entry => entry.path, entry => entry.index);
        // OrderBy is stable, so findings at one place keep the order in which they were made.
        return [.. _diagnostics.OrderBy(d => order[d.Location.Path]).ThenBy(d => d.Location.Span.Start)];
    }
}
