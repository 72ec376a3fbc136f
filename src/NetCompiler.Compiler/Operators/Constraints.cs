using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;

namespace NetCompiler.Operators;

/// <summary>The element types that an operand may have.</summary>
internal enum ElementKind
{
    Float,
    Number,
    Bool,
    Any,
}

/// <summary>
/// What operators require of their operands, each as a check that is null when it holds. Dimensions must be equal for certain:
/// whoever makes nodes from a user's program settles an unknown relation by a check on entry and one dimension for the other.
/// </summary>
internal static class Constraints
{
    /// <summary>The number of operands is never the user's doing: names with a fixed number of arguments are bound before.</summary>
    public static void Arity(Operator op, ImmutableArray<TensorType> inputs, int arity)
    {
        if (inputs.Length != arity)
            throw new ArgumentException($"{op} takes {arity} operands, not {inputs.Length}", nameof(inputs));
    }

    public static bool Contains(this ElementKind kind, DType element) => kind switch
    {
        ElementKind.Float => element is DType.F32 or DType.F64,
        ElementKind.Number => element != DType.Bool && !element.IsHalf(),
        ElementKind.Bool => element == DType.Bool,
        _ => true,
    };

    public static ShapeProblem? Elements(ElementKind kind, params IEnumerable<TensorType> inputs)
    {
        var wrong = inputs.FirstOrDefault(input => !kind.Contains(input.Element));
        if (wrong is null)
            return null;
        string name = wrong.Element.Name();
        return kind switch
        {
            ElementKind.Float => new($"needs f32 or f64, but gets {name}", "convert it to f32 first"),
            ElementKind.Number => new($"needs numbers, but gets {name}", "convert it to a number, or choose between two values with where"),
            _ => new($"needs bool, but gets {name}", "compare it with a value, as in x != 0"),
        };
    }

    public static ShapeProblem? SameElements(params IReadOnlyList<TensorType> inputs)
    {
        var other = inputs.FirstOrDefault(input => input.Element != inputs[0].Element);
        return other is null ? null
            : new($"needs operands of one element type, but gets {inputs[0].Element.Name()} and {other.Element.Name()}", "convert one of them");
    }

    public static ShapeProblem? SameShapes(params IReadOnlyList<TensorType> inputs)
    {
        foreach (var other in inputs.Skip(1))
        {
            switch (Shape.Compare(inputs[0].Shape, other.Shape))
            {
                case DimRelation.Unequal:
                    return new($"needs operands of equal shape, but gets {inputs[0].Shape} and {other.Shape}", "reshape or slice one of them");
                case DimRelation.Unknown:
                    return NotShown($"{inputs[0].Shape} and {other.Shape}");
            }
        }
        return null;
    }

    /// <summary>Two extents that must agree. <paramref name="requirement"/> continues "needs".</summary>
    public static ShapeProblem? SameDims(string requirement, Shape a, Dim left, Shape b, Dim right, string cure) => Dim.Compare(left, right) switch
    {
        DimRelation.Equal => null,
        DimRelation.Unequal => new($"needs {requirement}, but {a} has {left} and {b} has {right}", cure),
        _ => NotShown($"{left} of {a} and {right} of {b}"),
    };

    public static ShapeProblem NotShown(string pair) =>
        new($"needs {pair} to be equal, which cannot be shown when the network is compiled", "write one symbol for both dimensions");

    public static ShapeProblem? Rank(TensorType input, int rank, string layout) => input.Shape.Rank == rank ? null
        : new($"needs a tensor of {layout}, but gets {input.Shape}", $"reshape it to {rank} {(rank == 1 ? "axis" : "axes")}");

    /// <summary>Axes in ascending order without repetition, all within the rank.</summary>
    public static ShapeProblem? Axes(IReadOnlyList<int> axes, Shape shape)
    {
        for (int i = 0; i < axes.Count; i++)
        {
            if (axes[i] < 0 || axes[i] >= shape.Rank)
                return new($"needs an axis below {shape.Rank}, but gets axis {axes[i]} of {shape}", "axes count from 0 at the outermost");
            if (i > 0 && axes[i] <= axes[i - 1])
                return new($"needs each axis once, but gets [{string.Join(", ", axes)}]");
        }
        return null;
    }

    /// <summary>
    /// Positions <c>start + i*step</c> for i below <paramref name="length"/> lie within <paramref name="extent"/>. Only a position
    /// that is outside for certain is refused: <c>x[0]</c> is meant to compile for a symbolic extent.
    /// </summary>
    public static ShapeProblem? Within(Dim start, Dim length, int step, Dim extent, int axis, Shape shape)
    {
        if (step == 0)
            return new($"needs a step other than 0 along axis {axis}", "use 1 to take every element");
        if (length.IsConstant && length.Value < 0)
            return new($"needs a length of at least 0 along axis {axis}, but gets {length}", "let the slice end after its start");
        if (length.Is(0))
            return null;
        var last = start + (length - 1) * step;
        foreach (var position in new[] { start, last })
        {
            if ((Dim.Zero - position).IsPositive || (position - extent + 1).IsPositive)
                return new($"reaches position {position} of axis {axis}, but {shape} has {extent} there", "keep the slice inside the tensor");
        }
        return null;
    }
}
