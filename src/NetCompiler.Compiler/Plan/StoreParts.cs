using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Loops;
using NetCompiler.Operators;

namespace NetCompiler.Plan;

/// <summary>
/// Lets loops that compute all parts of a tensor store them in their places in it: the gradients of a recurrent cell's gates. The parts have
/// no memory of their own then, and nothing is joined.
/// </summary>
internal static class StoreParts
{
    /// <param name="steps">The steps in order; no buffer is written twice.</param>
    /// <param name="kept">What is read after the last step.</param>
    public static List<Step> Run(List<Step> steps, ISet<Buffer> kept)
    {
        var readers = steps.SelectMany(step => step.Reads.OfType<Buffer>().Distinct()).GroupBy(read => read).ToDictionary(read => read.Key, read => read.Count());
        var stored = new List<Step>();
        foreach (var step in steps)
        {
            if (step is CallStep { Node.Operator: Concat } concat
                && concat.Reads.Distinct().Count() == concat.Reads.Length
                && concat.Reads.All(part => part!.Kind == BufferKind.Temporary && readers[part] == 1 && !kept.Contains(part))
                && stored.FindIndex(candidate => candidate.Writes.Contains(concat.Reads[0]!)) is >= 0 and var writer
                && stored[writer] is LoopStep loops && InPlace(loops, concat) is { } joined)
            {
                stored[writer] = joined;
            }
            else
            {
                stored.Add(step);
            }
        }
        return stored;
    }

    static LoopStep? InPlace(LoopStep loops, CallStep concat)
    {
        var kernel = loops.Kernel;
        int axis = ((Concat)concat.Node.Operator).Axis;
        var whole = concat.Node.Shape;
        var start = Dim.Zero;
        var places = new Dictionary<int, Access>();
        foreach (var (buffer, part) in concat.Reads.Zip(concat.Node.Inputs, (buffer, node) => (buffer!, node.Shape)))
        {
            int store = loops.Writes.IndexOf(buffer);
            if (store < 0 || !kernel.Inner.IsEmpty || !kernel.Outer.SequenceEqual(part.Dims) || kernel.Stores[store].Access != new Access(Dim.Zero, part.Strides))
                return null;
            places.Add(store, new Access(start * whole.Strides[axis], whole.Strides));
            start += part[axis];
        }

        // What the parts make up comes after the other results, as the value of the first of its stores.
        var others = Enumerable.Range(0, loops.Writes.Length).Where(store => !places.ContainsKey(store)).ToList();
        var order = others.Concat(places.Keys.OrderBy(store => store)).ToList();
        int reads = loops.Reads.Length;
        return loops with
        {
            Writes = [.. others.Select(store => loops.Writes[store]), .. places.Keys.Select(_ => concat.Result)],
            Values = [.. others.Select(store => loops.Values[store]), concat.Node],
            Kernel = kernel with
            {
                Operands = [.. kernel.Operands.Take(reads), .. order.Select(store => kernel.Operands[reads + store])],
                Stores = [.. order.Select((store, i) => kernel.Stores[store] with { Operand = reads + i, Access = places.TryGetValue(store, out var place) ? place : kernel.Stores[store].Access })],
            },
        };
    }
}
