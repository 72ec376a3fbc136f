using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NetCompiler.Graph;
using NetCompiler.Loops;
using NetCompiler.Operators;

namespace NetCompiler.Plan;

/// <summary>
/// Makes one loop of loops over the same elements that read the same tensors, or of which one reads what the other writes: the two sums in
/// the gradient of a normalisation, the gates in that of a recurrent cell. What only the joined loops read is not stored any more.
/// </summary>
internal sealed class MergeLoops
{
    // Further apart, what the first one reads or writes would have to live much longer.
    const int Reach = 12;

    // With more streams of memory the processor no longer fetches all of them ahead.
    const int MostOperands = 24;

    readonly LoopBody _body = new();
    readonly List<Buffer?> _reads = [];
    readonly List<Node?> _scalars = [];
    readonly List<Node> _operands = [];
    readonly List<LoopReduction> _reductions = [];
    readonly Dictionary<LoopExpression, int> _stageOf = [];
    readonly Dictionary<(Buffer, Access), LoopExpression> _stored = [];
    readonly List<(Buffer Buffer, LoopStore Store)> _stores = [];

    MergeLoops()
    {
    }

    /// <param name="steps">The steps in order; no buffer is written twice.</param>
    /// <param name="kept">What is read after the last step.</param>
    /// <param name="updates">The values that variables take.</param>
    public static List<Step> Run(List<Step> steps, ISet<Buffer> kept, ImmutableArray<(Buffer Variable, Buffer Value)> updates)
    {
        var merged = new List<Step>();
        foreach (var step in steps)
        {
            if (step is not LoopStep second || !TryMerge(merged, second, updates))
                merged.Add(step);
        }
        var read = new HashSet<Buffer>(merged.SelectMany(step => step.Reads).OfType<Buffer>());
        return [.. merged.Select(step => step is LoopStep loops ? WithoutUnread(loops, buffer => buffer.Kind != BufferKind.Temporary || read.Contains(buffer) || kept.Contains(buffer)) : step)];
    }

    /// <summary>Joins a step with one of the last ones, at the later place or, where others read the first one's results, at the earlier one.</summary>
    static bool TryMerge(List<Step> steps, LoopStep second, ImmutableArray<(Buffer Variable, Buffer Value)> updates)
    {
        for (int i = steps.Count - 1; i >= 0 && i >= steps.Count - Reach; i--)
        {
            if (steps[i] is not LoopStep first || Aligned(first, second) is not var (one, other) || !CanShareLoops(one, other, updates))
                continue;
            var between = steps.Skip(i + 1).ToList();
            bool canWait = !between.Any(step => step.Reads.Any(read => read is not null && first.Writes.Contains(read)));
            bool canHurry = !canWait && !between.Any(step => step.Writes.Any(write => second.Reads.Contains(write)));
            if (!canWait && !canHurry || Merge(one, other) is not { } merged)
                continue;
            if (canHurry)
            {
                steps[i] = merged;
            }
            else
            {
                steps.RemoveAt(i);
                steps.Add(merged);
            }
            return true;
        }
        return false;
    }

    /// <summary>The loops over the same rows: those over all elements alike become loops over the rows of the others, in which they lie.</summary>
    static (LoopStep, LoopStep)? Aligned(LoopStep first, LoopStep second)
    {
        LoopStep? OverRowsOf(LoopStep rows, LoopStep elements) =>
            !rows.Kernel.Inner.IsEmpty && !rows.Kernel.Outer.IsEmpty && elements.Kernel.Inner.IsEmpty && elements.Kernel.Outer.SequenceEqual(rows.Kernel.Axes)
            && ReadsAlongRows(rows.Kernel) && ReadsAlongRows(elements.Kernel)
                ? elements with { Kernel = elements.Kernel with { Outer = rows.Kernel.Outer, Inner = rows.Kernel.Inner, Stores = [.. elements.Kernel.Stores.Select(store => store with { PerRow = false })] } }
                : null;
        if (first.Kernel.Outer.SequenceEqual(second.Kernel.Outer))
            return (first, second);
        if (OverRowsOf(first, second) is { } later)
            return (first, later);
        return OverRowsOf(second, first) is { } earlier ? (earlier, second) : null;
    }

    /// <summary>Whether neighbours in a row are neighbours in memory, so that lanes lie along the rows.</summary>
    static bool ReadsAlongRows(LoopKernel kernel) => LoopExpression.Reachable(kernel.Roots)
        .Select(expression => expression.Operation).OfType<LoopOperation.Load>().Select(load => load.Access.Strides[kernel.Axes.Length - 1]).All(stride => stride.Is(0) || stride.Is(1));

    static bool CanShareLoops(LoopStep first, LoopStep second, ImmutableArray<(Buffer Variable, Buffer Value)> updates)
    {
        var (a, b) = (first.Kernel, second.Kernel);
        // A variable that the joined loops still read would be updated by a copy after them.
        bool Updates(LoopStep step, LoopStep reader) => updates.Any(update => step.Writes.Contains(update.Value) && reader.Reads.Contains(update.Variable));
        return a.LaneElement is { } lanes && b.LaneElement == lanes
            && a.Outer.SequenceEqual(b.Outer) && a.Inner.SequenceEqual(b.Inner)
            && (a.Stores.Any(store => !store.PerRow) == b.Stores.Any(store => !store.PerRow) || ReadsAlongRows(a) && ReadsAlongRows(b) && !Updates(first, second) && !Updates(second, first))
            && a.Operands.Length + b.Operands.Length <= MostOperands
            && second.Reads.Any(read => read is not null && (first.Writes.Contains(read) || first.Reads.Contains(read) && IsLarge(read, a)));
    }

