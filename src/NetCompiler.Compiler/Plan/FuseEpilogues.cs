using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Loops;

namespace NetCompiler.Plan;

/// <summary>
/// Lets a product or convolution end with the loops that read its result first: a bias, an activation, a residual, the update of a
/// weight. They must read it element by element, without folding. The kernel then takes the place of these loops, which come before
/// all other readers of the result and after all that they read besides.
/// </summary>
internal static class FuseEpilogues
{
    /// <param name="steps">The steps in order; no buffer is written twice.</param>
    /// <param name="updates">The values that variables take.</param>
    public static List<Step> Run(List<Step> steps, ImmutableArray<(Buffer Variable, Buffer Value)> updates)
    {
        var fused = new List<Step?>(steps);
        var readers = new Dictionary<Buffer, List<int>>();
        for (int i = 0; i < steps.Count; i++)
        {
            foreach (var read in steps[i].Reads.OfType<Buffer>().Distinct())
            {
                if (!readers.TryGetValue(read, out var all))
                    readers.Add(read, all = []);
                all.Add(i);
            }
        }
        // Of two products that are added, the later one takes the sum: the other is known by then.
        for (int i = steps.Count - 1; i >= 0; i--)
        {
            if (fused[i] is not CallStep { Epilogue: null } call || FuseGroups.Columns(call.Node) is not { } columns || !readers.TryGetValue(call.Result, out var uses))
                continue;
            int reader = uses.Min();
            if (fused[reader] is not LoopStep loops || Fuse(call, columns, loops, uses.Count == 1, updates) is not { } step)
                continue;
            (fused[i], fused[reader]) = (null, step);
            foreach (var read in call.Reads.OfType<Buffer>().Distinct())
                readers[read][readers[read].IndexOf(i)] = reader;
        }
        return [.. fused.OfType<Step>()];
    }

    static CallStep? Fuse(CallStep call, Dim columns, LoopStep loops, bool isOnlyReader, ImmutableArray<(Buffer Variable, Buffer Value)> updates)
    {
        var result = call.Result;
        if (!loops.Kernel.Reductions.IsEmpty || !loops.Kernel.Inner.IsEmpty || Dim.Product(loops.Kernel.Outer) != result.Type.Shape.Size
            || CoalesceAxes.OverColumns(loops.Kernel, columns) is not { } kernel)
            return null;
        int input = loops.Reads.IndexOf(result);
        if (!kernel.LoadsOnlyAt(input, RowMajor(kernel.Outer)))
            return null;

        bool IsUpdatedFrom(int store, IEnumerable<Buffer?> reads) =>
            updates.Any(update => update.Value == loops.Writes[store] && reads.Contains(update.Variable));
        // In the loops the new value overwrites the old one; the kernel still reads that for other elements.
        if (Enumerable.Range(0, loops.Writes.Length).Any(store => IsUpdatedFrom(store, call.Reads)))
            return null;
        // The result is written before the epilogue reads what it replaces.
        int inPlace = isOnlyReader && result.Kind == BufferKind.Temporary
            ? Enumerable.Range(0, loops.Writes.Length).Where(store => loops.Writes[store].Type.Element == result.Type.Element && !IsUpdatedFrom(store, loops.Reads))
                .Select(store => (int?)store).FirstOrDefault() ?? -1
            : -1;
        if (inPlace >= 0)
            loops.Writes[inPlace].TakeOver(result);
        return new CallStep(
            call.Node,
            [.. call.Reads, .. loops.Reads.RemoveAt(input)],
            inPlace >= 0 ? loops.Writes : loops.Writes.Add(result),
            new Epilogue(loops.Node, kernel, input, loops.Scalars, call.Reads.Length, inPlace >= 0 ? inPlace : loops.Writes.Length))
        {
            Operands = [.. call.Operands, .. loops.Operands.RemoveAt(input)],
            Values = inPlace >= 0 ? loops.Values : loops.Values.AddRange(call.Values),
        };
    }

    static Access RowMajor(ImmutableArray<Dim> axes)
    {
        var strides = new Dim[axes.Length];
        var stride = Dim.One;
        for (int axis = axes.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= axes[axis];
        }
        return new Access(Dim.Zero, [.. strides]);
    }
}
