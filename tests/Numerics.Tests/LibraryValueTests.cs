using System.Collections.Immutable;
using NetCompiler.Autodiff;
using NetCompiler.Binding;
using NetCompiler.Numerics.Tests.Samples;
using NetCompiler.Operators;
using NetCompiler.Passes;
using NetCompiler.Rewrites;
using Shouldly;
using Xunit;

namespace NetCompiler.Numerics.Tests;

/// <summary>The layers of the library against formulas written out in C#, and their slopes where they have a kink.</summary>
public class LibraryValueTests
{
    static readonly ImmutableArray<Sample> Samples = [.. LibrarySamples.All.Where(sample => sample.Formula is not null)];

    public static TheoryData<int, string> Rows
    {
        get
        {
            var rows = new TheoryData<int, string>();
            for (int row = 0; row < Samples.Length; row++)
                rows.Add(row, Samples[row].Name);
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_layer_has_the_value_of_its_formula(int row, string name)
    {
        var sample = Samples[row];
        sample.Name.ShouldBe(name);
        var built = sample.Build();
        var random = new Random(3);
        var values = built.Leaves.Select((leaf, i) => KeyValuePair.Create(leaf, sample.Operands[i].Draw(random, i, sample.Symbols))).ToImmutableDictionary();
        double[][] operands = [.. built.Leaves.Select(leaf => values[leaf].Data)];

        double[] actual = ReferenceEvaluator.Evaluate([built.Value], sample.Symbols, values)[0].Data;
        double[] expected = sample.Formula!(operands);

        actual.Length.ShouldBe(expected.Length);
        // A few hundred operations on numbers near 1, each rounded once.
        double unit = Graph.Node.Reachable([built.Value]).Any(node => node.Element == Graph.DType.F32) ? Math.Pow(2, -24) : Math.Pow(2, -53);
        for (int i = 0; i < expected.Length; i++)
        {
            if (!actual[i].Equals(expected[i]))
                actual[i].ShouldBe(expected[i], 256 * unit * (1 + Math.Abs(expected[i])), $"element {i}");
        }
    }

    [Fact]
    public void Every_layer_of_these_files_has_a_formula()
    {
        var covered = Samples.Select(sample => sample.Name.Split(':')[0]).ToHashSet();
        string[] files = ["activations", "losses", "metrics", "normalisation", "attention", "recurrent"];
        Prelude.Module.OwnLayers.Where(layer => files.Contains(Path.GetFileNameWithoutExtension(layer.Declaration.Source.Path)) && !covered.Contains(layer.Name))
            .Select(layer => layer.Name).ShouldBeEmpty();
    }

    // Where two slopes meet: the one that PyTorch takes.
    [Theory]
    [InlineData("relu(x)", 0, 0)]
    [InlineData("leaky_relu(x, slope: 0.2)", 0, 0.2)]
    [InlineData("elu(x)", 0, 1)]
    [InlineData("elu(x, alpha: 1.5)", 0, 1.5)]
    [InlineData("celu(x, alpha: 1.5)", 0, 1)]
    [InlineData("selu(x)", 0, 1.0507009873554805 * 1.6732632423543772)]
    [InlineData("relu6(x)", 0, 0)]
    [InlineData("relu6(x)", 6, 0)]
    [InlineData("hard_tanh(x)", 1, 0)]
    [InlineData("hard_tanh(x)", -1, 0)]
    [InlineData("hard_sigmoid(x)", 3, 0)]
    [InlineData("hard_sigmoid(x)", -3, 0)]
    [InlineData("hard_swish(x)", -3, 0)]
    [InlineData("hard_shrink(x)", 0.5, 0)]
    [InlineData("soft_shrink(x)", 0.5, 0)]
    [InlineData("threshold(x, at: 0.3)", 0.3, 0)]
    [InlineData("softsign(x)", 0, 1)]
    [InlineData("mae(x, zeros_like(x))", 0, 0)]
    [InlineData("smooth_l1(x, zeros_like(x))", 1, 1)]
    [InlineData("hinge(x, ones_like(x))", 1, 0)]
    [InlineData("cosine_similarity(stack([x, 0 * x]), stack([0 * x, 0 * x]))", 0, 0)]
    [InlineData("binary_nll(x, zeros_like(x))", 0, 1)]
    public void The_slope_at_a_kink_is_that_of_one_side(string expression, double at, double slope)
    {
        var built = LibrarySamples.Compile(expression, Operand.F64().Holding(at));
        var gradient = Differentiator.Gradients(built.Builder, built.Value, [built.Leaves[0]], null, Stabilise.Before).Gradients.Single();
        var values = ImmutableDictionary<Graph.Node, ReferenceTensor>.Empty.Add(built.Leaves[0], new ReferenceTensor([], [at]));
        ReferenceEvaluator.Evaluate([gradient], ImmutableDictionary<string, long>.Empty, values)[0].Data[0].ShouldBe(slope, 1e-15);
    }
}
