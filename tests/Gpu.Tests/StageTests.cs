using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;
using Shouldly;
using Xunit;

namespace NetCompiler.Gpu.Tests;

/// <summary>The ways of arguments to the device and of results back.</summary>
public sealed class StageTests
{
    static readonly GpuDevice s_device = GpuDevice.For(Device.GpuEmulator)!;

    [Fact]
    public void Values_may_be_changed_when_they_are_sent()
    {
        var stage = new ArgumentStage<float>(s_device);
        var buffer = s_device.NewBuffer();
        buffer.EnsureCapacity(1000);
        float[] values = [1, 2, 3];
        for (int call = 0; call < 5; call++)
        {
            values[1] = call;
            stage.Send(values, buffer.At<float>());
            values[1] = -1;
            float[] arrived = new float[3];
            s_device.Download(buffer.At<float>(), arrived);
            arrived.ShouldBe([1, call, 3]);
        }
        stage.Send(new float[250], buffer.At<float>());
        stage.Send([], buffer.At<float>());
        float[] all = [.. Enumerable.Repeat(1f, 250)];
        s_device.Download(buffer.At<float>(), all);
        all.ShouldAllBe(value => value == 0);
    }

    [Fact]
    public void Neither_way_allocates_once_it_has_memory()
    {
        var (arguments, results) = (new ArgumentStage<int>(s_device), new ResultStage(s_device));
        var buffer = s_device.NewBuffer();
        buffer.EnsureCapacity(400);
        int[] values = new int[100];
        void Call()
        {
            arguments.Send(values, buffer.At<int>());
            results.Wait(results.Queue(buffer.At<byte>(), 400));
        }
        for (int i = 0; i < 50; i++)
            Call();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++)
            Call();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }
}
