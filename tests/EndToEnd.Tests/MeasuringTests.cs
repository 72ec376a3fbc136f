using System.Globalization;
using System.Text.Json;
using Shouldly;
using Xunit;

namespace NetCompiler.EndToEnd.Tests;

/// <summary>The commands that measure a network: bench and profile.</summary>
public sealed class MeasuringTests : IDisposable
{
    readonly Netc _netc = new();

    public void Dispose() => _netc.Dispose();

    [Fact]
    public void Bench_times_every_function_at_every_number_of_threads()
    {
        var result = _netc.Run("bench", _netc.Write("mlp.net", Programs.Mlp), "--size", "N=3", "--threads", "1,2", "--seconds", "0.05");
        result.ExitCode.ShouldBe(0, result.All);
        result.Output.ShouldStartWith("Mlp, N = 3\n");
        var rows = result.Output.Split('\n').Select(line => line.Split((char[])[' '], StringSplitOptions.RemoveEmptyEntries))
            .Where(cells => cells.Length > 5 && cells[0] is "predict" or "evaluate" or "train").ToList();
        rows.Select(cells => $"{cells[0]} {cells[1]}").ShouldBe(["predict 1", "evaluate 1", "train 1", "predict 2", "evaluate 2", "train 2"]);
        foreach (var cells in rows)
        {
            double best = Number(cells[2]), median = Number(cells[3]);
            best.ShouldBeInRange(1e-6, median);
            // The network multiplies 3 x 784 x 32 + 3 x 32 x 10 times forwards, and more than twice that in training.
            double least = 2 * 3 * (784 * 32 + 32 * 10) * (cells[0] == "train" ? 2 : 1);
            Number(cells[5]).ShouldBeGreaterThan(0.9 * least / median / 1e6 - 0.06);
        }
    }

    [Fact]
    public void Profile_lists_the_steps_by_time_with_their_lines()
    {
        var result = _netc.Run("profile", _netc.Write("mlp.net", Programs.Mlp), "--function", "train", "--size", "N=4", "--threads", "1", "--top", "3", "--seconds", "0.05");
        result.ExitCode.ShouldBe(0, result.All);
        result.Output.ShouldStartWith("Mlp.train, N = 4, 1 thread: ");
        var lines = result.Output.Split('\n');
        var rows = lines.Skip(3).Take(4).ToList();
        rows[3].ShouldContain(" others ");
        var shares = rows.Select(row => Number(row.Split(" %")[0].Split(' ')[^1])).ToList();
        shares.Sum().ShouldBe(100, 0.3);
        shares.Take(3).ShouldBe(shares.Take(3).OrderDescending());
        result.Output.ShouldContain("f32[784, 32]");
    }

    [Fact]
    public void The_trace_of_a_profile_has_every_step_of_each_call_on_the_functions_track()
    {
        var result = _netc.Run("profile", _netc.Write("lstm.net", Recurrent), "--threads", "1", "--size", "T=5", "--trace", "trace.json", "--seconds", "0.05");
        result.ExitCode.ShouldBe(0, result.All);
        var events = JsonDocument.Parse(_netc.Read("trace.json")).RootElement.GetProperty("traceEvents").EnumerateArray().ToList();
        events.Where(entry => entry.GetProperty("ph").GetString() == "M").Select(entry => entry.GetProperty("args").GetProperty("name").GetString())
            .ShouldBe(["Counter", "run"]);
        var spans = events.Where(entry => entry.GetProperty("ph").GetString() == "X").ToList();
        var scans = spans.Where(entry => entry.GetProperty("name").GetString()!.EndsWith(": scan", StringComparison.Ordinal)).ToList();
        scans.Count.ShouldBe(3);
        foreach (var scan in scans)
        {
            double start = scan.GetProperty("ts").GetDouble(), end = start + scan.GetProperty("dur").GetDouble();
            // What runs in a step of the scan lies within it, five times.
            var inner = spans.Where(entry => entry.GetProperty("ts").GetDouble() > start && entry.GetProperty("ts").GetDouble() < end).ToList();
            inner.Count.ShouldBeGreaterThan(0);
            (inner.Count % 5).ShouldBe(0);
            inner.ShouldAllBe(entry => entry.GetProperty("ts").GetDouble() + entry.GetProperty("dur").GetDouble() <= end + 0.002);
        }
    }

    [Fact]
    public void Arguments_are_drawn_within_what_they_choose_from()
    {
        // A class or row that does not exist would give a loss of NaN or zeros in silence.
        var compilation = Compilation.Create(new("mlp.net", Programs.Mlp), _ => null, new CompilerOptions());
        var inputs = compilation.Inputs("Mlp", "train", new Dictionary<string, long> { ["N"] = 7 }).Items;
        inputs.Single(input => input.Name == "digit").Bound.ShouldBe(10);
        inputs.Single(input => input.Name == "digit").Dimensions.ToArray().ShouldBe([7]);
        inputs.Single(input => input.Name == "x").Bound.ShouldBeNull();
    }

    [Fact]
    public void Code_that_is_not_asked_to_be_observed_has_no_trace_of_observation()
    {
        string Emit(bool observe) => string.Concat(Compilation.Create(new("lstm.net", Recurrent), _ => null, new CompilerOptions { Observe = observe }).Emit().Items.Select(file => file.Text));
        Emit(observe: true).ShouldContain("Observer?.Before(");
        Emit(observe: false).ShouldNotContain("Observer");
    }

    static double Number(string text) => double.Parse(text, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    const string Recurrent = """
        network Counter {
            input x : f32[T, 3];
            param w : f32[3, 3] = glorot_uniform;
            param h0 : f32[3] = zeros;
            hs, last = scan x_t in x from h = h0 { h = tanh(h @ w + x_t); yield h; };
            function run(x) -> sum(hs);
        }

        """;
}
