using System.Globalization;
using System.Reflection;
using NetCompiler.Algorithms;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Reports;
using NetCompiler.Runtime;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>What the compiler says that products need besides their operands, held against what the runtime takes.</summary>
public sealed class ProductWorkspaceTests
{
    [Fact]
    public void A_packed_matrix_has_room_for_what_the_runtime_writes()
    {
        foreach (int columns in new[] { 1, 15, 16, 17, 33, 64, 130, 1000 })
            foreach (int depth in new[] { 1, 3, 16, 300, 1025 })
            {
                long length = PackMatrix.Length(depth, columns).Value;
                length.ShouldBeGreaterThanOrEqualTo(Gemm.PackedLengthB(columns, depth));
                length.ShouldBeGreaterThanOrEqualTo(Gemm.PackedLengthBDouble(columns, depth));
            }
    }

    [Fact]
    public void Attention_has_blocks_and_masks_of_the_size_that_the_runtime_says()
    {
        static long Constant(string type, string name) => Convert.ToInt64(
            typeof(FlashAttention).Assembly.GetType($"NetCompiler.Runtime.{type}", throwOnError: true)!
                .GetField(name, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!.GetRawConstantValue(), CultureInfo.InvariantCulture);

        Workspaces.AttentionRows.ShouldBe(Constant("AttentionBlock`1", "MostRows"));
        Workspaces.AttentionColumns.ShouldBe(Constant("AttentionBlock`1", "MostColumns"));
        ((long)AttentionOperator.MostMasks).ShouldBe(Constant("AttentionMasks", "Most"));
    }

    // In place, A copied whole and by panels, B copied by tiles, by blocks and not at all, transposed; one and several blocks of the depth.
    [Theory]
    [InlineData("a : f32[16, 784]", "b : f32[784, 512]", "a @ b")]
    [InlineData("a : f32[100, 300]", "b : f32[300, 500]", "a @ b")]
    [InlineData("a : f32[500, 1024]", "b : f32[1024, 1024]", "a @ b")]
    [InlineData("a : f32[700, 1500]", "b : f32[1500, 1100]", "a @ b")]
    [InlineData("a : f32[1500, 90]", "b : f32[1500, 130]", "transpose(a) @ b")]
    [InlineData("a : f32[64, 700]", "b : f32[900, 700]", "a @ transpose(b)")]
    [InlineData("a : f32[300, 64]", "b : f32[900, 300]", "transpose(a) @ transpose(b)")]
    [InlineData("a : f32[1, 700]", "b : f32[700, 90]", "a @ b")]
    [InlineData("a : f32[5, 40, 70]", "b : f32[5, 70, 600]", "a @ b")]
    [InlineData("a : f64[50, 300]", "b : f64[300, 200]", "a @ b")]
    [InlineData("a : f32[300, 1024]", "b : f32[2, 2]", "a @ w")]
    [InlineData("a : f32[300, 500]", "b : f32[2, 2]", "a @ v")]
    public void The_workspace_of_a_product_is_as_predicted(string a, string b, string product)
    {
        string text = $$"""
            network Product {
                input {{a}}; input {{b}};
                param w : f32[1024, 600] = normal(1); param v : f32[500, 150] = normal(1);
                function run(a, b) -> ({{product}}, sum(b));
            }

            """;
        Check(text, "Product", new CompilerOptions(), isExact: true);
    }

    // Few and many images, rows and channels, so that each cut comes to more than one part. How many of several threads find work is chance.
    [Theory]
    [InlineData(1, 40, 30)]
    [InlineData(9, 16, 20)]
    [InlineData(3, 160, 9)]
    public void The_workspace_of_a_convolution_is_as_predicted_however_it_is_cut(int batch, int channels, int size)
    {
        foreach (var algorithm in ConvolutionAlgorithms.All.Where(algorithm => algorithm.Family is "direct" or "winograd4"))
        {
            foreach (string results in (string[])["y", "grad(sum(y ** 2), w)", "grad(sum(y ** 2), x)"])
            {
                string text = $$"""
                    network Image {
                        error: 0.5;
                        input x : f32[{{batch}}, {{channels}}, {{size}}, {{size}}];
                        param w : f32[{{channels}}, {{channels}}, 3, 3] = normal(1);
                        y = convolve2d(x, w, pad: 1);
                        function run(x) -> {{results}};
                    }

                    """;
                var kernels = Compilation.Create(new SourceText("image.net", text), _ => null, new CompilerOptions()).Kernels("Image", "run");
                if (!kernels.Any(kernel => kernel.Candidates.Any(candidate => candidate.IsAdmissible && candidate.Name == algorithm.Name)))
                    continue;
                Check(text, "Image", new CompilerOptions
                {
                    KernelChoices = [.. kernels.Select(kernel => new KernelChoice(
                        kernel.Signature, kernel.Candidates.Any(candidate => candidate.IsAdmissible && candidate.Name == algorithm.Name) ? algorithm.Name : algorithm.Family))],
                }, isExact: false);
            }
        }
    }

    static void Check(string text, string name, CompilerOptions options, bool isExact)
    {
        // The prediction is of vectors of 512 bits.
        if (!Simd.Has512)
            return;
        var compilation = Compilation.Create(new SourceText("product.net", text), _ => null, options);
        compilation.HasErrors.ShouldBeFalse();
        var code = CompiledNetwork.Compile(compilation.Emit());
        foreach (int threads in new[] { 1, 2, 3 })
        {
            long predicted = compilation.Summarize(name, "run", new Dictionary<string, long>(), threads: threads).Memory.Workspaces;
            long used = 0;
            // Workspaces belong to threads: those of other tests should not count.
            var thread = new Thread(() =>
            {
                using var pool = new WorkerPool(threads);
                var network = code.Create(name, seed: 1, pool);
                object[] values = [.. network.Functions.Single().Inputs.Select(input => Zeros(input))];
                // Threads claim work as they come: calls until each has had its share.
                for (int call = 0; call < 3 || isExact && call < 500 && used < predicted; call++)
                {
                    network.Invoke("run", values);
                    used = network.MemoryInUse.Workspaces;
                }
            });
            thread.Start();
            thread.Join();
            // Of several threads some may only ever have claimed the smaller parts; a buffer has at least a line.
            string kernels = string.Join(", ", compilation.Kernels(name, "run").Select(kernel => $"{kernel.Algorithm} of {kernel.Signature}"));
            used.ShouldBeInRange(
                threads == 1 ? predicted : isExact ? (long)(0.95 * predicted) : 0, predicted + (2 * 64 + (isExact ? 0 : SmallBytes)) * threads,
                $"{kernels}: {threads} threads, {predicted} predicted");
        }
    }

    // Of transforms, paths of sums and tables of phases, which are not predicted.
    const long SmallBytes = 64 << 10;

    static object Zeros(TensorSignature input)
    {
        int length = input.Dimensions.Aggregate(1, (product, dimension) => product * dimension!.Value);
        return input.ElementType == "f64" ? new double[length] : new float[length];
    }
}
