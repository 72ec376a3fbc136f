using System.Collections.Immutable;
using NetCompiler.Text;

namespace NetCompiler.Graph;

internal enum BudgetQuantity
{
    /// <summary>How many numbers the network learns.</summary>
    Parameters,
    /// <summary>Multiply-accumulate operations of the results of a function.</summary>
    Macs,
    /// <summary>Bytes of the values that the results of a function store.</summary>
    Activations,
    /// <summary>Bytes of the variables and of what functions keep for their calls.</summary>
    Memory,
}

/// <summary>What a network promises not to exceed; checked once all of it is known.</summary>
/// <param name="Quantity">What is counted.</param>
/// <param name="Function">The function that it is counted of; null for every one.</param>
/// <param name="Sizes">Values of symbolic dimensions; others count 1, so that what is counted is that of one sample.</param>
/// <param name="Comparison">One of <c>&lt; &lt;= &gt; &gt;= == !=</c>.</param>
/// <param name="Limit">The right-hand side.</param>
/// <param name="Message">What the program says about it, or empty.</param>
/// <param name="Location">The comparison.</param>
internal sealed record Budget(
    BudgetQuantity Quantity,
    string? Function,
    ImmutableDictionary<string, long> Sizes,
    string Comparison,
    double Limit,
    string Message,
    SourceLocation Location)
{
    /// <summary>Whether a count keeps the promise.</summary>
    public bool Allows(long count) => Comparison switch
    {
        "<" => count < Limit,
        "<=" => count <= Limit,
        ">" => count > Limit,
        ">=" => count >= Limit,
        "==" => count == Limit,
        _ => count != Limit,
    };
}
