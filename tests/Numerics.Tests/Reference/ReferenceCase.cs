using System.Text.RegularExpressions;

namespace NetCompiler.Numerics.Tests.Reference;

/// <summary>How a recorded case is written in <c>.net</c>.</summary>
/// <param name="Name">The name of the recording.</param>
/// <param name="Expression">
/// An expression of the recorded inputs, which is bound to <c>result</c>, so that the recorded parameter <c>weight</c> is <c>result.weight</c>;
/// or a binding of several results, <c>a, b = …</c>. <c>TYPE</c> is the element type.
/// </param>
internal sealed partial record ReferenceCase(string Name, string Expression)
{
    /// <summary>
    /// How many roundings of the largest value of a tensor an element may be off, in units of half an ulp. No element of the small cases
    /// is a sum of more than some hundred terms of that size, each rounded once.
    /// </summary>
    public double Roundings { get; init; } = 256;

    /// <summary>Whether the first extent of <c>x</c>, and of inputs of the same first extent, is symbolic.</summary>
    public bool Symbolic { get; init; } = true;

    /// <summary>Whether the case runs in a function that updates parameters.</summary>
    public bool Trains { get; init; }

    /// <summary>The names of the results.</summary>
    public IReadOnlyList<string> Results => Several().Match(Expression) is { Success: true } match
        ? match.Groups[1].Value.Split(", ")
        : ["result"];

    public string Statement => Several().IsMatch(Expression) ? Expression : $"result = {Expression}";

    [GeneratedRegex(@"^(\w+(?:, \w+)+) = ")]
    private static partial Regex Several();

    public override string ToString() => $"{Name}: {Expression}";
}
