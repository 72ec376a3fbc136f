using Xunit;
using static NetCompiler.Compiler.Tests.StandardLibrary.LibraryValues;

namespace NetCompiler.Compiler.Tests.StandardLibrary;

/// <summary>What moves elements, against NumPy.</summary>
public class ShapesTests
{
    static readonly (string, double[])[] X = [("f64[2, 3]", [1, 2, 3, 4, 5, 6])];
    static readonly (string, double[])[] V = [("f64[4]", [1, 2, 3, 4])];

    [Fact]
    public void Roll_moves_around_the_end_also_by_more_than_the_extent_and_backwards()
    {
        Evaluate("roll(x, 1)", V).ShouldBe([4], 4, 1, 2, 3);
        Evaluate("roll(x, -6)", V).ShouldBe([4], 3, 4, 1, 2);
        Evaluate("roll(x, 8)", V).ShouldBe([4], 1, 2, 3, 4);
        Evaluate("roll(x, 1, axis: 0)", [("f64[N, 3]", X[0].Item2)], new() { ["N"] = 2 }).ShouldBe([2, 3], 4, 5, 6, 1, 2, 3);
        Evaluate("roll(x, -1, axis: 0)", [("f64[N, 3]", X[0].Item2)], new() { ["N"] = 2 }).ShouldBe([2, 3], 4, 5, 6, 1, 2, 3);
    }

    [Fact]
    public void Flip_turns_one_axis_or_several_around()
    {
        Evaluate("flip(x)", X).ShouldBe([2, 3], 3, 2, 1, 6, 5, 4);
        Evaluate("flip(x, axis: [0, 1])", X).ShouldBe([2, 3], 6, 5, 4, 3, 2, 1);
    }

    [Fact]
    public void Tile_repeats_a_tensor_and_repeat_its_elements()
    {
        Evaluate("tile(x, 2)", X).ShouldBe([2, 6], 1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6);
        Evaluate("repeat(x, 2)", X).ShouldBe([2, 6], 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6);
        Evaluate("repeat(x, 2, axis: 0)", X).ShouldBe([4, 3], 1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6);
    }

    [Fact]
    public void Triangles_keep_what_is_on_their_side_of_a_diagonal()
    {
        Evaluate("tril(x)", X).ShouldBe([2, 3], 1, 0, 0, 4, 5, 0);
        Evaluate("tril(x, diagonal: 1)", X).ShouldBe([2, 3], 1, 2, 0, 4, 5, 6);
        Evaluate("triu(x)", X).ShouldBe([2, 3], 1, 2, 3, 0, 5, 6);
        Evaluate("triu(x, diagonal: -1)", X).ShouldBe([2, 3], 1, 2, 3, 4, 5, 6);
    }

    [Fact]
    public void Diag_makes_a_matrix_of_a_vector_and_takes_it_out_again()
    {
        Evaluate("diag(x)", [("f64[2]", [1, 2])]).ShouldBe([2, 2], 1, 0, 0, 2);
        Evaluate("diag(x)", [("f64[2, 2]", [1, 2, 3, 4])]).ShouldBe([2], 1, 4);
        Evaluate("eye(2)", []).ShouldBe([2, 2], 1, 0, 0, 1);
        Evaluate("arange(2, 8, step: 3)", []).ShouldBe([2], 2, 5);
        Evaluate("arange(3)", []).ShouldBe([3], 0, 1, 2);
    }

    [Fact]
    public void Axes_are_exchanged_and_moved()
    {
        Evaluate("swap_axes(x, 0, 1)", X).ShouldBe([3, 2], 1, 4, 2, 5, 3, 6);
        Evaluate("split(x, [1, 2], axis: 1)[1]", X).ShouldBe([2, 2], 2, 3, 5, 6);
        Evaluate("unstack(x, axis: 1)[2]", X).ShouldBe([2], 3, 6);
        Evaluate("slice_axis(x, -1, 2, -3, -1)", X).ShouldBe([2, 2], 3, 2, 6, 5);
    }

    [Fact]
    public void Padding_mirrors_repeats_or_goes_around()
    {
        Evaluate("pad(x, [[2, 1]], mode: \"reflect\")", V).ShouldBe([7], 3, 2, 1, 2, 3, 4, 3);
        Evaluate("pad(x, [[2, 1]], mode: \"replicate\")", V).ShouldBe([7], 1, 1, 1, 2, 3, 4, 4);
        Evaluate("pad(x, [[2, 1]], mode: \"circular\")", V).ShouldBe([7], 3, 4, 1, 2, 3, 4, 1);
        Evaluate("pad(x, [[1, 0]], value: 7, between: [2])", [("f64[2]", [1, 2])]).ShouldBe([5], 7, 1, 7, 7, 2);
    }

    [Fact]
    public void Same_padding_is_that_of_TensorFlow_one_more_behind_than_before()
    {
        // ceil(4 / 2) = 2 windows of 3 take 5: one zero behind; ceil(5 / 2) = 3 take 7: one on each side.
        Evaluate("avg_pool2d(x, [1, 3], stride: [1, 2], pad: \"same\")", [("f64[1, 1, 1, 4]", [3, 6, 9, 12])]).ShouldBe([1, 1, 1, 2], 6, 7);
        Evaluate("avg_pool2d(x, [1, 3], stride: [1, 2], pad: \"same\")", [("f64[1, 1, 1, 5]", [3, 6, 9, 12, 15])]).ShouldBe([1, 1, 1, 3], 3, 9, 9);
    }
}
