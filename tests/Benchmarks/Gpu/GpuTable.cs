using System.Globalization;

namespace NetCompiler.Benchmarks.Gpu;

/// <summary>Prints rows of <c>what | how | ms | rate | share | beside PyTorch</c>; gpu_torch.py prints the first four columns alike.</summary>
sealed class GpuTable
{
    readonly string? _part;
    readonly Dictionary<(string Name, string Precision), double> _torch = [];

    /// <param name="part">Only what has this in its name; null for all.</param>
    /// <param name="beside">A file that gpu_torch.py has written; null for none.</param>
    public GpuTable(string? part, string? beside)
    {
        _part = part;
        foreach (string line in beside is not null && File.Exists(beside) ? File.ReadLines(beside) : [])
        {
            if (line.Split('|') is [var name, var how, var milliseconds, ..] && double.TryParse(milliseconds, NumberStyles.Float, CultureInfo.InvariantCulture, out double time))
                _torch[(name.Trim(), how.Trim())] = time;
        }
    }

    /// <summary>Whether something was found to be wrong.</summary>
    public bool Failed { get; private set; }

    public bool Wants(string name) => _part is null || name.Contains(_part, StringComparison.OrdinalIgnoreCase);

    public static void Section(string title) => Console.WriteLine($"\n## {title}\n");

    public void Row(string name, string how, double milliseconds, string rate, string share = "")
    {
        string precision = how.Split('-')[^1] is var last and ("tf32" or "bf16" or "f16") ? last : "f32";
        string torch = _torch.TryGetValue((name, precision), out double time) ? Text($"{time:G4} ms, ours is {time / milliseconds:0.00} x as fast") : "";
        Console.WriteLine(Text($"{name,-40} | {how,-22} | {milliseconds,11:G5} | {rate,14} | {share,-18} | {torch}").TrimEnd(' ', '|'));
    }

    /// <summary>Says that results are not those of the processor.</summary>
    public void Wrong(string name, string how, double error, double allowed)
    {
        Failed = true;
        Console.WriteLine(Text($"{name,-40} | {how,-22} | WRONG: an element differs by {error:G3} from that of the processor; {allowed:G3} is allowed"));
    }

    public static string Tera(double flops, double milliseconds) => Text($"{flops / milliseconds / 1e9:0.00} TFLOP/s");

    public static string Giga(double bytes, double milliseconds) => Text($"{bytes / milliseconds / 1e6:0.0} GB/s");

    public static string Share(double share, string of) => Text($"{100 * share:0} % of {of}");

    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
