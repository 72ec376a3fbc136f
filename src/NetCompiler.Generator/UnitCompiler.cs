using System;
using System.Globalization;
using System.Linq;
using System.Threading;
using NetCompiler.Text;

namespace NetCompiler.Generator;

/// <summary>Compiles one unit.</summary>
internal static class UnitCompiler
{
    /// <summary>The C# files and findings of <paramref name="unit"/>.</summary>
    public static CompiledUnit Compile(CompilationUnit unit, CancellationToken cancellation) =>
        Guard(unit, () =>
        {
            // A network with an error is not among those emitted; its neighbours are, so that C# that uses them stays right.
            var compilation = Create(unit, cancellation);
            return new CompiledUnit(unit.Options.OutputFolder, compilation.Emit(cancellation), compilation.Diagnostics);
        }, cancellation);

    /// <summary>The findings of <paramref name="unit"/> alone, which an editor asks for at every key.</summary>
    public static EquatableArray<Diagnostic> Check(CompilationUnit unit, CancellationToken cancellation) =>
        Guard(unit, () => new CompiledUnit(unit.Options.OutputFolder, [], Create(unit, cancellation).Diagnostics), cancellation).Diagnostics;

    private static Compilation Create(CompilationUnit unit, CancellationToken cancellation)
    {
        var used = unit.Used.ToDictionary(source => SourcePath.Normalize(source.Path), StringComparer.Ordinal);
        var weights = unit.Weights.ToDictionary(header => SourcePath.Normalize(header.Path), StringComparer.Ordinal);
        var options = new CompilerOptions { RootNamespace = unit.Options.Namespace, LineDirectives = unit.Options.LineDirectives, Tuning = unit.Tuning, Machine = unit.Options.Machine, GpuTuning = unit.GpuTuning, GpuMachine = unit.Options.Gpu, Gpu = GpuOf(unit) };
        return Compilation.Create(
            unit.Root,
            path => used.TryGetValue(SourcePath.Normalize(path), out var source) ? source : null,
            path => weights.TryGetValue(SourcePath.Normalize(path), out var header) ? header.Text : null,
            options,
            cancellation);
    }

    private static GpuCode GpuOf(CompilationUnit unit) => unit.Options.Target?.ToUpperInvariant() switch
    {
        "CPU" => GpuCode.None,
        "GPU" or null when unit is { HasGpu: true, IsSigned: true } => GpuCode.Signed,
        "GPU" => unit.HasGpu ? GpuCode.Required : GpuCode.Missing,
        { } => GpuCode.Unknown,
        null => unit.HasGpu ? GpuCode.WherePossible : GpuCode.None,
    };

    // A generator that throws loses the output of every file and shows neither file nor reason: our bug is a finding at the
    // file that brought it to light.
    internal static CompiledUnit Guard(CompilationUnit unit, Func<CompiledUnit> compile, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            var result = compile();
            return result with { Diagnostics = WithProjectPaths(result.Diagnostics, unit) };
        }
        catch (Exception exception) when (!(exception is OperationCanceledException && cancellation.IsCancellationRequested))
        {
            return new CompiledUnit(unit.Options.OutputFolder, [], [InternalError(unit.Root, exception)]);
        }
    }

    // The compiler names a used file as it was found, with '/'. Editors know files by the exact paths of the project.
    private static EquatableArray<Diagnostic> WithProjectPaths(EquatableArray<Diagnostic> findings, CompilationUnit unit)
    {
        var paths = unit.Used.Append(unit.Root)
            .GroupBy(source => SourcePath.Normalize(source.Path), StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Last().Path, StringComparer.Ordinal);
        return
        [
            .. findings.Select(found => found with
            {
                Location = Known(found.Location),
                Notes = [.. found.Notes.Select(note => note with { Location = Known(note.Location) })],
            }),
        ];

        SourceLocation Known(SourceLocation location) =>
            paths.TryGetValue(SourcePath.Normalize(location.Path), out var path) ? location with { Path = path } : location;
    }

    private static Diagnostic InternalError(SourceText root, Exception exception)
    {
        var kind = DiagnosticCatalog.InternalError;
        // One line, because MSBuild keeps only the first line of a message.
        var frames = (exception.StackTrace ?? "").Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries).Take(3).Select(frame => frame.Trim());
        var message = string.Format(
            CultureInfo.InvariantCulture,
            kind.MessageFormat,
            exception.GetType().Name,
            exception.Message.Replace("\r", "").Replace('\n', ' '),
            string.Join(" ", frames));
        return new Diagnostic(kind.Code, kind.Severity, message, root.Locate(new TextSpan(0, 0)), []);
    }
}
