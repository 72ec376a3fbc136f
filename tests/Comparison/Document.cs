namespace NetCompiler.Comparison;

/// <summary>A Markdown file with a part that a program writes.</summary>
static class Document
{
    const string Begin = "<!-- measured: begin -->", End = "<!-- measured: end -->";

    /// <summary>Replaces what is between the marks.</summary>
    /// <exception cref="InvalidDataException">The file lacks the marks.</exception>
    public static void Replace(string path, string tables)
    {
        string text = File.ReadAllText(path);
        int begin = text.IndexOf(Begin, StringComparison.Ordinal), end = text.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 || end < begin)
            throw new InvalidDataException($"{path} lacks the lines '{Begin}' and '{End}', between which the tables go");
        string temporary = path + ".new";
        File.WriteAllText(temporary, $"{text[..(begin + Begin.Length)]}\n{tables.TrimEnd()}\n{text[end..]}");
        File.Move(temporary, path, overwrite: true);
    }
}
