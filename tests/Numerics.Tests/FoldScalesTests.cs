using NetCompiler.CommandLine.Execution;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Passes;
using NetCompiler.Runtime;
using NetCompiler.Text;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>What scales the channels of a convolution scales its filter instead, where that is made once for many calls.</summary>
public sealed class FoldScalesTests
{
    const string Program = """
        network Scaled {
            input x : f32[N, 3, 7, 6]; input label : i32[N]; input s : f32[4];
            param w : f32[4, 3, 3, 3] = zeros; param a : f32[4] = ones;
            y = x |> conv2d(5, kernel: 3, pad: 1, bias: true) |> batch_norm;
            z = (relu(y) |> conv2d(5, kernel: 3, groups: 5) |> batch_norm) + y[:, :, 1:6, 1:5];
            function predict(x) -> relu(z);
            function train(x) -> sum(z) minimizing sum(z * z) with sgd(0.1);
            raw = convolve2d(x, w);
            function both(x) -> (raw, raw * expand_dims(expand_dims(a, 1), 2));
            function given(x, s) -> raw * expand_dims(expand_dims(s, 1), 2);
            function turned(x) -> 2 - (3 - raw / expand_dims(expand_dims(exp(a), 1), 2)) * 0.5;
            function own(x) -> raw * expand_dims(expand_dims(a, 1), 2) updates { a = a * 0.5; }
        }
        """;

    static readonly Lazy<(Compilation Compilation, CompiledNetwork Code)> Compiled = new(() =>
    {
        var compilation = Compilation.Create(new SourceText("scaled.net", Program), _ => null, new CompilerOptions());
        compilation.HasErrors.ShouldBeFalse();
        return (compilation, CompiledNetwork.Compile(compilation.Emit()));
    });

    static FunctionModel Function(string name, string? stopAfter)
    {
        var model = Compiled.Value.Compilation.Networks.Single();
        var function = model.Functions.Single(candidate => candidate.Name == name);
        return stopAfter is null ? function : Pipeline.Run(model, function, stopAfter);
    }

    static int Scales(string name, string stopAfter) =>
        Node.Reachable([.. Function(name, stopAfter).Outputs.Select(output => output.Value)])
            .Count(node => node.Operator is Multiply or Divide or Subtract && node.Shape.Rank == 4 && !node.Shape[0].IsConstant);

    [Theory]
    [InlineData("predict", 4, 0)]
    [InlineData("turned", 4, 0)]
    public void Images_are_not_scaled_where_filters_can_be(string name, int before, int after)
    {
        Scales(name, "tidy").ShouldBe(before);
        Scales(name, "fold").ShouldBe(after);
    }

    [Theory]
    [InlineData("both")]
    [InlineData("given")]
    [InlineData("own")]
    [InlineData("train")]
    public void Filters_are_not_scaled_by_what_a_call_changes_or_others_do_not_want(string name) =>
        Scales(name, "fold").ShouldBe(Scales(name, "tidy"));

    [Theory]
    [InlineData("predict")]
    [InlineData("both")]
    [InlineData("given")]
    [InlineData("turned")]
    [InlineData("own")]
    public void Results_are_those_of_the_reference(string name)
    {
        var function = Function(name, null);
        foreach (int batch in new[] { 0, 1, 3 })
        {
            var symbols = new Dictionary<string, long> { ["N"] = batch };
            var random = new Random(batch);
            var supplied = Node.Reachable([.. function.Outputs.Select(output => output.Value), .. function.Updates.Select(update => update.Value)])
                .Where(leaf => leaf.Operator is FunctionArgument or VariableRead or TrainingFlag)
                .ToDictionary(leaf => leaf, leaf =>
                {
                    int[] dims = [.. leaf.Shape.Dims.Select(dim => (int)dim.Evaluate(symbols))];
                    int size = dims.Aggregate(1, (product, dim) => product * dim);
                    // Variances are positive; the flag of training is 0.
                    return EmittedFunction.Round(new ReferenceTensor([.. dims], [.. Enumerable.Range(0, size).Select(_ => leaf.Operator is TrainingFlag ? 0 : 0.2 + random.NextDouble())]), leaf.Element);
                });
            // Sums of at most 27 products, twice, and the square root of a variance.
            EmittedFunction.Difference(Compiled.Value.Code.Create("Scaled", seed: 1), function, supplied, symbols, roundings: 256).ShouldBeNull();
        }
    }
}
