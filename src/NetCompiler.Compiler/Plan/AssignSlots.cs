using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;

namespace NetCompiler.Plan;

/// <summary>
/// The memory plan: buffers whose lives do not overlap share a slot of the arena. Sizes are polynomials in the symbolic
/// dimensions, so a slot serves only buffers whose sizes compare for every value of the symbols; the plan holds for any batch.
/// </summary>
internal static class AssignSlots
{
    sealed class OpenSlot(Dim bytes)
    {
        public Dim Bytes { get; set; } = bytes;

        public List<Buffer> Buffers { get; } = [];
    }

    public static ImmutableArray<Slot> Run(List<Step> steps)
    {
        var lastRead = new Dictionary<Buffer, int>();
        for (int i = 0; i < steps.Count; i++)
        {
            foreach (var read in steps[i].Reads.OfType<Buffer>())
                lastRead[read] = i;
        }
        var slots = new List<OpenSlot>();
        var free = new List<OpenSlot>();
        var slotOf = new Dictionary<Buffer, OpenSlot>();

        void Place(Buffer buffer, OpenSlot slot)
        {
            slot.Buffers.Add(buffer);
            slotOf[buffer] = slot;
        }

        // Arguments are copied in before the first step, so they all live from the start.
        foreach (var argument in steps.SelectMany(step => step.Reads).OfType<Buffer>().Where(read => read.Kind == BufferKind.Argument).Distinct())
            Place(argument, Take(slots, free, argument.Bytes));

        for (int i = 0; i < steps.Count; i++)
        {
            var step = steps[i];
            var dying = step.Reads.OfType<Buffer>().Where(read => slotOf.ContainsKey(read) && lastRead[read] == i).Distinct().ToList();
            for (int write = 0; write < step.Writes.Length; write++)
            {
                var buffer = step.Writes[write];
                if (buffer.Kind != BufferKind.Temporary)
                    continue;
                var inPlace = dying.FirstOrDefault(read =>
                    read.Bytes == buffer.Bytes
                    && Enumerable.Range(0, step.Reads.Length).All(operand => step.Reads[operand] != read || step.MayOverwrite(operand, write)));
                if (inPlace is not null)
                {
                    Place(buffer, slotOf[inPlace]);
                    dying.Remove(inPlace);
                }
                else
                {
                    Place(buffer, Take(slots, free, buffer.Bytes));
                }
            }
            var scratch = step is ScanStep scan ? scan.Body.Slots.Select(slot => Lend(slot, slots, free)).ToList() : [];
            free.AddRange(dying.Select(read => slotOf[read]).Concat(scratch));
        }
        return [.. slots.Select(slot => new Slot(slot.Bytes, [.. slot.Buffers]))];
    }

    /// <summary>Memory for what the steps of a scan compute on the way.</summary>
    static OpenSlot Lend(Slot scratch, List<OpenSlot> slots, List<OpenSlot> free)
    {
        var slot = Take(slots, free, scratch.Bytes);
        slot.Buffers.AddRange(scratch.Buffers);
        return slot;
    }

    /// <summary>The free slot that fits with the least waste, else the largest one that can grow, else a new one.</summary>
    static OpenSlot Take(List<OpenSlot> slots, List<OpenSlot> free, Dim bytes)
    {
        OpenSlot? best = null;
        foreach (var slot in free)
        {
            bool fits = AtLeast(slot.Bytes, bytes);
            if (!fits && !AtLeast(bytes, slot.Bytes))
                continue;
            if (best is null)
                best = slot;
            else if (AtLeast(best.Bytes, bytes))
                best = fits && AtLeast(best.Bytes, slot.Bytes) ? slot : best;
            else if (AtLeast(slot.Bytes, best.Bytes))
                best = slot;
        }
        if (best is null)
        {
            best = new OpenSlot(bytes);
            slots.Add(best);
            return best;
        }
        free.Remove(best);
        if (!AtLeast(best.Bytes, bytes))
            best.Bytes = bytes;
        return best;
    }

    static bool AtLeast(Dim a, Dim b) => (a - b).IsNonNegative;
}
