namespace NetCompiler.Runtime;

/// <summary>C cut into rectangles, one per thread.</summary>
readonly struct GemmGrid
{
    nint Rows { get; init; }

    nint Columns { get; init; }

    nint TileColumns { get; init; }

    public nint Count => Rows * Columns;

    // The largest rectangle decides when all are done: its area first, then what it packs, its rows of A and columns of B.
    public static GemmGrid Of(nint m, nint n, int tileColumns, nint count)
    {
        nint columnTiles = (n + tileColumns - 1) / tileColumns;
        var best = new GemmGrid { Rows = 1, Columns = 1, TileColumns = tileColumns };
        double bestCost = double.MaxValue;
        for (nint rows = 1; rows <= Math.Min(count, m); rows++)
        {
            nint columns = Math.Min(count / rows, columnTiles);
            double height = Math.Ceiling((double)m / rows), width = Math.Ceiling((double)columnTiles / columns) * tileColumns;
            double cost = height * width + 8 * (height + width);
            if (cost < bestCost)
                (best, bestCost) = (new GemmGrid { Rows = rows, Columns = columns, TileColumns = tileColumns }, cost);
        }
        return best;
    }

    /// <summary>C cut between its rows alone.</summary>
    public static GemmGrid OfRows(nint m, nint n, nint count) => new() { Rows = Math.Min(count, m), Columns = 1, TileColumns = n };

    public (nint Row, nint NextRow, nint Column, nint NextColumn) Rectangle(nint m, nint n, nint index)
    {
        nint i = index / Columns, j = index % Columns, tiles = (n + TileColumns - 1) / TileColumns;
        return (m * i / Rows, m * (i + 1) / Rows, Math.Min(n, tiles * j / Columns * TileColumns), Math.Min(n, tiles * (j + 1) / Columns * TileColumns));
    }
}
