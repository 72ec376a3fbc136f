using NetCompiler.Text;

namespace NetCompiler.Generator;

/// <summary>What the project says about the compilation of one file.</summary>
/// <param name="Namespace">The C# namespace of networks whose file names none.</param>
/// <param name="LineDirectives">Whether the C# maps back to the <c>.net</c> file.</param>
/// <param name="OutputFolder">The folder part of the generated files' names: the file's place in the project.</param>
/// <param name="Machine">The machine that the code is for, by the name that tuning records have; null if any.</param>
/// <param name="Target">What the project asks for in the property NetTarget; null if nothing.</param>
/// <param name="Gpu">The GPU that the code is for, by the name that its records have; null if any.</param>
internal sealed record FileOptions(string Namespace, bool LineDirectives, string OutputFolder, string? Machine = null, string? Target = null, string? Gpu = null);

/// <summary>One <c>.net</c> file of the project.</summary>
/// <param name="Source">Its path and text.</param>
/// <param name="Uses">The full paths of the files that it uses directly.</param>
/// <param name="Weights">The full paths of the files of weights that its networks name.</param>
/// <param name="Options">What the project says about it.</param>
internal sealed record NetworkFile(SourceText Source, EquatableArray<string> Uses, EquatableArray<string> Weights, FileOptions Options);

/// <summary>All that the compilation of one file depends on, and nothing more: equal units give equal results.</summary>
/// <param name="Root">The file to compile.</param>
/// <param name="Used">The files that it uses, directly or through others, by path.</param>
/// <param name="Weights">The headers of the files of weights that these name, by path.</param>
/// <param name="Tuning">The tuning record of the root; null if it has none.</param>
/// <param name="GpuTuning">Its record for GPUs; null if it has none.</param>
/// <param name="Options">What the project says about the root.</param>
/// <param name="HasGpu">Whether the project references what code for GPUs runs on.</param>
/// <param name="IsSigned">Whether its assembly gets a strong name.</param>
internal sealed record CompilationUnit(
    SourceText Root, EquatableArray<SourceText> Used, EquatableArray<SourceText> Weights, SourceText? Tuning, SourceText? GpuTuning, FileOptions Options, bool HasGpu = false, bool IsSigned = false);

/// <summary>What came of a unit.</summary>
/// <param name="OutputFolder">The folder part of the files' names.</param>
/// <param name="Files">The C# files; empty for what contains errors.</param>
/// <param name="Diagnostics">The findings, in any of the unit's files.</param>
internal sealed record CompiledUnit(string OutputFolder, EquatableArray<EmittedFile> Files, EquatableArray<Diagnostic> Diagnostics);
