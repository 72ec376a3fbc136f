using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Operators;

namespace NetCompiler.Loops;

/// <summary>
/// Merges neighbouring axes that every access walks as one (<c>stride[a] = stride[a + 1] * extent[a + 1]</c>) and drops axes of
/// extent 1, so that a contiguous map over [N, C, H, W] is one long loop.
/// </summary>
internal static class CoalesceAxes
{
    public static LoopKernel Run(LoopKernel kernel)
    {
        var accesses = kernel.Accesses.ToList();
        bool positional = kernel.Reductions.Any(reduction => reduction.Operator is PositionOf);
        var outer = Groups(kernel.Outer, 0, accesses);
        // The result of argmax is a position along one axis, which merging would change; it has a single inner axis anyway.
        var inner = positional ? Enumerable.Range(kernel.Outer.Length, kernel.Inner.Length).Select(axis => new List<int> { axis }).ToList()
            : Groups(kernel.Inner, kernel.Outer.Length, accesses);
        var groups = outer.Concat(inner).ToList();
        if (groups.Count == kernel.Axes.Length)
            return kernel;

        Access Rewrite(Access access) => access with { Strides = [.. groups.Select(group => access.Strides[group[group.Count - 1]])] };

        var body = new LoopBody();
        var rewritten = new Dictionary<LoopExpression, LoopExpression>();
        foreach (var expression in LoopExpression.Reachable(kernel.Roots))
        {
            LoopOperation operation = expression.Operation switch
            {
                LoopOperation.Load load => load with { Access = Rewrite(load.Access) },
                LoopOperation.Index index => index with { Access = Rewrite(index.Access) },
                _ => expression.Operation,
            };
            rewritten[expression] = body.Make(operation, expression.Element, [.. expression.Inputs.Select(input => rewritten[input])]);
        }
        Dim Extent(List<int> group) => Dim.Product(group.Select(axis => kernel.Axes[axis]));
        return new LoopKernel(
            [.. outer.Select(Extent)],
            [.. inner.Select(Extent)],
            kernel.Operands,
            [.. kernel.Reductions.Select(reduction => reduction with { Value = rewritten[reduction.Value] })],
            [.. kernel.Stores.Select(store => store with { Access = Rewrite(store.Access), Value = rewritten[store.Value] })]);
    }

    static List<List<int>> Groups(ImmutableArray<Dim> extents, int first, List<Access> accesses)
    {
        var groups = new List<List<int>>();
        for (int i = 0; i < extents.Length; i++)
        {
            int axis = first + i;
            if (extents[i].Is(1))
                continue;
            if (groups.Count > 0)
            {
                var last = groups[groups.Count - 1];
                int previous = last[last.Count - 1];
                if (accesses.All(access => access.Strides[previous] == access.Strides[axis] * extents[i]))
                {
                    last.Add(axis);
                    continue;
                }
            }
            groups.Add([axis]);
        }
        return groups;
    }
}
