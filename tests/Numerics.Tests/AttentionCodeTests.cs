using NetCompiler.CommandLine.Execution;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Passes;
using NetCompiler.Plan;
using NetCompiler.Runtime;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>Attention as programs write it: what is planned for it, and what that computes.</summary>
public sealed class AttentionCodeTests
{
    const string Programs = """
        network Plain {
            input q : f32[N, 65, 5]; input k : f32[N, 80, 5]; input v : f32[N, 80, 9];
            function run(q, k, v) -> dot_product_attention(q, k, v);
        }
        network AnyLength {
            input x : f32[T, 6];
            function run(x) -> dot_product_attention(x, 2 * x, x + 1, causal: true);
        }
        network ByHand {
            input q : f32[2, N, 70, 8]; input k : f32[2, N, 67, 8]; input v : f32[2, N, 67, 3];
            e = exp(q @ transpose(k, [0, 1, 3, 2]) / 3.0);
            function run(q, k, v) -> (e / sum(e, -1, keep: true)) @ v;
        }
        network Heads {
            input x : f32[N, 66, 12]; input keys : bool[N, 66]; input bias : f32[66, 66];
            y = x |> multi_head_attention(3, causal: true) |> multi_head_attention(1, key_mask: keys) |> multi_head_attention(2, mask: bias) |> multi_head_attention(2, mask: reshape(length_mask(cast(2 * iota(N) + 5, i32), 66), [N, 1, 1, -1]), causal: true);
            loss = mean(y ** 2);
            function run(x, keys, bias) -> (y, loss) minimizing loss with sgd(rate: 0.5);
        }
        network Crosses {
            input x : f32[N, 66, 8]; input memory : f32[N, 70, 7]; input keys : bool[N, 70];
            loss = sum((x |> multi_head_attention(2, memory: memory, key_mask: keys)) ** 2);
            function run(x, memory, keys) -> loss minimizing loss with sgd(rate: 0.01);
        }
        network Shows {
            input x : f32[N, 65, 6];
            weights = attention_weights(x, x);
            function run(x) -> (weights, weights @ x);
        }
        network ShowsOne {
            input x : f32[N, 65, 6];
            function run(x) -> (attention_weights(x, x), dot_product_attention(x, x, x + 1), dot_product_attention(x, x, x), dot_product_attention(x, x, x, causal: true));
        }
        network Learns {
            input x : f32[N, 65, 6]; param bias : f32[65, 65] = zeros;
            loss = sum(dot_product_attention(x, x, x, mask: bias) ** 2);
            function run(x) -> loss minimizing loss with sgd(rate: 0.1);
        }
        network Drops {
            input x : f32[N, 65, 6]; param w : f32[6, 6] = zeros;
            loss = sum(dot_product_attention(x, x @ w, x, drop: 0.5) ** 2);
            function run(x) -> loss minimizing loss with sgd(rate: 0.1);
        }
        network LearnsKeys {
            input q : f32[N, 65, 5]; input x : f32[N, 80, 5]; param w : f32[5, 5] = normal(1);
            loss = mean(dot_product_attention(q, x @ w, x) ** 2);
            function run(q, x) -> loss minimizing loss with sgd(rate: 0.1);
        }
        network LearnsValues {
            input q : f32[N, 65, 5]; input x : f32[N, 80, 5]; param w : f32[5, 7] = normal(1);
            loss = mean(dot_product_attention(q, x, x @ w) ** 2);
            function run(q, x) -> loss minimizing loss with sgd(rate: 0.1);
        }
        network LearnsBoth {
            input q : f32[N, 65, 5]; input x : f32[N, 80, 5]; param w : f32[5, 5] = normal(1);
            loss = mean(dot_product_attention(q, x @ w, x @ w) ** 2);
            function run(q, x) -> loss minimizing loss with sgd(rate: 0.1);
        }
        network Short {
            input q : f32[N, 3, 6]; input k : f32[N, 80, 6];
            function run(q, k) -> dot_product_attention(q, k, k);
        }
        """;

    static readonly Compilation Compiled = Compilation.Create(new SourceText("attention.net", Programs), _ => null, new CompilerOptions());

    static readonly Lazy<CompiledNetwork> Code = new(() => CompiledNetwork.Compile(Compiled.Emit()));

    static FunctionPlan Plan(string network)
    {
        Compiled.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Select(diagnostic => diagnostic.ToString()).ShouldBeEmpty();
        var model = Compiled.Networks.Single(candidate => candidate.Name == network);
        return BuildPlan.Run(Pipeline.Run(model, model.Functions.Single()));
    }

