using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Loops;
using NetCompiler.Operators;

namespace NetCompiler.Plan;

/// <summary>
/// Lets a product or convolution end with the loops that read its result first: a bias, an activation, a residual, the update of a
/// weight. They must read it element by element, without folding, or all parts of its columns at the same place, as a recurrent cell
/// reads its gates. The kernel then takes the place of these loops, which come before all other readers of the result and after all that
/// they read besides.
/// </summary>
internal static class FuseEpilogues
{
    // Each is a stream of memory of its own.
    const int MostParts = 8;

    /// <param name="steps">The steps in order; no buffer is written twice.</param>
    /// <param name="updates">The values that variables take.</param>
    /// <param name="inParts">Whether the loops read a result in parts of its columns, or else element by element.</param>
    /// <param name="forGpu">Whether the kernels are those of GPUs.</param>
    public static List<Step> Run(List<Step> steps, ImmutableArray<(Buffer Variable, Buffer Value)> updates, bool inParts, bool forGpu)
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
            if (fused[i] is not CallStep { Epilogue: null } call || FuseGroups.Columns(call.Node, forGpu) is not { } columns || !readers.TryGetValue(call.Result, out var uses))
                continue;
            int reader = uses.Min();
            if (fused[reader] is not LoopStep loops || Fuse(call, columns, loops, uses.Count == 1, updates, inParts) is not { } step)
                continue;
            (fused[i], fused[reader]) = (null, step);
            foreach (var read in call.Reads.OfType<Buffer>().Distinct())
                readers[read][readers[read].IndexOf(i)] = reader;
        }
        return [.. fused.OfType<Step>()];
    }

    static CallStep? Fuse(CallStep call, Dim columns, LoopStep loops, bool isOnlyReader, ImmutableArray<(Buffer Variable, Buffer Value)> updates, bool inParts)
    {
        var result = call.Result;
        if (!loops.Kernel.Reductions.IsEmpty || !loops.Kernel.Inner.IsEmpty || PartsOf(call, loops.Kernel) is not { } parts || parts > 1 != inParts
            || columns.DivideExactly(parts) is not { } width || CoalesceAxes.OverColumns(loops.Kernel, width) is not { } kernel)
            return null;
        int input = loops.Reads.IndexOf(result);
        var rows = RowMajor(kernel.Outer, columns);
        var places = Enumerable.Range(0, parts).Select(part => rows with { Offset = width * part }).ToList();
        if (!kernel.Loads(input).All(places.Contains))
            return null;

        bool IsUpdatedFrom(int store, IEnumerable<Buffer?> reads) =>
            updates.Any(update => update.Value == loops.Writes[store] && reads.Contains(update.Variable));
        // In the loops the new value overwrites the old one; the kernel still reads that for other elements. The state of a recurrence is
        // small beside the product: to copy it costs less than loops of their own.
        if (updates.Any(update => update.Variable.Kind != BufferKind.Outer && loops.Writes.Contains(update.Value) && call.Reads.Contains(update.Variable)))
            return null;
        // The result is written before the epilogue reads what it replaces.
        int inPlace = parts == 1 && isOnlyReader && result.Kind == BufferKind.Temporary
            ? Enumerable.Range(0, loops.Writes.Length).Where(store => loops.Writes[store].Type.Element == result.Type.Element && !IsUpdatedFrom(store, loops.Reads))
                .Select(store => (int?)store).FirstOrDefault() ?? -1
            : -1;
        if (inPlace >= 0)
            loops.Writes[inPlace].TakeOver(result);
        return new CallStep(
            call.Node,
            [.. call.Reads, .. loops.Reads.RemoveAt(input)],
            inPlace >= 0 ? loops.Writes : loops.Writes.Add(result),
            new Epilogue(loops.Node, kernel, input, loops.Scalars, call.Reads.Length, inPlace >= 0 ? inPlace : loops.Writes.Length, parts))
        {
            Operands = [.. call.Operands, .. loops.Operands.RemoveAt(input)],
            Values = inPlace >= 0 ? loops.Values : loops.Values.AddRange(call.Values),
        };
    }

    /// <summary>How many parts of its columns the loops read at each of their elements; null if they run over other elements.</summary>
    static int? PartsOf(CallStep call, LoopKernel loops)
    {
        var size = Dim.Product(loops.Outer);
        if (size == call.Result.Type.Shape.Size)
            return 1;
        bool isMatrix = call.Node.Operator is MatrixProduct && Dim.Product(call.Node.Shape.Dims.Take(call.Node.Shape.Rank - 2)).Is(1);
        return isMatrix && call.Result.Type.Shape.Size.DivideExactly(size) is { IsConstant: true, Value: > 1 and <= MostParts and var parts } ? (int)parts : null;
    }

    /// <summary>Where the elements of a matrix lie whose rows are <paramref name="stride"/> apart; the last axis is that of the columns.</summary>
    static Access RowMajor(ImmutableArray<Dim> axes, Dim stride)
    {
        var strides = new Dim[axes.Length];
        strides[axes.Length - 1] = Dim.One;
        for (int axis = axes.Length - 2; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= axes[axis];
        }
        return new Access(Dim.Zero, [.. strides]);
    }
}
