using System.Collections.Generic;
using System.Linq;
using NetCompiler.Graph;

namespace NetCompiler.Plan;

/// <summary>
/// Moves steps forwards that free more memory than they take: the gradient of a weight, and its update, as soon as what flows back is
/// there, rather than after all that flows back. What depends on nothing that was computed, such as random numbers, waits until it is
/// read. The order is otherwise the given one, and what steps compute is the same.
/// </summary>
internal sealed class OrderSteps
{
    // Which of two sizes is larger decides the order, so all symbols have a typical value.
    const long TypicalSize = 32;

    // How many steps ahead are looked at before one is given up: a gradient, what is done to it, and the update.
    const int Lookahead = 4;

    readonly List<Step> _steps;
    readonly List<int>[] _followers;
    readonly int[] _waitsFor;
    readonly Dictionary<Buffer, int> _readersLeft = [];
    readonly Dictionary<Buffer, long> _bytes = [];
    readonly bool[] _isDone;
    readonly SortedSet<int> _ready = [];

    OrderSteps(List<Step> steps)
    {
        _steps = steps;
        _followers = [.. steps.Select(_ => new List<int>())];
        _waitsFor = new int[steps.Count];
        _isDone = new bool[steps.Count];
        var writer = new Dictionary<Buffer, int>();
        var readers = new Dictionary<Buffer, List<int>>();
        for (int i = 0; i < steps.Count; i++)
        {
            foreach (var read in steps[i].Reads.OfType<Buffer>().Distinct())
            {
                if (writer.TryGetValue(read, out int before))
                    Follow(before, i);
                if (!readers.TryGetValue(read, out var all))
                    readers.Add(read, all = []);
                all.Add(i);
                _readersLeft[read] = _readersLeft.TryGetValue(read, out int left) ? left + 1 : 1;
            }
            foreach (var write in steps[i].Writes.Distinct())
            {
                // What a variable holds is read before it is overwritten.
                if (readers.TryGetValue(write, out var all))
                {
                    foreach (int reader in all.Where(reader => reader != i))
                        Follow(reader, i);
                    all.Clear();
                }
                if (writer.TryGetValue(write, out int before))
                    Follow(before, i);
                writer[write] = i;
            }
        }
    }

    public static List<Step> Run(List<Step> steps) => new OrderSteps(Delay(steps)).Order();

    static List<Step> Delay(List<Step> steps)
    {
        // The first step, seen from the end, that reads a buffer, and that writes it.
        var (reader, writer) = (new Dictionary<Buffer, int>(), new Dictionary<Buffer, int>());
        var place = new double[steps.Count];
        for (int i = steps.Count - 1; i >= 0; i--)
        {
            place[i] = i;
            var reads = steps[i].Reads.OfType<Buffer>().Distinct().ToList();
            if (!reads.Any(IsInArena) && steps[i].Writes.All(write => write.Kind == BufferKind.Temporary))
            {
                int first = steps[i].Writes.Select(write => reader.TryGetValue(write, out int at) ? at : steps.Count)
                    .Concat(reads.Select(read => writer.TryGetValue(read, out int at) ? at : steps.Count)).Min();
                if (first < steps.Count)
                    place[i] = first - 0.5;
            }
            foreach (var read in reads)
                reader[read] = i;
            foreach (var write in steps[i].Writes)
                writer[write] = i;
        }
        return [.. Enumerable.Range(0, steps.Count).OrderBy(i => place[i]).Select(i => steps[i])];
    }

    void Follow(int first, int then)
    {
        _followers[first].Add(then);
        _waitsFor[then]++;
    }

    List<Step> Order()
    {
        var ordered = new List<Step>();
        for (int i = 0; i < _steps.Count; i++)
        {
            if (_waitsFor[i] == 0)
                _ready.Add(i);
        }
        while (_ready.Count > 0)
        {
            int next = _ready.Min;
            if (BestMove(next) is { } chain)
                chain.ForEach(Do);
            else
                Do(next);
        }
        return ordered;

        void Do(int step)
        {
            ordered.Add(_steps[step]);
            _isDone[step] = true;
            _ready.Remove(step);
            foreach (var read in _steps[step].Reads.OfType<Buffer>().Distinct())
                _readersLeft[read]--;
            foreach (int follower in _followers[step])
            {
                if (--_waitsFor[follower] == 0)
                    _ready.Add(follower);
            }
        }
    }

    /// <summary>The steps that free the most of those that could be moved before <paramref name="next"/>; null if none frees anything.</summary>
    List<int>? BestMove(int next)
    {
        List<int>? best = null;
        long freed = 0;
        foreach (int step in _ready)
        {
            // Forward parts keep their order: what needs nothing that was computed is no consequence of what was.
            if (step == next || !_steps[step].Reads.OfType<Buffer>().Any(IsInArena))
                continue;
            var chain = Chain(step, out long change);
            if (change < freed)
                (best, freed) = (chain, change);
        }
        return best;
    }

    /// <summary>A step, and those that it alone lets follow as long as they free what it takes; and by how many bytes more is alive after them.</summary>
    List<int> Chain(int step, out long change)
    {
        var chain = new List<int>();
        var (total, least, length) = (0L, long.MaxValue, 0);
        var made = new Dictionary<Buffer, int>();
        while (chain.Count < Lookahead)
        {
            chain.Add(step);
            foreach (var read in _steps[step].Reads.OfType<Buffer>().Distinct().Where(IsInArena))
            {
                int left = made.TryGetValue(read, out int after) ? after : _readersLeft[read];
                made[read] = left - 1;
                if (left == 1)
                    total -= Bytes(read);
            }
            foreach (var write in _steps[step].Writes.Distinct().Where(write => IsInArena(write) && _readersLeft.ContainsKey(write)))
                total += Bytes(write);
            if (total < least)
                (least, length) = (total, chain.Count);
            int next = _followers[step].Distinct().Where(follower => !_isDone[follower] && _waitsFor[follower] == chain.Sum(before => _followers[before].Count(each => each == follower)))
                .DefaultIfEmpty(-1).Min();
            if (next < 0)
                break;
            step = next;
        }
        change = least;
        return chain.GetRange(0, length);
    }

    static bool IsInArena(Buffer buffer) => buffer.Kind is BufferKind.Temporary or BufferKind.Argument;

    long Bytes(Buffer buffer)
    {
        if (!_bytes.TryGetValue(buffer, out long bytes))
            _bytes.Add(buffer, bytes = buffer.Bytes.Evaluate(buffer.Bytes.Symbols.ToDictionary(symbol => symbol, _ => TypicalSize)));
        return bytes;
    }
}
