using System.Collections.Immutable;
using NetCompiler.Graph;
using NetCompiler.Loops;
using NetCompiler.Operators;
using NetCompiler.Passes;
using NetCompiler.Plan;
using Shouldly;
using Xunit;
using Buffer = NetCompiler.Plan.Buffer;

namespace NetCompiler.Numerics.Tests;

/// <summary>The laws of schedules and memory plans, on random functions. They are read off the kernels, not asked of the planner.</summary>
public sealed class MemoryPlanTests
{
    const int Graphs = 300;

    [Fact]
    public void Every_store_of_a_loop_fills_its_whole_tensor_in_order() => ForEachPlan(plan =>
    {
        foreach (var loops in plan.Steps.Select(step => step.Loops).OfType<LoopCall>())
        {
            var kernel = loops.Kernel;
            foreach (var parts in kernel.Stores.GroupBy(store => loops.Operands[store.Operand]).Where(parts => parts.Count() > 1))
                Addresses(parts, kernel).OrderBy(address => address).ShouldBe(Sequence(parts.Key!), $"{parts.Key}\n{PlanPrinter.Print(plan)}");
            foreach (var store in kernel.Stores)
            {
                var buffer = loops.Operands[store.Operand].ShouldNotBeNull();
                if (loops.Operands.Count(operand => operand == buffer) > 1)
                    continue;
                var stride = Dim.One;
                var axes = store.PerRow ? kernel.Outer : kernel.Axes;
                for (int axis = axes.Length - 1; axis >= 0; axis--)
                {
                    // An axis of one element has no step to take.
                    if (axes[axis].Is(1))
                        continue;
                    store.Access.Strides[axis].ShouldBe(stride, $"{buffer}\n{PlanPrinter.Print(plan)}");
                    stride *= axes[axis];
                }
                stride.ShouldBe(buffer.Type.Shape.Size, $"{buffer}\n{PlanPrinter.Print(plan)}");
                store.Access.Offset.Is(0).ShouldBeTrue($"{buffer}\n{PlanPrinter.Print(plan)}");
                for (int axis = axes.Length; axis < kernel.Axes.Length; axis++)
                    store.Access.DependsOn(axis).ShouldBeFalse($"{buffer}\n{PlanPrinter.Print(plan)}");
            }
        }
    });

    /// <summary>What several stores to one tensor write, where every symbol is 3.</summary>
    static IEnumerable<long> Addresses(IEnumerable<LoopStore> stores, LoopKernel kernel)
    {
        foreach (var store in stores)
        {
            IEnumerable<long> addresses = [AtThree(store.Access.Offset)];
            for (int axis = 0; axis < kernel.Axes.Length; axis++)
            {
                var (extent, stride) = (AtThree(kernel.Axes[axis]), AtThree(store.Access.Strides[axis]));
                addresses = [.. addresses.SelectMany(address => Enumerable.Range(0, (int)extent).Select(i => address + i * stride))];
            }
            foreach (long address in addresses)
                yield return address;
        }
    }

    static IEnumerable<long> Sequence(Buffer buffer) => Enumerable.Range(0, (int)AtThree(buffer.Type.Shape.Size)).Select(address => (long)address);

    static long AtThree(Dim dim) => dim.Evaluate(dim.Symbols.Distinct().ToDictionary(symbol => symbol, _ => 3L));

    [Fact]
    public void Tensors_that_overlap_in_memory_never_live_at_the_same_time()
    {
        int shared = 0, inPlace = 0;
        ForEachPlan(plan =>
        {
            foreach (var (steps, slots) in Loops(plan.Steps, plan.Slots))
            {
                foreach (var slot in slots)
                {
                    for (int i = 0; i < slot.Places.Length; i++)
                    {
                        for (int j = i + 1; j < slot.Places.Length; j++)
                        {
                            if (AreApart(slot.Places[i], slot.Places[j]))
                                continue;
                            shared++;
                            var (earlier, later) = (slot.Places[i].Buffer, slot.Places[j].Buffer);
                            if (Written(steps, later) < Written(steps, earlier))
                                (earlier, later) = (later, earlier);
                            int lastRead = LastUse(steps, earlier), written = Written(steps, later);
                            (lastRead <= written).ShouldBeTrue($"{earlier} is read in step {lastRead} but {later} is written in step {written}\n{PlanPrinter.Print(plan)}");
                            if (lastRead < written)
                                continue;
                            bool within = Inner(steps[written]).Contains(later);
                            Inner(steps[written]).Contains(earlier).ShouldBe(within, $"{earlier} and {later} share memory in a loop\n{PlanPrinter.Print(plan)}");
                            if (within)
                                continue;
                            inPlace++;
                            slot.Places[i].Offset.ShouldBe(slot.Places[j].Offset);
                            OverwritesOnlyWhatIsRead(plan, steps[written], earlier, later);
                        }
                    }
                }
            }
        });
        shared.ShouldBeGreaterThan(Graphs / 2);
        inPlace.ShouldBeGreaterThan(Graphs / 10);

        static bool AreApart(Place a, Place b) =>
            (b.Offset - a.Offset - a.Buffer.Bytes).IsNonNegative || (a.Offset - b.Offset - b.Buffer.Bytes).IsNonNegative;
    }

