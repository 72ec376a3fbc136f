using System;
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

        Dim Extent(List<int> group) => Dim.Product(group.Select(axis => kernel.Axes[axis]));
        return Rewrite(
            kernel, [.. outer.Select(Extent)], [.. inner.Select(Extent)],
            access => access with { Strides = [.. groups.Select(group => access.Strides[group[group.Count - 1]])] });
    }

    /// <summary>
    /// The loops over a matrix of so many columns whose elements are those of the kernel's axes in order; null if they do not step
    /// evenly along the columns.
    /// </summary>
    public static LoopKernel? OverColumns(LoopKernel kernel, Dim columns)
    {
        // Which axes the columns consist of, and into how many columns and rows the first of these is cut.
        var cut = columns;
        int first = kernel.Outer.Length;
        while (!cut.Is(1) && first > 0 && cut.DivideExactly(kernel.Outer[first - 1]) is { } rest)
            (cut, first) = (rest, first - 1);
        if (!cut.Is(1))
        {
            if (first == 0 || kernel.Outer[first - 1].DivideExactly(cut) is not { } rows)
                return null;
            var outer = kernel.Outer.SetItem(first - 1, cut).Insert(first - 1, rows);
            kernel = Rewrite(kernel, outer, [], access => access with
            {
                Strides = [.. access.Strides.Items.Insert(first - 1, access.Strides[first - 1] * cut)],
            });
        }
        var accesses = kernel.Accesses.ToList();
        var rowGroups = Groups([.. kernel.Outer.Take(first)], 0, accesses);
        var columnGroups = Groups([.. kernel.Outer.Skip(first)], first, accesses);
        if (columnGroups.Count != 1)
            return null;
        List<List<int>> groups = [.. rowGroups, .. columnGroups];
        return Rewrite(
            kernel, [.. groups.Select(group => Dim.Product(group.Select(axis => kernel.Axes[axis])))], [],
            access => access with { Strides = [.. groups.Select(group => access.Strides[group[group.Count - 1]])] }) with { OverTiles = true };
    }

    static LoopKernel Rewrite(LoopKernel kernel, ImmutableArray<Dim> outer, ImmutableArray<Dim> inner, Func<Access, Access> rewrite)
    {
        var body = new LoopBody();
        var rewritten = new Dictionary<LoopExpression, LoopExpression>();
        foreach (var expression in LoopExpression.Reachable(kernel.Roots))
        {
            LoopOperation operation = expression.Operation switch
            {
                LoopOperation.Load load => load with { Access = rewrite(load.Access) },
                LoopOperation.Index index => index with { Access = rewrite(index.Access) },
                _ => expression.Operation,
            };
            rewritten[expression] = body.Make(operation, expression.Element, [.. expression.Inputs.Select(input => rewritten[input])]);
        }
        return new LoopKernel(
            outer,
            inner,
            kernel.Operands,
            [.. kernel.Reductions.Select(reduction => reduction with { Value = rewritten[reduction.Value] })],
            [.. kernel.Stores.Select(store => store with { Access = rewrite(store.Access), Value = rewritten[store.Value] })]);
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
