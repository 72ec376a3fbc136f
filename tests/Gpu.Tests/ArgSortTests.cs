using System.Numerics;
using System.Text.RegularExpressions;
using NetCompiler.Runtime;
using NetCompiler.Runtime.Gpu;
using Shouldly;
using Xunit;
using AxisKernels = NetCompiler.Runtime.Gpu.AxisKernels;

namespace NetCompiler.Gpu.Tests;

/// <summary>Orders of lines of all lengths beside a stable sort.</summary>
public sealed class ArgSortTests
{
    // Counted, sorted in shared memory, merged once, and merged twice with a run that has no other.
    [Theory]
    [InlineData(3, 1, 2)]
    [InlineData(2, 64, 3)]
    [InlineData(2, 65, 3)]
    [InlineData(3, 777, 1)]
    [InlineData(1, 1024, 1)]
    [InlineData(2, 1025, 1)]
    [InlineData(1, 2503, 2)]
    [InlineData(0, 1500, 1)]
    public void Equal_elements_keep_their_order_and_nan_comes_last(int outer, int extent, int inner)
    {
        float[] special = [float.NaN, 0f, -0f, float.PositiveInfinity, float.NegativeInfinity, float.Epsilon, float.MaxValue];
        foreach (bool descending in new[] { false, true })
        {
            Check(outer, extent, inner, descending, random => random.Next(4) == 0 ? special[random.Next(special.Length)] : random.Next(-50, 50) / 4f);
            Check(outer, extent, inner, descending, random => (byte)random.Next(7));
        }
    }

    [Fact]
    public void Other_types_and_lines_that_are_in_order_or_all_alike_are_sorted_too()
    {
        Check(1, 1300, 1, false, random => random.NextDouble());
        Check(1, 1300, 1, true, random => random.Next(8) == 0 ? double.NaN : Math.Round(random.NextDouble(), 2));
        Check(1, 1300, 1, true, random => random.NextInt64(long.MinValue, long.MaxValue));
        Check(1, 1300, 1, false, random => random.Next(int.MinValue, int.MaxValue));
        int next = 0;
        Check(1, 1300, 1, false, _ => next++);
        Check(1, 1300, 1, true, _ => next++);
        Check(1, 1300, 1, false, _ => 5f);
        Check(1, 2200, 1, false, _ => float.NaN);
    }

    [Theory]
    [InlineData(typeof(SortRunsKernel<float>))]
    [InlineData(typeof(SortRunsKernel<double>))]
    [InlineData(typeof(SortRunsKernel<byte>))]
    [InlineData(typeof(MergeRunsKernel<float>))]
    [InlineData(typeof(MergeRunsKernel<long>))]
    public void Kernels_compile_for_the_gpus_of_nvidia_without_local_memory_and_without_divisions_but_by_two(Type kernel)
    {
        string ptx = Ptx.Compile(kernel);
        ptx.ShouldContain(".visible .entry");
        ptx.ShouldNotContain(".local");
        Regex.Matches(ptx, @"(?:div|rem)\.\w+\s+%\w+, %\w+, (%\w+|\d+);").Select(division => division.Groups[1].Value).ShouldAllBe(divisor => divisor == "2");
    }

    static void Check<T>(int outer, int extent, int inner, bool descending, Func<Random, T> draw) where T : unmanaged, INumber<T>
    {
        var random = new Random(extent);
        T[] values = [.. Enumerable.Range(0, outer * extent * inner).Select(_ => draw(random))];
        var comparer = Comparer<T>.Create((a, b) => T.IsNaN(a) || T.IsNaN(b) ? T.IsNaN(a).CompareTo(T.IsNaN(b)) : a == b ? 0 : (a < b) != descending ? -1 : 1);
        var expected = new int[values.Length];
        for (int line = 0; line < outer * inner; line++)
        {
            int start = line / inner * extent * inner + line % inner, place = 0;
            foreach (int i in Enumerable.Range(0, extent).OrderBy(i => values[start + i * inner], comparer))
                expected[start + place++ * inner] = i;
        }
        var device = GpuDevice.For(Device.GpuEmulator)!;
        using var buffers = new DeviceBuffers(device);
        var result = buffers.Of(new int[values.Length]);
        AxisKernels.ArgSort(device, outer, extent, inner, buffers.Of(values), result, descending);
        var actual = new int[values.Length];
        device.Download(result, actual);
        actual.ShouldBe(expected);
    }
}
