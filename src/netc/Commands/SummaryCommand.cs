using System.CommandLine;
using NetCompiler.CommandLine.Execution;
using NetCompiler.CommandLine.Output;
using NetCompiler.Reports;
using Spectre.Console;

namespace NetCompiler.CommandLine.Commands;

/// <summary>Prints a table of what a network's layers cost.</summary>
internal sealed class SummaryCommand : NetcCommand
{
    // Shorter, a description or shape says nothing.
    const int LeastText = 10;

    readonly Argument<string> _file = FileArgument();
    readonly Option<string?> _network = NetworkOption();
    readonly Option<string?> _function = FunctionOption("Which function; the one that predicts by default.");
    readonly Option<int> _batch = CountOption("--batch", "The value of the symbolic dimension N.", 1);
    readonly Option<string[]> _size = new("--size") { Description = "The value of another symbolic dimension, such as T=20; 1 by default.", HelpName = "NAME=N" };
    readonly Option<int> _depth = DepthOption();
    readonly Option<int> _threads = CountOption("--threads", "On how many threads it runs, which need memory each.", Environment.ProcessorCount);
    readonly Option<bool> _exact = new("--exact") { Description = "All digits rather than K, M and G." };

    public SummaryCommand(Terminal terminal)
        : base(terminal, "summary", "Shows each layer's shape, parameters, arithmetic and memory.",
            "netc summary lenet.net",
            "netc summary resnet.net --network ResNet50 --batch 32 --depth 2",
            "netc summary lstm.net --size T=50 --exact")
    {
        _size.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
            {
                if (token.Value.Split('=') is not [{ Length: > 0 }, var value] || !long.TryParse(value, out long size) || size < 1)
                    result.AddError($"--size takes NAME=N with N at least 1, such as T=20, not '{token.Value}'");
            }
        });
        Add(_file);
        Add(_network);
        Add(_function);
        Add(_batch);
        Add(_size);
        Add(_depth);
        Add(_threads);
        Add(_exact);
    }

    protected override int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var file = parsed.GetRequiredValue(_file);
        var compilation = SourceFiles.CompileOrFail(file, Terminal, new CompilerOptions(), cancellation);
        var network = Choose.Network(file, compilation.Outline, parsed.GetValue(_network));
        var function = Choose.Function(network, parsed.GetValue(_function));
        var sizes = new Dictionary<string, long> { ["N"] = parsed.GetValue(_batch) };
        foreach (var size in parsed.GetValue(_size) ?? [])
            sizes[size.Split('=')[0]] = long.Parse(size.Split('=')[1]);
        var summary = compilation.Summarize(network.Name, function.Name, sizes, parsed.GetValue(_depth), parsed.GetValue(_threads));
        if (sizes.Keys.FirstOrDefault(name => name != "N" && !summary.Symbols.Any(symbol => symbol.Name == name)) is { } unknown)
            throw Choose.Unknown($"{network.Name}.{function.Name} has no symbolic dimension", unknown, summary.Symbols.Select(symbol => symbol.Name));
        Print(summary, parsed.GetValue(_exact));
        if (function.ForwardOnly)
            Terminal.Write(ForwardOnly);
        return NetcCommandLine.Success;
    }

    void Print(NetworkSummary summary, bool exact)
    {
        var at = summary.Symbols.Length == 0 ? "" : $", {string.Join(", ", summary.Symbols.Select(symbol => $"{symbol.Name} = {symbol.Value}"))}";
        Terminal.Out.MarkupLineInterpolated($"[bold]{summary.Network}.{summary.Function}[/]{at}");
        Terminal.Write(FitTable(summary, exact));

        long used = summary.Layers.Sum(layer => layer.Parameters);
        string unused = used == summary.Parameters ? "" : $", {Quantity.Exact(summary.Parameters - used)} of them not used by {summary.Function}";
        string state = summary.StateBytes == 0 ? "" : $"; {Quantity.Bytes(summary.StateBytes)} of state";
        Terminal.Out.MarkupLineInterpolated($"{Quantity.Exact(summary.Parameters)} parameters in {Quantity.Bytes(summary.ParameterBytes)}{unused}{state}; {Quantity.Bytes(summary.WorkingBytes)} to run {summary.Function} in");
        var memory = summary.Memory;
        Terminal.Out.MarkupLineInterpolated($"{Quantity.Bytes(memory.Total)} in use after a call: variables {Quantity.Bytes(memory.Variables)}, arena {Quantity.Bytes(memory.Arena)}, results and packed weights {Quantity.Bytes(memory.Results)}, workspaces of kernels {Quantity.Bytes(memory.Workspaces)}");
        if (memory.Recomputed > 0)
            Terminal.Out.MarkupLineInterpolated($"{DiagnosticPrinter.Plural(memory.Recomputed, "value")} computed again to save memory");
        if (summary.Settings.Length > 0)
            Terminal.Out.MarkupLineInterpolated($"{summary.Settings}");
    }

    /// <summary>
    /// The table for the terminal's width: names and numbers whole, the descriptions and then the shapes as long as there is room.
    /// Where there is none the table is as wide as it is, and the terminal breaks its lines.
    /// </summary>
    Table FitTable(NetworkSummary summary, bool exact)
    {
        var table = TableOf(summary, exact, int.MaxValue, int.MaxValue, padding: 1);
        if (Terminal.Fits(table))
            return table;
        int what = Math.Max(LeastText, summary.Layers.Max(layer => layer.Description.Length));
        int output = Math.Max(LeastText, summary.Layers.Max(layer => layer.Output.Length));
        // One column less of text makes the table one column narrower, as long as its heading is shorter.
        what -= Math.Clamp(Terminal.Excess(TableOf(summary, exact, what, output, padding: 0)), 0, what - LeastText);
        output -= Math.Clamp(Terminal.Excess(TableOf(summary, exact, what, output, padding: 0)), 0, output - LeastText);
        var narrow = TableOf(summary, exact, what, output, padding: 0);
        return Terminal.Fits(narrow) ? narrow : table;
    }

    static Table TableOf(NetworkSummary summary, bool exact, int what, int output, int padding)
    {
        string Count(long value) => value == 0 ? "" : exact ? Quantity.Exact(value) : Quantity.Short(value);
        string Memory(long value) => value == 0 ? "" : exact ? Quantity.Exact(value) : Quantity.Bytes(value);

        var table = new Table().Border(TableBorder.Simple).BorderColor(Color.Grey);
        table.AddColumn("layer");
        table.AddColumn("what");
        table.AddColumn("output");
        table.AddColumn(new TableColumn("parameters").RightAligned());
        table.AddColumn(new TableColumn("MACs").RightAligned());
        table.AddColumn(new TableColumn(exact ? "activation bytes" : "activations").RightAligned());
        foreach (var column in table.Columns)
            column.NoWrap().PadLeft(padding);
        foreach (var layer in summary.Layers)
        {
            table.AddRow(
                new Spectre.Console.Text(layer.Name), new Spectre.Console.Text(Shorten(layer.Description, what)), new Spectre.Console.Text(Shorten(layer.Output, output)),
                new Spectre.Console.Text(Count(layer.Parameters)), new Spectre.Console.Text(Count(layer.MultiplyAdds)), new Spectre.Console.Text(Memory(layer.ActivationBytes)));
        }
        table.Columns[0].Footer("total");
        long used = summary.Layers.Sum(layer => layer.Parameters);
        table.Columns[3].Footer(Count(used));
        table.Columns[4].Footer(Count(summary.MultiplyAdds));
        table.Columns[5].Footer(Memory(summary.ActivationBytes));
        return table;
    }

    static string Shorten(string text, int length) => text.Length <= length ? text : text[..(length - 1)] + "…";
}