    // A value for each element, rather than one that is repeated.
    static bool IsLarge(Buffer buffer, LoopKernel kernel) => buffer.Type.Shape.Size == Dim.Product(kernel.Axes);

    static LoopStep? Merge(LoopStep first, LoopStep second)
    {
        var merge = new MergeLoops();
        if (!merge.Add(first) || !merge.Add(second))
            return null;
        int reads = merge._reads.Count;
        ImmutableArray<Buffer> writes = [.. merge._stores.Select(store => store.Buffer)];
        return new LoopStep(
            second.Node,
            new LoopKernel(
                first.Kernel.Outer,
                first.Kernel.Inner,
                [
                    .. merge._reads.Select((read, i) => new LoopOperand(read?.Type.Element ?? merge._scalars[i]!.Element, IsScalar: read is null)),
                    .. writes.Select(write => new LoopOperand(write.Type.Element, IsScalar: false)),
                ],
                [.. merge._reductions],
                [.. merge._stores.Select((store, i) => store.Store with { Operand = reads + i })]),
            [.. merge._reads],
            [.. merge._scalars],
            writes)
        {
            Operands = [.. merge._operands],
            Values = first.Values.AddRange(second.Values),
        };
    }

    /// <summary>Adds the body of a step; false if it reads what the other one stores at another place.</summary>
    bool Add(LoopStep step)
    {
        var kernel = step.Kernel;
        var own = new HashSet<Buffer>(_stores.Select(store => store.Buffer));
        var made = new Dictionary<LoopExpression, LoopExpression>();
        var reductionOf = new Dictionary<int, int>();
        int Reduction(int index)
        {
            if (!reductionOf.TryGetValue(index, out int reduction))
            {
                var old = kernel.Reductions[index];
                var value = made[old.Value];
                reduction = _reductions.FindIndex(other => other.Operator.Equals(old.Operator) && other.Value == value && other.Element == old.Element);
                if (reduction < 0)
                {
                    reduction = _reductions.Count;
                    _reductions.Add(old with { Value = value, Stage = _stageOf[value] });
                }
                reductionOf.Add(index, reduction);
            }
            return reduction;
        }

        foreach (var expression in LoopExpression.Reachable(kernel.Roots))
        {
            var operation = expression.Operation;
            if (operation is LoopOperation.Load load)
            {
                var buffer = step.Reads[load.Operand]!;
                if (own.Contains(buffer))
                {
                    if (!_stored.TryGetValue((buffer, load.Access), out var value) || value.Element != expression.Element)
                        return false;
                    made.Add(expression, value);
                    continue;
                }
                operation = load with { Operand = Read(step, load.Operand) };
            }
            else if (operation is LoopOperation.ScalarOperand scalar)
            {
                operation = new LoopOperation.ScalarOperand(Read(step, scalar.Operand));
            }
            else if (operation is LoopOperation.Reduced reduced)
            {
                operation = new LoopOperation.Reduced(Reduction(reduced.Reduction));
            }
            made.Add(expression, Make(operation, expression.Element, [.. expression.Inputs.Select(input => made[input])]));
        }
        for (int i = 0; i < kernel.Reductions.Length; i++)
            Reduction(i);
        for (int i = 0; i < kernel.Stores.Length; i++)
        {
            var store = kernel.Stores[i];
            var value = made[store.Value];
            _stores.Add((step.Writes[i], store with { Value = value, Stage = _stageOf[value] }));
            _stored.Add((step.Writes[i], store.Access), value);
        }
        return true;
    }

    LoopExpression Make(LoopOperation operation, DType element, ImmutableArray<LoopExpression> inputs)
    {
        var expression = _body.Make(operation, element, inputs);
        _stageOf[expression] = operation is LoopOperation.Reduced reduced
            ? _reductions[reduced.Reduction].Stage + 1
            : inputs.Select(input => _stageOf[input]).DefaultIfEmpty(0).Max();
        return expression;
    }

    int Read(LoopStep step, int operand)
    {
        var (buffer, scalar) = (step.Reads[operand], step.Scalars[operand]);
        int index = Enumerable.Range(0, _reads.Count).Where(i => buffer is null ? _scalars[i] == scalar : _reads[i] == buffer).DefaultIfEmpty(-1).First();
        if (index < 0)
        {
            index = _reads.Count;
            _reads.Add(buffer);
            _scalars.Add(scalar);
            _operands.Add(step.Operands[operand]);
        }
        return index;
    }

    /// <summary>The loops without stores that nobody reads, as long as one store is left.</summary>
    static LoopStep WithoutUnread(LoopStep step, System.Func<Buffer, bool> isRead)
    {
        var left = Enumerable.Range(0, step.Writes.Length).Where(write => isRead(step.Writes[write])).ToList();
        if (left.Count == step.Writes.Length || left.Count == 0)
            return step;
        int reads = step.Reads.Length;
        return step with
        {
            Writes = [.. left.Select(write => step.Writes[write])],
            Values = [.. left.Select(write => step.Values[write])],
            Kernel = step.Kernel with
            {
                Operands = [.. step.Kernel.Operands.Take(reads), .. left.Select(write => step.Kernel.Operands[reads + write])],
                Stores = [.. left.Select((write, i) => step.Kernel.Stores[write] with { Operand = reads + i })],
            },
        };
    }
}
