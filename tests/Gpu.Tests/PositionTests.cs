using NetCompiler.CommandLine.Execution;
using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Gpu.Tests;

/// <summary>Positions of extreme elements in rows that groups of threads fold.</summary>
public sealed class PositionTests
{
    static readonly Dictionary<int, CompiledNetwork> Compiled = [];

    static CompiledNetwork Compile(int m)
    {
        string program = $$"""
            network Positions {
                input x : f32[N, {{m}}];
                function largest(x) -> argmax(x, axis: 1);
                function smallest(x) -> argmin(x, axis: 1);
                function largest_f64(x) -> argmax(f64(x), axis: 1);
                function smallest_f64(x) -> argmin(f64(x), axis: 1);
                function largest_i32(x) -> argmax(i32(x), axis: 1);
                function smallest_i64(x) -> argmin(i64(x), axis: 1);
                function largest_u8(x) -> argmax(u8(x), axis: 1);
                function of_one(x) -> argmax(x[0]);
                function of_columns(x) -> argmin(x, axis: 0);
                function beside_the_largest(x) -> i32(max(x, axis: 1)) + argmax(x, axis: 1);
            }

            """;
        if (!Compiled.TryGetValue(m, out var compiled))
        {
            var compilation = Compilation.Create(new SourceText("positions.net", program), _ => null, new CompilerOptions { Gpu = GpuCode.Required });
            compilation.Diagnostics.Items.ShouldBeEmpty();
            Compiled.Add(m, compiled = CompiledNetwork.Compile(compilation.Emit().Items));
        }
        return compiled;
    }

    public static TheoryData<string, int, int> Cases
    {
        get
        {
            var cases = new TheoryData<string, int, int>();
            foreach (string function in new[] { "largest", "smallest", "largest_f64", "smallest_f64", "largest_i32", "smallest_i64", "largest_u8", "of_one", "of_columns", "beside_the_largest" })
            {
                cases.Add(function, 5, 67);
                cases.Add(function, 4, 1025);
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_first_of_equals_is_found_as_on_the_processor(string function, int n, int m)
    {
        // Seven numbers, so that each of them stands at many places, and the extreme ones in different places of each row.
        var random = new Random(n * m);
        float[] x = [.. Enumerable.Range(0, n * m).Select(_ => (float)random.Next(0, 7))];
        for (int row = 0; row < n; row++)
            x.AsSpan(row * m, row * m / n).Fill(3);
        var actual = Run(Device.GpuEmulator, function, x, m);
        actual.ShouldBe(Run(Device.Cpu, function, x, m));
        actual.ShouldContain(position => position > 0);
    }

    [Theory]
    [InlineData("largest")]
    [InlineData("smallest")]
    [InlineData("largest_f64")]
    [InlineData("smallest_f64")]
    public void The_first_that_is_no_number_wins_wherever_it_stands(string function)
    {
        const int m = 1025;
        int[] expected = [0, 700, 1024, 31, 255];
        float[] x = [.. Enumerable.Range(0, expected.Length * m).Select(i => i % 3 == 0 ? float.PositiveInfinity : float.NegativeInfinity)];
        for (int row = 0; row < expected.Length; row++)
        {
            for (int i = expected[row]; i < m; i += 256)
                x[row * m + i] = float.NaN;
        }
        Run(Device.GpuEmulator, function, x, m).ShouldBe(expected);
        Run(Device.Cpu, function, x, m).ShouldBe(expected);
    }

    [Fact]
    public void A_group_of_threads_shares_a_row_and_folds_it_in_registers()
    {
        Run(Device.GpuEmulator, "largest", new float[2 * 1025], 1025);
        var kernels = GpuDevice.For(Device.GpuEmulator)!.Kernels.Where(type => type.DeclaringType?.Name == "Positions").Select(Ptx.Compile).Where(ptx => ptx.Contains("shfl", StringComparison.Ordinal)).ToList();
        kernels.ShouldNotBeEmpty();
        kernels.ShouldAllBe(ptx => !ptx.Contains(".local"));
    }

    static int[] Run(Device device, string function, float[] x, int m) => Compile(m).Create("Positions", device).Invoke(function, x).SelectMany(result => result is TensorView<int> tensor ? tensor.ToArray() : [(int)result]).ToArray();
}
