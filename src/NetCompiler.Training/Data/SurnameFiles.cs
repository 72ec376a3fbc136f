using System.Runtime.InteropServices;
using System.Text;
using NetCompiler.Runtime;

namespace NetCompiler.Training;

/// <summary>Text files of surnames, one for each language, as samples for a classifier of letter sequences.</summary>
public static class SurnameFiles
{
    /// <summary>The letters that a name is reduced to: without case and accents. Letter i has the number i + 1; 0 pads.</summary>
    public const string Alphabet = "abcdefghijklmnopqrstuvwxyz '-";

    /// <summary>The length to which names are padded; what is longer is cut.</summary>
    public const int Longest = 20;

    // The largest list of surnames of a language that anybody trains on is far below.
    const int MostNames = 1_000_000;

    // Not by Unicode's normal forms: those are missing where .NET runs without ICU, and results would differ.
    static readonly string[] s_accented =
        ["aàáâãäåāăą", "cçćč", "dďđ", "eèéêëēęě", "gğģ", "iìíîïī", "lłľ", "nñńň", "oòóôõöøō", "rřŕ", "sśšşß", "tťţ", "uùúûüūů", "yýÿ", "zźżž", "'’", " \u00A0", "-–"];

    static readonly string[][] s_inventedEndings = [["ak", "oko", "uk"], ["elli", "ino", "ari"], ["sson", "berg", "qvist"]];

    /// <summary>Whether the folder has at least two text files.</summary>
    public static bool IsIn(string folder) => Directory.Exists(folder) && Directory.GetFiles(folder, "*.txt").Length > 1;

    /// <summary>The languages: the names of the text files in their order.</summary>
    public static IReadOnlyList<string> Languages(string folder) => [.. Paths(folder).Select(path => Path.GetFileNameWithoutExtension(path))];

    /// <summary>Reads one split, in an order of chance that is always the same: every fifth name is for the test.</summary>
    /// <param name="folder">Has a text file for each language, one name on a line, UTF-8.</param>
    /// <param name="split">Which.</param>
    /// <returns>Columns: name, i32[<see cref="Longest"/>], padded with 0; length, i32; label, i32: the number of the language.</returns>
    /// <exception cref="DataFileException">A file holds no names or too many.</exception>
    public static Dataset Load(string folder, Split split)
    {
        var names = new List<(string Name, int Label)>();
        foreach (var (path, label) in Paths(folder).Select((path, label) => (path, label)))
        {
            // In one language, a name that occurs twice would be in both splits.
            var own = File.ReadLines(path).Take(MostNames + 1).Select(Reduce).Where(name => name.Length > 0).Distinct().ToList();
            if (own.Count is 0 or > MostNames)
                throw new DataFileException(path, null, own.Count == 0 ? "there are no names" : $"there are more than {MostNames} names", "give a file with one name on each line");
            names.AddRange(own.Select(name => (name, label)));
        }
        // So that the first samples are of all languages.
        new Philox4x32(1).Shuffle(CollectionsMarshal.AsSpan(names));
        return Pick(names, split);
    }

    /// <summary>Invents names for three languages that differ in how names end.</summary>
    internal static Dataset Invent(Split split)
    {
        const string consonants = "bdfgklmnprstv", vowels = "aeiou";
        var random = new Philox4x32(1);
        var names = new List<(string Name, int Label)>();
        for (var i = 0; i < 6000; i++)
        {
            var label = random.Next(s_inventedEndings.Length);
            var name = new StringBuilder();
            for (int syllable = 0, syllables = 1 + random.Next(2); syllable <= syllables; syllable++)
                name.Append(consonants[random.Next(consonants.Length)]).Append(vowels[random.Next(vowels.Length)]);
            name.Append(consonants[random.Next(consonants.Length)]).Append(s_inventedEndings[label][random.Next(3)]);
            names.Add((name.ToString(), label));
        }
        return Pick([.. names.Distinct()], split);
    }

    /// <summary>The languages of the invented names.</summary>
    internal static IReadOnlyList<string> InventedLanguages { get; } = ["Akonian", "Ellian", "Bergish"];

    /// <summary>The name in letters of <see cref="Alphabet"/>.</summary>
    public static string Reduce(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var letters = name.Trim().ToLowerInvariant()
            .Select(character => Array.Find(s_accented, group => group.Contains(character))?[0] ?? character)
            .Where(character => Alphabet.Contains(character));
        return string.Concat(letters.Take(Longest));
    }

    /// <summary>The letters' numbers, padded with 0.</summary>
    public static int[] Encode(string name)
    {
        var letters = new int[Longest];
        foreach (var (letter, i) in Reduce(name).Select((letter, i) => (letter, i)))
            letters[i] = Alphabet.IndexOf(letter, StringComparison.Ordinal) + 1;
        return letters;
    }

    static Dataset Pick(List<(string Name, int Label)> names, Split split)
    {
        var picked = names.Where((_, i) => (i % 5 == 4) == (split == Split.Test)).ToList();
        return new Dataset(
            new Column<int>("name", [.. picked.SelectMany(name => Encode(name.Name))], Longest),
            new Column<int>("length", [.. picked.Select(name => name.Name.Length)]),
            new Column<int>("label", [.. picked.Select(name => name.Label)]));
    }

    static IOrderedEnumerable<string> Paths(string folder) => Directory.GetFiles(folder, "*.txt").Order(StringComparer.Ordinal);
}
