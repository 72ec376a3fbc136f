using Spectre.Console;

namespace NetCompiler.CommandLine.Output;

/// <summary>A table of texts and figures that fits the terminal: where there is little room, long texts are cut and end in an ellipsis.</summary>
internal sealed class TextTable
{
    readonly List<Column> _columns = [];
    readonly List<string[]> _rows = [];
    string[]? _footer;

    /// <param name="Heading">The heading.</param>
    /// <param name="IsFigure">Whether to align at the right.</param>
    /// <param name="Least">The width to which its texts may be cut; 0 if they are shown whole.</param>
    sealed record Column(string Heading, bool IsFigure, int Least);

    /// <summary>A column of texts, cut to no less than <paramref name="least"/> characters where the terminal is narrow; 0 keeps them whole.</summary>
    public TextTable Text(string heading, int least = 0)
    {
        _columns.Add(new Column(heading, IsFigure: false, least));
        return this;
    }

    /// <summary>A column of numbers.</summary>
    public TextTable Figure(string heading)
    {
        _columns.Add(new Column(heading, IsFigure: true, Least: 0));
        return this;
    }

    /// <summary>Adds a row with a text for each column.</summary>
    public void Row(params string[] cells) => _rows.Add(cells);

    /// <summary>Sets the last row, with a text for each column.</summary>
    public void Footer(params string[] cells) => _footer = cells;

    /// <summary>Writes the table.</summary>
    public void Write(Terminal terminal)
    {
        var widths = _columns.Select((column, i) => _rows.Select(row => row[i].Length).Append(column.Heading.Length).Max()).ToArray();
        var table = Build(widths, padding: 1);
        int excess = terminal.Excess(table);
        if (excess > 0)
        {
            excess = terminal.Excess(Build(widths, padding: 0));
            for (int i = _columns.Count - 1; i >= 0; i--)
            {
                if (_columns[i].Least == 0 || excess <= 0)
                    continue;
                int cut = Math.Min(excess, Math.Max(0, widths[i] - Math.Max(_columns[i].Least, _columns[i].Heading.Length)));
                widths[i] -= cut;
                excess -= cut;
            }
            // Where even that is too wide, the terminal breaks the lines of the whole table.
            if (excess <= 0)
                table = Build(widths, padding: 0);
        }
        terminal.Write(table);
    }

    Table Build(int[] widths, int padding)
    {
        var table = new Table().Border(TableBorder.Simple).BorderColor(Color.Grey);
        for (int i = 0; i < _columns.Count; i++)
        {
            var column = new TableColumn(new Spectre.Console.Text(_columns[i].Heading)).NoWrap().PadLeft(padding);
            if (_footer is not null)
                column.Footer(new Spectre.Console.Text(_footer[i]));
            table.AddColumn(_columns[i].IsFigure ? column.RightAligned() : column);
        }
        foreach (var row in _rows)
            table.AddRow(row.Select((cell, i) => new Spectre.Console.Text(cell.Length <= widths[i] ? cell : cell[..(widths[i] - 1)] + "…")));
        return table;
    }
}
