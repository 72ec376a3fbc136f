using System.Linq;
using System.Text;
using Microsoft.CodeAnalysis;
using NetCompiler.Text;
using RoslynText = Microsoft.CodeAnalysis.Text.SourceText;

namespace NetCompiler.Generator;

/// <summary>
/// Compiles the project's <c>.net</c> files. Each stage's result is a value, so an edit re-runs only what depends on it:
/// an edit of C# nothing at all, an edit of a <c>.net</c> file that file and those that use it.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class NetworkGenerator : IIncrementalGenerator
{
    /// <summary>The stages' names, for tests of what is re-run.</summary>
    internal static class Stages
    {
        public const string Files = nameof(Files);
        public const string Units = nameof(Units);
        public const string Compiled = nameof(Compiled);
        public const string Diagnostics = nameof(Diagnostics);

        public static readonly string[] All = [Files, Units, Compiled, Diagnostics];
    }

    private sealed record UsingText(SourceText Source, EquatableArray<string> Uses, EquatableArray<string> Weights);

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        // Reading and looking for 'use' depends on the file alone; the options are combined afterwards, because Roslyn hands
        // out a new options object at any change of the project.
        var texts = context.AdditionalTextsProvider
            .Where(ProjectOptions.HasNetworkExtension)
            .Select((file, cancellation) =>
            {
                var source = new SourceText(file.Path, file.GetText(cancellation)?.ToString() ?? "");
                return (File: file, Text: new UsingText(source, ProjectFiles.DirectUses(source), ProjectFiles.DirectWeights(source)));
            });
        var files = texts
            .Combine(context.AnalyzerConfigOptionsProvider)
            .Where(pair => ProjectOptions.IsNetwork(pair.Left.File, pair.Right))
            .Select((pair, _) => new NetworkFile(pair.Left.Text.Source, pair.Left.Text.Uses, pair.Left.Text.Weights, ProjectOptions.For(pair.Left.File, pair.Right)))
            .WithTrackingName(Stages.Files);
        var weights = context.AdditionalTextsProvider
            .Where(WeightsHeader.HasExtension)
            .Select((file, _) => WeightsHeader.Read(file.Path))
            .Collect();
        var tunings = context.AdditionalTextsProvider
            .Where(TuningFile.HasExtension)
            .Select(TuningFile.Read)
            .Collect();
        var project = files.Collect().Combine(weights).Combine(tunings)
            .Select((all, _) => new ProjectFiles([.. all.Left.Left], [.. all.Left.Right], [.. all.Right]));
        var gpu = context.MetadataReferencesProvider.Where(ProjectOptions.IsGpuRuntime).Collect().Select((found, _) => !found.IsEmpty);
        var signed = context.CompilationProvider.Select((compilation, _) => ProjectOptions.IsSigned(compilation.Options));
        var units = files
            .Combine(project)
            .Combine(gpu.Combine(signed))
            .Select((pair, _) => pair.Left.Right.UnitOf(pair.Left.Left) with { HasGpu = pair.Right.Left, IsSigned = pair.Right.Right })
            .WithTrackingName(Stages.Units);
        var compiled = units
            .Select((unit, cancellation) => UnitCompiler.Compile(unit, cancellation))
            .WithTrackingName(Stages.Compiled);
        context.RegisterSourceOutput(compiled, (output, result) =>
        {
            foreach (var file in result.Files)
                output.AddSource($"{result.OutputFolder}/{file.Name}", RoslynText.From(file.Text, Encoding.UTF8));
        });

        var diagnostics = compiled
            .Select((result, _) => result.Diagnostics)
            .Collect()
            .Combine(project.Select((files, _) => files.UnusedTunings()))
            .Combine(context.ParseOptionsProvider.Select((options, _) => ProjectOptions.IsLive(options)))
            .Select((pair, _) => pair.Right ? [] : Reporting.Distinct(pair.Left.Left.Add(pair.Left.Right)))
            .WithTrackingName(Stages.Diagnostics);
        context.RegisterSourceOutput(diagnostics, (output, found) =>
        {
            foreach (var diagnostic in found)
                output.ReportDiagnostic(Reporting.ToRoslyn(diagnostic));
        });
    }
}
