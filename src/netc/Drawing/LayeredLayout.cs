namespace NetCompiler.CommandLine.Drawing;

/// <summary>The extent of a box.</summary>
internal readonly record struct BoxSize(double Width, double Height);

/// <summary>A place; y grows downwards.</summary>
internal readonly record struct Point(double X, double Y);

/// <summary>A finished layout.</summary>
/// <param name="Centers">For each box its middle.</param>
/// <param name="Routes">For each edge the points that its curve passes, from the bottom of one box to the top of another.</param>
/// <param name="Width">Of the whole.</param>
/// <param name="Height">Of the whole.</param>
internal sealed record Layout(Point[] Centers, Point[][] Routes, double Width, double Height);

/// <summary>
/// Places boxes in rows so that arrows point down, after Sugiyama, Tagawa and Toda (1981): rows by longest path, an order
/// within rows that crosses few edges, and columns by least squares. Equal input gives equal output.
/// </summary>
internal sealed class LayeredLayout
{
    const double RowGap = 34, ColumnGap = 26, Lane = 14;
    const int OrderSweeps = 24, ColumnSweeps = 100;

    // Boxes first, then the places where long edges pass through a row.
    readonly List<BoxSize> _sizes;
    readonly List<int> _row = [];
    readonly List<List<int>> _above = [], _below = [];
    readonly List<int[]> _paths = []; // for each edge its box, the places between, its other box
    readonly int _boxes;
    readonly bool[] _isSide; // boxes that the main flow does not pass: weights, and what is made of weights alone
    List<int>[] _rows = [];
    double[] _x = [];

    LayeredLayout(IReadOnlyList<BoxSize> sizes)
    {
        _sizes = [.. sizes];
        _boxes = sizes.Count;
        _isSide = new bool[_boxes];
        foreach (var _ in sizes)
            AddPlace(0);
    }

    /// <summary>Lays out boxes and the edges between them; an edge that would close a cycle is drawn upwards.</summary>
    /// <param name="sizes">The boxes.</param>
    /// <param name="aside">Which boxes stand beside the main flow, as weights do, so that it need not bend for them.</param>
    /// <param name="edges">The arrows, by the indices of their boxes.</param>
    public static Layout Run(IReadOnlyList<BoxSize> sizes, IReadOnlyList<bool> aside, IReadOnlyList<(int From, int To)> edges)
    {
        var layout = new LayeredLayout(sizes);
        var down = Acyclic(sizes.Count, edges);
        layout.AssignRows(down, aside);
        layout.SplitLongEdges(down);
        layout.OrderRows();
        layout.PlaceColumns();
        return layout.Finish(edges, down);
    }

    int AddPlace(int row)
    {
        _row.Add(row);
        _above.Add([]);
        _below.Add([]);
        return _row.Count - 1;
    }

    /// <summary>The edges with those turned round that lead back to a box on the way to themselves.</summary>
    static (int From, int To)[] Acyclic(int boxes, IReadOnlyList<(int From, int To)> edges)
    {
        var leaving = new List<int>[boxes];
        for (int box = 0; box < boxes; box++)
            leaving[box] = [];
        for (int edge = 0; edge < edges.Count; edge++)
            leaving[edges[edge].From].Add(edge);
        var result = edges.ToArray();
        var state = new byte[boxes]; // 0 unseen, 1 on the path, 2 done
        var path = new Stack<(int Box, int Next)>();
        for (int start = 0; start < boxes; start++)
        {
            if (state[start] != 0)
                continue;
            path.Push((start, 0));
            state[start] = 1;
            while (path.TryPop(out var top))
            {
                if (top.Next == leaving[top.Box].Count)
                {
                    state[top.Box] = 2;
                    continue;
                }
                path.Push((top.Box, top.Next + 1));
                int edge = leaving[top.Box][top.Next], to = edges[edge].To;
                if (state[to] == 1)
                    result[edge] = (to, top.Box);
                else if (state[to] == 0)
                {
                    state[to] = 1;
                    path.Push((to, 0));
                }
            }
        }
        return result;
    }

