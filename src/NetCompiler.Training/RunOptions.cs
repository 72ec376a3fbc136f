using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace NetCompiler.Training;

/// <summary>The command line of a small training program: where the data is, how long, on how many threads, from which seed.</summary>
public sealed record RunOptions
{
    /// <summary>The folder with the data, if one was named.</summary>
    public string? Data { get; init; }

    /// <summary>How often each sample is seen.</summary>
    public int Epochs { get; init; } = 5;

    /// <summary>Learn from the first so many samples only; null for all.</summary>
    public int? Samples { get; init; }

    /// <summary>Threads to compute on.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>The seed of the first weights and of the order of the samples.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>
    /// Reads the command line. On --help it prints the options, on a mistake what is wrong and the options; both end the program
    /// with <paramref name="exitCode"/>.
    /// </summary>
    /// <param name="args">The arguments of the program.</param>
    /// <param name="defaults">What holds where the command line says nothing.</param>
    /// <param name="options">The outcome.</param>
    /// <param name="exitCode">0 after --help, 2 after a mistake.</param>
    public static bool TryParse(string[] args, RunOptions defaults, [NotNullWhen(true)] out RunOptions? options, out int exitCode)
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(defaults);
        (options, exitCode) = (null, 0);
        if (args.Intersect(["--help", "-h", "-?"]).Any())
        {
            Console.Out.WriteLine(Usage(defaults));
            return false;
        }
        try
        {
            options = Parse(args, defaults);
            return true;
        }
        catch (FormatException error)
        {
            Console.Error.WriteLine($"{error.Message}\n{Usage(defaults)}");
            exitCode = 2;
            return false;
        }
    }

    /// <summary>Finds the data; where what the user named has none, says so and ends the program with <paramref name="exitCode"/>.</summary>
    /// <typeparam name="T">The data.</typeparam>
    /// <param name="find">Looks in <see cref="Data"/>, as <see cref="SampleData.Mnist"/> and <see cref="SampleText.Find(string?)"/> do.</param>
    /// <param name="data">The outcome.</param>
    /// <param name="exitCode">2 after a mistake.</param>
    public bool TryFind<T>(Func<string?, T> find, [NotNullWhen(true)] out T? data, out int exitCode) where T : class
    {
        ArgumentNullException.ThrowIfNull(find);
        (data, exitCode) = (null, 0);
        try
        {
            data = find(Data);
            return true;
        }
        catch (IOException error)
        {
            Console.Error.WriteLine(error.Message);
            exitCode = 2;
            return false;
        }
    }

    static RunOptions Parse(string[] args, RunOptions options)
    {
        for (var i = 0; i < args.Length; i += 2)
        {
            Func<string, RunOptions> with = args[i] switch
            {
                "--data" => value => options with { Data = value },
                "--epochs" => value => options with { Epochs = Count(value) },
                "--samples" => value => options with { Samples = Count(value) },
                "--threads" => value => options with { Threads = Count(value) },
                "--seed" => value => options with { Seed = (ulong)Count(value) },
                _ => throw new FormatException($"there is no option {args[i]}"),
            };
            options = with(i + 1 < args.Length ? args[i + 1] : throw new FormatException($"{args[i]} needs a value"));
        }
        return options.Data is not { } data || Path.Exists(data) ? options : throw new FormatException($"there is no folder or file {data}");
    }

    static int Count(string value) => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
        ? count
        : throw new FormatException($"{value} is not a positive whole number");

    static string Usage(RunOptions defaults) => $"""
        options:
          --data DIR     a folder with the data; else the one that NETC_DATA names, else data drawn by the program
          --epochs N     how often each sample is seen ({defaults.Epochs})
          --samples N    learn from the first N samples only
          --threads N    threads to compute on (one for each processor)
          --seed N       the seed of the first weights and of the order of the samples ({defaults.Seed})
          --help         this list
        """;
}
