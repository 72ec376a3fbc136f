using System;
using System.Collections.Immutable;
using System.Linq;

namespace NetCompiler.Operators;

/// <summary>A tensor of the reference evaluator: row-major float64 whatever the declared element type.</summary>
internal sealed class ReferenceTensor
{
    public ReferenceTensor(ImmutableArray<int> dims)
    {
        Dims = dims;
        Data = new double[dims.Aggregate(1, (size, dim) => checked(size * dim))];
    }

    public ReferenceTensor(ImmutableArray<int> dims, double[] data) : this(dims)
    {
        if (data.Length != Data.Length)
            throw new ArgumentException($"[{string.Join(", ", dims)}] holds {Data.Length} values, but {data.Length} are given", nameof(data));
        data.CopyTo(Data, 0);
    }

    public ImmutableArray<int> Dims { get; }

    public double[] Data { get; }

    /// <summary>Element <paramref name="index"/> along the first axis, without that axis.</summary>
    public ReferenceTensor Element(int index)
    {
        var element = new ReferenceTensor(Dims.RemoveAt(0));
        Array.Copy(Data, index * element.Data.Length, element.Data, 0, element.Data.Length);
        return element;
    }

    /// <summary>The position of element <paramref name="offset"/> of <see cref="Data"/> along each axis.</summary>
    public int[] Position(int offset)
    {
        var position = new int[Dims.Length];
        for (int axis = Dims.Length - 1; axis >= 0; axis--)
        {
            position[axis] = offset % Dims[axis];
            offset /= Dims[axis];
        }
        return position;
    }

    /// <summary>Where the element at <paramref name="position"/> lies in <see cref="Data"/>.</summary>
    public int Offset(ReadOnlySpan<int> position)
    {
        int offset = 0;
        for (int axis = 0; axis < Dims.Length; axis++)
            offset = offset * Dims[axis] + position[axis];
        return offset;
    }
}
