using System.Text;

namespace NetCompiler.Runtime;

/// <summary>What to do when a file's tensors are not exactly a network's variables.</summary>
public enum LoadMode
{
    /// <summary>Refuse the file and change nothing.</summary>
    Exact,

    /// <summary>Load those that agree in name, element type and shape.</summary>
    Matching,

    /// <summary>Refuse a file without all parameters, or with another type or shape for a variable, and change nothing; load what agrees from others.</summary>
    Parameters,
}

/// <summary>How a file's tensors compare with a network's variables.</summary>
/// <param name="Path">The file.</param>
/// <param name="Network">The network's name.</param>
/// <param name="Matched">Variables found in the file with their type and shape.</param>
/// <param name="Missing">Variables that the file does not have.</param>
/// <param name="Unexpected">Tensors of the file that the network does not have.</param>
/// <param name="Mismatched">Variables that the file has with another type or shape.</param>
public sealed record LoadReport(
    string Path,
    string Network,
    IReadOnlyList<string> Matched,
    IReadOnlyList<string> Missing,
    IReadOnlyList<string> Unexpected,
    IReadOnlyList<MismatchedTensor> Mismatched)
{
    const int Listed = 20;

    /// <summary>Whether the file's tensors are exactly the network's variables.</summary>
    public bool IsExact => Missing.Count == 0 && Unexpected.Count == 0 && Mismatched.Count == 0;

    /// <summary>A summary of some lines.</summary>
    public override string ToString()
    {
        var text = new StringBuilder($"{Path}: {Matched.Count} of {Matched.Count + Missing.Count + Mismatched.Count} variables of {Network} match");
        List(text, "missing from the file", Missing);
        List(text, "unexpected in the file", Unexpected);
        List(text, "of another type or shape", [.. Mismatched.Select(tensor => tensor.ToString())]);
        return text.ToString();
    }

    static void List(StringBuilder text, string title, IReadOnlyList<string> names)
    {
        if (names.Count == 0)
            return;
        text.Append($"\n  {names.Count} {title}:");
        foreach (var name in names.Take(Listed))
            text.Append($"\n    {name}");
        if (names.Count > Listed)
            text.Append($"\n    and {names.Count - Listed} more");
    }
}

/// <summary>A variable that a file has with another type or shape.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Expected">The network's type and shape, such as F32[20, 1, 5, 5].</param>
/// <param name="Found">The file's type and shape.</param>
public sealed record MismatchedTensor(string Name, string Expected, string Found)
{
    /// <summary>One line.</summary>
    public override string ToString() => $"{Name}: {Expected} in the network, {Found} in the file";
}
