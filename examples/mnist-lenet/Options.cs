using System.Globalization;

namespace Examples.Digits;

/// <summary>What the command line may say.</summary>
sealed record Options
{
    public const string Usage = """
        options:
          --data DIR     a folder with the MNIST files; else NETC_DATA, else digits drawn by the program
          --epochs N     how often each image is seen (5)
          --samples N    learn from the first N images only
          --threads N    threads to compute on (one for each processor)
          --seed N       the seed of the first weights and of the order of the images (1)
          --help         this list
        """;

    public string? Data { get; init; }
    public int Epochs { get; init; } = 5;
    public int? Samples { get; init; }
    public int Threads { get; init; } = Environment.ProcessorCount;
    public ulong Seed { get; init; } = 1;
    public bool Help { get; init; }

    /// <exception cref="FormatException">An argument is not understood.</exception>
    public static Options Parse(string[] args)
    {
        var options = new Options();
        if (args.Intersect(["--help", "-h", "-?"]).Any())
            return options with { Help = true };
        for (var i = 0; i < args.Length; i += 2)
        {
            var value = i + 1 < args.Length ? args[i + 1] : throw new FormatException($"{args[i]} needs a value");
            options = args[i] switch
            {
                "--data" => options with { Data = value },
                "--epochs" => options with { Epochs = Count(value) },
                "--samples" => options with { Samples = Count(value) },
                "--threads" => options with { Threads = Count(value) },
                "--seed" => options with { Seed = (ulong)Count(value) },
                _ => throw new FormatException($"there is no option {args[i]}"),
            };
        }
        return options;
    }

    static int Count(string value) => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
        ? count
        : throw new FormatException($"{value} is not a positive whole number");
}
