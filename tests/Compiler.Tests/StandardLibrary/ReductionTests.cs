using Xunit;
using static NetCompiler.Compiler.Tests.StandardLibrary.LibraryValues;

namespace NetCompiler.Compiler.Tests.StandardLibrary;

/// <summary>What folds, orders and accumulates, against NumPy.</summary>
public class ReductionTests
{
    const double NaN = double.NaN;

    static readonly (string, double[])[] X = [("f64[2, 3]", [1, 2, 6, 4, 4, 4])];

    [Fact]
    public void Variance_divides_by_the_count_less_the_correction()
    {
        Evaluate("variance(x, axis: 1)", X).ShouldBeNearly([2], 14.0 / 3, 0);
        Evaluate("variance(x, axis: 1, correction: 1, keep: true)", X).ShouldBeNearly([2, 1], 7, 0);
        Evaluate("std(x)", X).ShouldBeNearly([], Math.Sqrt(89.0 / 6 - 12.25));
        Evaluate("std(x, axis: 0, correction: 1)", [("f64[N, 1]", [1, 3])], new() { ["N"] = 2 }).ShouldBeNearly([1], Math.Sqrt(2));
    }

    [Fact]
    public void Norms_are_of_any_power_up_to_infinity()
    {
        (string, double[])[] v = [("f64[2]", [3, -4])];
        Evaluate("norm(x)", v).ShouldBe([], 5);
        Evaluate("norm(x, p: 1)", v).ShouldBe([], 7);
        Evaluate("norm(x, p: infinity)", v).ShouldBe([], 4);
        Evaluate("norm(x, p: 3, keep: true)", v).ShouldBeNearly([1], Math.Cbrt(91));
        Evaluate("count(x, axis: 0)", [("f64[2, 2]", [0, 1, 3, NaN])]).ShouldBe([2], 1, 2);
    }

    [Fact]
    public void Sorting_keeps_equal_elements_in_order_and_puts_NaN_last()
    {
        (string, double[])[] v = [("f64[5]", [2, NaN, 3, 2, 1])];
        Evaluate("sort(x)", v).ShouldBe([5], 1, 2, 2, 3, NaN);
        Evaluate("sort(x, descending: true)", v).ShouldBe([5], 3, 2, 2, 1, NaN);
        Evaluate("sort(x, axis: 0)", X).ShouldBe([2, 3], 1, 2, 4, 4, 4, 6);
        Evaluate("top_k(x, 3)[1]", v).ShouldBe([3], 2, 0, 3);
        Evaluate("top_k(x, 3)[0]", v).ShouldBe([3], 3, 2, 2);
    }

    [Fact]
    public void The_median_of_an_even_number_is_the_mean_of_the_middle_two()
    {
        Evaluate("median(x)", X).ShouldBe([2], 2, 4);
        Evaluate("median(x, axis: 0)", X).ShouldBe([3], 2.5, 3, 5);
        Evaluate("median(x)", [("f64[N]", [4, 1, 3, 8])], new() { ["N"] = 4 }).ShouldBe([], 3.5);
    }

    [Fact]
    public void Running_sums_and_products_go_forwards_or_backwards()
    {
        Evaluate("cumsum(x)", X).ShouldBe([2, 3], 1, 3, 9, 4, 8, 12);
        Evaluate("cumsum(x, axis: 0, reverse: true)", X).ShouldBe([2, 3], 5, 6, 10, 4, 4, 4);
        Evaluate("cumprod(x)", X).ShouldBe([2, 3], 1, 2, 12, 4, 16, 64);
    }
}