    [Fact]
    public void The_old_value_of_a_variable_is_not_read_after_it_is_overwritten()
    {
        int inPlace = 0;
        ForEachPlan(plan =>
        {
            var groups = Groups(plan.Function);
            for (int written = 0; written < plan.Steps.Length; written++)
            {
                foreach (var variable in plan.Steps[written].Writes.Where(write => write.Kind == BufferKind.Variable))
                {
                    var step = plan.Steps[written];
                    if (step.Reads.Contains(variable))
                    {
                        inPlace++;
                        OverwritesOnlyWhatIsRead(plan, step, variable, variable);
                    }
                    foreach (var later in plan.Steps.Skip(written + 1).Where(later => !IsCopy(plan, later)))
                    {
                        var read = later is CallStep { Epilogue: { } epilogue } ? ReadsOf(groups[later.Node]).Concat(ReadsOf(groups[epilogue.Node])) : ReadsOf(groups[later.Node]);
                        read.Any(node => node.Operator is VariableRead leaf && leaf.Variable == variable.Variable)
                            .ShouldBeFalse($"{later.Node} reads {variable}, which step {written} has overwritten\n{PlanPrinter.Print(plan)}");
                    }
                }
            }
        });
        inPlace.ShouldBeGreaterThan(Graphs / 20);
    }

    [Fact]
    public void A_slot_holds_each_of_its_tensors_for_every_value_of_the_symbols() => ForEachPlan(plan =>
    {
        foreach (var slot in plan.Slots)
        {
            foreach (var (buffer, offset) in slot.Places)
                (slot.Bytes - offset - buffer.Bytes).IsNonNegative.ShouldBeTrue($"{buffer} at {offset} in a slot of {slot.Bytes} bytes");
        }
    });

    [Fact]
    public void Every_tensor_is_written_once_and_before_it_is_read() => ForEachPlan(plan =>
    {
        var written = new HashSet<Buffer>();
        foreach (var step in plan.Steps)
        {
            foreach (var read in step.Reads.OfType<Buffer>())
                (read.Kind is BufferKind.Argument or BufferKind.Variable || written.Contains(read)).ShouldBeTrue($"{read}\n{PlanPrinter.Print(plan)}");
            foreach (var write in step.Writes.Distinct())
                written.Add(write).ShouldBeTrue($"{write}\n{PlanPrinter.Print(plan)}");
        }
        foreach (var result in plan.Results)
            written.ShouldContain(result);
    });

    static void ForEachPlan(Action<FunctionPlan> check)
    {
        for (int seed = 0; seed < Graphs; seed++)
        {
            var graph = RandomGraphs.Create(seed);
            check(BuildPlan.Run(Pipeline.Run(graph.Network, graph.Function)));
        }
    }

    /// <summary>The steps of a function with its slots, then those of each body, which has a part of the same memory.</summary>
    static IEnumerable<(ImmutableArray<Step> Steps, ImmutableArray<Slot> Slots)> Loops(ImmutableArray<Step> steps, ImmutableArray<Slot> slots) =>
        steps.OfType<ScanStep>().SelectMany(scan => Loops(scan.Body.Steps, scan.Body.Slots)).Prepend((steps, slots));

    /// <summary>What the steps of a scan compute on the way.</summary>
    static IEnumerable<Buffer> Inner(Step step) => step is ScanStep scan ? scan.Body.Slots.SelectMany(slot => slot.Buffers) : [];

