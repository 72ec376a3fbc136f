using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Emit;

/// <summary>How loops are shared out on GPUs.</summary>
public sealed class GpuLoopTests
{
    [Fact]
    public void A_sum_over_images_and_positions_is_taken_by_a_group_of_threads()
    {
        var train = Emit("""
            network A {
                input x : f32[N, 3, 8, 8];
                y = x |> conv2d(4, kernel: 3);
                function train(x) -> sum(y ** 2) minimizing sum(y ** 2) with sgd(0.1);
            }
            """, "A.Train.Gpu.g.cs");
        // Of the bias, whose neighbours lie side by side, only as many threads as channels could be kept busy.
        train.ShouldContain("Device.LaunchRowParts(4, ");
    }

    [Fact]
    public void A_sum_over_rows_is_taken_by_groups_of_threads_that_read_neighbouring_columns() =>
        Emit("network A { input x : f32[N, 100]; function f(x) -> sum(x, axis: 0); }", "A.F.Gpu.g.cs")
            .ShouldContain("Device.LaunchColumnParts(100, N, new RowSteps(1, 1, false, true), ");

    [Fact]
    public void Updates_of_an_optimizer_that_wait_for_all_gradients_are_one_launch()
    {
        var train = Emit("""
            network A {
                input x : f32[N, 3];
                y = x |> dense(4) |> tanh |> dense(5);
                loss = sum(y ** 2);
                function train(x) -> loss minimizing loss with adam(0.1) clipping 1.0;
            }
            """, "A.Train.Gpu.g.cs");
        train.ShouldContain("Updates1();");
        train.ShouldContain("Device.Join(20, new G");
        System.Text.RegularExpressions.Regex.Count(train, @"\.And\(").ShouldBe(7 + 3, "two powers for each variable, then the variables");
    }

    [Fact]
    public void A_kernel_that_many_sizes_share_is_launched_as_it_is_written_for_all_of_them()
    {
        var train = Emit("""
            network A {
                input x : f32[N, 20];
                y = x |> dense(7) |> tanh |> dense(5) |> tanh |> dense(3);
                loss = sum(y ** 2);
                function train(x) -> loss minimizing loss with adam(0.1) clipping 0.5;
            }
            """, "A.Train.Gpu.g.cs");
        // Squares of gradients: no row of these lengths is cut, but of the kernel nothing is known.
        foreach (int elements in new[] { 140, 35, 15 })
            train.ShouldContain($"Device.LaunchRowParts(1, {elements}, new RowSteps(1, 1, false, true), ");
    }

    [Fact]
    public void The_number_of_an_element_is_taken_apart_without_dividing_but_by_powers_of_two()
    {
        var kernels = Emit("network A { input x : f32[N, 4, H, 5]; function f(x) -> transpose(x, axes: [3, 2, 1, 0]) + 1; }", "A.Gpu_Kernels.g.cs");
        kernels.ShouldContain("readonly Divisor axis1 = new(H);");
        kernels.ShouldContain("readonly Divisor axis3 = new(N);");
        kernels.ShouldContain("""
                        int n3 = axis3.Quotient(row);
                        int i3 = row - n3 * axis3.Value;
                        int i2 = n3 & 3;
                        int n1 = axis1.Quotient(n3 / 4);
                        int i1 = n3 / 4 - n1 * axis1.Value;
                        int i0 = n1;
            """);
    }

    [Fact]
    public void Extents_that_are_quotients_of_sizes_divide_as_ints() =>
        Emit("network A { input x : f32[N, H, 5]; function f(x) -> transpose(x[:, ::2], axes: [2, 1, 0]) + 1; }", "A.Gpu_Kernels.g.cs")
            .ShouldContain("readonly Divisor axis1 = new((int)(Arguments.FloorDivide(H + 1, 2)));");

    static string Emit(string program, string file)
    {
        var compilation = Compilation.Create(new SourceText("a.net", program), _ => null, new CompilerOptions { Gpu = GpuCode.Required });
        compilation.Diagnostics.Items.ShouldBeEmpty();
        return compilation.Emit().Items.Single(emitted => emitted.Name.EndsWith(file, StringComparison.Ordinal)).Text;
    }
}
