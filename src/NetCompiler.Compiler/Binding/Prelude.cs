using System;
using System.Linq;
using System.Reflection;
using System.Text;
using NetCompiler.Syntax;
using NetCompiler.Text;

namespace NetCompiler.Binding;

/// <summary>The standard library: the <c>.net</c> files inside this assembly, whose layers and optimizers every file sees.</summary>
internal static class Prelude
{
    const string Folder = "NetCompiler.StandardLibrary.";

    static readonly Lazy<Module> _module = new(Load);

    /// <summary>All files of the library as one module.</summary>
    public static Module Module => _module.Value;

    /// <summary>The files, in the order of their names; the paths are those in notes of diagnostics.</summary>
    public static SourceText[] Files()
    {
        var assembly = typeof(Prelude).GetTypeInfo().Assembly;
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .OrderBy(name => name, StringComparer.Ordinal)
            .Select(name =>
            {
                using var stream = assembly.GetManifestResourceStream(name)!;
                var bytes = new byte[stream.Length];
                for (int read = 0; read < bytes.Length;)
                    read += stream.Read(bytes, read, bytes.Length - read);
                return new SourceText("library/" + name.Substring(Folder.Length), Encoding.UTF8.GetString(bytes));
            })];
    }

    static Module Load()
    {
        var module = new Module(new SourceText("library", ""), isLibrary: true, null);
        foreach (var file in Files())
        {
            var tree = SyntaxTree.Parse(file);
            if (tree.Diagnostics.Length > 0)
                throw new InvalidOperationException("the standard library is wrong: " + tree.Diagnostics[0]);
            foreach (var declaration in tree.Root.Declarations)
            {
                if (!module.Add(declaration))
                    throw new InvalidOperationException($"the standard library declares '{declaration.Name}' twice");
            }
        }
        return module;
    }
}
