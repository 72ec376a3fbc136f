using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Plan;
using static NetCompiler.Emit.CSharp;

namespace NetCompiler.Emit;

/// <summary>
/// Steps that follow one another, update variables alone and do not depend on each other, as those of an optimizer: a target for which starting
/// loops is dear starts them at once.
/// </summary>
/// <param name="Name">The method that does.</param>
/// <param name="Steps">The steps; at least two.</param>
internal sealed record JoinedUpdates(string Name, ImmutableArray<Step> Steps)
{
    /// <summary>All of a plan.</summary>
    public static IEnumerable<JoinedUpdates> Of(ImmutableArray<Step> steps, Target target)
    {
        var run = ImmutableArray.CreateBuilder<Step>();
        var touched = new HashSet<Buffer>();
        int number = 0;
        foreach (var step in steps.Append(null))
        {
            bool joins = step is LoopStep loops && target.Joins(loops.Kernel) && step.Writes.All(write => write.Kind == BufferKind.Variable);
            bool fits = joins && run.Count < target.MostJoined && !step!.Writes.Any(touched.Contains) && !step.Reads.OfType<Buffer>().Any(read => run.Any(before => before.Writes.Contains(read)));
            if (!fits)
            {
                if (run.Count > 1)
                    yield return new($"Updates{(++number).ToString(CultureInfo.InvariantCulture)}", run.ToImmutable());
                run.Clear();
                touched.Clear();
            }
            if (!joins)
                continue;
            run.Add(step!);
            touched.UnionWith(step!.Reads.OfType<Buffer>().Concat(step.Writes));
        }
    }

    /// <summary>What they compute: <c>// updates of c1.weight, c2.weight</c>.</summary>
    public string Comment => $"// updates of {string.Join(", ", Steps.SelectMany(step => step.Writes).Select(write => write.Variable!.Name).Distinct())}";
}
