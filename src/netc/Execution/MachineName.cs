using System.Runtime.InteropServices;
using NetCompiler.Runtime;

namespace NetCompiler.CommandLine.Execution;

/// <summary>What distinguishes machines in records of measurements.</summary>
internal static class MachineName
{
    /// <summary>This machine: <c>Intel(R) Xeon(R) Processor @ 2.60GHz, 512-bit vectors, 2 processors</c>.</summary>
    public static string Current { get; } =
        $"{Processor()}, {(Simd.Has512 ? "512-bit vectors" : Simd.Has256 ? "256-bit vectors" : "no vectors")}, {Environment.ProcessorCount} {(Environment.ProcessorCount == 1 ? "processor" : "processors")}";

    static string Processor()
    {
        const string list = "/proc/cpuinfo", key = "model name";
        try
        {
            if (File.Exists(list) && File.ReadLines(list).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal)) is { } line)
                return string.Join(' ', line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        }
        catch (IOException)
        {
            // Another system, or a container that hides it.
        }
        return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") is { Length: > 0 } windows ? windows : RuntimeInformation.ProcessArchitecture.ToString();
    }
}
