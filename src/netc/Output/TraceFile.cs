using System.Diagnostics;
using System.Text.Json;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Reports;

namespace NetCompiler.CommandLine.Output;

/// <summary>Writes when steps ran as trace events, which Perfetto (ui.perfetto.dev) and chrome://tracing show: a track for each function.</summary>
internal static class TraceFile
{
    /// <summary>The events of some functions as JSON.</summary>
    /// <param name="stream">Where to write.</param>
    /// <param name="network">The network's name.</param>
    /// <param name="functions">For each function its name, its steps and when they ran.</param>
    public static void Write(Stream stream, string network, IEnumerable<(string Name, IReadOnlyList<StepReport> Steps, IReadOnlyList<StepSpan> Spans)> functions)
    {
        using var writer = new Utf8JsonWriter(stream);
        writer.WriteStartObject();
        writer.WriteString("displayTimeUnit", "ms");
        writer.WriteStartArray("traceEvents");
        Name(writer, "process_name", 0, network);
        int track = 0;
        foreach (var (name, steps, spans) in functions)
        {
            Name(writer, "thread_name", ++track, name);
            long origin = spans.Count == 0 ? 0 : spans.Min(span => span.Start);
            foreach (var span in spans)
                Event(writer, track, steps[span.Step], span, origin);
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    static void Name(Utf8JsonWriter writer, string kind, int track, string name)
    {
        writer.WriteStartObject();
        writer.WriteString("ph", "M");
        writer.WriteString("name", kind);
        writer.WriteNumber("pid", 1);
        writer.WriteNumber("tid", track);
        writer.WriteStartObject("args");
        writer.WriteString("name", name);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    static void Event(Utf8JsonWriter writer, int track, StepReport step, StepSpan span, long origin)
    {
        double seconds = (span.End - span.Start) / (double)Stopwatch.Frequency;
        writer.WriteStartObject();
        writer.WriteString("ph", "X");
        writer.WriteString("name", $"{step.Name}: {step.Operator}");
        writer.WriteString("cat", step.IsScan ? "scan" : step.MultiplyAdds > 0 ? "product" : "loop");
        writer.WriteNumber("pid", 1);
        writer.WriteNumber("tid", track);
        // Microseconds.
        writer.WriteNumber("ts", Math.Round((span.Start - origin) * 1e6 / Stopwatch.Frequency, 3));
        writer.WriteNumber("dur", Math.Round(seconds * 1e6, 3));
        writer.WriteStartObject("args");
        writer.WriteString("shapes", step.Shapes);
        if (step.Choice.Length > 0)
            writer.WriteString("how", step.Choice);
        if (step.Line > 0)
            writer.WriteString("source", $"{Path.GetFileName(step.Path)}:{step.Line}");
        if (step.MultiplyAdds > 0 && seconds > 0)
            writer.WriteNumber("GFLOP/s", Math.Round(2 * step.MultiplyAdds / seconds / 1e9, 1));
        if (step.BytesRead + step.BytesWritten > 0 && seconds > 0)
            writer.WriteNumber("GB/s", Math.Round((step.BytesRead + step.BytesWritten) / seconds / 1e9, 1));
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
