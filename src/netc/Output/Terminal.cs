using System.Text;
using Spectre.Console;

namespace NetCompiler.CommandLine.Output;

/// <summary>
/// Where netc writes: results to the standard output, diagnostics and progress to the standard error. What is not a terminal gets
/// plain text: no colours, no cursor movements, no wrapping.
/// </summary>
internal sealed class Terminal
{
    // No line of a report is longer, so nothing is wrapped in a file or pipe.
    const int Unlimited = 4000;

    Terminal(IAnsiConsole output, IAnsiConsole error)
    {
        Out = output;
        Error = error;
    }

    /// <summary>Results.</summary>
    public IAnsiConsole Out { get; }

    /// <summary>Diagnostics, progress and remarks.</summary>
    public IAnsiConsole Error { get; }

    /// <summary>The terminal of this process.</summary>
    public static Terminal Standard()
    {
        if (OperatingSystem.IsWindows())
            Console.OutputEncoding = Encoding.UTF8; // elsewhere it is already, and setting it would write to the terminal
        return new Terminal(Open(Console.Out, Console.IsOutputRedirected), Open(Console.Error, Console.IsErrorRedirected));
    }

    /// <summary>Writes text as it is.</summary>
    public void Write(string text) => Out.Profile.Out.Writer.Write(text);

    /// <summary>Writes a table. In files, in pipes and where it is too wide for the terminal it is plain, and its lines end where their text does.</summary>
    public void Write(Table table)
    {
        if (Out.Profile.Capabilities.Ansi && Fits(table))
        {
            Out.Write(table);
            return;
        }
        foreach (var line in Lines(table).Select(line => line.TrimEnd()).Where(line => line.Length > 0))
            Write(line + "\n");
    }

    /// <summary>Whether the terminal is wide enough for the table as it is.</summary>
    public bool Fits(Table table) => Excess(table) <= 0;

    /// <summary>How many columns the table is wider than the terminal; negative where there is room.</summary>
    public int Excess(Table table) => Lines(table).Max(line => line.Length) - Out.Profile.Width;

    static string[] Lines(Table table)
    {
        using var text = new StringWriter();
        Open(text, AnsiSupport.Yes, ColorSystemSupport.NoColors, InteractionSupport.No, Unlimited).Write(table);
        return text.ToString().ReplaceLineEndings("\n").Trim('\n').Split('\n');
    }

    /// <summary>Says what is wrong and what to do, in the form of a diagnostic.</summary>
    public void Fail(string message)
    {
        Error.Markup("[red]error:[/] ");
        Error.Profile.Out.Writer.WriteLine(message);
    }

    /// <summary>Says something that is neither result nor mistake.</summary>
    public void Remark(string message) => Error.Profile.Out.Writer.WriteLine(message);

    static IAnsiConsole Open(TextWriter writer, bool redirected)
    {
        var console = redirected ? Open(writer, AnsiSupport.No, ColorSystemSupport.NoColors, InteractionSupport.No, Unlimited)
            : Open(writer, AnsiSupport.Detect, ColorSystemSupport.Detect, InteractionSupport.Detect, width: null);
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")))
            console.Profile.Capabilities.ColorSystem = ColorSystem.NoColors;
        return console;
    }

    // Without ANSI support the colours of the process's own terminal are set and reset, whatever the writer is.
    static IAnsiConsole Open(TextWriter writer, AnsiSupport ansi, ColorSystemSupport colors, InteractionSupport interaction, int? width)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = ansi,
            ColorSystem = colors,
            Interactive = interaction,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        if (width is { } columns)
            console.Profile.Width = columns;
        return console;
    }
}
