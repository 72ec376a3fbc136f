using System.CommandLine;
using NetCompiler.CommandLine.Gpu;
using NetCompiler.Runtime;

namespace NetCompiler.CommandLine.Execution;

/// <summary>Where a command computes.</summary>
/// <param name="Device">The device.</param>
/// <param name="Gpu">The name of the GPU; null for the processor.</param>
internal sealed record ComputePlace(Device Device, string? Gpu)
{
    /// <summary>The option that names a place, of those kinds that mean something to the command; any by default.</summary>
    public static Option<Device> Option(
        string description = "Where to compute: cpu, gpu (gpu:1 is the second one), best for a GPU where there is one, or emulator, which runs the GPU's code slowly.",
        params DeviceKind[] kinds) => new("--device")
    {
        Description = description,
        HelpName = "D",
        DefaultValueFactory = _ => Device.Cpu,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (Parse(text) is { } device && (kinds.Length == 0 || kinds.Contains(device.Kind)))
                return device;
            result.AddError(kinds.Length == 0
                ? $"--device takes cpu, gpu, gpu:1, best or emulator, not '{text}'"
                : $"--device takes {string.Join(" or ", kinds.Select(Word))} here, not '{text}'");
            return Device.Cpu;
        },
    };

    static string Word(DeviceKind kind) => kind == DeviceKind.GpuEmulator ? "emulator" : kind.ToString().ToLowerInvariant();

    static Device? Parse(string text) => text switch
    {
        "cpu" => Device.Cpu,
        "gpu" => Device.Gpu(),
        "best" => Device.Best(),
        "emulator" => Device.GpuEmulator,
        _ => text.StartsWith("gpu:", StringComparison.Ordinal) && int.TryParse(text.AsSpan(4), System.Globalization.NumberStyles.None, null, out int index) ? Device.Gpu(index) : null,
    };

    /// <summary>Opens a device.</summary>
    /// <exception cref="UserErrorException">It is not there, or this netc knows no GPUs.</exception>
    public static ComputePlace Open(Device device) => device.Kind == DeviceKind.Cpu ? new(device, null) : new(device, GpuAccess.Open(device));

    /// <summary>Whether that is a GPU, or the emulator of one.</summary>
    public bool IsGpu => Gpu is not null;

    /// <summary>What the compiler is told for it.</summary>
    public CompilerOptions With(CompilerOptions options) => IsGpu ? options with { Gpu = GpuCode.Required, GpuMachine = Gpu } : options;

    /// <summary>The network there; on the processor it computes on <paramref name="pool"/>.</summary>
    public Network Create(CompiledNetwork compiled, string name, ulong seed, WorkerPool pool) =>
        IsGpu ? compiled.Create(name, Device, seed) : compiled.Create(name, seed, pool);

    /// <summary>Waits for what was queued there.</summary>
    public void Synchronize()
    {
        if (IsGpu)
            GpuAccess.Synchronize(Device);
    }

    /// <summary>The bench of a problem there.</summary>
    public KernelBench Bench(WorkerPool pool, Algorithms.KernelProblem problem) => IsGpu ? GpuAccess.Bench(Device, problem) : KernelBench.Of(pool, problem);

    /// <summary>Whether an algorithm of a problem runs there.</summary>
    public bool Runs(Algorithms.KernelProblem problem, string algorithm) => !IsGpu || GpuAccess.Runs(Device, problem, algorithm);
}
