using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;

namespace NetCompiler.Plan;

/// <summary>
/// The memory plan: buffers whose lives do not overlap share a slot of the arena. Sizes are polynomials in the symbolic
/// dimensions, so a slot serves only buffers whose sizes compare for every value of the symbols; the plan holds for any batch.
/// </summary>
internal sealed class AssignSlots
{
    readonly Dictionary<(Dim, Dim), bool> _atLeast = [];

    AssignSlots()
    {
    }

    sealed class OpenSlot(Dim bytes)
    {
        public Dim Bytes { get; set; } = bytes;

        public List<Buffer> Buffers { get; } = [];
    }

    public static ImmutableArray<Slot> Run(List<Step> steps) => new AssignSlots().Place(steps);

    ImmutableArray<Slot> Place(List<Step> steps)
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

        void Put(Buffer buffer, OpenSlot slot)
        {
            slot.Buffers.Add(buffer);
            slotOf[buffer] = slot;
        }

        // Arguments are copied in before the first step, so they all live from the start.
        foreach (var argument in steps.SelectMany(step => step.Reads).OfType<Buffer>().Where(read => read.Kind == BufferKind.Argument).Distinct())
            Put(argument, Take(slots, free, argument.Bytes));

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
                    Put(buffer, slotOf[inPlace]);
                    dying.Remove(inPlace);
                }
                else
                {
                    Put(buffer, Take(slots, free, buffer.Bytes));
                }
            }
            var scratch = step is ScanStep scan ? scan.Body.Slots.Select(slot => Lend(slot, slots, free)).ToList() : [];
            free.AddRange(dying.Select(read => slotOf[read]).Concat(scratch));
        }
        return [.. slots.Select(slot => new Slot(slot.Bytes, [.. slot.Buffers]))];
    }

    /// <summary>Memory for what the steps of a scan compute on the way.</summary>
    OpenSlot Lend(Slot scratch, List<OpenSlot> slots, List<OpenSlot> free)
    {
        var slot = Take(slots, free, scratch.Bytes);
        slot.Buffers.AddRange(scratch.Buffers);
        return slot;
    }

    /// <summary>The free slot that fits with the least waste, else the largest one that can grow, else a new one.</summary>
    OpenSlot Take(List<OpenSlot> slots, List<OpenSlot> free, Dim bytes)
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

    bool AtLeast(Dim a, Dim b)
    {
        // A deep network asks the same few questions very often.
        if (!_atLeast.TryGetValue((a, b), out bool known))
            _atLeast.Add((a, b), known = (a - b).IsNonNegative);
        return known;
    }
}
