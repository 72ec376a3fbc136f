namespace NetCompiler.Training;

/// <summary>The digits to train on: MNIST where its files are found, our own drawn ones otherwise.</summary>
public sealed class DigitData
{
    const string Variable = "NETC_DATA";

    readonly string? _folder;

    DigitData(string? folder, string source)
    {
        _folder = folder;
        Source = source;
    }

    /// <summary>Which data this is and why, in a phrase for the user.</summary>
    public string Source { get; }

    /// <summary>Whether the digits are drawn by <see cref="SyntheticDigits"/>.</summary>
    public bool IsSynthetic => _folder is null;

    /// <summary>
    /// Looks in <paramref name="dataOption"/>, or without one in the folder that the environment variable NETC_DATA names; each
    /// may hold the files themselves or a folder mnist with them. Without both, or where NETC_DATA has none, the digits are synthetic.
    /// </summary>
    /// <param name="dataOption">The folder that the user asked for, if any.</param>
    /// <exception cref="DirectoryNotFoundException"><paramref name="dataOption"/> is given but has no MNIST files.</exception>
    public static DigitData Find(string? dataOption) => Find(dataOption, Environment.GetEnvironmentVariable(Variable));

    internal static DigitData Find(string? dataOption, string? environment)
    {
        if (dataOption is not null)
            return FolderWithFiles(dataOption) is { } chosen
                ? new DigitData(chosen, $"the files in {chosen}")
                : throw new DirectoryNotFoundException($"there are no MNIST files (train-images-idx3-ubyte and so on, with or without .gz) in {dataOption} or its folder mnist");
        if (string.IsNullOrEmpty(environment))
            return new DigitData(null, $"synthetic digits (no --data, and {Variable} is not set)");
        return FolderWithFiles(environment) is { } found
            ? new DigitData(found, $"the files in {found} ({Variable})")
            : new DigitData(null, $"synthetic digits ({Variable} names {environment}, which has no MNIST files)");
    }

    /// <summary>Reads or draws one split.</summary>
    public Dataset Load(Split split) => _folder is not null ? Mnist.Load(_folder, split) : SyntheticDigits.Create(split);

    static string? FolderWithFiles(string folder)
    {
        string[] candidates = [folder, Path.Combine(folder, "mnist")];
        return Array.Find(candidates, Mnist.IsIn);
    }
}