    void AssignRows((int From, int To)[] edges, IReadOnlyList<bool> aside)
    {
        var entering = edges.ToLookup(edge => edge.To, edge => edge.From);
        var leaving = edges.ToLookup(edge => edge.From, edge => edge.To);
        var waiting = new int[_boxes];
        foreach (var edge in edges)
            waiting[edge.To]++;
        var order = new List<int>(Enumerable.Range(0, _boxes).Where(box => waiting[box] == 0));
        for (int i = 0; i < order.Count; i++)
        {
            foreach (int to in leaving[order[i]])
            {
                _row[to] = Math.Max(_row[to], _row[order[i]] + 1);
                if (--waiting[to] == 0)
                    order.Add(to);
            }
        }
        // What depends on nothing or on weights alone belongs just above the first that reads it.
        foreach (int box in order)
            _isSide[box] = entering[box].Any() ? entering[box].All(from => _isSide[from]) : aside[box];
        foreach (int box in Enumerable.Reverse(order))
        {
            if ((_isSide[box] || !entering[box].Any()) && leaving[box].Any())
                _row[box] = leaving[box].Min(to => _row[to]) - 1;
        }
    }

    void SplitLongEdges((int From, int To)[] edges)
    {
        foreach (var (from, to) in edges)
        {
            var path = new List<int> { from };
            for (int row = _row[from] + 1; row < _row[to]; row++)
            {
                path.Add(AddPlace(row));
                _sizes.Add(new BoxSize(Lane, 0));
            }
            path.Add(to);
            for (int i = 1; i < path.Count; i++)
            {
                _below[path[i - 1]].Add(path[i]);
                _above[path[i]].Add(path[i - 1]);
            }
            _paths.Add([.. path]);
        }
        _rows = [.. Enumerable.Range(0, _row.Count == 0 ? 0 : _row.Max() + 1).Select(_ => new List<int>())];
    }

    void OrderRows()
    {
        // A walk from the sources keeps what belongs together side by side from the start.
        var seen = new bool[_row.Count];
        void Walk(int start)
        {
            var pending = new Stack<int>([start]);
            while (pending.TryPop(out int place))
            {
                if (seen[place])
                    continue;
                seen[place] = true;
                _rows[_row[place]].Add(place);
                foreach (int next in Enumerable.Reverse(_below[place]))
                    pending.Push(next);
            }
        }
        for (int place = 0; place < _row.Count; place++)
        {
            if (_above[place].Count == 0)
                Walk(place);
        }

        var position = new int[_row.Count];
        foreach (var row in _rows)
            Number(row, position);
        var best = _rows.Select(row => row.ToArray()).ToArray();
        long fewest = Crossings(position);
        for (int sweep = 0; sweep < OrderSweeps && fewest > 0; sweep++)
        {
            bool down = sweep % 2 == 0;
            foreach (var row in down ? _rows : Enumerable.Reverse(_rows))
            {
                var neighbours = down ? _above : _below;
                var key = row.ToDictionary(place => place, place => neighbours[place].Count == 0 ? position[place] : neighbours[place].Average(other => (double)position[other]));
                var sorted = row.OrderBy(place => key[place]).ToList(); // stable
                row.Clear();
                row.AddRange(sorted);
                Number(row, position);
            }
            long crossings = Crossings(position);
            if (crossings < fewest)
                (fewest, best) = (crossings, _rows.Select(row => row.ToArray()).ToArray());
        }
        _rows = [.. best.Select(row => row.ToList())];
    }

    static void Number(List<int> row, int[] position)
    {
        for (int i = 0; i < row.Count; i++)
            position[row[i]] = i;
    }

    /// <summary>How many pairs of edges between neighbouring rows cross: inversions, counted with a Fenwick tree.</summary>
    long Crossings(int[] position)
    {
        long crossings = 0;
        for (int r = 1; r < _rows.Length; r++)
        {
            var tree = new int[_rows[r].Count + 1];
            int placed = 0;
            foreach (int upper in _rows[r - 1].OrderBy(place => position[place]))
            {
                foreach (int lower in _below[upper])
                {
                    int notRight = 0;
                    for (int i = position[lower] + 1; i > 0; i -= i & -i)
                        notRight += tree[i];
                    crossings += placed - notRight;
                }
                foreach (int lower in _below[upper])
                {
                    placed++;
                    for (int i = position[lower] + 1; i < tree.Length; i += i & -i)
                        tree[i]++;
                }
            }
        }
        return crossings;
    }

