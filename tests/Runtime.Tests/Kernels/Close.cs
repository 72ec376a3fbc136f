using System.Numerics;
using Shouldly;

namespace NetCompiler.Runtime.Tests;

/// <summary>Comparison of kernels with naive sums in double.</summary>
static class Close
{
    /// <summary>Numbers between -1 and 1, the same for the same seed.</summary>
    public static void Fill<T>(Span<T> target, int seed) where T : IFloatingPoint<T>
    {
        var random = new System.Random(seed);
        for (int i = 0; i < target.Length; i++)
            target[i] = T.CreateChecked(2 * random.NextDouble() - 1);
    }

    /// <summary>
    /// Each sum of <paramref name="terms"/> products of magnitude up to 1 errs, in any order, by at most terms · u · (sum of magnitudes), where u is
    /// half the distance of numbers near 1 (Higham, Accuracy and Stability, 3.1).
    /// </summary>
    public static void ShouldBe<T>(ReadOnlySpan<T> actual, ReadOnlySpan<double> expected, ReadOnlySpan<double> magnitudes, long terms, string what)
        where T : IBinaryFloatingPointIeee754<T>
    {
        double unit = double.CreateChecked(T.BitIncrement(T.One) - T.One) / 2;
        bool anything = false;
        for (int i = 0; i < expected.Length; i++)
        {
            double value = double.CreateChecked(actual[i]), bound = (terms + 2) * unit * magnitudes[i];
            anything |= expected[i] != 0;
            if (!(Math.Abs(value - expected[i]) <= bound))
                throw new ShouldAssertException($"{what}: element {i} is {value:R}, expected {expected[i]:R} within {bound:R}");
        }
        (anything || expected.Length == 0 || terms == 0).ShouldBeTrue($"{what}: everything expected is 0, so the comparison proves nothing");
    }
}
