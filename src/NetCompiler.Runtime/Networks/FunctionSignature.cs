using System.Globalization;

namespace NetCompiler.Runtime;

/// <summary>What a compiled function takes and gives.</summary>
/// <param name="Name">The name in .net source, such as predict.</param>
/// <param name="Inputs">The arguments in order; a scalar argument has the shape [].</param>
/// <param name="Outputs">The results in order.</param>
/// <param name="Trains">Whether a call changes parameters.</param>
public sealed record FunctionSignature(string Name, IReadOnlyList<TensorSignature> Inputs, IReadOnlyList<TensorSignature> Outputs, bool Trains)
{
    /// <summary>As in source: train(image : f32[N, 784]) -> (loss : f32).</summary>
    public override string ToString() => $"{Name}({string.Join(", ", Inputs)}) -> ({string.Join(", ", Outputs)})";
}

/// <summary>An argument or a result of a compiled function.</summary>
/// <param name="Name">The name in .net source.</param>
/// <param name="ElementType">The element type as .net source names it, such as f32.</param>
/// <param name="Shape">The shape as in source, such as [N, 1, 28, 28]; [] or nothing for a scalar.</param>
public sealed record TensorSignature(string Name, string ElementType, string Shape)
{
    /// <summary>The dimensions, outermost first; null where a dimension is known only when the function is called.</summary>
    public IReadOnlyList<int?> Dimensions { get; } = Parse(Shape);

    /// <summary>Equal names, element types and shapes.</summary>
    public bool Equals(TensorSignature? other) => other is not null && (Name, ElementType, Shape) == (other.Name, other.ElementType, other.Shape);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, ElementType, Shape);

    /// <summary>As in source: image : f32[N, 1, 28, 28].</summary>
    public override string ToString() => $"{Name} : {ElementType}{(Dimensions.Count == 0 ? "" : Shape)}";

    static int?[] Parse(string shape)
    {
        var inner = shape.Trim();
        if (inner.StartsWith('[') && inner.EndsWith(']'))
            inner = inner[1..^1];
        if (string.IsNullOrWhiteSpace(inner))
            return [];
        var dimensions = new List<int?>();
        int depth = 0, start = 0;
        for (var i = 0; i <= inner.Length; i++)
        {
            // Commas inside parentheses belong to an expression such as max(N, M).
            if (i == inner.Length || (inner[i] == ',' && depth == 0))
            {
                dimensions.Add(int.TryParse(inner.AsSpan(start, i - start), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
                    CultureInfo.InvariantCulture, out var value) ? value : null);
                start = i + 1;
            }
            else
                depth += inner[i] switch { '(' or '[' => 1, ')' or ']' => -1, _ => 0 };
        }
        return [.. dimensions];
    }
}
