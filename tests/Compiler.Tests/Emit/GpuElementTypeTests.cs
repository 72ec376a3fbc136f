using NetCompiler.Emit.Gpu;
using NetCompiler.Graph;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Emit;

/// <summary>How numbers of two bytes, and what has no kernel, come to GPUs.</summary>
public sealed class GpuElementTypeTests
{
    [Fact]
    public void Numbers_of_two_bytes_are_converted_where_they_are_loaded_and_stored()
    {
        var kernels = Emit("network A { input x : f16[N]; input y : bf16[N]; function f(x, y) -> bf16(x * y + 0.1); }", "A.Gpu_Kernels.g.cs");
        kernels.ShouldContain("(DevicePointer<Float16> p0, DevicePointer<BFloat16> p1, DevicePointer<BFloat16> p2, int N)");
        kernels.ShouldMatch(@"return HalfNumbers\.ToBFloat16\(+HalfNumbers\.ToSingle\(p0\[\w+\]\) \* HalfNumbers\.ToSingle\(p1\[\w+\]\)+ \+ 0\.1f\)+;", kernels);
        kernels.ShouldMatch(@"p2\[\w+\] = value;", kernels);
    }

    [Fact]
    public void A_factor_that_few_tiles_read_is_not_copied_to_f32()
    {
        const string Program = "network A { input x : f16[32, 6]; param w : bf16[6, WIDTH] = zeros; function f(x) -> x @ w; }";
        var narrow = Emit(Program.Replace("WIDTH", "256", StringComparison.Ordinal), "A.F.Gpu.g.cs");
        narrow.ShouldNotContain("Launch");
        narrow.ShouldContain("Gemm.Multiply(Device, false, false, 32, 256, 6, ", customMessage: narrow);
        // Each row of x is read by eight tiles, each column of w by one.
        var wide = Emit(Program.Replace("WIDTH", "1024", StringComparison.Ordinal), "A.F.Gpu.g.cs");
        wide.ShouldContain("Device.LaunchFor(192, ");
        wide.ShouldNotContain("Device.LaunchFor(6144, ");
    }

    [Fact]
    public void Constants_of_half_types_have_the_bits_of_the_nearest_number()
    {
        for (int bits = 0; bits <= ushort.MaxValue; bits++)
        {
            double half = (double)BitConverter.UInt16BitsToHalf((ushort)bits), brain = BitConverter.Int32BitsToSingle(bits << 16);
            if (!double.IsNaN(half))
                HalfBits.Of(half, DType.F16).ShouldBe(bits);
            if (!double.IsNaN(brain))
                HalfBits.Of(brain, DType.BF16).ShouldBe(bits);
        }
        HalfBits.Of(0.1, DType.F16).ShouldBe(BitConverter.HalfToUInt16Bits((Half)0.1));
        HalfBits.Of(1e9, DType.F16).ShouldBe(0x7C00);
        HalfBits.Of(double.NaN, DType.F16).ShouldBe(0x7E00);
    }

    [Fact]
    public void Copies_of_tensors_of_more_axes_than_kernels_have_are_refused()
    {
        var compilation = Compilation.Create(
            new SourceText("a.net", "network A { input x : f64[1, 1, 1, 1, 1, 2, N]; function f(x) -> concat([x, x], axis: 5); }"), _ => null, new CompilerOptions { Gpu = GpuCode.Required });
        compilation.Diagnostics.Single().ToString().ShouldStartWith("a.net(1,66): error NETC4103: code for GPUs is demanded, but the function 'f' of 'A' has 'concat' of tensors of 7 axes");
    }

    static string Emit(string program, string file)
    {
        var compilation = Compilation.Create(new SourceText("a.net", program), _ => null, new CompilerOptions { Gpu = GpuCode.Required });
        compilation.Diagnostics.Items.ShouldBeEmpty();
        return compilation.Emit().Items.Single(emitted => emitted.Name.EndsWith(file, StringComparison.Ordinal)).Text;
    }
}
