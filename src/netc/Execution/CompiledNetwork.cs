using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NetCompiler.Runtime;

namespace NetCompiler.CommandLine.Execution;

/// <summary>Compiles emitted C# in memory, the same text that a build would compile, and makes its networks.</summary>
internal sealed class CompiledNetwork
{
    readonly Assembly _assembly;

    static int _count;

    CompiledNetwork(Assembly assembly) => _assembly = assembly;

    /// <summary>Compiles files of the compiler. An error in them is our bug.</summary>
    public static CompiledNetwork Compile(IEnumerable<EmittedFile> files, OptimizationLevel optimization = OptimizationLevel.Release)
    {
        var parse = new CSharpParseOptions(LanguageVersion.Preview);
        var compilation = CSharpCompilation.Create(
            // ILGPU finds types by the names of their assemblies.
            $"NetCompiler.Emitted{Interlocked.Increment(ref _count)}",
            files.Select(file => CSharpSyntaxTree.ParseText(file.Text, parse, file.Name)),
            References.Value,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: optimization, deterministic: true, nullableContextOptions: NullableContextOptions.Enable));
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        var problems = result.Diagnostics.Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning).ToList();
        if (!result.Success || problems.Count > 0)
            throw new InvalidOperationException("the emitted C# does not compile cleanly:\n" + string.Join("\n", problems));
        image.Position = 0;
        return new CompiledNetwork(new AssemblyLoadContext("NetCompiler.Emitted", isCollectible: false).LoadFromStream(image));
    }

    /// <summary>The only network of the assembly, or the one named <paramref name="name"/>.</summary>
    public Network Create(string name, ulong seed, WorkerPool? pool = null)
    {
        var type = _assembly.GetTypes().Single(type => type.IsSubclassOf(typeof(Network)) && type.Name == name);
        return (Network)Activator.CreateInstance(type, seed, pool)!;
    }

    /// <summary>The network named <paramref name="name"/> on a device.</summary>
    public Network Create(string name, Device device, ulong seed = 0)
    {
        var type = _assembly.GetTypes().Single(type => type.IsSubclassOf(typeof(Network)) && type.Name == name);
        return (Network)Activator.CreateInstance(type, device, seed)!;
    }

    static readonly Lazy<ImmutableArray<MetadataReference>> References = new(() =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is var name && (name.StartsWith("System.", StringComparison.Ordinal) || name is "mscorlib.dll" or "netstandard.dll" or "NetCompiler.Runtime.dll" or "NetCompiler.Runtime.Gpu.dll" or "ILGPU.dll"))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ]);
}
