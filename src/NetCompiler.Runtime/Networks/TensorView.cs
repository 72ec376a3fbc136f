using System.Runtime.CompilerServices;

namespace NetCompiler.Runtime;

/// <summary>
/// A result of a compiled function: values in row-major order that belong to the network and are overwritten by the next
/// call of the same function. Copy them (<see cref="ToArray"/>) to keep them. The view keeps the memory alive, so that it is
/// safe in a field or a tuple even after the network is gone or has moved to larger buffers (it then shows the old values).
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly struct TensorView<T> where T : unmanaged
{
    readonly Pointer<T> _data;
    readonly int[]? _shape;
    readonly object? _owner;

    /// <summary>Views the values at <paramref name="data"/>. The caller vouches that they lie in memory that <paramref name="owner"/> keeps alive.</summary>
    /// <param name="data">The first value.</param>
    /// <param name="shape">The dimensions, outermost first; empty for a scalar. It must not be changed afterwards.</param>
    /// <param name="owner">What keeps the memory alive; of a <see cref="PinnedBuffer"/>, its present storage is held, not what it may grow to.</param>
    public TensorView(Pointer<T> data, int[] shape, object owner)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(owner);
        _data = data;
        _shape = shape;
        _owner = owner is PinnedBuffer buffer ? buffer.Storage : owner;
        Length = Shapes.Length(shape);
    }

    /// <summary>Views values inside a buffer.</summary>
    /// <param name="memory">The buffer.</param>
    /// <param name="byteOffset">Where the first value lies in it.</param>
    /// <param name="shape">The dimensions, outermost first; empty for a scalar. It must not be changed afterwards.</param>
    /// <exception cref="ArgumentOutOfRangeException">The values do not lie within the buffer.</exception>
    public TensorView(PinnedBuffer memory, long byteOffset, int[] shape)
        : this((memory ?? throw new ArgumentNullException(nameof(memory))).At<T>(byteOffset), shape, memory)
    {
        if (byteOffset < 0 || byteOffset + (long)Length * Unsafe.SizeOf<T>() > memory.Capacity)
            throw new ArgumentOutOfRangeException(nameof(byteOffset), byteOffset,
                $"{Length} values from byte {byteOffset} on do not lie in a buffer of {memory.Capacity} bytes");
    }

    /// <summary>The dimensions, outermost first; empty for a scalar.</summary>
    public ReadOnlySpan<int> Shape => _shape;

    /// <summary>The number of values.</summary>
    public int Length { get; }

    /// <summary>The values in row-major order.</summary>
    public ReadOnlySpan<T> AsSpan()
    {
        // From here on the span itself, an interior reference into garbage-collected memory, keeps the storage alive.
        var values = _data.AsSpan(Length);
        GC.KeepAlive(_owner);
        return values;
    }

    /// <summary>The values in row-major order.</summary>
    public static implicit operator ReadOnlySpan<T>(TensorView<T> view) => view.AsSpan();

    /// <summary>Element <paramref name="index"/> of a tensor with one axis.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The index is outside the axis.</exception>
    /// <exception cref="ArgumentException">The tensor does not have one axis.</exception>
    public T this[int index] => AsSpan()[Offset([index])];

    /// <summary>Element (<paramref name="row"/>, <paramref name="column"/>) of a tensor with two axes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An index is outside its axis.</exception>
    /// <exception cref="ArgumentException">The tensor does not have two axes.</exception>
    public T this[int row, int column] => AsSpan()[Offset([row, column])];

    /// <summary>The element at the indices, one for each axis, outermost first.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An index is outside its axis.</exception>
    /// <exception cref="ArgumentException">There are not as many indices as axes.</exception>
    public T this[params ReadOnlySpan<int> indices] => AsSpan()[Offset(indices)];

    /// <summary>The values under one index of the outermost axis: a row of a matrix, an image of a batch.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The index is outside the axis.</exception>
    /// <exception cref="InvalidOperationException">The tensor is a scalar.</exception>
    public ReadOnlySpan<T> Row(int index)
    {
        if (Shape.IsEmpty)
            throw new InvalidOperationException("a scalar has no rows");
        CheckIndex(index, axis: 0);
        var length = Length / Shape[0];
        return AsSpan().Slice(index * length, length);
    }

    /// <summary>A copy of the values in row-major order.</summary>
    public T[] ToArray() => AsSpan().ToArray();

    /// <summary>Type, shape and values; of long axes the first and last three.</summary>
    public override string ToString() => TensorText.Format(AsSpan(), Shape);

    int Offset(ReadOnlySpan<int> indices)
    {
        if (indices.Length != Shape.Length)
            throw new ArgumentException($"{indices.Length} indices given for the shape {Shapes.Text(Shape)}, which has {Shape.Length} axes");
        var offset = 0;
        for (var axis = 0; axis < indices.Length; axis++)
        {
            CheckIndex(indices[axis], axis);
            offset = offset * Shape[axis] + indices[axis];
        }
        return offset;
    }

    void CheckIndex(int index, int axis)
    {
        if ((uint)index >= (uint)Shape[axis])
            throw new ArgumentOutOfRangeException(nameof(index), index,
                $"axis {axis} of the shape {Shapes.Text(Shape)} has indices from 0 to {Shape[axis] - 1}");
    }
}
