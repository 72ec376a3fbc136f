using System.Globalization;
using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;

namespace NetCompiler.Benchmarks.Gpu;

/// <summary>Kernels and networks on a GPU.</summary>
static class GpuBenchmarks
{
    /// <summary>Prints the tables; returns the exit code, which is 1 where results are not those of the processor.</summary>
    /// <param name="arguments"><c>[part of a name] [--device gpu|gpu:1|emulator] [--tiny] [--seconds S] [--no-cpu] [--beside FILE]</c>.</param>
    public static int Run(string[] arguments)
    {
        string? part = null, beside = null;
        var device = Device.Gpu();
        bool tiny = false, measuresProcessor = true;
        double seconds = 0.3;
        for (int i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--device" when i + 1 < arguments.Length:
                    device = DeviceOf(arguments[++i]);
                    break;
                case "--seconds" when i + 1 < arguments.Length:
                    seconds = double.Parse(arguments[++i], CultureInfo.InvariantCulture);
                    break;
                case "--beside" when i + 1 < arguments.Length:
                    beside = arguments[++i];
                    break;
                case "--tiny":
                    tiny = true;
                    break;
                case "--no-cpu":
                    measuresProcessor = false;
                    break;
                case var text when text[0] != '-':
                    part = text;
                    break;
                default:
                    Console.Error.WriteLine($"there is no option {arguments[i]}; there are --device, --tiny, --seconds, --no-cpu and --beside");
                    return 2;
            }
        }
        GpuDevice gpu;
        try
        {
            gpu = GpuDevice.For(device)!;
        }
        catch (DeviceNotFoundException exception)
        {
            Console.Error.WriteLine(exception.Message);
            return 1;
        }
        Console.WriteLine($"{gpu.Name}, {gpu.Accelerator.NumMultiprocessors} multiprocessors, {gpu.Accelerator.MemorySize >> 20} MiB; medians; each result is compared with the processor's before it is timed");
        Console.WriteLine($"methods of products: {string.Join(", ", ProductMethods.Supported(gpu))}");
        var (shapes, table) = (new GpuShapes(tiny), new GpuTable(part, beside));
        var products = new GpuProducts(gpu, shapes, table, seconds);
        var networks = new GpuNetworks(device, shapes, table, seconds, measuresProcessor);
        products.Products();
        products.Convolutions();
        networks.Kernels();
        networks.Training();
        networks.AlexNet();
        return table.Failed ? 1 : 0;
    }

    static Device DeviceOf(string text) => text switch
    {
        "emulator" => Device.GpuEmulator,
        "gpu" => Device.Gpu(),
        _ when text.StartsWith("gpu:", StringComparison.Ordinal) => Device.Gpu(int.Parse(text.AsSpan(4), CultureInfo.InvariantCulture)),
        _ => throw new ArgumentException($"--device takes gpu, gpu:1 or emulator, not '{text}'"),
    };
}
