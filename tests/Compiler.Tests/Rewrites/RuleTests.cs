using System.Collections.Immutable;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Rewrites;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Rewrites;

public class RuleTests
{
    static readonly ImmutableArray<Rule> _rules = [.. AttentionRules.All.Rules, .. StabilityRules.All.Rules, .. SimplifyRules.All.Rules];

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, RuleCases.All.Count)];

    public static TheoryData<string> Names => [.. _rules.Select(rule => rule.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_rule_has_a_case_an_equation_and_a_reason_to_end(string name)
    {
        var rule = _rules.Single(rule => rule.Name == name);

        RuleCases.All.ShouldContain(entry => entry.Rule == name, $"{name} is untested");
        rule.Equation.ShouldNotBeEmpty();
        rule.Ends.ShouldNotBeEmpty();
    }

    [Fact]
    public void Every_stability_rule_says_what_becomes_of_NaN_and_infinities() =>
        AttentionRules.All.Rules.Concat(StabilityRules.All.Rules).Where(rule => rule.Specials.Length == 0).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Both_sides_of_the_equation_are_equal(int index)
    {
        var (name, left) = RuleCases.All[index];
        var graph = new RuleCase();
        var before = left(graph);
        var rule = _rules.Single(rule => rule.Name == name);
        int applied = 0;
        var after = Rewriter.Run(graph.Graph, [before], new RuleSet(name, rule), applied: (_, _, _) => applied++)[0];

        applied.ShouldBeGreaterThan(0, $"{rule} does not match {before}");
        bool exact = SimplifyRules.All.Rules.Contains(rule);
        foreach (int n in new[] { 1, 3 })
        {
            for (int seed = 0; seed < 4; seed++)
                Agree(before, after, n, random => 4 * random.NextDouble() - 2, seed, exact);
            // Exact rules hold for whatever a tensor may contain.
            double[] hostile = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0, -0.0, 1, -1, 1e300, -1e300, 1e-300, 2.5];
            for (int seed = 0; exact && rule.Specials.Length == 0 && seed < 12; seed++)
                Agree(before, after, n, random => hostile[random.Next(hostile.Length)], seed, exact);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void All_rules_together_agree_with_what_they_rewrite_and_leave_their_result_alone(int index)
    {
        var graph = new RuleCase();
        var before = RuleCases.All[index].Left(graph);
        var rules = AttentionRules.All + StabilityRules.All + SimplifyRules.All;
        var after = Rewriter.Run(graph.Graph, [before], rules)[0];

        Rewriter.Run(graph.Graph, [after], rules)[0].ShouldBe(after);
        Agree(before, after, 3, random => 4 * random.NextDouble() - 2, seed: 1, exact: false);
    }

    [Fact]
    public void Attention_divides_by_the_sum_itself_with_its_gradient()
    {
        var graph = new RuleCase();
        Func<Node, Node>[] divisors =
        [
            sum => graph.Make<StopGradient>(sum),
            sum => graph.Make<Select>(graph.Make<Less>(graph.Input("a", DType.F32, RuleCase.N, 4), sum), sum, graph.Number(0, sum)),
        ];
        foreach (var divisor in divisors)
        {
            var product = RuleCases.Attention(graph, scores => scores, divisor);
            Rewriter.Run(graph.Graph, [product], AttentionRules.All)[0].ShouldBe(product);
        }
    }

    [Fact]
    public void A_sum_of_more_repeated_bytes_than_a_byte_counts_stays_a_sum()
    {
        var graph = new RuleCase();
        var sum = graph.Sum(graph.Broadcast(graph.Input("x", DType.U8, RuleCase.N), new Shape(RuleCase.N, 300), 0), 1);

        Simplified(graph, sum).ShouldBe(sum);
    }

    [Fact]
    public void Sums_and_products_of_integer_constants_wrap_like_the_element_type()
    {
        var graph = new RuleCase();
        Node Number(double value, DType element) => graph.Graph.Constant(value, TensorType.Scalar(element));
        // (2^31 - 1)² = 2^62 - 2^32 + 1, whose last bit float64 does not hold.
        Node largest = Number(int.MaxValue, DType.I32), byte200 = Number(200, DType.U8);

        Simplified(graph, graph.Make<Multiply>(largest, largest)).ShouldBe(Number(1, DType.I32));
        Simplified(graph, graph.Make<Add>(largest, largest)).ShouldBe(Number(-2, DType.I32));
        Simplified(graph, graph.Make<Add>(byte200, byte200)).ShouldBe(Number(144, DType.U8));
    }

    [Fact]
    public void Integers_that_a_constant_does_not_hold_exactly_are_computed_at_run_time()
    {
        var graph = new RuleCase();
        Node Number(double value) => graph.Graph.Constant(value, TensorType.Scalar(DType.I64));
        var beyond = graph.Make<Add>(Number((1L << 53) - 1), Number(2));

        Simplified(graph, beyond).ShouldBe(beyond);
        Simplified(graph, graph.Make<Multiply>(Number(1L << 26), Number(1L << 26))).ShouldBe(Number(1L << 52));
    }

    static Node Simplified(RuleCase graph, Node node) => Rewriter.Run(graph.Graph, [node], SimplifyRules.All)[0];

    static void Agree(Node before, Node after, int n, Func<Random, double> next, int seed, bool exact)
    {
        var (expected, actual) = Evaluation.Of(before, after, n, next, seed);
        // Sums and products of up to 120 terms that are added in another order: an ulp a term.
        double tolerance = exact ? 120 * 1.2e-16 : 1e-13;
        for (int i = 0; i < expected.Data.Length; i++)
        {
            double e = expected.Data[i], a = actual.Data[i];
            if (!(e.Equals(a) || e == a || Math.Abs(e - a) <= tolerance * Math.Max(1, Math.Abs(e))))
                throw new ShouldAssertException($"element {i} is {a:R}, not {e:R}, with N = {n}, seed {seed}\n{before}\n{after}");
        }
    }
}
