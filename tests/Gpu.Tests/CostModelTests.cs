using NetCompiler.Algorithms;
using NetCompiler.Runtime.Gpu;
using Shouldly;
using Xunit;
using WinogradConvolution = NetCompiler.Runtime.Gpu.WinogradConvolution;

namespace NetCompiler.Gpu.Tests;

/// <summary>What the compiler takes for granted of the runtime when it predicts times.</summary>
public sealed class CostModelTests
{
    [Theory]
    [InlineData(1, 64, 64, 100_000)]
    [InlineData(1, 256, 256, 2304)]
    [InlineData(7, 100, 300, 1500)]
    [InlineData(1, 4096, 4096, 4096)]
    [InlineData(3, 10, 10, 511)]
    public void Sums_are_cut_into_the_parts_that_are_predicted(int batch, int rows, int columns, int terms)
    {
        foreach (var tile in GpuTile.OfFloats.Add(GpuTile.OfTensorCores))
        {
            int parts = Products.PartsOf(batch, rows, columns, terms, tile.Rows, tile.Columns);
            tile.Workspace(GpuProduct.Of(batch, rows, columns, terms)).ShouldBe(parts == 1 ? 0 : 4L * parts * batch * rows * columns);
        }
    }

    [Fact]
    public void Images_are_transformed_as_many_at_a_time_as_predicted()
    {
        GpuWinograd.MostBytes.ShouldBe(WinogradConvolution.MostBytes);
        GpuWinograd.MostFilterBytes.ShouldBe(WinogradConvolution.MostFilterBytes);
    }
}
