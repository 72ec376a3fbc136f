using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;

namespace NetCompiler.Text;

/// <summary>A value of a JSON text and where it stands.</summary>
/// <param name="Span">Its place.</param>
/// <param name="Value">A string, a double, a bool, null, an array of values, or an array of <see cref="JsonProperty"/>.</param>
internal sealed record JsonValue(TextSpan Span, object? Value)
{
    /// <summary>The properties of an object; null if it is something else.</summary>
    public ImmutableArray<JsonProperty>? Properties => Value is ImmutableArray<JsonProperty> properties ? properties : null;

    /// <summary>The property of that name; null if there is none.</summary>
    public JsonValue? this[string name] => Properties?.FirstOrDefault(property => property.Name == name)?.Value;
}

/// <summary>A property of a JSON object.</summary>
internal sealed record JsonProperty(string Name, TextSpan NameSpan, JsonValue Value);

/// <summary>Reads JSON (RFC 8259) with places, for messages that point at them.</summary>
internal sealed class JsonReader
{
    const int DepthLimit = 64;

    static readonly Regex _number = new(@"\A-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\z", RegexOptions.CultureInvariant);

    readonly string _text;
    int _at;
    string? _problem;

    JsonReader(string text) => _text = text;

    /// <summary>The value, or what is wrong with the text and where.</summary>
    public static (JsonValue? Value, string Problem, TextSpan Place) Read(string text)
    {
        var reader = new JsonReader(text);
        var value = reader.Value(0);
        reader.SkipSpace();
        if (value is not null && reader._at < text.Length)
            value = reader.Fail<JsonValue>("nothing may follow the last '}'");
        return (value, reader._problem ?? "", new TextSpan(System.Math.Min(reader._at, text.Length), reader._at < text.Length ? 1 : 0));
    }

    char Next => _at < _text.Length ? _text[_at] : '\0';

    void SkipSpace()
    {
        while (Next is ' ' or '\t' or '\r' or '\n' or '\uFEFF')
            _at++;
    }

    T? Fail<T>(string problem) where T : class
    {
        _problem ??= problem;
        return null;
    }

    JsonValue? Value(int depth)
    {
        SkipSpace();
        if (depth == DepthLimit)
            return Fail<JsonValue>($"values are nested deeper than {DepthLimit.ToString(CultureInfo.InvariantCulture)}");
        int start = _at;
        switch (Next)
        {
            case '{':
                return Items('}', () => Property(depth)) is { } properties ? Make(start, properties.ToImmutableArray()) : null;
            case '[':
                return Items(']', () => Value(depth + 1)) is { } values ? Make(start, values.ToImmutableArray()) : null;
            case '"':
                return String() is { } text ? Make(start, text) : null;
        }
        while (char.IsLetterOrDigit(Next) || Next is '-' or '+' or '.')
            _at++;
        string word = _text.Substring(start, _at - start);
        object? literal = word switch { "true" => true, "false" => false, _ => null };
        if (word == "null" || literal is not null)
            return Make(start, literal);
        // Where the text is a number beyond the range of a double, some runtimes fail and others give infinity.
        if (_number.IsMatch(word) && double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && !double.IsInfinity(number))
            return Make(start, number);
        _at = start;
        return Fail<JsonValue>(word.Length == 0 ? "a value is missing here" : $"'{word}' is no value of JSON");
    }

    JsonValue Make(int start, object? value) => new(TextSpan.FromBounds(start, _at), value);

    List<T>? Items<T>(char end, System.Func<T?> item) where T : class
    {
        var items = new List<T>();
        _at++;
        SkipSpace();
        if (Next == end)
        {
            _at++;
            return items;
        }
        while (true)
        {
            if (item() is not { } next)
                return null;
            items.Add(next);
            SkipSpace();
            if (Next == end)
            {
                _at++;
                return items;
            }
            if (Next != ',')
                return Fail<List<T>>($"',' or '{end}' is missing here");
            _at++;
        }
    }

    JsonProperty? Property(int depth)
    {
        SkipSpace();
        int start = _at;
        if (Next != '"')
            return Fail<JsonProperty>("a name in quotes is missing here");
        if (String() is not { } name)
            return null;
        var span = TextSpan.FromBounds(start, _at);
        SkipSpace();
        if (Next != ':')
            return Fail<JsonProperty>("':' is missing here");
        _at++;
        return Value(depth + 1) is { } value ? new JsonProperty(name, span, value) : null;
    }

    string? String()
    {
        var result = new StringBuilder();
        for (_at++; _at < _text.Length && Next >= ' '; _at++)
        {
            if (Next == '"')
            {
                _at++;
                return result.ToString();
            }
            if (Next != '\\')
            {
                result.Append(Next);
                continue;
            }
            _at++;
            if (Next == 'u' && _at + 4 < _text.Length && int.TryParse(_text.Substring(_at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code))
            {
                result.Append((char)code);
                _at += 4;
                continue;
            }
            char? escaped = Next switch { '"' or '\\' or '/' => Next, 'n' => '\n', 't' => '\t', 'r' => '\r', 'b' => '\b', 'f' => '\f', _ => null };
            if (escaped is null)
                return Fail<string>("this is no escape of JSON");
            result.Append(escaped);
        }
        return Fail<string>("the closing quote is missing");
    }
}
