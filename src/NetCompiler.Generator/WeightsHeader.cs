using System;
using System.IO;
using System.Text;
using Microsoft.CodeAnalysis;
using NetCompiler.Text;

namespace NetCompiler.Generator;

/// <summary>Reads the headers of safetensors files: names and shapes, never the weights.</summary>
internal static class WeightsHeader
{
    // A header takes about a hundred bytes a tensor.
    private const int LargestHeader = 16 << 20;

    /// <summary>Whether an additional file holds weights.</summary>
    public static bool HasExtension(AdditionalText file) => file.Path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase);

    /// <summary>The header as a text under the file's path; an empty one of a file that cannot be read, which the compiler calls no safetensors file.</summary>
    public static SourceText Read(string path)
    {
        // Roslyn reads additional files as text, whole, and refuses binary ones; of this one a small part is enough.
#pragma warning disable RS1035
        try
        {
            using var stream = File.OpenRead(path);
            using var reader = new BinaryReader(stream);
            ulong length = stream.Length < 8 ? ulong.MaxValue : reader.ReadUInt64();
            return new SourceText(path, length <= LargestHeader && (long)length <= stream.Length - 8 ? Encoding.UTF8.GetString(reader.ReadBytes((int)length)) : "");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new SourceText(path, "");
        }
#pragma warning restore RS1035
    }
}
