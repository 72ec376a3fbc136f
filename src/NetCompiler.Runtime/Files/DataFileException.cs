namespace NetCompiler.Runtime;

/// <summary>A file's content breaks the rules of its format: which file, where, which rule, and what to do about it.</summary>
public class DataFileException : IOException
{
    /// <summary>Describes the damage.</summary>
    /// <param name="path">The file.</param>
    /// <param name="offset">The byte at which it was noticed, where that is known.</param>
    /// <param name="constraint">The rule with its numbers.</param>
    /// <param name="cure">What the user can do.</param>
    public DataFileException(string path, long? offset, string constraint, string cure)
        : base($"{path}{(offset is null ? "" : $", byte {offset}")}: {constraint}; {cure}")
    {
        Path = path;
        Offset = offset;
    }

    DataFileException(string path, long offset, string message)
        : base(message)
    {
        Path = path;
        Offset = offset;
    }

    /// <summary>Describes a file that is of another kind altogether.</summary>
    /// <param name="path">The file.</param>
    /// <param name="format">What it should be.</param>
    /// <param name="offset">The byte at which that was noticed.</param>
    /// <param name="constraint">The rule with its numbers.</param>
    internal static DataFileException OtherFormat(string path, string format, long offset, string constraint) =>
        new(path, offset, $"{path} is not a {format} file (byte {offset}: {constraint})");

    /// <summary>Describes a file that does not fit.</summary>
    private protected DataFileException(string path, string message) : base(message) => Path = path;

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The byte at which the damage was noticed (after decompression, where the file is compressed), where that is known.</summary>
    public long? Offset { get; }
}

/// <summary>A file's tensors are not the network's variables.</summary>
/// <param name="report">The differences.</param>
public sealed class LoadException(LoadReport report) : DataFileException(Checked(report).Path,
    $"{report}\nnothing was changed; load what matches with LoadMode.Matching")
{
    /// <summary>The differences.</summary>
    public LoadReport Report { get; } = report;

    static LoadReport Checked(LoadReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return report;
    }
}
