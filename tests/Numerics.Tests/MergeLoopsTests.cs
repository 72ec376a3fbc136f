using NetCompiler.Graph;
using NetCompiler.Loops;
using NetCompiler.Passes;
using NetCompiler.Plan;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>Which loops are joined; that joined ones compute what they did apart is tested on random functions.</summary>
public sealed class MergeLoopsTests
{
    static FunctionPlan Plan(string body)
    {
        var compilation = Compilation.Create(new SourceText("merge.net", $"network Merge {{ {body} }}"), _ => null, new CompilerOptions());
        compilation.HasErrors.ShouldBeFalse(string.Join("\n", compilation.Diagnostics.Select(diagnostic => diagnostic.ToString())));
        var model = compilation.Networks.Single();
        return BuildPlan.Run(Pipeline.Run(model, model.Functions.Last()));
    }

    [Fact]
    public void Sums_over_the_same_elements_are_found_in_one_pass()
    {
        var plan = Plan("input x : f32[N, 8, M]; input y : f32[N, 8, M]; function run(x, y) -> (sum(x * y, axis: [0, 2]), sum(x, axis: [0, 2]));");
        var loops = plan.Steps.ShouldHaveSingleItem().ShouldBeOfType<LoopStep>();
        loops.Kernel.Reductions.Length.ShouldBe(2, PlanPrinter.Print(plan));
    }

    [Fact]
    public void The_gradient_of_a_normalisation_reads_what_it_sums_once()
    {
        var plan = Plan("input x : f32[N, 8, 5, 5]; y = x |> batch_norm; loss = sum(y ** 3); function train(x) -> grad(loss, x) minimizing loss with sgd(0.1);");
        // One pass for the mean and the variance, one for the two sums of the gradient.
        plan.Steps.OfType<LoopStep>().Count(step => step.Kernel.Inner.Length > 0 && !step.Kernel.Outer.IsEmpty).ShouldBe(2, PlanPrinter.Print(plan));
    }

    [Fact]
    public void What_only_joined_loops_read_is_not_stored()
    {
        var plan = Plan("""
            input xs : f32[T, N, 3]; param u : f32[4, 16] = normal(); param w : f32[3, 16] = normal();
            hs, h, c = scan x in xs from h = zeros, c = zeros {
                a = x @ w + h @ u;
                c = sigmoid(a[:, 0:4]) * c + sigmoid(a[:, 4:8]) * tanh(a[:, 8:12]);
                h = sigmoid(a[:, 12:16]) * tanh(c);
                yield h;
            };
            function train(xs) minimizing sum(hs * hs) with sgd(0.1);
            """);
        var backwards = plan.Steps.OfType<ScanStep>().Last().Body.Steps;
        var loops = backwards.OfType<LoopStep>().ShouldHaveSingleItem(PlanPrinter.Print(plan));
        // The four gates and the cell's state.
        loops.Writes.Length.ShouldBe(5, PlanPrinter.Print(plan));
    }

    [Fact]
    public void Loops_over_other_elements_stay_apart()
    {
        var plan = Plan("input x : f32[N, 8, M]; function run(x) -> (sum(x, axis: [0, 2]), sum(x, axis: [0, 1]));");
        plan.Steps.Length.ShouldBe(2, PlanPrinter.Print(plan));
    }

    [Fact]
    public void Cross_entropy_of_a_softmax_and_its_gradient_are_one_loop_over_the_scores()
    {
        var plan = Plan("input x : f32[N, 7]; input label : i32[N]; loss = cross_entropy(x |> dense(10), label); function train(x, label) -> loss minimizing loss with sgd(0.1);");
        var loops = plan.Steps.OfType<LoopStep>().Where(step => !step.Kernel.Outer.IsEmpty && step.Reads.Any(read => read?.Type.Shape.Rank == 2) && step.Writes.Any(write => write.Type.Shape.Rank == 2)).ToList();
        var kernel = loops.ShouldHaveSingleItem(PlanPrinter.Print(plan)).Kernel;
        // The largest score, the sum of exponentials and the score of the right class; then the gradient of each score.
        kernel.Reductions.Length.ShouldBe(3, PlanPrinter.Print(plan));
        kernel.Stores.Count(store => !store.PerRow).ShouldBe(1, PlanPrinter.Print(plan));
        kernel.LaneElement.ShouldBe(DType.F32);
    }

    [Theory]
    [InlineData(1 << 24, true)]
    [InlineData((1 << 24) + 1, false)]
    public void Indices_are_compared_in_lanes_of_floats_as_far_as_floats_are_exact(int classes, bool inLanes)
    {
        var plan = Plan($"input x : f32[N, {classes}]; input k : i32[N]; function run(x, k) -> sum(where(expand_dims(k, 1) == iota({classes}), x, 0), axis: 1);");
        (plan.Steps.ShouldHaveSingleItem().ShouldBeOfType<LoopStep>().Kernel.LaneElement == DType.F32).ShouldBe(inLanes);
    }
}
