using System.Collections.Generic;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Loops;
using NetCompiler.Operators;

namespace NetCompiler.Plan;

/// <summary>
/// Finds the steps whose results depend on constants and on variables that the function does not change: packed filters, a folded
/// normalisation, a table of positions. They come first, their results have memory of their own, and they run again only when one of
/// these variables has changed.
/// </summary>
internal static class PrepareValues
{
    // To fill so much again costs less than to hold it.
    const long LargestFill = 1 << 16;

    /// <summary>The steps, the prepared ones first, and how many those are.</summary>
    public static (List<Step> Steps, int Prepared) Run(List<Step> steps)
    {
        var changed = new HashSet<Buffer>(steps.SelectMany(step => step.Writes).Where(write => write.Kind == BufferKind.Variable));
        var known = new HashSet<Buffer>();
        var (prepared, others) = (new List<Step>(), new List<Step>());
        foreach (var step in steps)
        {
            bool isFixed = step.Reads.All(read => read is not null && (read.Kind == BufferKind.Variable ? !changed.Contains(read) : known.Contains(read)));
            if (!isFixed || !CanPrepare(step))
            {
                others.Add(step);
                continue;
            }
            prepared.Add(step);
            known.UnionWith(step.Writes);
        }
        // What only prepared steps read lives in the arena while these run.
        foreach (var read in others.SelectMany(step => step.Reads).OfType<Buffer>().Where(known.Contains))
            read.Keep();
        return ([.. prepared, .. others], prepared.Count);
    }

    static bool CanPrepare(Step step) =>
        step is not ScanStep
        && step.Writes.All(write => write.Kind == BufferKind.Temporary)
        && step.Reads.Concat(step.Writes).All(buffer => IsConstant(buffer!.Type.Shape))
        && (step.Loops is not { } loops || !HasSymbols(loops.Kernel))
        && (step.Node.Operator is not PackFilter pack || pack.Data.Dims.Skip(1).All(dim => dim.IsConstant))
        && !(step is LoopStep fill && fill.Reads.IsEmpty && fill.Writes.Sum(write => write.Bytes.Value) > LargestFill);

    static bool IsConstant(Shape shape) => shape.Dims.All(dim => dim.IsConstant);

    static bool HasSymbols(LoopKernel kernel) =>
        kernel.Axes.Concat(LoopExpression.Reachable(kernel.Roots).Select(expression => expression.Operation).OfType<LoopOperation.Dimension>().Select(size => size.Dim))
            .Concat(kernel.Accesses.SelectMany(access => access.Strides.Append(access.Offset)))
            .Any(dim => !dim.IsConstant);
}
