using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using ILGPU.Runtime.Cuda;

namespace NetCompiler.Gpu.Tests;

/// <summary>What an assembled kernel takes: registers of a thread, and bytes of them that are kept in local memory.</summary>
sealed record AssembledKernel(int Registers, int Spilled);

/// <summary>NVIDIA's assembler, which makes of PTX what a GPU runs and needs no GPU: <c>ptxas</c> of a CUDA toolkit, which the variable NETC_PTXAS names.</summary>
static class PtxAssembler
{
    static readonly string? s_path = Environment.GetEnvironmentVariable("NETC_PTXAS");

    public static bool IsThere => !string.IsNullOrEmpty(s_path);

    public static AssembledKernel Assemble(string ptx, CudaArchitecture architecture)
    {
        string file = Path.GetTempFileName(), assembled = file + ".cubin";
        try
        {
            File.WriteAllText(file, ptx);
            using var process = Process.Start(new ProcessStartInfo(s_path!, ["-v", $"-arch=sm_{architecture.Major}{architecture.Minor}", file, "-o", assembled]) { RedirectStandardError = true })!;
            string said = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
                throw new InvalidOperationException($"{s_path} refuses a kernel:\n{said}\n{ptx}");
            return new(Number(said, @"Used (\d+) registers"), Number(said, @"(\d+) bytes spill stores"));
        }
        finally
        {
            File.Delete(file);
            File.Delete(assembled);
        }
    }

    static int Number(string text, string pattern) => int.Parse(Regex.Match(text, pattern).Groups[1].Value, CultureInfo.InvariantCulture);
}
