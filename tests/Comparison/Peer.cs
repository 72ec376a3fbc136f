using System.Diagnostics;
using System.Globalization;

namespace NetCompiler.Comparison;

/// <summary>What a process said of one piece of work.</summary>
/// <param name="Median">The median time of a call in ms.</param>
/// <param name="First">From the start of the process to its first result in ms, where it says so.</param>
/// <param name="Peak">The most memory that the process held, in MB, where it says so.</param>
/// <param name="Fma">The GFLOP/s of the loop of multiply-adds beside it, where it says so.</param>
/// <param name="Algorithm">What it chose, where it says so.</param>
sealed record Figures(double Median, double? First, double? Peak, double? Fma, string? Algorithm);

/// <summary>A program whose lines of figures are read: one of ours or of the peers.</summary>
sealed class Peer(string name, string program, params string[] arguments)
{
    public string Name { get; } = name;

    /// <summary>The figures by what they are of; the key of a line without one is empty. Nothing if the program fails, which it says on its error output.</summary>
    public IReadOnlyDictionary<string, Figures> Run(IEnumerable<string> more)
    {
        var start = new ProcessStartInfo(program, [.. arguments, .. more]) { RedirectStandardOutput = true };
        // Idle threads that spin take the cores from whoever has the next turn.
        start.Environment["OMP_WAIT_POLICY"] = "passive";
        var found = new Dictionary<string, Figures>(StringComparer.Ordinal);
        double started = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        using var process = Process.Start(start)!;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (!line.Contains("median=", StringComparison.Ordinal))
                continue;
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            string key = string.Join(' ', words.TakeWhile(word => !word.Contains('=', StringComparison.Ordinal)));
            var values = words.Where(word => word.Contains('=', StringComparison.Ordinal)).Select(word => word.Split('=')).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
            double? Value(string of) => values.TryGetValue(of, out string? text) ? double.Parse(text, CultureInfo.InvariantCulture) : null;
            var figures = new Figures(Value("median")!.Value, Value("first") - started, Value("peak"), Value("fma"), values.GetValueOrDefault("algorithm"));
            if (!found.TryGetValue(key, out var known) || figures.Median < known.Median)
                found[key] = figures;
        }
        process.WaitForExit();
        if (process.ExitCode != 0)
            Console.Error.WriteLine($"{Name} ended with exit code {process.ExitCode}: {string.Join(' ', start.ArgumentList)}");
        return found;
    }
}
