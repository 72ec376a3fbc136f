using System.Collections.Immutable;
using System.Globalization;
using NetCompiler.Algorithms;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Passes;

/// <summary>How algorithms are chosen for GPUs.</summary>
public sealed class GpuKernelTests
{
    const string Gpu = "NVIDIA H200";

    const string Dense = """
        network Dense {
            input x : f32[N, 1024];
            y = x |> dense(4096) |> relu |> dense(1000);
            function predict(x) -> y;
        }

        """;

    static readonly OperandPrecision[] Precisions = [OperandPrecision.F32, OperandPrecision.Tf32, OperandPrecision.BF16, OperandPrecision.F16];

    [Fact]
    public void Typical_kernels_get_these_algorithms()
    {
        KernelProblem[] problems =
        [
            Product(8192, 8192, 8192), Product(1024, 1024, 1024), Product(64, 4096, 9216), Product(64, 10, 500), Product(1, 1000, 4096), Product(8, 4096, 1024), Product(4096, 9216, 64),
            Product(512, 512, 64) with { Batch = 96, SymbolicBatch = 96 },
            .. Convolutions(64, 64, 56, 64, 3), .. Convolutions(64, 512, 7, 512, 3), .. Convolutions(64, 3, 224, 64, 3), .. Convolutions(64, 256, 56, 64, 1), .. Convolutions(1, 256, 14, 256, 3),
            .. Convolutions(64, 32, 112, 32, 3, groups: 32), .. Convolutions(64, 512, 14, 512, 5, groups: 512), .. Convolutions(1, 512, 14, 512, 3, groups: 512),
            .. Convolutions(32, 256, 28, 256, 3, groups: 32), .. Convolutions(64, 512, 14, 512, 3, groups: 4), .. Convolutions(1, 1, 28, 20, 5),
        ];
        string Choice(KernelProblem problem, OperandPrecision precision)
        {
            var kernel = new AllowedKernel(problem, ConvolutionAlgorithms.DefaultError, precision);
            string name = GpuChoice.Of(kernel, ImmutableDictionary<string, string>.Empty);
            double microseconds = 1e6 * kernel.Candidates.Single(candidate => candidate.Name == name).Seconds;
            return string.Create(CultureInfo.InvariantCulture, $"{precision.Name()}: {name} {microseconds:0} us");
        }
        Snapshot.Match(string.Join("\n", problems.Select(problem => $"{problem}\n    {string.Join(", ", Precisions.Select(precision => Choice(problem, precision)))}")), "GpuChoices");
    }

    [Fact]
    public void Operands_are_rounded_only_as_the_program_permits()
    {
        var problem = Product(8192, 8192, 8192);
        foreach (var precision in Precisions)
        {
            // Rounding that is permitted is no error: however little of that is allowed.
            var admissible = problem.GpuCandidates(0, precision).Where(candidate => candidate.IsAdmissible).Select(candidate => candidate.Operands).Distinct().Order();
            admissible.ShouldBe(precision switch
            {
                OperandPrecision.F32 => [OperandPrecision.F32],
                OperandPrecision.Tf32 => [OperandPrecision.F32, OperandPrecision.Tf32],
                _ => [OperandPrecision.F32, OperandPrecision.Tf32, precision],
            });
        }
    }

    [Fact]
    public void Nothing_is_chosen_of_a_library_that_may_not_be_there() =>
        ProblemsOfAllSizes().ShouldAllBe(problem => GpuChoice.Of(new AllowedKernel(problem, 0, OperandPrecision.F32), ImmutableDictionary<string, string>.Empty) != "cublas");

    static IEnumerable<KernelProblem> ProblemsOfAllSizes() => new[] { 1L, 64, 1024, 8192 }.Select(size => Product(size, size, size));

    [Fact]
    public void The_stated_error_covers_the_rounding_of_both_operands()
    {
        foreach (var (precision, bits) in new[] { (OperandPrecision.Tf32, 11), (OperandPrecision.F16, 11), (OperandPrecision.BF16, 8) })
        {
            double unit = Math.Pow(2, -bits), worst = (1 + unit) * (1 + unit) - 1;
            precision.Rounding().ShouldBe(worst, 1e-15);
        }
    }

    [Fact]
    public void Emitted_code_asks_for_what_was_chosen()
    {
        Emitted(Compile(Dense)).ShouldNotContain("OrBySize");
        // 16 rows are assumed of N, too few for tensor cores to gain from.
        Emitted(Compile(Dense.Replace("[N, 1024]", "[4096, 1024]", StringComparison.Ordinal).Replace("{", "{\nprecision: bf16;", StringComparison.Ordinal)))
            .ShouldContain("Device.OrBySize(ProductMethod.BF16)");
        var tuned = Compile(Dense, Record("tile-128x64"));
        tuned.Diagnostics.ShouldBeEmpty();
        Emitted(tuned).ShouldContain("Device.OrBySize(ProductMethod.Tile128x64)");
        Emitted(Compile(Dense, Record("cublas"))).ShouldContain("Device.OrBySize(ProductMethod.Cublas)");
        Emitted(Compile(Dense, Record("gemm"))).ShouldNotContain("OrBySize");
    }

