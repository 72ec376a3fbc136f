using NetCompiler.CommandLine.Execution;
using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Gpu.Tests;

/// <summary>The networks that benchmarks measure are too large for the emulator, but not for a compiler of kernels.</summary>
public sealed class MeasuredNetworksTests
{
    [Theory]
    [InlineData("multilayer.net", "Mlp")]
    [InlineData("sequences.net", "Lstm")]
    [InlineData("kernels.net", "TinyKernels")]
    [InlineData("images.net", null)]
    public void Every_loop_and_every_end_of_a_product_compiles_for_the_gpus_of_nvidia(string file, string? network)
    {
        var source = new SourceText(file, File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Measured", file)));
        var compilation = Compilation.Create(source, _ => null, new CompilerOptions { Gpu = GpuCode.Required });
        compilation.Diagnostics.ShouldBeEmpty();
        // A small network lets reflection into the assembly without memory for large ones.
        const string door = "network Door { input x : f32[N]; function f(x) -> x + 1; }";
        var files = compilation.Emit().Items.Concat(Compilation.Create(new SourceText("door.net", door), _ => null, new CompilerOptions { Gpu = GpuCode.Required, RootNamespace = "Doors" }).Emit().Items);
        var types = CompiledNetwork.Compile(files).Create("Door", Device.Cpu).GetType().Assembly.GetTypes()
            .Where(type => type.IsValueType && !type.IsGenericType && (network is null || type.DeclaringType?.Name == network || type.DeclaringType?.Name == "Door")).ToList();
        var kernels = types.Where(type => Implements(type, typeof(IGpuKernel<>))).ToList();
        var ends = types.Where(type => Implements(type, typeof(IGpuEpilogue))).Select(end => typeof(TransformResultsKernel<,>).MakeGenericType(typeof(OutputOf4), end)).ToList();
        // On tensor cores, which the emulator does not have: some of the ends, as each takes a second.
        var tensorEnds = types.Where(type => Implements(type, typeof(IGpuEpilogue))).Take(4).SelectMany(end => new[]
        {
            typeof(TensorKernel<,,,>).MakeGenericType(typeof(Tf32Unit), typeof(TensorElements<ContiguousLines>), typeof(TensorElements<InterleavedLines>), typeof(EndByElement<>).MakeGenericType(typeof(EndMatrix<>).MakeGenericType(end))),
            typeof(TensorKernel<,,,>).MakeGenericType(typeof(BF16Unit), typeof(TensorElements<ContiguousLines>), typeof(TensorElements<Patches>), typeof(EndByElement<>).MakeGenericType(typeof(EndImage<>).MakeGenericType(end))),
        });
        kernels.Count.ShouldBeGreaterThan(1);
        foreach (var kernel in kernels.Concat(ends).Concat(tensorEnds))
        {
            string text = Ptx.Compile(kernel);
            text.ShouldContain(".visible .entry", customMessage: kernel.ToString());
            Ptx.Division(text).ShouldBeEmpty(kernel.ToString());
        }
    }

    static bool Implements(Type type, Type kind) => type.GetInterfaces().Any(candidate => candidate == kind || candidate.IsGenericType && candidate.GetGenericTypeDefinition() == kind);
}
