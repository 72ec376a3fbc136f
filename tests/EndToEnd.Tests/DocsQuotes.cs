using System.Globalization;
using System.Text.RegularExpressions;

namespace NetCompiler.EndToEnd.Tests;

/// <summary>
/// Quotations of what the compiler really says, in the documents:
/// <list type="bullet">
/// <item><c>text diagnostics</c>: all diagnostics of the block before it;</item>
/// <item><c>csharp FILE 5 lines from "TEXT"</c>: of a file that LeNet is compiled to;</item>
/// <item><c>csharp FILE block from "TEXT"</c>: the same, up to the brace that closes what starts there;</item>
/// <item><c>text dump PASS FUNCTION 5 lines from "TEXT"</c>: of the graph of LeNet after a pass.</item>
/// </list>
/// </summary>
internal static partial class DocsQuotes
{
    [GeneratedRegex("""^(?<source>.+) (?:(?<count>\d+) lines?|block) from "(?<text>.+)"$""")]
    private static partial Regex Excerpt { get; }

    /// <summary>What the block should say; null if it is no quotation.</summary>
    public static string? Of(IReadOnlyList<DocsBlock> blocks, int index)
    {
        var block = blocks[index];
        if (block.Kind == "text diagnostics")
        {
            var mistaken = blocks[index - 1];
            return string.Concat(DocsSamples.Compile(mistaken.Text, mistaken.Kind["net error ".Length..]).Diagnostics.Select(diagnostic => diagnostic + "\n"));
        }
        if (Excerpt.Match(block.Kind) is not { Success: true } excerpt)
            return null;
        var whole = excerpt.Groups["source"].Value.Split(' ') switch
        {
            ["csharp", var file] => DocsSamples.LeNet.Value.Emit(CancellationToken.None).Single(emitted => emitted.Name == file).Text,
            ["text", "dump", var pass, var function] => DocsSamples.LeNet.Value.Dump(pass: pass, network: "LeNet", function: function),
            _ => throw new FormatException($"{block.Page}, line {block.Line}: '{block.Kind}' names nothing to quote from"),
        };
        string[] lines = whole.Split('\n');
        int start = Array.FindIndex(lines, line => line.Contains(excerpt.Groups["text"].Value, StringComparison.Ordinal));
        if (start < 0)
            throw new FormatException($"{block.Page}, line {block.Line}: there is no '{excerpt.Groups["text"].Value}' to quote from any more");
        int count = excerpt.Groups["count"] is { Success: true, Value: var number } ? int.Parse(number, CultureInfo.InvariantCulture) : BlockLength(lines, start);
        var quoted = lines[start..Math.Min(lines.Length, start + count)];
        int indent = quoted.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Concat(quoted.Select(line => (line.Length > indent ? line[indent..] : "") + "\n")).TrimEnd('\n') + "\n";
    }

    /// <summary>How many lines it takes until every brace that opens is closed.</summary>
    static int BlockLength(string[] lines, int start)
    {
        int depth = 0, end = start;
        do
            depth += lines[end].Count(c => c == '{') - lines[end].Count(c => c == '}');
        while (++end < lines.Length && (depth > 0 || !lines[start..end].Any(line => line.Contains('{', StringComparison.Ordinal))));
        return end - start;
    }
}
