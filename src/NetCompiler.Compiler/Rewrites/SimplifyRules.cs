namespace NetCompiler.Rewrites;

/// <summary>
/// Equations that hold exactly, NaN and infinities included, except that they may change the sign of a zero and the order in
/// which a sum is added up. Together they bring a graph into a normal form: constants folded; negations, reshapes, transposes and
/// broadcasts as near to the results as they get (an element is then computed before it is repeated, and element-wise chains are
/// not interrupted); no operator that does nothing.
/// </summary>
/// <remarks>
/// Why all of them together end: no rule adds arithmetic to a path from an argument to a result, except those that exchange an
/// operator for another that is further down this list: power, divide, subtract, add, multiply, negate. Rules that keep the
/// arithmetic move a negation past a product or a sum, or a reshape, transpose or broadcast past anything else, towards the
/// results, or they merge two of these; none moves one back.
/// </remarks>
internal static partial class SimplifyRules
{
    public static RuleSet All { get; } = new("SimplifyRules",
        [
            .. Constants(), .. NeutralElements(), .. Signs(), .. Repetitions(), .. Conditions(), .. Casts(),
            .. Reshapes(), .. Transposes(), .. Broadcasts(), .. Sinking(), .. Reductions(), .. Slices(), .. Concats(), .. Pooling(),
        ]);
}
