using System.Diagnostics;
using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace NetCompiler.EndToEnd.Tests;

public sealed class TerminalTests : IDisposable
{
    static readonly Dictionary<string, string?> _noColor = new() { ["NO_COLOR"] = "1" };

    readonly Netc _netc = new();

    public TerminalTests()
    {
        _netc.Write("wrong.net", Programs.Misspelt);
        _netc.Write("mlp.net", Programs.Mlp);
    }

    public void Dispose() => _netc.Dispose();

    [Theory]
    [InlineData("check wrong.net")]
    [InlineData("summary wrong.net")]
    [InlineData("summary mlp.net")]
    [InlineData("train mlp.net --samples 64 --epochs 1")]
    [InlineData("train --help")]
    [InlineData("trian")]
    public void What_is_redirected_has_no_control_characters(string line)
    {
        foreach (var environment in (Dictionary<string, string?>[])[new(), _noColor])
        {
            var result = _netc.Run(environment, line.Split(' '));
            (result.Output + result.Error).ShouldNotBeEmpty();
            (result.Output + result.Error).Where(c => char.IsControl(c) && c != '\n').ShouldBeEmpty(result.All);
        }
    }

    [SkippableFact]
    public void A_terminal_gets_colours_unless_NO_COLOR_is_set()
    {
        const string colour = "\u001b\\[[0-9;]*3[0-9]|\u001b\\[[0-9;]*9[0-7]m";
        var coloured = OnTerminal("check wrong.net", new() { ["TERM"] = "xterm-256color" });
        Regex.IsMatch(coloured.Output, colour).ShouldBeTrue(coloured.All);
        var plain = OnTerminal("check wrong.net", new() { ["TERM"] = "xterm-256color", ["NO_COLOR"] = "1" });
        plain.Output.ShouldContain("wrong.net");
        Regex.IsMatch(plain.Output, colour).ShouldBeFalse(plain.All);
    }

    [SkippableFact]
    public void A_table_is_measured_without_a_trace_on_the_terminal()
    {
        var result = OnTerminal("summary mlp.net", new() { ["TERM"] = "xterm-256color" });
        result.Output.ShouldContain("logits");
        result.Output.ShouldNotContain("\u001b[39;49m", Case.Sensitive, "colours reset by what was never shown");
    }

    [SkippableFact]
    public void A_terminal_sees_training_progress()
    {
        var result = OnTerminal("train mlp.net --samples 640 --epochs 2", new() { ["TERM"] = "xterm-256color" });
        result.ExitCode.ShouldBe(0, result.All);
        result.Output.ShouldContain("epoch 2/2");
        result.Output.ShouldContain("images/s");
    }

    [SkippableFact]
    public void An_interrupt_stops_training_cleanly()
    {
        Skip.If(OperatingSystem.IsWindows(), "sends SIGINT");
        using var process = _netc.Start(new(), "train", "mlp.net", "--samples", "5000", "--epochs", "100000", "-o", "w.safetensors");
        while (process.StandardOutput.ReadLine() is { } line && !line.StartsWith("epoch 1:"))
            continue;
        using (var kill = Process.Start("kill", ["-INT", process.Id.ToString()]))
            kill.WaitForExit();
        var result = Netc.Finish(process);
        result.ExitCode.ShouldBe(130, result.All);
        result.Error.ShouldContain("w.safetensors holds the network after the last whole epoch\nstopped\n");
        string[] files = [.. Directory.EnumerateFiles(_netc.Folder).Select(path => Path.GetFileName(path)).Order()];
        files.ShouldBe(["mlp.net", "w.safetensors", "wrong.net"], customMessage: "no temporary file is left");
    }

    [SkippableTheory]
    [InlineData(80)]
    [InlineData(40)]
    public void A_summary_keeps_names_and_numbers_whole_on_a_narrow_terminal(int columns)
    {
        _netc.Write("lenet.net", Programs.LeNet);
        var result = OnTerminal("summary lenet.net", new() { ["TERM"] = "xterm-256color", ["NO_COLOR"] = "1" }, columns);
        var lines = Regex.Replace(result.Output, "\u001b\\[[0-9;?]*[a-z]", "").ReplaceLineEndings("\n").Split('\n');
        foreach (var row in (string[])["^ *layer +what +output +parameters +MACs +activations *$", "^ *c2 +conv2d.* 25.1K +1.60M +3.13 KiB *$", "^ *logits +.* 5.01K +5.00K +40 B *$"])
            lines.Count(line => Regex.IsMatch(line, row)).ShouldBe(1, $"{row}\n{result.All}");
        // Too narrow for all, the terminal breaks lines that are left whole.
        lines.Any(line => line.Length > columns).ShouldBe(columns == 40, result.All);
    }

    /// <summary>Runs netc on a pseudo-terminal, by util-linux's script.</summary>
    NetcResult OnTerminal(string line, Dictionary<string, string?> environment, int columns = 120)
    {
        Skip.IfNot(OperatingSystem.IsLinux() && File.Exists("/usr/bin/script"), "needs util-linux's script");
        using var process = _netc.StartProgram(environment, "/usr/bin/script", "-qec", $"stty cols {columns}; dotnet {Netc.Tool} {line}", "/dev/null");
        process.StandardInput.Close();
        return Netc.Finish(process);
    }
}
