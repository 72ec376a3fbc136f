using System;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace NetCompiler.Generator;

/// <summary>Reads what MSBuild says about the project and about one file.</summary>
internal static class ProjectOptions
{
    /// <summary>
    /// The compiler feature by which the package's targets tell a design-time build. With it the analyzer reports, without
    /// it the generator does, so that each mistake is reported once.
    /// </summary>
    public const string LiveDiagnosticsFeature = "NetCompilerLiveDiagnostics";

    /// <summary>Whether an editor runs the compiler.</summary>
    public static bool IsLive(ParseOptions? options) => options?.Features.ContainsKey(LiveDiagnosticsFeature) == true;

    /// <summary>Whether an additional file is a network description.</summary>
    public static bool IsNetwork(AdditionalText file, AnalyzerConfigOptionsProvider options) =>
        HasNetworkExtension(file)
        && !(options.GetOptions(file).TryGetValue("build_metadata.AdditionalFiles.NetCompiler", out var value) && IsFalse(value));

    /// <summary>Whether a file's name ends as network descriptions do.</summary>
    public static bool HasNetworkExtension(AdditionalText file) => file.Path.EndsWith(".net", StringComparison.OrdinalIgnoreCase);

    /// <summary>What the project says about <paramref name="file"/>: its own metadata first, then the project's properties.</summary>
    public static FileOptions For(AdditionalText file, AnalyzerConfigOptionsProvider provider)
    {
        var own = provider.GetOptions(file);
        var project = provider.GlobalOptions;
        var name = Read(own, "build_metadata.AdditionalFiles.NetNamespace") ?? Read(project, "build_property.RootNamespace") ?? "";
        var lines = Read(own, "build_metadata.AdditionalFiles.NetCompilerLineDirectives") ?? Read(project, "build_property.NetCompilerLineDirectives");
        var directory = Read(project, "build_property.ProjectDir") ?? "";
        return new FileOptions(ToNamespace(name), IsTrue(lines), SourcePath.OutputFolder(file.Path, directory), Read(project, "build_property.NetMachine"), Read(project, "build_property.NetTarget"), Read(project, "build_property.NetGpu"));
    }

    /// <summary>Whether a reference is to what code for GPUs runs on.</summary>
    public static bool IsGpuRuntime(MetadataReference reference) =>
        reference.Display is { } path && string.Equals(System.IO.Path.GetFileNameWithoutExtension(path), GpuRuntime, StringComparison.OrdinalIgnoreCase)
        || reference is CompilationReference { Compilation.AssemblyName: GpuRuntime };

    /// <summary>Whether the assembly gets a strong name.</summary>
    public static bool IsSigned(CompilationOptions options) => options.CryptoKeyFile is not null || options.CryptoKeyContainer is not null || !options.CryptoPublicKey.IsEmpty;

    private const string GpuRuntime = "NetCompiler.Runtime.Gpu";

    /// <summary>
    /// The namespace nearest to <paramref name="name"/>. The default root namespace of a project is its name, which may hold
    /// characters that C# does not allow: <c>mnist-lenet</c> becomes <c>mnist_lenet</c>, as in the SDK's templates.
    /// </summary>
    internal static string ToNamespace(string name)
    {
        var result = new StringBuilder();
        foreach (var part in name.Split(['.'], StringSplitOptions.RemoveEmptyEntries))
        {
            var identifier = new StringBuilder();
            foreach (var character in part.Trim())
                identifier.Append(SyntaxFacts.IsIdentifierPartCharacter(character) ? character : '_');
            if (identifier.Length == 0 || !SyntaxFacts.IsIdentifierStartCharacter(identifier[0]))
                identifier.Insert(0, '_');
            if (SyntaxFacts.GetKeywordKind(identifier.ToString()) != SyntaxKind.None)
                identifier.Insert(0, '@');
            result.Append(result.Length > 0 ? "." : "").Append(identifier);
        }
        return result.ToString();
    }

    private static string? Read(AnalyzerConfigOptions options, string key) =>
        options.TryGetValue(key, out var value) && value.Trim().Length > 0 ? value.Trim() : null;

    private static bool IsTrue(string? value) => string.Equals(value?.Trim(), "true", StringComparison.OrdinalIgnoreCase);

    private static bool IsFalse(string? value) => string.Equals(value?.Trim(), "false", StringComparison.OrdinalIgnoreCase);
}
