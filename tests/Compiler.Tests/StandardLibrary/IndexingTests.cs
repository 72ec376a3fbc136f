using Xunit;
using static NetCompiler.Compiler.Tests.StandardLibrary.LibraryValues;

namespace NetCompiler.Compiler.Tests.StandardLibrary;

/// <summary>What is chosen by indices, against NumPy's take, take_along_axis and add.at.</summary>
public class IndexingTests
{
    const double NaN = double.NaN;

    static readonly (string, double[]) X = ("f64[2, 3]", [0, 1, 2, 10, 11, 12]);

    [Fact]
    public void Embedding_gives_the_rows_of_its_weight_and_NaN_for_tokens_beyond_it() =>
        Evaluate("embedding(x, 3, 2, type: f64)", [("i32[2, 2]", [2, 0, 3, -1])]).ShouldBe([2, 2, 2], 4, 5, 0, 1, NaN, NaN, NaN, NaN);

    [Fact]
    public void Take_puts_the_axes_of_the_indices_in_place_of_an_axis() =>
        Evaluate("take(x, y, axis: -1)", [X, ("i64[2, 2]", [2, 0, 1, 3])]).ShouldBe([2, 2, 2], 2, 0, 1, NaN, 12, 10, 11, NaN);

    [Fact]
    public void Take_along_chooses_in_each_row_for_itself()
    {
        Evaluate("take_along(x, y)", [X, ("i32[2, 2]", [2, 0, 1, 3])]).ShouldBe([2, 2], 2, 0, 11, NaN);
        Evaluate("take_along(x, y, axis: 0)", [X, ("i32[1, 3]", [1, 0, -1])]).ShouldBe([1, 3], 10, 1, NaN);
        Evaluate("take_along(x, y)", [("f64[N, T]", X.Item2), ("i32[N, 1]", [1, 2])], new() { ["N"] = 2, ["T"] = 3 }).ShouldBe([2, 1], 1, 12);
    }

    [Fact]
    public void Whole_numbers_and_bools_are_0_where_an_index_is_outside()
    {
        Evaluate("gather(x, y)", [("i32[2]", [5, 6]), ("i32[3]", [1, 2, -1])]).ShouldBe([3], 6, 0, 0);
        Evaluate("gather(x, y, missing: -7)", [("i32[2]", [5, 6]), ("i32[3]", [1, 2, -1])]).ShouldBe([3], 6, -7, -7);
    }

    [Fact]
    public void Scatter_add_sums_rows_with_equal_indices_and_leaves_out_what_is_outside() =>
        Evaluate("scatter_add(x, y, 4)", [("f64[3, 2]", [1, 2, 3, 4, 5, 6]), ("i32[3]", [1, 1, 4])]).ShouldBe([4, 2], 0, 0, 4, 6, 0, 0, 0, 0);
}
