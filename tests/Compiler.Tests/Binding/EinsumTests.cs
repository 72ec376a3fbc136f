using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Binding;

/// <summary>einsum against the sums that its equations stand for, written out element by element.</summary>
public class EinsumTests
{
    static readonly Dictionary<char, int> Extents = new() { ['b'] = 2, ['c'] = 2, ['i'] = 3, ['j'] = 4, ['k'] = 5 };

    [Theory]
    [InlineData("ij,jk->ik")]
    [InlineData("bij,bjk->bik")]
    [InlineData("bij,bjk->kib")]
    [InlineData("bcij,bcjk->bcik")]
    [InlineData("ij,kj->ki")]
    [InlineData("ij,ij->")]
    [InlineData("ij,ij->ij")]
    [InlineData("i,j->ij")]
    [InlineData("i,j->ji")]
    [InlineData("ij->ji")]
    [InlineData("ij->j")]
    [InlineData("ij->")]
    [InlineData("bc->b")]
    [InlineData("bb->b")]
    [InlineData("bb->")]
    [InlineData("ibb,bj->ij")]
    [InlineData("ij,jk,k->i")]
    [InlineData("ij,jk,kb->ib")]
    [InlineData("bi,ij,bj->b")]
    [InlineData("bij,k->jk")]
    [InlineData(" ij , jk -> ik ")]
    public void An_equation_is_the_sum_that_it_describes(string equation)
    {
        string[] sides = equation.Replace(" ", "", StringComparison.Ordinal).Split("->");
        string[] inputs = sides[0].Split(',');
        string declared = string.Join("\n", inputs.Select((labels, i) => $"input x{i} : f64[{string.Join(", ", labels.Select(label => Extents[label]))}];"));
        string names = string.Join(", ", inputs.Select((_, i) => $"x{i}"));
        var run = new Reference($"network A {{ {declared} function f({names}) -> y: einsum(\"{equation}\", {names}); }}").Fill();
        var actual = run.Output("y");
        var expected = Sum(inputs, sides[1], [.. inputs.Select((_, i) => run.Values[$"x{i}"])]);
        actual.Length.ShouldBe(expected.Length);
        for (int i = 0; i < actual.Length; i++)
            actual[i].ShouldBe(expected[i], 100 * 2.3e-16 * (1 + Math.Abs(expected[i])));
    }

    static double[] Sum(string[] inputs, string output, double[][] values)
    {
        char[] labels = [.. string.Concat(inputs).Distinct()];
        var result = new double[output.Aggregate(1, (size, label) => size * Extents[label])];
        int total = labels.Aggregate(1, (size, label) => size * Extents[label]);
        for (int n = 0; n < total; n++)
        {
            var at = new Dictionary<char, int>();
            int rest = n;
            foreach (char label in labels)
            {
                at[label] = rest % Extents[label];
                rest /= Extents[label];
            }
            int Place(string axes) => axes.Aggregate(0, (place, label) => place * Extents[label] + at[label]);
            result[Place(output)] += inputs.Select((axes, i) => values[i][Place(axes)]).Aggregate(1.0, (product, value) => product * value);
        }
        return result;
    }

    [Theory]
    [InlineData("...ij,...jk->...ik", "f32[2, 3, 4]", "f32[2, 4, 5]", "f32[2, 3, 5]")]
    [InlineData("...ij,jk->...ik", "f32[7, 2, 3, 4]", "f32[4, 5]", "f32[7, 2, 3, 5]")]
    [InlineData("...i,...i->...", "f32[2, 1, 4]", "f32[6, 4]", "f32[2, 6]")]
    [InlineData("...i,...i", "f32[2, 1, 4]", "f32[6, 4]", "f32[2, 6]")]
    [InlineData("ij,jk", "f32[N, 4]", "f32[4, 5]", "f32[N, 5]")]
    [InlineData("ba,bc", "f32[N, 4]", "f32[N, 5]", "f32[4, 5]")]
    [InlineData("...->...", "f32[N, 4]", "i32[3]", "f32[N, 4]")]
    public void An_ellipsis_stands_for_axes_that_broadcast_and_without_an_arrow_letters_that_occur_once_remain(string equation, string a, string b, string type)
    {
        string operands = equation.Contains(',', StringComparison.Ordinal) ? "a, b" : "a";
        var network = Bind.Network($"network A {{ input a : {a}; input b : {b}; function f({operands}) -> einsum(\"{equation}\", {operands}); }}");
        network.Functions[0].Outputs[0].Value.Type.ToString().ShouldBe(type);
    }

    [Fact]
    public void A_product_of_matrices_is_one_matrix_product() =>
        Bind.Network("network A { input a : f32[2, 3, 4]; input b : f32[2, 4, 5]; function f(a, b) -> einsum(\"bij,bjk->bik\", [a, b]); function g(a, b) -> a @ b; }")
            .Functions.Select(function => function.Outputs[0].Value).Distinct().Count().ShouldBe(1);

    [Fact]
    public void Sizes_that_cannot_be_compared_are_checked_on_entry() =>
        Bind.Network("network A { input a : f32[2, N]; input b : f32[M, 3]; function f(a, b) -> einsum(\"ij,jk->ik\", a, b); }").Functions[0].Checks.ShouldHaveSingleItem();
}
