using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using NetCompiler.Syntax;
using NetCompiler.Text;

namespace NetCompiler.Binding;

/// <summary>Reads a file and those that it uses, each once.</summary>
internal sealed class ModuleLoader(Func<string, SourceText?> resolveUse, DiagnosticBag diagnostics, CancellationToken cancellation)
{
    // More than any project needs; deeper chains would exhaust the stack.
    const int DepthLimit = 100;

    readonly Dictionary<string, Module> _modules = new(StringComparer.Ordinal);
    readonly List<string> _open = [];

    /// <summary>The file with all that it uses, and its tree.</summary>
    public (Module Module, CompilationUnit Unit) Load(SourceText source)
    {
        cancellation.ThrowIfCancellationRequested();
        var tree = SyntaxTree.Parse(source);
        diagnostics.AddRange(tree.Diagnostics);
        var module = new Module(source, isLibrary: false, Prelude.Module);
        _open.Add(source.Path);
        var uses = new List<(UseDirective Use, Module Module)>();
        foreach (var use in tree.Root.Uses)
        {
            if (LoadUsed(source, use) is { } used)
                uses.Add((use, used));
        }
        _open.RemoveAt(_open.Count - 1);
        foreach (var declaration in tree.Root.Declarations.Where(declaration => !declaration.Name.IsMissing))
        {
            if (!module.Add(declaration))
            {
                var first = source.PositionOf(module.Declared(declaration.Name.Text)!.Name.Span.Start);
                diagnostics.Report(DiagnosticCatalog.DuplicateName, source.Locate(declaration.Name.Span), declaration.Name.Text, $"declared in line {first.Line + 1}");
            }
        }
        foreach (var (use, used) in uses)
        {
            foreach (var (first, second) in module.Ambiguous(used))
            {
                diagnostics.Report(Diagnostic.Create(DiagnosticCatalog.AmbiguousUse, source.Locate(use.Path.Span), second.Name.Text, first.Source.Path, second.Source.Path)
                    .WithNote(first.Source.Locate(first.Name.Span), $"'{first.Name.Text}' is declared here")
                    .WithNote(second.Source.Locate(second.Name.Span), $"'{second.Name.Text}' is declared here"));
            }
            module.Use(used);
        }
        _modules[source.Path] = module;
        return (module, tree.Root);
    }

    Module? LoadUsed(SourceText source, UseDirective use)
    {
        var location = source.Locate(use.Path.Span);
        if (Resolve(source.Path, use.Path.Value) is not { } path)
        {
            if (use.Path.Value.Length > 0)
                diagnostics.Report(DiagnosticCatalog.UseInvalid, location, use.Path.Value);
            return null;
        }
        if (_modules.TryGetValue(path, out var known))
            return known;
        int index = _open.IndexOf(path);
        if (index >= 0 || _open.Count >= DepthLimit)
        {
            diagnostics.Report(DiagnosticCatalog.UseCycle, location, string.Join(" uses ", _open.Skip(Math.Max(0, index)).Append(path)));
            return null;
        }
        if (resolveUse(path) is { } text)
            return Load(text with { Path = path }).Module;
        diagnostics.Report(DiagnosticCatalog.UseNotFound, location, path);
        return null;
    }

    /// <summary>A path written in a file, from the folder from which that file's own path counts; null if it is no relative path.</summary>
    public static string? Resolve(string from, string path)
    {
        if (path.Length == 0 || path.IndexOfAny(['\\', ':']) >= 0 || path[0] == '/')
            return null;
        from = from.Replace('\\', '/');
        var rooted = from.StartsWith("/", StringComparison.Ordinal);
        var parts = from.Split(['/'], StringSplitOptions.RemoveEmptyEntries).ToList();
        if (parts.Count > 0)
            parts.RemoveAt(parts.Count - 1);
        foreach (var part in path.Split('/'))
        {
            switch (part)
            {
                case "" or ".":
                    break;
                case ".." when parts.Count > 0 && parts[parts.Count - 1] != "..":
                    parts.RemoveAt(parts.Count - 1);
                    break;
                default:
                    parts.Add(part);
                    break;
            }
        }
        return (rooted ? "/" : "") + string.Join("/", parts);
    }
}
