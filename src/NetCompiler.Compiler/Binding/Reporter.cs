using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;

namespace NetCompiler.Binding;

/// <summary>A place in a body that is being unfolded.</summary>
internal readonly record struct Site(Frame Frame, TextSpan Span)
{
    public SourceLocation Location => Frame.Locate(Span);

    /// <summary>The origin of what is computed here: the nearest expression that the user wrote, and its binding.</summary>
    public Origin Origin
    {
        get
        {
            var (frame, location) = Frame.Editable(Location);
            return new Origin(location, frame.Expression.Origin);
        }
    }
}

/// <summary>
/// Reports mistakes where the user can cure them: at the nearest expression of the user's own text, with notes that lead
/// inward to the library and outward through the layers that were applied.
/// </summary>
internal sealed class Reporter(DiagnosticBag bag)
{
    DiagnosticBag _bag = bag;

    /// <summary>How many errors were reported, also those at a place that had one.</summary>
    public int Errors { get; private set; }

    public bool HasErrors => Errors > 0;

    public void Report(DiagnosticDescriptor descriptor, Site site, params object[] arguments) =>
        Report(Explain(Diagnostic.Create(descriptor, site.Location, arguments), site));

    /// <summary>Reports operands that do not fit, with a note for each that comes from another place: its name and type there.</summary>
    public void Report(DiagnosticDescriptor descriptor, Site site, ImmutableArray<Node> operands, params object[] arguments)
    {
        var diagnostic = Explain(Diagnostic.Create(descriptor, site.Location, arguments), site);
        foreach (var operand in operands.Distinct())
        {
            var (location, name) = (operand.Origin.Location, operand.Origin.Name);
            bool elsewhere = location.Path != diagnostic.Location.Path || !diagnostic.Location.Span.Contains(location.Span);
            if (elsewhere && name.Length > 0 && operand.Operator is not Constant)
                diagnostic = diagnostic.WithNote(location, $"'{name}' is {operand.Type}");
        }
        Report(diagnostic);
    }

    /// <summary>Reports a mistake at a place of its own.</summary>
    public void Report(DiagnosticDescriptor descriptor, SourceLocation location, params object[] arguments) =>
        Report(Diagnostic.Create(descriptor, location, arguments));

    public void Report(Diagnostic diagnostic)
    {
        if (diagnostic.Severity == DiagnosticSeverity.Error)
            Errors++;
        _bag.Report(diagnostic);
    }

    /// <summary>Does something whose findings are not reported but returned, for whoever knows whether they count.</summary>
    public (T Result, DiagnosticBag Findings) Hold<T>(Func<T> action)
    {
        var (outer, errors) = (_bag, Errors);
        var findings = _bag = new DiagnosticBag();
        try
        {
            return (action(), findings);
        }
        finally
        {
            (_bag, Errors) = (outer, errors);
        }
    }

    /// <summary>Reports what was held.</summary>
    public void Report(DiagnosticBag findings)
    {
        foreach (var diagnostic in findings.ToArray())
            Report(diagnostic);
    }

    static Diagnostic Explain(Diagnostic diagnostic, Site site)
    {
        var frame = site.Frame;
        var location = site.Location;
        var inward = new List<DiagnosticNote>();
        string? layer = null;
        while (frame.Module.IsLibrary && frame.Caller is { } caller)
        {
            // A scan is a part of the text of what it stands in.
            if (frame.Kind != FrameKind.Scan)
            {
                inward.Insert(0, new(location, $"in '{frame.Name}'"));
                layer = frame.Name;
                location = frame.CallSite;
            }
            frame = caller;
        }
        diagnostic = diagnostic with
        {
            Location = location,
            Message = layer is null ? diagnostic.Message : $"in '{layer}': {diagnostic.Message}",
            Notes = [.. inward],
        };
        for (; frame.Caller is { } caller; frame = caller)
        {
            if (frame.Kind is not (FrameKind.Function or FrameKind.Scan))
                diagnostic = diagnostic.WithNote(frame.CallSite, $"'{frame.Name}' is applied here");
        }
        return diagnostic;
    }
}
