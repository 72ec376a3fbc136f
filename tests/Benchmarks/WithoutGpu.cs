namespace NetCompiler.Benchmarks.Gpu;

/// <summary>What stands for the benchmarks of GPUs in a build without the package that drives them.</summary>
static class GpuBenchmarks
{
    public static int Run(string[] arguments)
    {
        Console.Error.WriteLine($"--gpu{string.Concat(arguments.Select(argument => " " + argument))} needs the package ILGPU: publish with -p:EnableGpu=true");
        return 2;
    }
}
