using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;
using Shouldly;
using Xunit;

namespace NetCompiler.Gpu.Tests;

/// <summary>Loops that are launched at once.</summary>
public sealed class JoinedLoopsTests
{
    internal readonly struct Fill(DevicePointer<float> to, float value, int count) : IGpuKernel<Fill>, IGpuLoop
    {
        public static void Run(Fill kernel) => kernel.Thread(GpuThread.Element);

        public void Thread(int element)
        {
            if (element < count)
                to[element] = value;
        }
    }

    internal readonly struct Copy(DevicePointer<float> from, DevicePointer<float> to, float factor, int count) : IGpuKernel<Copy>, IGpuLoop
    {
        public static void Run(Copy kernel) => kernel.Thread(GpuThread.Element);

        public void Thread(int element)
        {
            if (element < count)
                to[element] = factor * from[element];
        }
    }

    internal readonly struct Clear(DevicePointer<float> to) : IGpuKernel<Clear>, IGpuLoop
    {
        public static void Run(Clear kernel) => kernel.Thread(GpuThread.Element);

        public void Thread(int element)
        {
            if (element < 10)
                to[element] = 0f;
        }
    }

    internal readonly struct Move(DevicePointer<float> from, DevicePointer<float> to) : IGpuKernel<Move>, IGpuLoop
    {
        public static void Run(Move kernel) => kernel.Thread(GpuThread.Element);

        public void Thread(int element)
        {
            if (element < 10)
                to[element] = from[element];
        }
    }

    [Fact]
    public void Each_loop_runs_over_its_own_elements()
    {
        var device = GpuDevice.For(Device.GpuEmulator)!;
        var buffer = device.NewBuffer();
        buffer.EnsureCapacity(3 * 4096);
        var (a, b, c) = (buffer.At<float>(), buffer.At<float>(4096), buffer.At<float>(8192));
        device.Upload<float>(new float[1024], a);
        device.Upload<float>([.. Enumerable.Range(0, 300).Select(i => (float)i)], b);
        device.Join(3, new Fill(a, 5, 3)).And(300, new Copy(b, c, 2, 300)).And(2, new Fill(a.Offset(10), 7, 2)).Launch();
        var (filled, copied) = (new float[13], new float[300]);
        device.Download(a, filled);
        device.Download(c, copied);
        filled.ShouldBe([5, 5, 5, 0, 0, 0, 0, 0, 0, 0, 7, 7, 0]);
        copied.ShouldBe(Enumerable.Range(0, 300).Select(i => 2f * i));
    }

    // Their fields are the same once those of nested structs are laid open: ILGPU, which takes such structs for one type, must not see both.
    [Fact]
    public void Kernels_of_the_same_fields_in_other_structs_compile_beside_each_other()
    {
        var device = GpuDevice.For(Device.GpuEmulator)!;
        var buffer = device.NewBuffer();
        buffer.EnsureCapacity(3 * 4096);
        var (a, b, c) = (buffer.At<float>(), buffer.At<float>(4096), buffer.At<float>(8192));
        var (clear, move) = (new Clear(a), new Move(b, c));
        device.Join(10, clear).And(10, move).Launch();
        device.Join(10, move).And(10, clear).Launch();
        device.Join(10, clear).And(10, clear).And(10, clear).Launch();
        device.Join(10, clear).And(10, move).And(10, move).Launch();
        device.Join(10, move).And(10, clear).And(10, move).Launch();
        foreach (var kernel in new[] { typeof(TwoLoops<Clear, Move>), typeof(TwoLoops<Move, Clear>), typeof(TwoLoops<TwoLoops<Clear, Clear>, Clear>), typeof(TwoLoops<TwoLoops<Clear, Move>, Move>) })
            Ptx.Compile(kernel).ShouldContain(".visible .entry");
    }
}
