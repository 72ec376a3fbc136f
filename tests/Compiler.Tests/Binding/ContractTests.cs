using NetCompiler.Reports;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Binding;

public class ContractTests
{
    const string TwoLayers = """
        network Test {
            input x : f32[N, 8];
            a = x |> dense(16) |> relu;
            b = a |> dense(4);
            PROMISE
            function predict(x) -> b;
            function train(x) -> mean(b) minimizing mean(b) with sgd(0.1, momentum: 0.9);
        }
        """;

    static string Promise(string check) => Bind.Errors(TwoLayers.Replace("PROMISE", check, StringComparison.Ordinal));

    static NetworkSummary Summary(string function, long n = 1) =>
        Bind.Text(TwoLayers.Replace("PROMISE", "", StringComparison.Ordinal)).Summarize("Test", function, new Dictionary<string, long> { ["N"] = n });

    [Theory]
    [InlineData("x : f32[N, 4]")]
    [InlineData("x : float[..., 4]")]
    [InlineData("x : any[K, L]; check L == 4")]
    [InlineData("x[0] : f32[4]")]
    public void A_type_that_a_value_has_is_kept(string check) => Bind.Network(Bind.Body($"check {check}; y = x;"));

    [Fact]
    public void A_size_that_cannot_be_compared_is_checked_by_whoever_uses_the_name()
    {
        var network = Bind.Network("network A { input x : f32[N, 4]; check x : f32[5, 4]; y = x * 2; function f(x) -> y; function g(x) -> x; }");
        network.Functions[0].Checks.ShouldHaveSingleItem().Right.Value.ShouldBe(5);
    }

    [Fact]
    public void Budgets_count_what_the_summary_shows()
    {
        var summary = Summary("predict");
        Promise($"check parameters == {summary.Parameters};").ShouldBeEmpty();
        Promise($"check macs(predict) == {summary.MultiplyAdds} and activations(predict) == {summary.ActivationBytes};").ShouldBeEmpty();
        Promise($"check macs(predict, N: 7) == {Summary("predict", 7).MultiplyAdds};").ShouldBeEmpty();
        Promise($"check memory(predict) == {summary.ParameterBytes + summary.StateBytes + summary.WorkingBytes};").ShouldBeEmpty();
        Promise($"check memory == {summary.ParameterBytes + summary.StateBytes + summary.WorkingBytes + Summary("train").WorkingBytes};").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("parameters", 212)]
    [InlineData("macs", 192)]
    public void A_budget_is_kept_at_its_limit_and_broken_one_below(string quantity, int limit)
    {
        Promise($"check {quantity} <= {limit};").ShouldBeEmpty();
        Promise($"check {limit} >= {quantity};").ShouldBeEmpty();
        Promise($"check {quantity} < {limit};").ShouldContain("NETC2304");
        Promise($"check {quantity} <= {limit - 1};").ShouldContain("NETC2304");
        Promise($"check {limit} > {quantity};").ShouldContain("NETC2304");
    }

    [Fact]
    public void Without_a_function_the_one_that_takes_most_breaks_the_budget() =>
        Promise("check activations < 1;").ShouldContain("Test.predict takes");

    [Fact]
    public void A_network_may_call_a_value_like_a_budget() => Bind.Network(Bind.Body("parameters = 3; check parameters < 5; y = x;"));
}
