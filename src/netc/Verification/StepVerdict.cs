using NetCompiler.Reports;

namespace NetCompiler.CommandLine.Verification;

/// <summary>What comparing a result with its reference showed.</summary>
/// <param name="Measured">The distance at the worst place.</param>
/// <param name="Allowed">The distance that is allowed there.</param>
/// <param name="Problem">What is wrong, at which element; null if nothing is.</param>
internal sealed record Comparison(double Measured, double Allowed, string? Problem)
{
    /// <summary>How much of what is allowed was used; above 1 the result is wrong.</summary>
    public double Used => Measured == 0 ? 0 : Measured / Allowed;

    /// <summary>Compares values with the exact ones at the places that count.</summary>
    public static Comparison Of(double[] actual, BoundedTensor expected, Func<int, bool> counts)
    {
        var (worst, at) = (new Comparison(0, 0, null), -1);
        for (int i = 0; i < actual.Length; i++)
        {
            double exact = expected.Value.Data[i], allowed = expected.Error.Data[i];
            if (!counts(i) || actual[i].Equals(exact) || actual[i] == exact)
                continue;
            double distance = Math.Abs(actual[i] - exact);
            // A number in the place of NaN, or the other way round, is infinitely wrong, whatever is allowed.
            if (double.IsNaN(distance) || double.IsInfinity(distance))
                distance = double.PositiveInfinity;
            var here = new Comparison(distance, double.IsNaN(exact) || double.IsNaN(actual[i]) ? 0 : allowed, null);
            if (at < 0 || here.Used > worst.Used)
                (worst, at) = (here, i);
        }
        if (worst.Used <= 1 || double.IsPositiveInfinity(worst.Allowed))
            return worst;
        string position = expected.Value.Dims.Length == 0 ? "it" : $"element [{string.Join(", ", expected.Value.Position(at))}]";
        return worst with { Problem = FormattableString.Invariant($"{position} is {actual[at]:G9}, but should be {expected.Value.Data[at]:G9} ± {worst.Allowed:0.#e0}") };
    }
}

/// <summary>What was found about a step.</summary>
/// <param name="Step">What it does.</param>
/// <param name="Worst">The comparison that used most of what is allowed.</param>
/// <param name="NotANumber">Which results are NaN where all operands are numbers; null if none.</param>
internal sealed record StepVerdict(StepReport Step, Comparison Worst, string? NotANumber)
{
    public bool Fails => Worst.Problem is not null || NotANumber is not null;
}
