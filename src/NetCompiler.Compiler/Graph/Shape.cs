using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;

namespace NetCompiler.Graph;

/// <summary>The extents of a tensor, outermost first. The shape of a scalar is empty.</summary>
internal sealed class Shape : IEquatable<Shape>
{
    public Shape(params IEnumerable<Dim> dims) => Dims = [.. dims];

    public static Shape Scalar { get; } = new();

    public ImmutableArray<Dim> Dims { get; }

    public int Rank => Dims.Length;

    public bool IsScalar => Rank == 0;

    public Dim this[int axis] => Dims[axis];

    /// <summary>The number of elements.</summary>
    public Dim Size => Dim.Product(Dims);

    /// <summary>Row-major strides in elements; the innermost is 1.</summary>
    public ImmutableArray<Dim> Strides
    {
        get
        {
            var strides = new Dim[Rank];
            var stride = Dim.One;
            for (int axis = Rank - 1; axis >= 0; axis--)
            {
                strides[axis] = stride;
                stride *= Dims[axis];
            }
            return [.. strides];
        }
    }

    public Shape With(int axis, Dim dim) => new(Dims.SetItem(axis, dim));

    public Shape Without(IEnumerable<int> axes)
    {
        var removed = new HashSet<int>(axes);
        return new(Dims.Where((_, axis) => !removed.Contains(axis)));
    }

    /// <summary>Equal if all extents are, unequal if the ranks or any extents are, else unknown.</summary>
    public static DimRelation Compare(Shape a, Shape b)
    {
        if (a.Rank != b.Rank)
            return DimRelation.Unequal;
        var result = DimRelation.Equal;
        for (int axis = 0; axis < a.Rank; axis++)
        {
            var relation = Dim.Compare(a[axis], b[axis]);
            if (relation == DimRelation.Unequal)
                return DimRelation.Unequal;
            if (relation == DimRelation.Unknown)
                result = DimRelation.Unknown;
        }
        return result;
    }

    public bool Equals(Shape? other) => other is not null && Dims.SequenceEqual(other.Dims);

    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    public override int GetHashCode() => Dims.Aggregate(Rank, (hash, dim) => unchecked(hash * 31 + dim.GetHashCode()));

    public static bool operator ==(Shape a, Shape b) => a.Equals(b);

    public static bool operator !=(Shape a, Shape b) => !a.Equals(b);

    public override string ToString() => $"[{string.Join(", ", Dims)}]";
}

/// <summary>Element type and shape.</summary>
internal sealed record TensorType(DType Element, Shape Shape)
{
    /// <summary>The type of a node that is no tensor itself but several results, each read by a node of its own.</summary>
    public static TensorType Bundle { get; } = new(DType.Bool, new Shape(Dim.Zero));

    public static TensorType Scalar(DType element) => new(element, Shape.Scalar);

    public TensorType WithShape(Shape shape) => this with { Shape = shape };

    public TensorType WithElement(DType element) => this with { Element = element };

    public override string ToString() => Shape.IsScalar ? Element.Name() : Element.Name() + Shape;
}
