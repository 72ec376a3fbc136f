using System.Globalization;
using System.Linq;

namespace NetCompiler.Graph;

/// <summary>What a network asks of the code that is made of it.</summary>
/// <param name="Precision">The type that products are computed in; null if the network says nothing.</param>
/// <param name="Error">The relative error that algorithms may add to exact arithmetic; null for none.</param>
internal sealed record NetworkSettings(string? Precision, double? Error)
{
    public static NetworkSettings None { get; } = new(null, null);

    /// <summary>As the program writes it: <c>precision: f32, error: 0.0001</c>; empty if it says nothing.</summary>
    public override string ToString() => string.Join(", ", new[]
    {
        Precision is null ? "" : "precision: " + Precision,
        Error is { } error ? "error: " + error.ToString("R", CultureInfo.InvariantCulture) : "",
    }.Where(setting => setting.Length > 0));
}
