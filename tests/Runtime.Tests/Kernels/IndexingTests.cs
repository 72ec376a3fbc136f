using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests;

public class IndexingTests
{
    static readonly WorkerPool One = new(1), Three = new(3);

    [Theory]
    [InlineData(0, 4, 5)]
    [InlineData(5, 4, 0)]
    [InlineData(5, 0, 3)]
    [InlineData(7, 1, 9)]
    [InlineData(33, 19, 2000)]
    [InlineData(9, 300, 500)]
    public void Gather_and_scatter_never_touch_memory_outside_whatever_the_indices_are(int rows, int width, int count)
    {
        using var x = new GuardedBuffer<float>((long)rows * width);
        using var y = new GuardedBuffer<float>((long)count * width);
        using var sums = new GuardedBuffer<float>((long)rows * width, guardStart: true);
        using var indices = new GuardedBuffer<long>(count);
        Close.Fill(x.Span, 1);
        var random = new System.Random(2);
        long[] outside = [-1, rows, long.MinValue, long.MaxValue, -rows, 1L << 32];
        for (int k = 0; k < count; k++)
            indices.Span[k] = rows == 0 || random.Next(4) == 0 ? outside[random.Next(outside.Length)] : random.Next(rows);

        Indexing.Gather(Three, rows, width, count, x.Pointer, indices.Pointer, y.Pointer, float.NaN);
        var expected = new float[rows * width];
        for (int k = 0; k < count; k++)
        {
            bool found = indices.Span[k] >= 0 && indices.Span[k] < rows;
            for (int j = 0; j < width; j++)
            {
                y.Span[k * width + j].ShouldBe(found ? x.Span[(int)indices.Span[k] * width + j] : float.NaN);
                if (found)
                    expected[(int)indices.Span[k] * width + j] += x.Span[(k + j) % x.Span.Length];
            }
        }

        // The same sums in the same order, so the same bits, with any number of threads.
        for (int k = 0; k < count; k++)
        {
            for (int j = 0; j < width; j++)
                y.Span[k * width + j] = rows == 0 ? 1 : x.Span[(k + j) % x.Span.Length];
        }
        foreach (var pool in new[] { One, Three })
        {
            sums.Span.Fill(float.NaN);
            Indexing.ScatterAdd(pool, rows, width, count, indices.Pointer, y.Pointer, sums.Pointer);
            sums.Span.ToArray().ShouldBe(expected);
        }
    }
}
