using NetCompiler.Graph;
using NetCompiler.Loops;
using NetCompiler.Plan;
using Shouldly;
using Xunit;
using Buffer = NetCompiler.Plan.Buffer;

namespace NetCompiler.Numerics.Tests;

/// <summary>The laws of the plans of scans: what is copied, what is kept, and where.</summary>
public sealed class ScanPlanTests
{
    static (FunctionPlan Plan, ScanStep Scan) PlanOf(string name)
    {
        var plan = BuildPlan.Run(Recurrence.All.Single(test => test.Name == name).Graph.Function);
        return (plan, plan.Steps.OfType<ScanStep>().First());
    }

    static IEnumerable<(BodyPlan Body, FunctionPlan Plan)> Bodies()
    {
        foreach (var plan in Recurrence.All.Select(test => BuildPlan.Run(test.Graph.Function)))
        {
            foreach (var body in Within([.. plan.Steps]))
                yield return (body, plan);
        }

        static IEnumerable<BodyPlan> Within(IEnumerable<Step> steps) =>
            steps.OfType<ScanStep>().SelectMany(scan => Within(scan.Body.Steps).Prepend(scan.Body));
    }

    [Fact]
    public void Temporaries_of_a_step_lie_in_the_arena_apart_from_all_that_lives_during_the_scan()
    {
        int temporaries = 0;
        foreach (var plan in Recurrence.All.Select(test => BuildPlan.Run(test.Graph.Function)))
        {
            for (int i = 0; i < plan.Steps.Length; i++)
            {
                if (plan.Steps[i] is not ScanStep scan)
                    continue;
                var places = plan.Slots.SelectMany((slot, index) => slot.Places.Select(place => (Slot: index, place.Offset, place.Buffer))).ToList();
                var others = places.Where(place => IsAlive(plan, place.Buffer, i)).ToList();
                foreach (var own in scan.Body.Slots)
                {
                    temporaries += own.Places.Length;
                    var at = own.Places.Select(place => places.Single(candidate => candidate.Buffer == place.Buffer)).ToList();
                    // A slot of a step lies in the arena as it is.
                    at.Select((place, k) => (place.Slot, place.Offset - own.Places[k].Offset)).Distinct().Count().ShouldBe(1);
                    var start = at[0].Offset - own.Places[0].Offset;
                    foreach (var other in others.Where(other => other.Slot == at[0].Slot))
                        ((other.Offset - start - own.Bytes).IsNonNegative || (start - other.Offset - other.Buffer.Bytes).IsNonNegative).ShouldBeTrue(PlanPrinter.Print(plan));
                    others.AddRange(at);
                }
            }
        }
        temporaries.ShouldBeGreaterThan(4);

        static bool IsAlive(FunctionPlan plan, Buffer buffer, int at)
        {
            var uses = Enumerable.Range(0, plan.Steps.Length).Where(i => plan.Steps[i].Reads.Contains(buffer) || plan.Steps[i].Writes.Contains(buffer)).ToList();
            return uses.Count > 0 && (buffer.Kind == BufferKind.Argument || uses.Min() <= at) && uses.Max() >= at;
        }
    }

    [Fact]
    public void The_memory_of_a_step_does_not_grow_with_the_number_of_steps()
    {
        foreach (var (body, plan) in Bodies())
        {
            foreach (var slot in body.Slots)
                slot.Bytes.Symbols.ShouldNotContain("T", PlanPrinter.Print(plan));
        }
    }

    [Fact]
    public void A_step_writes_each_tensor_once_and_reads_only_what_is_there()
    {
        int overwritten = 0;
        foreach (var (body, plan) in Bodies())
        {
            var written = new HashSet<Buffer>();
            var given = body.Arguments.OfType<Buffer>().ToHashSet();
            foreach (var step in body.Steps)
            {
                foreach (var read in step.Reads.OfType<Buffer>())
                    (given.Contains(read) || written.Contains(read)).ShouldBeTrue($"{read}\n{PlanPrinter.Print(plan)}");
                foreach (var write in step.Writes)
                {
                    written.Add(write).ShouldBeTrue($"{write}\n{PlanPrinter.Print(plan)}");
                    overwritten += write.Kind == BufferKind.Outer ? 1 : 0;
                }
            }
            written.ShouldBeSubsetOf(written.Where(buffer => buffer.Kind is BufferKind.Temporary or BufferKind.Outer or BufferKind.Element));
            body.Yields.ShouldAllBe(yielded => yielded.Kind == BufferKind.Element && written.Contains(yielded));
        }
        overwritten.ShouldBeGreaterThan(10);
    }

    [Fact]
    public void The_cell_of_an_lstm_is_updated_in_place_where_its_gates_are_computed()
    {
        var (plan, scan) = PlanOf("Lstm");
        var cell = scan.Body.Arguments[2].ShouldNotBeNull();
        var writer = scan.Body.Steps.Single(step => step.Writes.Contains(cell));
        writer.Reads.ShouldContain(cell, PlanPrinter.Print(plan));
        writer.ShouldBeOfType<CallStep>().Epilogue.ShouldNotBeNull().Parts.ShouldBe(4);
        writer.Writes.Length.ShouldBe(4, "the state, carried and yielded, the cell and the product");
        scan.Body.Steps.Length.ShouldBe(2, PlanPrinter.Print(plan));
    }

    [Fact]
    public void A_state_is_worked_in_where_it_lies_unless_its_old_value_is_needed()
    {
        var (plan, scan) = PlanOf("Updates");
        scan.Writes[0].Kind.ShouldBe(BufferKind.Variable);
        scan.Reads[1].ShouldBe(scan.Writes[0], PlanPrinter.Print(plan));

        (plan, scan) = PlanOf("UpdateAndOldValue");
        scan.Writes[0].Kind.ShouldNotBe(BufferKind.Variable, PlanPrinter.Print(plan));
    }

    [Fact]
    public void What_nobody_reads_is_not_stacked()
    {
        var (plan, scan) = PlanOf("UnreadAndReshaped");
        scan.Body.Yields.Length.ShouldBe(1, PlanPrinter.Print(plan));
        plan.Steps.Length.ShouldBe(1, "the reshaped sequence and result are views");
    }
}
