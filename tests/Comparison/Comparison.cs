using System.Globalization;
using System.Text;

namespace NetCompiler.Comparison;

/// <summary>Everyone does the same work in turn, several rounds; what is compared are medians over the rounds.</summary>
sealed class Comparison(string? peers, string only, int[] threads, double seconds, int rounds)
{
    readonly Peer _ours = new("NetCompiler", Environment.ProcessPath!, Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal)
        ? [typeof(Comparison).Assembly.Location, "measure"] : ["measure"]);

    readonly string _scripts = Path.Combine(AppContext.BaseDirectory, "Peers");

    public string Run()
    {
        var text = new StringBuilder();
        foreach (int count in threads)
        {
            Write(text, $"Matrix products, f32, {Threads(count)}", ["OpenBLAS", "oneDNN", "oneDNN" + Packed], Products(count), kernels: true);
            Write(text, $"Convolutions, f32, {Threads(count)}", ["oneDNN direct", "oneDNN Winograd", "PyTorch", "ONNX Runtime"], Convolutions(count), kernels: true);
        }
        foreach (int count in threads)
            Write(text, $"Networks, f32, {Threads(count)}", ["PyTorch", "PyTorch traced", "ONNX Runtime"], Networks(count), kernels: false);
        return text.ToString();
    }

    const string Packed = " packed";

    sealed record Row(string Name, double? Flops, Dictionary<string, Figures> By);

    List<Row> Products(int count)
    {
        var shapes = Shapes.Products.Where(shape => Wanted(shape.ToString())).ToList();
        if (shapes.Count == 0)
            return [];
        string[] names = [.. shapes.Select(shape => shape.ToString())];
        var turns = new List<(Peer, string[])> { (_ours, ["products", Text(count), Text(seconds), only]) };
        foreach (var (name, peer) in new[] { ("OpenBLAS", "openblas"), ("oneDNN", "onednn"), ("oneDNN" + Packed, "onednn-packed") })
            AddNative(turns, name, ["products", peer, Text(count), Text(seconds), .. names]);
        var found = TakeTurns(turns);
        // Weights that are packed beforehand compare with such.
        return [.. shapes.SelectMany(shape => new[] { "", Packed }.Select(form =>
        {
            var by = found.GetValueOrDefault(shape.ToString(), []).Where(pair => pair.Key.EndsWith(Packed, StringComparison.Ordinal) == (form == Packed) && pair.Key != _ours.Name);
            if (found.TryGetValue(shape + form, out var own) && own.TryGetValue(_ours.Name, out var ours))
                by = by.Append(new(_ours.Name, ours));
            return new Row(shape + form, shape.Flops, by.ToDictionary(StringComparer.Ordinal));
        }))];
    }

    List<Row> Convolutions(int count)
    {
        var cases = Shapes.Convolutions.SelectMany(convolution => ConvolutionCase.Directions.Select(direction => (Convolution: convolution, Key: convolution.Key(direction))))
            .Where(work => Wanted(work.Key)).ToList();
        if (cases.Count == 0)
            return [];
        var shapes = cases.Select(work => work.Convolution).Distinct().ToList();
        var turns = new List<(Peer, string[])> { (_ours, ["convolutions", Text(count), Text(seconds), only]) };
        string[] all = [.. shapes.Select(shape => shape.ToString())];
        AddNative(turns, "oneDNN direct", ["convolutions", "direct", Text(count), Text(seconds), .. all]);
        AddNative(turns, "oneDNN Winograd", ["convolutions", "winograd", Text(count), Text(seconds), .. all]);
        AddTorch(turns, "PyTorch", ["convolutions", Text(count), Text(seconds), .. all]);
        AddOnnx(turns, ["convolutions", Text(count), Text(seconds), .. all]);
        var found = TakeTurns(turns);
        return [.. cases.Select(work => new Row(work.Key, work.Convolution.Flops, found.GetValueOrDefault(work.Key, [])))];
    }

    List<Row> Networks(int count)
    {
        var rows = new List<Row>();
        foreach (var network in Shapes.Networks)
        {
            foreach (int batch in network.Predict)
                Add(network.Name, "predict", batch);
            Add(network.Name, "train", network.Train);
        }
        return rows;

        void Add(string name, string mode, int batch)
        {
            string label = $"{name} {mode}, batch {batch}";
            if (!Wanted(label))
                return;
            if (mode == "predict")
                _ours.Run(["save", name]);
            string[] work = [name, Text(batch), Text(count), Text(seconds)];
            var turns = new List<(Peer, string[])> { (_ours, [mode, .. work]) };
            AddTorch(turns, "PyTorch", [mode, .. work]);
            if (mode == "predict")
            {
                AddTorch(turns, "PyTorch traced", ["traced", .. work]);
                AddOnnx(turns, ["predict", .. work]);
            }
            rows.Add(new Row(label, null, TakeTurns(turns).GetValueOrDefault("", [])));
        }
    }

    void AddNative(List<(Peer, string[])> turns, string name, string[] arguments)
    {
        if (peers is not null && File.Exists(Path.Combine(peers, "native")))
            turns.Add((new Peer(name, Path.Combine(peers, "native")), arguments));
    }

    void AddTorch(List<(Peer, string[])> turns, string name, string[] arguments)
    {
        if (peers is not null)
            turns.Add((Torch(name), arguments));
    }

    Peer Torch(string name) => new(name, Environment.GetEnvironmentVariable("PYTHON") ?? "python3", Path.Combine(_scripts, "networks.py"));

    void AddOnnx(List<(Peer, string[])> turns, string[] arguments)
    {
        if (peers is null || !Directory.Exists(Path.Combine(peers, "node_modules")))
            return;
        string files = Path.Combine(peers, "onnx");
        if (!Directory.Exists(files))
            Torch("PyTorch").Run(["export", files, .. Shapes.Convolutions.Select(shape => shape.ToString())]);
        // Node looks for packages beside the script, so the peers' folder has a copy of it.
        File.Copy(Path.Combine(_scripts, "onnxruntime.js"), Path.Combine(peers, "onnxruntime.js"), overwrite: true);
        turns.Add((new Peer("ONNX Runtime", "node", Path.Combine(peers, "onnxruntime.js"), files), arguments));
    }

    /// <summary>For each piece of work and each peer the round of its median time.</summary>
    Dictionary<string, Dictionary<string, Figures>> TakeTurns(List<(Peer Peer, string[] Arguments)> turns)
    {
        var all = new List<(string Key, string Peer, Figures Figures)>();
        for (int round = 0; round < rounds; round++)
        {
            foreach (var (peer, arguments) in turns)
            {
                Console.Error.WriteLine($"{peer.Name}: {string.Join(' ', arguments.Take(5))}");
                all.AddRange(peer.Run(arguments).Select(pair => (pair.Key, peer.Name, pair.Value)));
            }
        }
        return all.GroupBy(each => each.Key, StringComparer.Ordinal).ToDictionary(
            work => work.Key,
            work => work.GroupBy(each => each.Peer, StringComparer.Ordinal).ToDictionary(
                peer => peer.Key, peer => peer.Select(each => each.Figures).OrderBy(figures => figures.Median).ElementAt((peer.Count() - 1) / 2), StringComparer.Ordinal),
            StringComparer.Ordinal);
    }

    void Write(StringBuilder text, string title, string[] rivals, List<Row> rows, bool kernels)
    {
        if (rows.Count == 0)
            return;
        string[] present = [.. rivals.Where(rival => rows.Any(row => row.By.ContainsKey(rival)))];
        string[] extra = kernels ? ["GFLOP/s", "of the FMA loop"] : ["first result, ms", "peak, MB"];
        text.Append(CultureInfo.InvariantCulture, $"\n### {title}\n\n| work | ours, ms | {string.Join(" | ", extra)} | {string.Join("", present.Select(rival => $"{rival} | "))}best peer / ours |\n");
        text.Append(string.Concat(Enumerable.Repeat("|---", 5 + present.Length))).Append("|\n");
        foreach (var row in rows)
        {
            if (!row.By.TryGetValue("NetCompiler", out var ours))
            {
                text.Append(CultureInfo.InvariantCulture, $"| {row.Name} | failed |\n");
                continue;
            }
            double speed = (row.Flops ?? 0) / ours.Median / 1e6;
            string[] own = kernels
                ? [speed.ToString("F0", CultureInfo.InvariantCulture) + (ours.Algorithm is null ? "" : $" ({ours.Algorithm})"), ours.Fma is { } fma ? $"{100 * speed / fma:F0} %" : ""]
                : [$"{ours.First:F0}", $"{ours.Peak:F0}"];
            string Cell(string rival) => row.By.TryGetValue(rival, out var figures)
                ? Time(figures.Median) + (kernels ? "" : string.Create(CultureInfo.InvariantCulture, $" ({figures.First:F0} ms, {figures.Peak:F0} MB)")) : "–";
            double[] others = [.. present.Where(row.By.ContainsKey).Select(rival => row.By[rival].Median)];
            string ratio = others.Length == 0 ? "–" : (others.Min() / ours.Median).ToString("F2", CultureInfo.InvariantCulture);
            text.Append(CultureInfo.InvariantCulture, $"| {row.Name} | {Time(ours.Median)} | {string.Join(" | ", own)} | {string.Concat(present.Select(rival => Cell(rival) + " | "))}{ratio} |\n");
        }
    }

    bool Wanted(string name) => name.Contains(only, StringComparison.Ordinal);

    static string Time(double milliseconds) => milliseconds.ToString(milliseconds < 1 ? "F3" : milliseconds < 100 ? "F2" : "F0", CultureInfo.InvariantCulture);

    static string Threads(int count) => count == 1 ? "1 thread" : $"{count} threads";

    static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
