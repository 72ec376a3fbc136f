using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests;

public class PlacementTests
{
    public static TheoryData<int[], int[], int> Cases => new()
    {
        { [], [], 2 },
        { [5], [1], 3 },
        { [5], [-2], 9 },
        { [1, 7, 1], [100, 2, 50], 0 },
        { [3, 4, 5], [20, 5, 1], 0 },             // one piece
        { [3, 4, 5], [60, 5, 1], 15 },            // a part of an axis: two axes are one
        { [3, 4, 5], [-60, 15, 3], 130 },
        { [2, 3, 4, 5], [120, 4, 12, 480], 1 },   // no two axes lie together
        { [3, 0, 5], [60, 5, 1], 0 },
        { [2, 48, 31, 16], [76800, 496, 16, 1], 4960 },
        { [70001], [1], 6 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_element_goes_to_its_place_and_nothing_else_changes(int[] extents, int[] strides, int offset)
    {
        int count = extents.Aggregate(1, (product, extent) => product * extent);
        int reach = offset + extents.Zip(strides, (extent, stride) => Math.Max(0, (extent - 1) * stride)).Sum() + 1;
        float[] expected = [.. Enumerable.Repeat(-1f, reach)];
        for (int i = 0; i < count; i++)
        {
            int place = offset, rest = i;
            for (int axis = extents.Length - 1; axis >= 0; axis--)
            {
                place += rest % extents[axis] * strides[axis];
                rest /= extents[axis];
            }
            expected[place] = i;
        }

        foreach (int threads in new[] { 1, 2, 3 })
        {
            using var pool = new WorkerPool(threads);
            var (from, to) = (new PinnedBuffer(sizeof(float) * (long)count), new PinnedBuffer(sizeof(float) * (long)reach));
            for (int i = 0; i < count; i++)
                from.At<float>()[i] = i;
            to.At<float>().AsSpan(reach).Fill(-1);

            Placement.Copy(pool, from.At<float>(), [.. extents.Select(extent => (nint)extent)], to.At<float>(), offset, [.. strides.Select(stride => (nint)stride)]);

            to.At<float>().AsSpan(reach).ToArray().ShouldBe(expected);
            GC.KeepAlive(from);
        }
    }
}
