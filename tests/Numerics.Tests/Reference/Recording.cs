using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NetCompiler.Operators;
using NetCompiler.Runtime;

namespace NetCompiler.Numerics.Tests.Reference;

/// <summary>One tensor of a recording.</summary>
/// <param name="Name">What the case calls it.</param>
/// <param name="Integer">Whether it holds integers.</param>
/// <param name="Dims">Its extents.</param>
/// <param name="Values">Its elements.</param>
internal sealed record RecordedTensor(string Name, bool Integer, ImmutableArray<int> Dims, double[] Values)
{
    public ReferenceTensor Tensor => new([.. Dims], Values);
}

/// <summary>What PyTorch computed for one case: what it was given, and what came out in float64.</summary>
internal sealed class Recording(string name, IEnumerable<(string Role, RecordedTensor Tensor)> tensors)
{
    readonly ILookup<string, RecordedTensor> _tensors = tensors.ToLookup(pair => pair.Role, pair => pair.Tensor);

    public string Name => name;

    public IEnumerable<RecordedTensor> Inputs => _tensors["in"];

    public IEnumerable<RecordedTensor> Parameters => _tensors["param"];

    public IEnumerable<RecordedTensor> States => _tensors["state"];

    public IEnumerable<RecordedTensor> Outputs => _tensors["out"];

    public IEnumerable<RecordedTensor> Gradients => _tensors["grad"];

    /// <summary>States after the call.</summary>
    public IEnumerable<RecordedTensor> After => _tensors["after"];

    /// <summary>The cases of a file of <c>tests/reference/recorded</c>, by name.</summary>
    public static ImmutableSortedDictionary<string, Recording> Read(string group)
    {
        using var file = SafetensorsFile.Open(Path.Combine(Folder(), $"{group}.safetensors"));
        var tensors = file.Tensors.Select(entry => (Path: entry.Name.Split('|'), Tensor: Read(file, entry)));
        return tensors.GroupBy(pair => pair.Path[0])
            .Select(pairs => new Recording(pairs.Key, pairs.Select(pair => (pair.Path[1], pair.Tensor))))
            .ToImmutableSortedDictionary(recording => recording.Name, recording => recording, StringComparer.Ordinal);
    }

    static RecordedTensor Read(SafetensorsFile file, SafetensorsEntry entry)
    {
        byte[] bytes = new byte[entry.End - entry.Begin];
        file.Read(entry, bytes);
        double[] values = entry.ElementType switch
        {
            "F64" => MemoryMarshal.Cast<byte, double>(bytes).ToArray(),
            "F32" => [.. MemoryMarshal.Cast<byte, float>(bytes).ToArray().Select(value => (double)value)],
            "I32" => [.. MemoryMarshal.Cast<byte, int>(bytes).ToArray().Select(value => (double)value)],
            _ => throw new NotSupportedException($"recordings hold no {entry}"),
        };
        return new RecordedTensor(entry.Name.Split('|')[2], entry.ElementType == "I32", [.. entry.Shape.Select(extent => (int)extent)], values);
    }

    static string Folder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "reference", "recorded"));
}
