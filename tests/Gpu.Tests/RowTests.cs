using System.Text.RegularExpressions;
using NetCompiler.CommandLine.Execution;
using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Gpu.Tests;

/// <summary>Folds of rows so few and long that groups of threads share them, and loops of four elements a thread.</summary>
public sealed class RowTests
{
    static readonly Dictionary<int, CompiledNetwork> Compiled = [];

    static CompiledNetwork Compile(int m)
    {
        string program = $$"""
            network Rows {
                input x : f32[N, {{m}}];
                input image : f32[N, 3, {{m}}];
                mean_of_channels = mean(image, axis: [0, 2], keep: true);
                function sums(x) -> sum(x, axis: 1);
                function columns(x) -> sum(x, axis: 0);
                function all(x) -> max(x);
                function soft(x) -> softmax(x, axis: 1);
                function soft_columns(x) -> softmax(x, axis: 0);
                function channels(image) -> mean((image - mean_of_channels) ** 2, axis: [0, 2]);
                function twice(x) -> relu(2 * x + 1);
            }

            """;
        if (!Compiled.TryGetValue(m, out var compiled))
        {
            var compilation = Compilation.Create(new SourceText("rows.net", program), _ => null, new CompilerOptions { Gpu = GpuCode.Required });
            compilation.Diagnostics.Items.ShouldBeEmpty();
            Compiled.Add(m, compiled = CompiledNetwork.Compile(compilation.Emit().Items));
        }
        return compiled;
    }

    [Theory]
    [InlineData("sums", 3, 9001)]
    [InlineData("all", 3, 9001)]
    [InlineData("soft", 2, 9001)]
    [InlineData("channels", 3, 9001)]
    [InlineData("twice", 8, 9001)]
    [InlineData("columns", 700, 37)]
    [InlineData("columns", 3, 37)]
    [InlineData("soft_columns", 515, 37)]
    [InlineData("channels", 5, 37)]
    [InlineData("twice", 1, 37)]
    public void Rows_of_all_lengths_are_what_the_processor_makes_of_them_and_the_same_bits_on_every_run(string function, int n, int m)
    {
        var random = new Random(5);
        float[] x = [.. Enumerable.Range(0, n * m * (function == "channels" ? 3 : 1)).Select(_ => random.NextSingle() - 0.5f)];
        var expected = Run(Device.Cpu, function, x, m);
        var actual = Run(Device.GpuEmulator, function, x, m);
        actual.Length.ShouldBe(expected.Length);
        // Both sum numbers below 1 in some order: of k terms they err by k units of 2^-24 each at most, of what the terms sum to.
        int terms = Math.Max(n, m) * 3;
        for (int i = 0; i < actual.Length; i++)
            actual[i].ShouldBe(expected[i], terms * Math.ScaleB(1, -23) * Math.Max(1, function is "sums" or "columns" ? 0.5 * terms : 1), $"element {i}");
        actual.ShouldContain(value => value != 0);
        Run(Device.GpuEmulator, function, x, m).ShouldBe(actual);
    }

    [Fact]
    public void Long_rows_are_cut_into_parts_by_their_sizes_alone()
    {
        RowLaunches.PartsOf(1, 1_000_000, 4096).ShouldBe(244);
        RowLaunches.PartsOf(64, 1_000_000, 4096).ShouldBe(16);
        RowLaunches.PartsOf(2048, 1_000_000, 4096).ShouldBe(1);
        RowLaunches.PartsOf(3, 8191, 4096).ShouldBe(1);
    }

    [Fact]
    public void A_loop_over_elements_reads_for_four_before_it_stores()
    {
        Run(Device.GpuEmulator, "twice", new float[37], 37);
        var kernel = GpuDevice.For(Device.GpuEmulator)!.Kernels.First(type => type.DeclaringType?.Name == "Rows" && type.GetInterfaces().Contains(typeof(IGpuElements<float>)));
        string ptx = Ptx.Compile(kernel);
        ptx.ShouldNotContain(".local");
        Regex.IsMatch(ptx, @"(ld\.global(?:(?!st\.global).)*){4}(st\.global(?:(?!ld\.global).)*){4}", RegexOptions.Singleline).ShouldBeTrue();
    }

    static float[] Run(Device device, string function, float[] x, int m) =>
        [.. Compile(m).Create("Rows", device).Invoke(function, x).SelectMany(result => result is TensorView<float> tensor ? tensor.ToArray() : [(float)result])];
}
