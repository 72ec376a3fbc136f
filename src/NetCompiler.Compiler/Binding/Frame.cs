using System;
using System.Collections.Generic;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Syntax;
using NetCompiler.Text;

namespace NetCompiler.Binding;

internal enum FrameKind
{
    Network,
    Layer,
    Optimizer,
    Function,
    Scan,
}

/// <summary>
/// One body being unfolded: a network, one application of a layer, one use of an optimizer, a function, or a scan. It holds the names
/// bound so far, where their variables hang, and the call that led here.
/// </summary>
internal sealed class Frame(FrameKind kind, string name, Module module, Frame? caller, SourceLocation callSite, NamePath path)
{
    public FrameKind Kind { get; } = kind;

    /// <summary>The name of the network, layer, optimizer or function; "scan" for a scan.</summary>
    public string Name { get; } = name;

    public Module Module { get; } = module;

    /// <summary>Where the call stands; null for a network.</summary>
    public Frame? Caller { get; } = caller;

    /// <summary>The call in the caller's file.</summary>
    public SourceLocation CallSite { get; } = callSite;

    /// <summary>The number of layers applied within each other.</summary>
    public int Depth { get; } = caller is null ? 0 : caller.Depth + 1;

    /// <summary>What the names stand for. A block has no names of its own: what it binds is known after it.</summary>
    public Dictionary<string, Value> Names { get; } = new(StringComparer.Ordinal);

    /// <summary>Where a name was first declared, for what may be declared only once.</summary>
    public Dictionary<string, TextSpan> Declarations { get; } = new(StringComparer.Ordinal);

    /// <summary>Where the names bound now hang; deeper inside a loop.</summary>
    public NamePath Path { get; set; } = path;

    /// <summary>Where the variables of the expression being evaluated hang, and the name of each application that owns some.</summary>
    public ExpressionNames Expression { get; set; } = new(path.Prefix, path, ExpressionNames.None);

    /// <summary>In a scan: what a step has done so far.</summary>
    public ScanStep? Step { get; init; }

    /// <summary>The layer or optimizer whose body this is, or in whose body a scan stands.</summary>
    public LayerDefinition? Definition { get; init; }

    /// <summary>What the body may assign, by name: the states of a layer or an optimizer, and an optimizer's parameter.</summary>
    public Dictionary<string, Variable> Assignable { get; } = new(StringComparer.Ordinal);

    /// <summary>What was assigned: the values that these variables have next.</summary>
    public Dictionary<Variable, Node> Assigned { get; } = [];

    /// <summary>In a layer that declares states: this application of it.</summary>
    public LayerApplication? Application { get; set; }

    /// <summary>The params and states that the body declares.</summary>
    public HashSet<string> OwnVariables { get; } = new(StringComparer.Ordinal);

    /// <summary>What the body returned.</summary>
    public Value? Returned { get; set; }

    /// <summary>The file that holds the body; the library is one module of several.</summary>
    public SourceText Source => Definition?.Declaration.Source ?? Module.Source;

    public SourceLocation Locate(TextSpan span) => Source.Locate(span);

    /// <summary>The frame whose text the user can edit, and the place in it that led to <paramref name="location"/> in this frame.</summary>
    public (Frame Frame, SourceLocation Location) Editable(SourceLocation location)
    {
        var frame = this;
        while (frame.Module.IsLibrary && frame.Caller is { } caller)
        {
            location = frame.CallSite;
            frame = caller;
        }
        return (frame, location);
    }

    /// <summary>Whether the names of the caller are known here too: a function sees its network, a scan what it stands in.</summary>
    bool SeesCaller => Kind is FrameKind.Function or FrameKind.Scan;

    /// <summary>A name that this frame binds, or one that it sees.</summary>
    public Value? Lookup(string name) =>
        Names.TryGetValue(name, out var value) ? value
        : SeesCaller ? Caller!.Lookup(name)
        : null;

    public IEnumerable<string> VisibleNames => SeesCaller ? Names.Keys.Concat(Caller!.VisibleNames) : Names.Keys;
}

/// <summary>One step of a scan while it is bound.</summary>
/// <param name="builder">What makes the scan.</param>
/// <param name="ownsAlone">Whether one application in the body owns all its variables, which then hang directly under the scan.</param>
internal sealed class ScanStep(ScanBuilder builder, bool ownsAlone)
{
    public ScanBuilder Builder { get; } = builder;

    public bool OwnsAlone { get; } = ownsAlone;

    /// <summary>What the step yields, once it has; elements that have an error are null.</summary>
    public IReadOnlyList<Node?>? Yields { get; set; }

    /// <summary>Names of the surroundings that the body has read.</summary>
    public HashSet<string> ReadFromOutside { get; } = new(StringComparer.Ordinal);
}

/// <summary>
/// How what an expression makes is named. Where exactly one application owns variables they hang directly under the binding;
/// where several do, each hangs under its layer's name.
/// </summary>
/// <param name="Origin">The path of the binding, for the origins of its nodes.</param>
/// <param name="Path">Where the variables hang.</param>
/// <param name="Segments">For each application that owns variables, its name below <paramref name="Path"/>; empty for none.</param>
internal sealed record ExpressionNames(string Origin, NamePath Path, IReadOnlyDictionary<SyntaxNode, string> Segments)
{
    public static IReadOnlyDictionary<SyntaxNode, string> None { get; } = new Dictionary<SyntaxNode, string>();

    /// <summary>The path under which the variables of an application hang.</summary>
    public string PrefixOf(SyntaxNode application) =>
        Segments.TryGetValue(application, out var segment) ? Path.Join(segment) : Path.Prefix;
}
