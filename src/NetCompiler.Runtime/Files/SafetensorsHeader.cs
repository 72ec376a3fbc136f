using System.Text.Json;

namespace NetCompiler.Runtime;

/// <summary>Reads and checks the JSON header of a safetensors file.</summary>
static class SafetensorsHeader
{
    public const string MetadataName = "__metadata__";
    const string Cure = "the file is damaged or no safetensors file: get it again";

    /// <summary>The tensors in the order of their data, and the metadata.</summary>
    /// <param name="path">Named in errors.</param>
    /// <param name="json">The header.</param>
    /// <param name="dataLength">The bytes that follow it.</param>
    /// <exception cref="DataFileException">The header is not as the format asks, or does not describe the data exactly.</exception>
    public static (IReadOnlyList<SafetensorsEntry> Tensors, IReadOnlyDictionary<string, string> Metadata) Parse(string path, ReadOnlySpan<byte> json, long dataLength)
    {
        var parser = new Parser(path, json);
        List<SafetensorsEntry> tensors;
        try
        {
            tensors = parser.ReadTensors();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is no UTF-8.
            throw parser.Error($"the header is no well-formed JSON ({error.Message.Split('\n')[0].TrimEnd('.')})");
        }
        CheckLayout(path, tensors, dataStart: SafetensorsFile.LengthBytes + json.Length, dataLength);
        return (tensors, parser.Metadata);
    }

    /// <summary>The tensors' data must follow one another without gap or overlap and end where the file ends.</summary>
    static void CheckLayout(string path, List<SafetensorsEntry> tensors, long dataStart, long dataLength)
    {
        // Empty tensors share their offset with the next one.
        tensors.Sort((a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
        long expected = 0;
        foreach (var tensor in tensors)
        {
            if (tensor.End > dataLength)
                throw new DataFileException(path, dataStart + dataLength, $"the data of '{tensor.Name}' ends at byte {dataStart + tensor.End}, after the end of the file", Cure);
            if (tensor.Begin != expected)
                throw new DataFileException(path, dataStart + tensor.Begin, tensor.Begin < expected
                    ? $"the data of '{tensor.Name}' overlaps that of another tensor"
                    : $"there is a gap of {tensor.Begin - expected} bytes before the data of '{tensor.Name}'", Cure);
            expected = tensor.End;
        }
        if (expected != dataLength)
            throw new DataFileException(path, dataStart + expected, $"{dataLength - expected} bytes belong to no tensor", Cure);
    }

    ref struct Parser(string path, ReadOnlySpan<byte> json)
    {
        Utf8JsonReader _reader = new(json);

        public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

        public readonly DataFileException Error(string constraint) => new(path, SafetensorsFile.LengthBytes + _reader.BytesConsumed, constraint, Cure);

        public List<SafetensorsEntry> ReadTensors()
        {
            var tensors = new List<SafetensorsEntry>();
            var names = new HashSet<string>(StringComparer.Ordinal);
            Read(JsonTokenType.StartObject, "the header");
            while (ReadName() is { } name)
            {
                if (!names.Add(name))
                    throw Error($"'{name}' occurs twice in the header");
                if (name == MetadataName)
                    ReadMetadata();
                else
                    tensors.Add(ReadTensor(name));
            }
            if (_reader.Read())
                throw Error("something follows the header's object");
            return tensors;
        }

        SafetensorsEntry ReadTensor(string name)
        {
            string? type = null;
            long[]? shape = null, offsets = null;
            Read(JsonTokenType.StartObject, $"'{name}'");
            while (ReadName() is { } key)
            {
                switch (key)
                {
                    case "dtype" when type is null:
                        Read(JsonTokenType.String, $"dtype of '{name}'");
                        type = _reader.GetString();
                        break;
                    case "shape" when shape is null:
                        shape = ReadNumbers($"shape of '{name}'");
                        break;
                    case "data_offsets" when offsets is null:
                        offsets = ReadNumbers($"data_offsets of '{name}'");
                        break;
                    default:
                        throw Error($"'{name}' has an unknown or repeated property '{key}'");
                }
            }
            if (type is null || shape is null || offsets is not [var begin, var end])
                throw Error($"'{name}' must have dtype, shape and two data_offsets");
            if (SafetensorsFile.BytesPerElement(type) is not { } elementBytes)
                throw Error($"'{name}' has the unknown dtype '{type}'");
            if (begin > end)
                throw Error($"the data of '{name}' ends at {end}, before it begins at {begin}");
            Int128 bytes = elementBytes;
            foreach (var dimension in shape)
                bytes = Int128.Min(bytes * dimension, long.MaxValue); // capped, so that the next product cannot overflow
            if (shape.Contains(0))
                bytes = 0;
            if (bytes != end - begin)
                throw Error($"'{name}' has {end - begin} bytes of data but {type}[{string.Join(", ", shape)}] needs {bytes}");
            return new SafetensorsEntry(name, type, shape, begin, end);
        }

        void ReadMetadata()
        {
            Read(JsonTokenType.StartObject, MetadataName);
            while (ReadName() is { } key)
            {
                Read(JsonTokenType.String, $"'{key}' in {MetadataName}");
                if (!Metadata.TryAdd(key, _reader.GetString() ?? ""))
                    throw Error($"'{key}' occurs twice in {MetadataName}");
            }
        }

        long[] ReadNumbers(string what)
        {
            Read(JsonTokenType.StartArray, what);
            var numbers = new List<long>();
            while (Advance() != JsonTokenType.EndArray)
            {
                if (_reader.TokenType != JsonTokenType.Number || !_reader.TryGetInt64(out var number) || number < 0)
                    throw Error($"{what} must be integers of at least 0");
                numbers.Add(number);
            }
            return [.. numbers];
        }

        /// <summary>The next property's name, or null at the object's end.</summary>
        string? ReadName() => Advance() == JsonTokenType.PropertyName ? _reader.GetString() : null;

        void Read(JsonTokenType expected, string what)
        {
            if (Advance() != expected)
                throw Error($"{what} must be a JSON {expected switch { JsonTokenType.StartObject => "object", JsonTokenType.StartArray => "array", _ => "string" }}");
        }

        JsonTokenType Advance() => _reader.Read() ? _reader.TokenType : throw Error("the header ends too early");
    }
}
