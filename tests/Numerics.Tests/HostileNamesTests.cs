using NetCompiler.CommandLine.Execution;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>Names of programs that the emitted C# needs for itself, or that C# reserves.</summary>
public sealed class HostileNamesTests
{
    static readonly Dictionary<string, long> _symbols = new() { ["N"] = 3, ["L"] = 2, ["i"] = 4, ["count"] = 5, ["p0"] = 2, ["row"] = 3, ["begin"] = 2 };

    [Theory]
    [InlineData("inputs", """
        input results    : f32[N, 2];
        input arenaStart : f32[N, 2];
        input arena      : f32[2, 3];
        input plan       : f32[3];
        input pool       : f32;
        input network    : f32;
        input int        : f32[N, 2];
        input class      : f32[N, 2];
        input value      : f32[N, 2];
        input this       : f32[N, 2];
        input row        : f32[2];
        function run(results, arenaStart, arena, plan, pool, network) -> tanh(results * arenaStart) @ arena * pool + plan * network;
        function names(int, class, value, this, row) -> (result: sum(tanh(int) * class, axis: 1), value: exp(value / 4) + this * row);
        """)]
    [InlineData("symbols", """
        input a : f32[L, i];
        input b : f32[i, count];
        input c : f32[p0, row];
        input d : f32[begin, L];
        function run(a, b) -> tanh(a @ b);
        function more(c, d) -> (sum(tanh(c), axis: 1), sum(tanh(d), axis: 0));
        """)]
    [InlineData("an input like a symbol", """
        input n : f32[N, 3];
        input L : f32[3];
        input M : f32;
        function run(n, L, M) -> (tanh(n) * L * M, sum(exp(n / 8), axis: 0));
        """)]
    [InlineData("locals", """
        input x : f32[N, 4];
        a     = tanh(x);
        a_2   = a @ transpose(a);
        a     = tanh(a_2) @ a;
        a_2   = tanh(a * 2);
        p0    = softmax(a_2);
        i0    = sum(p0 * a, axis: 1);
        r0    = max(a_2, axis: 0);
        slot0 = tanh(p0) * r0;
        i     = a_2 @ transpose(slot0);
        begin = tanh(i);
        end   = sum(begin, axis: 0);
        row   = exp(slot0 / 4);
        function run(x) -> (a, a_2, p0, i0, r0, slot0, i, begin, end, row);
        """)]
    [InlineData("variables", """
        input x : f32[N, 4];
        param a     : f32[4]    = normal;
        param a_2   : f32[4, 4] = normal;
        param slot0 : f32[4]    = zeros;
        param class : f32[4]    = ones;
        state arena : f32[4]    = zeros;
        state count : f32[4]    = zeros;
        state p0    : f32       = zeros;
        results = tanh(x * a) @ a_2 + slot0 * class;
        function run(x) -> results + arena * p0;
        function train(x) -> results updates { arena = arena + sum(results, axis: 0); count = count + 1; p0 = p0 + 1; }
        function learn(x) -> loss: mean(results ** 2) minimizing mean(results ** 2) with sgd(rate: 0.125);
        """)]
    public void Names_of_the_generated_code_and_of_the_language_are_names_like_others(string which, string body)
    {
        var compilation = Compilation.Create(new SourceText("hostile.net", $"network Hostile {{\n{body}\n}}"), _ => null, new CompilerOptions());
        compilation.Diagnostics.Select(diagnostic => diagnostic.ToString()).ShouldBeEmpty(which);
        // Warnings are exceptions here.
        var network = CompiledNetwork.Compile(compilation.Emit()).Create("Hostile", seed: 1);

        var model = compilation.Networks.ShouldHaveSingleItem();
        foreach (var function in model.Functions)
        {
            var values = new RandomGraph(model, function, Continuous: true).Draw(_symbols, seed: 2);
            // Sums and products of at most five factors each, a few in a row.
            EmittedFunction.Difference(network, function, values, _symbols, roundings: 128).ShouldBeNull($"{which}, {function.Name}");
        }
    }
}
