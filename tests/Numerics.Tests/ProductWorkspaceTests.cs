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

    // Sums of at most 2 KB of terms are complete before they are written.
    [Theory]
    [InlineData("f32", 300, true)]
    [InlineData("f32", 600, false)]
    [InlineData("f64", 200, true)]
    [InlineData("f64", 300, false)]
    public void A_gradient_that_its_update_alone_reads_has_no_memory_but_for_the_rows_that_pass(string element, int batch, bool passes)
    {
        string text = $$"""
            network Product {
                input x : {{element}}[{{batch}}, 900];
                param w : {{element}}[900, 200] = normal(1);
                loss = sum((x @ w) ** 2);
                function run(x) -> loss minimizing loss with sgd(0.1);
            }

            """;
        // The gradient would lie beside x, of which it is made.
        long both = (batch * 900 + 900 * 200) * (element == "f64" ? sizeof(double) : sizeof(float));
        long arena = Compilation.Create(new SourceText("product.net", text), _ => null, new CompilerOptions()).Summarize("Product", "run", new Dictionary<string, long>(), threads: 1).Memory.Arena;
        (arena < both).ShouldBe(passes);
        Check(text, "Product", new CompilerOptions(), isExact: true);
    }

    // A row of maxima is longer here than what is not predicted.
    [Theory]
    [InlineData("2")]
    [InlineData("2, stride: 1")]
    [InlineData("3, stride: 2")]
    public void The_workspace_of_a_pooling_is_as_predicted(string windows)
    {
        string text = $$"""
            network Image {
                input x : f32[1, 3, 6, 1200];
                y = x |> conv2d(20, kernel: 3, pad: 1) |> tanh |> max_pool2d({{windows}});
                function run(x) -> y;
            }

            """;
        Check(text, "Image", new CompilerOptions(), isExact: false);
    }

    // Few and many images, rows and channels, so that each cut comes to more than one part; then channels that leave lanes empty. How many of several
    // threads find work is chance.
    [Theory]
    [InlineData(1, 40, 30, 1)]
    [InlineData(9, 16, 20, 1)]
    [InlineData(3, 160, 9, 1)]
    [InlineData(4, 20, 30, 0)]
    public void The_workspace_of_a_convolution_is_as_predicted_however_it_is_cut(int batch, int channels, int size, int pad)
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
                        y = convolve2d(x, w, pad: {{pad}});
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