    void PlaceColumns()
    {
        _x = new double[_row.Count];
        foreach (var row in _rows)
        {
            double right = 0;
            foreach (int place in row)
            {
                _x[place] = right + _sizes[place].Width / 2;
                right += _sizes[place].Width + ColumnGap;
            }
            foreach (int place in row)
                _x[place] -= right / 2;
        }
        for (int sweep = 0; sweep < ColumnSweeps; sweep++)
        {
            bool down = sweep % 2 == 0;
            foreach (var row in down ? _rows : Enumerable.Reverse(_rows))
                PlaceRow(row, down ? _above : _below, both: sweep >= ColumnSweeps / 5);
        }
    }

    /// <summary>
    /// Moves the places of a row as near as possible, by least squares, to the middle of their neighbours while keeping order and
    /// distances: with the distances taken off this is isotonic regression, solved by pooling adjacent violators.
    /// </summary>
    void PlaceRow(List<int> row, List<List<int>> neighbours, bool both)
    {
        var offset = new double[row.Count];
        for (int i = 1; i < row.Count; i++)
            offset[i] = offset[i - 1] + (_sizes[row[i - 1]].Width + _sizes[row[i]].Width) / 2 + ColumnGap;
        var pools = new List<(double Sum, double Weight, int Count)>();
        for (int i = 0; i < row.Count; i++)
        {
            int place = row[i];
            var others = both ? [.. _above[place], .. _below[place]] : neighbours[place];
            double pull = others.Sum(Pull);
            double wanted = others.Count == 0 ? _x[place] : others.Sum(other => Pull(other) * _x[other]) / pull;
            // A box without neighbours here gives way.
            double weight = others.Count == 0 ? 0.1 : Pull(place);
            var pool = (Sum: (wanted - offset[i]) * weight, Weight: weight, Count: 1);
            while (pools.Count > 0 && pools[^1].Sum / pools[^1].Weight > pool.Sum / pool.Weight)
            {
                var last = pools[^1];
                pools.RemoveAt(pools.Count - 1);
                pool = (pool.Sum + last.Sum, pool.Weight + last.Weight, pool.Count + last.Count);
            }
            pools.Add(pool);
        }
        int next = 0;
        foreach (var pool in pools)
        {
            for (int i = 0; i < pool.Count; i++, next++)
                _x[row[next]] = pool.Sum / pool.Weight + offset[next];
        }
    }

    /// <summary>Long edges and the main flow should be straight; the rest makes room.</summary>
    double Pull(int place) => place >= _boxes ? 4 : _isSide[place] ? 0.25 : 3;

    Layout Finish(IReadOnlyList<(int From, int To)> edges, (int From, int To)[] down)
    {
        double left = double.PositiveInfinity, right = double.NegativeInfinity;
        for (int place = 0; place < _row.Count; place++)
        {
            left = Math.Min(left, _x[place] - _sizes[place].Width / 2);
            right = Math.Max(right, _x[place] + _sizes[place].Width / 2);
        }
        var y = new double[_rows.Length];
        double bottom = 0;
        for (int r = 0; r < _rows.Length; r++)
        {
            double height = _rows[r].Max(place => _sizes[place].Height);
            y[r] = bottom + height / 2;
            bottom += height + RowGap;
        }
        Point Center(int place) => new(_x[place] - left, y[_row[place]]);

        var routes = new Point[_paths.Count][];
        for (int edge = 0; edge < routes.Length; edge++)
        {
            var path = _paths[edge];
            var points = path.Select(Center).ToArray();
            points[0] = points[0] with { Y = points[0].Y + _sizes[path[0]].Height / 2 };
            points[^1] = points[^1] with { Y = points[^1].Y - _sizes[path[^1]].Height / 2 };
            routes[edge] = edges[edge] == down[edge] ? points : [.. Enumerable.Reverse(points)];
        }
        return _rows.Length == 0
            ? new Layout([], [], 0, 0)
            : new Layout([.. Enumerable.Range(0, _boxes).Select(Center)], routes, right - left, bottom - RowGap);
    }
}
