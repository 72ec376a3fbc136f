using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;

namespace NetCompiler.Plan;

/// <summary>
/// Places blocks of memory at offsets such that those whose lives overlap do not (dynamic storage allocation). Greedy, each block in the
/// smallest gap that it fits in among those that live with it, in several orders of which the best is taken
/// (Pisarchyk and Lee, Efficient Memory Management for Deep Neural Net Inference, 2020).
/// </summary>
internal static class PlaceBlocks
{
    /// <summary>A block that is needed in the steps from <paramref name="First"/> to <paramref name="Last"/>.</summary>
    public readonly record struct Interval(int First, int Last, long Size)
    {
        public bool Meets(Interval other) => First <= other.Last && other.First <= Last;
    }

    /// <summary>The offset of each block, and how much memory all of them take.</summary>
    public static ImmutableArray<long> Run(ImmutableArray<Interval> blocks, out long length)
    {
        long least = Peak(blocks, out int step);
        long[]? best = null;
        length = long.MaxValue;
        foreach (var order in Orders(blocks, step))
        {
            var offsets = Place(blocks, order, out long reached);
            if (reached < length)
                (best, length) = (offsets, reached);
            if (length == least)
                break;
        }
        return [.. best!];
    }

    /// <summary>The most that is alive at one step, and at which: no placement takes less.</summary>
    static long Peak(ImmutableArray<Interval> blocks, out int step)
    {
        var (live, peak) = (0L, 0L);
        step = 0;
        foreach (var (at, change) in blocks.SelectMany(block => new[] { (At: 2L * block.First, Change: block.Size), (At: 2L * block.Last + 1, Change: -block.Size) }).OrderBy(each => each.At))
        {
            live += change;
            if (live > peak)
                (peak, step) = (live, (int)(at / 2));
        }
        return peak;
    }

    static IEnumerable<int[]> Orders(ImmutableArray<Interval> blocks, int peak)
    {
        int[] all = [.. Enumerable.Range(0, blocks.Length)];
        yield return [.. all.OrderByDescending(i => blocks[i].Size)];
        yield return [.. all.OrderByDescending(i => blocks[i].Last - blocks[i].First).ThenByDescending(i => blocks[i].Size)];
        yield return [.. all.OrderByDescending(i => (double)blocks[i].Size * (blocks[i].Last - blocks[i].First + 1))];
        yield return [.. all.OrderBy(i => blocks[i].First).ThenByDescending(i => blocks[i].Last)];
        // What meets at the peak first, without gaps; the longer a block lives the lower it lies.
        yield return [.. all.OrderByDescending(i => blocks[i].First <= peak && blocks[i].Last >= peak).ThenByDescending(i => blocks[i].Last - blocks[i].First)];
        yield return [.. all.OrderByDescending(i => blocks[i].First <= peak && blocks[i].Last >= peak).ThenByDescending(i => blocks[i].Size)];
        yield return [.. all.OrderByDescending(i => blocks[i].Last).ThenBy(i => blocks[i].First)];
    }

    static long[] Place(ImmutableArray<Interval> blocks, int[] order, out long length)
    {
        var offsets = new long[blocks.Length];
        // Those placed so far, by offset.
        var placed = new List<int>();
        length = 0;
        foreach (int block in order)
        {
            var (offset, slack, end) = (-1L, long.MaxValue, 0L);
            foreach (int other in placed)
            {
                if (!blocks[other].Meets(blocks[block]))
                    continue;
                long gap = offsets[other] - end;
                if (gap >= blocks[block].Size && gap - blocks[block].Size < slack)
                    (offset, slack) = (end, gap - blocks[block].Size);
                end = Math.Max(end, offsets[other] + blocks[other].Size);
            }
            offsets[block] = offset >= 0 ? offset : end;
            length = Math.Max(length, offsets[block] + blocks[block].Size);
            int at = placed.Count;
            while (at > 0 && offsets[placed[at - 1]] > offsets[block])
                at--;
            placed.Insert(at, block);
        }
        return offsets;
    }
}
