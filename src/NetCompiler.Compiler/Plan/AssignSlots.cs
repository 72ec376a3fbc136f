using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;

namespace NetCompiler.Plan;

/// <summary>
/// The memory plan. Sizes are polynomials in the symbolic dimensions. Those that are multiples of one polynomial (5760*N, 800*N) lie
/// in one slot at offsets that are multiples of it too, so the plan is as tight for any batch as for one; what is left shares slots
/// where sizes compare for every value of the symbols.
/// </summary>
internal sealed class AssignSlots
{
    /// <summary>Offsets are multiples of this many bytes, so that vector loads do not straddle cache lines.</summary>
    public const int Alignment = 64;

    // Below, rounding up to the alignment wastes more than shared slots do.
    const long LeastRounded = 256;

    readonly List<Block> _blocks = [];
    readonly Dictionary<(Dim, Dim), bool> _atLeast = [];

    AssignSlots()
    {
    }

    public static ImmutableArray<Slot> Run(List<Step> steps)
    {
        var assign = new AssignSlots();
        assign.FindBlocks(steps);
        return assign.Place();
    }

    /// <summary>Which memory is needed from which step to which: buffers, joined where one may take the place of another.</summary>
    void FindBlocks(List<Step> steps)
    {
        var lastRead = new Dictionary<Buffer, int>();
        for (int i = 0; i < steps.Count; i++)
        {
            foreach (var read in steps[i].Reads.OfType<Buffer>())
                lastRead[read] = i;
        }
        var blockOf = new Dictionary<Buffer, Block>();

        void Put(Buffer buffer, Block block, int last)
        {
            block.Places.Add(new Place(buffer, Dim.Zero));
            block.Last = last;
            blockOf[buffer] = block;
        }

        // Arguments are copied in before the first step, so they all live from the start.
        foreach (var argument in steps.SelectMany(step => step.Reads).OfType<Buffer>().Where(read => read.Kind == BufferKind.Argument).Distinct())
            Put(argument, New(argument.Bytes, -1), lastRead[argument]);

        for (int i = 0; i < steps.Count; i++)
        {
            var step = steps[i];
            var dying = step.Reads.OfType<Buffer>().Where(read => blockOf.ContainsKey(read) && lastRead[read] == i).Distinct().ToList();
            for (int write = 0; write < step.Writes.Length; write++)
            {
                var buffer = step.Writes[write];
                if (buffer.Kind != BufferKind.Temporary || step.Writes.IndexOf(buffer) < write)
                    continue;
                var inPlace = dying.FirstOrDefault(read =>
                    read.Bytes == buffer.Bytes
                    && Enumerable.Range(0, step.Reads.Length).All(operand => step.Reads[operand] != read || step.MayOverwrite(operand, write)));
                if (inPlace is not null)
                    dying.Remove(inPlace);
                Put(buffer, inPlace is null ? New(buffer.Bytes, i) : blockOf[inPlace], lastRead.TryGetValue(buffer, out int last) ? last : i);
            }
            // Memory for what the steps of a scan compute on the way.
            foreach (var scratch in step is ScanStep scan ? scan.Body.Slots : [])
                New(scratch.Bytes, i).Places.AddRange(scratch.Places);
        }
    }

    Block New(Dim bytes, int first)
    {
        var block = new Block(bytes, first);
        _blocks.Add(block);
        return block;
    }

    ImmutableArray<Slot> Place()
    {
        var slots = new List<Slot>();
        var rest = new HashSet<Block>(_blocks);
        foreach (var family in _blocks.Where(IsAligned).GroupBy(block => block.Bytes.DivideExactly(block.Bytes.Content)!).Where(family => family.Count() > 1))
        {
            // Several terms compare with others of the same terms, which slots make use of.
            if (!family.Key.IsTerm)
                continue;
            ImmutableArray<Block> blocks = [.. family];
            var offsets = PlaceBlocks.Run([.. blocks.Select(block => new PlaceBlocks.Interval(block.First, block.Last, Round(block.Bytes.Content) / Alignment))], out long length);
            var unit = family.Key * Alignment;
            slots.Add(new Slot(unit * length, [.. blocks.SelectMany((block, i) => block.Shifted(unit * offsets[i]))]));
            rest.ExceptWith(blocks);
        }
        slots.AddRange(Share([.. _blocks.Where(rest.Contains)]).Select(slot => new Slot(slot.Bytes, [.. slot.Blocks.SelectMany(block => block.Places)])));
        return [.. slots];
    }

    static bool IsAligned(Block block) => block.Bytes.Content is var content && (content >= LeastRounded || content > 0 && content % Alignment == 0);

    static long Round(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    /// <summary>Slots whose blocks all begin at their start and follow one another in time.</summary>
    List<Shared> Share(ImmutableArray<Block> blocks)
    {
        var slots = new List<Shared>();
        foreach (var block in blocks)
        {
            var slot = Choose(slots.Where(slot => slot.Blocks[slot.Blocks.Count - 1].Last < block.First), block.Bytes);
            if (slot is null)
                slots.Add(slot = new Shared(block.Bytes));
            else if (!AtLeast(slot.Bytes, block.Bytes))
                slot.Bytes = block.Bytes;
            slot.Blocks.Add(block);
        }
        return slots;
    }

    /// <summary>The free slot that fits with the least waste, else the largest one that can grow; null if there is none.</summary>
    Shared? Choose(IEnumerable<Shared> free, Dim bytes)
    {
        Shared? best = null;
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
        return best;
    }

    bool AtLeast(Dim a, Dim b)
    {
        // A deep network asks the same few questions very often.
        if (!_atLeast.TryGetValue((a, b), out bool known))
            _atLeast.Add((a, b), known = (a - b).IsNonNegative);
        return known;
    }

    /// <summary>Memory of one size from one step to another, for buffers that follow each other in place.</summary>
    sealed class Block(Dim bytes, int first)
    {
        public Dim Bytes { get; } = bytes;

        public int First { get; } = first;

        public int Last { get; set; } = first;

        public List<Place> Places { get; } = [];

        public IEnumerable<Place> Shifted(Dim offset) => Places.Select(place => place with { Offset = place.Offset + offset });
    }

    sealed class Shared(Dim bytes)
    {
        public Dim Bytes { get; set; } = bytes;

        public List<Block> Blocks { get; } = [];
    }
}
