using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace NetCompiler.Generator.Tests;

/// <summary>
/// A C# project in memory with network files, as MSBuild hands it to the compiler. An edit gives another project; texts and
/// options that are not edited stay the same objects, as in an editor.
/// </summary>
sealed record NetworkProject
{
    public const string Directory = "/project/";

    static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is var name && (name.StartsWith("System.", StringComparison.Ordinal) || name is "netstandard.dll" or "NetCompiler.Runtime.dll"))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    public ImmutableDictionary<string, AdditionalText> Texts { get; private init; } = ImmutableDictionary<string, AdditionalText>.Empty;

    public Options Settings { get; private init; } = new(
        ImmutableDictionary<string, string>.Empty
            .Add("build_property.RootNamespace", "Project")
            .Add("build_property.ProjectDir", Directory)
            .Add("build_property.NetCompilerLineDirectives", "false"),
        ImmutableDictionary<string, ImmutableDictionary<string, string>>.Empty);

    public bool IsLive { get; init; }

    /// <summary>Whether the project references what code for GPUs runs on: an assembly of its name is enough for the generator.</summary>
    public bool HasGpu { get; init; }

    /// <summary>The file of the key that its assembly is signed with; null if it is not.</summary>
    public string? KeyFile { get; init; }

    public string CSharp { get; init; } = "class Program;";

    /// <summary>The project with one file added or replaced; <paramref name="path"/> is relative to the project, or full.</summary>
    public NetworkProject With(string path, string text) => this with { Texts = Texts.SetItem(Full(path), new Text(Full(path), text)) };

    public NetworkProject Without(string path) => this with { Texts = Texts.Remove(Full(path)) };

    public NetworkProject WithProperty(string name, string value) =>
        this with { Settings = Settings with { Properties = Settings.Properties.SetItem("build_property." + name, value) } };

    public NetworkProject WithMetadata(string path, string name, string value) =>
        this with { Settings = Settings.WithMetadata(Full(path), "build_metadata.AdditionalFiles." + name, value) };

    /// <summary>The same project made of new objects, as after a reload.</summary>
    public NetworkProject Reloaded() => this with
    {
        Texts = Texts.ToImmutableDictionary(pair => pair.Key, pair => (AdditionalText)new Text(pair.Key, pair.Value.GetText()!.ToString())),
        Settings = Settings with { },
    };

    public CSharpParseOptions ParseOptions => CSharpParseOptions.Default
        .WithLanguageVersion(LanguageVersion.Latest)
        .WithDocumentationMode(DocumentationMode.Diagnose)
        .WithFeatures(IsLive ? [new(ProjectOptions.LiveDiagnosticsFeature, "true")] : []);

    public CSharpCompilation Compilation => CSharpCompilation.Create(
        "Project",
        [CSharpSyntaxTree.ParseText(CSharp, ParseOptions, Directory + "Program.cs")],
        HasGpu ? References.Add(CSharpCompilation.Create("NetCompiler.Runtime.Gpu").ToMetadataReference()) : References,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable, optimizationLevel: OptimizationLevel.Release, cryptoKeyFile: KeyFile));

    public ImmutableArray<AdditionalText> AdditionalTexts => [.. Texts.Values.OrderBy(text => text.Path, StringComparer.Ordinal)];

    /// <summary>A driver that has run once.</summary>
    public GeneratorDriver Run(CancellationToken cancellation = default) => NewDriver().RunGenerators(Compilation, cancellation);

    /// <summary><paramref name="driver"/> after the project was edited to become this one.</summary>
    public GeneratorDriver RunAfter(GeneratorDriver driver, NetworkProject before)
    {
        foreach (var (path, text) in before.Texts)
        {
            if (!Texts.TryGetValue(path, out var now))
                driver = driver.RemoveAdditionalTexts([text]);
            else if (!ReferenceEquals(now, text))
                driver = driver.ReplaceAdditionalText(text, now);
        }
        driver = driver.AddAdditionalTexts([.. Texts.Where(pair => !before.Texts.ContainsKey(pair.Key)).Select(pair => pair.Value)]);
        if (!ReferenceEquals(Settings, before.Settings))
            driver = driver.WithUpdatedAnalyzerConfigOptions(new OptionsProvider(Settings));
        return driver.WithUpdatedParseOptions(ParseOptions).RunGenerators(Compilation);
    }

    public GeneratorDriver NewDriver() => CSharpGeneratorDriver.Create(
        [new NetworkGenerator().AsSourceGenerator()],
        AdditionalTexts,
        ParseOptions,
        new OptionsProvider(Settings),
        new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    /// <summary>What the analyzer reports.</summary>
    public async Task<ImmutableArray<Diagnostic>> Analyze() =>
        await Compilation
            .WithAnalyzers([new LiveDiagnosticsAnalyzer()], new AnalyzerOptions(AdditionalTexts, new OptionsProvider(Settings)))
            .GetAnalyzerDiagnosticsAsync();

    /// <summary>The generated files by name.</summary>
    public IReadOnlyDictionary<string, string> Files() => Files(Run());

    public static IReadOnlyDictionary<string, string> Files(GeneratorDriver driver) =>
        driver.GetRunResult().Results.Single().GeneratedSources.ToDictionary(source => source.HintName, source => source.SourceText.ToString());

    static string Full(string path) => path.StartsWith('/') ? path : Directory + path;

    sealed class Text(string path, string text) : AdditionalText
    {
        public override string Path { get; } = path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
    }

    public sealed record Options(ImmutableDictionary<string, string> Properties, ImmutableDictionary<string, ImmutableDictionary<string, string>> Metadata)
    {
        public Options WithMetadata(string path, string key, string value) => this with
        {
            Metadata = Metadata.SetItem(path, Metadata.GetValueOrDefault(path, ImmutableDictionary<string, string>.Empty).SetItem(key, value)),
        };
    }

    sealed class OptionsProvider(Options options) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions => new Values(options.Properties);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => new Values(ImmutableDictionary<string, string>.Empty);

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) =>
            new Values(options.Metadata.GetValueOrDefault(textFile.Path, ImmutableDictionary<string, string>.Empty));

        sealed class Values(ImmutableDictionary<string, string> values) : AnalyzerConfigOptions
        {
            public override bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? value) => values.TryGetValue(key, out value);
        }
    }
}
