using NetCompiler.Graph;
using NetCompiler.Passes;
using NetCompiler.Plan;
using Shouldly;
using Xunit;
using Buffer = NetCompiler.Plan.Buffer;

namespace NetCompiler.Numerics.Tests;

/// <summary>The laws of schedules and memory plans, on random functions.</summary>
public sealed class MemoryPlanTests
{
    const int Graphs = 200;

    [Fact]
    public void Tensors_that_share_a_slot_never_live_at_the_same_time()
    {
        int shared = 0;
        ForEachPlan(plan =>
        {
            foreach (var slot in plan.Slots)
            {
                shared += slot.Buffers.Length - 1;
                for (int i = 1; i < slot.Buffers.Length; i++)
                {
                    var (earlier, later) = (slot.Buffers[i - 1], slot.Buffers[i]);
                    int lastRead = LastRead(plan, earlier), written = Written(plan, later);
                    bool handedOver = lastRead == written && MayOverwrite(plan.Steps[written], earlier, later);
                    (lastRead < written || handedOver).ShouldBeTrue($"{earlier} is read in step {lastRead} but {later} is written in step {written}\n{PlanPrinter.Print(plan)}");
                }
            }
        });
        shared.ShouldBeGreaterThan(Graphs / 2);
    }

    [Fact]
    public void A_slot_holds_each_of_its_tensors_for_every_value_of_the_symbols() => ForEachPlan(plan =>
    {
        foreach (var slot in plan.Slots)
        {
            foreach (var buffer in slot.Buffers)
                (slot.Bytes - buffer.Bytes).IsNonNegative.ShouldBeTrue($"{buffer} in a slot of {slot.Bytes} bytes");
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
            foreach (var write in step.Writes.Where(write => write.Kind != BufferKind.Variable))
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

    static int LastRead(FunctionPlan plan, Buffer buffer) =>
        Enumerable.Range(0, plan.Steps.Length).Last(i => plan.Steps[i].Reads.Contains(buffer) || plan.Steps[i].Writes.Contains(buffer));

    // Arguments are there from the start.
    static int Written(FunctionPlan plan, Buffer buffer) =>
        buffer.Kind == BufferKind.Argument ? -1 : Enumerable.Range(0, plan.Steps.Length).First(i => plan.Steps[i].Writes.Contains(buffer));

    static bool MayOverwrite(Step step, Buffer earlier, Buffer later) =>
        Enumerable.Range(0, step.Reads.Length).All(read => step.Reads[read] != earlier || step.MayOverwrite(read, step.Writes.IndexOf(later)));
}
