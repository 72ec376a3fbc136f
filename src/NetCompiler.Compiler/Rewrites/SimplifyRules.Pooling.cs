using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;
using static NetCompiler.Rewrites.Patterns;

namespace NetCompiler.Rewrites;

internal static partial class SimplifyRules
{
    /// <summary>What is done to the gradient of a maximum over windows is done to fewer elements before it is spread.</summary>
    static ImmutableArray<Rule> Pooling()
    {
        Pattern x = Any(), g = Any(), scatter = Of<MaxPoolScatter>(x, g);
        return
        [
            // The gradient goes to elements that equal the maximum of their window.
            new("MaskOfMaxPoolScatter", "select(0 < x, max_pool_scatter(x, g), 0) = max_pool_scatter(x, select(0 < max_pool_gather(x, x), g, 0))",
                Select(Less(0, x), scatter, 0),
                to: m =>
                {
                    var most = m.Make(new MaxPoolGather(m.Of<MaxPoolScatter>(scatter).Window), m[x], m[x]);
                    var zero = m.Graph.Constant(0, m[g].Type);
                    return m.Over(m[scatter], m[x], m.Make(new Select(), m.Make(new Less(), zero, most), m[g], zero));
                },
                ends: "fewer elements are masked", when: m => m.Of<MaxPoolScatter>(scatter).Window is { StrideHeight: > 1 } or { StrideWidth: > 1 }),
            // Dilated windows, those that begin behind the last element and those of planes without elements may hold nothing.
            new("SumOfMaxPoolScatter", "sum(max_pool_scatter(x, g)) = sum(g) over whole planes where every window holds an element", Sum(scatter),
                to: m => Reduce(m, m[g], Axes(m.Root)),
                ends: "one scatter fewer below a sum",
                when: m => Axes(m.Root).Items is var axes && axes.Contains(2) && axes.Contains(3)
                    && m.Of<MaxPoolScatter>(scatter).Window is { DilationHeight: 1, DilationWidth: 1, Ceil: false }
                    && m[x].Shape[2] is { IsConstant: true, Value: > 0 } && m[x].Shape[3] is { IsConstant: true, Value: > 0 }),
        ];
    }
}
