using System.Buffers.Binary;
using System.Text.Json;

namespace NetCompiler.Runtime;

/// <summary>A tensor in a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ElementType">The format's name of the element type, such as F32.</param>
/// <param name="Shape">The dimensions, outermost first.</param>
/// <param name="Begin">Where its bytes begin, counted from the end of the header.</param>
/// <param name="End">Where its bytes end.</param>
public sealed record SafetensorsEntry(string Name, string ElementType, IReadOnlyList<long> Shape, long Begin, long End)
{
    /// <summary>Type and shape: F32[20, 1, 5, 5].</summary>
    public override string ToString() => $"{ElementType}[{string.Join(", ", Shape)}]";
}

/// <summary>
/// A file in the safetensors format (https://huggingface.co/docs/safetensors): the header's length in 8 bytes, little-endian,
/// a JSON header, and the tensors' bytes. Nothing in the file is trusted: memory is bounded by the file's true size, and
/// the header must describe the data exactly. Not safe for concurrent use.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    internal const int LengthBytes = 8;
    const string Format = "safetensors";
    const long MaximumHeaderLength = 100_000_000; // the format's own limit

    readonly FileStream _stream;
    readonly long _dataStart;

    SafetensorsFile(string path, FileStream stream)
    {
        const string cure = "the file is damaged or no safetensors file: get it again";
        Path = path;
        _stream = stream;
        var fileLength = stream.Length;
        if (fileLength < LengthBytes)
            throw new DataFileException(path, fileLength, $"the file ends within the {LengthBytes} bytes of the header's length", cure);
        Span<byte> lengthBytes = stackalloc byte[LengthBytes];
        stream.ReadExactly(lengthBytes);
        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (headerLength > MaximumHeaderLength)
            throw DataFileException.OtherFormat(path, Format, 0, $"the header's length of {headerLength} bytes exceeds the limit of {MaximumHeaderLength}");
        if (headerLength > (ulong)(fileLength - LengthBytes))
            throw new DataFileException(path, fileLength, $"the file ends within the header of {headerLength} bytes", cure);
        var header = new byte[headerLength];
        stream.ReadExactly(header);
        _dataStart = LengthBytes + header.Length;
        (Tensors, Metadata) = SafetensorsHeader.Parse(path, header, fileLength - _dataStart);
    }

    /// <summary>The file's name.</summary>
    public string Path { get; }

    /// <summary>The tensors in the order of their data.</summary>
    public IReadOnlyList<SafetensorsEntry> Tensors { get; }

    /// <summary>Free text that the writer added.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and reads its header.</summary>
    /// <exception cref="DataFileException">The file is damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SafetensorsFile Open(string path)
    {
        var stream = File.OpenRead(path);
        try
        {
            return new SafetensorsFile(path, stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads a tensor's bytes, little-endian and row-major.</summary>
    /// <exception cref="ArgumentException">The destination's length is not that of the tensor.</exception>
    public void Read(SafetensorsEntry tensor, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (destination.Length != tensor.End - tensor.Begin)
            throw new ArgumentException($"'{tensor.Name}' has {tensor.End - tensor.Begin} bytes, the destination {destination.Length}");
        _stream.Position = _dataStart + tensor.Begin;
        _stream.ReadExactly(destination);
        if (tensor.ElementType == "BOOL" && destination.IndexOfAnyExceptInRange((byte)0, (byte)1) is >= 0 and var at)
            throw new DataFileException(Path, _dataStart + tensor.Begin + at, $"'{tensor.Name}' has the truth value {destination[at]}, which is neither 0 nor 1", "get the file again");
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();

    /// <summary>The size of an element, or null for a type that the format does not know.</summary>
    internal static int? BytesPerElement(string elementType) => elementType switch
    {
        "BOOL" or "U8" or "I8" or "F8_E5M2" or "F8_E4M3" => 1,
        "U16" or "I16" or "F16" or "BF16" => 2,
        "U32" or "I32" or "F32" => 4,
        "U64" or "I64" or "F64" or "C64" => 8,
        _ => null,
    };

    /// <summary>Writes a file of variables; equal content gives equal bytes.</summary>
    internal static void Write(Stream stream, IEnumerable<Variable> variables, IEnumerable<(string Key, string Value)> metadata)
    {
        // Wide elements first, as the reference implementation does, so that all data is aligned without gaps.
        var ordered = variables.OrderByDescending(variable => BytesPerElement(variable.FileElementType)).ToList();
        var header = Header(ordered, metadata);
        Span<byte> length = stackalloc byte[LengthBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (var variable in ordered)
            stream.Write(variable.Bytes);
    }

    static ReadOnlySpan<byte> Header(List<Variable> variables, IEnumerable<(string Key, string Value)> metadata)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteStartObject(SafetensorsHeader.MetadataName);
            foreach (var (key, value) in metadata)
                writer.WriteString(key, value);
            writer.WriteEndObject();
            long offset = 0;
            foreach (var variable in variables)
            {
                writer.WriteStartObject(variable.Name);
                writer.WriteString("dtype", variable.FileElementType);
                writer.WriteStartArray("shape");
                foreach (var dimension in variable.Shape)
                    writer.WriteNumberValue(dimension);
                writer.WriteEndArray();
                writer.WriteStartArray("data_offsets");
                writer.WriteNumberValue(offset);
                writer.WriteNumberValue(offset += variable.Bytes.Length);
                writer.WriteEndArray();
                writer.WriteEndObject();
            }
            writer.WriteEndObject();
        }
        while (json.Length % 8 != 0)
            json.WriteByte((byte)' ');
        return json.Length <= MaximumHeaderLength
            ? json.ToArray()
            : throw new InvalidOperationException($"the names of {variables.Count} variables exceed the format's header limit of {MaximumHeaderLength} bytes");
    }
}
