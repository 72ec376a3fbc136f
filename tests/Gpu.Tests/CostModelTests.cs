using NetCompiler.Algorithms;
using NetCompiler.Graph;
using NetCompiler.Operators;
using NetCompiler.Runtime;
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

    [Theory]
    [InlineData(1, 8, 128, 100_000)]
    [InlineData(1, 1, 2, 1_000_000)]
    [InlineData(5, 300, 3, 5000)]
    [InlineData(1, 1000, 1, 4096)]
    [InlineData(64, 2, 2, 70)]
    public void Thin_products_take_no_more_memory_than_predicted(int batch, int rows, int columns, int terms)
    {
        GpuThin.Most.ShouldBe(ThinProducts.Most);
        int few = Math.Min(rows, columns);
        foreach (bool isContiguousInSum in new[] { false, true })
        {
            long parts = ThinLayout.Of(batch, Math.Max(rows, columns), terms, isContiguousInSum).Parts;
            long copied = (long)batch * few * ((terms + 3) / 4 * 4), kept = parts == 1 ? 0 : parts * batch * rows * columns;
            GpuThin.Workspace(GpuProduct.Of(batch, rows, columns, terms)).ShouldBeGreaterThanOrEqualTo(4 * (copied + kept));
        }
    }

    [Fact]
    public void Images_are_transformed_as_many_at_a_time_as_predicted()
    {
        GpuWinograd.MostBytes.ShouldBe(WinogradConvolution.MostBytes);
        GpuWinograd.MostFilterBytes.ShouldBe(WinogradConvolution.MostFilterBytes);
    }

    [Theory]
    [InlineData(32, 1, 112, 3)]
    [InlineData(1, 1, 224, 7)]
    [InlineData(512, 4, 14, 5)]
    [InlineData(2, 2, 9, 1)]
    public void Gradients_of_filters_are_folded_in_the_parts_that_are_predicted(long groups, long channelsOfGroup, long size, long kernel)
    {
        var problem = new ConvolutionProblem(
            ConvolutionPass.BackwardFilter, DType.F32, ConvolutionWindow.Unit with { Groups = (int)groups }, 16, groups * channelsOfGroup, size, size, groups * channelsOfGroup, kernel, kernel);
        var shape = new ConvolutionShape(
            16, (nint)problem.InChannels, (nint)size, (nint)size, (nint)problem.OutChannels, (nint)kernel, (nint)kernel, Groups: (nint)groups);
        long blocks = new DirectFilterKernel(new ConvolutionSizes(shape), default, default, default).Blocks, positions = 16 * problem.OutHeight * problem.OutWidth;
        int parts = RowLaunches.PartsOf(blocks, positions, RowLaunches.FewestOfRow);
        new GpuDirect().Workspace(problem).ShouldBe(parts == 1 ? 0 : 4L * DirectFilterKernel.Sums * parts * blocks);
    }
}
