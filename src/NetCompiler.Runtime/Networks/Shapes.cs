namespace NetCompiler.Runtime;

/// <summary>
/// The shapes that one result has had, so that returning it allocates only when the shape is new.
/// A shape is never changed once it is handed out, because earlier results still refer to it.
/// </summary>
public sealed class ShapeCache
{
    // A training loop sees two batch sizes (full, last), a server a few more.
    readonly int[]?[] _recent = new int[]?[8];
    int _oldest;

    /// <summary>The dimensions as an array, the same one for equal dimensions seen recently.</summary>
    public int[] Of(params ReadOnlySpan<int> dimensions)
    {
        foreach (var shape in _recent)
            if (shape is not null && dimensions.SequenceEqual(shape))
                return shape;
        var fresh = dimensions.ToArray();
        _recent[_oldest] = fresh;
        _oldest = (_oldest + 1) % _recent.Length;
        return fresh;
    }
}

/// <summary>Arithmetic and text of shapes that are known when the program runs.</summary>
static class Shapes
{
    /// <summary>The product of the dimensions; 1 for a scalar.</summary>
    /// <exception cref="ArgumentException">A dimension is negative, or the product exceeds what one span can hold.</exception>
    public static int Length(ReadOnlySpan<int> shape)
    {
        foreach (var dimension in shape)
            if (dimension < 0)
                throw new ArgumentException($"the shape {Text(shape)} has a negative dimension");
        if (shape.Contains(0))
            return 0;
        long product = 1;
        foreach (var dimension in shape)
        {
            product *= dimension; // below 2^62: both factors are below 2^31
            if (product > int.MaxValue)
                throw new ArgumentException($"the shape {Text(shape)} holds more than {int.MaxValue} values");
        }
        return (int)product;
    }

    /// <summary>As in source: [16, 4, 4], and [] for a scalar; _ stands for any size.</summary>
    public static string Text(ReadOnlySpan<int> shape)
    {
        var text = new System.Text.StringBuilder("[");
        for (var axis = 0; axis < shape.Length; axis++)
            text.Append(axis == 0 ? "" : ", ").Append(shape[axis] == Variable.AnySize ? "_" : shape[axis].ToString(System.Globalization.CultureInfo.InvariantCulture));
        return text.Append(']').ToString();
    }
}