    [Theory]
    [InlineData("Plain", 1)]
    [InlineData("AnyLength", 1)]
    [InlineData("ByHand", 1)]
    [InlineData("Heads", 8)]
    [InlineData("Crosses", 2)]
    [InlineData("LearnsKeys", 2)] // of the gradient's results only further ones are read
    [InlineData("LearnsValues", 2)]
    [InlineData("LearnsBoth", 2)]
    public void Attention_and_its_gradient_are_one_kernel_each(string network, int kernels)
    {
        var plan = Plan(network);
        plan.Steps.Count(step => step.Node.Operator is AttentionOperator).ShouldBe(kernels, PlanPrinter.Print(plan));
        plan.Steps.SelectMany(step => StepNodes.Of(step)).ShouldNotContain(node => node.Operator is Exp, PlanPrinter.Print(plan));
    }

    [Theory]
    [InlineData("Shows")] // its weights are a result
    [InlineData("Learns")] // the gradient of what is added to the scores needs the weights
    [InlineData("Drops")] // of its weights some are dropped
    [InlineData("Short")] // its products are small
    public void Where_weights_are_needed_or_the_kernel_does_not_pay_attention_is_composed(string network)
    {
        var plan = Plan(network);
        plan.Steps.ShouldNotContain(step => step.Node.Operator is AttentionOperator, PlanPrinter.Print(plan));
    }

    [Fact]
    public void Attention_is_composed_where_its_weights_are_needed_whatever_the_values_but_not_under_other_masks()
    {
        var plan = Plan("ShowsOne");
        plan.Steps.Select(step => step.Node.Operator).OfType<AttentionOperator>().ShouldHaveSingleItem().Masks.Items.ShouldHaveSingleItem().Kind.ShouldBe(AttentionMaskKind.Causal);
    }

    [Fact]
    public void Heads_are_read_and_written_where_they_lie_side_by_side()
    {
        var plan = Plan("Heads");
        plan.Steps.OfType<LoopStep>().Where(step => StepNodes.Of(step).All(node => node.Operator is Transpose or Slice or Reshape)).ShouldBeEmpty(PlanPrinter.Print(plan));
    }

    public static TheoryData<string, int> Sizes
    {
        get
        {
            var cases = new TheoryData<string, int>();
            foreach (string name in new[] { "Plain", "AnyLength", "ByHand", "Heads", "Crosses", "Shows", "ShowsOne", "Learns", "LearnsKeys", "LearnsValues", "LearnsBoth", "Short" })
                // A mean over no samples is NaN.
                foreach (int batch in name is "Heads" or "LearnsKeys" or "LearnsValues" or "LearnsBoth" ? [1, 2, 5] : new[] { 0, 1, 2, 5 })
                    cases.Add(name, batch);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Results_and_updates_equal_the_reference(string network, int batch)
    {
        var model = Compiled.Networks.Single(candidate => candidate.Name == network);
        var function = model.Functions.Single();
        var symbols = new Dictionary<string, long> { ["N"] = batch, ["T"] = 67 * batch };
        var supplied = EmittedFunction.Draw(function, symbols, seed: batch, wholeNumbers: 2);
        foreach (int threads in new[] { 1, 3 })
        {
            using var pool = new WorkerPool(threads);
            // Sums over at most 80 keys, 66 queries and 12 features of each of 5 samples, several after one another.
            EmittedFunction.Difference(Code.Value.Create(network, seed: 0, pool), function, supplied, symbols, roundings: 2048).ShouldBeNull();
        }
    }

    [Fact]
    public void A_step_over_2048_places_plans_no_matrix_of_scores()
    {
        const long places = 2048;
        var compilation = Compilation.Create(new SourceText("long.net", """
            network Long {
                input x : f32[1, 2048, 64];
                loss = mean((x |> multi_head_attention(2, causal: true)) ** 2);
                function run(x) -> loss minimizing loss with sgd(rate: 0.1);
            }
            """), _ => null, new CompilerOptions());
        compilation.Diagnostics.ShouldBeEmpty();
        var model = compilation.Networks.Single();
        var plan = BuildPlan.Run(Pipeline.Run(model, model.Functions.Single()));
        var sizes = plan.Steps.SelectMany(step => step.Writes).Select(write => write.Type.Shape.Size.Value).ToList();

        sizes.Max().ShouldBeLessThan(places * places / 4, PlanPrinter.Print(plan));
        // Some tensors of [2048, 192]: less than a quarter of one matrix of scores of both heads.
        plan.Slots.Sum(slot => slot.Bytes.Value).ShouldBeLessThan(2 * places * places * sizeof(float) / 4, PlanPrinter.Print(plan));
    }
}
