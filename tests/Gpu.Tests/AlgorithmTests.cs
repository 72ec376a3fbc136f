using System.Collections.Immutable;
using NetCompiler.Algorithms;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Gpu.Tests;

/// <summary>Every algorithm that a record can choose, in a network that trains, beside the processor.</summary>
public sealed class AlgorithmTests
{
    const string Program = """
        network Small {
            PRECISION
            input image : f32[N, 3, 7, 6];
            logits = image |> conv2d(5, kernel: 3, pad: 1) |> relu |> conv2d(4, kernel: 3) |> flatten |> dense(6);
            loss = mean(logits ** 2);
            function predict(image) -> logits;
            function train(image) -> loss minimizing loss with sgd(0.05);
        }

        """;

    public static TheoryData<string> Convolutions => [.. GpuConvolutionAlgorithm.All.Select(algorithm => algorithm.Name)];

    public static TheoryData<string> Products => [.. GpuProductAlgorithm.All.Select(algorithm => algorithm.Name)];

    [Theory]
    [MemberData(nameof(Convolutions))]
    public void A_network_learns_the_same_by_every_algorithm_of_convolutions(string algorithm) => Check(algorithm, kernel => kernel is ConvolutionProblem);

    [Theory]
    [MemberData(nameof(Products))]
    public void A_network_learns_the_same_by_every_algorithm_of_products(string algorithm) => Check(algorithm, kernel => kernel is ProductProblem);

    static void Check(string algorithm, Func<KernelProblem, bool> isMeant)
    {
        var precision = new[] { "tf32", "bf16", "f16" }.FirstOrDefault(name => algorithm.EndsWith(name, StringComparison.Ordinal));
        string program = Program.Replace("PRECISION", precision is null ? "error: 1e-4;" : $"precision: {precision};", StringComparison.Ordinal);
        Compilation Compile(SourceText? record)
        {
            var compilation = Compilation.Create(new SourceText("small.net", program), _ => null, new CompilerOptions { Gpu = GpuCode.Required, GpuTuning = record });
            compilation.Diagnostics.ShouldBeEmpty();
            return compilation;
        }
        var plain = Compile(null);
        var kernels = new[] { "predict", "train" }.SelectMany(function => plain.GpuKernels("Small", function))
            .Where(kernel => isMeant(kernel.Problem) && kernel.Candidates.Single(candidate => candidate.Name == algorithm).IsAdmissible)
            .Select(kernel => kernel.Problem).DistinctBy(kernel => kernel.Signature).ToList();
        // Of the products, one has few columns whatever the batch.
        kernels.Count.ShouldBeGreaterThan(algorithm == "thin" ? 0 : 2);
        var record = new TuningRecord("any", 0, kernels.ToImmutableSortedDictionary(kernel => kernel.Signature, _ => new TunedKernel(algorithm, ImmutableSortedDictionary<string, double>.Empty, 0)));
        var files = Compile(new SourceText("small.gpu.tune.json", record.Print())).Emit().Items;
        // The emulator has no tensor cores and no cuBLAS: what it runs instead says nothing of what a GPU is asked for.
        string? method = isMeant(kernels[0]) && kernels[0] is ProductProblem ? GpuProductAlgorithm.Named(algorithm).Method : (GpuConvolutionAlgorithm.Named(algorithm) as ImplicitProduct)?.Method;
        if (method is not null)
            string.Concat(files.Select(file => file.Text)).ShouldContain($"ProductMethod.{method}");
        var compiled = CompiledNetwork.Compile(files);
        var (processor, gpu) = (compiled.Create("Small", Device.Cpu), compiled.Create("Small", Device.GpuEmulator));
        var random = new Random(5);
        float[] images = [.. Enumerable.Range(0, 3 * 3 * 7 * 6).Select(_ => (float)random.NextDouble() - 0.5f)];
        // Tiles of f32 do the work. Minimal filtering of tiles of 4 rounds some times more than sums.
        const float tolerance = 1e-4f;
        for (int step = 0; step < 2; step++)
        {
            float expected = (float)processor.Invoke("train", images)[0];
            ((float)gpu.Invoke("train", images)[0]).ShouldBe(expected, tolerance * Math.Abs(expected));
        }
        var (actual, wanted) = (((TensorView<float>)gpu.Invoke("predict", images)[0]).ToArray(), ((TensorView<float>)processor.Invoke("predict", images)[0]).ToArray());
        float largest = wanted.Max(Math.Abs);
        largest.ShouldBeGreaterThan(0);
        for (int i = 0; i < wanted.Length; i++)
            actual[i].ShouldBe(wanted[i], tolerance * largest);
    }
}
