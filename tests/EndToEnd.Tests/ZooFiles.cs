using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using NetCompiler.Text;

namespace NetCompiler.EndToEnd.Tests;

/// <summary>The networks of examples/zoo, compiled within the tests.</summary>
internal static class ZooFiles
{
    static readonly ConcurrentDictionary<string, Lazy<Compilation>> s_compiled = new(StringComparer.Ordinal);

    public static string Folder { get; } = Path.Combine(DocsSamples.Root, "examples", "zoo", "networks");

    /// <summary>All files.</summary>
    public static IEnumerable<string> Names => Directory.EnumerateFiles(Folder, "*.net").Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal);

    /// <summary>A file with all its networks.</summary>
    public static Compilation Compile(string file) => s_compiled.GetOrAdd(file, name => new(() => Create(name, Read(name)))).Value;

    /// <summary>A file with one more network in the place of those that only give arguments.</summary>
    public static Compilation Compile(string file, string instance) =>
        Create(file, Regex.Replace(Read(file), @"^network \w+ = .*;$", "", RegexOptions.Multiline) + instance);

    static Compilation Create(string file, string text) =>
        Compilation.Create(new SourceText(file, text), used => File.Exists(Path.Combine(Folder, used)) ? new SourceText(used, Read(used)) : null, new CompilerOptions());

    static string Read(string file) => File.ReadAllText(Path.Combine(Folder, file)).ReplaceLineEndings("\n");
}
