using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using NetCompiler.Text;

namespace NetCompiler.Graph;

/// <summary>What a network asks of the code that is made of it.</summary>
/// <param name="Precision">
/// What the operands of products may be rounded to where a device gains from it: <c>f32</c>, that is nothing, <c>tf32</c>, <c>bf16</c> or
/// <c>f16</c>; null, which means f32, if the network says nothing. Sums are f32.
/// </param>
/// <param name="Error">The relative error that algorithms may add to exact arithmetic; null for none.</param>
/// <param name="Memory">What a function that trains may take in memory; null for as much as it needs.</param>
internal sealed record NetworkSettings(string? Precision, double? Error, MemoryLimit? Memory = null)
{
    public static NetworkSettings None { get; } = new(null, null);

    /// <summary>As the program writes it: <c>precision: f32, error: 0.0001</c>; empty if it says nothing.</summary>
    public override string ToString() => string.Join(", ", new[]
    {
        Precision is null ? "" : "precision: " + Precision,
        Error is { } error ? "error: " + error.ToString("R", CultureInfo.InvariantCulture) : "",
        Memory is { } memory ? "memory: " + memory : "",
    }.Where(setting => setting.Length > 0));
}

/// <summary>The memory that a function may take: its variables, its arena and its results.</summary>
/// <param name="Bytes">So many bytes.</param>
/// <param name="Sizes">For these values of symbolic dimensions; others count 1.</param>
/// <param name="Location">Where the program says so.</param>
internal sealed record MemoryLimit(long Bytes, ImmutableDictionary<string, long> Sizes, SourceLocation Location)
{
    /// <summary>As the program could have written it.</summary>
    public override string ToString()
    {
        string bytes = Bytes.ToString(CultureInfo.InvariantCulture);
        return Sizes.IsEmpty ? bytes
            : $"budget({bytes}, {string.Join(", ", Sizes.OrderBy(size => size.Key, System.StringComparer.Ordinal).Select(size => $"{size.Key}: {size.Value.ToString(CultureInfo.InvariantCulture)}"))})";
    }
}
