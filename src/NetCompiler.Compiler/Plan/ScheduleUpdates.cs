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
        var writers = Writers(steps);
        var redirected = new Dictionary<Buffer, Buffer>();
        var copies = new List<Step>();
        foreach (var (variable, value) in updates)
        {
            if (value.Kind == BufferKind.Temporary && !redirected.ContainsKey(value) && CanWriteInPlace(writers[value], value, variable))
            {
                redirected.Add(value, variable);
                if (Order(steps, redirected) is not null)
                    continue;
                redirected.Remove(value);
            }
            copies.Add(Copy(value, variable, writers[value].Node));
        }
        var ordered = Order(steps, redirected)!;
        ordered.AddRange(copies);
        Buffer Redirect(Buffer buffer) => redirected.TryGetValue(buffer, out var variable) ? variable : buffer;
        return [.. ordered.Select(step => step with
        {
            Reads = [.. step.Reads.Select(read => read is null ? null : Redirect(read))],
            Writes = [.. step.Writes.Select(Redirect)],
        })];
    }

    static Dictionary<Buffer, Step> Writers(List<Step> steps) =>
        steps.SelectMany(step => step.Writes, (step, buffer) => (step, buffer)).ToDictionary(pair => pair.buffer, pair => pair.step);

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
    /// The steps in an order in which writers come before readers, and readers of a variable before the step that overwrites it;
    /// null if there is none. Otherwise the given order is kept.
    /// </summary>
    static List<Step>? Order(List<Step> steps, Dictionary<Buffer, Buffer> redirected)
    {
        var writers = Writers(steps);
        var overwriters = redirected.ToDictionary(pair => pair.Value, pair => writers[pair.Key]);
        var waitsFor = steps.ToDictionary(step => step, _ => new HashSet<Step>());
        foreach (var step in steps)
        {
            foreach (var read in step.Reads.OfType<Buffer>())
            {
                if (writers.TryGetValue(read, out var writer))
                    waitsFor[step].Add(writer);
                if (overwriters.TryGetValue(read, out var overwriter) && overwriter != step)
                    waitsFor[overwriter].Add(step);
            }
        }
        var position = steps.Select((step, i) => (step, i)).ToDictionary(pair => pair.step, pair => pair.i);
        var followers = steps.ToDictionary(step => step, _ => new List<Step>());
        foreach (var pair in waitsFor)
        {
            foreach (var first in pair.Value)
                followers[first].Add(pair.Key);
        }
        var ready = new SortedSet<int>(steps.Where(step => waitsFor[step].Count == 0).Select(step => position[step]));
        var ordered = new List<Step>();
        while (ready.Count > 0)
        {
            var step = steps[ready.Min];
            ready.Remove(ready.Min);
            ordered.Add(step);
            foreach (var follower in followers[step])
            {
                waitsFor[follower].Remove(step);
                if (waitsFor[follower].Count == 0)
                    ready.Add(position[follower]);
            }
        }
        return ordered.Count == steps.Count ? ordered : null;
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
