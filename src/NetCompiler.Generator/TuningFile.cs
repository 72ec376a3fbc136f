using System;
using System.Threading;
using Microsoft.CodeAnalysis;
using NetCompiler.Text;

namespace NetCompiler.Generator;

/// <summary>Reads tuning records, which <c>netc tune</c> writes beside network files.</summary>
internal static class TuningFile
{
    private const string Extension = ".tune.json";

    /// <summary>Whether an additional file is a tuning record.</summary>
    public static bool HasExtension(AdditionalText file) => file.Path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase);

    /// <summary>The record's text under its path.</summary>
    public static SourceText Read(AdditionalText file, CancellationToken cancellation) => new(file.Path, file.GetText(cancellation)?.ToString() ?? "");

    /// <summary>The path of the record of a network file.</summary>
    public static string PathOf(string network) => Compilation.TuningPath(network);

    /// <summary>The path of its record for GPUs.</summary>
    public static string GpuPathOf(string network) => Compilation.GpuTuningPath(network);
}
