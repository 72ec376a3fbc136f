using NetCompiler.Runtime.Gpu;
using Shouldly;
using Xunit;

namespace NetCompiler.Gpu.Tests;

public sealed class ProductGroupTests
{
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(8, 5, 1, 1)]
    [InlineData(19, 7, 3, 2)]
    [InlineData(3, 40, 2, 1)]
    public void Each_tile_of_each_product_and_part_is_computed_by_one_group(int rowTiles, int columnTiles, int batch, int parts)
    {
        var groups = Enumerable.Range(0, rowTiles * columnTiles * batch * parts).Select(number => new ProductGroup(number, rowTiles, columnTiles, parts)).ToList();
        groups.ShouldAllBe(group => group.Row < rowTiles && group.Column < columnTiles && group.Batch < batch && group.Part < parts);
        groups.Select(group => (group.Row, group.Column, group.Batch, group.Part)).Distinct().Count().ShouldBe(groups.Count);
    }

    [Fact]
    public void Groups_that_run_at_the_same_time_read_few_rows_and_columns()
    {
        // Of 64 x 64 tiles, those of 132 multiprocessors: at best 12 rows and 11 columns.
        var groups = Enumerable.Range(0, 132).Select(number => new ProductGroup(number, 64, 64, 1)).ToList();
        (groups.Select(group => group.Row).Distinct().Count() + groups.Select(group => group.Column).Distinct().Count()).ShouldBeLessThan(30);
    }

    [Fact]
    public void Products_of_more_rows_than_the_second_dimension_of_a_launch_has_are_launched() =>
        ProductGroup.All(70_000 * 64, 64, 64, 64, 1).X.ShouldBe(70_000);

    [Fact]
    public void More_tiles_than_a_launch_has_are_refused() =>
        Should.Throw<NotSupportedException>(() => ProductGroup.All(int.MaxValue, 64, int.MaxValue, 64, 1)).Message.ShouldContain("tiles");
}
