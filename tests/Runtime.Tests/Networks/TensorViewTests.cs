using System.Runtime.CompilerServices;
using Shouldly;
using Xunit;

namespace NetCompiler.Runtime.Tests.Networks;

public class TensorViewTests
{
    static TensorView<T> View<T>(T[] values, params int[] shape) where T : unmanaged
    {
        var memory = new PinnedBuffer(values.Length * Unsafe.SizeOf<T>());
        values.CopyTo(memory.At<T>().AsSpan(values.Length));
        return new TensorView<T>(memory, 0, shape);
    }

    static readonly TensorView<float> s_matrix = View([0f, 1, 2, 3, 4, 5], 2, 3);

    [Fact]
    public void Indices_address_values_in_row_major_order()
    {
        s_matrix[1, 0].ShouldBe(3);
        View([0, 1, 2], 3)[2].ShouldBe(2);
        View([.. Enumerable.Range(0, 24)], 2, 3, 4)[1, 2, 3].ShouldBe(23);
        View([7.5])[[]].ShouldBe(7.5);
        s_matrix.Row(1).ToArray().ShouldBe([3f, 4, 5]);
    }

    [Fact]
    public void An_index_outside_its_axis_is_an_error_that_names_axis_and_shape()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => s_matrix[0, 3]).Message.ShouldContain("axis 1 of the shape [2, 3] has indices from 0 to 2");
        Should.Throw<ArgumentOutOfRangeException>(() => s_matrix[-1, 0]).Message.ShouldContain("axis 0");
        Should.Throw<ArgumentOutOfRangeException>(() => s_matrix.Row(2).ToArray()).Message.ShouldContain("axis 0");
        Should.Throw<ArgumentException>(() => s_matrix[0]).Message.ShouldContain("1 indices given for the shape [2, 3]");
        Should.Throw<InvalidOperationException>(() => View([1f]).Row(0).ToArray());
    }

    [Fact]
    public void A_view_past_the_end_of_its_buffer_cannot_be_made()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new TensorView<float>(new PinnedBuffer(64), 0, [17]));
        Should.Throw<ArgumentOutOfRangeException>(() => new TensorView<float>(new PinnedBuffer(64), 4, [16]));
        Should.Throw<ArgumentOutOfRangeException>(() => new TensorView<float>(new PinnedBuffer(64), -4, [1]));
    }

    [Fact]
    public void The_default_view_is_empty()
    {
        default(TensorView<float>).Length.ShouldBe(0);
        default(TensorView<float>).ToArray().ShouldBeEmpty();
    }

    [Fact]
    public void A_result_still_shows_its_values_after_the_network_moved_to_a_larger_buffer_and_the_old_one_was_collected()
    {
        var network = new TestNetwork();
        var small = network.Double([1, 2, 3]);
        for (var i = 0; i < 20; i++)
        {
            network.Double(new float[1000 << i % 10]);
            GC.Collect();
            _ = new byte[100_000];
        }
        small.ToArray().ShouldBe([2f, 4, 6]);
        small.Shape.ToArray().ShouldBe([3]);
    }

    [Fact]
    public void A_span_of_a_result_keeps_the_storage_alive_by_itself()
    {
        var span = Make(out var storage);
        GC.Collect(2, GCCollectionMode.Forced, blocking: true);
        storage.IsAlive.ShouldBeTrue();
        span[0].ShouldBe(42);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static ReadOnlySpan<float> Make(out WeakReference storage)
        {
            var memory = new PinnedBuffer(sizeof(float));
            memory.At<float>()[0] = 42;
            storage = new WeakReference(memory.Storage);
            return new TensorView<float>(memory, 0, [1]).AsSpan();
        }
    }

    [Fact]
    public void A_call_with_a_shape_seen_before_allocates_nothing()
    {
        var network = new TestNetwork();
        float[] full = new float[64], last = new float[17];
        network.Double(full);
        network.Double(last);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            _ = network.Double(i % 3 == 0 ? last : full).Length;
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public void Text_shows_type_shape_and_aligned_values()
    {
        s_matrix.ToString().ShouldBe("f32[2, 3]\n[[0, 1, 2],\n [3, 4, 5]]");
        View([0.5f, 10]).ToString().ShouldBe("f32 0.5");
        View([0.5f, 10, -3], 3).ToString().ShouldBe("f32[3] [0.5,  10,  -3]");
        View([true, false], 2).ToString().ShouldBe("bool[2] [ true, false]");
        View<int>([], 0, 3).ToString().ShouldBe("i32[0, 3] []");
        View([.. Enumerable.Range(0, 8)], 2, 2, 2).ToString().ShouldBe("i32[2, 2, 2]\n[[[0, 1],\n  [2, 3]],\n\n [[4, 5],\n  [6, 7]]]");
        View([.. Enumerable.Range(0, 100)], 100).ToString().ShouldBe("i32[100] [ 0,  1,  2, ..., 97, 98, 99]");
    }

    [Fact]
    public void Shapes_whose_size_overflows_are_refused()
    {
        Should.Throw<ArgumentException>(() => Shapes.Length([65536, 65536])).Message.ShouldContain("[65536, 65536]");
        Should.Throw<ArgumentException>(() => Shapes.Length([2, -1]));
        Shapes.Length([int.MaxValue, int.MaxValue, 0]).ShouldBe(0);
        Shapes.Length([]).ShouldBe(1);
    }
}
