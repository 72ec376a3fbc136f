using System;
using System.Collections.Generic;
using System.Linq;
using NetCompiler.Text;

namespace NetCompiler.Generator;

/// <summary>All network files of a project, to find those that one of them uses.</summary>
/// <param name="Files">The files.</param>
/// <param name="Weights">The headers of all files of weights.</param>
/// <param name="Tunings">All tuning records.</param>
internal sealed record ProjectFiles(EquatableArray<NetworkFile> Files, EquatableArray<SourceText> Weights, EquatableArray<SourceText> Tunings)
{
    private Dictionary<string, NetworkFile>? _byPath;
    private ILookup<string, string>? _byFolder;

    // A file that the project lists twice counts once.
    private Dictionary<string, NetworkFile> ByPath => _byPath ??= Files
        .GroupBy(file => SourcePath.Normalize(file.Source.Path), StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);

    // Roslyn compares the names of generated files without regard to case.
    private ILookup<string, string> ByFolder => _byFolder ??= ByPath.Values
        .ToLookup(file => file.Options.OutputFolder, file => file.Source.Path, StringComparer.OrdinalIgnoreCase);

    /// <summary>The full paths of the files that <paramref name="source"/> names in <c>use</c>.</summary>
    public static EquatableArray<string> DirectUses(SourceText source) =>
        [.. Compilation.UsedPaths(source).Select(SourcePath.Normalize)];

    /// <summary>The full paths of the files of weights that networks of <paramref name="source"/> name.</summary>
    public static EquatableArray<string> DirectWeights(SourceText source) =>
        [.. Compilation.WeightsPaths(source).Select(SourcePath.Normalize)];

    /// <summary>The file with a normalized path, if the project has it.</summary>
    public NetworkFile? Find(string path) => ByPath.TryGetValue(path, out var file) ? file : null;

    /// <summary>
    /// <paramref name="root"/> with the files that it uses, directly or through others, in the order of their paths.
    /// A used file that the project does not have is left to the compiler to report.
    /// </summary>
    public CompilationUnit UnitOf(NetworkFile root)
    {
        var used = new SortedDictionary<string, SourceText>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal) { SourcePath.Normalize(root.Source.Path) };
        var named = new HashSet<string>(root.Weights.Items, StringComparer.Ordinal);
        var waiting = new Stack<string>(root.Uses);
        while (waiting.Count > 0)
        {
            var path = waiting.Pop();
            if (!seen.Add(path) || Find(path) is not { } file)
                continue;
            used.Add(path, file.Source);
            named.UnionWith(file.Weights.Items);
            foreach (var next in file.Uses)
                waiting.Push(next);
        }
        var weights = Weights.Where(header => named.Contains(SourcePath.Normalize(header.Path))).OrderBy(header => header.Path, StringComparer.Ordinal);
        return new CompilationUnit(root.Source, [.. used.Values], [.. weights], Record(TuningFile.PathOf(root.Source.Path)), Record(TuningFile.GpuPathOf(root.Source.Path)), root.Options with { OutputFolder = UniqueFolder(root) });
    }

    private SourceText? Record(string path) => Tunings.FirstOrDefault(candidate => SourcePath.Normalize(candidate.Path) == SourcePath.Normalize(path));

    /// <summary>A warning for each tuning record that belongs to no file of the project.</summary>
    public EquatableArray<Diagnostic> UnusedTunings()
    {
        var records = new HashSet<string>(ByPath.Values.SelectMany(file => new[] { TuningFile.PathOf(file.Source.Path), TuningFile.GpuPathOf(file.Source.Path) }).Select(SourcePath.Normalize), StringComparer.Ordinal);
        return
        [
            .. Tunings.Where(tuning => !records.Contains(SourcePath.Normalize(tuning.Path))).Select(Compilation.UnusedTuning),
        ];
    }

    // Files that differ in case only, or that lie outside the project under one name, get a suffix that depends on their path alone.
    private string UniqueFolder(NetworkFile file)
    {
        var folder = file.Options.OutputFolder;
        return ByFolder[folder].Skip(1).Any() ? $"{folder}-{Fingerprint(file.Source.Path):x8}" : folder;
    }

    // FNV-1a: string.GetHashCode differs from process to process.
    private static uint Fingerprint(string text) => text.Aggregate(2166136261u, (hash, character) => unchecked((hash ^ character) * 16777619u));

    /// <summary>Whether the files are the same.</summary>
    public bool Equals(ProjectFiles? other) => other is not null && Files == other.Files && Weights == other.Weights && Tunings == other.Tunings;

    /// <inheritdoc/>
    public override int GetHashCode() => Files.GetHashCode();
}
