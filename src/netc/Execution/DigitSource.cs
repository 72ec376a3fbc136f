using NetCompiler.Training;

namespace NetCompiler.CommandLine.Execution;

/// <summary>Which digits a command works on, and what to tell the user about it.</summary>
internal sealed class DigitSource
{
    /// <summary>The value of --data that asks for drawn digits even where MNIST is at hand.</summary>
    public const string Synthetic = "synthetic";

    readonly SampleData? _found;

    DigitSource(SampleData? found, string description)
    {
        _found = found;
        Description = description;
    }

    /// <summary>Which digits these are, and how to have the others.</summary>
    public string Description { get; }

    /// <summary>Finds the digits.</summary>
    /// <param name="option">The value of --data, if given.</param>
    /// <exception cref="DirectoryNotFoundException">A folder is given that has no MNIST files.</exception>
    public static DigitSource Find(string? option)
    {
        if (option == Synthetic)
            return new DigitSource(null, "synthetic digits; for MNIST give its folder with --data or NETC_DATA");
        var found = SampleData.Mnist(option);
        return new DigitSource(found, found.IsSynthetic
            ? $"{found.Source}; for MNIST give its folder with --data"
            : $"{found.Source}; for digits drawn by netc use --data {Synthetic}");
    }

    /// <summary>Reads or draws a split, of which only the first samples if <paramref name="limit"/> is not 0.</summary>
    public Dataset Load(Split split, int limit)
    {
        // Drawing takes a while: draw no more than is asked for.
        if (limit > 0 && (_found is null || _found.IsSynthetic))
            return SyntheticDigits.Create(split, limit);
        var data = _found is null ? SyntheticDigits.Create(split) : _found.Load(split);
        return limit == 0 || limit >= data.Count ? data : data.Take(0, limit);
    }
}
