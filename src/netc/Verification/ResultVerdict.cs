namespace NetCompiler.CommandLine.Verification;

/// <summary>What comparing a result of a whole function with the program in float64 showed.</summary>
/// <param name="Name">The output, or the variable that the function updates.</param>
/// <param name="IsUpdate">Whether it is a variable.</param>
/// <param name="Actual">What the compiled function gave.</param>
/// <param name="Expected">What the program gives in float64.</param>
/// <param name="Allowed">How far each element may be from that.</param>
internal sealed record ResultVerdict(string Name, bool IsUpdate, double[] Actual, double[] Expected, double Allowed)
{
    /// <summary>The distance of the furthest element.</summary>
    public double Measured => Actual.Zip(Expected, (a, e) => a.Equals(e) ? 0 : Math.Abs(a - e)).Select(distance => double.IsNaN(distance) ? double.PositiveInfinity : distance).DefaultIfEmpty(0).Max();

    public bool Fails => !(Measured <= Allowed);
}

/// <summary>What comparing a gradient with differences showed.</summary>
/// <param name="Loss">What is differentiated.</param>
/// <param name="Parameter">By what.</param>
/// <param name="Compared">How many elements were compared.</param>
/// <param name="AtKinks">How many were left out, because the loss has a kink there.</param>
/// <param name="Problem">The first element that is wrong; null if none is.</param>
internal sealed record GradientVerdict(string Loss, string Parameter, int Compared, int AtKinks, string? Problem);
