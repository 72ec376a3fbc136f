using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NetCompiler.EndToEnd.Tests;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Gpu.Tests;

/// <summary>The programs of the page on GPUs, which those of the other pages' tests cannot build.</summary>
public sealed class DocsTests
{
    [Fact]
    public void Programs_of_the_page_on_gpus_compile_and_run()
    {
        var network = DocsSamples.BlocksOf("docs/gpu.md", "net").Single();
        var compilation = Compilation.Create(new SourceText("classifier.net", network.Text), _ => null, new CompilerOptions { Gpu = GpuCode.Required }, CancellationToken.None);
        compilation.Diagnostics.ShouldBeEmpty();
        var blocks = DocsSamples.BlocksOf("docs/gpu.md", "csharp gpu").ToList();
        blocks.ShouldNotBeEmpty();
        var folder = Directory.CreateTempSubdirectory("netc-");
        string before = Directory.GetCurrentDirectory();
        try
        {
            Directory.SetCurrentDirectory(folder.FullName);
            foreach (var block in blocks)
                Run([.. compilation.Emit(CancellationToken.None).Select(file => file.Text), "global using System;", block.Text]);
            folder.GetFiles().Select(file => file.Name).ShouldBe(["classifier.safetensors"]);
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
            folder.Delete(recursive: true);
        }
    }

    static void Run(string[] texts)
    {
        var parse = new CSharpParseOptions(LanguageVersion.Preview);
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is var name && (name.StartsWith("System.", StringComparison.Ordinal) || name is "netstandard.dll" or "ILGPU.dll" or "NetCompiler.Runtime.dll" or "NetCompiler.Runtime.Gpu.dll" or "NetCompiler.Training.dll"))
            .Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create(
            "GpuSample", texts.Select(text => CSharpSyntaxTree.ParseText(text, parse)), references,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        using var image = new MemoryStream();
        var problems = compilation.Emit(image).Diagnostics.Where(diagnostic => diagnostic.Severity >= Microsoft.CodeAnalysis.DiagnosticSeverity.Warning);
        string.Join('\n', problems).ShouldBe("");
        System.Reflection.Assembly.Load(image.ToArray()).EntryPoint!.Invoke(null, [Array.Empty<string>()]);
    }
}
