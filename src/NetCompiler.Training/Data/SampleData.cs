namespace NetCompiler.Training;

/// <summary>Samples to train on: a well-known data set where its files are found, data drawn by our own code otherwise.</summary>
public sealed class SampleData
{
    const string Variable = "NETC_DATA";

    readonly string? _folder;
    readonly Known _known;

    SampleData(Known known, string? folder, string source)
    {
        _known = known;
        _folder = folder;
        Source = source;
    }

    /// <summary>A data set: how its files are recognised and read, and what stands in for it.</summary>
    internal sealed record Known(
        string Name, string Subfolder, string FileNames, string Substitute,
        Func<string, bool> IsIn, Func<string, Split, Dataset> Load, Func<Split, Dataset> Draw, Func<string?, IReadOnlyList<string>> ClassNames);

    static readonly string[] s_digits = [.. Enumerable.Range(0, 10).Select(digit => $"{digit}")];

    internal static Known DigitFiles { get; } = new(
        "MNIST", "mnist", "train-images-idx3-ubyte and so on, with or without .gz", "synthetic digits",
        Training.Mnist.IsIn, Training.Mnist.Load, split => SyntheticDigits.Create(split), _ => s_digits);

    static readonly Known s_clothes = DigitFiles with
    {
        Name = "Fashion-MNIST",
        Subfolder = "fashion-mnist",
        ClassNames = folder => folder is null ? s_digits
            : ["T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"],
    };

    static readonly Known s_pictures = new(
        "CIFAR-10", "cifar10", "data_batch_1.bin and so on, with or without .gz", "synthetic shapes",
        Training.Cifar10.IsIn, Training.Cifar10.Load, split => SyntheticShapes.Create(split),
        folder => folder is null ? SyntheticShapes.Kinds : ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]);

    internal static Known SurnameData { get; } = new(
        "names", "text/names", "English.txt and so on", "made-up names",
        SurnameFiles.IsIn, SurnameFiles.Load, SurnameFiles.Invent,
        folder => folder is null ? SurnameFiles.InventedLanguages : SurnameFiles.Languages(folder));

    /// <summary>Which data this is and why, in a phrase for the user.</summary>
    public string Source { get; }

    /// <summary>Whether the samples are drawn by our own code.</summary>
    public bool IsSynthetic => _folder is null;

    /// <summary>
    /// Handwritten digits (columns as of <see cref="Training.Mnist"/>): MNIST or <see cref="SyntheticDigits"/>. Looks in
    /// <paramref name="dataOption"/>, or without one in the folder that the environment variable NETC_DATA names; each
    /// may hold the files themselves or a folder mnist with them. Without both, or where NETC_DATA has none, the digits are synthetic.
    /// </summary>
    /// <param name="dataOption">The folder that the user asked for, if any.</param>
    /// <exception cref="DirectoryNotFoundException"><paramref name="dataOption"/> is given but has no such files.</exception>
    public static SampleData Mnist(string? dataOption) => Find(DigitFiles, dataOption, Environment.GetEnvironmentVariable(Variable));

    /// <summary>Pieces of clothing (Xiao, Rasul and Vollgraf 2017), files and columns as of <see cref="Training.Mnist"/>; else synthetic digits. Looks as <see cref="Mnist"/> does.</summary>
    /// <param name="dataOption">The folder that the user asked for, if any; or one with a folder fashion-mnist.</param>
    /// <exception cref="DirectoryNotFoundException"><paramref name="dataOption"/> is given but has no such files.</exception>
    public static SampleData FashionMnist(string? dataOption) => Find(s_clothes, dataOption, Environment.GetEnvironmentVariable(Variable));

    /// <summary>Small photographs of ten kinds (columns as of <see cref="Training.Cifar10"/>), else <see cref="SyntheticShapes"/>. Looks as <see cref="Mnist"/> does.</summary>
    /// <param name="dataOption">The folder that the user asked for, if any; or one with a folder cifar10.</param>
    /// <exception cref="DirectoryNotFoundException"><paramref name="dataOption"/> is given but has no such files.</exception>
    public static SampleData Cifar10(string? dataOption) => Find(s_pictures, dataOption, Environment.GetEnvironmentVariable(Variable));

    /// <summary>
    /// Surnames and the language that each comes from, one text file for each language; else names invented by simple rules for three languages
    /// that do not exist. Columns: name, i32[<see cref="SurnameFiles.Longest"/>], padded with 0; length, i32; label, i32. Looks as <see cref="Mnist"/> does.
    /// </summary>
    /// <param name="dataOption">The folder that the user asked for, if any; or one with a folder text/names.</param>
    /// <exception cref="DirectoryNotFoundException"><paramref name="dataOption"/> is given but has no such files.</exception>
    public static SampleData Surnames(string? dataOption) => Find(SurnameData, dataOption, Environment.GetEnvironmentVariable(Variable));

    internal static SampleData Find(Known known, string? dataOption, string? environment)
    {
        string? FolderWithFiles(string folder) => Array.Find([folder, Path.Combine(folder, known.Subfolder)], candidate => known.IsIn(candidate));

        if (dataOption is not null)
            return FolderWithFiles(dataOption) is { } chosen
                ? new SampleData(known, chosen, $"the files in {chosen}")
                : throw new DirectoryNotFoundException($"there are no {known.Name} files ({known.FileNames}) in {dataOption} or its folder {known.Subfolder}");
        if (string.IsNullOrEmpty(environment))
            return new SampleData(known, null, $"{known.Substitute} (no --data, and {Variable} is not set)");
        return FolderWithFiles(environment) is { } found
            ? new SampleData(known, found, $"the files in {found} ({Variable})")
            : new SampleData(known, null, $"{known.Substitute} ({Variable} names {environment}, which has no {known.Name} files)");
    }

    /// <summary>Reads or draws one split.</summary>
    public Dataset Load(Split split) => _folder is not null ? _known.Load(_folder, split) : _known.Draw(split);

    /// <summary>What each label stands for.</summary>
    public IReadOnlyList<string> ClassNames => _known.ClassNames(_folder);
}
