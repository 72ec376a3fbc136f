using System.Text;
using NetCompiler.Runtime;

namespace NetCompiler.Training;

/// <summary>A text to learn to write: the user's, the well-known one by Shakespeare where it is found, sums in words otherwise.</summary>
/// <param name="Text">The text.</param>
/// <param name="Source">Which it is and why, in a phrase for the user.</param>
public sealed record SampleText(string Text, string Source)
{
    const string Variable = "NETC_DATA";

    // A text that no computer of today learns from in memory is a mistake.
    const long MostBytes = 1L << 30;

    static readonly string[] s_small =
    [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
        "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    ];

    static readonly string[] s_tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

    /// <summary>
    /// Reads <paramref name="dataOption"/>: a text file, or a folder with input.txt in it or in its folder text/tinyshakespeare. Without it, the
    /// folder that the environment variable NETC_DATA names is searched; where nothing is found, sums in words are made up.
    /// </summary>
    /// <param name="dataOption">What the user asked for, if anything.</param>
    /// <exception cref="FileNotFoundException"><paramref name="dataOption"/> is given but there is no text.</exception>
    /// <exception cref="DataFileException">The file is empty or larger than 1 GiB.</exception>
    public static SampleText Find(string? dataOption) => Find(dataOption, Environment.GetEnvironmentVariable(Variable));

    internal static SampleText Find(string? dataOption, string? environment)
    {
        if (dataOption is not null)
            return FileIn(dataOption) is { } chosen ? Read(chosen, chosen)
                : throw new FileNotFoundException($"{dataOption} is no text file, and there is no input.txt in it or in its folder text/tinyshakespeare");
        if (string.IsNullOrEmpty(environment))
            return new SampleText(Sums(20_000), $"sums in words (no --data, and {Variable} is not set)");
        return FileIn(environment) is { } found ? Read(found, $"{found} ({Variable})")
            : new SampleText(Sums(20_000), $"sums in words ({Variable} names {environment}, which has no text/tinyshakespeare/input.txt)");
    }

    static string? FileIn(string path) =>
        Array.Find([path, Path.Combine(path, "input.txt"), Path.Combine(path, "text", "tinyshakespeare", "input.txt")], File.Exists);

    static SampleText Read(string path, string source)
    {
        long length = new FileInfo(path).Length;
        return length is > 0 and <= MostBytes ? new SampleText(File.ReadAllText(path).ReplaceLineEndings("\n"), source)
            : throw new DataFileException(path, null, $"the file has {length} bytes", "give a text of 1 byte to 1 GiB");
    }

    /// <summary>Lines such as "seven and thirty-five is forty-two.".</summary>
    static string Sums(int lines)
    {
        var random = new Philox4x32(1);
        var text = new StringBuilder();
        for (var line = 0; line < lines; line++)
        {
            int a = random.Next(50), b = random.Next(50);
            text.Append(InWords(a)).Append(" and ").Append(InWords(b)).Append(" is ").Append(InWords(a + b)).Append(".\n");
        }
        return text.ToString();
    }

    static string InWords(int number) =>
        number < 20 ? s_small[number]
        : number % 10 == 0 ? s_tens[number / 10]
        : $"{s_tens[number / 10]}-{s_small[number % 10]}";
}
