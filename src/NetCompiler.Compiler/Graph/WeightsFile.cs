using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Text;

namespace NetCompiler.Graph;

/// <summary>What the header of a safetensors file says that its tensors are.</summary>
internal sealed class WeightsFile
{
    WeightsFile(ImmutableSortedDictionary<string, string> tensors) => Tensors = tensors;

    /// <summary>The types by name, as <c>F32[20, 5]</c>.</summary>
    public ImmutableSortedDictionary<string, string> Tensors { get; }

    /// <summary>The type of a variable in the words of the format.</summary>
    public static string TypeOf(TensorType type) => $"{type.Element.Name().ToUpperInvariant()}{type.Shape}";

    /// <summary>Reads a header; null if it is none.</summary>
    public static WeightsFile? Parse(string header)
    {
        var tensors = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var reader = new Reader(header);
        if (reader.Value() is not List<KeyValuePair<string, object>> entries || !reader.AtEnd)
            return null;
        foreach (var entry in entries.Where(entry => entry.Key != "__metadata__"))
        {
            if (entry.Value is not List<KeyValuePair<string, object>> properties
                || properties.FirstOrDefault(property => property.Key == "dtype").Value is not string type
                || properties.FirstOrDefault(property => property.Key == "shape").Value is not List<object> shape
                || !shape.All(extent => extent is double) || tensors.ContainsKey(entry.Key))
                return null;
            tensors.Add(entry.Key, $"{type}[{string.Join(", ", shape.Select(extent => ((double)extent).ToString("R", CultureInfo.InvariantCulture)))}]");
        }
        return new WeightsFile(tensors.ToImmutable());
    }

    /// <summary>
    /// As much of JSON as headers have: an object is a list of pairs, an array a list, a value that is not well formed null. Deep nesting
    /// is none of theirs.
    /// </summary>
    sealed class Reader(string text)
    {
        const int DepthLimit = 8;

        int _at;
        int _depth;

        public bool AtEnd
        {
            get
            {
                SkipSpace();
                return _at == text.Length;
            }
        }

        char Next => _at < text.Length ? text[_at] : '\0';

        void SkipSpace()
        {
            while (Next is ' ' or '\t' or '\r' or '\n')
                _at++;
        }

        bool Take(char c)
        {
            SkipSpace();
            if (Next != c)
                return false;
            _at++;
            return true;
        }

        public object? Value()
        {
            SkipSpace();
            if (_depth == DepthLimit)
                return null;
            _depth++;
            object? value = Next switch
            {
                '{' => Sequence('}', Pair),
                '[' => Sequence(']', Value),
                '"' => String(),
                _ => Number(),
            };
            _depth--;
            return value is List<object> items && items.Count > 0 && items.All(item => item is KeyValuePair<string, object>)
                ? items.ConvertAll(item => (KeyValuePair<string, object>)item)
                : value;
        }

        List<object>? Sequence(char end, Func<object?> element)
        {
            var items = new List<object>();
            _at++;
            if (Take(end))
                return items;
            do
            {
                if (element() is not { } item)
                    return null;
                items.Add(item);
            }
            while (Take(','));
            return Take(end) ? items : null;
        }

        object? Pair()
        {
            SkipSpace();
            return Next == '"' && String() is { } name && Take(':') && Value() is { } value ? new KeyValuePair<string, object>(name, value) : null;
        }

        string? String()
        {
            var result = new StringBuilder();
            for (_at++; _at < text.Length; _at++)
            {
                char c = text[_at];
                if (c == '"')
                {
                    _at++;
                    return result.ToString();
                }
                if (c != '\\')
                {
                    result.Append(c);
                    continue;
                }
                _at++;
                if (Next == 'u' && _at + 4 < text.Length && int.TryParse(text.Substring(_at + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int code))
                {
                    result.Append((char)code);
                    _at += 4;
                }
                else
                    result.Append(Next switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'b' => '\b', 'f' => '\f', var other => other });
            }
            return null;
        }

        double? Number()
        {
            int start = _at;
            while (char.IsDigit(Next) || Next is '-' or '+' or '.' or 'e' or 'E')
                _at++;
            return double.TryParse(text.Substring(start, _at - start), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null;
        }
    }
}