    [Fact]
    public void The_error_that_the_program_allows_admits_minimal_filtering_whatever_the_precision()
    {
        const string program = """
            network Filters {
                precision: tf32;
                error: BUDGET;
                input x : f32[64, 64, 56, 56];
                y = x |> conv2d(64, kernel: 3, pad: 1);
                function predict(x) -> y;
            }

            """;
        const string record = """{ "format": 1, "machine": "here", "kernels": { "conv2d forward f32 [64,64,56,56]*[64,64,3,3] pad=1": { "choose": "winograd4" } } }""";
        var allowed = Compile(program.Replace("BUDGET", "1e-4", StringComparison.Ordinal), record);
        allowed.Diagnostics.ShouldBeEmpty();
        Emitted(allowed).ShouldContain("WinogradConvolution.Forward(Device, new ConvolutionShape(64, 64, 56, 56, 64, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1), 4, ");
        var refused = Compile(program.Replace("BUDGET", "1e-9", StringComparison.Ordinal), record);
        refused.Diagnostics.Items.ShouldHaveSingleItem().Message.ShouldContain("and the program allows 1e-9");
        Emitted(refused).ShouldContain("ProductMethod.Tf32");
    }

    [Fact]
    public void Steps_of_scans_have_algorithms_too()
    {
        const string program = """
            network Recurrent {
                precision: tf32;
                input x : f32[100, 4096, 1024];
                y = x |> lstm(1024);
                function predict(x) -> y;
            }

            """;
        Compile(program).GpuKernels("Recurrent", "predict").Select(kernel => kernel.Algorithm).ShouldBe(["tf32", "tf32"]);
    }

    [Theory]
    [InlineData("tf32", null, "NETC4004", "rounds operands to tf32, which the program does not permit")]
    [InlineData("strassen", null, "NETC4004", "there is no such algorithm: there are gemm, thin, tile-64x64, tile-128x64, tile-128x128, cublas, tf32, bf16, f16")]
    [InlineData("gemm", "NVIDIA A100", "NETC4002", "the measurements are of the machine \"NVIDIA H200\", but the code is for \"NVIDIA A100\"")]
    public void What_does_not_hold_of_a_record_is_reported_and_left_out(string algorithm, string? machine, string code, string message)
    {
        var compilation = Compile(Dense, Record(algorithm), machine);
        var found = compilation.Diagnostics.Items.ShouldHaveSingleItem();
        found.Code.ShouldBe(code);
        found.Message.ShouldContain(message);
        Emitted(compilation).ShouldBe(Emitted(Compile(Dense)));
    }

    [Fact]
    public void A_record_for_gpus_is_not_read_where_there_is_no_code_for_them()
    {
        var compilation = Compile(Dense, "no record", gpu: GpuCode.None);
        compilation.Diagnostics.ShouldBeEmpty();
        Compile(Dense, "no record").Diagnostics.Items.ShouldHaveSingleItem().Code.ShouldBe("NETC4001");
    }

    [Fact]
    public void A_record_for_gpus_has_no_threads_and_reads_back_as_it_was()
    {
        var kernels = ImmutableSortedDictionary<string, TunedKernel>.Empty.Add(Signature, new TunedKernel("tf32", ImmutableSortedDictionary<string, double>.Empty.Add("gemm", 1.25).Add("tf32", 0.5), 64));
        string text = new TuningRecord(Gpu, 0, kernels).Print();
        text.ShouldNotContain("threads");
        var read = TuningRecord.Parse(new SourceText("dense.gpu.tune.json", text), problem => throw new InvalidOperationException(problem.Message)).ShouldNotBeNull();
        read.Machine.ShouldBe(Gpu);
        read.Print().ShouldBe(text);
        TuningRecord.Parse(new SourceText("dense.tune.json", text), _ => { }).ShouldBeNull();
    }

    const string Signature = "matmul f32 [N=1,1024]*[1024,4096]";

    static string Record(string algorithm) => $$"""{ "format": 1, "machine": "{{Gpu}}", "kernels": { "{{Signature}}": { "choose": "{{algorithm}}" } } }""";

    static Compilation Compile(string program, string? record = null, string? machine = null, GpuCode gpu = GpuCode.Required) =>
        Compilation.Create(new SourceText("dense.net", program), _ => null, new CompilerOptions { Gpu = gpu, GpuTuning = record is null ? null : new SourceText("dense.gpu.tune.json", record), GpuMachine = machine });

    static string Emitted(Compilation compilation) => string.Concat(compilation.Emit().Items.Where(file => file.Name.Contains("Gpu", StringComparison.Ordinal)).Select(file => file.Text));

    static ProductProblem Product(long rows, long columns, long depth) => new(rows, columns, depth, false, false, false);

    static IEnumerable<KernelProblem> Convolutions(long batch, long inChannels, long size, long outChannels, int kernel, int groups = 1)
    {
        int pad = kernel / 2;
        return new[] { ConvolutionPass.Forward, ConvolutionPass.BackwardData, ConvolutionPass.BackwardFilter }.Select(pass => new ConvolutionProblem(
            pass, DType.F32, ConvolutionWindow.Unit with { PadTop = pad, PadLeft = pad, PadBottom = pad, PadRight = pad, Groups = groups }, batch, inChannels, size, size, outChannels, kernel, kernel));
    }
}
