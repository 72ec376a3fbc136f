using NetCompiler.Graph;
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

    [Fact]
    public void A_summary_shows_the_bracket_that_an_expression_starts_with() =>
        Bind.Text("network Test { input x : f32[N, 8]; param w : f32[8, 8] = zeros; y = (x |> dense(8)) @ w; function p(x) -> y; }")
            .Summarize("Test", "p", new Dictionary<string, long>()).Layers.Items.Select(layer => layer.Description).ShouldContain("(x |> dense(8)) @ w");

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
        Promise("check activations < 1;").ShouldContain("Test.train takes");

    [Theory]
    [InlineData("macs")]
    [InlineData("activations")]
    [InlineData("memory")]
    public void Sizes_whose_count_is_beyond_64_bits_are_refused(string quantity)
    {
        Promise($"check {quantity}(predict, N: 9000000000000000000) > 1;").ShouldContain("NETC2305");
        Promise($"check {quantity}(predict, N: 1000000000000) > 1;").ShouldBeEmpty();
    }

    [Fact]
    public void A_network_may_call_a_value_like_a_budget() => Bind.Network(Bind.Body("parameters = 3; check parameters < 5; y = x;"));

    [Fact]
    public void Settings_are_recorded_and_shown()
    {
        var compilation = Bind.Text("network A { precision: f32; error: 1e-4; input x : f32[N, 3, 8, 8]; y = x |> conv2d(4, kernel: 3, error: 1e-2); function f(x) -> y; }");
        compilation.Diagnostics.ShouldBeEmpty();
        compilation.Networks[0].Settings.ShouldBe(new NetworkSettings("f32", 1e-4));
        compilation.Dump("bind").ShouldContain("network A  // precision: f32, error: 0.0001");
        compilation.Dump("bind").ShouldContain("error=0.01");
        compilation.Summarize("A", "f", new Dictionary<string, long>()).Settings.ShouldBe("precision: f32, error: 0.0001");
    }

    [Theory]
    [InlineData("f32")]
    [InlineData("tf32")]
    [InlineData("bf16")]
    [InlineData("f16")]
    public void A_precision_permits_devices_to_round_and_changes_nothing_on_the_processor(string precision)
    {
        string Code(string setting)
        {
            var compilation = Bind.Text($"network A {{ {setting} input x : f32[N, 3, 8, 8]; y = (x |> conv2d(4, kernel: 3) |> flatten) @ full([144, 5], 0.5); function f(x) -> y; }}");
            compilation.Diagnostics.ShouldBeEmpty();
            compilation.Networks[0].Settings.Precision.ShouldBe(setting.Length == 0 ? null : precision);
            return string.Concat(compilation.Emit().Items.Select(file => file.Text));
        }
        Code($"precision: {precision};").ShouldBe(Code(""));
    }

    [Fact]
    public void Weights_that_fit_are_compared_by_their_header_and_loaded_by_a_method_of_the_class()
    {
        const string Text = "network A { input x : f32[N, 3]; y = x |> dense(2); weights \"models/a.safetensors\"; function f(x) -> y; function t(x) minimizing mean(y) with sgd(0.1, momentum: 0.9); }";
        const string Header = "{\"y.weight\": {\"dtype\": \"F32\", \"shape\": [3, 2], \"data_offsets\": [0, 24]}, \"y.bias\":{\"shape\":[2],\"dtype\":\"F32\",\"data_offsets\":[24,32]}}   ";
        var asked = new List<string>();
        var compilation = Compilation.Create(new("nets/test.net", Text), _ => null, path =>
        {
            asked.Add(path);
            return Header;
        }, new CompilerOptions());
        compilation.Diagnostics.ShouldBeEmpty();
        asked.ShouldBe(["nets/models/a.safetensors"]);
        Compilation.WeightsPaths(new("nets/test.net", Text)).ShouldBe(asked);
        compilation.Emit().Items[0].Text.ShouldContain("public LoadReport LoadWeights(string? folder = null) => LoadDeclared(\"models/a.safetensors\", folder);");
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"a\": 5}")]
    [InlineData("{\"a\": {\"dtype\": \"F32\"}}")]
    [InlineData("{\"a\": {\"dtype\": \"F32\", \"shape\": [\"x\"]}}")]
    [InlineData("{\"a\": {\"dtype\": \"F32\", \"shape\": [1]}")]
    [InlineData("{\"a\": {\"dtype\": \"F32\", \"shape\": [1]}} x")]
    [InlineData("{\"a\": [[[[[[[[[[[[1]]]]]]]]]]]]}")]
    [InlineData("{\"a")]
    public void What_is_no_header_is_refused(string header) => WeightsFile.Parse(header).ShouldBeNull();
}
