using NetCompiler.Graph;
using Shouldly;
using Xunit;

namespace NetCompiler.Compiler.Tests.Graph;

public class ShapeTests
{
    static readonly Dim N = Dim.Symbol("N"), M = Dim.Symbol("M");

    [Fact]
    public void Size_and_strides_are_row_major()
    {
        var shape = new Shape(N, 3, 4);
        shape.Size.ShouldBe(12 * N);
        shape.Strides.ShouldBe([12, 4, 1]);
        Shape.Scalar.Size.ShouldBe(Dim.One);
    }

    [Fact]
    public void Comparison_knows_equal_from_unequal_from_unknown()
    {
        Shape.Compare(new(N, 3), new(N, 3)).ShouldBe(DimRelation.Equal);
        Shape.Compare(new(N, 3), new(M, 4)).ShouldBe(DimRelation.Unequal);
        Shape.Compare(new(N, 3), new(M, 3)).ShouldBe(DimRelation.Unknown);
        Shape.Compare(new(3), new(3, 1)).ShouldBe(DimRelation.Unequal);
    }

    [Fact]
    public void Axes_are_removed_and_replaced()
    {
        new Shape(N, 3, 4).Without([0, 2]).ShouldBe(new Shape(3));
        new Shape(N, 3).With(1, M).ShouldBe(new Shape(N, M));
        new Shape(N, 3).ToString().ShouldBe("[N, 3]");
    }
}
