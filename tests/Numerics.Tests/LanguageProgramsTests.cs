using NetCompiler.CommandLine.Execution;
using NetCompiler.Runtime;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>What the emitted code computes for constructs of the language that are made of several operators.</summary>
public class LanguageProgramsTests
{
    static Network Create(string text)
    {
        var compilation = Compilation.Create(new SourceText("language.net", text), _ => null, new CompilerOptions());
        compilation.Diagnostics.Select(diagnostic => diagnostic.ToString()).ShouldBeEmpty();
        return CompiledNetwork.Compile(compilation.Emit()).Create(compilation.Outline[0].Name, seed: 1);
    }

    static T[] Run<T>(Network network, string function, params object[] arguments) where T : unmanaged => ((TensorView<T>)network.Invoke(function, arguments)[0]).ToArray();

    [Fact]
    public void Integers_of_all_widths_have_exact_quotients_and_remainders_and_never_trap()
    {
        var network = Create("""
            network Division {
                input a : i32[N]; input b : i32[N]; input c : i64[N]; input d : i64[N]; input e : u8[N]; input f : u8[N];
                function r32(a, b) -> a % b;  function q32(a, b) -> floor_divide(a, b);
                function r64(c, d) -> c % d;  function q64(c, d) -> floor_divide(c, d);
                function r8(e, f)  -> e % f;  function q8(e, f)  -> floor_divide(e, f);
            }
            """);
        int[] a = [7, -7, 7, -7, int.MaxValue, int.MinValue, 5, 0], b = [3, 3, -3, -3, 10, 7, 0, 0];
        Run<int>(network, "r32", a, b).ShouldBe([1, 2, -2, -1, 7, int.MinValue - (int)Math.Floor(int.MinValue / 7.0) * 7, 5, 0]);
        Run<int>(network, "q32", a, b).ShouldBe([2, -3, -3, 2, 214748364, -306783379, int.MaxValue, 0]);

        long[] c = [7, -7, 1L << 62, -(1L << 62), (1L << 53) + 1, 999_999_999_999_999_999, -1, 1L << 61], d = [3, 3, 3, 7, 2, 1_000_000_007, 1L << 60, (1L << 61) + 1];
        Run<long>(network, "q64", c, d).ShouldBe([.. c.Zip(d, (x, y) => (long)((Int128)x - (((Int128)x % y) + y) % y) / y)]);
        Run<long>(network, "r64", c, d).ShouldBe([.. c.Zip(d, (x, y) => (long)((((Int128)x % y) + y) % y))]);

        Run<byte>(network, "r8", new byte[] { 255, 7, 8 }, new byte[] { 16, 7, 3 }).ShouldBe([15, 0, 2]);
        Run<byte>(network, "q8", new byte[] { 255, 7, 8 }, new byte[] { 16, 7, 3 }).ShouldBe([15, 1, 2]);
    }

    [Fact]
    public void Sums_of_products_and_chosen_elements_are_those_of_the_reference()
    {
        var network = Create("""
            network Sums {
                input x : f32[N, a: 2, b: 3];
                input i : i32[K];
                param w : f32[3, 4] = ones;
                function diagonal(x)  -> einsum("nab,bc,ncb->na", x, w, broadcast_to(w.T, [shape(x)[0], 4, 3]));
                function rows(x, i)   -> x[:, 0, i];
                function largest(x)   -> max(x, axis: b);
            }
            """);
        float[] x = [1, 2, 3, 4, 5, 6];
        Run<float>(network, "diagonal", [x]).ShouldBe([24, 60]);
        Run<float>(network, "rows", x, new[] { 2, 0, 7 }).ShouldBe([3, 1, float.NaN]);
        Run<float>(network, "largest", [x]).ShouldBe([3, 6]);
    }

    [Fact]
    public void Declared_weights_are_loaded_from_the_folder_that_is_named()
    {
        const string Text = "network Declared { input x : f32[N, 2]; y = x |> dense(1); loss = mean(y); weights \"model.safetensors\"; function f(x) -> y; function t(x) -> loss minimizing loss with sgd(0.1, momentum: 0.9); }";
        var folder = Directory.CreateTempSubdirectory("netc").FullName;
        try
        {
            var network = Create(Text);
            LoadReport Load() => (LoadReport)network.GetType().GetMethod("LoadWeights")!.Invoke(network, [folder])!;
            Should.Throw<System.Reflection.TargetInvocationException>(Load).InnerException.ShouldBeOfType<FileNotFoundException>();

            // A file without the optimizer's state is enough; one without a parameter is not.
            Create("network Other { input x : f32[N, 2]; y = x |> dense(1, weight_init: ones); function f(x) -> y; }").Save(Path.Combine(folder, "model.safetensors"));
            Load().Matched.ShouldBe(["y.weight", "y.bias"]);
            network.Values<float>("y.weight").ToArray().ShouldBe([1, 1]);
            Create("network Other { input x : f32[N, 2]; y = x |> dense(1, bias: false, weight_init: zeros); function f(x) -> y; }").Save(Path.Combine(folder, "model.safetensors"));
            Should.Throw<System.Reflection.TargetInvocationException>(Load).InnerException.ShouldBeOfType<LoadException>();
            network.Values<float>("y.weight").ToArray().ShouldBe([1, 1]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