    static int LastUse(ImmutableArray<Step> steps, Buffer buffer) =>
        Enumerable.Range(0, steps.Length).Last(i => steps[i].Reads.Contains(buffer) || steps[i].Writes.Contains(buffer) || Inner(steps[i]).Contains(buffer));

    // Arguments are there from the start.
    static int Written(ImmutableArray<Step> steps, Buffer buffer) =>
        buffer.Kind == BufferKind.Argument ? -1 : Enumerable.Range(0, steps.Length).First(i => steps[i].Writes.Contains(buffer) || Inner(steps[i]).Contains(buffer));

    /// <summary>
    /// A step may write one tensor over another that it reads if it reads each element where it writes it, in the same pass over a row
    /// or an earlier one.
    /// </summary>
    static void OverwritesOnlyWhatIsRead(FunctionPlan plan, Step step, Buffer read, Buffer written)
    {
        string where = $"{written} is written over {read}\n{PlanPrinter.Print(plan)}";
        if (step is ScanStep scan)
        {
            // A carried value may only take the place of its own first value, which no step sees otherwise.
            int carry = scan.Writes.IndexOf(written);
            carry.ShouldBeLessThan(scan.Scan.Carries, where);
            scan.Reads.Select((operand, i) => (operand, i)).Where(pair => pair.operand == read).Select(pair => pair.i).ShouldBe([scan.Scan.Sequences + carry], where);
            return;
        }
        var loops = step.Loops.ShouldNotBeNull(where);
        if (step is CallStep call)
        {
            // A kernel reads its operands while other parts of its result are finished.
            call.Inputs.ShouldNotContain(read, where);
            written.ShouldNotBe(call.Result, where);
        }
        var kernel = loops.Kernel;
        read.Type.Element.ShouldBe(written.Type.Element, where);
        var store = kernel.Stores.Single(store => loops.Operands[store.Operand] == written && kernel.Stores.Take(kernel.Stores.IndexOf(store)).All(earlier => loops.Operands[earlier.Operand] != written));
        double stored = PassOf(kernel, store);
        var roots = kernel.Reductions.Select(reduction => (reduction.Value, Pass: PassOf(kernel, reduction.Stage)))
            .Concat(kernel.Stores.Select(other => (other.Value, Pass: PassOf(kernel, other))));
        foreach (var (value, pass) in roots)
        {
            foreach (var load in LoopExpression.Reachable([value]).Select(expression => expression.Operation).OfType<LoopOperation.Load>())
            {
                if (loops.Operands[load.Operand] != read)
                    continue;
                load.Access.ShouldBe(store.Access, where);
                pass.ShouldBeLessThanOrEqualTo(stored, where);
            }
        }
    }

    /// <summary>The number of passes over the row before the one of the reductions of this stage.</summary>
    static double PassOf(LoopKernel kernel, int stage) => kernel.Reductions.Select(reduction => reduction.Stage).Distinct().Count(other => other < stage);

    /// <summary>
    /// When a value is stored, at the earliest: of a row between the reductions' passes and the last one; of an element in the pass of its
    /// stage, or the last.
    /// </summary>
    static double PassOf(LoopKernel kernel, LoopStore store)
    {
        double last = PassOf(kernel, int.MaxValue);
        return kernel.Inner.IsEmpty ? last : store.PerRow ? last - 0.5 : Math.Min(PassOf(kernel, store.Stage), last);
    }

    static Dictionary<Node, FusionGroup> Groups(FunctionModel function) => FuseGroups.Run(
        [
            .. function.Outputs.Select(output => FuseGroups.Storage(output.Value)),
            .. function.Updates.Where(update => update.Value.Operator is not VariableRead read || read.Variable != update.Variable).Select(update => update.Value),
        ]).ToDictionary(group => group.Root);

    // A value that updates two variables, or is kept besides, is computed by one step and copied by another.
    static bool IsCopy(FunctionPlan plan, Step step) => plan.Steps.TakeWhile(earlier => earlier != step).Any(earlier => earlier.Node == step.Node);

    /// <summary>The stored values that a group reads.</summary>
    static IEnumerable<Node> ReadsOf(FusionGroup group) =>
        group.Root.Operator is Leaf ? [group.Root]
        : FuseGroups.IsOpaque(group.Root) ? FuseGroups.OpaqueOperands(group.Root)
        : group.Members.SelectMany(member => member.Inputs).Where(input => !group.Contains(input)).Select(FuseGroups.Storage);
}
