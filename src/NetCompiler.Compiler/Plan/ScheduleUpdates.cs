using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Loops;

namespace NetCompiler.Plan;

/// <summary>
/// Orders the steps so that new values are written straight into their variables wherever every reader of the old value can come
/// first; the others go through a temporary and a copy at the end. All updates of a call see the values from before it.
/// </summary>
internal static class ScheduleUpdates
{
    public static List<Step> Run(List<Step> steps, ImmutableArray<(Buffer Variable, Buffer Value)> updates)
    {
        var precedence = new Precedence(steps);
        List<Step> scheduled = [.. steps];
        var redirected = new Dictionary<Buffer, Buffer>();
        var copies = new List<Step>();
        foreach (var (variable, value) in updates)
        {
            int writer = precedence.WriterOf(value);
            var (step, written) = (scheduled[writer], value);
            var copy = new Buffer(BufferKind.Temporary, variable.Name, variable.Type);
            // Its place is taken: to store it twice while it is at hand costs less than a copy.
            if ((value.Kind != BufferKind.Temporary || redirected.ContainsKey(value)) && step.StoreTwice(value, copy) is { } twice)
                (step, written) = (twice, copy);
            if (written.Kind == BufferKind.Temporary && !redirected.ContainsKey(written) && CanWriteInPlace(step, written, variable)
                && precedence.TryOverwrite(variable, writer))
            {
                redirected.Add(written, variable);
                scheduled[writer] = step;
            }
            else
            {
                copies.Add(Copy(value, variable, scheduled[writer].Node));
            }
        }
        Buffer Redirect(Buffer buffer) => redirected.TryGetValue(buffer, out var variable) ? variable : buffer;
        return
        [
            .. precedence.Order().Select(index => scheduled[index]).Concat(copies).Select(step => step with
            {
                Reads = [.. step.Reads.Select(read => read is null ? null : Redirect(read))],
                Writes = [.. step.Writes.Select(Redirect)],
            }),
        ];
    }

    static bool CanWriteInPlace(Step writer, Buffer value, Buffer variable)
    {
        int write = writer.Writes.IndexOf(value);
        for (int read = 0; read < writer.Reads.Length; read++)
        {
            if (writer.Reads[read] == variable && !writer.MayOverwrite(read, write))
                return false;
        }
        return true;
    }

    /// <summary>
    /// Which step must come before which: writers before readers, and readers of a variable before the step that overwrites it.
    /// Steps are known by their index in the given order.
    /// </summary>
    sealed class Precedence
    {
        readonly Dictionary<Buffer, int> _writers = [];
        readonly Dictionary<Buffer, List<int>> _readers = [];
        readonly List<int>[] _followers;
        bool _isGivenOrder = true;

        public Precedence(List<Step> steps)
        {
            _followers = [.. steps.Select(_ => new List<int>())];
            for (int i = 0; i < steps.Count; i++)
            {
                foreach (var write in steps[i].Writes.Distinct())
                    _writers.Add(write, i);
            }
            for (int i = 0; i < steps.Count; i++)
            {
                foreach (var read in steps[i].Reads.OfType<Buffer>().Distinct())
                {
                    if (!_readers.TryGetValue(read, out var readers))
                        _readers.Add(read, readers = []);
                    readers.Add(i);
                    if (_writers.TryGetValue(read, out int writer))
                        Follow(writer, i);
                }
            }
        }

        public int WriterOf(Buffer buffer) => _writers[buffer];

        /// <summary>Lets all readers of a variable come before the step that overwrites it; false, and nothing changes, if they cannot.</summary>
        public bool TryOverwrite(Buffer variable, int overwriter)
        {
            var readers = _readers.TryGetValue(variable, out var all) ? all.Where(reader => reader != overwriter).ToList() : [];
            // Edges that all point forwards cannot close a circle, and nearly always they do: parameters change last.
            if ((!_isGivenOrder || readers.Any(reader => reader > overwriter)) && LeadsToAny(overwriter, [.. readers]))
                return false;
            foreach (int reader in readers)
                Follow(reader, overwriter);
            return true;
        }

        void Follow(int first, int then)
        {
            _followers[first].Add(then);
            _isGivenOrder &= first < then;
        }

        bool LeadsToAny(int from, HashSet<int> targets)
        {
            var seen = new HashSet<int> { from };
            var pending = new Stack<int>(seen);
            while (pending.Count > 0)
            {
                foreach (int follower in _followers[pending.Pop()])
                {
                    if (targets.Contains(follower))
                        return true;
                    if (seen.Add(follower))
                        pending.Push(follower);
                }
            }
            return false;
        }

        /// <summary>The given order with as few changes as the precedence demands.</summary>
        public List<int> Order()
        {
            var waitsFor = new int[_followers.Length];
            foreach (int follower in _followers.SelectMany(all => all))
                waitsFor[follower]++;
            var ready = new SortedSet<int>(Enumerable.Range(0, waitsFor.Length).Where(step => waitsFor[step] == 0));
            var ordered = new List<int>();
            while (ready.Count > 0)
            {
                int step = ready.Min;
                ready.Remove(step);
                ordered.Add(step);
                foreach (int follower in _followers[step])
                {
                    if (--waitsFor[follower] == 0)
                        ready.Add(follower);
                }
            }
            return ordered;
        }
    }

    static LoopStep Copy(Buffer from, Buffer to, Node node)
    {
        var size = to.Type.Shape.Size;
        var access = new Access(Dim.Zero, [Dim.One]);
        var body = new LoopBody();
        var kernel = new LoopKernel(
            [size],
            [],
            [new LoopOperand(from.Type.Element, false), new LoopOperand(to.Type.Element, false)],
            [],
            [new LoopStore(1, access, body.Make(new LoopOperation.Load(0, access), from.Type.Element), Stage: 0, PerRow: false)]);
        return new LoopStep(node, kernel, [from], [null], [to]);
    }
}
