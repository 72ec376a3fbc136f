using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Text;
using NetCompiler.Text;

namespace NetCompiler.Algorithms;

/// <summary>What was measured of a kernel, and what is chosen for it.</summary>
/// <param name="Algorithm">The choice.</param>
/// <param name="Milliseconds">For each algorithm that was measured its best time of a call.</param>
/// <param name="Batch">The images of a call, where the program leaves their number open.</param>
internal sealed record TunedKernel(string Algorithm, ImmutableSortedDictionary<string, double> Milliseconds, long Batch)
{
    /// <summary>Where the choice stands in the record that it was read from.</summary>
    public TextSpan Place { get; init; }

    /// <summary>Where the signature stands.</summary>
    public TextSpan SignaturePlace { get; init; }
}

/// <summary>
/// The measurements of <c>netc tune</c>: a file <c>NAME.tune.json</c> beside <c>NAME.net</c>, with what was measured and chosen on one machine for
/// each kernel by its signature; for code for GPUs <c>NAME.gpu.tune.json</c>.
/// </summary>
/// <param name="Machine">The machine, as <c>netc</c> describes it, or the GPU by its name.</param>
/// <param name="Threads">On how many threads was measured; 0 on a GPU.</param>
/// <param name="Kernels">By signature.</param>
internal sealed record TuningRecord(string Machine, int Threads, ImmutableSortedDictionary<string, TunedKernel> Kernels)
{
    const string Extension = ".tune.json", GpuExtension = ".gpu" + Extension;
    const double Version = 1;
    const int MostThreads = 4096;

    /// <summary>Where the machine's name stands in the record that it was read from.</summary>
    public TextSpan MachinePlace { get; init; }

    /// <summary>The path of a file's record.</summary>
    /// <param name="source">The path of the <c>.net</c> file.</param>
    /// <param name="onGpu">Whether the record for GPUs is meant.</param>
    public static string PathOf(string source, bool onGpu = false) =>
        (source.EndsWith(".net", StringComparison.OrdinalIgnoreCase) ? source.Substring(0, source.Length - 4) : source) + (onGpu ? GpuExtension : Extension);

    /// <summary>The name, without its folder, of the file that a record belongs to.</summary>
    public static string NetworkOf(string record)
    {
        int name = record.LastIndexOfAny(['/', '\\']) + 1;
        int extension = record.EndsWith(GpuExtension, StringComparison.OrdinalIgnoreCase) && record.Length - name > GpuExtension.Length ? GpuExtension.Length : Extension.Length;
        return record.Substring(name, record.Length - name - extension) + ".net";
    }

    /// <summary>Reads a record; null, with a diagnostic, if it is none.</summary>
    public static TuningRecord? Parse(SourceText source, Action<Diagnostic> report)
    {
        TuningRecord? Fail(TextSpan place, string problem)
        {
            report(Diagnostic.Create(DiagnosticCatalog.MalformedTuning, source.Locate(place), problem));
            return null;
        }

        var (root, problem, place) = JsonReader.Read(source.Text);
        if (root is null)
            return Fail(place, problem);
        if (root.Properties is null || root["format"] is not { } format)
            return Fail(root.Span, "it must be an object with a property \"format\"");
        if (format.Value is not Version)
            return Fail(format.Span, "this version reads \"format\": 1 alone");
        if (root["machine"] is not { Value: string machine } named)
            return Fail(root["machine"]?.Span ?? root.Span, "\"machine\" must be a text");
        bool onGpu = source.Path.EndsWith(GpuExtension, StringComparison.OrdinalIgnoreCase);
        double threads = !onGpu && root["threads"] is { Value: double number } ? number : 0;
        if (!onGpu && !IsWhole(threads, 1, MostThreads))
            return Fail(root["threads"]?.Span ?? root.Span, $"\"threads\" must be a whole number from 1 to {MostThreads.ToString(CultureInfo.InvariantCulture)}");
        if (root["kernels"] is not { Properties: { } kernels })
            return Fail(root["kernels"]?.Span ?? root.Span, "\"kernels\" must be an object with a property for each signature");
        var tuned = ImmutableSortedDictionary.CreateBuilder<string, TunedKernel>(StringComparer.Ordinal);
        foreach (var kernel in kernels)
        {
            if (kernel.Value["choose"] is not { Value: string algorithm } choice)
                return Fail((kernel.Value["choose"] ?? kernel.Value).Span, "\"choose\" must be the name of an algorithm");
            var times = ImmutableSortedDictionary.CreateBuilder<string, double>(StringComparer.Ordinal);
            if (kernel.Value["ms"] is { Properties: null } listed)
                return Fail(listed.Span, "\"ms\" must be an object with a time for each algorithm");
            foreach (var time in kernel.Value["ms"]?.Properties ?? [])
            {
                if (time.Value.Value is not (double milliseconds and >= 0))
                    return Fail(time.Value.Span, "a time in milliseconds must be a number of at least 0");
                times[time.Name] = milliseconds;
            }
            double batch = 0;
            if (kernel.Value["batch"] is { } images)
            {
                if (images.Value is not double count || !IsWhole(count, 0, int.MaxValue))
                    return Fail(images.Span, "\"batch\" must be a whole number of images");
                batch = count;
            }
            tuned[kernel.Name] = new TunedKernel(algorithm, times.ToImmutable(), (long)batch) { Place = choice.Span, SignaturePlace = kernel.NameSpan };
        }
        return new TuningRecord(machine, (int)threads, tuned.ToImmutable()) { MachinePlace = named.Span };
    }

    /// <summary>The text of the record: equal records have equal texts.</summary>
    public string Print()
    {
        var text = new StringBuilder();
        text.Append("{\n");
        text.Append("  \"format\": 1,\n");
        text.Append("  \"machine\": ").Append(Quote(Machine)).Append(",\n");
        if (Threads > 0)
            text.Append("  \"threads\": ").Append(Threads.ToString(CultureInfo.InvariantCulture)).Append(",\n");
        text.Append("  \"kernels\": {");
        text.Append(string.Join(",", Kernels.Select(Print)));
        text.Append(Kernels.IsEmpty ? "}\n}\n" : "\n  }\n}\n");
        return text.ToString();
    }

    static string Print(KeyValuePair<string, TunedKernel> kernel)
    {
        string times = string.Join(", ", kernel.Value.Milliseconds.Select(time => $"{Quote(time.Key)}: {Time(time.Value)}"));
        string batch = kernel.Value.Batch == 0 ? "" : $"\"batch\": {kernel.Value.Batch.ToString(CultureInfo.InvariantCulture)}, ";
        return $"\n    {Quote(kernel.Key)}: {{\n      \"choose\": {Quote(kernel.Value.Algorithm)}, {batch}\"ms\": {{ {times} }}\n    }}";
    }

    // Three digits are more than measurements repeat.
    static string Time(double milliseconds)
    {
        int digits = milliseconds <= 0 ? 3 : Math.Max(0, Math.Min(6, 2 - (int)Math.Floor(Math.Log10(milliseconds))));
        return milliseconds.ToString("F" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    static bool IsWhole(double value, int least, int most) => value >= least && value <= most && Math.Floor(value) == value;

    static string Quote(string text) => "\"" + string.Concat(text.Select(letter => letter switch
    {
        '\\' or '"' => "\\" + letter,
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        < ' ' => "\\u" + ((int)letter).ToString("x4", CultureInfo.InvariantCulture),
        _ => letter.ToString(),
    })) + "\"";
}
