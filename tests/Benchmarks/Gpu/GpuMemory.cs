using ILGPU.Runtime;
using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;

namespace NetCompiler.Benchmarks.Gpu;

/// <summary>Floats on both sides: random ones, and what a kernel made of them.</summary>
sealed class GpuMemory : IDisposable
{
    readonly GpuDevice _device;
    readonly DeviceBuffer _buffer;
    readonly PinnedBuffer _here;
    readonly int _count;

    /// <param name="device">Where.</param>
    /// <param name="count">How many.</param>
    /// <param name="seed">Determines the values, between -0.5 and 0.5.</param>
    public GpuMemory(GpuDevice device, int count, uint seed)
    {
        (_device, _count) = (device, count);
        _here = new PinnedBuffer(4L * count);
        uint state = seed;
        foreach (ref float value in Here.AsSpan(count))
        {
            state = unchecked(state * 1664525 + 1013904223);
            value = (state >> 8) / (float)(1 << 24) - 0.5f;
        }
        _buffer = device.NewBuffer();
        _buffer.EnsureCapacity(4L * count);
        device.Upload<float>(Here.AsSpan(count), There);
        device.Stream.Synchronize();
    }

    public Pointer<float> Here => _here.At<float>();

    public DevicePointer<float> There => _buffer.At<float>();

    public nint Address => There.View.LoadEffectiveAddressAsPtr();

    /// <summary>Makes what is there NaN, so that a kernel that leaves it alone is found out.</summary>
    public void Spoil()
    {
        var values = new float[_count];
        values.AsSpan().Fill(float.NaN);
        _device.Upload<float>(values, There);
        _device.Stream.Synchronize();
    }

    /// <summary>The largest difference between the two sides; infinite where an element there is no number.</summary>
    public double Difference()
    {
        var there = new float[_count];
        _device.Download(There, there.AsSpan());
        double largest = 0;
        var here = Here.AsSpan(_count);
        for (int i = 0; i < there.Length; i++)
        {
            double difference = Math.Abs((double)there[i] - here[i]);
            largest = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(largest, difference);
        }
        return largest;
    }

    public void Dispose() => _buffer.Dispose();
}
