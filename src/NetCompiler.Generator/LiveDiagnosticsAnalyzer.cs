using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using NetCompiler.Text;
using Diagnostic = NetCompiler.Text.Diagnostic;
using DiagnosticDescriptor = Microsoft.CodeAnalysis.DiagnosticDescriptor;

namespace NetCompiler.Generator;

/// <summary>
/// Shows the generator's findings while the user types: editors ask analyzers about additional files at every key, and
/// generators late or never. In a build it is silent (see <see cref="ProjectOptions.LiveDiagnosticsFeature"/>).
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class LiveDiagnosticsAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => Reporting.All;

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);

        // The last findings of each file: an editor asks again after every change of the project, and most change no network.
        var last = new ConcurrentDictionary<string, (CompilationUnit Unit, EquatableArray<Diagnostic> Found)>();
        context.RegisterCompilationStartAction(start =>
        {
            if (!ProjectOptions.IsLive(start.Compilation.SyntaxTrees.FirstOrDefault()?.Options))
                return;
            start.RegisterAdditionalFileAction(action =>
            {
                var options = action.Options.AnalyzerConfigOptionsProvider;
                if (!ProjectOptions.IsNetwork(action.AdditionalFile, options))
                    return;
                var project = new ProjectFiles([.. action.Options.AdditionalFiles
                    .Where(file => ProjectOptions.IsNetwork(file, options))
                    .Select(file => Read(file, action))],
                    [.. action.Options.AdditionalFiles.Where(WeightsHeader.HasExtension).Select(file => WeightsHeader.Read(file.Path))],
                    [.. action.Options.AdditionalFiles.Where(TuningFile.HasExtension).Select(file => TuningFile.Read(file, action.CancellationToken))]);
                var path = SourcePath.Normalize(action.AdditionalFile.Path);
                var unit = project.UnitOf(project.Find(path)!);
                // What a used file alone shows is reported when that file is analyzed; what only this use of it brings to
                // light is reported here.
                var elsewhere = unit.Used.SelectMany(used => Check(project.UnitOf(project.Find(SourcePath.Normalize(used.Path))!)));
                foreach (var found in Reporting.Except(Check(unit), elsewhere.Where(found => found.Location.Path != unit.Root.Path)))
                    action.ReportDiagnostic(Reporting.ToRoslyn(found));

                EquatableArray<Diagnostic> Check(CompilationUnit unit)
                {
                    if (!last.TryGetValue(unit.Root.Path, out var result) || result.Unit != unit)
                        last[unit.Root.Path] = result = (unit, UnitCompiler.Check(unit, action.CancellationToken));
                    return result.Found;
                }
            });
        });
    }

    private static NetworkFile Read(AdditionalText file, AdditionalFileAnalysisContext action)
    {
        var source = new SourceText(file.Path, file.GetText(action.CancellationToken)?.ToString() ?? "");
        return new NetworkFile(source, ProjectFiles.DirectUses(source), ProjectFiles.DirectWeights(source), ProjectOptions.For(file, action.Options.AnalyzerConfigOptionsProvider));
    }
}
