using System.Diagnostics;

namespace NetCompiler.EndToEnd.Tests;

/// <summary>What a run of netc left behind.</summary>
internal sealed record NetcResult(int ExitCode, string Output, string Error)
{
    /// <summary>Everything, for messages of failed tests.</summary>
    public string All => $"exit code {ExitCode}\n--- output\n{Output}--- error\n{Error}";
}

/// <summary>Runs the built netc as a process, in a folder of its own that goes when the test is done.</summary>
public sealed class Netc : IDisposable
{
    static readonly TimeSpan _limit = TimeSpan.FromSeconds(120);

    /// <summary>The built tool, which lies beside the tests.</summary>
    public static string Tool { get; } = Path.Combine(AppContext.BaseDirectory, "netc.dll");

    /// <summary>The working folder of the runs.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("netc-test-").FullName;

    /// <summary>Writes a file into the folder and returns its name.</summary>
    public string Write(string name, string text)
    {
        File.WriteAllText(Path.Combine(Folder, name), text);
        return name;
    }

    internal string Read(string name) => File.ReadAllText(Path.Combine(Folder, name));

    internal NetcResult Run(params string[] arguments) => Run(new Dictionary<string, string?>(), arguments);

    internal NetcResult Run(Dictionary<string, string?> environment, params string[] arguments)
    {
        using var process = Start(environment, arguments);
        return Finish(process);
    }

    internal Process Start(Dictionary<string, string?> environment, params string[] arguments) =>
        StartProgram(environment, "dotnet", [Tool, .. arguments]);

    internal Process StartProgram(Dictionary<string, string?> environment, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        // What the tests' own environment asks for must not show.
        foreach (var name in (string[])["NO_COLOR", "NETC_DATA", "DOTNET_SYSTEM_CONSOLE_ALLOW_ANSI_COLOR_REDIRECTION"])
            start.Environment.Remove(name);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    internal static NetcResult Finish(Process process)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(_limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"netc did not end within {_limit}");
        }
        return new NetcResult(process.ExitCode, output.Result, error.Result);
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
