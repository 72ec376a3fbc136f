using System.Numerics;
using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;
using Shouldly;
using Xunit;
using Indexing = NetCompiler.Runtime.Gpu.Indexing;

namespace NetCompiler.Gpu.Tests;

/// <summary>Sums of rows that indices name, beside the processor's.</summary>
public sealed class ScatterTests
{
    // An emulated group of threads takes milliseconds: lists are short.
    [Theory]
    [InlineData(5, 3, 23)]
    [InlineData(1, 1, 15)]
    [InlineData(60, 1, 9)]
    [InlineData(2, 259, 7)]
    [InlineData(4, 5, 0)]
    [InlineData(0, 3, 4)]
    [InlineData(3, 0, 4)]
    public void Sums_are_taken_in_the_order_of_the_indices_to_the_last_bit(int rows, int width, int count)
    {
        var random = new Random(rows + 31 * count);
        // Every fourth index names no row.
        long[] outside = [-1, rows, long.MinValue, long.MaxValue, 1L << 32];
        Check<float, long>(rows, width, [.. Enumerable.Range(0, count).Select(_ => rows == 0 || random.Next(4) == 0 ? outside[random.Next(outside.Length)] : random.Next(rows))]);
    }

    [Fact]
    public void All_types_of_elements_and_indices_are_summed()
    {
        var random = new Random(2);
        int[] indices = [.. Enumerable.Range(0, 11).Select(_ => random.Next(-1, 4))];
        Check<double, int>(3, 2, indices);
        Check<long, int>(3, 2, indices);
        Check<byte, int>(3, 2, indices);
        Check<int, byte>(3, 2, [.. indices.Select(index => (byte)index)]);
    }

    [Fact]
    public void Each_row_may_be_named_once()
    {
        int[] order = [.. Enumerable.Range(0, 18)];
        new Random(3).Shuffle(order);
        Check<float, int>(19, 5, order);
    }

    [Fact]
    public void Entries_of_a_row_are_found_wherever_they_stand_in_a_long_list()
    {
        var random = new Random(4);
        int[] indices = [.. Enumerable.Repeat(-1, 2310)];
        foreach (int at in new[] { 0, 1, 255, 256, 2047, 2048, 2049, 2050, 2308, 2309 })
            indices[at] = random.Next(2);
        for (int at = 2060; at < 2090; at++)
            indices[at] = 1;
        Check<float, int>(3, 3, indices);
    }

    [Theory]
    [InlineData(typeof(ScatterAddKernel<float, int, IndexOfInt>))]
    [InlineData(typeof(ScatterAddKernel<double, long, IndexOfLong>))]
    [InlineData(typeof(ScatterAddKernel<byte, byte, IndexOfByte>))]
    public void Kernels_compile_for_the_gpus_of_nvidia_without_local_memory(Type kernel)
    {
        string ptx = Ptx.Compile(kernel);
        ptx.ShouldContain("bar.sync");
        ptx.ShouldNotContain(".local");
    }

    static void Check<T, TIndex>(int rows, int width, TIndex[] indices) where T : unmanaged, INumber<T> where TIndex : unmanaged, IBinaryInteger<TIndex>
    {
        var random = new Random(1);
        // Sizes so different that another order of the terms has other bits.
        T[] values = [.. Enumerable.Range(0, indices.Length * width).Select(_ => T.CreateTruncating((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-3, 6))))];
        var expected = OnProcessor(rows, width, indices, values);
        if (rows * width > 0 && indices.Length > 8)
            expected.Any(value => value != T.Zero).ShouldBeTrue();
        for (int run = 0; run < 2; run++)
            OnGpu(rows, width, indices, values).ShouldBe(expected);
    }

    static T[] OnProcessor<T, TIndex>(int rows, int width, TIndex[] indices, T[] values) where T : unmanaged, INumber<T> where TIndex : unmanaged, IBinaryInteger<TIndex>
    {
        using var pool = new WorkerPool(1);
        var (list, terms, sums) = (Pin(indices), Pin(values), Pin(new T[rows * width]));
        Runtime.Indexing.ScatterAdd(pool, rows, width, indices.Length, list.At<TIndex>(), terms.At<T>(), sums.At<T>());
        return sums.At<T>().AsSpan(rows * width).ToArray();
    }

    static PinnedBuffer Pin<T>(T[] values) where T : unmanaged
    {
        var buffer = new PinnedBuffer(values.Length * (long)System.Runtime.CompilerServices.Unsafe.SizeOf<T>());
        values.CopyTo(buffer.At<T>().AsSpan(values.Length));
        return buffer;
    }

    static T[] OnGpu<T, TIndex>(int rows, int width, TIndex[] indices, T[] values) where T : unmanaged, INumber<T> where TIndex : unmanaged
    {
        var device = GpuDevice.For(Device.GpuEmulator)!;
        using var buffers = new DeviceBuffers(device);
        var before = new T[rows * width];
        Array.Fill(before, T.CreateTruncating(77));
        var (terms, sums) = (buffers.Of(values), buffers.Of(before));
        switch (indices)
        {
            case int[] ints:
                Indexing.ScatterAdd(device, rows, width, indices.Length, buffers.Of(ints), terms, sums);
                break;
            case long[] longs:
                Indexing.ScatterAdd(device, rows, width, indices.Length, buffers.Of(longs), terms, sums);
                break;
            case byte[] bytes:
                Indexing.ScatterAdd(device, rows, width, indices.Length, buffers.Of(bytes), terms, sums);
                break;
            default:
                throw new InvalidOperationException();
        }
        var result = new T[rows * width];
        device.Download(sums, result);
        return result;
    }
}
