using System.Diagnostics;
using System.Reflection;
using System.Text;
using Shouldly;

namespace NetCompiler.Generator.Tests;

/// <summary>Runs the <c>dotnet</c> command.</summary>
static class DotNet
{
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public static string RepositoryRoot { get; } =
        Path.GetFullPath(typeof(DotNet).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "RepositoryRoot").Value!);

    public static string Configuration { get; } = typeof(DotNet).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    /// <summary>The exit code and all output of <c>dotnet</c> with <paramref name="arguments"/> in <paramref name="folder"/>.</summary>
    public static async Task<(int ExitCode, string Output)> Run(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The test runner's own settings for MSBuild are not the user's. Servers would outlive the test and hold its pipes open.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(name);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["NO_COLOR"] = "1";

        using var process = Process.Start(start)!;
        var output = new StringBuilder();
        using var timeout = new CancellationTokenSource(Limit);
        try
        {
            await Task.WhenAll(Collect(process.StandardOutput), Collect(process.StandardError), process.WaitForExitAsync(timeout.Token));
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"dotnet {string.Join(' ', arguments)} ran longer than {Limit}:\n{output}");
        }
        return (process.ExitCode, output.ToString());

        async Task Collect(StreamReader reader)
        {
            while (await reader.ReadLineAsync(timeout.Token) is { } line)
                lock (output)
                    output.Append(line).Append('\n');
        }
    }

    /// <summary>The output of a command that must succeed.</summary>
    public static async Task<string> Succeed(string folder, params string[] arguments)
    {
        var (exitCode, output) = await Run(folder, arguments);
        exitCode.ShouldBe(0, output);
        return output;
    }
}
